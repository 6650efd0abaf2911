//! Files that a user asked for by name, as with `-o manifest.json`.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::PublishError;
use super::disk::{close, parent_of, sync_directory};

/// Writes `bytes` to `path`: afterwards the file has either all of them or what it had before, power cuts included.
///
/// The user's umask decides the mode of a new file; an existing file keeps its own. A symbolic link is followed.
/// What is not a regular file (`/dev/stdout`, a pipe) is written to as it is.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let Ok(found) = fs::metadata(path) else { return write_new(path, path, None, bytes) };
    if found.is_file() {
        let path = fs::canonicalize(path).map_err(PublishError::io("find", path))?;
        return write_new(&path, &path, Some(found.permissions()), bytes);
    }
    let written = OpenOptions::new().write(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        close(file)
    });
    written.map_err(PublishError::io("write", path))
}

fn write_new(
    path: &Path,
    named: &Path,
    permissions: Option<fs::Permissions>,
    bytes: &[u8],
) -> Result<(), PublishError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent_of(path).join(format!(".{name}.{:016x}", rand::random::<u64>()));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        close(file)?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(PublishError::io("write", named))?;
    sync_directory(parent_of(path))
}
