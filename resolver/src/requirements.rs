//! What is wanted: the `DependencySet`, its target, and the types of what it lists.
//!
//! Everything here is pure. Text becomes a type in one place, when the document is read, so that
//! an error names the line and the field.

mod coordinate;
mod file_url;
mod group_pattern;
mod named_url;
mod project_pattern;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::coordinate::{Coordinate, InvalidCoordinate, Module, ModulePattern};
pub use self::file_url::{FileUrl, InvalidFileUrl};
pub use self::group_pattern::{GroupPattern, InvalidGroupPattern};
pub use self::named_url::NamedUrl;
pub use self::project_pattern::{InvalidProjectPattern, ProjectPattern};
use crate::failure::Failure;
pub use crate::manifest::{
    Architecture, GlibcVersion, InvalidReleaseName, InvalidSetName, InvalidTarget, Mode, Platform,
    PythonVersion, ReleaseName, Rules, SetName, Target,
};
use crate::yaml::{self, YamlFault};

/// The API version of the documents that this code reads.
pub const API_VERSION: &str = "fatwood.dev/v1alpha1";

/// A `DependencySet` document: the same one for the command line and for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DependencySet {
    /// Always [`API_VERSION`].
    pub api_version: ApiVersion,
    /// Always `DependencySet`.
    pub kind: DependencySetKind,
    /// The name, and what else Kubernetes keeps there.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: Spec,
}

/// The one API version there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ApiVersion {
    /// `fatwood.dev/v1alpha1`.
    #[default]
    #[serde(rename = "fatwood.dev/v1alpha1")]
    V1Alpha1,
}

/// The one kind there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DependencySetKind {
    /// `DependencySet`.
    #[default]
    DependencySet,
}

/// The part of a Kubernetes object's metadata that matters here; the rest is let through unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The set's name.
    pub name: SetName,
}

/// What is wanted. The names are those that users know from the Spark operators' `deps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// What will run the set.
    #[serde(default)]
    pub target: Target,
    /// Maven coordinates; their order is that of the class path.
    #[serde(default)]
    pub packages: Vec<Coordinate>,
    /// Whether the coordinates' own dependencies are resolved too. `false` takes the named jars alone.
    #[serde(default = "yes")]
    pub transitive: bool,
    /// Modules that are left out wherever they appear below a named one.
    #[serde(default)]
    pub exclude_packages: Vec<ModulePattern>,
    /// The rules by which the coordinates are resolved.
    #[serde(default)]
    pub resolution: Rules,
    /// Maven repositories, asked in this order; `central` alone where there are none.
    #[serde(default)]
    pub repositories: Vec<NamedUrl>,
    /// Lines of a pip requirements file.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// A `pylock.toml` instead of requirements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pylock: Option<PylockFile>,
    /// Python package indexes, asked in this order; where there are none, the extra indexes of the
    /// user's pip, and then `pypi`.
    #[serde(default)]
    pub indexes: Vec<NamedUrl>,
    /// Objects and files by URL: `s3://`, `s3a://`, `https://`, `http://`.
    #[serde(default)]
    pub files: Vec<FileUrl>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            target: Target::default(),
            packages: Vec::new(),
            transitive: true,
            exclude_packages: Vec::new(),
            resolution: Rules::default(),
            repositories: Vec::new(),
            requirements: Vec::new(),
            pylock: None,
            indexes: Vec::new(),
            files: Vec::new(),
        }
    }
}

fn yes() -> bool {
    true
}

/// A lock of another tool, and what of it is wanted: the path alone, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "a path, or a mapping of `file`, `extras` and `groups`")]
pub enum PylockFile {
    /// The path: no extras, and the lock's default groups.
    Path(String),
    /// The path, and what of the lock is taken.
    Of {
        /// The path, beside the set's own file or below.
        file: String,
        /// The extras.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        extras: Vec<String>,
        /// The dependency groups; where they are absent, the lock's default ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        groups: Option<Vec<String>>,
    },
}

/// A text that is not a `DependencySet`.
#[derive(Debug, Error)]
pub enum DependencySetError {
    /// Not YAML, or not of the document's shape. The message names the field, line and column.
    #[error("{place}:{fault}")]
    Document {
        /// The file, as the user named it.
        place: String,
        /// What is wrong, where.
        fault: YamlFault,
    },
    /// The document asks for nothing.
    #[error(
        "{place}: the set asks for nothing; list something in `packages`, `requirements` or `files`, or name a `pylock`"
    )]
    Empty {
        /// The file, as the user named it.
        place: String,
    },
}

impl DependencySetError {
    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Document { .. } | Self::Empty { .. } => Failure::Data,
        }
    }
}

impl DependencySet {
    /// Reads one YAML document; `place` names it in errors.
    pub fn parse(yaml: &str, place: &str) -> Result<Self, DependencySetError> {
        let set: Self = yaml::document(yaml)
            .map_err(|fault| DependencySetError::Document { place: place.to_owned(), fault })?;
        let Spec { packages, requirements, pylock, files, .. } = &set.spec;
        if packages.is_empty() && requirements.is_empty() && pylock.is_none() && files.is_empty() {
            return Err(DependencySetError::Empty { place: place.to_owned() });
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
