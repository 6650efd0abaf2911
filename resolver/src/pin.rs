//! Gives an artifact its SHA-256 and its size: from where its source vouches for them, else by streaming
//! it once into the local cache, so that a populate on this machine fetches nothing again.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use crate::cache::Cache;
use crate::digest::{Checksum, Digest};
use crate::failure::Failure;
use crate::fetch::{DownloadError, FetchError, Fetcher, Remote};
use crate::manifest::Kind;
use crate::progress::{Event, Observer};
use crate::publish::{Expected, FileSink, PublishError, Sink};

/// The means of one run, handed down to every driver. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The network.
    pub fetcher: Fetcher,
    /// What this machine has seen.
    pub cache: Cache,
    /// Who listens.
    pub observer: Arc<dyn Observer>,
}

/// What a source says of a file before it is fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vouched {
    /// Its SHA-256, from a place that the user trusts as much as the file.
    pub sha256: Option<Digest>,
    /// A checksum beside it, compared when the file is streamed.
    pub checksum: Option<Checksum>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// What changes when the bytes change: a strong `ETag`.
    pub validator: Option<String>,
}

/// What a manifest pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pinned {
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256.
    pub sha256: Digest,
}

/// A file that cannot be pinned.
#[derive(Debug, Error)]
#[error("cannot lock `{name}` from {from}")]
pub struct PinError {
    /// The file's name.
    name: String,
    /// Where it is.
    from: String,
    #[source]
    source: DownloadError,
}

impl PinError {
    /// Whether it comes of nothing but that nobody may be asked.
    pub(crate) fn is_offline(&self) -> bool {
        matches!(self.source, DownloadError::Fetch(FetchError::Offline { .. }))
    }

    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        self.source.failure()
    }
}

/// Pins the file at `remote`; `None` where there is no such file.
///
/// `name` is what progress and errors call it. A file that was streamed or asked for its size before is not
/// again, as long as its source states the same digest, checksum or validator for it.
pub async fn pin(
    context: &Context,
    remote: &Remote,
    kind: Kind,
    name: &str,
    vouched: Vouched,
) -> Result<Option<Pinned>, PinError> {
    let failed = |source: DownloadError| PinError { name: name.to_owned(), from: remote.shown(), source };
    if let Vouched { sha256: Some(sha256), size: Some(size), .. } = vouched {
        return Ok(Some(Pinned { size, sha256 }));
    }
    let memo = Memo::of(remote, &vouched);
    if let Some(pinned) = memo.as_ref().and_then(|memo| memo.recall(&context.cache)) {
        return Ok(Some(pinned));
    }
    let stated = match vouched.sha256 {
        Some(_) => stated_size(context, remote).await.map_err(|error| failed(error.into()))?,
        None => Stated::Nothing,
    };
    let pinned = match (stated, vouched.sha256) {
        (Stated::Absent, _) => None,
        (Stated::Size(size), Some(sha256)) => Some(Pinned { size, sha256 }),
        (Stated::Size(_) | Stated::Nothing, _) => {
            let Vouched { sha256, checksum, size, validator: _ } = vouched;
            let expected = Expected { name: name.to_owned(), kind, size, sha256, checksum };
            stream(context, remote, expected).await.map_err(failed)?
        }
    };
    if let (Some(memo), Some(pinned)) = (memo, pinned) {
        memo.keep(&context.cache, pinned).map_err(|error| failed(error.into()))?;
    }
    Ok(pinned)
}

/// What the source says of a size.
enum Stated {
    Absent,
    Size(u64),
    Nothing,
}

async fn stated_size(context: &Context, remote: &Remote) -> Result<Stated, FetchError> {
    let size = match remote {
        Remote::Http(location) => context.fetcher.probe(location).await?.map(|probe| probe.size),
        Remote::S3 { store, bucket, key, .. } => {
            context.fetcher.head(store, bucket, key).await?.map(|head| head.size)
        }
    };
    Ok(size.map_or(Stated::Absent, |size| size.map_or(Stated::Nothing, Stated::Size)))
}

/// Streams the file into the cache and hashes it on the way.
async fn stream(
    context: &Context,
    remote: &Remote,
    expected: Expected,
) -> Result<Option<Pinned>, DownloadError> {
    let name = expected.name.clone();
    context.observer.event(Event::Started { name: &name, size: expected.size });
    let sink = FileSink::new(context.cache.stage(expected)?);
    let mut sink = Observed { name: &name, observer: &*context.observer, inner: sink };
    if context.fetcher.download(remote, &mut sink).await?.is_none() {
        return Ok(None);
    }
    let file = sink.inner.finish().await?;
    let hashed = file.hashed();
    let pinned = Pinned { size: hashed.size, sha256: hashed.sha256 };
    context.cache.keep_blob(file)?;
    context.observer.event(Event::Finished { name: &name, sha256: pinned.sha256, fetched: pinned.size });
    Ok(Some(pinned))
}

/// A sink that tells an observer what passes.
pub struct Observed<'a, S> {
    /// What the observer calls the file.
    pub name: &'a str,
    /// Who listens.
    pub observer: &'a dyn Observer,
    /// Where the bytes go.
    pub inner: S,
}

#[async_trait]
impl<S: Sink> Sink for Observed<'_, S> {
    async fn restart(&mut self) -> Result<(), PublishError> {
        self.inner.restart().await
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), PublishError> {
        self.observer.event(Event::Advanced { name: self.name, bytes: bytes.len() as u64 });
        self.inner.write(bytes).await
    }
}

/// What the cache remembers of a file that was streamed before, under what its source states of it.
struct Memo {
    key: String,
}

impl Memo {
    /// A source that states nothing by which a change could be seen is asked anew each time.
    fn of(remote: &Remote, vouched: &Vouched) -> Option<Self> {
        let sha256 = vouched.sha256.map(Checksum::Sha256);
        let stated = match (sha256.as_ref().or(vouched.checksum.as_ref()), &vouched.validator) {
            (Some(checksum), _) => checksum.to_string(),
            (None, Some(validator)) => format!("etag:{validator}"),
            (None, None) => return None,
        };
        Some(Self { key: format!("pin {} {stated}", remote.shown()) })
    }

    fn recall(&self, cache: &Cache) -> Option<Pinned> {
        let text = String::from_utf8(cache.document(&self.key)?).ok()?;
        let (sha256, size) = text.split_once(' ')?;
        Some(Pinned { size: size.parse().ok()?, sha256: sha256.parse().ok()? })
    }

    fn keep(&self, cache: &Cache, pinned: Pinned) -> Result<(), PublishError> {
        cache.keep_document(&self.key, format!("{} {}", pinned.sha256, pinned.size).as_bytes())
    }
}
