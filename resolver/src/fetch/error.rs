//! What can go wrong on the network.

use std::sync::Arc;

use http::StatusCode;
use thiserror::Error;
use url::Url;

use super::{S3Error, shown};
use crate::failure::Failure;

/// A failure of the network. URLs in it are [shown](super::shown) without what may be secret.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The HTTP client cannot be made: no trusted certificates, or no resolver configuration.
    #[error("cannot set up HTTPS; are there CA certificates and an /etc/resolv.conf on this machine?")]
    Client(#[source] Arc<reqwest::Error>),
    /// Nothing may be asked for.
    #[error("{url} would have to be asked for, which `--offline` forbids; run without `--offline`")]
    Offline {
        /// What was to be asked for.
        url: String,
    },
    /// No connection, or the connection broke or stalled.
    #[error("cannot fetch {url}")]
    Broken {
        /// What was fetched.
        url: String,
        /// What the connection said.
        #[source]
        source: reqwest::Error,
    },
    /// A name that DNS does not know, or does not tell now.
    #[error(
        "cannot find the host of {url}, or of the proxy before it: {reason}; check its name, and the network's DNS"
    )]
    Host {
        /// What was asked for.
        url: String,
        /// What DNS said.
        reason: String,
        /// Whether it said that there is no such name.
        is_unknown: bool,
    },
    /// A request that cannot be made.
    #[error("cannot make a request for {url}")]
    Request {
        /// What was to be asked for.
        url: String,
        /// What the HTTP client said.
        #[source]
        source: reqwest::Error,
    },
    /// The connection is alive, but all too slow.
    #[error("{url} came too slowly: {what}")]
    TooSlow {
        /// What was fetched.
        url: String,
        /// What took too long.
        what: &'static str,
    },
    /// The server says that it is overloaded or broken.
    #[error(
        "{url} answers {status}; the server is overloaded or out of order, try again later or set a mirror"
    )]
    Unavailable {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
        /// How many seconds the server asks to wait.
        retry_after: Option<u64>,
    },
    /// The server refuses.
    #[error("{url} answers {status}; {}", denied_remedy(*status))]
    Denied {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// An answer that makes no sense for what was asked.
    #[error("{url} answers {status}, expected 200")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects {reason}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// Why it is not followed.
        reason: String,
    },
    /// More bytes than such a document may have.
    #[error("{url} is larger than the {limit} bytes that are read of such a document")]
    TooLarge {
        /// What was fetched.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The server does not serve ranges, or answers them wrongly.
    #[error("{url} does not serve byte ranges")]
    NoRanges {
        /// What was asked for.
        url: String,
    },
    /// A failure of an S3 store.
    #[error(transparent)]
    S3(Box<S3Error>),
    /// A header value that cannot be sent.
    #[error("cannot ask for {url}: the value of header `{name}` has a character that HTTP cannot carry")]
    Header {
        /// What was to be asked for.
        url: String,
        /// The header's name.
        name: String,
    },
}

/// How the resolver of the HTTP client says that a name does not exist; its error's type is not to be had.
const NO_SUCH_NAME: &str = "no records found";

/// What an error comes from in the end. Each layer above the resolver says no more than that it failed.
fn root<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn denied_remedy(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "give credentials for this host, in a netrc file or in settings.xml",
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "give credentials in the proxy's URL, or in <proxies> of settings.xml"
        }
        _ => "the credentials for this host, if any, do not give access to it",
    }
}

impl From<S3Error> for FetchError {
    fn from(error: S3Error) -> Self {
        Self::S3(Box::new(error))
    }
}

impl FetchError {
    pub(super) fn broken(url: &Url, error: reqwest::Error) -> Self {
        // The URL is shown by us, without what may be secret in it.
        let (url, error) = (shown(url), error.without_url());
        if error.is_builder() {
            return Self::Request { url, source: error };
        }
        if !error.is_dns() {
            return Self::Broken { url, source: error };
        }
        let reason = root(&error).to_string();
        let is_unknown = reason.contains(NO_SUCH_NAME);
        let reason = if is_unknown { "DNS knows no such name".to_owned() } else { reason };
        Self::Host { url, reason, is_unknown }
    }

    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Offline { .. }
            | Self::Broken { .. }
            | Self::Host { .. }
            | Self::TooSlow { .. }
            | Self::Unavailable { .. } => Failure::Unavailable,
            Self::Denied { .. } => Failure::Denied,
            Self::Status { .. } | Self::Redirect { .. } | Self::TooLarge { .. } | Self::NoRanges { .. } => {
                Failure::Protocol
            }
            Self::Client(_) | Self::Request { .. } | Self::Header { .. } => Failure::Configuration,
            Self::S3(error) => error.failure(),
        }
    }

    /// Whether another try may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::TooSlow { .. } | Self::Unavailable { .. } => true,
            Self::Host { is_unknown, .. } => !is_unknown,
            Self::Client(_)
            | Self::Offline { .. }
            | Self::Request { .. }
            | Self::Denied { .. }
            | Self::Status { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::NoRanges { .. }
            | Self::S3(_)
            | Self::Header { .. } => false,
        }
    }

    /// How many seconds the server asks to wait before another try.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::client;

    #[test]
    fn what_another_try_cannot_mend_is_not_tried_again() {
        let client = client::build(None).expect("a client");
        let request = client.get("no url").build().expect_err("no request");
        let error = FetchError::broken(&Url::parse("https://h/a?sig=hunter2").expect("a URL"), request);
        assert!(matches!(error, FetchError::Request { .. }) && !error.is_transient(), "{error:?}");
        assert_eq!(error.failure(), Failure::Configuration);
        assert_eq!(error.to_string(), "cannot make a request for https://h/a");
        for is_unknown in [true, false] {
            let error = FetchError::Host { url: String::new(), reason: String::new(), is_unknown };
            assert_eq!(error.is_transient(), !is_unknown);
        }
    }
}
