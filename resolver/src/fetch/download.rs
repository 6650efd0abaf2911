//! Streaming a file into a sink, resuming where the connection broke.

use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use reqwest::Response;
use thiserror::Error;
use url::Url;

use super::pace::Pace;
use super::{FetchError, Fetcher, Location, Remote, headers, http as one_get, retry, shown};
use crate::failure::Failure;
use crate::publish::{PublishError, Sink};

/// A download that failed: at the network's end or at the disk's.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// The network.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The disk, or bytes that are not the expected ones.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl DownloadError {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Fetch(error) => error.failure(),
            Self::Publish(error) => error.failure(),
        }
    }
}

/// How many bytes a try must bring to count as progress, so that one byte a connection ends some time.
const PROGRESS: u64 = 64 << 10;

/// How far a download has come, over all its tries.
struct Position {
    /// Bytes that the sink has.
    received: u64,
    /// What identifies the bytes received so far (RFC 9110, section 13.1.5), so that a file that
    /// changed in between is not sewn together from two.
    validator: Option<String>,
}

impl Fetcher {
    /// Streams the file at `from` into `sink`; `None` where there is no such file.
    pub async fn download(&self, from: &Remote, sink: &mut dyn Sink) -> Result<Option<()>, DownloadError> {
        // An object that must still be the one that was seen before is asked for as that from the start.
        let validator = match from {
            Remote::Http(_) => None,
            Remote::S3 { validator, .. } => validator.clone(),
        };
        self.resume(from, Position { received: 0, validator }, sink).await
    }

    /// A broken connection is resumed by `Range` with `If-Range` where the server gave a validator,
    /// and begun anew where it did not. Tries are counted anew whenever [`PROGRESS`] was made. The sink
    /// checks size and digest: this function promises no more than that the bytes are one answer's.
    async fn resume(
        &self,
        from: &Remote,
        mut position: Position,
        sink: &mut dyn Sink,
    ) -> Result<Option<()>, DownloadError> {
        let mut tries = 1;
        loop {
            let before = position.received;
            let error = match self.download_once(from, &mut position, sink).await {
                Ok(found) => return Ok(found),
                Err(DownloadError::Publish(error)) => return Err(error.into()),
                Err(DownloadError::Fetch(error)) => error,
            };
            if position.received >= before + PROGRESS {
                tries = 1;
            }
            match retry::wait_before_next(tries, &error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error.into()),
            }
            tries += 1;
        }
    }

    /// Asks for the file from `position` on.
    async fn open(&self, from: &Remote, position: &Position) -> Result<Option<Response>, FetchError> {
        match from {
            Remote::Http(location) => self.get(location, &position.headers(location)?).await,
            Remote::S3 { store, bucket, key, .. } => {
                let range = (position.received > 0).then(|| position.range());
                self.object(store, (bucket, key), range.as_deref(), position.validator.as_deref()).await
            }
        }
    }

    async fn download_once(
        &self,
        from: &Remote,
        position: &mut Position,
        sink: &mut dyn Sink,
    ) -> Result<Option<()>, DownloadError> {
        if position.received > 0 && position.validator.is_none() {
            sink.restart().await?;
            position.received = 0;
        }
        let Some(response) = self.open(from, position).await? else { return Ok(None) };
        if !continues(&response, position.received)? {
            if position.received > 0 {
                sink.restart().await?;
            }
            *position = Position { received: 0, validator: one_get::validator(response.headers()) };
        }
        let url: Url = response.url().clone();
        let mut chunks = response.bytes_stream();
        let mut pace = Pace::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| FetchError::broken(&url, error))?;
            self.count_bytes(&chunk);
            pace.keep(&url, chunk.len())?;
            position.received += chunk.len() as u64;
            sink.write(chunk).await?;
        }
        Ok(Some(()))
    }
}

impl Position {
    fn range(&self) -> String {
        format!("bytes={}-", self.received)
    }

    fn headers(&self, from: &Location) -> Result<HeaderMap, FetchError> {
        match &self.validator {
            Some(validator) if self.received > 0 => headers(
                from,
                [(header::ACCEPT, "*/*"), (header::RANGE, &self.range()), (header::IF_RANGE, validator)],
            ),
            _ => headers(from, [(header::ACCEPT, "*/*")]),
        }
    }
}

/// Whether an answer goes on where the last one broke off, or begins anew. A part that does neither
/// is an error: its bytes belong nowhere.
fn continues(response: &Response, received: u64) -> Result<bool, FetchError> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Ok(false);
    }
    match one_get::content_range(response.headers()) {
        Some((start, _)) if start == received => Ok(received > 0),
        _ => Err(FetchError::NoRanges { url: shown(response.url()) }),
    }
}
