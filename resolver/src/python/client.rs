//! The solver's questions put to indexes.
//!
//! | what | kept | believed |
//! |---|---|---|
//! | a project's page | with the server's validator | when the server says that it has not changed |
//! | that an index has no page of a project | as last seen | offline alone: tomorrow it may have one |
//! | METADATA of a wheel | by the wheel's URL and hash | for good: other bytes at that URL are an error |
//! | a wheel's size, and its SHA-256 where the index does not say it | by URL and hash | for good |

mod page;

use std::collections::BTreeMap;
use std::fs::File as DiskFile;

use pep508_rs::PackageName;
use tokio::sync::OnceCell;
use url::Url;

use super::PythonError;
use super::core_metadata::{MAX_SIZE, Metadata};
use super::index_page::{self, File, SeparateMetadata};
use super::project::{Origin, Wheel};
use super::requirements_file::file_name_of;
use super::route;
use super::wheel_archive::{self, Look, Parts, TAIL};
use super::wheel_name::is_of;
use crate::digest::{Checksum, Digest};
use crate::fetch::{ByteRange, FetchError, Location, Remote, shown};
use crate::manifest::{Kind, Source, SourceId};
use crate::pin::{Context, PinError, Vouched, pin};
use crate::sources::{Index, Sources};

/// What METADATA is asked for as.
const ACCEPT_ANY: &str = "*/*";

/// Asks indexes.
pub(super) struct Client<'a> {
    /// The indexes, in order.
    pub indexes: &'a [Index],
    /// Where the indexes' files are.
    pub sources: &'a Sources,
    /// The means.
    pub context: &'a Context,
    /// The pages of links that were read, by index: many projects are looked up on each.
    flat: BTreeMap<&'a SourceId, OnceCell<Vec<File>>>,
}

impl<'a> Client<'a> {
    /// Asks `indexes`, in this order.
    pub(super) fn new(indexes: &'a [Index], sources: &'a Sources, context: &'a Context) -> Self {
        let flat = indexes.iter().filter(|index| index.is_flat);
        Self { indexes, sources, context, flat: flat.map(|index| (&index.id, OnceCell::new())).collect() }
    }

    /// The files of a project on the first index that has it.
    ///
    /// Later indexes are not asked, so that nobody can slip a newer version of a private project in by
    /// publishing its name elsewhere. An index that fails is an error, never passed over.
    pub(super) async fn project(&self, name: &PackageName) -> Result<(Origin, Vec<File>), PythonError> {
        for index in route::route(self.indexes, name) {
            if let Some(files) = self.files(index, name).await? {
                return Ok((Origin::Index(index.id.clone()), files));
            }
        }
        Ok((Origin::Nowhere(route::shown(self.indexes, name)), Vec::new()))
    }

    /// The files of a project on one index; `None` where it does not have the project.
    async fn files(&self, index: &Index, name: &PackageName) -> Result<Option<Vec<File>>, PythonError> {
        let Some(cell) = self.flat.get(&index.id) else {
            return page::files(self.context, index, name).await;
        };
        let read = || async {
            let files = page::files(self.context, index, name).await?;
            files.ok_or_else(|| PythonError::NoLinks { index: index.id.clone(), url: shown(&index.url) })
        };
        let of_project = cell.get_or_try_init(read).await?.iter().filter(|file| is_of(&file.name, name));
        let files: Vec<File> = of_project.cloned().collect();
        Ok(Some(files).filter(|files| !files.is_empty()))
    }

    /// The METADATA of a wheel; the inner error says why it cannot be used.
    pub(super) async fn metadata(
        &self,
        origin: &Origin,
        wheel: &Wheel,
    ) -> Result<Result<Metadata, String>, PythonError> {
        // The bytes behind a URL and a digest never change; other bytes there are an error.
        let key =
            checksum(&wheel.file).map(|checksum| format!("wheel metadata {checksum} {}", wheel.file.url));
        let kept = key.as_ref().and_then(|key| self.context.cache.document(key));
        let bytes = if let Some(bytes) = kept {
            bytes
        } else {
            let bytes = self.fetch_metadata(origin, wheel).await?;
            if let Some(key) = key {
                self.context.cache.keep_document(&key, &bytes).map_err(PythonError::Cache)?;
            }
            bytes
        };
        Ok(Metadata::parse(&bytes, &wheel.name).map_err(|error| error.to_string()))
    }

    async fn fetch_metadata(&self, origin: &Origin, wheel: &Wheel) -> Result<Vec<u8>, PythonError> {
        let (_, remote) = self.locate(origin, &wheel.file)?;
        let Remote::Http(at) = &remote else { return self.metadata_of_whole(&remote, wheel).await };
        if let SeparateMetadata::Yes { sha256 } = wheel.file.metadata
            && let Some(bytes) = self.separate_metadata(at, &wheel.file, sha256).await?
        {
            return Ok(bytes);
        }
        match self.metadata_by_parts(at, wheel).await {
            Err(PythonError::Metadata { source: FetchError::NoRanges { .. }, .. }) => {
                self.metadata_of_whole(&remote, wheel).await
            }
            other => other,
        }
    }

    /// The file beside the wheel; `None` where the index promises one that is not there.
    async fn separate_metadata(
        &self,
        wheel_at: &Location,
        file: &File,
        sha256: Option<Digest>,
    ) -> Result<Option<Vec<u8>>, PythonError> {
        let mut at = wheel_at.clone();
        at.url.set_path(&format!("{}.metadata", wheel_at.url.path()));
        let failed = |source| metadata_failed(&file.name, source);
        let Some(document) =
            self.context.fetcher.document(&at, ACCEPT_ANY, MAX_SIZE).await.map_err(failed)?
        else {
            return Ok(None);
        };
        let actual = Digest::of(&document.bytes);
        match sha256 {
            Some(expected) if expected != actual => {
                Err(PythonError::WrongMetadata { file: file.name.clone(), expected, actual })
            }
            _ => Ok(Some(document.bytes.to_vec())),
        }
    }

    async fn metadata_by_parts(&self, at: &Location, wheel: &Wheel) -> Result<Vec<u8>, PythonError> {
        let file = || wheel.file.name.clone();
        let fetch = async |range| {
            let part = self.context.fetcher.part(at, range).await;
            let part = part.map_err(|source| metadata_failed(&wheel.file.name, source))?;
            part.ok_or_else(|| PythonError::Gone { file: file() })
        };
        let tail = fetch(ByteRange::Last(TAIL)).await?;
        let mut parts = Parts::new(tail.total);
        parts.add(tail.start, tail.bytes);
        loop {
            let look = parts.look(&wheel.name);
            match look.map_err(|source| PythonError::Archive { file: file(), source })? {
                Look::Found(bytes) => return Ok(bytes),
                Look::Needs { start, length } => {
                    let part = fetch(ByteRange::Span { start, length }).await?;
                    parts.add(part.start, part.bytes);
                }
            }
        }
    }

    /// Streams the wheel into the cache, where populating finds it again.
    async fn metadata_of_whole(&self, remote: &Remote, wheel: &Wheel) -> Result<Vec<u8>, PythonError> {
        let file = || wheel.file.name.clone();
        let failed = |source| pin_failed(&file(), source);
        // As a checksum and not as the digest: that would be believed, and nothing streamed.
        let vouched =
            Vouched { checksum: checksum(&wheel.file), size: wheel.file.size, ..Vouched::default() };
        let pinned = pin(self.context, remote, Kind::Wheel, &wheel.file.name, vouched).await;
        let pinned = pinned.map_err(failed)?.ok_or_else(|| PythonError::Gone { file: file() })?;
        let path =
            self.context.cache.blob(&pinned.sha256).ok_or_else(|| PythonError::Gone { file: file() })?;
        let disk_file = DiskFile::open(path).map_err(|source| PythonError::Blob { file: file(), source })?;
        wheel_archive::read(disk_file, &wheel.name)
            .map_err(|source| PythonError::Archive { file: file(), source })
    }

    /// Where a file is, as a manifest says it and as this machine reaches it.
    pub(super) fn locate(&self, origin: &Origin, file: &File) -> Result<(Source, Remote), PythonError> {
        let url = file.url.clone();
        let source = match origin {
            Origin::Index(index) => Source::Index { index: index.clone(), url },
            Origin::Url | Origin::Provided(_) | Origin::Nowhere(_) => Source::Url { url },
        };
        let failed = |source| PythonError::Locate { file: file.name.clone(), source: Box::new(source) };
        let remote = self.sources.remote(&source).map_err(failed)?;
        Ok((source, remote))
    }
}

fn metadata_failed(file: &str, source: FetchError) -> PythonError {
    match source {
        FetchError::Offline { .. } => PythonError::Offline { what: format!("METADATA of `{file}`") },
        source => PythonError::Metadata { file: file.to_owned(), source },
    }
}

/// The error of a wheel that cannot be locked.
pub(super) fn pin_failed(file: &str, source: PinError) -> PythonError {
    if source.is_offline() {
        return PythonError::Offline { what: format!("wheel `{file}`, or its size and digest,") };
    }
    PythonError::Pin { file: file.to_owned(), source: Box::new(source) }
}

/// What the source says of a file.
pub(super) fn vouched(file: &File) -> Vouched {
    Vouched { sha256: file.sha256, checksum: checksum(file), size: file.size, validator: None }
}

fn checksum(file: &File) -> Option<Checksum> {
    file.sha256.map(Checksum::Sha256).or_else(|| file.sha512.clone())
}

/// The file that a user named by its URL.
pub(super) fn file_at(url: &Url) -> Option<File> {
    let mut bare = url.clone();
    bare.set_fragment(None);
    Some(File {
        name: file_name_of(url)?,
        url: bare,
        size: None,
        sha256: index_page::of_fragment(url, "sha256=").and_then(index_page::sha256),
        sha512: None,
        requires_python: None,
        yanked: None,
        metadata: SeparateMetadata::No,
    })
}
