//! What a command can fail with, and the exit code that follows.

use std::io;
use std::path::PathBuf;

use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::ManifestError;
use fatwood_resolver::publish::PublishError;
use fatwood_resolver::python::export::ExportError;
use fatwood_resolver::python::pylock::PylockError;
use fatwood_resolver::python::requirements_file::RequirementsError;
use fatwood_resolver::requirements::DependencySetError;
use fatwood_resolver::resolve::ResolveError;
use fatwood_resolver::sources::SourcesError;
use thiserror::Error;

use crate::classpath::ClassPathError;
use crate::explain::why::Unknown;
use crate::volume::PopulateError;
use crate::wiring::{InvalidClaimName, WireError};

/// A failed command.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error("cannot start: the system gives no threads or no event queue")]
    Runtime(#[source] io::Error),
    #[error("fatwood stumbled over a fault of its own; please report it with what is said above")]
    Panicked,
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
    #[error("cannot read {}", shown(path))]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0}")]
    Usage(String),
    /// A directory or document that lacks something, or has too much of it.
    #[error("{0}")]
    Input(String),
    #[error("no place for the cache: set `--cache`, FATWOOD_CACHE, XDG_CACHE_HOME or HOME")]
    NoCache,
    #[error("cannot use manifest {}", shown(path))]
    Manifest {
        path: PathBuf,
        #[source]
        source: ManifestError,
    },
    #[error("cannot wire {}", shown(path))]
    Wire {
        path: PathBuf,
        #[source]
        source: WireError,
    },
    #[error("the volume is not as the manifests say, see the {findings} lines above; {remedy}")]
    Damaged { findings: usize, remedy: &'static str },
    #[error("verifying was stopped")]
    Stopped,
    #[error(transparent)]
    DependencySet(#[from] DependencySetError),
    #[error(transparent)]
    Sources(#[from] SourcesError),
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    #[error(transparent)]
    Pylock(#[from] PylockError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Populate(#[from] PopulateError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Unknown(#[from] Unknown),
    #[error(transparent)]
    ClassPath(#[from] ClassPathError),
    #[error(transparent)]
    Claim(#[from] InvalidClaimName),
}

/// A path as people know it.
fn shown(path: &std::path::Path) -> String {
    if path.as_os_str() == "-" { "stdin".to_owned() } else { format!("`{}`", path.display()) }
}

impl CliError {
    /// The kind of failure, which decides the exit code.
    pub(super) fn failure(&self) -> Failure {
        match self {
            Self::Runtime(_) | Self::Stopped | Self::Panicked => Failure::Temporary,
            Self::Stdout(_) => Failure::Io,
            Self::Read { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => Failure::Denied,
                io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
                    Failure::Usage
                }
                io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => Failure::Data,
                _ => Failure::Io,
            },
            Self::Input(_) | Self::Damaged { .. } => Failure::Data,
            Self::Usage(_) => Failure::Usage,
            Self::NoCache => Failure::Configuration,
            Self::Manifest { source, .. } => source.failure(),
            Self::Wire { source, .. } => source.failure(),
            Self::DependencySet(error) => error.failure(),
            Self::Sources(error) => error.failure(),
            Self::Requirements(error) => error.failure(),
            Self::Resolve(error) => error.failure(),
            Self::Pylock(error) => error.failure(),
            Self::Export(error) => error.failure(),
            Self::Populate(error) => error.failure(),
            Self::Publish(error) => error.failure(),
            Self::Unknown(error) => error.failure(),
            Self::ClassPath(error) => error.failure(),
            Self::Claim(error) => error.failure(),
        }
    }
}
