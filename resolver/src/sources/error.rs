//! What can go wrong while finding out where sources are.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Role;
use crate::failure::Failure;
use crate::manifest::SourceId;

/// A source that cannot be asked, for what the configuration says or does not say. No message holds a
/// secret: URLs are shown without user information and query, values of files and variables not at all.
#[derive(Debug, Error)]
pub enum SourcesError {
    /// Nothing says where a repository or index is.
    #[error("nothing says where {role} `{id}` is; {}", remedy(*role, id))]
    NotConfigured {
        /// What it is.
        role: Role,
        /// Its id.
        id: SourceId,
    },
    /// A URL that cannot serve.
    #[error("the URL of {role} `{id}`, from {place}, {reason}")]
    Url {
        /// What it is the URL of.
        role: Role,
        /// The id.
        id: SourceId,
        /// Where the URL stands.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A URL without encryption.
    #[error(
        "{role} `{id}` is at {url}, from {place}, which is not encrypted, so that anybody on the way can change \
         what it serves; use https, or allow it with `allowHttp: true` in the set, `--allow-http {id}` \
         or `FATWOOD_ALLOW_HTTP={id}`"
    )]
    PlainHttp {
        /// What it is.
        role: Role,
        /// Its id.
        id: SourceId,
        /// Its URL, as it may be shown.
        url: String,
        /// Where the URL stands.
        place: String,
    },
    /// One id for two URLs in a set.
    #[error("{role} `{id}` is listed with two URLs, {first} and {second}; give them different ids")]
    Clash {
        /// What they are.
        role: Role,
        /// The id.
        id: SourceId,
        /// The URL that comes first, as it may be shown.
        first: String,
        /// The other.
        second: String,
    },
    /// An index that claims groups of Maven modules.
    #[error("index `{id}` claims `groups`, which only repositories have; leave it out")]
    Groups {
        /// The index' id.
        id: SourceId,
    },
    /// A repository that claims Python projects.
    #[error("repository `{id}` claims `packages`, which only indexes have; leave it out, or claim `groups`")]
    Packages {
        /// The repository's id.
        id: SourceId,
    },
    /// A page of links among repositories.
    #[error("a Maven repository is no page of links; list `findLinks` under `indexes`")]
    FindLinks,
    /// A mirror of `settings.xml` that forbids.
    #[error(
        "repository `{id}` is blocked by mirror `{mirror}` of {}; change that mirror, or set \
         `{}`", path.display(), Role::Repository.variable(id)
    )]
    Blocked {
        /// The repository's id.
        id: SourceId,
        /// The mirror's id.
        mirror: String,
        /// The file that holds it.
        path: PathBuf,
    },
    /// A password that only Maven can decrypt.
    #[error(
        "the password of server `{server}` in {} is encrypted by Maven, which cannot be read here; use \
         `${{env.NAME}}` there, a netrc file, or files below FATWOOD_CREDENTIALS", path.display()
    )]
    Encrypted {
        /// The server's id.
        server: String,
        /// The file that holds it.
        path: PathBuf,
    },
    /// Credentials that refer to what is not set.
    #[error("the credentials of server `{server}` in {} need `{name}`, which is not set", path.display())]
    Unset {
        /// The server's id.
        server: String,
        /// The name in `${…}`.
        name: String,
        /// The file that refers to it.
        path: PathBuf,
    },
    /// Credentials that cannot be used.
    #[error("cannot use the credentials in {}: {reason}", path.display())]
    Credentials {
        /// The file or directory that holds them.
        path: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A configuration file that makes no sense.
    #[error("cannot understand {}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        reason: String,
    },
    /// A program that was asked for what it knows, and does not answer.
    #[error("cannot ask {}: {reason}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// What is wrong.
        reason: String,
        /// What the system said, where it said something.
        #[source]
        source: Option<std::io::Error>,
    },
    /// A setting of an S3 store that cannot be used.
    #[error("store `{id}` cannot be used: {reason}")]
    Store {
        /// The store's id.
        id: SourceId,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl SourcesError {
    pub(super) fn malformed(path: &Path, reason: impl fmt::Display) -> Self {
        Self::Malformed { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::NotConfigured { .. }
            | Self::Url { .. }
            | Self::PlainHttp { .. }
            | Self::Clash { .. }
            | Self::Groups { .. }
            | Self::Packages { .. }
            | Self::FindLinks
            | Self::Blocked { .. }
            | Self::Encrypted { .. }
            | Self::Unset { .. }
            | Self::Credentials { .. }
            | Self::Malformed { .. }
            | Self::Program { .. }
            | Self::Store { .. } => Failure::Configuration,
            Self::Unreadable { source, .. } => match source.kind() {
                std::io::ErrorKind::PermissionDenied => Failure::Denied,
                std::io::ErrorKind::InvalidData => Failure::Configuration,
                _ => Failure::Io,
            },
        }
    }
}

/// What a user can set so that a source is found.
fn remedy(role: Role, id: &SourceId) -> String {
    let variable = role.variable(id);
    match (role, id.as_str()) {
        (Role::Repository, "central") => format!(
            "set {variable} to its URL, or list it under `repositories` with `id` and `url`, or give it a mirror \
             in ~/.m2/settings.xml, or install Maven, whose own URL is taken then"
        ),
        (Role::Repository, _) => format!(
            "set {variable} to its URL, or list it under `repositories` with `id` and `url`, or give it a mirror \
             or a profile's repository in ~/.m2/settings.xml"
        ),
        (Role::Index, "pypi") => format!(
            "set {variable} or PIP_INDEX_URL to the URL of its simple index, or list it under `indexes` with `id` \
             and `url`, or set `index-url` in pip.conf, or install pip, whose own URL is taken then"
        ),
        (Role::Index, _) => format!(
            "set {variable} to the URL of its simple index, or list it under `indexes` with `id` and `url`"
        ),
    }
}
