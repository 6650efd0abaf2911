//! Single acts on the disk, with the errors that matter and without those that do not.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::statfs;

use super::{Durability, PublishError};

/// Directories are readable by any uid whatever the umask: who populates and who runs differ.
const DIRECTORY_MODE: u32 = 0o755;

/// What a directory takes over from the one that holds it: its group, and that the group may write. So a volume that
/// is shared by a group, as with an `fsGroup`, can be populated by any uid of that group.
const INHERITED_MODE: u32 = 0o2020;

/// Makes a file that nobody else reads while it is being written. Fails where there is one of that name.
pub(super) fn create(path: &Path) -> Result<File, PublishError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(PublishError::io("create", path))
}

/// Makes a directory and its missing ancestors, mode 0755 whatever the umask; a setgid bit and the group's right to
/// write are taken over from the directory above.
///
/// Where durable, the directory that holds a new one is synced. An existing directory is left as it is.
pub fn make_directories(path: &Path, durability: Durability) -> Result<(), PublishError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => return Err(PublishError::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(PublishError::io("look at", path)(error)),
    }
    let parent = parent_of(path);
    make_directories(parent, durability)?;
    make_directory(path)?;
    match durability {
        Durability::Durable => sync_directory(parent),
        Durability::Rebuildable => Ok(()),
    }
}

/// Makes the directories below `root` that lead to `path`, and `root` itself.
///
/// `root` may be behind links, what is below it may not: there, nothing is written through a link.
pub(super) fn make_directories_below(
    root: &Path,
    path: &Path,
    durability: Durability,
) -> Result<(), PublishError> {
    make_directories(root, durability)?;
    let Ok(below) = path.strip_prefix(root) else { return make_directories(path, durability) };
    let mut at = root.to_owned();
    for name in below {
        let parent = at.clone();
        at.push(name);
        if is_directory(&at)? {
            continue;
        }
        make_directory(&at)?;
        match durability {
            Durability::Durable => sync_directory(&parent)?,
            Durability::Rebuildable => {}
        }
    }
    Ok(())
}

/// Fails where `path` is there and is no directory; a link to one is none.
pub fn check_directory(path: &Path) -> Result<(), PublishError> {
    is_directory(path).map(|_| ())
}

/// Whether `path` is a directory, or nothing; fails where it is something else, be it a link to a directory.
fn is_directory(path: &Path) -> Result<bool, PublishError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(found) if found.is_symlink() => Err(PublishError::Link { path: path.to_owned() }),
        Ok(_) => Err(PublishError::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(PublishError::io("look at", path)(error)),
    }
}

/// Makes one directory, mode 0755, unless somebody else has just made it.
pub(super) fn make_directory(path: &Path) -> Result<(), PublishError> {
    match make_new_directory(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && is_directory(path)? => Ok(()),
        made => made.map_err(PublishError::io("create directory", path)),
    }
}

/// Makes one directory, mode 0755.
pub(super) fn make_new_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(DIRECTORY_MODE).create(path)?;
    let inherited = fs::metadata(parent_of(path))?.permissions().mode() & INHERITED_MODE;
    without_modes(fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE | inherited)))
}

/// The directory that holds `path`; `.` for a bare name.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Makes the names in a directory survive a power cut.
///
/// Some filesystems cannot sync a directory and say so (EINVAL, ENOTSUP); there is nothing more to do there.
pub fn sync_directory(path: &Path) -> Result<(), PublishError> {
    match File::open(path).and_then(|directory| directory.sync_all()) {
        Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Err(PublishError::io("sync directory", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Sets the mode of a file that this process has just made, so that the umask does not decide.
pub(super) fn set_file_mode(file: &File, mode: u32) -> io::Result<()> {
    without_modes(file.set_permissions(Permissions::from_mode(mode)))
}

/// A filesystem that has no modes of its own (FAT, SMB, some of FUSE) refuses to set them; there the mount decides.
fn without_modes(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

/// Closes a file and reports what the close reports.
pub(super) fn close(file: File) -> io::Result<()> {
    match nix::unistd::close(file) {
        // Linux has released the descriptor even so, and nothing was lost.
        Ok(()) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether a link could not be made because the filesystem has none, or has no more of them for this file.
pub(super) fn is_without_links(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(
        errno,
        Some(Errno::EPERM | Errno::EMLINK | Errno::ENOTSUP | Errno::ENOSYS | Errno::EXDEV | Errno::EACCES)
    )
}

/// How a tree of many files gets to the disk before it is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeSync {
    /// One `syncfs`, which here writes everything and reports every error.
    Filesystem,
    /// An fsync for each file and directory.
    Each,
    /// Not at all.
    Nothing,
}

impl TreeSync {
    /// Asks the filesystem of `path`.
    ///
    /// `syncfs` does nothing on FUSE, and who knows what elsewhere, so it is used only where it is known to work.
    pub(super) fn of(path: &Path, durability: Durability) -> Self {
        if durability == Durability::Rebuildable {
            return Self::Nothing;
        }
        let known = [
            statfs::EXT4_SUPER_MAGIC,
            statfs::XFS_SUPER_MAGIC,
            statfs::BTRFS_SUPER_MAGIC,
            statfs::TMPFS_MAGIC,
            statfs::NFS_SUPER_MAGIC,
        ];
        match statfs::statfs(path) {
            Ok(found) if known.contains(&found.filesystem_type()) => Self::Filesystem,
            Ok(_) | Err(_) => Self::Each,
        }
    }
}

/// Writes everything of the filesystem that holds `path` to the disk.
pub(super) fn sync_filesystem(path: &Path) -> Result<(), PublishError> {
    File::open(path)
        .and_then(|directory| nix::unistd::syncfs(directory).map_err(io::Error::from))
        .map_err(PublishError::io("sync the filesystem of", path))
}
