//! The name of one Maven release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A release as `group:artifact:version`, the version a plain one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseName(String);

/// A text that is not a [`ReleaseName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` names no release: expected `group:artifact:version`, without a range", .0.escape_debug())]
pub struct InvalidReleaseName(String);

impl ReleaseName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReleaseName {
    type Err = InvalidReleaseName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.trim().split(':').collect();
        let is_part =
            |part: &&str| !part.is_empty() && part.len() <= 200 && part.chars().all(is_name_character);
        if parts.len() == 3 && parts.iter().all(is_part) {
            Ok(Self(parts.join(":")))
        } else {
            Err(InvalidReleaseName(text.chars().take(200).collect()))
        }
    }
}

/// Whether names and versions of Maven have this character: those that a repository's paths are made of.
pub(crate) fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '@')
}

impl TryFrom<String> for ReleaseName {
    type Error = InvalidReleaseName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ReleaseName> for String {
    fn from(name: ReleaseName) -> Self {
        name.0
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_three_plain_parts() {
        assert_eq!(
            " g.h:a_2.12:1.0 ".parse::<ReleaseName>().map(String::from),
            Ok("g.h:a_2.12:1.0".to_owned())
        );
        for bad in ["", "g:a", "g:a:", "g:a:jar:1", "g:a:[1,2)", "g:*:1", "g:a/b:1"] {
            assert!(bad.parse::<ReleaseName>().is_err(), "{bad}");
        }
    }
}
