//! Leftovers of populators that were killed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

/// The file in each staging directory that its owner holds locked.
pub(super) const LOCK: &str = "lock";

/// How old a leftover of another machine must be. Owners freshen theirs every few minutes, and a network
/// filesystem may show another machine's write a minute late.
const STALE_AFTER: Duration = Duration::from_hours(1);

/// Which boot of which machine this is.
static BOOT: LazyLock<Option<String>> = LazyLock::new(|| {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id: String = id.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    (id.len() == 12).then_some(id)
});

/// How the names of staging directories in `all` begin that were made through the same mount: only there do
/// processes see each other's locks whatever the filesystem.
///
/// Two pods on one node have the same boot but, with FUSE or `nosharecache`, mounts of their own, and their locks
/// may be local to each. A device number is one mounted filesystem's as long as somebody has a file of it open.
pub(super) fn mount_of(all: &Path) -> String {
    let device = fs::metadata(all).map_or(0, |found| found.dev());
    match &*BOOT {
        Some(boot) => format!("{boot}.{device:x}"),
        None => UNKNOWN.to_owned(),
    }
}

/// The mount where the boot is not known: none is the same.
const UNKNOWN: &str = "unknown";

/// The name of a staging directory.
pub(super) fn name(mount: &str, random: u64) -> String {
    format!("{mount}-{random:016x}")
}

/// The mount in the name of a staging directory; nothing where [`name`] does not make such names.
fn mount_in(name: &str) -> Option<&str> {
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let (mount, random) = name.split_once('-')?;
    let is_mount = mount == UNKNOWN
        || mount.split_once('.').is_some_and(|(boot, device)| {
            boot.len() == 12 && is_hex(boot) && (1..=16).contains(&device.len()) && is_hex(device)
        });
    (is_mount && random.len() == 16 && is_hex(random)).then_some(mount)
}

/// Removes the leftovers in `all`, except `own`. What no populator has made is left alone.
///
/// An error stops nothing: sweeping only frees room, and the leftover may belong to another user.
pub(super) fn sweep(all: &Path, own: &Path, own_lock: &File) {
    // The server's clock: the lock was made a moment ago.
    let Ok(now) = own_lock.metadata().and_then(|metadata| metadata.modified()) else { return };
    let Ok(entries) = fs::read_dir(all) else { return };
    let mount = mount_of(all);
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path != own) {
        let _ = match is_dead(&path, &mount, now) {
            Some(Dead::Locked(_) | Dead::Old) => remove(&path),
            Some(Dead::Empty) => fs::remove_dir(&path),
            None => Ok(()),
        };
    }
}

/// Removes a staging directory, its lock last: without one, the rest would be taken for somebody else's.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(path)
}

/// Proof that a staging directory has no owner; holds its lock where the lock is the proof.
enum Dead {
    Locked(#[expect(dead_code, reason = "held while the directory is removed")] File),
    Old,
    /// Its owner died before he had made the lock.
    Empty,
}

fn is_dead(path: &Path, mount: &str, now: SystemTime) -> Option<Dead> {
    let its_mount = mount_in(path.file_name()?.to_str()?)?;
    if !fs::symlink_metadata(path).ok()?.is_dir() {
        return None;
    }
    let lock_path = path.join(LOCK);
    match fs::symlink_metadata(&lock_path) {
        Ok(lock) if lock.is_file() => {}
        Ok(_) => return None,
        Err(_) => {
            let is_empty = fs::read_dir(path).ok()?.next().is_none();
            return (is_empty && is_old(path, now)).then_some(Dead::Empty);
        }
    }
    let same_mount = its_mount == mount && mount != UNKNOWN;
    // On NFS an exclusive lock needs a descriptor that is open for writing.
    if same_mount && let Ok(lock) = OpenOptions::new().write(true).open(&lock_path) {
        return match lock.try_lock() {
            Ok(()) => Some(Dead::Locked(lock)),
            Err(fs::TryLockError::WouldBlock) => None,
            Err(fs::TryLockError::Error(_)) => is_old(path, now).then_some(Dead::Old),
        };
    }
    is_old(path, now).then_some(Dead::Old)
}

/// Whether neither the directory nor its lock was touched lately; of what cannot be asked, no.
fn is_old(path: &Path, now: SystemTime) -> bool {
    let modified = |path: &Path| fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).ok();
    let Some(newest) = modified(path).max(modified(&path.join(LOCK))) else { return false };
    now.duration_since(newest).is_ok_and(|age| age > STALE_AFTER)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{STALE_AFTER, UNKNOWN, mount_in, name};
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    /// Makes a leftover look as old as a sweeper on another machine wants it.
    pub(in super::super) fn make_old(path: &Path) {
        let then = SystemTime::now() - STALE_AFTER - Duration::from_mins(1);
        for path in [&path.join(super::LOCK), path] {
            if let Ok(file) = File::open(path) {
                file.set_modified(then).unwrap();
            }
        }
        assert!(fs::metadata(path).unwrap().modified().unwrap() <= then);
    }

    #[test]
    fn only_names_that_are_made_here_are_known() {
        for mount in [UNKNOWN, "0123456789ab.1f"] {
            assert_eq!(mount_in(&name(mount, 7)), Some(mount));
        }
        for name in [
            "my-project",
            "unknown-1",
            "unknown-00000000000000zz",
            "unknown-0000000000000007-x",
            "0123456789ab-0000000000000007",
            "0123456789ab.-0000000000000007",
            "0123456789.1f-0000000000000007",
            "0123456789AB.1f-0000000000000007",
        ] {
            assert_eq!(mount_in(name), None, "{name}");
        }
    }
}
