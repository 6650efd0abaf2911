//! One GET over HTTP: redirects, credentials, and what an answer means.

use http::{HeaderMap, StatusCode, header};
use reqwest::{RequestBuilder, Response};
use url::Url;

use super::pace::HEAD_TIMEOUT;
use super::{Credentials, FetchError, Fetcher, Location, conditional, shown};

/// How many redirects are followed. Browsers take 20, curl 50; no repository needs more than three.
const MAX_REDIRECTS: usize = 10;

impl Fetcher {
    /// Sends a GET and follows redirects; `None` for 404 and 410. The answer is 200 or 206, or 304 where
    /// the request is [conditional](super::conditional).
    pub(super) async fn get(
        &self,
        at: &Location,
        headers: &HeaderMap,
    ) -> Result<Option<Response>, FetchError> {
        let mut url = at.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(at, &url, headers).await?;
            match response.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return Ok(Some(response)),
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
                StatusCode::NOT_MODIFIED if conditional::is_conditional(headers) => {
                    return Ok(Some(response));
                }
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = redirect_target(&url, response.headers())?,
                status => return Err(refusal(&url, status, response.headers())),
            }
        }
        let reason = format!("more than {MAX_REDIRECTS} times");
        Err(FetchError::Redirect { url: shown(&at.url), reason })
    }

    /// Sends one request. Credentials go along only to the origin that they belong to.
    async fn send(&self, at: &Location, url: &Url, headers: &HeaderMap) -> Result<Response, FetchError> {
        let client = self.client_of(at, url)?;
        // The semaphore is never closed, so that acquiring fails cannot happen; the permit is given
        // back as soon as the headers are there, so that slow bodies do not starve metadata.
        let _permit = self.0.in_flight.acquire().await.ok();
        self.count_request();
        let mut request = client.get(url.clone()).headers(headers.clone());
        if let Some(credentials) = &at.credentials
            && url.origin() == at.url.origin()
        {
            request = authenticate(request, credentials);
        }
        match tokio::time::timeout(HEAD_TIMEOUT, request.send()).await {
            Ok(answer) => answer.map_err(|error| FetchError::broken(url, error)),
            Err(_) => Err(FetchError::TooSlow { url: shown(url), what: "no answer in 30 s" }),
        }
    }
}

fn authenticate(request: RequestBuilder, credentials: &Credentials) -> RequestBuilder {
    match credentials {
        Credentials::Basic { username, password } => request.basic_auth(username, Some(password.expose())),
        Credentials::Bearer(token) => request.bearer_auth(token.expose()),
        // A name or value that HTTP cannot carry makes `send` fail, with an error that does not print it.
        Credentials::Headers(headers) => {
            headers.iter().fold(request, |request, (name, value)| request.header(name, value.expose()))
        }
    }
}

/// Where a redirect leads. From https to anything else is refused: the answer could be anybody's.
fn redirect_target(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let refused = |reason: String| FetchError::Redirect { url: shown(from), reason };
    let target = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
    let target = target.and_then(|target| from.join(target).ok());
    let target = target.ok_or_else(|| refused("without saying where to".to_owned()))?;
    let allowed = match target.scheme() {
        "https" => true,
        "http" => from.scheme() == "http",
        _ => false,
    };
    if allowed {
        Ok(target)
    } else {
        Err(refused(format!("to {}, which is not encrypted; it is not followed", shown(&target))))
    }
}

fn refusal(url: &Url, status: StatusCode, headers: &HeaderMap) -> FetchError {
    let url = shown(url);
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            FetchError::Denied { url, status }
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY => {
            FetchError::Unavailable { url, status, retry_after: retry_after(headers) }
        }
        _ if status.is_server_error() => {
            FetchError::Unavailable { url, status, retry_after: retry_after(headers) }
        }
        _ => FetchError::Status { url, status },
    }
}

/// `Retry-After` in seconds. Its other form, a date, is not read: it needs both clocks to agree.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The offset of the first byte and the whole size, of a `Content-Range` (RFC 9110, section 14.4).
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()?))
}

/// A strong `ETag`; a weak one does not promise the same bytes, and `Last-Modified` has a resolution of
/// one second, in which a file can change.
pub(super) fn validator(headers: &HeaderMap) -> Option<String> {
    let etag = headers.get(header::ETAG)?.to_str().ok()?;
    (!etag.starts_with("W/")).then(|| etag.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn redirects_never_leave_encryption() {
        let check = |from: &str, location: &str, expected: Option<&str>| {
            let headers =
                HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_str(location).expect("a value"))]);
            let target = redirect_target(&Url::parse(from).expect("a URL"), &headers);
            assert_eq!(target.ok().map(String::from).as_deref(), expected, "{location}");
        };
        check("https://a/x", "https://b/y", Some("https://b/y"));
        check("https://a/x/y", "../z", Some("https://a/z"));
        check("https://a/x", "http://a/y", None);
        check("http://a/x", "https://a/y", Some("https://a/y"));
        check("http://a/x", "file:///etc/passwd", None);
    }

    #[test]
    fn content_ranges_are_read() {
        let check = |text: &str, expected: Option<(u64, u64)>| {
            let value = HeaderValue::from_str(text).expect("a value");
            assert_eq!(content_range(&HeaderMap::from_iter([(header::CONTENT_RANGE, value)])), expected);
        };
        check("bytes 0-0/480674", Some((0, 480_674)));
        check("bytes 5-9/10", Some((5, 10)));
        check("bytes 0-0/*", None);
        check("bytes */10", None);
    }
}
