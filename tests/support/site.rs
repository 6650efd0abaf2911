//! Published files, answered as a static web server answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

use super::archive::sha256_hex;
use super::fault::AnyBody;

/// Files by path. `GET` and `HEAD`, single ranges, `If-Range`, `If-None-Match` and strong entity tags.
#[derive(Debug, Clone, Default)]
pub struct Site {
    files: BTreeMap<String, File>,
    authorization: Option<String>,
}

#[derive(Debug, Clone)]
struct File {
    content_type: &'static str,
    bytes: Bytes,
}

impl Site {
    /// A site without a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Publishes bytes at a path that begins with `/`.
    pub fn file(self, path: &str, bytes: impl Into<Bytes>) -> Self {
        self.typed(path, "application/octet-stream", bytes)
    }

    /// Publishes bytes of this type.
    pub fn typed(mut self, path: &str, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        assert!(path.starts_with('/'), "`{path}` begins with no slash");
        self.files.insert(path.to_owned(), File { content_type, bytes: bytes.into() });
        self
    }

    /// Answers 401 to every request without this `Authorization` header.
    pub fn protected(mut self, authorization: &str) -> Self {
        self.authorization = Some(authorization.to_owned());
        self
    }

    /// What is published at a path.
    pub fn bytes(&self, path: &str) -> Bytes {
        self.files.get(path).unwrap_or_else(|| panic!("nothing is published at `{path}`")).bytes.clone()
    }

    /// The answer to a request; that to `HEAD` is the same without its body.
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Response<AnyBody> {
        let given = request.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        if self.authorization.is_some() && self.authorization.as_deref().map(str::as_bytes) != given {
            let realm = (header::WWW_AUTHENTICATE, "Basic realm=\"tests\"");
            return empty(Response::builder().status(StatusCode::UNAUTHORIZED).header(realm.0, realm.1));
        }
        let Some(File { content_type, bytes }) = self.files.get(path) else {
            return empty(Response::builder().status(StatusCode::NOT_FOUND));
        };
        let tag = format!("\"{}\"", &sha256_hex(bytes)[..16]);
        if request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
            return empty(Response::builder().status(StatusCode::NOT_MODIFIED).header(header::ETAG, &tag));
        }
        let total = bytes.len();
        let answer = Response::builder()
            .header(header::CONTENT_TYPE, *content_type)
            .header(header::ACCEPT_RANGES, "bytes")
            .header(header::ETAG, &tag);
        match range_of(request, &tag, total) {
            Asked::Whole => answer.body(whole(bytes.clone())).expect("a response"),
            Asked::Part(start, end) => answer
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {start}-{}/{total}", end - 1))
                .body(whole(bytes.slice(start..end)))
                .expect("a response"),
            Asked::Beyond => {
                let range = format!("bytes */{total}");
                empty(answer.status(StatusCode::RANGE_NOT_SATISFIABLE).header(header::CONTENT_RANGE, range))
            }
        }
    }
}

/// A body of these bytes.
pub fn whole(bytes: Bytes) -> AnyBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn empty(answer: hyper::http::response::Builder) -> Response<AnyBody> {
    answer.body(whole(Bytes::new())).expect("a response")
}

enum Asked {
    Whole,
    Part(usize, usize),
    Beyond,
}

/// What a request asks for, after RFC 9110, section 14; more than one range is answered whole.
fn range_of(request: &HeaderMap, tag: &str, total: usize) -> Asked {
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let current = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let span = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = span.filter(|_| current) else { return Asked::Whole };
    let bounds = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, total.min(last + 1)),
        (Ok(first), Err(_)) if last.is_empty() => (first, total),
        (Err(_), Ok(length)) if first.is_empty() => (total.saturating_sub(length), total),
        _ => return Asked::Whole,
    };
    if bounds.0 < bounds.1 { Asked::Part(bounds.0, bounds.1) } else { Asked::Beyond }
}
