//! Documents that may have changed since they were last seen: conditional requests (RFC 9110, section 13).

use http::{HeaderMap, HeaderName, StatusCode, header};

use super::{Document, FetchError, Fetcher, Location, headers, retry, text_header};

/// By what a server recognises a document that it sent before. Both parts are the server's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validator {
    /// The `ETag`, a weak one too: for a document it suffices that it says the same.
    pub etag: Option<String>,
    /// The `Last-Modified`.
    pub last_modified: Option<String>,
}

/// The answer to a conditional request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The document is the one that was sent before.
    Unchanged,
    /// The document as it is now, and by what it is recognised the next time.
    Changed(Document, Validator),
}

impl Fetcher {
    /// Fetches a document of at most `limit` bytes unless it is the one that `known` stands for; `None` where
    /// there is none (404, 410).
    ///
    /// Without a validator it is fetched in any case.
    pub async fn document_since(
        &self,
        at: &Location,
        accept: &str,
        limit: usize,
        known: &Validator,
    ) -> Result<Option<Answered>, FetchError> {
        let mut request = headers(at, [(header::ACCEPT, accept)])?;
        let etag = known.etag.iter().map(|etag| (header::IF_NONE_MATCH, etag));
        let date = known.last_modified.iter().map(|date| (header::IF_MODIFIED_SINCE, date));
        for (name, value) in etag.chain(date) {
            request.extend(headers(at, [(name, value)])?);
        }
        retry::persist(|| async {
            let Some(response) = self.get(at, &request).await? else { return Ok(None) };
            if response.status() == StatusCode::NOT_MODIFIED {
                return Ok(Some(Answered::Unchanged));
            }
            let text = |name: &HeaderName| text_header(&response, name);
            let validator =
                Validator { etag: text(&header::ETAG), last_modified: text(&header::LAST_MODIFIED) };
            let (url, content_type) = (response.url().clone(), text(&header::CONTENT_TYPE));
            let bytes = self.body(response, limit).await?;
            Ok(Some(Answered::Changed(Document { bytes, content_type, url }, validator)))
        })
        .await
    }
}

/// Whether an answer to a request with these headers may be that nothing has changed.
pub(super) fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_MODIFIED_SINCE)
}
