//! What will run a set: it decides which wheels fit, and is never read from the host.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What will run the set. All of it is declared; nothing is taken from the machine that resolves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// The Spark version of the image, as in `3.5.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spark: Option<String>,
    /// The Scala version of the image's Spark, as in `2.12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scala: Option<String>,
    /// The Java version of the image, as in `17`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub java: Option<String>,
    /// The Python version of the image; needed as soon as there is a requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonVersion>,
    /// The platform of the image.
    #[serde(default)]
    pub platform: Platform,
    /// The oldest glibc that a wheel may need.
    #[serde(default)]
    pub glibc: GlibcVersion,
    /// Python packages that the image has, as in `pyspark==3.5.1`: they take part in the
    /// resolution and are not installed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provided: Vec<String>,
}

/// A Python version: `3.10` or, for requirements that depend on it, `3.10.14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PythonVersion {
    /// The minor version; the major one is 3.
    pub minor: u8,
    /// The patch version, where it is known.
    pub patch: Option<u8>,
}

/// A platform of container images, by its OCI name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    /// The machine; the operating system is always Linux.
    pub architecture: Architecture,
}

/// The machine architecture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// `linux/amd64`.
    #[default]
    Amd64,
    /// `linux/arm64`.
    Arm64,
}

/// A glibc version: the floor for manylinux wheels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GlibcVersion {
    /// The minor version; the major one is 2.
    pub minor: u8,
}

impl Default for GlibcVersion {
    /// 2.28: the one of RHEL 8, on which Stackable's images are built, and older than that of any
    /// Debian or Ubuntu that Spark's own images have used since Spark 3.0.
    fn default() -> Self {
        Self { minor: 28 }
    }
}

impl Target {
    /// What of it decides which wheels fit, in words: `Python 3.10 on linux/amd64 with glibc 2.28`.
    pub fn described(&self) -> String {
        let python = self.python.map(|python| format!("Python {python} on ")).unwrap_or_default();
        format!("{python}{} with glibc {}", self.platform, self.glibc)
    }
}

/// A field of a target that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no {what}; expected {expected}", text.escape_debug())]
pub struct InvalidTarget {
    text: String,
    what: &'static str,
    expected: &'static str,
}

impl FromStr for PythonVersion {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTarget {
            text: text.chars().take(80).collect(),
            what: "Python version",
            expected: "one of Python 3, as in 3.10 or 3.10.14",
        };
        let mut parts = text.strip_prefix("3.").ok_or_else(invalid)?.split('.').map(str::parse);
        let minor = parts.next().and_then(Result::ok).ok_or_else(invalid)?;
        let patch = parts.next().transpose().map_err(|_| invalid())?;
        if parts.next().is_some() {
            return Err(invalid());
        }
        Ok(Self { minor, patch })
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

impl FromStr for Platform {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let architecture = match text {
            "linux/amd64" => Architecture::Amd64,
            "linux/arm64" => Architecture::Arm64,
            _ => {
                return Err(InvalidTarget {
                    text: text.chars().take(80).collect(),
                    what: "platform",
                    expected: "`linux/amd64` or `linux/arm64`",
                });
            }
        };
        Ok(Self { architecture })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.architecture {
            Architecture::Amd64 => "linux/amd64",
            Architecture::Arm64 => "linux/arm64",
        })
    }
}

impl FromStr for GlibcVersion {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minor = text.strip_prefix("2.").and_then(|minor| minor.parse().ok());
        minor.map(|minor| Self { minor }).ok_or_else(|| InvalidTarget {
            text: text.chars().take(80).collect(),
            what: "glibc version",
            expected: "one as in 2.28",
        })
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}", self.minor)
    }
}

/// Serde by way of `FromStr` and `Display`, so that the three agree.
macro_rules! through_text {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = InvalidTarget;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )*};
}
through_text!(PythonVersion, Platform, GlibcVersion);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["3.10", "3.9.18"] {
            assert_eq!(text.parse::<PythonVersion>().map(String::from), Ok(text.to_owned()));
        }
        for bad in ["3", "2.7", "3.", "3.x", "3.10.1.2", "3.300"] {
            assert!(bad.parse::<PythonVersion>().is_err(), "{bad}");
        }
        assert_eq!("linux/arm64".parse::<Platform>().map(String::from), Ok("linux/arm64".to_owned()));
        assert!("windows/amd64".parse::<Platform>().is_err());
        assert!("3.0".parse::<GlibcVersion>().is_err());
    }
}
