//! What can be wrong on a volume.

use std::fmt;
use std::path::PathBuf;

use fatwood_resolver::digest::Digest;
use thiserror::Error;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where, relative to the volume's root.
    pub path: PathBuf,
    /// What.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.problem)
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Problem {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It is no regular file.
    #[error("must be a regular file, but is none")]
    NotAFile,
    /// Another size.
    #[error("must have {expected} bytes, but has {actual}")]
    Size {
        /// In bytes.
        expected: u64,
        /// In bytes.
        actual: u64,
    },
    /// Other bytes of the same size.
    #[error("must have SHA-256 {expected}, but has {actual}")]
    Digest {
        /// What the manifest, or the wheel, says.
        expected: Digest,
        /// What is there.
        actual: Digest,
    },
    /// Nothing on the volume accounts for it.
    #[error("does not belong there")]
    Extra,
    /// It cannot be read; what the system says.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A set's manifest is none, so that nothing is known of the set.
    #[error("is not a manifest: {0}")]
    NotAManifest(String),
}

impl Problem {
    /// Whether it harms no set: something more than there must be.
    pub fn is_extra(&self) -> bool {
        matches!(self, Self::Extra)
    }
}
