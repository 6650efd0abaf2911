//! A directory that appears whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::disk::{self, TreeSync, close, is_without_links, parent_of, set_file_mode};
use super::{Durability, Expected, PublishError, Published, Staging, hash_file};

/// The mode of a file in a tree, whatever the umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0444.
    Plain,
    /// 0555.
    Executable,
}

impl Mode {
    fn bits(self) -> u32 {
        match self {
            Self::Plain => 0o444,
            Self::Executable => 0o555,
        }
    }
}

/// What takes files by their names: a [`StagedTree`], or something that only looks at them.
pub trait Tree: Sync {
    /// The directory that the names are relative to, for messages.
    fn path(&self) -> &Path;

    /// Takes the file `name`, which `fill` writes.
    ///
    /// What must be true of the bytes is for `fill` to check.
    fn file<T, E: From<PublishError>>(
        &self,
        name: &Path,
        mode: Mode,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E>;
}

/// A directory being built. Dropped unpublished, it is removed.
///
/// Files may be added from many threads at once.
#[derive(Debug)]
pub struct StagedTree {
    staging: Staging,
    path: PathBuf,
    /// Every directory made, the tree's own among them.
    directories: Mutex<BTreeSet<PathBuf>>,
}

/// A file of a tree while it is being written.
struct TreeFile<'a> {
    file: File,
    staging: &'a Staging,
}

impl Write for TreeFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.staging.freshen();
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl StagedTree {
    pub(super) fn create(staging: Staging, path: PathBuf) -> Result<Self, PublishError> {
        disk::make_directory(&path)?;
        let directories = Mutex::new(BTreeSet::from([path.clone()]));
        Ok(Self { staging, path, directories })
    }

    /// Makes an empty directory and the ones above it. `name` is relative, of plain components
    /// ([`FileName`](crate::manifest::FileName) guarantees that).
    pub fn directory(&self, name: &Path) -> Result<(), PublishError> {
        self.make_directories(&self.path.join(name))
    }

    fn finish(&self, file: File, path: &Path, mode: Mode) -> Result<(), PublishError> {
        set_file_mode(&file, mode.bits()).map_err(PublishError::io("set the mode of", path))?;
        match self.staging.tree_sync() {
            TreeSync::Each => file.sync_all().map_err(PublishError::io("sync", path))?,
            TreeSync::Filesystem | TreeSync::Nothing => {}
        }
        close(file).map_err(PublishError::io("close", path))
    }

    /// Adds the published file `blob` as `name`: by a hard link, or by a copy where links are not to be had.
    ///
    /// A copy is checked against `expected` while it is made. A link is not: the caller knows the blob's bytes.
    pub fn link(&self, blob: &Path, name: &Path, expected: &Expected) -> Result<(), PublishError> {
        let path = self.path.join(name);
        self.make_directories(parent_of(&path))?;
        match fs::hard_link(blob, &path) {
            Ok(()) => Ok(()),
            Err(error) if is_without_links(&error) => {
                let mut copy = self.staging.file(expected.clone())?;
                copy.copy_from(blob)?;
                match copy.finish()?.publish(&path)? {
                    Published::New => Ok(()),
                    Published::AlreadyThere => {
                        Err(PublishError::io("create", &path)(ErrorKind::AlreadyExists.into()))
                    }
                }
            }
            Err(error) => Err(PublishError::io("create link", &path)(error)),
        }
    }

    /// Brings the tree to the disk and gives it its final name, unless a directory with something in it has that
    /// name. Missing directories above are made.
    ///
    /// An empty directory is replaced: kubelet makes one where a pod's `subPath` is not there yet.
    pub fn publish(self, path: &Path) -> Result<Published, PublishError> {
        let parent = parent_of(path);
        self.staging.make_directories(parent)?;
        self.sync()?;
        let published = match fs::rename(&self.path, path) {
            Ok(()) => Published::New,
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
                Published::AlreadyThere
            }
            Err(error) => return Err(PublishError::io("create", path)(error)),
        };
        if self.staging.durability() == Durability::Durable {
            disk::sync_directory(parent)?;
        }
        Ok(published)
    }

    /// Puts right what was published as `path` before and is damaged: every file that is missing there or has other
    /// bytes than this tree is replaced, in one step each, and `last` after all others. Gives their names.
    ///
    /// The directory stays the same one, so that who has it mounted sees the right bytes from then on; who has a
    /// wrong file open goes on reading that. Files that this tree does not have are left alone. Where a directory of
    /// this tree is a link or a file there, that is removed first: nothing is written through a link.
    pub fn mend(self, path: &Path, last: &Path) -> Result<Vec<PathBuf>, PublishError> {
        self.sync()?;
        let mut names = Vec::new();
        files_below(&self.path, Path::new(""), &mut names)?;
        names.sort_by_key(|name| (name == last, name.clone()));
        self.staging.make_directories(path)?;
        let mut directories = make_way(path, &names)?;
        names.retain(|name| !is_same(&self.path.join(name), &path.join(name)));
        for name in &names {
            let (from, to) = (self.path.join(name), path.join(name));
            if name == last {
                self.sync_all(&directories)?;
            }
            fs::rename(&from, &to).map_err(PublishError::io("replace", &to))?;
            directories.insert(parent_of(&to).to_owned());
        }
        self.sync_all(&directories)?;
        Ok(names)
    }

    fn sync_all(&self, directories: &BTreeSet<PathBuf>) -> Result<(), PublishError> {
        match self.staging.durability() {
            Durability::Durable => directories.iter().try_for_each(|path| disk::sync_directory(path)),
            Durability::Rebuildable => Ok(()),
        }
    }

    fn sync(&self) -> Result<(), PublishError> {
        match self.staging.tree_sync() {
            TreeSync::Nothing => Ok(()),
            TreeSync::Filesystem => disk::sync_filesystem(&self.path),
            TreeSync::Each => {
                let directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
                directories.iter().try_for_each(|directory| disk::sync_directory(directory))
            }
        }
    }

    fn make_directories(&self, path: &Path) -> Result<(), PublishError> {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&Path> = path.ancestors().take_while(|path| !directories.contains(*path)).collect();
        for path in missing.into_iter().rev() {
            disk::make_directory(path)?;
            directories.insert(path.to_owned());
        }
        Ok(())
    }
}

impl Tree for StagedTree {
    fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a file. Fails where the tree has one of that name. Where `fill` fails, the file is removed again.
    fn file<T, E: From<PublishError>>(
        &self,
        name: &Path,
        mode: Mode,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = self.path.join(name);
        self.make_directories(parent_of(&path))?;
        let file = disk::create(&path)?;
        let mut file = TreeFile { file, staging: &self.staging };
        let filled = fill(&mut file).and_then(|filled| {
            self.finish(file.file, &path, mode)?;
            Ok(filled)
        });
        if filled.is_err() {
            let _ = fs::remove_file(&path);
        }
        filled
    }
}

impl Drop for StagedTree {
    fn drop(&mut self) {
        // After the rename nothing is there; what cannot be removed goes with the staging directory.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Every file below `root/at`, relative to `root`.
fn files_below(root: &Path, at: &Path, found: &mut Vec<PathBuf>) -> Result<(), PublishError> {
    let directory = root.join(at);
    let entries = fs::read_dir(&directory).map_err(PublishError::io("list", &directory))?;
    for entry in entries {
        let entry = entry.map_err(PublishError::io("list", &directory))?;
        let name = at.join(entry.file_name());
        let kind = entry.file_type().map_err(PublishError::io("look at", &entry.path()))?;
        if kind.is_dir() {
            files_below(root, &name, found)?;
        } else {
            found.push(name);
        }
    }
    Ok(())
}

/// Sees to it that the directories of the files `names` below `root` are there, and are directories: what else has
/// the name of one is removed. Gives the directories that changed.
fn make_way(root: &Path, names: &[PathBuf]) -> Result<BTreeSet<PathBuf>, PublishError> {
    // In the order of a BTreeSet, what holds a directory comes before it.
    let needed: BTreeSet<&Path> = names.iter().flat_map(|name| name.ancestors().skip(1)).collect();
    let mut changed = BTreeSet::new();
    for path in needed.into_iter().filter(|name| !name.as_os_str().is_empty()).map(|name| root.join(name)) {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => continue,
            Ok(_) => fs::remove_file(&path).map_err(PublishError::io("remove", &path))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(PublishError::io("look at", &path)(error)),
        }
        disk::make_directory(&path)?;
        changed.insert(parent_of(&path).to_owned());
    }
    Ok(changed)
}

/// Whether `there` is a regular file with the bytes of `here`; of what cannot be read, no.
fn is_same(here: &Path, there: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::symlink_metadata(here), fs::symlink_metadata(there)) else { return false };
    if !b.is_file() || a.len() != b.len() {
        return false;
    }
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return true;
    }
    let (Ok(a), Ok(b)) = (hash_file(here), hash_file(there)) else { return false };
    a == b
}
