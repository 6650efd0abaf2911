//! The network: the only module that uses `reqwest` and `object_store`.
//!
//! A [`Fetcher`] gets small documents whole, parts of files by ranges, and streams large files
//! into a [`Sink`](crate::publish::Sink), resuming where the connection broke. What passes is tried again; what
//! stays is an error. Only 404 and 410 mean that something is not there; every other answer that is
//! not a success fails, since a lock must not depend on the weather. An [offline](Fetcher::offline)
//! fetcher asks nobody: each of its methods fails with [`FetchError::Offline`].
//!
//! Credentials go to the origin they were configured for and nowhere else: redirects are followed
//! here, not in `reqwest`, which keeps custom headers when the host changes.

mod client;
mod conditional;
mod download;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod http;
mod location;
mod pace;
mod proxy;
mod retry;
mod s3;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;
use url::Url;

pub use self::conditional::{Answered, Validator};
pub use self::download::DownloadError;
pub use self::error::FetchError;
pub use self::location::{Credentials, Location, Remote, Secret, shown};
use self::pace::Pace;
pub use self::proxy::{Proxies, Proxy};
#[cfg(test)]
pub(crate) use self::s3::server as s3_server;
pub use self::s3::{Addressing, Head, Object, S3Error, Store, StoreCredentials, StoreSettings};

/// How many requests may be under way at once.
///
/// Enough for one HTTP/2 connection to be busy at 20 ms of latency, and few enough for the public
/// repositories, whose guidance for tools is 16 to 32 streams.
const MAX_IN_FLIGHT: usize = 32;

/// The network. One for each process; cheap to clone.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

struct Inner {
    is_offline: bool,
    client: OnceLock<Result<reqwest::Client, Arc<reqwest::Error>>>,
    /// The clients that go by a proxy of their own: one for each, since a client keeps to its proxies.
    by_proxy: Mutex<Vec<(Proxy, reqwest::Client)>>,
    in_flight: Semaphore,
    traffic: TrafficCounter,
}

/// What has gone over the network so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, each try and each redirect counted, and those that find a document unchanged.
    pub requests: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
}

#[derive(Default)]
struct TrafficCounter {
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// A document fetched whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The body.
    pub bytes: Bytes,
    /// The `Content-Type`, where there is one.
    pub content_type: Option<String>,
    /// The URL that answered, after redirects: relative links in the body start from it.
    pub url: Url,
}

/// Which part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `length` bytes from `start`; `length` is not 0.
    Span {
        /// The offset of the first byte.
        start: u64,
        /// How many bytes.
        length: u64,
    },
    /// The last bytes of the file; not 0.
    Last(u64),
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The offset of the first byte.
    pub start: u64,
    /// The bytes; fewer than asked for where the file ends before.
    pub bytes: Bytes,
    /// The size of the whole file.
    pub total: u64,
}

/// What a server says of a file before it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its size in bytes, where the server says it.
    pub size: Option<u64>,
    /// A strong `ETag`: as long as it stays, the bytes stay.
    pub validator: Option<String>,
}

/// The largest part that is fetched into memory, in bytes.
const MAX_PART: u64 = 64 << 20;

impl Default for Fetcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Fetcher {
    /// A fetcher that has made no connection yet.
    pub fn new() -> Self {
        Self::with(false)
    }

    /// A fetcher that never makes a connection.
    pub fn offline() -> Self {
        Self::with(true)
    }

    fn with(is_offline: bool) -> Self {
        Self(Arc::new(Inner {
            is_offline,
            client: OnceLock::new(),
            by_proxy: Mutex::default(),
            in_flight: Semaphore::new(MAX_IN_FLIGHT),
            traffic: TrafficCounter::default(),
        }))
    }

    /// Whether it never makes a connection.
    pub(crate) fn is_offline(&self) -> bool {
        self.0.is_offline
    }

    /// What has gone over the network so far.
    pub fn traffic(&self) -> Traffic {
        let counter = &self.0.traffic;
        Traffic {
            requests: counter.requests.load(Ordering::Relaxed),
            bytes: counter.bytes.load(Ordering::Relaxed),
        }
    }

    /// Fetches a document of at most `limit` bytes; `None` where there is none (404, 410).
    ///
    /// `accept` is the `Accept` header; some repositories answer 404 without one.
    pub async fn document(
        &self,
        at: &Location,
        accept: &str,
        limit: usize,
    ) -> Result<Option<Document>, FetchError> {
        let headers = headers(at, [(header::ACCEPT, accept)])?;
        retry::persist(|| async {
            let Some(response) = self.get(at, &headers).await? else { return Ok(None) };
            let url = response.url().clone();
            let content_type = text_header(&response, &header::CONTENT_TYPE);
            let bytes = self.body(response, limit).await?;
            Ok(Some(Document { bytes, content_type, url }))
        })
        .await
    }

    /// Fetches a part of a file; `None` where there is no such file.
    ///
    /// Fails with [`FetchError::NoRanges`] where the server does not serve ranges.
    pub async fn part(&self, at: &Location, range: ByteRange) -> Result<Option<Part>, FetchError> {
        let wanted = match range {
            ByteRange::Span { start, length } => {
                format!("bytes={start}-{}", start.saturating_add(length.saturating_sub(1)))
            }
            ByteRange::Last(length) => format!("bytes=-{length}"),
        };
        let headers = headers(at, [(header::ACCEPT, "*/*"), (header::RANGE, &wanted)])?;
        retry::persist(|| async {
            let Some(response) = self.get(at, &headers).await? else { return Ok(None) };
            let url = response.url().clone();
            let no_ranges = || FetchError::NoRanges { url: shown(&url) };
            if response.status() != StatusCode::PARTIAL_CONTENT {
                return Err(no_ranges());
            }
            let (start, total) = http::content_range(response.headers()).ok_or_else(no_ranges)?;
            let length = match range {
                ByteRange::Span { length, .. } | ByteRange::Last(length) => length.min(MAX_PART),
            };
            let bytes = self.body(response, usize::try_from(length).unwrap_or(usize::MAX)).await?;
            Ok(Some(Part { start, bytes, total }))
        })
        .await
    }

    /// Asks for the first byte of a file alone, to learn what the server says of it; `None` where there
    /// is no such file.
    pub async fn probe(&self, at: &Location) -> Result<Option<Probe>, FetchError> {
        let headers = headers(at, [(header::ACCEPT, "*/*"), (header::RANGE, "bytes=0-0")])?;
        retry::persist(|| async {
            let Some(response) = self.get(at, &headers).await? else { return Ok(None) };
            let size = match http::content_range(response.headers()) {
                Some((_, total)) => Some(total),
                // The server does not serve ranges, and the body that it begins to send is not read.
                None => response.content_length(),
            };
            Ok(Some(Probe { size, validator: http::validator(response.headers()) }))
        })
        .await
    }

    /// The client, made when it is first needed; none where nothing may be asked for. `wanted` is what is
    /// to be asked for, as it may be shown.
    pub(crate) fn client(&self, wanted: impl FnOnce() -> String) -> Result<&reqwest::Client, FetchError> {
        if self.0.is_offline {
            return Err(FetchError::Offline { url: wanted() });
        }
        let client = self.0.client.get_or_init(|| client::build(None).map_err(Arc::new));
        client.as_ref().map_err(|error| FetchError::Client(Arc::clone(error)))
    }

    /// The client for a request of `url` that begins at `at`: one that goes by the location's proxy, where one
    /// serves the URL.
    fn client_of(&self, at: &Location, url: &Url) -> Result<reqwest::Client, FetchError> {
        let client = self.client(|| shown(url))?;
        let Some(proxy) = at.proxies.as_ref().and_then(|proxies| proxies.of(url)) else {
            return Ok(client.clone());
        };
        // A panic elsewhere leaves the list whole.
        let mut clients = self.0.by_proxy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| known == proxy) {
            return Ok(client.clone());
        }
        let client = client::build(Some(proxy)).map_err(|error| FetchError::Client(Arc::new(error)))?;
        clients.push((proxy.clone(), client.clone()));
        Ok(client)
    }

    /// Reads a body of at most `limit` bytes.
    async fn body(&self, response: reqwest::Response, limit: usize) -> Result<Bytes, FetchError> {
        let url = response.url().clone();
        let too_large = || FetchError::TooLarge { url: shown(&url), limit };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut chunks = response.bytes_stream();
        let mut body = BytesMut::new();
        let mut pace = Pace::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| FetchError::broken(&url, error))?;
            self.count_bytes(&chunk);
            pace.keep(&url, chunk.len())?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Counts a request of any kind.
    pub(crate) fn count_request(&self) {
        self.0.traffic.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes of a body of any kind.
    pub(crate) fn count_bytes(&self, bytes: &Bytes) {
        self.0.traffic.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}

/// A header map of texts that come from our own code or from a validator that a server sent.
fn headers<const N: usize>(at: &Location, pairs: [(HeaderName, &str); N]) -> Result<HeaderMap, FetchError> {
    pairs
        .into_iter()
        .map(|(name, value)| match HeaderValue::from_str(value) {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(FetchError::Header { url: shown(&at.url), name: name.to_string() }),
        })
        .collect()
}

fn text_header(response: &reqwest::Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
