//! The credentials of a store, fetched where they are temporary, over the one client.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer, AwsCredential};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, RetryConfig};
use reqwest::Request;

use super::{FetchError, Fetcher, S3Error, Secret, Store, StoreCredentials};

/// How long AWS STS and the agents of ECS and EKS may take for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the metadata service of an instance may take. It is one hop away; where there is none,
/// as on a laptop, packets to it often just vanish.
const METADATA_TIMEOUT: Duration = Duration::from_secs(2);

/// How often it is tried again, and for how long.
const MAX_RETRIES: usize = 3;
/// See [`MAX_RETRIES`]; what makes a user wait longer for credentials is as good as down.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);

impl Store {
    /// Whether requests are not signed.
    pub(super) fn is_anonymous(&self) -> bool {
        self.settings.credentials == StoreCredentials::Anonymous
    }

    /// Signs a request; leaves it as it is where the store is asked anonymously.
    pub(super) async fn sign(&self, fetcher: &Fetcher, request: &mut Request) -> Result<(), FetchError> {
        let Some(credential) = self.credential(fetcher).await? else { return Ok(()) };
        let unfit = || S3Error::UnfitCredentials { id: self.settings.id.clone() };
        // `AwsAuthorizer` panics on what does not fit into a header.
        let fits = |text: &str| HeaderValue::from_str(text).is_ok();
        if !fits(&credential.key_id) || !credential.token.as_deref().is_none_or(fits) {
            return Err(unfit().into());
        }
        let mut signed = HttpRequest::new(HttpRequestBody::empty());
        *signed.method_mut() = request.method().clone();
        *signed.uri_mut() = request.url().as_str().parse().map_err(|_| unfit())?;
        *signed.headers_mut() = request.headers().clone();
        AwsAuthorizer::new(&credential, "s3", &self.settings.region)
            .try_authorize(&mut signed, None)
            .map_err(|_| unfit())?;
        *request.headers_mut() = std::mem::take(signed.headers_mut());
        Ok(())
    }

    async fn credential(&self, fetcher: &Fetcher) -> Result<Option<Arc<AwsCredential>>, FetchError> {
        let id = || self.settings.id.clone();
        let expose = |secret: &Secret| secret.expose().to_owned();
        match &self.settings.credentials {
            StoreCredentials::Anonymous => return Ok(None),
            StoreCredentials::Missing => {
                return Err(S3Error::NoCredentials { id: id(), source: None }.into());
            }
            StoreCredentials::Keys { key_id, secret, token } => {
                let (key_id, secret_key) = (key_id.clone(), expose(secret));
                let token = token.as_ref().map(expose);
                return Ok(Some(Arc::new(AwsCredential { key_id, secret_key, token })));
            }
            StoreCredentials::WebIdentity { .. }
            | StoreCredentials::Task { .. }
            | StoreCredentials::Pod { .. }
            | StoreCredentials::Instance { .. } => {}
        }
        let failed = |source| self.without_temporary(source);
        let provider = if let Some(provider) = self.provider.get() {
            provider
        } else {
            let store = self.builder(fetcher)?.build().map_err(failed)?;
            self.provider.get_or_init(|| Arc::clone(store.credentials()))
        };
        Ok(provider.get_credential().await.map(Some).map_err(failed)?)
    }

    fn without_temporary(&self, source: object_store::Error) -> S3Error {
        let id = self.settings.id.clone();
        let from = match &self.settings.credentials {
            StoreCredentials::WebIdentity { .. } => "AWS STS",
            StoreCredentials::Task { .. } => "the agent of the ECS task",
            StoreCredentials::Pod { .. } => "the agent of the EKS pod",
            StoreCredentials::Instance { .. }
            | StoreCredentials::Anonymous
            | StoreCredentials::Keys { .. }
            | StoreCredentials::Missing => return S3Error::NoCredentials { id, source: Some(source) },
        };
        S3Error::Temporary { id, from, source }
    }

    /// `object_store`'s own chain, with nothing of the process' environment in it. Its bucket is never
    /// asked.
    fn builder(&self, fetcher: &Fetcher) -> Result<AmazonS3Builder, FetchError> {
        use AmazonS3ConfigKey as Key;
        let credentials = &self.settings.credentials;
        let timeout = match credentials {
            StoreCredentials::Instance { .. } => METADATA_TIMEOUT,
            _ => ANSWER_TIMEOUT,
        };
        let settings = match credentials {
            StoreCredentials::WebIdentity { token_file, role_arn, session, sts_endpoint } => vec![
                (Key::WebIdentityTokenFile, Some(token_file)),
                (Key::RoleArn, Some(role_arn)),
                (Key::RoleSessionName, session.as_ref()),
                (Key::StsEndpoint, sts_endpoint.as_ref()),
            ],
            StoreCredentials::Task { relative_uri } => {
                vec![(Key::ContainerCredentialsRelativeUri, Some(relative_uri))]
            }
            StoreCredentials::Pod { full_uri, token_file } => vec![
                (Key::ContainerCredentialsFullUri, Some(full_uri)),
                (Key::ContainerAuthorizationTokenFile, Some(token_file)),
            ],
            StoreCredentials::Instance { endpoint } => vec![(Key::MetadataEndpoint, endpoint.as_ref())],
            StoreCredentials::Anonymous | StoreCredentials::Keys { .. } | StoreCredentials::Missing => vec![],
        };
        let retry =
            RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let wanted = || format!("the credentials of store `{}`", self.settings.id);
        let builder = AmazonS3Builder::new()
            .with_bucket_name("unused")
            .with_region(&self.settings.region)
            .with_retry(retry)
            .with_http_connector(Connector { client: fetcher.client(wanted)?.clone(), timeout });
        let given = settings.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(given.fold(builder, |builder, (key, value)| builder.with_config(key, value)))
    }
}

/// Gives `object_store` our client, so that there is one resolver and one TLS provider.
#[derive(Debug)]
struct Connector {
    client: reqwest::Client,
    timeout: Duration,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let Self { client, timeout } = self;
        Ok(HttpClient::new(Service { client: client.clone(), timeout: *timeout }))
    }
}

#[derive(Debug)]
struct Service {
    client: reqwest::Client,
    timeout: Duration,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let url =
            url.parse().map_err(|error: url::ParseError| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.timeout_mut() = Some(self.timeout);
        *request.body_mut() = body.as_bytes().cloned().map(Into::into);
        let response = self.client.execute(request).await.map_err(failed)?;
        let response: http::Response<reqwest::Body> = response.into();
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(failed))))
    }
}

/// The error in `object_store`'s terms, without the URL, which may hold a token.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Unknown
    };
    HttpError::new(kind, error.without_url())
}
