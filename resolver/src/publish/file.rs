//! One file on its way to its final name.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::disk::{self, close, is_without_links, parent_of, set_file_mode};
use super::error::{Came, Looks, PublishError};
use super::{Durability, Staging};
use crate::digest::{Checksum, Digest, Hashed, Hasher};
use crate::manifest::Kind;

/// Published files never change.
const FILE_MODE: u32 = 0o444;

/// How much is read at once: large enough that system calls cost nothing beside hashing.
const BLOCK: usize = 256 << 10;

/// What is known of a file before its bytes come.
#[derive(Debug, Clone)]
pub struct Expected {
    /// How messages call it.
    pub name: String,
    /// What it must be; of a jar or wheel that nothing vouches for, an HTML page is refused.
    pub kind: Kind,
    /// Its size in bytes. Nothing is written beyond it.
    pub size: Option<u64>,
    /// Its SHA-256.
    pub sha256: Option<Digest>,
    /// The checksum that its source states.
    pub checksum: Option<Checksum>,
}

/// Whether a name was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Published {
    /// It has its name now.
    New,
    /// Somebody else was first; nothing was changed, and the staged one is discarded.
    AlreadyThere,
}

/// A file being written. Dropped unfinished, it is removed.
pub struct StagedFile {
    file: File,
    place: Place,
    expected: Expected,
    hasher: Hasher,
    head: Vec<u8>,
}

/// A file that is whole, has what was expected, and is on the disk, but has no final name yet.
#[derive(Debug)]
pub struct CheckedFile {
    place: Place,
    hashed: Hashed,
}

/// A staged path, removed with its owner.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    staging: Staging,
}

impl Drop for Place {
    fn drop(&mut self) {
        // After a rename nothing is there; what cannot be removed goes with the staging directory.
        let _ = fs::remove_file(&self.path);
    }
}

impl StagedFile {
    pub(super) fn create(staging: Staging, path: PathBuf, expected: Expected) -> Result<Self, PublishError> {
        let file = disk::create(&path)?;
        let hasher = Hasher::new(expected.checksum.clone());
        Ok(Self { file, place: Place { path, staging }, expected, hasher, head: Vec::new() })
    }

    /// What was said of it.
    pub fn expected(&self) -> &Expected {
        &self.expected
    }

    /// Appends bytes. Fails, with nothing written, where they would pass the declared size.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PublishError> {
        let missing = Looks::HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        let size = self.hasher.size().saturating_add(bytes.len() as u64);
        if let Some(expected) = self.expected.size
            && size > expected
        {
            return Err(self.wrong_size(expected, Came::More));
        }
        self.file.write_all(bytes).map_err(PublishError::io("write", &self.place.path))?;
        self.hasher.update(bytes);
        self.place.staging.freshen();
        Ok(())
    }

    /// Appends the bytes of another file, which are hashed on the way like any others.
    pub fn copy_from(&mut self, path: &Path) -> Result<(), PublishError> {
        let mut source = File::open(path).map_err(PublishError::io("open", path))?;
        let mut buffer = vec![0; BLOCK];
        while let Some(block) =
            read_block(&mut source, &mut buffer).map_err(PublishError::io("read", path))?
        {
            self.write(block)?;
        }
        Ok(())
    }

    /// Forgets what was written.
    pub fn restart(&mut self) -> Result<(), PublishError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(PublishError::io("empty", &self.place.path))?;
        self.hasher = Hasher::new(self.expected.checksum.clone());
        self.head.clear();
        Ok(())
    }

    /// Checks size, SHA-256 and checksum against what was expected, and brings the bytes to the disk.
    pub fn finish(self) -> Result<CheckedFile, PublishError> {
        let hashed = self.hasher.clone().finish();
        self.check(&hashed)?;
        let Self { file, place, .. } = self;
        set_file_mode(&file, FILE_MODE).map_err(PublishError::io("set the mode of", &place.path))?;
        if place.staging.durability() == Durability::Durable {
            file.sync_all().map_err(PublishError::io("sync", &place.path))?;
        }
        close(file).map_err(PublishError::io("close", &place.path))?;
        Ok(CheckedFile { place, hashed })
    }

    fn check(&self, hashed: &Hashed) -> Result<(), PublishError> {
        let looks = Looks::of(&self.head);
        let name = || self.expected.name.clone();
        if let Some(expected) = self.expected.size
            && expected != hashed.size
        {
            return Err(self.wrong_size(expected, Came::Exactly(hashed.size)));
        }
        if let Some(expected) = self.expected.sha256
            && expected != hashed.sha256
        {
            return Err(PublishError::WrongDigest { name: name(), expected, actual: hashed.sha256, looks });
        }
        if let Some(disagreement) = hashed.disagreement.clone() {
            return Err(PublishError::WrongChecksum {
                name: name(),
                disagreement: disagreement.into(),
                looks,
            });
        }
        let vouched = self.expected.sha256.is_some() || self.expected.checksum.is_some();
        let archive = matches!(self.expected.kind, Kind::Jar | Kind::Wheel);
        if archive && !vouched && (looks != Looks::Unremarkable || hashed.size == 0) {
            return Err(PublishError::NotAnArchive { name: name(), looks });
        }
        Ok(())
    }

    fn wrong_size(&self, expected: u64, actual: Came) -> PublishError {
        let looks = Looks::of(&self.head);
        PublishError::WrongSize { name: self.expected.name.clone(), expected, actual, looks }
    }
}

impl CheckedFile {
    /// Size and digest of the bytes.
    pub fn hashed(&self) -> &Hashed {
        &self.hashed
    }

    /// Gives the file its final name, unless that name is taken. Missing directories are made.
    ///
    /// What is already there is neither changed nor looked at.
    pub fn publish(self, path: &Path) -> Result<Published, PublishError> {
        self.place.staging.make_directories(parent_of(path))?;
        let published = self.link(path)?;
        // Even where somebody else was first: he may be dead before he has synced the name.
        self.place.staging.sync_parent(path)?;
        Ok(published)
    }

    /// Gives the file its final name in one step, whatever had it before. Missing directories are made.
    ///
    /// Who has the former file open goes on reading that.
    pub fn replace(self, path: &Path) -> Result<(), PublishError> {
        self.place.staging.make_directories(parent_of(path))?;
        fs::rename(&self.place.path, path).map_err(PublishError::io("replace", path))?;
        self.place.staging.sync_parent(path)
    }

    fn link(&self, path: &Path) -> Result<Published, PublishError> {
        match fs::hard_link(&self.place.path, path) {
            Ok(()) => Ok(Published::New),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Published::AlreadyThere),
            // Without links the look and the rename are two steps: two may rename one after the other, each
            // a whole and checked file.
            Err(error) if is_without_links(&error) && path.symlink_metadata().is_ok() => {
                Ok(Published::AlreadyThere)
            }
            Err(error) if is_without_links(&error) => {
                fs::rename(&self.place.path, path).map_err(PublishError::io("create", path))?;
                Ok(Published::New)
            }
            Err(error) => Err(PublishError::io("create", path)(error)),
        }
    }
}

/// Size and SHA-256 of a file as it is on the disk.
pub fn hash_file(path: &Path) -> io::Result<Hashed> {
    let mut source = File::open(path)?;
    let mut hasher = Hasher::new(None);
    let mut buffer = vec![0; BLOCK];
    while let Some(block) = read_block(&mut source, &mut buffer)? {
        hasher.update(block);
    }
    Ok(hasher.finish())
}

/// The next bytes; `None` at the end.
fn read_block<'a>(source: &mut File, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
    loop {
        match source.read(buffer) {
            Ok(0) => return Ok(None),
            Ok(length) => return Ok(Some(&buffer[..length])),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
