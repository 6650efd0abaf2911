//! What an index answers for a project: PEP 691 JSON or PEP 503 HTML.
//!
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/>

mod html;

use std::collections::BTreeMap;
use std::str::FromStr;

use pep508_rs::PackageName;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::wheel_name;
use crate::digest::{Algorithm, Checksum, Digest};

/// The `Accept` header: JSON where the index has it, since it carries sizes.
pub(super) const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
     application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Its name.
    pub name: String,
    /// Where it is, without user information and fragment.
    pub url: Url,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// Its SHA-256, where the index says it.
    pub sha256: Option<Digest>,
    /// Its SHA-512, where the index says it.
    pub sha512: Option<Checksum>,
    /// What Python it needs, as the index has it.
    pub requires_python: Option<String>,
    /// Why it was yanked (PEP 592); maybe without a word.
    pub yanked: Option<String>,
    /// Whether its METADATA is served as a file of its own.
    pub metadata: SeparateMetadata,
}

/// Whether an index serves a wheel's METADATA beside it (PEP 658, PEP 714).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeparateMetadata {
    /// Not that it says.
    No,
    /// At the file's URL with `.metadata` behind it.
    Yes {
        /// Its SHA-256, where the index says it.
        sha256: Option<Digest>,
    },
}

/// An answer that is not what an index must answer.
#[derive(Debug, Error)]
pub enum PageError {
    /// Not one of the content types that were asked for.
    #[error("expected PEP 691 JSON or PEP 503 HTML, got content type `{found}`; is the index' URL right?")]
    ContentType {
        /// What it is.
        found: String,
    },
    /// Not JSON of the shape.
    #[error("it is no PEP 691 JSON")]
    Json(#[source] serde_json::Error),
    /// Not a page of the shape.
    #[error("expected a page of links (PEP 503), got HTML without one: a login or an error page?")]
    Html,
    /// A newer protocol.
    #[error("expected version 1 of the simple API, got version `{found}`")]
    Version {
        /// The version it states.
        found: String,
    },
    /// The answer is for another project.
    #[error("the answer is for project `{found}`")]
    OtherProject {
        /// The name it states.
        found: String,
    },
    /// An encrypted page links to an unencrypted file.
    #[error("the page came over https, and `{file}` is linked over http or by another scheme")]
    Scheme {
        /// The file's name.
        file: String,
    },
}

/// Reads the answer for `project` that came from `url`; without a project, a page of links to files of any.
pub(super) fn parse(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    project: Option<&PackageName>,
) -> Result<Vec<File>, PageError> {
    let content_type = content_type.unwrap_or("text/html");
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut files = match essence.as_str() {
        "application/vnd.pypi.simple.v1+json" | "application/json" => parse_json(bytes, url, project)?,
        "application/vnd.pypi.simple.v1+html" | "text/html" | "application/xhtml+xml" => {
            parse_html(&String::from_utf8_lossy(bytes), url)?
        }
        _ => return Err(PageError::ContentType { found: content_type.chars().take(80).collect() }),
    };
    if project.is_none() {
        // Such a page may be written for people, with links to anything.
        files.retain(|file| wheel_name::is_distribution(&file.name));
    }
    for file in &files {
        let plain = file.url.scheme() == "http" && url.scheme() == "http";
        if !(plain || file.url.scheme() == "https") {
            return Err(PageError::Scheme { file: file.name.chars().take(200).collect() });
        }
    }
    Ok(files)
}

#[derive(Deserialize)]
struct JsonPage {
    meta: JsonMeta,
    #[serde(default)]
    name: Option<String>,
    files: Vec<JsonFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonMeta {
    api_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    requires_python: Option<String>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    yanked: Option<Flag<String>>,
    #[serde(default)]
    core_metadata: Option<Flag<BTreeMap<String, String>>>,
    /// The name before PEP 714.
    #[serde(default)]
    dist_info_metadata: Option<Flag<BTreeMap<String, String>>>,
}

/// `true`, `false`, or what there is to say.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag<T> {
    Plain(bool),
    With(T),
}

fn parse_json(bytes: &[u8], url: &Url, project: Option<&PackageName>) -> Result<Vec<File>, PageError> {
    let page: JsonPage = serde_json::from_slice(bytes).map_err(PageError::Json)?;
    check_version(&page.meta.api_version)?;
    if let (Some(name), Some(project)) = (page.name, project)
        && wheel_name::parse_project(&name).as_ref() != Some(project)
    {
        return Err(PageError::OtherProject { found: name.chars().take(80).collect() });
    }
    Ok(page.files.into_iter().filter_map(|file| json_file(file, url)).collect())
}

/// `None` where the link is none, which leaves that file out and no other.
fn json_file(file: JsonFile, page: &Url) -> Option<File> {
    Some(File {
        url: bare(page.join(&file.url).ok()?),
        size: file.size,
        sha256: file.hashes.get("sha256").and_then(|hex| sha256(hex)),
        sha512: file.hashes.get("sha512").and_then(|hex| Checksum::from_hex(Algorithm::Sha512, hex)),
        requires_python: file.requires_python.filter(|text| !text.trim().is_empty()),
        yanked: file.yanked.and_then(|flag| match flag {
            Flag::Plain(yanked) => yanked.then(String::new),
            Flag::With(reason) => Some(reason),
        }),
        metadata: file.core_metadata.or(file.dist_info_metadata).map_or(SeparateMetadata::No, |flag| {
            match flag {
                Flag::Plain(false) => SeparateMetadata::No,
                Flag::Plain(true) => SeparateMetadata::Yes { sha256: None },
                Flag::With(hashes) => {
                    SeparateMetadata::Yes { sha256: hashes.get("sha256").and_then(|hex| sha256(hex)) }
                }
            }
        }),
        name: file.filename,
    })
}

fn parse_html(text: &str, url: &Url) -> Result<Vec<File>, PageError> {
    let document = html::read(text);
    if let Some(version) = &document.version {
        check_version(version)?;
    }
    if document.anchors.is_empty() && !document.is_index {
        return Err(PageError::Html);
    }
    let base = document.base.and_then(|base| url.join(&base).ok()).unwrap_or_else(|| url.clone());
    Ok(document.anchors.iter().filter_map(|anchor| html_file(anchor, &base)).collect())
}

/// `None` where the anchor has no link to a file.
fn html_file(anchor: &html::Attributes, base: &Url) -> Option<File> {
    let url = base.join(anchor.get("href")?.trim()).ok()?;
    let last = url.path_segments()?.next_back()?;
    let name = percent_decode_str(last).decode_utf8().ok()?.into_owned();
    let metadata = anchor.get("data-core-metadata").or_else(|| anchor.get("data-dist-info-metadata"));
    Some(File {
        size: None,
        sha256: of_fragment(&url, "sha256=").and_then(sha256),
        sha512: of_fragment(&url, "sha512=").and_then(|hex| Checksum::from_hex(Algorithm::Sha512, hex)),
        requires_python: anchor.get("data-requires-python").filter(|text| !text.trim().is_empty()).cloned(),
        yanked: anchor.get("data-yanked").cloned(),
        metadata: metadata.map_or(SeparateMetadata::No, |text| match text.as_str() {
            "false" => SeparateMetadata::No,
            _ => SeparateMetadata::Yes { sha256: text.strip_prefix("sha256=").and_then(sha256) },
        }),
        url: bare(url),
        name,
    })
}

fn check_version(found: &str) -> Result<(), PageError> {
    match found.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(PageError::Version { found: found.chars().take(80).collect() }),
    }
}

/// What stands behind `prefix` in a URL's fragment.
pub(super) fn of_fragment<'a>(url: &'a Url, prefix: &str) -> Option<&'a str> {
    url.fragment()?.split('&').find_map(|pair| pair.strip_prefix(prefix))
}

/// A SHA-256 in hexadecimal of either case.
pub(super) fn sha256(hex: &str) -> Option<Digest> {
    Digest::from_str(&hex.to_ascii_lowercase()).ok()
}

/// The URL without user information and fragment, so that it holds no secret and can be kept.
fn bare(mut url: Url) -> Url {
    // Both fail only for URLs without a host, whose scheme is refused later.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests;
