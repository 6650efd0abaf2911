//! The shape of `pylock.toml`, as far as wheels for another machine need it.
//!
//! Keys that are not known are let through, as PEP 751 has it for minor versions to come.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::PylockError;
use crate::digest::Digest;
use crate::manifest::SourceId;
use crate::python::requirements_file::redacted;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    /// Markers of which one must hold.
    #[serde(default)]
    pub environments: Vec<String>,
    /// The Python that the lock is for.
    pub requires_python: Option<String>,
    /// The extras that may be asked for.
    #[serde(default)]
    pub extras: Vec<String>,
    /// The dependency groups that may be asked for.
    #[serde(default)]
    pub dependency_groups: Vec<String>,
    /// The dependency groups that are taken where none is asked for.
    #[serde(default)]
    pub default_groups: Vec<String>,
    /// The packages, each with the place of its table.
    pub packages: Vec<Spanned<Package>>,
}

/// One package: some of its releases may be there several times, for different markers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Package {
    /// The project.
    pub name: String,
    /// The version, which sources other than an index may lack.
    pub version: Option<String>,
    /// When it counts.
    pub marker: Option<String>,
    /// The Python that it needs.
    pub requires_python: Option<String>,
    /// Other packages that it requires.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    /// A checkout.
    pub vcs: Option<IgnoredAny>,
    /// A local directory.
    pub directory: Option<IgnoredAny>,
    /// A file at a URL that the user named: a wheel, or an archive of sources.
    pub archive: Option<Wheel>,
    /// The wheels.
    #[serde(default)]
    pub wheels: Vec<Wheel>,
    /// What tools keep for themselves.
    #[serde(default)]
    pub tool: Tool,
}

/// A reference to another package; its name tells it, since one package of a name is installed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    /// The project.
    pub name: Option<String>,
}

/// One wheel.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Wheel {
    /// The file's name, where the URL does not end with it.
    pub name: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// Where it is on the machine that locked.
    pub path: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Hashes by algorithm.
    #[serde(default)]
    pub hashes: BTreeMap<String, String>,
}

/// The tools' tables.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Tool {
    /// What [`export`](crate::python::export) keeps.
    #[serde(default)]
    pub fatwood: Ours,
}

/// What the format has no place for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Ours {
    /// The index's id.
    pub index: Option<SourceId>,
    /// The SHA-256 of the METADATA.
    pub metadata_sha256: Option<Digest>,
    /// The user's requirements that asked for it.
    #[serde(default)]
    pub requested_by: Vec<String>,
}

impl Document {
    /// Reads the text; `file` names it in errors.
    pub(super) fn parse(text: &str, file: &str) -> Result<Self, PylockError> {
        // The version first, so that a newer format is named as such.
        let head: Head = toml::from_str(text).map_err(|error| syntax(text, file, &error))?;
        let major = head.lock_version.split('.').next().unwrap_or_default();
        if major != "1" {
            let found = head.lock_version.chars().take(80).collect();
            return Err(PylockError::Version { file: file.to_owned(), found });
        }
        toml::from_str(text).map_err(|error| syntax(text, file, &error))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    lock_version: String,
}

/// The parser's message with its place, without its picture of the line, which may hold a secret.
fn syntax(text: &str, file: &str, error: &toml::de::Error) -> PylockError {
    let at = error.span().map_or(0, |span| span.start);
    let line = Lines::of(text).at(at);
    let problem = redacted(error.message().lines().next().unwrap_or_default());
    PylockError::Syntax { place: format!("{file}:{line}"), problem }
}

/// Where the lines of a text end: a lock has many packages, and the line of each is asked for.
pub(super) struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    /// The lines of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self { ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// The line of a byte, counted from 1.
    pub(super) fn at(&self, byte: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < byte)
    }
}
