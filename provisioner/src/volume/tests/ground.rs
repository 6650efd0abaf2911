//! A volume to test on, and a shelf that artifacts come from.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use fatwood_resolver::digest::Digest;
use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::{Artifact, Inputs, Kind, Manifest, Source};
use fatwood_resolver::progress::{Event, Observer};
use fatwood_resolver::publish::Sink;
use fatwood_resolver::requirements::Target;

use super::super::wheel::RecordCheck;
use super::super::*;

/// What goes wrong with an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing: garbage first, then a restart, then the right bytes.
    Restarted,
    /// It ends early, after so many bytes.
    Cut(usize),
    /// One bit of the byte at this offset is wrong.
    Flipped(usize),
    /// A page comes instead.
    Page,
    /// More comes than there is.
    Endless,
    /// It is not there.
    NotThere,
    /// The source does not answer.
    Down,
    /// Half of it comes, and then nothing more for ever.
    Stuck,
}

/// Artifacts by purl, and what goes wrong with them.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) bytes: BTreeMap<String, Bytes>,
    pub(super) faults: Mutex<BTreeMap<String, Fault>>,
    /// The purls that were asked for, in their order.
    pub(super) asked: Mutex<Vec<String>>,
}

impl Shelf {
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }

    pub(super) fn fault(&self, purl: &str, fault: Option<Fault>) {
        let mut faults = self.faults.lock().unwrap();
        match fault {
            Some(fault) => _ = faults.insert(purl.to_owned(), fault),
            None => _ = faults.remove(purl),
        }
    }
}

#[async_trait]
impl Supply for Shelf {
    async fn supply(&self, artifact: &Artifact, sink: &mut dyn Sink) -> Result<(), SupplyError> {
        self.asked.lock().unwrap().push(artifact.purl.clone());
        let fault = self.faults.lock().unwrap().get(&artifact.purl).copied();
        let mut bytes = self.bytes[&artifact.purl].to_vec();
        match fault {
            None => {}
            Some(Fault::Restarted) => {
                sink.write(bytes[..bytes.len() / 2].to_vec().into()).await?;
                sink.restart().await?;
            }
            Some(Fault::Cut(length)) => bytes.truncate(length),
            Some(Fault::Flipped(at)) => bytes[at] ^= 1,
            Some(Fault::Page) => bytes = b"<!doctype html><p>Please log in".to_vec(),
            Some(Fault::Endless) => loop {
                sink.write(Bytes::from_static(&[0; 512])).await?;
            },
            Some(Fault::NotThere) => return Err(SupplyError::NotThere),
            Some(Fault::Down) => {
                let source = "connection refused".into();
                return Err(SupplyError::Failed { failure: Failure::Unavailable, source });
            }
            Some(Fault::Stuck) => {
                sink.write(bytes[..bytes.len() / 2].to_vec().into()).await?;
                std::future::pending::<()>().await;
            }
        }
        for chunk in bytes.chunks(100.max(bytes.len() / 64)) {
            sink.write(chunk.to_vec().into()).await?;
        }
        Ok(())
    }
}

/// Keeps the notes.
#[derive(Debug, Default)]
pub(super) struct Notes(pub(super) Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: Event<'_>) {
        if let Event::Note(note) = event {
            self.0.lock().unwrap().push(note.to_owned());
        }
    }
}

/// Bytes that nothing else has; not compressible, not a page.
pub(super) fn jar(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

pub(super) fn wheel(name: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let info = format!("{name}-1.0.dist-info");
    let mut record = String::new();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n");
    let wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let own = [(format!("{info}/METADATA"), metadata), (format!("{info}/WHEEL"), wheel.to_owned())];
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    for (name, text) in files.chain(own) {
        zip.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        record.extend([name.as_str(), ",,\n"]);
    }
    zip.start_file(format!("{info}/RECORD"), zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(format!("{record}{info}/RECORD,,\n").as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A volume, a shelf, and what is told.
pub(super) struct Ground {
    pub(super) directory: tempfile::TempDir,
    pub(super) volume: Volume,
    pub(super) shelf: Shelf,
    pub(super) notes: Arc<Notes>,
}

impl Ground {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volume = Volume::new(directory.path().join("volume"));
        Self { directory, volume, shelf: Shelf::default(), notes: Arc::default() }
    }

    /// Puts an artifact on the shelf.
    pub(super) fn artifact(&mut self, kind: Kind, file: &str, bytes: &[u8]) -> Artifact {
        let purl = format!("pkg:generic/{file}");
        self.shelf.bytes.insert(purl.clone(), bytes.to_vec().into());
        Artifact {
            purl,
            kind,
            file: file.parse().unwrap(),
            source: Source::Repository {
                repository: "own".parse().unwrap(),
                path: format!("org/{file}").parse().unwrap(),
            },
            size: bytes.len() as u64,
            sha256: Digest::of(bytes),
            metadata_sha256: None,
            requested_by: vec!["a".into()],
        }
    }

    /// Two jars, a wheel and two files, one of them empty.
    pub(super) fn some(&mut self) -> Manifest {
        let wheel = wheel("demo", &[("demo/__init__.py", "x = 1\n"), ("demo/data.txt", "data")]);
        let artifacts = vec![
            self.artifact(Kind::Jar, "z.jar", &jar(1, 2000)),
            self.artifact(Kind::Jar, "a.jar", &jar(2, 300)),
            self.artifact(Kind::Wheel, "demo-1.0-py3-none-any.whl", &wheel),
            self.artifact(Kind::File, "conf/x.csv", b"1,2\n"),
            self.artifact(Kind::File, "empty", b""),
        ];
        manifest(artifacts)
    }

    pub(super) fn options(&self, existing: Existing) -> Options {
        let observer = Arc::clone(&self.notes) as Arc<dyn Observer>;
        Options { existing, records: RecordCheck::Note, cache: None, observer }
    }

    pub(super) fn populate_with(
        &self,
        manifest: &Manifest,
        options: &Options,
    ) -> Result<Populated, PopulateError> {
        runtime().block_on(populate(manifest, &self.volume, &self.shelf, options))
    }

    pub(super) fn populate(&self, manifest: &Manifest) -> Result<Populated, PopulateError> {
        self.populate_with(manifest, &self.options(Existing::Believe))
    }

    pub(super) fn set(&self, manifest: &Manifest) -> PathBuf {
        self.volume.set(&manifest.digest())
    }

    /// What `verify` finds, a line each, with the set's digest shortened.
    pub(super) fn findings(&self, scope: Scope<'_>) -> String {
        let verified = verify(&self.volume, scope).unwrap();
        let lines: Vec<_> = verified.findings.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    pub(super) fn staged(&self) -> usize {
        fs::read_dir(self.volume.root().join("staging")).map_or(0, Iterator::count)
    }

    /// Waits until killed populators are gone. A process that was killed while one of its threads was in
    /// fsync keeps its files, and so its lock, until that call returns; whoever sweeps before leaves its
    /// staging to the next one.
    pub(super) fn bury_the_dead(&self) {
        for entry in fs::read_dir(self.volume.root().join("staging")).into_iter().flatten() {
            let lock = entry.unwrap().path().join("lock");
            if let Ok(lock) = fs::OpenOptions::new().write(true).open(lock) {
                lock.lock().unwrap();
            }
        }
    }

    pub(super) fn error(&self, error: &PopulateError) -> String {
        format!("{error} [{:?}]", error.failure()).replace(self.directory.path().to_str().unwrap(), "DIR")
    }
}

pub(super) fn manifest(artifacts: Vec<Artifact>) -> Manifest {
    let inputs = Inputs {
        packages: vec![],
        transitive: true,
        exclude_packages: vec![],
        requirements: vec![],
        pylock: None,
        files: vec![],
    };
    Manifest::new("demo".parse().unwrap(), Target::default(), inputs, artifacts).unwrap()
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A line for each thing below `root`; digests are numbered, so that the lines stay readable.
pub(super) fn listing(root: &Path) -> String {
    let mut lines = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let found = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let mode = found.permissions().mode() & 0o7777;
            lines.push(if found.is_dir() {
                todo.push(path);
                format!("{name}/ {mode:o}")
            } else if found.is_symlink() {
                format!("{name} -> {}", fs::read_link(&path).unwrap().display())
            } else {
                format!("{name} {mode:o} {} bytes, {} links", found.len(), found.nlink())
            });
        }
    }
    lines.sort();
    lines.join("\n")
}

/// Every inode, so that whatever was replaced shows.
pub(super) fn inodes(root: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(path) = todo.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            todo.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path, (metadata.ino(), metadata.mtime(), metadata.mtime_nsec()));
    }
    found
}

/// Writes to a published file as a failing disk would: the same inode, other bytes.
pub(super) fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
}
