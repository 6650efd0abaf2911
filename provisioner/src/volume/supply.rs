//! Where the bytes of artifacts come from.

use std::error::Error;

use async_trait::async_trait;
use fatwood_resolver::failure::Failure;
use fatwood_resolver::fetch::{DownloadError, Fetcher, Remote};
use fatwood_resolver::manifest::{Artifact, Source};
use fatwood_resolver::publish::{PublishError, Sink};
use thiserror::Error;

/// Gives the bytes of artifacts. The network, or a test.
#[async_trait]
pub trait Supply: Send + Sync {
    /// Streams all bytes of `artifact` into `sink`. Need not check them: the sink does.
    async fn supply(&self, artifact: &Artifact, sink: &mut dyn Sink) -> Result<(), SupplyError>;
}

/// Says where on the network an artifact's bytes are. Configuration does that; it makes no request.
pub type Locate = dyn Fn(&Source) -> Result<Remote, SupplyError> + Send + Sync;

/// Artifacts from the network, by the places that the manifest names.
pub struct Network {
    fetcher: Fetcher,
    locate: Box<Locate>,
}

impl Network {
    /// Fetches from where `locate` says.
    pub fn new(
        fetcher: Fetcher,
        locate: impl Fn(&Source) -> Result<Remote, SupplyError> + Send + Sync + 'static,
    ) -> Self {
        Self { fetcher, locate: Box::new(locate) }
    }
}

#[async_trait]
impl Supply for Network {
    async fn supply(&self, artifact: &Artifact, sink: &mut dyn Sink) -> Result<(), SupplyError> {
        let remote = (self.locate)(&artifact.source)?;
        match self.fetcher.download(&remote, sink).await {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(SupplyError::NotThere),
            Err(DownloadError::Publish(error)) => Err(error.into()),
            Err(DownloadError::Fetch(error)) => Err(SupplyError::failed(error.failure(), error)),
        }
    }
}

/// An artifact that did not come.
#[derive(Debug, Error)]
pub enum SupplyError {
    /// It is not there.
    #[error("not there")]
    NotThere,
    /// It could not be written.
    #[error(transparent)]
    Sink(#[from] PublishError),
    /// It could not be had.
    #[error("it cannot be had")]
    Failed {
        /// What kind of failure it is.
        failure: Failure,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl SupplyError {
    /// Wraps an error of whatever gives the bytes.
    pub fn failed(failure: Failure, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed { failure, source: Box::new(source) }
    }
}
