//! Where an artifact comes from, as a manifest says it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::FileName;

/// Where an artifact comes from.
///
/// Repositories and stores are named by id; configuration maps an id to a URL and to credentials,
/// so the same manifest is populated through another mirror. An index gives each file a URL of
/// its own, often on another host and with no rule behind its path (as PEP 751 locks have it), so
/// that URL is kept beside the id of the index whose credentials and mirror apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Source {
    /// A file of a Maven repository.
    Repository {
        /// The repository's id.
        repository: SourceId,
        /// The path below the repository's URL.
        path: FileName,
    },
    /// A file of a Python package index.
    Index {
        /// The index's id.
        index: SourceId,
        /// The file's URL as the index gives it, without user information and fragment.
        url: Url,
    },
    /// An object of an S3 store.
    Store {
        /// The store's id.
        store: SourceId,
        /// The bucket.
        bucket: String,
        /// The key; not a file name, since keys may hold anything.
        key: String,
    },
    /// A plain URL that the user named.
    Url {
        /// The URL, without user information and fragment.
        url: Url,
    },
}

impl Source {
    /// Why this is no source that a manifest may name, if so.
    pub(super) fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Repository { .. } => None,
            Self::Index { index: _, url } | Self::Url { url } => url_fault(url),
            Self::Store { store: _, bucket, key } => {
                let plain = is_bucket(bucket) && !key.chars().any(char::is_control);
                (!plain).then_some("its bucket or key is none that S3 has")
            }
        }
    }
}

/// Query keys of presigned URLs (AWS, Google, Azure) and of token schemes: whoever has the URL has the
/// secret, and a manifest holds none.
const SIGNED: [&str; 8] = [
    "x-amz-signature",
    "x-amz-security-token",
    "signature",
    "x-goog-signature",
    "sig",
    "token",
    "access_token",
    "api_key",
];

/// Why a manifest must not hold this URL, if so.
pub(crate) fn url_fault(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some("its scheme is neither `https` nor `http`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it holds credentials, which would end up in the manifest; put them into a netrc file");
    }
    let signed = |key: &str| SIGNED.contains(&key.to_ascii_lowercase().as_str());
    if url.query_pairs().any(|(key, _)| signed(&key)) {
        return Some(
            "it is signed or holds a token, which would end up in the manifest; name the object itself",
        );
    }
    None
}

/// Whether `text` is the name of an S3 bucket.
pub(crate) fn is_bucket(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    (3..=63).contains(&text.len()) && text.chars().all(plain) && !text.contains("..")
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { repository, path } => write!(f, "{path} of repository {repository}"),
            Self::Index { index, url } => write!(f, "{url} of index {index}"),
            Self::Store { store: _, bucket, key } => write!(f, "s3://{bucket}/{key}"),
            Self::Url { url } => write!(f, "{url}"),
        }
    }
}

/// The id of a repository, an index or a store: `central`, `pypi`, the user's own.
///
/// 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or digit. Maven's ids may hold
/// more; the ones that people use fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

/// A text that is not a [`SourceId`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` is no id of a source: expected 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or \
     digit",
    .0.escape_debug()
)]
pub struct InvalidSourceId(String);

impl SourceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SourceId {
    type Error = InvalidSourceId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let begins_well = id.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins_well && id.len() <= 64 && id.chars().all(plain) {
            Ok(Self(id))
        } else {
            Err(InvalidSourceId(id.chars().take(80).collect()))
        }
    }
}

impl FromStr for SourceId {
    type Err = InvalidSourceId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        id.to_owned().try_into()
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
