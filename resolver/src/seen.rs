//! Documents that change, as they were last seen: a repository's lists, an index' pages.
//!
//! Each is kept with what the server recognises it by, so that it is asked for at each run and sent only
//! where it changed ([`Fetcher::document_since`](crate::fetch::Fetcher::document_since)). That there was none is
//! kept too; who asks believes it offline alone, for tomorrow there may be one.

use bytes::Bytes;
use url::Url;

use crate::cache::Cache;
use crate::fetch::{Document, Validator};
use crate::publish::PublishError;

/// What was seen at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A document, and what the server recognises it by.
    Document(Document, Validator),
    /// That there is none.
    Nothing,
}

/// What is kept of a place where there is nothing.
const NOTHING: &[u8] = b"nothing";

impl Seen {
    /// What was kept under `key`; `None` where there is nothing that can be read.
    ///
    /// Reads and hashes the document, which takes milliseconds where it has megabytes.
    pub(crate) fn recall(cache: &Cache, key: &str) -> Option<Self> {
        Self::decode(&cache.document(key)?.into())
    }

    /// Keeps it under `key`. Waits for the disk.
    pub(crate) fn keep(&self, cache: &Cache, key: &str) -> Result<(), PublishError> {
        cache.keep_document(key, &self.encode())
    }

    /// What the server recognises it by.
    pub(crate) fn validator(&self) -> Validator {
        match self {
            Self::Document(_, validator) => validator.clone(),
            Self::Nothing => Validator::default(),
        }
    }

    /// A line each for `ETag`, `Last-Modified`, the content type and the URL that answered, and then the body.
    fn encode(&self) -> Vec<u8> {
        let Self::Document(Document { bytes, content_type, url }, validator) = self else {
            return NOTHING.to_vec();
        };
        let Validator { etag, last_modified } = validator;
        let line = |text: Option<&str>| format!("{}\n", text.unwrap_or_default());
        let head = [etag.as_deref(), last_modified.as_deref(), content_type.as_deref(), Some(url.as_str())];
        [head.map(line).concat().as_bytes(), bytes].concat()
    }

    fn decode(kept: &Bytes) -> Option<Self> {
        if kept == NOTHING {
            return Some(Self::Nothing);
        }
        let mut rest = kept.clone();
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = String::from_utf8(rest.split_to(end).into()).ok()?;
            let _newline = rest.split_to(1);
            Some(Some(line).filter(|line| !line.is_empty()))
        };
        let validator = Validator { etag: line()?, last_modified: line()? };
        let content_type = line()?;
        let url = Url::parse(&line()??).ok()?;
        Some(Self::Document(Document { bytes: rest, content_type, url }, validator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_again() {
        let check = |etag: Option<&str>, last_modified: Option<&str>, bytes: &'static [u8]| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let validator = Validator { etag: text(etag), last_modified: text(last_modified) };
            let url = Url::parse("https://example.org/simple/a/").expect("a URL");
            let content_type = text(etag).map(|_| "text/html; charset=utf-8".to_owned());
            let document = Document { bytes: Bytes::from_static(bytes), content_type, url };
            let seen = Seen::Document(document, validator);
            assert_eq!(Seen::decode(&seen.encode().into()), Some(seen));
        };
        check(None, None, b"");
        check(Some("W/\"a\""), None, b"\n\n<metadata/>\n");
        check(None, Some("Thu, 01 Jan 1970 00:00:00 GMT"), b"nothing");
        check(Some("\"a\""), Some("x"), b"\xff\n");
        assert_eq!(Seen::decode(&Seen::Nothing.encode().into()), Some(Seen::Nothing));
        for cut in ["", "\"a\"\n", "\"a\"\n\n\n", "\"a\"\n\n\nno url\nbody"] {
            assert_eq!(Seen::decode(&Bytes::from_static(cut.as_bytes())), None, "{cut:?}");
        }
    }
}
