//! What is wanted: the `DependencySet`, its target, and the types of what it lists.
//!
//! Everything here is pure. Text becomes a type in one place, when the document is read, so that
//! an error names the line and the field.

mod coordinate;
mod file_url;
mod target;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

pub use self::coordinate::{Coordinate, InvalidCoordinate, Module, ModulePattern};
pub use self::file_url::{FileUrl, InvalidFileUrl};
pub use self::target::{Architecture, GlibcVersion, InvalidTarget, Platform, PythonVersion, Target};
use crate::failure::Failure;
use crate::manifest::SourceId;
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
    /// Maven repositories, asked in this order; `central` alone where there are none.
    #[serde(default)]
    pub repositories: Vec<NamedUrl>,
    /// Lines of a pip requirements file.
    #[serde(default)]
    pub requirements: Vec<String>,
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
            repositories: Vec::new(),
            requirements: Vec::new(),
            indexes: Vec::new(),
            files: Vec::new(),
        }
    }
}

fn yes() -> bool {
    true
}

/// A repository or index: a URL, an id whose URL the configuration knows, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "an id, a URL, or a mapping of `id` and `url`")]
pub enum NamedUrl {
    /// Both, so that credentials and mirrors can be configured for the id.
    Both {
        /// The id.
        id: SourceId,
        /// The URL.
        url: Url,
        /// Whether the URL may be one of plain `http://`, whose bytes anybody on the way can change.
        #[serde(default, rename = "allowHttp", skip_serializing_if = "std::ops::Not::not")]
        allow_http: bool,
    },
    /// A URL alone, as spark-submit's `--repositories` takes it; its id is made from its host.
    Url(Url),
    /// An id alone.
    Id(SourceId),
}

/// The name of a set: an RFC 1123 label, as Kubernetes takes it for most objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SetName(String);

/// A text that is not a [`SetName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` is no name for a set: expected 1 to 63 lower-case letters, digits or `-`, beginning and ending with a \
     letter or digit, and not `blobs`, `sets` or `staging`",
    .0.escape_debug()
)]
pub struct InvalidSetName(String);

impl SetName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SetName {
    type Error = InvalidSetName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        // The reserved names are the volume's own directories, beside which `<set name>` is a link.
        let reserved = matches!(name.as_str(), "blobs" | "sets" | "staging");
        if is_dns_label(&name) && !reserved {
            Ok(Self(name))
        } else {
            Err(InvalidSetName(name.chars().take(80).collect()))
        }
    }
}

impl FromStr for SetName {
    type Err = InvalidSetName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.to_owned().try_into()
    }
}

impl From<SetName> for String {
    fn from(name: SetName) -> Self {
        name.0
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is an RFC 1123 label, the form that Kubernetes demands of most names.
pub fn is_dns_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (starts, ends) = (!text.starts_with('-'), !text.ends_with('-'));
    (1..=63).contains(&text.len()) && text.chars().all(inner) && starts && ends
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
    #[error("{place}: the set asks for nothing; list something in `packages`, `requirements` or `files`")]
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
        let Spec { packages, requirements, files, .. } = &set.spec;
        if packages.is_empty() && requirements.is_empty() && files.is_empty() {
            return Err(DependencySetError::Empty { place: place.to_owned() });
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
