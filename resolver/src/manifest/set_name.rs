//! Names of sets.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

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
fn is_dns_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (starts, ends) = (!text.starts_with('-'), !text.ends_with('-'));
    (1..=63).contains(&text.len()) && text.chars().all(inner) && starts && ends
}
