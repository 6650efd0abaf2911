//! The wheels of a manifest in the formats of other tools: `pylock.toml` (PEP 751), and a requirements file with
//! hashes.
//!
//! Pure, and from the manifest alone: no network, no configuration. So an index is named by its id at most, never by
//! a URL, which is configuration and may hold a secret.

mod pylock;
mod requirements;

use std::collections::BTreeMap;

use pep508_rs::PackageName;
use thiserror::Error;
use url::Url;

use super::wheel_name::WheelName;
use crate::failure::Failure;
use crate::manifest::{Artifact, Kind, Manifest, Source, SourceId};

/// A format that other tools read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `pylock.toml`: <https://packaging.python.org/en/latest/specifications/pylock-toml/>.
    Pylock,
    /// A requirements file in pip's hash mode.
    Requirements,
}

/// A manifest whose wheels cannot be said in another tool's format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// A wheel that is not named like one.
    #[error(
        "cannot export `{purl}`: `{file}` is no file name of a wheel; write the manifest anew with `fatwood resolve`"
    )]
    NoWheelName {
        /// The artifact's purl.
        purl: String,
        /// Its file name.
        file: String,
    },
    /// A wheel that is at no URL.
    #[error("cannot export `{purl}`: it is at {place}, and other tools fetch wheels by http(s) URLs alone")]
    NoUrl {
        /// The artifact's purl.
        purl: String,
        /// Where it is.
        place: String,
    },
    /// Two wheels of one project.
    #[error("cannot export both `{first}` and `{second}`: other tools install one wheel of a project")]
    Twice {
        /// The purl of one.
        first: String,
        /// The purl of the other.
        second: String,
    },
}

impl ExportError {
    /// Always wrong input: no manifest that `fatwood resolve` writes has these.
    pub fn failure(&self) -> Failure {
        match self {
            Self::NoWheelName { .. } | Self::NoUrl { .. } | Self::Twice { .. } => Failure::Data,
        }
    }
}

/// The wheels of `manifest` in another tool's format, by project; the same manifest gives the same text.
///
/// Jars and files are left out: no other tool's format has them.
pub fn export(manifest: &Manifest, format: Format) -> Result<String, ExportError> {
    let wheels = wheels(manifest)?;
    Ok(match format {
        Format::Pylock => pylock::text(manifest, &wheels),
        Format::Requirements => requirements::text(manifest, &wheels),
    })
}

/// A wheel of a manifest, as other tools see it.
struct Wheel<'a> {
    artifact: &'a Artifact,
    name: WheelName,
    /// The index that it is of; `None` where the user named its URL.
    index: Option<&'a SourceId>,
    url: &'a Url,
    /// The projects of the set that require it, by name.
    required_by: Vec<PackageName>,
    /// The user's requirements that ask for it, as they are written.
    asked_by: Vec<&'a str>,
}

/// The wheels by project.
fn wheels(manifest: &Manifest) -> Result<Vec<Wheel<'_>>, ExportError> {
    let mut named: BTreeMap<PackageName, (&Artifact, WheelName)> = BTreeMap::new();
    for artifact in manifest.of_kind(Kind::Wheel) {
        let purl = || artifact.purl.clone();
        let file = artifact.file.as_str();
        let name = WheelName::parse(file)
            .ok_or_else(|| ExportError::NoWheelName { purl: purl(), file: file.to_owned() })?;
        if let Some((first, _)) = named.insert(name.project.clone(), (artifact, name)) {
            return Err(ExportError::Twice { first: first.purl.clone(), second: purl() });
        }
    }
    let projects: BTreeMap<&str, PackageName> =
        named.iter().map(|(project, (artifact, _))| (artifact.purl.as_str(), project.clone())).collect();
    named.into_values().map(|(artifact, name)| wheel(artifact, name, &projects)).collect()
}

fn wheel<'a>(
    artifact: &'a Artifact,
    name: WheelName,
    projects: &BTreeMap<&str, PackageName>,
) -> Result<Wheel<'a>, ExportError> {
    let (index, url) = match &artifact.source {
        Source::Index { index, url } => (Some(index), url),
        Source::Url { url } => (None, url),
        Source::Repository { .. } | Source::Store { .. } => {
            return Err(ExportError::NoUrl {
                purl: artifact.purl.clone(),
                place: artifact.source.to_string(),
            });
        }
    };
    let (mut required_by, mut asked_by) = (Vec::new(), Vec::new());
    for requester in &artifact.requested_by {
        match projects.get(requester.as_str()) {
            Some(project) => required_by.push(project.clone()),
            None => asked_by.push(requester.as_str()),
        }
    }
    required_by.sort();
    Ok(Wheel { artifact, name, index, url, required_by, asked_by })
}

#[cfg(test)]
mod tests;
