//! The manifest: the lock of one dependency set.
//!
//! It names every artifact exactly: package URL, file name, kind, source, size, SHA-256 and who
//! asked for it. It is canonical JSON: the same inputs give the same bytes, and [`Manifest::parse`]
//! takes only bytes that [`Manifest::to_json`] writes, so that a manifest edited by hand is found
//! before anything is fetched. It holds no secret. Its digest names the set on the volume.
//!
//! The format is a contract. It carries a [version](FORMAT_VERSION), and a reader refuses one that
//! it does not know.

mod closure;
mod file_name;
mod release_name;
mod rules;
mod set_name;
mod source;
mod target;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::closure::plain;
pub use self::closure::{Closure, Demand, Excluded, LockedPom, Release, is_harmless};
pub use self::file_name::{FileName, InvalidFileName};
pub(crate) use self::release_name::is_name_character;
pub use self::release_name::{InvalidReleaseName, ReleaseName};
pub use self::rules::{Mode, Rules};
pub use self::set_name::{InvalidSetName, SetName};
pub use self::source::{InvalidSourceId, Source, SourceId};
pub(crate) use self::source::{is_bucket, url_fault};
pub use self::target::{Architecture, GlibcVersion, InvalidTarget, Platform, PythonVersion, Target};
use crate::digest::Digest;
use crate::failure::Failure;

/// The version of the format that this code writes. It also reads version 1, which has no
/// [closure](Manifest::closure) and no [hashes of METADATA](Artifact::metadata_sha256),
/// and knows no [locks of other tools](Inputs::pylock).
pub const FORMAT_VERSION: u32 = 2;

/// The largest manifest that is read, in bytes: 20,000 artifacts take about 10 MiB.
pub const MAX_SIZE: usize = 64 << 20;

/// A locked dependency set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format.
    fatwood: u32,
    /// The name of the set: `metadata.name` of the `DependencySet`.
    pub name: SetName,
    /// What will run the set.
    pub target: Target,
    /// What was asked for, so that a stale manifest can say what changed.
    pub inputs: Inputs,
    /// Every artifact: jars in class path order, then wheels and files by name.
    pub artifacts: Vec<Artifact>,
    /// Why the jars are what they are; absent where no package was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Closure>,
}

/// What was asked for, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inputs {
    /// Maven coordinates, in the user's order.
    pub packages: Vec<String>,
    /// Whether the coordinates' own dependencies were resolved too.
    pub transitive: bool,
    /// Excluded modules, sorted.
    pub exclude_packages: Vec<String>,
    /// pip requirements, sorted.
    pub requirements: Vec<String>,
    /// The lock of another tool, instead of requirements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pylock: Option<LockInput>,
    /// URLs, sorted.
    pub files: Vec<String>,
}

/// A lock of another tool, and what of it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockInput {
    /// The file's SHA-256.
    pub sha256: Digest,
    /// The extras.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
    /// The dependency groups; absent for the lock's default ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
}

/// One artifact of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifact {
    /// The package URL (purl), which is unique within the manifest.
    pub purl: String,
    /// What it is, and so where in the set it goes.
    pub kind: Kind,
    /// Its name below the directory of its kind.
    pub file: FileName,
    /// Where it comes from.
    pub source: Source,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// The SHA-256 of the METADATA that a wheel was resolved from, as PEP 658 has it. Absent for other kinds, for
    /// wheels that were locked elsewhere, and in manifests that do not know it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_sha256: Option<Digest>,
    /// Who asked for it: purls of other artifacts, or inputs as the user wrote them; sorted.
    pub requested_by: Vec<String>,
}

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A jar for the class path; linked into `jars/`.
    Jar,
    /// A Python wheel; installed into `python/`.
    Wheel,
    /// Any other file; linked into `files/`.
    File,
}

impl Kind {
    /// The directory of a set that artifacts of this kind go to.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Jar => "jars",
            Self::Wheel => "python",
            Self::File => "files",
        }
    }
}

/// A text that is not a manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// Longer than [`MAX_SIZE`].
    #[error("the manifest has {size} bytes, more than the {MAX_SIZE} that are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Not JSON, or not of the manifest's shape.
    #[error("this is not a manifest of fatwood; write it anew with `fatwood resolve`")]
    Syntax(#[source] serde_json::Error),
    /// A version that this code does not know.
    #[error(
        "the manifest has format version {found}, this fatwood reads those up to {FORMAT_VERSION}; use a fatwood \
         that reads {found}, or write the manifest anew with `fatwood resolve`"
    )]
    Version {
        /// The version that the manifest states.
        found: u64,
    },
    /// Well-formed, but not byte for byte what `fatwood resolve` writes.
    #[error(
        "line {line} of the manifest is not as fatwood writes it, so the manifest was changed by hand or by \
         another tool; write it anew with `fatwood resolve`"
    )]
    NotCanonical {
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// Two artifacts claim one place.
    #[error("artifacts `{first}` and `{second}` both claim `{place}`; exclude one of them")]
    Clash {
        /// The purl of the artifact that comes first.
        first: String,
        /// The purl of the other.
        second: String,
        /// What both claim: a path in the set, or a purl.
        place: String,
    },
    /// An artifact whose source no manifest may name.
    #[error("artifact `{purl}` cannot be fetched from where it is said to be: {reason}")]
    Source {
        /// The artifact's purl.
        purl: String,
        /// Why; the source is not shown, since it may hold a secret.
        reason: &'static str,
    },
    /// A closure with a text that none has.
    #[error("the closure cannot have `{}`: {reason}; write the manifest anew with `fatwood resolve`", text.escape_debug())]
    Closure {
        /// The text, cut after 80 characters.
        text: String,
        /// Why.
        reason: &'static str,
    },
    /// A jar or wheel of 0 bytes.
    #[error("artifact `{purl}` is empty; no jar or wheel has 0 bytes")]
    Empty {
        /// The artifact's purl.
        purl: String,
    },
}

impl ManifestError {
    fn clash(first: &Artifact, second: &Artifact, place: String) -> Self {
        Self::Clash { first: first.purl.clone(), second: second.purl.clone(), place }
    }

    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::TooLarge { .. }
            | Self::Syntax(_)
            | Self::Version { .. }
            | Self::NotCanonical { .. }
            | Self::Clash { .. }
            | Self::Source { .. }
            | Self::Closure { .. }
            | Self::Empty { .. } => Failure::Data,
        }
    }
}

impl Manifest {
    /// A manifest of these parts, in canonical order.
    ///
    /// Jars keep the order in which they come, because that is the class path's; wheels and files
    /// are ordered by file name.
    pub fn new(
        name: SetName,
        target: Target,
        mut inputs: Inputs,
        mut artifacts: Vec<Artifact>,
    ) -> Result<Self, ManifestError> {
        inputs.exclude_packages.sort();
        inputs.requirements.sort();
        inputs.files.sort();
        for artifact in &mut artifacts {
            artifact.requested_by.sort();
            artifact.requested_by.dedup();
        }
        artifacts.sort_by(|a, b| {
            let by_name = || match a.kind {
                Kind::Jar => std::cmp::Ordering::Equal,
                Kind::Wheel | Kind::File => a.file.cmp(&b.file),
            };
            a.kind.cmp(&b.kind).then_with(by_name)
        });
        let manifest = Self { fatwood: FORMAT_VERSION, name, target, inputs, artifacts, closure: None };
        manifest.check()?;
        Ok(manifest)
    }

    /// The manifest with the reasons for its jars. Fails where a text of the closure is one that no closure
    /// has: so a reader may show all of them.
    pub fn with_closure(mut self, closure: Option<Closure>) -> Result<Self, ManifestError> {
        self.closure = closure;
        if let Some(closure) = &mut self.closure {
            closure.sort();
            if let Some((text, reason)) = closure.fault() {
                let text = text.chars().take(80).collect();
                return Err(ManifestError::Closure { text, reason });
            }
        }
        Ok(self)
    }

    /// Reads a manifest, and refuses every text that is not byte for byte canonical.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        if json.len() > MAX_SIZE {
            return Err(ManifestError::TooLarge { size: json.len() });
        }
        let version = version(json)?;
        let mut parsed: Self = serde_json::from_slice(json).map_err(ManifestError::Syntax)?;
        if version == 1 {
            // Fields that it does not have; what has them is then found not to be canonical.
            parsed.artifacts.iter_mut().for_each(|artifact| artifact.metadata_sha256 = None);
            parsed.inputs.pylock = None;
            parsed.closure = None;
        }
        let manifest = Self::new(parsed.name, parsed.target, parsed.inputs, parsed.artifacts)?;
        let manifest = Self { fatwood: version, ..manifest.with_closure(parsed.closure)? };
        let canonical = manifest.to_json();
        if canonical.as_bytes() == json {
            return Ok(manifest);
        }
        Err(ManifestError::NotCanonical { line: first_difference(canonical.as_bytes(), json) })
    }

    /// The canonical text: fixed order, two spaces, one final newline.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "plain structs with string keys serialise"
    )]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a manifest serialises");
        json.push('\n');
        json
    }

    /// The digest that names the set.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().as_bytes())
    }

    /// The sum of all sizes in bytes.
    pub fn total_size(&self) -> u64 {
        self.artifacts.iter().fold(0, |sum, artifact| sum.saturating_add(artifact.size))
    }

    /// The artifacts of one kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Artifact> {
        self.artifacts.iter().filter(move |artifact| artifact.kind == kind)
    }

    /// No two artifacts claim one path or one purl, and none a directory of another's path; paths are
    /// compared without regard to case, so that a set means the same on every filesystem. Every source is
    /// one that may be named.
    fn check(&self) -> Result<(), ManifestError> {
        let mut places = BTreeMap::new();
        for artifact in &self.artifacts {
            if artifact.size == 0 && artifact.kind != Kind::File {
                return Err(ManifestError::Empty { purl: artifact.purl.clone() });
            }
            if let Some(reason) = artifact.source.fault() {
                return Err(ManifestError::Source { purl: artifact.purl.clone(), reason });
            }
            for place in [artifact.purl.clone(), artifact.place()] {
                if let Some(first) = places.insert(place.clone(), artifact) {
                    return Err(ManifestError::clash(first, artifact, place));
                }
            }
        }
        for artifact in &self.artifacts {
            let place = artifact.place();
            let above = place.match_indices('/').map(|(at, _)| &place[..at]);
            for directory in above {
                if let Some(first) = places.get(directory) {
                    return Err(ManifestError::clash(first, artifact, directory.to_owned()));
                }
            }
        }
        Ok(())
    }
}

impl Artifact {
    /// Where in the set it goes, as paths are compared.
    fn place(&self) -> String {
        format!("{}/{}", self.kind.directory(), self.file).to_lowercase()
    }
}

/// Reads the version alone, first, so that a newer format is named as such and not as a syntax error.
fn version(json: &[u8]) -> Result<u32, ManifestError> {
    #[derive(Deserialize)]
    struct Version {
        fatwood: u64,
    }
    let found = serde_json::from_slice::<Version>(json).map_err(ManifestError::Syntax)?.fatwood;
    match u32::try_from(found) {
        Ok(version @ 1..=FORMAT_VERSION) => Ok(version),
        Ok(_) | Err(_) => Err(ManifestError::Version { found }),
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> usize {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    a[..same].split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests;
