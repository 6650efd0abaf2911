//! What one repository has, from this machine's cache where that may be believed.
//!
//! | what | kept | believed |
//! |---|---|---|
//! | the POM of a release | when it was fetched and checked | for good: a release never changes |
//! | size and SHA-256 of a release's file | when they were learnt | for good |
//! | lists of versions and builds, and the POM of a snapshot without builds | with the server's validator | when the server says that it has not changed |
//! | that something is not there | a file of a release, as last seen | offline alone: tomorrow it may be there |
//!
//! Offline, what is kept is what there is, and everything else fails with
//! [`FetchError::Offline`](crate::fetch::FetchError).

use bytes::Bytes;
use futures_util::future::join;

use super::error::MavenError;
use super::gav::{Gav, metadata_path};
use super::metadata::{Builds, VersionList};
use super::pom::Pom;
use crate::cache::Cache;
use crate::digest::{Algorithm, Checksum, Digest, Hasher};
use crate::fetch::{Answered, FetchError};
use crate::manifest::{FileName, InvalidFileName};
use crate::pin::{Context, Pinned};
use crate::publish::PublishError;
use crate::requirements::Module;
use crate::seen::Seen;
use crate::sources::Repository;
use crate::xml::{MAX_SIZE, XmlFault};

/// `AWS CodeArtifact` answers a false 404 to a request without an `Accept` header.
const ACCEPT: &str = "*/*";
/// The largest checksum file, in bytes: a hash and a file name.
const MAX_CHECKSUM: usize = 4096;

/// One repository, and the means to ask it.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) repository: &'a Repository,
    pub(super) context: &'a Context,
}

/// What is known of a file of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownFile {
    Pinned(Pinned),
    /// It was not there when it was last asked for.
    Absent,
}

impl Lookup<'_> {
    /// The POM of a release, or of a snapshot's build.
    pub(super) async fn pom(&self, gav: &Gav) -> Result<Option<(Vec<u8>, Digest)>, MavenError> {
        let path = gav.pom_path().map_err(|source| unnamed(gav, source))?;
        let key = format!("pom {} {path}", self.repository.url);
        // A read of a few kilobytes; handing it to another thread would cost more.
        if let Some(kept) = self.context.cache.hashed_document(&key) {
            return Ok(Some(kept));
        }
        let what = format!("the POM of `{gav}`");
        let failed = |source| self.failed(&what, source);
        let location = self.repository.location(&path);
        let (document, checksum) = join(
            self.context.fetcher.document(&location, ACCEPT, MAX_SIZE),
            self.checksum_beside(&path, Algorithm::Sha1),
        )
        .await;
        let Some(document) = document.map_err(failed)? else { return Ok(None) };
        let sha256 = self.check(&what, &document.bytes, checksum.map_err(failed)?)?;
        match Pom::parse(&document.bytes) {
            Ok(_) => {
                let bytes = document.bytes.clone();
                self.keep(&what, move |cache| cache.keep_document(&key, &bytes)).await?;
            }
            // No release can have such a POM, so it is the repository that has something wrong.
            Err(fault @ XmlFault::WebPage) => return Err(self.misread(&what, fault)),
            // It counts only if the release is part of the closure, which the resolution knows.
            Err(_) => {}
        }
        Ok(Some((document.bytes.into(), sha256)))
    }

    /// The POM of a snapshot that has no builds with names of their own: it is what it is now.
    pub(super) async fn snapshot_pom(&self, gav: &Gav) -> Result<Option<(Vec<u8>, Digest)>, MavenError> {
        let path = gav.pom_path().map_err(|source| unnamed(gav, source))?;
        let what = format!("the POM of `{gav}`");
        let parse = |bytes: &[u8]| match Pom::parse(bytes) {
            Err(fault @ XmlFault::WebPage) => Err(fault),
            // Any other fault counts only if the snapshot is part of the closure.
            Ok(_) | Err(_) => Ok(()),
        };
        let found = join(self.changing(&what, &path, parse), self.checksum_beside(&path, Algorithm::Sha1));
        let (document, checksum) = found.await;
        let Some((bytes, ())) = document? else { return Ok(None) };
        let checksum = match checksum {
            Err(FetchError::Offline { .. }) => None,
            checksum => checksum.map_err(|source| self.failed(&what, source))?,
        };
        let sha256 = self.check(&what, &bytes, checksum)?;
        Ok(Some((bytes.into(), sha256)))
    }

    fn check(&self, what: &str, bytes: &[u8], checksum: Option<Checksum>) -> Result<Digest, MavenError> {
        let mut hasher = Hasher::new(checksum);
        hasher.update(bytes);
        let hashed = hasher.finish();
        match hashed.disagreement {
            None => Ok(hashed.sha256),
            Some(disagreement) => Err(MavenError::Checksum {
                what: what.to_owned(),
                repository: self.repository.id.clone(),
                disagreement: Box::new(disagreement),
            }),
        }
    }

    /// What the repository lists of a module; `None` where it has no list.
    pub(super) async fn versions(&self, module: &Module) -> Result<Option<VersionList>, MavenError> {
        let path = metadata_path(module)
            .map_err(|source| MavenError::Name { package: module.to_string(), source })?;
        let list = self.changing(&format!("the versions of `{module}`"), &path, VersionList::parse).await?;
        Ok(list.map(|(_, list)| list))
    }

    /// The builds of a snapshot; `None` where the repository has no list of them.
    pub(super) async fn builds(&self, snapshot: &Gav) -> Result<Option<Builds>, MavenError> {
        let path = snapshot.builds_path().map_err(|source| unnamed(snapshot, source))?;
        let what = format!("the builds of `{snapshot}`");
        let list = self.changing(&what, &path, |bytes| Builds::parse(bytes, snapshot)).await?;
        Ok(list.map(|(_, builds)| builds))
    }

    /// A document that changes, as it is now: fetched, or kept and said to be unchanged. Offline, as it was
    /// last seen.
    async fn changing<T>(
        &self,
        what: &str,
        path: &FileName,
        parse: impl Fn(&[u8]) -> Result<T, XmlFault>,
    ) -> Result<Option<(Bytes, T)>, MavenError> {
        let key = format!("changing {} {path}", self.repository.url);
        // One that was kept by an earlier release of this program may be one that it cannot read.
        let kept = match Seen::recall(&self.context.cache, &key) {
            Some(Seen::Document(document, validator)) => {
                parse(&document.bytes).ok().map(|parsed| (document.bytes, validator, parsed))
            }
            Some(Seen::Nothing) | None => None,
        };
        let known = kept.as_ref().map(|(_, validator, _)| validator.clone()).unwrap_or_default();
        let location = self.repository.location(path);
        let answered = self.context.fetcher.document_since(&location, ACCEPT, MAX_SIZE, &known).await;
        match (answered, kept) {
            (Ok(Some(Answered::Unchanged)) | Err(FetchError::Offline { .. }), Some((bytes, _, parsed))) => {
                Ok(Some((bytes, parsed)))
            }
            (Ok(Some(Answered::Changed(document, validator))), _) => {
                let bytes = document.bytes.clone();
                let parsed = parse(&bytes).map_err(|fault| self.misread(what, fault))?;
                let seen = Seen::Document(document, validator);
                self.keep(what, move |cache| seen.keep(cache, &key)).await?;
                Ok(Some((bytes, parsed)))
            }
            // Nothing was known, so that nothing can be unchanged.
            (Ok(None | Some(Answered::Unchanged)), _) => Ok(None),
            (Err(source), _) => Err(self.failed(what, source)),
        }
    }

    /// The checksum that the repository has beside a file.
    pub(super) async fn checksum_beside(
        &self,
        path: &FileName,
        algorithm: Algorithm,
    ) -> Result<Option<Checksum>, FetchError> {
        // Longer than a file name may be: then there is none.
        let Ok(path) = format!("{path}.{}", algorithm.suffix()).parse() else { return Ok(None) };
        let location = self.repository.location(&path);
        let document = self.context.fetcher.document(&location, ACCEPT, MAX_CHECKSUM).await?;
        Ok(document
            .and_then(|document| Checksum::parse_file(algorithm, &String::from_utf8_lossy(&document.bytes))))
    }

    /// What was learnt of a file of a release.
    pub(super) fn known_file(&self, path: &FileName) -> Option<KnownFile> {
        let text = String::from_utf8(self.context.cache.document(&self.file_key(path))?).ok()?;
        if text == ABSENT {
            return Some(KnownFile::Absent);
        }
        let (sha256, size) = text.split_once(' ')?;
        Some(KnownFile::Pinned(Pinned { size: size.parse().ok()?, sha256: sha256.parse().ok()? }))
    }

    /// Keeps what was learnt of a file of a release.
    pub(super) async fn keep_file(&self, path: &FileName, file: KnownFile) -> Result<(), MavenError> {
        let text = match file {
            KnownFile::Pinned(Pinned { size, sha256 }) => format!("{sha256} {size}"),
            KnownFile::Absent => ABSENT.to_owned(),
        };
        let what = format!("the digest of `{path}`");
        let key = self.file_key(path);
        self.keep(&what, move |cache| cache.keep_document(&key, text.as_bytes())).await
    }

    fn file_key(&self, path: &FileName) -> String {
        format!("file {} {path}", self.repository.url)
    }

    /// Writing waits for the disk, so it goes to a thread that may.
    async fn keep(
        &self,
        what: &str,
        keep: impl FnOnce(&Cache) -> Result<(), PublishError> + Send + 'static,
    ) -> Result<(), MavenError> {
        let cache = self.context.cache.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&cache)).await;
        match kept {
            Ok(kept) => {
                kept.map_err(|source| MavenError::Cache { what: what.to_owned(), source: Box::new(source) })
            }
            // The runtime is shutting down; a document that was not kept is fetched again.
            Err(_) => Ok(()),
        }
    }

    /// The error of a request.
    pub(super) fn failed(&self, what: &str, source: FetchError) -> MavenError {
        MavenError::Fetch { what: what.to_owned(), repository: self.repository.id.clone(), source }
    }

    fn misread(&self, what: &str, fault: XmlFault) -> MavenError {
        MavenError::Document { what: what.to_owned(), repository: self.repository.id.clone(), fault }
    }
}

/// What is kept of a file that was not there.
const ABSENT: &str = "absent";

/// The error of a release whose file cannot have a name.
pub(super) fn unnamed(gav: &Gav, source: InvalidFileName) -> MavenError {
    MavenError::Name { package: gav.to_string(), source }
}
