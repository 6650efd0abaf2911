//! A URL as users write it, taken apart: what may be shown, and what may not.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::{Host, Url};

use crate::fetch::{Credentials, Secret};

/// A URL without user information, and the credentials that were in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The URL without user information and fragment.
    pub url: Url,
    /// What stood before the `@`.
    pub credentials: Option<Arc<Credentials>>,
}

/// A text that is not an [`Address`]; it is not shown, since it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidAddress(&'static str);

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| {
            InvalidAddress("is not well-formed; expected one as in `https://host/path`, without `${…}`")
        })?;
        Self::try_from(url)
    }
}

impl TryFrom<Url> for Address {
    type Error = InvalidAddress;

    fn try_from(mut url: Url) -> Result<Self, InvalidAddress> {
        if !matches!(url.scheme(), "https" | "http" | "s3") {
            return Err(InvalidAddress("has a scheme that is none of `https`, `http`, `s3`"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidAddress("names no host"));
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from);
        let not_text = |_| InvalidAddress("has user information that is not UTF-8");
        let username = decoded(url.username()).map_err(not_text)?;
        let password = decoded(url.password().unwrap_or_default()).map_err(not_text)?;
        // Neither fails for a URL that has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let given = !username.is_empty() || !password.is_empty();
        let credentials =
            given.then(|| Arc::new(Credentials::Basic { username, password: Secret::new(password) }));
        Ok(Self { url, credentials })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::fetch::shown(&self.url))
    }
}

/// Whether a URL leads to this machine, where nobody listens on the way.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_off() {
        let check = |text: &str, url: &str, user: Option<(&str, &str)>| {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.url.as_str(), url);
            let expected = user.map(|(username, password)| Credentials::Basic {
                username: username.to_owned(),
                password: Secret::new(password),
            });
            assert_eq!(address.credentials.as_deref(), expected.as_ref(), "{text}");
            assert!(!format!("{address:?} {address}").contains("hunter2"), "{text}");
        };
        check("https://host/a", "https://host/a", None);
        check("https://ann:hunter2%40@host/a#x", "https://host/a", Some(("ann", "hunter2@")));
        check("https://token@host/a", "https://host/a", Some(("token", "")));
        check("s3://bucket/prefix", "s3://bucket/prefix", None);
    }

    #[test]
    fn other_texts_are_refused_unseen() {
        for text in ["", "host/a", "file:///hunter2", "${env.hunter2}", "ftp://ann:hunter2@host/"] {
            let error = text.parse::<Address>().expect_err(text);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn loopback_is_known() {
        let check = |url: &str, expected: bool| {
            assert_eq!(is_loopback(&Url::parse(url).expect(url)), expected, "{url}");
        };
        check("http://localhost:8080/", true);
        check("http://127.0.0.9/", true);
        check("http://[::1]/", true);
        check("http://localhost.example.org/", false);
        check("http://10.0.0.1/", false);
    }
}
