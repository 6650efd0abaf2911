//! What a long operation tells while it runs; who listens decides how to show it.

use crate::digest::Digest;

/// Listens to a running operation. The terminal, a log, or nobody.
pub trait Observer: Send + Sync {
    /// Takes one event. Called from any task; must not block.
    fn event(&self, event: Event<'_>);
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A phase begins; `files` and `bytes` are what it has to do, where that is known beforehand.
    Phase {
        /// The act, as in `resolving packages`.
        name: &'a str,
        /// How many files.
        files: Option<u64>,
        /// How many bytes.
        bytes: Option<u64>,
    },
    /// A file begins to arrive.
    Started {
        /// Its name.
        name: &'a str,
        /// Its size in bytes, where known.
        size: Option<u64>,
    },
    /// More bytes of a file have arrived.
    Advanced {
        /// The name given when it started.
        name: &'a str,
        /// How many more bytes.
        bytes: u64,
    },
    /// A file is whole and checked.
    Finished {
        /// The name given when it started.
        name: &'a str,
        /// Its digest.
        sha256: Digest,
        /// How many bytes had to be fetched for it; 0 where it was there already.
        fetched: u64,
    },
    /// Something that the user should know and that stops nothing.
    Note(&'a str),
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
