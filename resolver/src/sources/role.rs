//! What an id stands for: a repository or an index.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::fetch::{Credentials, Location, Proxies};
use crate::manifest::{FileName, SourceId};
use crate::requirements::{GroupPattern, ProjectPattern};

/// A Maven repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its id.
    pub id: SourceId,
    /// Its URL, without user information.
    pub url: Url,
    /// What lets us in.
    pub credentials: Option<Arc<Credentials>>,
    /// The groups that it claims; where there are none, it is asked for whatever no other one claims.
    pub groups: Vec<GroupPattern>,
    /// The proxies to it.
    pub proxies: Option<Arc<Proxies>>,
}

/// A Python package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its id.
    pub id: SourceId,
    /// The URL of its simple API, without user information.
    pub url: Url,
    /// What lets us in.
    pub credentials: Option<Arc<Credentials>>,
    /// The projects that it claims; where there are none, it is asked for whatever no other one claims.
    pub packages: Vec<ProjectPattern>,
    /// Whether the URL is not that of a simple API, but of one page with links to wheels of any projects.
    pub is_flat: bool,
}

impl Repository {
    /// The location of a file of the repository.
    pub fn location(&self, path: &FileName) -> Location {
        Location::new(below(&self.url, path)).with(self.credentials.clone()).by(self.proxies.clone())
    }
}

impl Index {
    /// The location of the page that has a project's files; `project` is a normalised name.
    pub fn project(&self, project: &str) -> Location {
        let mut url = self.url.clone();
        if self.is_flat {
            return Location::new(url).with(self.credentials.clone());
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(project).push("");
        }
        Location::new(url).with(self.credentials.clone())
    }
}

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A Maven repository.
    Repository,
    /// A Python package index.
    Index,
}

impl Role {
    /// The environment variable that gives the URL of an id.
    pub fn variable(self, id: &SourceId) -> String {
        let prefix = match self {
            Self::Repository => "FATWOOD_REPOSITORY",
            Self::Index => "FATWOOD_INDEX",
        };
        variable(prefix, id)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repository => "repository",
            Self::Index => "index",
        })
    }
}

/// `PREFIX_<ID>`: the id in upper case, with `_` for what a variable's name cannot hold.
pub(super) fn variable(prefix: &str, id: &SourceId) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{prefix}_{}", id.as_str().chars().map(fit).collect::<String>())
}

/// The URL of a file below a base; the base's query, if any, stays.
fn below(base: &Url, path: &FileName) -> Url {
    let mut url = base.clone();
    // Every URL with a host can have segments.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.as_str().split('/'));
    }
    url
}
