//! What holds of the readers of what servers answer: [`crate::fuzzing`].

use ::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::http as answers;
pub(crate) use super::s3::fuzzing::s3_listing;

/// A range that is read is the one that the header states, and a validator is a strong `ETag`.
pub(crate) fn http_headers(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        let value = HeaderValue::from_bytes(value.trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    if let Some((start, total)) = answers::content_range(&headers) {
        let stated = HeaderValue::try_from(format!("bytes {start}-{start}/{total}"));
        let stated: HeaderMap = stated.ok().map(|value| (header::CONTENT_RANGE, value)).into_iter().collect();
        assert_eq!(answers::content_range(&stated), Some((start, total)));
    }
    if let Some(validator) = answers::validator(&headers) {
        assert!(!validator.starts_with("W/"));
        assert!(headers.get_all(header::ETAG).iter().any(|etag| etag.as_bytes() == validator.as_bytes()));
    }
    assert!(answers::retry_after(&headers).is_none() || headers.contains_key(header::RETRY_AFTER));
}
