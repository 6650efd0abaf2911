//! Is there room enough? Asked before anything is written.

use std::fmt;
use std::io;
use std::path::Path;

use super::PublishError;

/// Room on a filesystem: wanted, or free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Bytes.
    pub bytes: u64,
    /// Files, that is inodes.
    pub files: u64,
}

impl Room {
    /// Counts one file of `size` bytes.
    #[must_use]
    pub fn and_file(self, size: u64) -> Self {
        self.plus(Self { bytes: size, files: 1 })
    }

    /// Room for both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let bytes = self.bytes.saturating_add(other.bytes);
        Self { bytes, files: self.files.saturating_add(other.files) }
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = Bytes(self.bytes);
        match self.files {
            u64::MAX => write!(f, "{bytes}"),
            files => write!(f, "{bytes} and {files} files"),
        }
    }
}

/// Bytes as people read them, and exactly.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match UNITS.iter().find(|(_, unit)| self.0 >= *unit) {
            None => write!(f, "{} bytes", self.0),
            Some((name, unit)) => {
                let tenths = self.0 % unit * 10 / unit;
                write!(f, "{}.{tenths} {name} ({} bytes)", self.0 / unit, self.0)
            }
        }
    }
}

/// Fails where the filesystem that holds the directory `path` has less free room than is needed.
///
/// A check beforehand only: others write to the same filesystem, so writing may still find it full. Quotas are
/// not seen by it.
pub fn check_room(path: &Path, needed: Room) -> Result<(), PublishError> {
    let found = nix::sys::statvfs::statvfs(path)
        .map_err(io::Error::from)
        .map_err(PublishError::io("ask for the free room of", path))?;
    // Filesystems that make inodes as needed (btrfs, many network ones) say 0 of 0.
    let files = if found.files() == 0 { u64::MAX } else { found.files_available() };
    let free = Room { bytes: found.blocks_available().saturating_mul(found.fragment_size()), files };
    if needed.bytes <= free.bytes && needed.files <= free.files {
        return Ok(());
    }
    Err(PublishError::NoRoom { path: path.to_owned(), needed, free })
}
