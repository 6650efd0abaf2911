//! A project's page on an index: as it is now, or offline as it was last seen.
//!
//! A page changes with each release, so it is asked for at each run, with what the server recognised the last
//! one by. Pages have up to 30 MB, so all that is not the network happens on threads that may block, and a kept
//! page is read while the server is asked whether it still holds.

use std::sync::Arc;

use http::StatusCode;
use pep508_rs::PackageName;

use super::super::PythonError;
use super::super::index_page::{self, File, PageError};
use crate::cache::Cache;
use crate::fetch::{Answered, Document, FetchError, Validator, shown};
use crate::pin::Context;
use crate::publish::PublishError;
use crate::seen::Seen;
use crate::sources::Index;

/// The largest index page, in bytes; the largest that is known has about 30 MiB.
const MAX_PAGE: usize = 64 << 20;

/// The files on the page where the project `name` has to be; `None` where there is no such page.
pub(super) async fn files(
    context: &Context,
    index: &Index,
    name: &PackageName,
) -> Result<Option<Vec<File>>, PythonError> {
    let project = (!index.is_flat).then(|| name.clone());
    let page = Page { cache: context.cache.clone(), key: Arc::from(page_key(index, name)), project };
    let at = index.project(name.as_ref());
    let kept = page.on_a_thread(Page::recall).await;
    let validator = kept.as_ref().map(Seen::validator).unwrap_or_default();
    // Without a validator the page is sent again, and the kept one serves offline alone.
    let may_hold = validator != Validator::default() || context.fetcher.is_offline();
    let read = async {
        match kept.clone() {
            Some(Seen::Document(document, _)) if may_hold => {
                let files = page.on_a_thread(move |page| (page.read(&document), document)).await;
                Some(files)
            }
            Some(_) | None => None,
        }
    };
    let asked = context.fetcher.document_since(&at, index_page::ACCEPT, MAX_PAGE, &validator);
    let (answered, read) = futures_util::join!(asked, read);
    let misread = |source, document: &Document| PythonError::Page {
        project: name.to_string(),
        index: index.id.clone(),
        url: shown(&document.url),
        source,
    };
    match (answered, read) {
        (Ok(Some(Answered::Unchanged)) | Err(FetchError::Offline { .. }), Some((files, document))) => {
            files.map(Some).map_err(|source| misread(source, &document))
        }
        (Ok(Some(Answered::Changed(document, validator))), _) => {
            let fetched = document.clone();
            let (files, kept) = page
                .on_a_thread(move |page| {
                    let files = page.read(&fetched);
                    let kept =
                        files.as_ref().map_or(Ok(()), |_| page.keep(&Seen::Document(fetched, validator)));
                    (files, kept)
                })
                .await;
            let files = files.map_err(|source| misread(source, &document))?;
            kept.map(|()| Some(files)).map_err(PythonError::Cache)
        }
        (Err(FetchError::Offline { .. }), None) if kept == Some(Seen::Nothing) => Ok(None),
        // Nothing was known, so that nothing can be unchanged.
        (Ok(None | Some(Answered::Unchanged)), _) => {
            if kept != Some(Seen::Nothing) {
                page.on_a_thread(|page| page.keep(&Seen::Nothing)).await.map_err(PythonError::Cache)?;
            }
            Ok(None)
        }
        (Err(FetchError::Offline { .. }), None) => {
            Err(PythonError::Offline { what: format!("the page of project `{name}` on index {}", index.id) })
        }
        (Err(source), _) => Err(failed(source, index, name)),
    }
}

fn failed(source: FetchError, index: &Index, name: &PackageName) -> PythonError {
    let (project, index) = (name.to_string(), index.id.clone());
    match source {
        FetchError::Denied { url, status } if status != StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            PythonError::Denied { project, index, url, status }
        }
        source => PythonError::Lookup { project, index, source },
    }
}

fn page_key(index: &Index, name: &PackageName) -> String {
    format!("index page {}", index.project(name.as_ref()).url)
}

/// The page of a project in the cache.
#[derive(Clone)]
struct Page {
    cache: Cache,
    key: Arc<str>,
    /// None where it has files of any.
    project: Option<PackageName>,
}

impl Page {
    fn recall(&self) -> Option<Seen> {
        Seen::recall(&self.cache, &self.key)
    }

    fn keep(&self, seen: &Seen) -> Result<(), PublishError> {
        seen.keep(&self.cache, &self.key)
    }

    fn read(&self, document: &Document) -> Result<Vec<File>, PageError> {
        index_page::parse(
            &document.bytes,
            document.content_type.as_deref(),
            &document.url,
            self.project.as_ref(),
        )
    }

    async fn on_a_thread<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let page = self.clone();
        match tokio::task::spawn_blocking(move || work(&page)).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and nobody asks again.
                Err(_) => std::future::pending().await,
            },
        }
    }
}
