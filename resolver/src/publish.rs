//! The disk, and the only code that writes to it: nothing else creates, renames or removes a file.
//!
//! A file gets its final name only when it is whole, checked and on the disk:
//!
//! ```text
//! stage -> hash while writing -> check -> fsync -> checked close -> link or rename -> fsync of the directory
//! ```
//!
//! - **Staged** on the same filesystem under a name of one's own ([`Staging`]), not with `O_TMPFILE`,
//!   which NFS does not have.
//! - **Closed with a check**: on NFS a full disk is reported by fsync or close, never by write, and the
//!   standard library's drop discards that error.
//! - **Published without clobbering**: `link(2)` fails where the name exists; `RENAME_NOREPLACE` is not
//!   to be had on NFS. Who comes second discards his own.
//! - **Trees** ([`StagedTree`]) are synced by one `syncfs` and appear by one rename.
//!
//! Any number of processes may publish into one directory at once and be killed at any instant.
//! No step depends on a lock: locks only tell whose leftovers may be swept at once.

mod disk;
mod error;
mod file;
mod output;
mod room;
mod sink;
mod staging;
mod sweep;
mod tree;

#[cfg(test)]
mod tests;

pub use self::disk::{check_directory, make_directories, sync_directory};
pub use self::error::{Came, Looks, PublishError};
pub use self::file::{CheckedFile, Expected, Published, StagedFile, hash_file};
pub use self::output::write_file;
pub use self::room::{Room, check_room};
pub use self::sink::{FileSink, Sink};
pub use self::staging::Staging;
pub use self::tree::{Mode, StagedTree, Tree};

/// What a power cut may do to what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: whatever has its final name is on the disk, bytes and name. For the volume.
    Durable,
    /// It may lose or damage what was published lately. For the local cache, which saves the syncs
    /// (hundreds of small files for one resolution), because whoever takes something from it checks
    /// the bytes, and because it can be filled again.
    Rebuildable,
}
