//! Listing, head and get.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::utf8_percent_encode;
use reqwest::{Request, Response};
use url::Url;

use super::{FetchError, Fetcher, QUERY, S3Error, Store, shown};
use crate::digest::Digest;
use crate::fetch::{http as answers, retry};
use crate::xml::{self, Element};

/// Asks for the checksums that the store keeps.
const CHECKSUM_MODE: HeaderName = HeaderName::from_static("x-amz-checksum-mode");
/// The SHA-256 in Base64; of a multipart upload, that of the parts' and their number.
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");
/// `FULL_OBJECT` or `COMPOSITE`.
const CHECKSUM_TYPE: HeaderName = HeaderName::from_static("x-amz-checksum-type");
/// The region of the bucket.
const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// The largest error document that is read, in bytes.
const MAX_ERROR: usize = 64 << 10;

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its `ETag`: as long as it stays, the bytes stay.
    pub validator: Option<String>,
    /// Whether the store says that it keeps a SHA-256 of it.
    pub has_sha256: bool,
}

/// What a store says of an object before it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its `ETag`: as long as it stays, the bytes stay.
    pub validator: Option<String>,
    /// The SHA-256 of all its bytes, where the store keeps it.
    pub sha256: Option<Digest>,
}

/// One page of a listing.
pub(super) struct Page {
    pub(super) objects: Vec<Object>,
    next: Option<String>,
}

impl Fetcher {
    /// The objects whose keys begin with `prefix`, by key; more than `limit` are an error.
    pub async fn list(
        &self,
        store: &Store,
        bucket: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Object>, FetchError> {
        let mut objects = Vec::new();
        let mut next = None;
        loop {
            let query = listing_query(prefix, 1000, next.as_deref());
            let page = self.page(store, bucket, prefix, &query).await?;
            // A store that gives a page without objects and the same token again would never end.
            let stuck = page.objects.is_empty() && page.next == next;
            objects.extend(page.objects);
            if objects.len() > limit {
                return Err(S3Error::TooMany { url: shown(bucket, prefix), limit }.into());
            }
            next = page.next.filter(|_| !stuck);
            if next.is_none() {
                break;
            }
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    /// What the store says of an object; `None` where there is none.
    pub async fn head(&self, store: &Store, bucket: &str, key: &str) -> Result<Option<Head>, FetchError> {
        let headers = HeaderMap::from_iter([(CHECKSUM_MODE, HeaderValue::from_static("ENABLED"))]);
        let url = store.url(bucket, key)?;
        let response = retry::persist(|| async {
            let response = self.ask(store, Method::HEAD, &url, &headers).await?;
            self.judge(store, (bucket, key), response).await
        });
        if let Some(response) = response.await? {
            return Ok(Some(read_head(response.headers())));
        }
        // The answer to HEAD has no body that would tell a missing bucket from a missing object.
        match self.page(store, bucket, key, &listing_query(key, 1, None)).await {
            Err(FetchError::S3(error)) if matches!(*error, S3Error::NoBucket { .. }) => {
                Err(FetchError::S3(error))
            }
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Sends one GET for an object, or a range of it; `None` where there is none. The answer is 200 or 206.
    ///
    /// With a `validator` the object must still have that `ETag`. It is compared in the answer too: not
    /// every store that speaks S3 knows `If-Match`.
    pub(in crate::fetch) async fn object(
        &self,
        store: &Store,
        (bucket, key): (&str, &str),
        range: Option<&str>,
        validator: Option<&str>,
    ) -> Result<Option<Response>, FetchError> {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::RANGE, range), (header::IF_MATCH, validator)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        let response = self.ask(store, Method::GET, &store.url(bucket, key)?, &headers).await?;
        let response = self.judge(store, (bucket, key), response).await?;
        let actual = response.as_ref().and_then(|response| answers::validator(response.headers()));
        match (validator, actual) {
            (Some(expected), Some(actual)) if unquoted(expected) != unquoted(&actual) => {
                Err(S3Error::Changed { url: shown(bucket, key) }.into())
            }
            _ => Ok(response),
        }
    }

    async fn page(&self, store: &Store, bucket: &str, prefix: &str, query: &str) -> Result<Page, FetchError> {
        let mut url = store.url(bucket, "")?;
        url.set_query(Some(query));
        let unreadable = |reason| S3Error::Listing { url: shown(bucket, prefix), reason };
        let body = retry::persist(|| async {
            let response = self.ask(store, Method::GET, &url, &HeaderMap::new()).await?;
            match self.judge(store, (bucket, prefix), response).await? {
                Some(response) => self.body(response, xml::MAX_SIZE).await,
                None => Err(unreadable("it answers 404".to_owned()).into()),
            }
        });
        Ok(read_page(&body.await?).map_err(unreadable)?)
    }

    /// Sends one signed request.
    async fn ask(
        &self,
        store: &Store,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
    ) -> Result<Response, FetchError> {
        let client = self.client(|| crate::fetch::shown(url))?;
        let mut request = Request::new(method, url.clone());
        *request.headers_mut() = headers.clone();
        // Signed for every try, since a signature is good for 15 minutes.
        store.sign(self, &mut request).await?;
        let _permit = self.0.in_flight.acquire().await.ok();
        self.count_request();
        client.execute(request).await.map_err(|error| FetchError::broken(url, error))
    }

    /// What an answer means; `None` where there is no such object.
    async fn judge(
        &self,
        store: &Store,
        (bucket, key): (&str, &str),
        response: Response,
    ) -> Result<Option<Response>, FetchError> {
        let status = response.status();
        if matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
            return Ok(Some(response));
        }
        let retry_after = answers::retry_after(response.headers());
        let region = response.headers().get(BUCKET_REGION).and_then(|region| region.to_str().ok());
        let region = region.map(str::to_owned);
        let endpoint = response.url().origin().ascii_serialization();
        // A body that breaks off leaves the status to judge by.
        let body = self.body(response, MAX_ERROR).await.unwrap_or_default();
        let answer = ErrorAnswer::read(&body);
        let (url, code) = (shown(bucket, key), answer.code.clone().unwrap_or_else(|| "no code".to_owned()));
        let actual = region.or(answer.region);
        let asked = store.settings.region.clone();
        let error = match status {
            StatusCode::NOT_FOUND if code == "NoSuchBucket" => {
                S3Error::NoBucket { bucket: bucket.to_owned(), endpoint }
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            StatusCode::PRECONDITION_FAILED => S3Error::Changed { url },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                S3Error::Denied { url, status, code, anonymous: store.is_anonymous() }
            }
            _ if status.is_redirection() || code == "AuthorizationHeaderMalformed" => {
                S3Error::Region { url, asked, actual }
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                return Err(FetchError::Unavailable { url, status, retry_after });
            }
            _ if status.is_server_error() => {
                return Err(FetchError::Unavailable { url, status, retry_after });
            }
            _ => S3Error::Answer { url, status, code },
        };
        Err(error.into())
    }
}

/// An error document.
#[derive(Default)]
pub(super) struct ErrorAnswer {
    pub(super) code: Option<String>,
    pub(super) region: Option<String>,
}

impl ErrorAnswer {
    pub(super) fn read(body: &Bytes) -> Self {
        let root = xml::parse(body, "Error").ok();
        // Only words are shown: the document is anybody's.
        let word =
            |text: &&str| text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let text = |name| root.as_ref()?.text_of(name).filter(word).map(str::to_owned);
        Self { code: text("Code"), region: text("Region") }
    }
}

fn listing_query(prefix: &str, max_keys: u32, token: Option<&str>) -> String {
    let encode = |text| utf8_percent_encode(text, &QUERY);
    // Without `encoding-type=url`: not every store that says that it encodes does. The keys that need it
    // hold control characters, and are refused anyway.
    let query = format!("list-type=2&max-keys={max_keys}&prefix={}", encode(prefix));
    match token {
        Some(token) => format!("continuation-token={}&{query}", encode(token)),
        None => query,
    }
}

pub(super) fn read_page(body: &Bytes) -> Result<Page, String> {
    // The reader takes any encoding, and would make another key of what is not UTF-8.
    std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
    let root = xml::parse(body, "ListBucketResult").map_err(|fault| format!("it {fault}"))?;
    let contents = root.children.iter().filter(|child| child.name() == "Contents");
    let objects = contents.map(read_object).collect::<Result<_, _>>()?;
    let next = root.text_of("NextContinuationToken").map(str::to_owned);
    if root.text_of("IsTruncated") == Some("true") && next.is_none() {
        return Err("it breaks off without a `NextContinuationToken`".to_owned());
    }
    Ok(Page { objects, next })
}

fn read_object(object: &Element<'_>) -> Result<Object, String> {
    // Not `text_of`: white space around a key belongs to it.
    let key = object.child("Key").map(|key| key.text.clone().into_owned()).ok_or("an object has no `Key`")?;
    let size = object.text_of("Size").and_then(|size| size.parse().ok()).ok_or("an object has no `Size`")?;
    let mut algorithms = object.children.iter().filter(|child| child.name() == "ChecksumAlgorithm");
    let has_sha256 = algorithms.any(|algorithm| algorithm.trimmed() == "SHA256");
    Ok(Object { key, size, validator: object.text_of("ETag").map(quoted), has_sha256 })
}

/// Some stores list an `ETag` without the quotes that belong to it.
fn quoted(etag: &str) -> String {
    if etag.starts_with('"') { etag.to_owned() } else { format!("\"{etag}\"") }
}

fn unquoted(etag: &str) -> &str {
    etag.trim_matches('"')
}

fn read_head(headers: &HeaderMap) -> Head {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
    let is_composite = text(&CHECKSUM_TYPE).is_some_and(|kind| kind.eq_ignore_ascii_case("COMPOSITE"));
    let sha256 = text(&CHECKSUM).filter(|_| !is_composite).and_then(|checksum| {
        // That of parts ends with `-` and their number, and so is no Base64.
        let bytes = BASE64_STANDARD.decode(checksum).ok()?;
        Some(Digest::from(<[u8; 32]>::try_from(bytes).ok()?))
    });
    let size = text(&header::CONTENT_LENGTH).and_then(|size| size.parse().ok());
    Head { size, validator: answers::validator(headers), sha256 }
}
