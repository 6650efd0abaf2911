//! What can go wrong with objects and files by URL.

use thiserror::Error;

use crate::failure::Failure;
use crate::fetch::FetchError;
use crate::pin::PinError;
use crate::sources::SourcesError;

/// A URL whose files cannot be locked.
#[derive(Debug, Error)]
pub enum ObjectError {
    /// Where it is, or what lets us in, is not known.
    #[error(transparent)]
    Sources(#[from] SourcesError),
    /// The network or the store.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The file cannot be streamed.
    #[error(transparent)]
    Pin(Box<PinError>),
    /// There is no such object or file.
    #[error("there is no {url}; for all objects below a prefix end its URL with `/`")]
    Absent {
        /// The URL.
        url: String,
    },
    /// A prefix or glob without an object.
    #[error("no object matches {url}; `*` and `?` stop at `/`, `**` does not")]
    Nothing {
        /// The URL.
        url: String,
    },
    /// A glob that makes no sense.
    #[error("{url} is no glob: {reason}")]
    Glob {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key or URL that gives no safe file name.
    #[error("{url} gives no file name: {reason}; name objects one by one, or rename it")]
    Name {
        /// The URL.
        url: String,
        /// What is wrong with the name.
        reason: String,
    },
}

impl From<PinError> for ObjectError {
    fn from(error: PinError) -> Self {
        Self::Pin(Box::new(error))
    }
}

impl ObjectError {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Sources(error) => error.failure(),
            Self::Fetch(error) => error.failure(),
            Self::Pin(error) => error.failure(),
            Self::Absent { .. } | Self::Nothing { .. } | Self::Glob { .. } | Self::Name { .. } => {
                Failure::Data
            }
        }
    }
}
