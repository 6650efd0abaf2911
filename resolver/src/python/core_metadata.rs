//! METADATA of a wheel: what it is, and what it requires.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, PackageName, Requirement};
use thiserror::Error;
use url::Url;

use super::specifiers::{marker_cost, parse_legacy_requirement, parse_legacy_specifiers};
use super::wheel_name::{WheelName, parse_project};
use crate::digest::Digest;

/// The largest METADATA that is read, in bytes; long descriptions reach 500 KiB.
pub(super) const MAX_SIZE: usize = 8 << 20;

/// The most requirements that are read; those with the most extras have about 1,000.
const MAX_REQUIRES: usize = 5_000;

/// The most that all markers cost ([`marker_cost`]), in nodes of 1.3 kB, which the parser keeps for ever: 256
/// comparisons of markers with an `and`, or four lists of 128 that are joined by `or`. Of 41 wheels with many
/// requirements in use the one with the most has 8 such comparisons.
const MAX_MARKER_COST: usize = 32_768;

/// The part of METADATA that resolving needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    /// What it requires.
    pub requires: Vec<Requirement<Url>>,
    /// What Python it needs.
    pub requires_python: Option<VersionSpecifiers>,
    /// The extras that it provides.
    pub extras: Vec<ExtraName>,
    /// The SHA-256 of the bytes that were read.
    pub sha256: Digest,
}

/// A METADATA that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum MetadataError {
    /// A header that every wheel has is not there.
    #[error("its METADATA has no valid `{field}`")]
    Missing {
        /// The header's name.
        field: &'static str,
    },
    /// It is of another project or version than its file name says.
    #[error("its METADATA is of `{found}`")]
    Other {
        /// What it says.
        found: String,
    },
    /// A newer format.
    #[error("its METADATA has version `{found}`, and versions 1 and 2 are known")]
    Version {
        /// The version that it states.
        found: String,
    },
    /// More requirements than any real wheel has.
    #[error("its METADATA has more than {MAX_REQUIRES} requirements")]
    TooMany,
    /// Markers that would take too long to read.
    #[error(
        "its METADATA has too many `and`s and `or`s in its markers, more than can be read in reasonable time"
    )]
    Intricate,
    /// A requirement that cannot be read.
    #[error("its METADATA requires `{text}`, which cannot be read: {reason}")]
    Requirement {
        /// The requirement.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Metadata {
    /// Reads the METADATA of `wheel`; it must say the same project and version as the file name.
    pub(super) fn parse(bytes: &[u8], wheel: &WheelName) -> Result<Self, MetadataError> {
        let text = String::from_utf8_lossy(bytes);
        let mut metadata = Self {
            requires: Vec::new(),
            requires_python: None,
            extras: Vec::new(),
            sha256: Digest::of(bytes),
        };
        let (mut name, mut version) = (None, None);
        let mut cost = 0;
        for (field, value) in headers(&text) {
            match field.as_str() {
                "metadata-version" if !matches!(value.split('.').next(), Some("1" | "2")) => {
                    return Err(MetadataError::Version { found: shortened(&value) });
                }
                "name" => name = name.or_else(|| parse_project(&value)),
                "version" => version = version.or_else(|| Version::from_str(&value).ok()),
                "requires-dist" if metadata.requires.len() == MAX_REQUIRES => {
                    return Err(MetadataError::TooMany);
                }
                "requires-dist" => {
                    cost += marker_cost(&value);
                    if cost > MAX_MARKER_COST {
                        return Err(MetadataError::Intricate);
                    }
                    metadata.requires.push(parse_legacy_requirement(&value).map_err(unreadable(&value))?);
                }
                "requires-python" => {
                    let specifiers = parse_legacy_specifiers(&value).map_err(unreadable(&value))?;
                    metadata.requires_python = Some(specifiers);
                }
                "provides-extra" => metadata.extras.extend(ExtraName::from_str(&value)),
                _ => {}
            }
        }
        let name = name.ok_or(MetadataError::Missing { field: "Name" })?;
        let version = version.ok_or(MetadataError::Missing { field: "Version" })?;
        check_identity(&name, &version, wheel)?;
        Ok(metadata)
    }
}

fn check_identity(name: &PackageName, version: &Version, wheel: &WheelName) -> Result<(), MetadataError> {
    if *name == wheel.project && *version == wheel.version {
        return Ok(());
    }
    Err(MetadataError::Other { found: shortened(&format!("{name} {version}")) })
}

fn unreadable<E: std::fmt::Display>(text: &str) -> impl Fn(E) -> MetadataError {
    let text = shortened(text);
    move |reason| MetadataError::Requirement { text: text.clone(), reason: reason.to_string() }
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

/// The headers up to the first empty line, by lower-case name; continued lines are joined. A line of blanks is
/// a continued one: licences inside of headers have them.
fn headers(text: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metadata, MetadataError> {
        let wheel = WheelName::parse("Foo.Bar-1.0-py3-none-any.whl").expect("a wheel's name");
        Metadata::parse(text.as_bytes(), &wheel)
    }

    #[test]
    fn headers_are_read_up_to_the_description() {
        let text = "Metadata-Version: 2.1\r\nName: foo_bar\r\nVersion: 1.0.0\r\nRequires-Dist: a (>=1)\r\n\
                    Requires-Dist: b[x];\r\n  extra == 'y'\r\nLicense: one\r\n        \r\n        two\r\nrequires-python: >=3.6.*\r\nProvides-Extra: Y_y\r\n\
                    \r\nRequires-Dist: not-this\r\n";
        let metadata = read(text).expect("METADATA");
        let requires: Vec<_> = metadata.requires.iter().map(ToString::to_string).collect();
        assert_eq!(requires, ["a>=1", "b[x] ; extra == 'y'"]);
        assert_eq!(metadata.requires_python.map(|python| python.to_string()).as_deref(), Some(">=3.6"));
        assert_eq!(metadata.extras, [ExtraName::from_str("y-y").expect("an extra")]);
    }

    #[test]
    fn metadata_that_cannot_be_used_says_why() {
        let check = |text: &str, reason: &str| {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        };
        check("", "no valid `Name`");
        check("Name: foo-bar\n", "no valid `Version`");
        check("Name: foo-bar\nVersion: x\n", "no valid `Version`");
        check(
            &format!("Name: foo-bar\nVersion: 1.0\n{}", "Requires-Dist: a\n".repeat(5_001)),
            "more than 5000",
        );
        let costly = "Requires-Dist: a; os_name == 'a' and (os_name == 'b' or os_name == 'c' or os_name == 'd' or \
                      os_name == 'e')\n";
        let head = "Name: foo-bar\nVersion: 1.0\n";
        assert!(read(&format!("{head}{}", costly.repeat(51))).is_ok());
        check(&format!("{head}{}", costly.repeat(52)), "too many `and`s and `or`s");
        let list = format!("Requires-Dist: b; {}extra == 'x'\n", "extra == 'y' or ".repeat(127));
        assert!(read(&format!("{head}{}", list.repeat(4))).is_ok());
        check(&format!("{head}{}", list.repeat(5)), "too many `and`s and `or`s");
        check("Name: other\nVersion: 1.0\n", "of `other 1.0`");
        check("Name: foo-bar\nVersion: 1.1\n", "of `foo-bar 1.1`");
        check("Metadata-Version: 3.0\nName: foo-bar\nVersion: 1.0\n", "version `3.0`");
        check("Name: foo-bar\nVersion: 1.0\nRequires-Dist: a=1\n", "requires `a=1`");
    }
}
