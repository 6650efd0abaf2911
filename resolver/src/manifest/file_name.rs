//! Names of files below a set's directories.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest component of a path that Linux filesystems take, in bytes (`NAME_MAX`).
const MAX_COMPONENT: usize = 255;
/// The longest name as a whole, in bytes: `PATH_MAX` (4096) less room for the volume's own path.
const MAX_NAME: usize = 2048;

/// A relative path of plain components that cannot leave the directory that it is joined to.
///
/// No empty component, `.`, `..`, backslash, control character or leading `/`; each component at
/// most 255 bytes. `Display`, `FromStr` and serde agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

/// A text that is not a [`FileName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is not a safe file name: {reason}", name.escape_debug())]
pub struct InvalidFileName {
    name: String,
    reason: &'static str,
}

impl FileName {
    /// The name as text, with `/` between components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn last_component(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for FileName {
    type Error = InvalidFileName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match fault(&name) {
            None => Ok(Self(name)),
            Some(reason) => Err(InvalidFileName { name: name.chars().take(200).collect(), reason }),
        }
    }
}

fn fault(name: &str) -> Option<&'static str> {
    if name.len() > MAX_NAME {
        return Some("it is longer than 2048 bytes");
    }
    if name.chars().any(|c| c.is_control() || c == '\\') {
        return Some("it has a control character or a backslash");
    }
    for component in name.split('/') {
        if matches!(component, "" | "." | "..") {
            return Some("it has an empty component, `.` or `..`");
        }
        if component.len() > MAX_COMPONENT {
            return Some("a component is longer than 255 bytes");
        }
    }
    None
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.to_owned().try_into()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<std::path::Path> for FileName {
    fn as_ref(&self) -> &std::path::Path {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_inside_are_taken() {
        for good in ["a.jar", "dir/a b.csv", "...", "ünï/x"] {
            assert_eq!(good.parse::<FileName>().map(String::from), Ok(good.to_owned()));
        }
        let long = "x".repeat(256);
        for bad in ["", "/a", "a/", "a//b", ".", "a/../b", "..", "a\\b", "a\nb", "a\0", &long] {
            assert!(bad.parse::<FileName>().is_err(), "{bad:?}");
        }
    }
}
