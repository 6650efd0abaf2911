//! What holds of listings and error documents of stores: [`crate::fuzzing`].

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use url::Url;

use super::request::{ErrorAnswer, read_page};
use super::{Addressing, Store, StoreCredentials, StoreSettings};

/// A listed object is asked for at the store's own host, in its bucket, by its own key; and of an error document
/// nothing is shown but words.
pub(crate) fn s3_listing(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    let error = ErrorAnswer::read(&body);
    for word in [error.code, error.region].into_iter().flatten() {
        assert!(word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
    let (Ok(page), Some(store)) = (read_page(&body), store()) else { return };
    for object in &page.objects {
        assert!(object.validator.as_ref().is_none_or(|validator| validator.starts_with('"')));
        let Ok(url) = store.url("lake", &object.key) else { continue };
        assert_eq!((url.host_str(), url.port()), (Some("store.example.org"), Some(9000)));
        assert_eq!((url.query(), url.fragment()), (None, None));
        let path = percent_decode_str(url.path()).decode_utf8();
        assert_eq!(path.ok().as_deref(), Some(format!("/lake/{}", object.key).as_str()));
    }
}

fn store() -> Option<Store> {
    Some(Store::new(StoreSettings {
        id: "lake".parse().ok()?,
        endpoint: Some(Url::parse("https://store.example.org:9000").ok()?),
        region: "us-east-1".to_owned(),
        addressing: Addressing::Path,
        credentials: StoreCredentials::Anonymous,
    }))
}
