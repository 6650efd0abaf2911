//! What can go wrong when something is published.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Room;
use crate::digest::{Digest, Disagreement};
use crate::failure::Failure;

/// A file or directory that could not be published.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The system refused.
    #[error("cannot {act} `{}`{}", path.display(), advice(source))]
    Io {
        /// What was tried, as in `create directory`.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory is needed where something else is.
    #[error("`{}` must be a directory, but is something else; name another directory or move it away", path.display())]
    NotADirectory {
        /// What is in the way.
        path: PathBuf,
    },
    /// A directory of one's own is needed where a link is: what is written or removed there would be elsewhere.
    #[error("`{}` must be a directory, but is a symbolic link; remove it, or move what it names to its place", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The filesystem has less room than is needed; found before anything was written.
    #[error("`{}` needs room for {needed}, but has {free}; free some room or enlarge it", path.display())]
    NoRoom {
        /// The directory on the filesystem that was asked.
        path: PathBuf,
        /// What is needed.
        needed: Room,
        /// What an unprivileged process may still use.
        free: Room,
    },
    /// More or fewer bytes than there must be.
    #[error("`{name}` must have {expected} bytes, but {actual} came{looks}")]
    WrongSize {
        /// What was being written.
        name: String,
        /// The declared size in bytes.
        expected: u64,
        /// What came.
        actual: Came,
        /// What the bytes look like instead.
        looks: Looks,
    },
    /// Other bytes than the manifest pins.
    #[error("`{name}` must have SHA-256 {expected}, but what came has {actual}{looks}")]
    WrongDigest {
        /// What was being written.
        name: String,
        /// The pinned digest.
        expected: Digest,
        /// The digest of what came.
        actual: Digest,
        /// What the bytes look like instead.
        looks: Looks,
    },
    /// Other bytes than the checksum beside them says.
    #[error(
        "`{name}` must have {} as its source states, but what came has {}{looks}",
        disagreement.expected,
        disagreement.actual
    )]
    WrongChecksum {
        /// What was being written.
        name: String,
        /// Both checksums.
        disagreement: Box<Disagreement>,
        /// What the bytes look like instead.
        looks: Looks,
    },
    /// A page or an error document where a jar or wheel was asked for, and no digest to tell by.
    #[error("`{name}` must be a jar or wheel, but is none{looks}")]
    NotAnArchive {
        /// What was being written.
        name: String,
        /// What the bytes look like instead.
        looks: Looks,
    },
    /// The thread that writes the file has ended before the file was whole.
    #[error("writing `{name}` was stopped before it was whole; run again")]
    Stopped {
        /// What was being written.
        name: String,
    },
}

impl PublishError {
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { act, path: path.to_owned(), source }
    }

    /// The kind of this failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Io { source, .. } => Failure::of_write(source),
            Self::NotADirectory { .. } | Self::Link { .. } => Failure::CannotCreate,
            Self::NoRoom { .. } => Failure::VolumeFull,
            Self::WrongSize { .. }
            | Self::WrongDigest { .. }
            | Self::WrongChecksum { .. }
            | Self::NotAnArchive { .. } => Failure::Data,
            Self::Stopped { .. } => Failure::Temporary,
        }
    }
}

/// What the user can do about an error of the system.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull => {
            ": the filesystem is full; free some room (bytes or inodes) and run again, what is there already is kept"
        }
        io::ErrorKind::QuotaExceeded => ": the quota is used up; raise it or free some room, and run again",
        io::ErrorKind::ReadOnlyFilesystem => ": the filesystem is read-only; mount it writable",
        io::ErrorKind::PermissionDenied => ": not permitted; run as a user who may write there",
        io::ErrorKind::NotADirectory => ": a file is where a directory must be",
        _ => "",
    }
}

/// How many bytes came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Exactly so many.
    Exactly(u64),
    /// The declared size was passed, and nothing more was read.
    More,
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(bytes) => write!(f, "{bytes}"),
            Self::More => f.write_str("more"),
        }
    }
}

/// What wrong bytes look like, for the message: the commonest cause is a page of a proxy or a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Like nothing in particular.
    Unremarkable,
    /// Like an HTML page.
    Html,
    /// Like an XML document, as object stores answer with.
    Xml,
}

impl Looks {
    /// How many bytes of a file's beginning tell.
    pub(crate) const HEAD: usize = 256;

    /// Looks at the beginning of a file.
    pub fn of(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head).to_ascii_lowercase();
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.starts_with("<!doctype html") || text.starts_with('<') && text.contains("<html") {
            Self::Html
        } else if text.starts_with("<?xml") {
            Self::Xml
        } else {
            Self::Unremarkable
        }
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unremarkable => "",
            Self::Html => ": it is an HTML page, so a proxy or a login page answered instead of the source",
            Self::Xml => ": it is an XML document, so the source answered with an error of its own",
        })
    }
}
