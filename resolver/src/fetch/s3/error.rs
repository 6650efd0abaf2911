//! What can go wrong with an S3 store.

use http::StatusCode;
use thiserror::Error;

use crate::failure::Failure;
use crate::manifest::SourceId;

/// A failure of an S3 store, other than one of the network.
#[derive(Debug, Error)]
pub enum S3Error {
    /// The bucket does not exist.
    #[error("there is no bucket `{bucket}` at {endpoint}; check its name, the endpoint and the region")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// The endpoint that was asked.
        endpoint: String,
    },
    /// The store refuses.
    #[error("{url} answers {status} ({code}); {}", denied_remedy(code, *anonymous))]
    Denied {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
        /// The store's error code.
        code: String,
        /// Whether the request was not signed.
        anonymous: bool,
    },
    /// The bucket is in another region than the one that was asked.
    #[error(
        "the bucket of {url} is not in region `{asked}`, it is in `{}`; set AWS_REGION or `--s3-region`",
        actual.as_deref().unwrap_or("another")
    )]
    Region {
        /// What was asked for.
        url: String,
        /// The region that was asked.
        asked: String,
        /// The bucket's region, where the store says it.
        actual: Option<String>,
    },
    /// The object is not the one that was listed any more.
    #[error("{url} was changed while it was read; resolve again")]
    Changed {
        /// What was asked for.
        url: String,
    },
    /// An answer that makes no sense for what was asked.
    #[error("{url} answers {status} ({code})")]
    Answer {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
        /// The store's error code.
        code: String,
    },
    /// A listing that cannot be read.
    #[error("the listing of {url} cannot be read: {reason}; is the endpoint that of an S3 store?")]
    Listing {
        /// What was listed.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More objects than one URL may stand for.
    #[error("{url} stands for more than {limit} objects; name a longer prefix")]
    TooMany {
        /// What was listed.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// A key that cannot be asked for.
    #[error("the key of {url} cannot be asked for: {reason}")]
    Key {
        /// The object.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// An endpoint that buckets cannot be addressed at.
    #[error("the endpoint of store `{id}` cannot serve with this bucket; try path addressing")]
    Endpoint {
        /// The store.
        id: SourceId,
    },
    /// There are no credentials.
    #[error(
        "there are no credentials for store `{id}`; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
         AWS_PROFILE, or give the pod a role, or use `--s3-anonymous` for public buckets"
    )]
    NoCredentials {
        /// The store.
        id: SourceId,
        /// What the metadata service said, if it was asked.
        #[source]
        source: Option<object_store::Error>,
    },
    /// Temporary credentials are not to be had.
    #[error("cannot get temporary credentials for store `{id}` from {from}")]
    Temporary {
        /// The store.
        id: SourceId,
        /// Who gives them.
        from: &'static str,
        /// What went wrong.
        #[source]
        source: object_store::Error,
    },
    /// Credentials that HTTP cannot carry.
    #[error("the credentials of store `{id}` hold a character that HTTP cannot carry, as a line break")]
    UnfitCredentials {
        /// The store.
        id: SourceId,
    },
}

fn denied_remedy(code: &str, anonymous: bool) -> &'static str {
    match code {
        "RequestTimeTooSkewed" => "the clock of this machine is wrong",
        "ExpiredToken" => "the session token has expired; get new credentials",
        "InvalidObjectState" => "it is archived; restore it first",
        _ if anonymous => "it is not public; leave `--s3-anonymous` out and give credentials",
        _ => {
            "the credentials that were found (AWS_ACCESS_KEY_ID, AWS_PROFILE, the pod's role) do not give access \
             to it; give others, or use `--s3-anonymous` if it is public"
        }
    }
}

impl S3Error {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Denied { .. } => Failure::Denied,
            Self::Changed { .. } => Failure::Temporary,
            Self::Temporary { .. } => Failure::Unavailable,
            Self::Answer { .. } | Self::Listing { .. } => Failure::Protocol,
            Self::TooMany { .. } | Self::Key { .. } => Failure::Data,
            Self::NoBucket { .. }
            | Self::Region { .. }
            | Self::Endpoint { .. }
            | Self::NoCredentials { .. }
            | Self::UnfitCredentials { .. } => Failure::Configuration,
        }
    }
}
