//! S3 stores: where their buckets are, and how requests to them are signed.
//!
//! Requests are ours, over the one client: three kinds suffice (list, head, get), keys stay exactly as
//! they are, and an answer's error code is at hand. `object_store` signs them and brings the ways to
//! temporary credentials.

mod chain;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
mod request;
#[cfg(test)]
pub(crate) mod server;

use std::fmt;
use std::sync::OnceLock;

use object_store::aws::AwsCredentialProvider;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

pub use self::error::S3Error;
pub use self::request::{Head, Object};
use super::{FetchError, Fetcher, Secret};
use crate::manifest::SourceId;

/// What Signature Version 4 leaves as it is in a path: unreserved characters (RFC 3986) and `/`.
const KEY: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What Signature Version 4 leaves as it is in a query.
const QUERY: AsciiSet = KEY.add(b'/');

/// An S3 store: an endpoint and what lets us in. It keeps temporary credentials until they expire.
pub struct Store {
    settings: StoreSettings,
    provider: OnceLock<AwsCredentialProvider>,
}

/// What is configured of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Its id.
    pub id: SourceId,
    /// Its endpoint; AWS' own of the region where there is none.
    pub endpoint: Option<Url>,
    /// Its region, which is signed.
    pub region: String,
    /// How buckets are addressed.
    pub addressing: Addressing,
    /// What lets us in.
    pub credentials: StoreCredentials,
}

/// Where a bucket stands in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// In the path: `https://endpoint/bucket/key`. What other servers than AWS' have from the start.
    Path,
    /// In the host: `https://bucket.endpoint/key`. What AWS wants.
    Virtual,
}

/// What lets us into a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreCredentials {
    /// Nothing; requests are not signed.
    Anonymous,
    /// Keys as they are configured.
    Keys {
        /// The access key id.
        key_id: String,
        /// The secret access key.
        secret: Secret,
        /// The session token of temporary keys.
        token: Option<Secret>,
    },
    /// A token of the workload's own, exchanged at AWS STS.
    WebIdentity {
        /// The file with the token.
        token_file: String,
        /// The role to take on.
        role_arn: String,
        /// The session's name.
        session: Option<String>,
        /// The endpoint of STS, in place of AWS' own of the region.
        sts_endpoint: Option<String>,
    },
    /// The credentials of an ECS task, below a fixed address.
    Task {
        /// The path and query.
        relative_uri: String,
    },
    /// The credentials of an EKS pod.
    Pod {
        /// The agent's URL.
        full_uri: String,
        /// The file with the token for the agent.
        token_file: String,
    },
    /// The credentials of an EC2 instance, of its metadata service.
    Instance {
        /// The metadata service's endpoint, in place of the link-local one.
        endpoint: Option<String>,
    },
    /// None, as the configuration has none and forbids asking the metadata service.
    Missing,
}

impl Store {
    /// A store; nothing is asked yet.
    pub fn new(settings: StoreSettings) -> Self {
        Self { settings, provider: OnceLock::new() }
    }

    /// Its id.
    pub fn id(&self) -> &SourceId {
        &self.settings.id
    }

    /// The URL of an object; of the bucket, where the key is empty.
    fn url(&self, bucket: &str, key: &str) -> Result<Url, S3Error> {
        let refused = |reason| S3Error::Key { url: shown(bucket, key), reason };
        if key.split('/').any(|component| matches!(component, "." | "..")) {
            return Err(refused("it has a component `.` or `..`, which a URL cannot carry"));
        }
        let unfit = |_| S3Error::Endpoint { id: self.settings.id.clone() };
        let mut base = self.endpoint().parse::<Url>().map_err(unfit)?;
        let mut path = base.path().trim_end_matches('/').to_owned();
        // No certificate covers a host name below a bucket's dots.
        let needs_path = bucket.contains('.') && base.scheme() == "https";
        match self.settings.addressing {
            Addressing::Virtual if !needs_path => {
                let host = format!("{bucket}.{}", base.host_str().unwrap_or_default());
                base.set_host(Some(&host)).map_err(unfit)?;
            }
            Addressing::Virtual | Addressing::Path => {
                path.push('/');
                path.push_str(bucket);
            }
        }
        path.push('/');
        path.extend(utf8_percent_encode(key, &KEY));
        base.set_path(&path);
        base.set_query(None);
        Ok(base)
    }

    fn endpoint(&self) -> String {
        let StoreSettings { endpoint, region, .. } = &self.settings;
        match endpoint {
            Some(endpoint) => endpoint.to_string(),
            // The partition of China has a domain of its own.
            None if region.starts_with("cn-") => format!("https://s3.{region}.amazonaws.com.cn"),
            None => format!("https://s3.{region}.amazonaws.com"),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.settings.id)
    }
}

/// An object as users name it, with nothing in it that a terminal would act on.
pub(super) fn shown(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{}", key.escape_debug())
}

#[cfg(test)]
mod tests;
