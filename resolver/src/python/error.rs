//! What can fail between requirements and locked wheels.

use std::io;

use thiserror::Error;

use super::explain::Explanation;
use super::index_page::PageError;
use super::pylock::PylockError;
use super::requirements_file::Place;
use super::wheel_archive::ArchiveError;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::fetch::FetchError;
use crate::manifest::{InvalidFileName, SourceId};
use crate::pin::PinError;
use crate::publish::PublishError;
use crate::requirements::PythonVersion;
use crate::sources::SourcesError;

/// Requirements that cannot be resolved.
#[derive(Debug, Error)]
pub enum PythonError {
    /// The target does not say its Python.
    #[error(
        "which wheels fit depends on the Python of the image; say it in `spec.target.python` or with `--python`, as \
         in \"3.10\""
    )]
    TargetPython,
    /// An answer depends on more than the target says of its Python.
    #[error(
        "{what}, and whether Python {python} is that depends on its patch version; say it in full in \
         `spec.target.python` or with `--python`, as in \"{python}.14\""
    )]
    DependsOnPatch {
        /// What depends on it.
        what: String,
        /// What the target says.
        python: PythonVersion,
    },
    /// An entry of `spec.target.provided` that is no pin.
    #[error(
        "{place}: `{text}` does not say what the image has; expected a name and a version, as in `pyspark==3.5.1`"
    )]
    Provided {
        /// Where it stands.
        place: Place,
        /// The entry.
        text: String,
    },
    /// A lock of another tool that cannot be taken.
    #[error(transparent)]
    Pylock(#[from] PylockError),
    /// Two URLs for one project.
    #[error("{first} and {second} name different wheels for project `{project}`; keep one of them")]
    TwoWheels {
        /// The project.
        project: String,
        /// Where the first stands.
        first: Place,
        /// Where the other stands.
        second: Place,
    },
    /// No index is known.
    #[error("no package index is known; list one in `spec.indexes`")]
    NoIndex,
    /// No choice of releases meets all requirements.
    #[error("no choice of releases meets all requirements:\n{0}")]
    Conflict(Explanation),
    /// More steps than any real set takes.
    #[error(
        "the requirements are too loose to be solved in reasonable time; pin some of them, or narrow their versions"
    )]
    TooHard,
    /// Something that the cache does not have, and nobody may be asked.
    #[error(
        "{what} is not in the cache, and `--offline` forbids to ask for it; run once without `--offline`"
    )]
    Offline {
        /// What is missing.
        what: String,
    },
    /// An index cannot be asked.
    #[error("cannot look up project `{project}` on index {index}")]
    Lookup {
        /// The project.
        project: String,
        /// The index.
        index: SourceId,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// An index that wants other credentials, or any.
    #[error(
        "index {index} answers {status} for project `{project}`, at {url}; give credentials for its host in a netrc \
         file, or for its id in the directory that FATWOOD_CREDENTIALS names: `{index}/username` and \
         `{index}/password`, or `{index}/token`, and `{index}/url` where the set says the URL"
    )]
    Denied {
        /// The project.
        project: String,
        /// The index.
        index: SourceId,
        /// The URL that answered, as it may be shown.
        url: String,
        /// The answer: 401 or 403.
        status: http::StatusCode,
    },
    /// A page of links that is not there.
    #[error("page of links {index} is not there: {url} answers 404; check the URL, or take it out")]
    NoLinks {
        /// Its id.
        index: SourceId,
        /// Its URL.
        url: String,
    },
    /// An index answers something else.
    #[error("cannot read what index {index} says of project `{project}` at {url}")]
    Page {
        /// The project.
        project: String,
        /// The index.
        index: SourceId,
        /// The URL that answered.
        url: String,
        /// Why.
        #[source]
        source: PageError,
    },
    /// METADATA of a wheel cannot be fetched.
    #[error("cannot fetch METADATA of `{file}`")]
    Metadata {
        /// The wheel.
        file: String,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// METADATA is not what the index says it is.
    #[error("METADATA of `{file}` was damaged or replaced: expected SHA-256 {expected}, got {actual}")]
    WrongMetadata {
        /// The wheel.
        file: String,
        /// What the index says.
        expected: Digest,
        /// What came.
        actual: Digest,
    },
    /// METADATA cannot be taken out of a wheel.
    #[error("cannot read `{file}`")]
    Archive {
        /// The wheel.
        file: String,
        /// Why.
        #[source]
        source: ArchiveError,
    },
    /// An index or the user names a file that is not there.
    #[error("`{file}` is not where it should be; ask who runs the index, or pin another version")]
    Gone {
        /// The wheel.
        file: String,
    },
    /// A wheel cannot be locked.
    #[error("cannot lock wheel `{file}`")]
    Pin {
        /// The wheel.
        file: String,
        /// Why.
        #[source]
        source: Box<PinError>,
    },
    /// It is not known where a file is, or what lets us in.
    #[error("cannot locate `{file}`")]
    Locate {
        /// The wheel.
        file: String,
        /// Why.
        #[source]
        source: Box<SourcesError>,
    },
    /// The local cache cannot be written.
    #[error("cannot keep METADATA or an index page in the local cache")]
    Cache(#[source] PublishError),
    /// A blob of the local cache cannot be read.
    #[error("cannot read `{file}` from the local cache")]
    Blob {
        /// The wheel.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file whose name cannot be kept.
    #[error("cannot lock a file of this name")]
    FileName(#[source] InvalidFileName),
    /// A project that cannot be named in a manifest.
    #[error("cannot make a package URL for `{project}`")]
    Purl {
        /// The project.
        project: String,
        /// Why.
        #[source]
        source: packageurl::Error,
    },
}

impl PythonError {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::TargetPython
            | Self::DependsOnPatch { .. }
            | Self::Provided { .. }
            | Self::TwoWheels { .. }
            | Self::Conflict(_)
            | Self::TooHard
            | Self::WrongMetadata { .. }
            | Self::Archive { .. }
            | Self::FileName(_)
            | Self::Purl { .. } => Failure::Data,
            Self::Pylock(error) => error.failure(),
            Self::NoIndex | Self::NoLinks { .. } => Failure::Configuration,
            Self::Lookup { source, .. } | Self::Metadata { source, .. } => source.failure(),
            Self::Denied { .. } => Failure::Denied,
            Self::Offline { .. } => Failure::Unavailable,
            Self::Page { .. } | Self::Gone { .. } => Failure::Protocol,
            Self::Pin { source, .. } => source.failure(),
            Self::Locate { source, .. } => source.failure(),
            Self::Cache(source) => source.failure(),
            Self::Blob { .. } => Failure::Io,
        }
    }
}
