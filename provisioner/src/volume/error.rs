//! What can go wrong when a volume is populated.

use std::error::Error;

use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::{Artifact, FileName, Source};
use fatwood_resolver::publish::PublishError;
use thiserror::Error;

use super::wheel::WheelError;

/// A volume that could not be populated. What is whole on it stays, for the next run.
#[derive(Debug, Error)]
pub enum PopulateError {
    /// The volume, or the bytes that were to be written to it.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A wheel cannot be installed.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// An artifact does not come.
    #[error("cannot fetch `{file}` from {from}")]
    Fetch {
        /// Its name in the manifest.
        file: FileName,
        /// Where it should come from.
        from: Box<Source>,
        /// What kind of failure the source's is.
        failure: Failure,
        /// What the source says.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What an artifact's source gives is something else.
    #[error("`{file}` came with other bytes from {from}; nothing of it was kept")]
    WrongBytes {
        /// Its name in the manifest.
        file: FileName,
        /// Where it came from.
        from: Box<Source>,
        /// What was expected, and what came.
        #[source]
        source: Box<PublishError>,
    },
    /// An artifact is not where the manifest says.
    #[error(
        "`{file}` is not at {from}; configure a mirror that has it, or write the manifest anew with `fatwood resolve`"
    )]
    NotThere {
        /// Its name in the manifest.
        file: FileName,
        /// Where it should be.
        from: Box<Source>,
    },
    /// The process is being stopped.
    #[error("populating was stopped; run again, what is there already is kept")]
    Stopped,
}

impl PopulateError {
    /// A fault of the bytes that came for `artifact`, or of the disk that they were to go to.
    pub(super) fn of_bytes(artifact: &Artifact, error: PublishError) -> Self {
        if error.failure() != Failure::Data {
            return Self::Publish(error);
        }
        let (file, from) = (artifact.file.clone(), Box::new(artifact.source.clone()));
        Self::WrongBytes { file, from, source: Box::new(error) }
    }

    /// The kind of this failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Publish(error) => error.failure(),
            Self::Wheel(error) => error.failure(),
            Self::Fetch { failure, .. } => *failure,
            Self::WrongBytes { .. } | Self::NotThere { .. } => Failure::Data,
            Self::Stopped => Failure::Temporary,
        }
    }
}
