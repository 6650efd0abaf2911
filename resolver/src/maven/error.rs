//! What can fail between coordinates and locked jars.

use thiserror::Error;

use super::gav::Gav;
use super::ivy;
use super::resolution::ResolutionError;
use crate::digest::Disagreement;
use crate::failure::Failure;
use crate::fetch::FetchError;
use crate::manifest::{InvalidFileName, SourceId};
use crate::pin::PinError;
use crate::publish::PublishError;
use crate::xml::XmlFault;

/// A set of packages that cannot be resolved.
#[derive(Debug, Error)]
pub enum MavenError {
    /// No repository is configured.
    #[error("there are packages to resolve and no Maven repository to ask; name one in `repositories`")]
    NoRepository,
    /// The packages themselves, or a POM among what they depend on.
    #[error(transparent)]
    Resolution(ResolutionError),
    /// No repository has a POM.
    #[error("{what} is in none of the repositories asked: {asked}{path}{remedy}")]
    NotFound {
        /// The POM, and what it is needed as.
        what: String,
        /// The ids of the repositories, in the order in which they were asked.
        asked: String,
        /// From a root to what needs it, in brackets; empty where it is the root's own.
        path: String,
        /// What can be done: the end of the sentence.
        remedy: String,
    },
    /// Something that the cache does not have, and nobody may be asked.
    #[error(
        "{what} is not in the cache (reached by {path}), and `--offline` forbids to ask for it; run once without \
         `--offline`"
    )]
    Offline {
        /// What is missing.
        what: String,
        /// From a root to what needs it.
        path: String,
    },
    /// The POM is there and the file is not.
    #[error("repository `{repository}` has the POM of `{package}` but not its file `{path}`{}", packaging(*is_named))]
    NoFile {
        /// The release.
        package: String,
        /// Its path.
        path: String,
        /// The repository's id.
        repository: SourceId,
        /// Whether the user named the file.
        is_named: bool,
    },
    /// There is neither a POM, which nothing needed, nor the file.
    #[error(
        "none of the repositories asked, {asked}, has `{package}`: neither its POM nor its file `{path}`; check group, \
         artifact and version"
    )]
    NoRelease {
        /// The release.
        package: String,
        /// The file's path.
        path: String,
        /// The ids of the repositories, in the order in which they were asked.
        asked: String,
    },
    /// A repository did not answer as it should.
    #[error("cannot get {what} from repository `{repository}`")]
    Fetch {
        /// What was asked for.
        what: String,
        /// The repository's id.
        repository: SourceId,
        /// What happened.
        #[source]
        source: FetchError,
    },
    /// A repository sent something that is not what was asked for.
    #[error("{what} from repository `{repository}` {fault}")]
    Document {
        /// What was asked for.
        what: String,
        /// The repository's id.
        repository: SourceId,
        /// What is wrong with it.
        fault: XmlFault,
    },
    /// A document does not have the checksum beside it.
    #[error(
        "{what} from repository `{repository}` does not have its checksum: {disagreement}; the repository or a \
         proxy is damaged, try another mirror"
    )]
    Checksum {
        /// What was asked for.
        what: String,
        /// The repository's id.
        repository: SourceId,
        /// The checksums.
        disagreement: Box<Disagreement>,
    },
    /// A release whose file cannot have a name.
    #[error("the release `{package}` cannot be a path")]
    Name {
        /// The release.
        package: String,
        /// Why.
        #[source]
        source: InvalidFileName,
    },
    /// A file could not be locked.
    #[error(transparent)]
    Pin(Box<PinError>),
    /// The local cache failed.
    #[error("cannot keep {what} in the local cache")]
    Cache {
        /// What was to be kept.
        what: String,
        /// What the disk said.
        #[source]
        source: Box<PublishError>,
    },
}

impl MavenError {
    /// Whether it comes of nothing but that nobody may be asked.
    pub(super) fn is_offline(&self) -> bool {
        match self {
            Self::Fetch { source, .. } => matches!(source, FetchError::Offline { .. }),
            Self::Pin(error) => error.is_offline(),
            _ => false,
        }
    }

    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::NoRepository => Failure::Configuration,
            Self::Resolution(error) => error.failure(),
            Self::NotFound { .. }
            | Self::NoFile { .. }
            | Self::NoRelease { .. }
            | Self::Name { .. }
            | Self::Checksum { .. } => Failure::Data,
            Self::Fetch { source, .. } => source.failure(),
            Self::Offline { .. } => Failure::Unavailable,
            Self::Document { .. } => Failure::Protocol,
            Self::Pin(error) => error.failure(),
            Self::Cache { source, .. } => source.failure(),
        }
    }
}

/// What can be done where nobody has a POM: `elsewhere` are repositories that POMs on the way name and
/// that were not asked, `release` is whose POM it is, where its jar may do without.
pub(super) fn remedy(elsewhere: &[String], release: Option<&Gav>) -> String {
    let elsewhere = match elsewhere {
        [] => String::new(),
        urls => format!(
            ", or add a repository that has it: POMs on the way name {}, which is not asked unless you say so",
            urls.join(", ")
        ),
    };
    let check = format!("; check the coordinate{elsewhere}");
    match release {
        None => check,
        Some(release) => match ivy::instead(&release.version) {
            Some(instead) => format!("{check}; for what Ivy means by that version, write {instead}"),
            None => format!(
                "{check}; if the release really has no POM, take its jar without dependencies: \
                 `--allow-missing-pom {release}`"
            ),
        },
    }
}

fn packaging(is_named: bool) -> &'static str {
    if is_named {
        "; check the packaging and the classifier"
    } else {
        "; exclude the release if it is not needed"
    }
}
