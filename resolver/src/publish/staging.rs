//! A directory of one's own, on the same filesystem, for what is not yet whole.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::stat::futimens;
use nix::sys::time::TimeSpec;

use super::disk::{self, TreeSync};
use super::file::{Expected, StagedFile};
use super::tree::StagedTree;
use super::{Durability, PublishError, sweep};

/// The name of the directory that holds all staging directories.
const DIRECTORY: &str = "staging";

/// How often a staging directory at work is marked as such: often enough that a sweeper's hour never passes.
const FRESHEN_EVERY: Duration = Duration::from_mins(5);

/// A private directory `<root>/staging/<mount>-<random>/`. Clones share it; it is removed with the last of them.
///
/// It holds a file `lock` that is locked while its owner lives, so that leftovers of a dead process on the same
/// mount of the same machine are known at once. Elsewhere they are known by their age.
#[derive(Debug, Clone)]
pub struct Staging(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    path: PathBuf,
    /// Held, not read: the lock goes with it.
    lock: File,
    durability: Durability,
    tree_sync: TreeSync,
    next: AtomicU64,
    opened: Instant,
    /// Seconds from `opened` to the last time the directory was marked as at work.
    freshened: AtomicU64,
}

impl Staging {
    /// Makes a staging directory below `root`, which is made too, and sweeps what dead populators have left there.
    ///
    /// Fails where `staging` is a link: the sweep would remove what is elsewhere.
    pub fn open(root: &Path, durability: Durability) -> Result<Self, PublishError> {
        let all = root.join(DIRECTORY);
        disk::make_directories_below(root, &all, durability)?;
        let (path, lock) = claim(&all)?;
        sweep::sweep(&all, &path, &lock);
        Ok(Self(Arc::new(Inner {
            root: root.to_owned(),
            tree_sync: TreeSync::of(&path, durability),
            path,
            lock,
            durability,
            next: AtomicU64::new(0),
            opened: Instant::now(),
            freshened: AtomicU64::new(0),
        })))
    }

    /// The directory below which this one is.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// What was promised when it was opened.
    pub fn durability(&self) -> Durability {
        self.0.durability
    }

    /// Begins a file.
    pub fn file(&self, expected: Expected) -> Result<StagedFile, PublishError> {
        StagedFile::create(self.clone(), self.unused_path(), expected)
    }

    /// Begins a directory.
    pub fn tree(&self) -> Result<StagedTree, PublishError> {
        StagedTree::create(self.clone(), self.unused_path())
    }

    /// Makes `path` a symbolic link to `target`, in one step, whatever link was there before.
    ///
    /// Where `path` is that link already nothing is written. A directory or file of that name is not replaced.
    pub fn replace_link(&self, path: &Path, target: &Path) -> Result<(), PublishError> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_symlink() => {
                let source = io::Error::from(io::ErrorKind::AlreadyExists);
                return Err(PublishError::io("replace by a link", path)(source));
            }
            Ok(_) if fs::read_link(path).is_ok_and(|found| found == target) => return self.sync_parent(path),
            Ok(_) | Err(_) => {}
        }
        let staged = self.unused_path();
        std::os::unix::fs::symlink(target, &staged).map_err(PublishError::io("create link", &staged))?;
        fs::rename(&staged, path).map_err(PublishError::io("replace link", path))?;
        self.sync_parent(path)
    }

    /// Makes the name `path` survive a power cut, where that was promised.
    pub(super) fn sync_parent(&self, path: &Path) -> Result<(), PublishError> {
        match self.0.durability {
            Durability::Durable => disk::sync_directory(disk::parent_of(path)),
            Durability::Rebuildable => Ok(()),
        }
    }

    /// Makes a directory and what is missing above it. Below the root no link is followed.
    pub(super) fn make_directories(&self, path: &Path) -> Result<(), PublishError> {
        disk::make_directories_below(&self.0.root, path, self.0.durability)
    }

    pub(super) fn tree_sync(&self) -> TreeSync {
        self.0.tree_sync
    }

    /// A path in the directory that nobody has used.
    fn unused_path(&self) -> PathBuf {
        self.freshen();
        self.0.path.join(self.0.next.fetch_add(1, Ordering::Relaxed).to_string())
    }

    /// Marks the directory as at work, by the server's clock; cheap enough for every write. Writing does it; who is
    /// long at work without writing does it himself.
    ///
    /// Errors are passed over: at worst a sweeper takes the directory away, and the next step says so.
    pub fn freshen(&self) {
        let now = self.0.opened.elapsed().as_secs();
        let last = self.0.freshened.load(Ordering::Relaxed);
        if now.saturating_sub(last) >= FRESHEN_EVERY.as_secs() {
            self.0.freshened.store(now, Ordering::Relaxed);
            let _ = futimens(&self.0.lock, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What cannot be removed now is swept later. The lock is still held here.
        let _ = sweep::remove(&self.path);
    }
}

/// Makes a directory with a locked file in it.
///
/// A sweeper may take the file's lock between its creation and ours, or may have removed both by then; then the
/// directory is lost, and another is made.
fn claim(all: &Path) -> Result<(PathBuf, File), PublishError> {
    let mount = sweep::mount_of(all);
    loop {
        let path = all.join(sweep::name(&mount, rand::random()));
        match disk::make_new_directory(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(PublishError::io("create directory", &path)(error)),
        }
        let lock_path = path.join(sweep::LOCK);
        let lock = match File::create_new(&lock_path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(PublishError::io("create", &lock_path)(error)),
        };
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => continue,
            // A filesystem without locks: leftovers are then known by their age alone.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
        }
        if is_same_file(&lock, &lock_path) {
            return Ok((path, lock));
        }
    }
}

fn is_same_file(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(found)) = (file.metadata(), fs::metadata(path)) else { return false };
    (opened.dev(), opened.ino()) == (found.dev(), found.ino())
}
