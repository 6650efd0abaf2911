//! Hashes what is on a volume, and believes nothing.

mod finding;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fatwood_resolver::digest::{Digest, Hashed, Hasher};
use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::{Artifact, Kind, MAX_SIZE, Manifest};
use fatwood_resolver::publish::{Mode, PublishError, Tree, hash_file};

pub use self::finding::{Finding, Problem};
use super::wheel::RecordCheck;
use super::{MANIFEST, Volume, Wanted, parallel, place, set};

/// What to verify.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// The set of this manifest, which must be there.
    Set(&'a Manifest),
    /// Every set that is there, by the manifest in it, and every blob.
    Everything,
}

/// What was verified, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// How many sets.
    pub sets: u64,
    /// How many files.
    pub files: u64,
    /// How many bytes were hashed; what several names share is hashed once.
    pub bytes: u64,
    /// Everything that is wrong, by path.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// The kind of failure that the findings are; `None` where there are none.
    pub fn failure(&self) -> Option<Failure> {
        (!self.findings.is_empty()).then_some(Failure::Data)
    }
}

/// Hashes everything in `scope` and tells what is not as it must be. Writes nothing. Blocks on the disk.
///
/// Installed wheels are compared, byte for byte, with what their archives give, after those were compared with the
/// manifest: nothing that was written down on the volume is taken for true. Fails only where the volume itself
/// cannot be read.
pub fn verify(volume: &Volume, scope: Scope<'_>) -> Result<Verified, PublishError> {
    let run = Run::new(volume);
    match scope {
        Scope::Set(manifest) => run.set(&Wanted::new(manifest)),
        Scope::Everything => run.everything()?,
    }
    Ok(run.finish())
}

/// A file that must be there.
struct Must {
    path: PathBuf,
    size: Option<u64>,
    sha256: Digest,
}

/// The state of a run. Shared by its threads.
struct Run<'a> {
    volume: &'a Volume,
    verified: Mutex<Verified>,
    /// What was hashed already, by device and inode: sets share their files with the blobs.
    hashed: Mutex<BTreeMap<(u64, u64), Hashed>>,
}

impl<'a> Run<'a> {
    fn new(volume: &'a Volume) -> Self {
        Self { volume, verified: Mutex::default(), hashed: Mutex::default() }
    }

    fn finish(self) -> Verified {
        let mut verified = self.verified.into_inner().unwrap_or_else(PoisonError::into_inner);
        verified.findings.sort();
        // A blob that two sets need is found for each of them.
        verified.findings.dedup();
        verified
    }

    fn everything(&self) -> Result<(), PublishError> {
        let blobs = list(&self.volume.blobs())?;
        parallel::for_each(&blobs, |path| match name(path).parse() {
            Ok(sha256) => _ = self.file(&Must { path: path.clone(), size: None, sha256 }),
            Err(_) => self.find(path, Problem::Extra),
        });
        for path in list(&self.volume.sets())? {
            match name(&path).parse() {
                Ok(digest) => self.set_as_it_says(&path, digest),
                Err(_) => self.find(&path, Problem::Extra),
            }
        }
        Ok(())
    }

    /// Verifies a set by the manifest in it, once that is the one that the set is named after.
    fn set_as_it_says(&self, path: &Path, digest: Digest) {
        let manifest_path = path.join(MANIFEST);
        let must = Must { path: manifest_path.clone(), size: None, sha256: digest };
        if !self.file(&must) {
            return;
        }
        match read_manifest(&manifest_path) {
            Ok(manifest) => self.set(&Wanted::new(&manifest)),
            Err(problem) => self.find(&manifest_path, problem),
        }
    }

    fn set(&self, wanted: &Wanted) {
        let root = self.volume.set(&wanted.digest);
        self.note(|verified| verified.sets += 1);
        if !root.is_dir() {
            return self.find(&root, Problem::Missing);
        }
        let mut must = vec![Must {
            path: root.join(MANIFEST),
            size: Some(wanted.json.len() as u64),
            sha256: wanted.digest,
        }];
        let (wheels, others): (Vec<_>, Vec<_>) =
            wanted.manifest.artifacts.iter().partition(|artifact| artifact.kind == Kind::Wheel);
        must.extend(others.iter().map(|artifact| Must {
            path: root.join(place(artifact)),
            size: Some(artifact.size),
            sha256: artifact.sha256,
        }));
        parallel::for_each(&must, |must| _ = self.file(must));
        let mut known: BTreeSet<PathBuf> = must.into_iter().map(|must| must.path).collect();
        let python = root.join(Kind::Wheel.directory());
        let all_known = self.wheels(&wheels, &python, &mut known);
        self.extras(&root, &|path| known.contains(path) || !all_known && path.starts_with(&python));
    }

    /// Compares the installed wheels with their archives. False where some archive cannot tell what it installed.
    fn wheels(&self, wheels: &[&Artifact], python: &Path, known: &mut BTreeSet<PathBuf>) -> bool {
        let blob = |wheel: &&Artifact| Must {
            path: self.volume.blob(&wheel.sha256),
            size: Some(wheel.size),
            sha256: wheel.sha256,
        };
        let blobs: Vec<Must> = wheels.iter().map(blob).collect();
        let sound = parallel::for_each(&blobs, |must| self.file(must));
        let sound: Vec<&Artifact> =
            wheels.iter().zip(sound).filter(|(_, sound)| *sound).map(|(wheel, _)| *wheel).collect();
        let installed = Installed { run: self, path: python.to_owned(), known: Mutex::default() };
        let compared = set::plan(&sound, self.volume)
            .and_then(|plans| set::unpack(&plans, RecordCheck::Note, &installed));
        known.append(&mut installed.known.into_inner().unwrap_or_else(PoisonError::into_inner));
        if let Err(error) = &compared {
            self.find(python, Problem::Unreadable(error.to_string()));
        }
        compared.is_ok() && sound.len() == wheels.len()
    }

    /// Finds whatever is below `directory` and not known.
    fn extras(&self, directory: &Path, known: &dyn Fn(&Path) -> bool) {
        let entries = match list(directory) {
            Ok(entries) => entries,
            Err(error) => return self.find(directory, Problem::Unreadable(error.to_string())),
        };
        for path in entries {
            let is_directory = fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir());
            if known(&path) {
                continue;
            }
            if is_directory {
                self.extras(&path, known);
            } else {
                self.find(&path, Problem::Extra);
            }
        }
    }

    /// Whether the file is as it must be.
    fn file(&self, must: &Must) -> bool {
        self.note(|verified| verified.files += 1);
        match self.problem(must) {
            None => true,
            Some(problem) => {
                self.find(&must.path, problem);
                false
            }
        }
    }

    fn problem(&self, must: &Must) -> Option<Problem> {
        let found = match fs::symlink_metadata(&must.path) {
            Ok(found) if !found.is_file() => return Some(Problem::NotAFile),
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Some(Problem::Missing),
            Err(error) => return Some(Problem::Unreadable(error.to_string())),
        };
        if let Some(expected) = must.size
            && expected != found.len()
        {
            return Some(Problem::Size { expected, actual: found.len() });
        }
        match self.hash(&must.path, (found.dev(), found.ino())) {
            Err(error) => Some(Problem::Unreadable(error.to_string())),
            Ok(hashed) if hashed.sha256 == must.sha256 => None,
            Ok(hashed) => Some(Problem::Digest { expected: must.sha256, actual: hashed.sha256 }),
        }
    }

    fn hash(&self, path: &Path, inode: (u64, u64)) -> io::Result<Hashed> {
        if let Some(hashed) = lock(&self.hashed).get(&inode) {
            return Ok(hashed.clone());
        }
        let hashed = hash_file(path)?;
        self.note(|verified| verified.bytes = verified.bytes.saturating_add(hashed.size));
        lock(&self.hashed).insert(inode, hashed.clone());
        Ok(hashed)
    }

    fn find(&self, path: &Path, problem: Problem) {
        let path = path.strip_prefix(self.volume.root()).unwrap_or(path).to_owned();
        self.note(|verified| verified.findings.push(Finding { path, problem }));
    }

    fn note(&self, note: impl FnOnce(&mut Verified)) {
        note(&mut lock(&self.verified));
    }
}

/// A tree that is there already: whatever is written to it is compared with what is there.
struct Installed<'a> {
    run: &'a Run<'a>,
    path: PathBuf,
    known: Mutex<BTreeSet<PathBuf>>,
}

impl Tree for Installed<'_> {
    fn path(&self) -> &Path {
        &self.path
    }

    fn file<T, E: From<PublishError>>(
        &self,
        name: &Path,
        _: Mode,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut hashing = Hashing(Hasher::new(None));
        let filled = fill(&mut hashing)?;
        let hashed = hashing.0.finish();
        let path = self.path.join(name);
        lock(&self.known).insert(path.clone());
        self.run.file(&Must { path, size: Some(hashed.size), sha256: hashed.sha256 });
        Ok(filled)
    }
}

struct Hashing(Hasher);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is in a directory, sorted; nothing where it is missing.
fn list(directory: &Path) -> Result<Vec<PathBuf>, PublishError> {
    let listed = fs::read_dir(directory).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
    });
    match listed {
        Ok(mut paths) => {
            paths.sort();
            Ok(paths)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(PublishError::Io { act: "list", path: directory.to_owned(), source }),
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn read_manifest(path: &Path) -> Result<Manifest, Problem> {
    let unreadable = |error: io::Error| Problem::Unreadable(error.to_string());
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_SIZE as u64 {
        return Err(Problem::NotAManifest(format!(
            "it has {size} bytes, more than the {MAX_SIZE} that are read"
        )));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    Manifest::parse(&bytes).map_err(|error| Problem::NotAManifest(error.to_string()))
}
