//! URLs of files: objects of S3 stores, and plain HTTP.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::manifest::{is_bucket, url_fault};

/// What names one file or several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FileUrl {
    /// `s3://bucket/key`: an object; a prefix, where it ends with `/`; or a glob, where it holds
    /// `*`, `?` or `[`.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key, prefix or pattern, without a leading `/`; never percent-decoded, as with the AWS CLI.
        key: String,
    },
    /// `http://` or `https://`.
    Http(Url),
}

/// A text that is not a [`FileUrl`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` cannot be fetched: {reason}", text.escape_debug())]
pub struct InvalidFileUrl {
    text: String,
    reason: &'static str,
}

impl FromStr for FileUrl {
    type Err = InvalidFileUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason| InvalidFileUrl { text: redacted(text), reason };
        let other = || invalid("expected a URL that begins with `s3://`, `s3a://`, `https://` or `http://`");
        let (scheme, rest) = text.split_once("://").ok_or_else(other)?;
        match scheme {
            "s3" | "s3a" => parse_s3(rest).map_err(invalid),
            "http" | "https" => parse_http(text).map_err(invalid),
            _ => Err(other()),
        }
    }
}

fn parse_s3(rest: &str) -> Result<FileUrl, &'static str> {
    let (bucket, key) =
        rest.split_once('/').ok_or("it names a bucket but no key; end it with `/` for all objects")?;
    if bucket.contains('@') {
        return Err("it holds credentials; give them by the AWS chain (environment, profile, web identity)");
    }
    if !is_bucket(bucket) {
        return Err("its bucket is no S3 bucket name: 3 to 63 lower-case letters, digits, `.` or `-`");
    }
    if key.starts_with('/') || key.chars().any(char::is_control) {
        return Err("its key begins with `/` or holds a control character");
    }
    Ok(FileUrl::S3 { bucket: bucket.to_owned(), key: key.to_owned() })
}

fn parse_http(text: &str) -> Result<FileUrl, &'static str> {
    let mut url = Url::parse(text).map_err(|_| "it is not a well-formed URL")?;
    if let Some(fault) = url_fault(&url) {
        return Err(fault);
    }
    let name = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    if name.is_empty() {
        return Err("it ends with `/`, so it names no file");
    }
    url.set_fragment(None);
    Ok(FileUrl::Http(url))
}

/// The text without what may be a secret: user information and query.
fn redacted(text: &str) -> String {
    let text: String = text.chars().take(200).collect();
    let text = text.split_once('?').map_or(text.as_str(), |(head, _)| head);
    match text.split_once("://") {
        Some((scheme, rest)) => {
            // Up to the last `@`: a password may hold `/`, where the URL is not well-formed.
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            format!("{scheme}://{rest}")
        }
        None => text.to_owned(),
    }
}

impl TryFrom<String> for FileUrl {
    type Error = InvalidFileUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FileUrl> for String {
    fn from(url: FileUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for FileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
            Self::Http(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_written_back() {
        let check = |text: &str, canonical: &str| {
            let url: FileUrl = text.parse().expect(text);
            assert_eq!(url.to_string(), canonical);
        };
        check("s3a://bucket/dir/*.csv", "s3://bucket/dir/*.csv");
        check("s3://bucket/", "s3://bucket/");
        check("https://example.org/a%20b.jar?v=1#part", "https://example.org/a%20b.jar?v=1");
    }

    #[test]
    fn what_cannot_be_fetched_says_why_and_keeps_secrets() {
        let check = |text: &str, reason: &str| {
            let error = text.parse::<FileUrl>().expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        };
        check("a.jar", "expected a URL");
        check("ftp://host/x", "begins with `s3://`");
        check("s3://bucket", "no key");
        check("s3://Bucket/x", "bucket name");
        check("https://user:hunter2@host/x", "credentials");
        check("https://host/x?X-Amz-Signature=hunter2", "signed");
        check("https://user:p/hunter2@h:99999/x", "well-formed");
        check("https://host/dir/", "names no file");
    }
}
