//! The metadata files of a wheel: `WHEEL` and `METADATA`.

use std::io::{BufRead, BufReader, Read};

use super::archive::{Archive, Member, member_error};
use super::error::{Fault, WheelError};
use super::identity::Identity;

/// The longest metadata file that is read, in bytes; `METADATA` holds a project's whole description.
pub(super) const MAX_METADATA: u64 = 4 << 20;
/// The major version of the wheel format that this code knows, and its minor version.
const KNOWN: (u32, u32) = (1, 0);

/// Checks `METADATA` against the file name.
pub(super) fn check_metadata(
    archive: &mut Archive,
    member: &Member,
    identity: &Identity,
) -> Result<(), WheelError> {
    let headers = headers(archive, member, ["name", "version"])?;
    let [name, version] = headers.map(Option::unwrap_or_default);
    if identity.is_named(&name) && identity.has_version(&version) {
        return Ok(());
    }
    let (expected, actual) = (identity.headers(), format!("`Name: {name}` and `Version: {version}`"));
    Err(member_error(archive.wheel(), member.name.as_str(), Fault::Metadata { expected, actual }))
}

/// Checks the format version in `WHEEL`; returns it where its minor version is newer than the known one.
pub(super) fn check_wheel(archive: &mut Archive, member: &Member) -> Result<Option<String>, WheelError> {
    let [version] = headers(archive, member, ["wheel-version"])?;
    let parsed = version.as_deref().and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match (parsed, version) {
        (Some((major, minor)), Some(version)) if major == KNOWN.0 => Ok((minor > KNOWN.1).then_some(version)),
        (_, version) => {
            let actual = version.map_or_else(|| "nothing".to_owned(), |version| format!("`{version}`"));
            let fault = Fault::Metadata { expected: "`Wheel-Version: 1.0`".to_owned(), actual };
            Err(member_error(archive.wheel(), member.name.as_str(), fault))
        }
    }
}

/// The text of a metadata file.
pub(super) fn text(archive: &mut Archive, member: &Member) -> Result<String, WheelError> {
    check_length(archive, member)?;
    let wheel = archive.wheel().to_owned();
    let mut text = String::new();
    archive.read(member)?.read_to_string(&mut text).map_err(|source| WheelError::Content {
        wheel,
        member: member.name.to_string(),
        source,
    })?;
    Ok(text)
}

/// The first value of each of the headers `names` (in lower case), as in an e-mail: they end at an empty line.
fn headers<const N: usize>(
    archive: &mut Archive,
    member: &Member,
    names: [&str; N],
) -> Result<[Option<String>; N], WheelError> {
    check_length(archive, member)?;
    let wheel = archive.wheel().to_owned();
    let content =
        |source| WheelError::Content { wheel: wheel.clone(), member: member.name.to_string(), source };
    let mut values = [const { None }; N];
    for line in BufReader::new(archive.read(member)?).split(b'\n') {
        let line = line.map_err(content)?;
        let line = String::from_utf8_lossy(&line);
        if line.trim_end_matches(['\r', '\n']).is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if let Some(index) = names.iter().position(|known| known.eq_ignore_ascii_case(name)) {
            values[index].get_or_insert_with(|| value.trim().to_owned());
        }
    }
    Ok(values)
}

fn check_length(archive: &Archive, member: &Member) -> Result<(), WheelError> {
    if member.size <= MAX_METADATA {
        return Ok(());
    }
    Err(member_error(archive.wheel(), member.name.as_str(), Fault::TooLong(MAX_METADATA)))
}
