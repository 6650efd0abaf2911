//! Reading what a command names: files, stdin, directories of documents.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fatwood_resolver::manifest::{MAX_SIZE, Manifest};
use fatwood_resolver::python::pylock::{self, Pylock};
use fatwood_resolver::python::requirements_file::{self, Requirements};
use fatwood_resolver::requirements::DependencySet;
use fatwood_resolver::sources::Environment;
use fatwood_resolver::yaml;
use serde::Deserialize;

use super::error::CliError;

/// The largest YAML document or requirements file that is read, in bytes; etcd takes none above 1.5 MiB.
const MAX_TEXT: u64 = 4 << 20;

/// Reads a text file; `-` is stdin.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    text_of(path, MAX_TEXT)
}

/// Reads a lock of another tool; `-` is stdin.
pub(super) fn pylock(path: &Path) -> Result<Pylock, CliError> {
    let text = text_of(path, pylock::MAX_SIZE as u64)?;
    let place = if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() };
    Ok(Pylock::parse(text, &place)?)
}

fn text_of(path: &Path, limit: u64) -> Result<String, CliError> {
    let bytes = bytes(path, limit)?;
    String::from_utf8(bytes).map_err(|error| CliError::Read {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
    })
}

/// Reads a manifest; `-` is stdin.
pub(super) fn manifest(path: &Path) -> Result<Manifest, CliError> {
    let json = bytes(path, MAX_SIZE as u64)?;
    Manifest::parse(&json).map_err(|source| CliError::Manifest { path: path.to_owned(), source })
}

/// Reads a manifest; of a directory, which a set on a volume is, the `manifest.json` in it.
pub(super) fn manifest_of_set(path: &Path) -> Result<Manifest, CliError> {
    if path.is_dir() { manifest(&path.join("manifest.json")) } else { manifest(path) }
}

fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    let bytes = if path.as_os_str() == "-" {
        limited(io::stdin().lock(), limit)
    } else {
        File::open(path).and_then(|file| limited(file, limit))
    };
    bytes.map_err(|source| CliError::Read { path: path.to_owned(), source })
}

/// Reads to the end, and fails where that is more than `limit` bytes away.
fn limited(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let problem = format!("it is larger than the {limit} bytes that are read of such a file");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}

/// The documents of a directory that matter for provisioning.
#[derive(Default)]
pub(super) struct Directory {
    /// Its `DependencySet`, and the file that it stands in.
    pub(super) set: Option<(PathBuf, DependencySet)>,
    /// The files with a `SparkApplication`, by name, with their text.
    pub(super) applications: Vec<(PathBuf, String)>,
    /// The names of its claims.
    pub(super) claims: Vec<String>,
}

/// Reads the YAML files of a directory, which must have one `DependencySet`; files in directories below it
/// are not looked at. A file is taken for a directory with that file alone.
pub(super) fn directory(path: &Path) -> Result<Directory, CliError> {
    let mut sets = Vec::new();
    let mut directory = Directory::default();
    for file in yaml_files(path)? {
        let yaml = text(&file)?;
        let heads = heads(&yaml, &file)?;
        if heads.iter().any(Head::is_set) {
            sets.push((file.clone(), DependencySet::parse(&yaml, &file.display().to_string())?));
        }
        let claims = heads.iter().filter(|head| head.is_claim()).map(|head| head.metadata.name.clone());
        directory.claims.extend(claims);
        if heads.iter().any(Head::is_application) {
            directory.applications.push((file, yaml));
        }
    }
    directory.set = Some(only(sets, path)?);
    Ok(directory)
}

fn only(mut sets: Vec<(PathBuf, DependencySet)>, path: &Path) -> Result<(PathBuf, DependencySet), CliError> {
    let place = path.display();
    match (sets.pop(), sets.len()) {
        (Some(set), 0) => Ok(set),
        (None, _) => Err(CliError::Input(format!("`{place}` has no file with a DependencySet; add one"))),
        (Some(_), others) => Err(CliError::Input(format!(
            "expected one DependencySet in `{place}`, found {}; name the file of one of them",
            others + 1
        ))),
    }
}

/// A `DependencySet`: of a file, of stdin, or the one of a directory.
pub(super) fn dependency_set(path: &Path) -> Result<(PathBuf, DependencySet), CliError> {
    if path.is_dir() {
        let sets = directory(path)?.set.into_iter().collect();
        return only(sets, path);
    }
    let place = if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() };
    Ok((path.to_owned(), DependencySet::parse(&text(path)?, &place)?))
}

/// The requirements of a set that stands in `file`; files that it includes are relative to it.
pub(super) fn requirements(set: &DependencySet, file: &Path) -> Result<Requirements, CliError> {
    let directory = file.parent().unwrap_or(Path::new(""));
    let field = format!("{}: spec.requirements", file.display());
    Ok(Requirements::of_list(&set.spec.requirements, &field, &Surroundings::of(directory))?)
}

/// What requirements may refer to: files from a directory on, and the environment.
pub(super) struct Surroundings {
    directory: PathBuf,
    environment: Environment,
}

impl Surroundings {
    pub(super) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), environment: Environment::of_process() }
    }
}

impl requirements_file::Surroundings for Surroundings {
    fn read(&self, path: &str) -> io::Result<String> {
        let bytes = limited(File::open(self.directory.join(path))?, MAX_TEXT)?;
        String::from_utf8(bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.variables.get(name).cloned()
    }
}

fn yaml_files(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    if directory.is_file() {
        return Ok(vec![directory.to_owned()]);
    }
    let failed = |source| CliError::Read { path: directory.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What tells what a Kubernetes document is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Name,
}

#[derive(Default, Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

impl Head {
    fn is_set(&self) -> bool {
        self.kind == "DependencySet" && self.api_version.starts_with("fatwood.dev/")
    }

    fn is_claim(&self) -> bool {
        self.kind == "PersistentVolumeClaim" && self.api_version == "v1"
    }

    /// Of whichever operator: wiring says which ones it knows.
    fn is_application(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "SparkApplication" | "ScheduledSparkApplication" | "SparkApplicationTemplate"
        )
    }
}

fn heads(yaml: &str, file: &Path) -> Result<Vec<Head>, CliError> {
    yaml::documents(yaml).map_err(|fault| CliError::Input(format!("{}:{fault}", file.display())))
}
