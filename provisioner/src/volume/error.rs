//! What can go wrong when a volume is populated.

use std::error::Error;

use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::{FileName, Source};
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
    /// The kind of this failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Publish(error) => error.failure(),
            Self::Wheel(error) => error.failure(),
            Self::Fetch { failure, .. } => *failure,
            Self::NotThere { .. } => Failure::Data,
            Self::Stopped => Failure::Temporary,
        }
    }
}
