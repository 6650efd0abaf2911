//! Where something is on the network, and what proves that we may have it.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::Proxies;
use super::s3::{self, Store};

/// A text that cannot be printed: a password, a token, a signed header.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that puts it on the wire.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a server is shown so that it lets us in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// HTTP Basic authentication.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token.
    Bearer(Secret),
    /// Headers of the user's own, as in Maven's `<httpHeaders>`: names and values.
    Headers(Vec<(String, Secret)>),
}

/// Where a file is.
#[derive(Debug, Clone)]
pub enum Remote {
    /// On an HTTP server.
    Http(Location),
    /// In an S3 store.
    S3 {
        /// The store.
        store: Arc<Store>,
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The `ETag` that the object must still have.
        validator: Option<String>,
    },
}

impl Remote {
    /// The place as it may be shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Http(location) => shown(&location.url),
            Self::S3 { bucket, key, .. } => s3::shown(bucket, key),
        }
    }
}

/// An HTTP location with the credentials for its origin.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// The URL, without user information.
    pub url: Url,
    /// Credentials for the URL's origin; they go to no other.
    pub credentials: Option<Arc<Credentials>>,
    /// The proxies to go by; where none serves a URL, those of the usual variables.
    pub proxies: Option<Arc<Proxies>>,
}

impl Location {
    /// A location that needs no credentials.
    pub fn new(url: Url) -> Self {
        Self { url, credentials: None, proxies: None }
    }

    /// The same location with credentials.
    #[must_use]
    pub fn with(self, credentials: Option<Arc<Credentials>>) -> Self {
        Self { credentials, ..self }
    }

    /// The same location, reached by proxies.
    #[must_use]
    pub fn by(self, proxies: Option<Arc<Proxies>>) -> Self {
        Self { proxies, ..self }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({})", shown(&self.url))
    }
}

/// A URL as it may be shown: without user information, query and fragment, any of which may hold a
/// secret (a redirect to a signed URL, say).
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only where a URL can have no user information, and then there is none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let url = Url::parse("https://user:hunter2@host:8443/a?sig=hunter2#hunter2").expect("a URL");
        assert_eq!(shown(&url), "https://host:8443/a");
        let credentials =
            Credentials::Basic { username: "user".to_owned(), password: Secret::new("hunter2") };
        let location = Location::new(url).with(Some(Arc::new(credentials.clone())));
        assert!(!format!("{location:?} {credentials:?}").contains("hunter2"));
    }
}
