//! Where S3 stores are and what lets us in, by the rules of the AWS tools.
//!
//! The endpoint is that of the flags, of `FATWOOD_STORE_<ID>`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`
//! or of the profile, or AWS' own of the region. Credentials are the first of: none (`--s3-anonymous`,
//! `AWS_SKIP_SIGNATURE`), keys in the environment, web identity in the environment, the profile, the
//! container's, the instance's.

use super::ini::Ini;
use super::{Address, Environment, InvalidAddress, S3Flags, SourcesError, address, environment, variable};
use crate::fetch::{Addressing, Secret, StoreCredentials, StoreSettings};
use crate::manifest::SourceId;

/// The region that AWS' tools sign for where nothing says another.
const DEFAULT_REGION: &str = "us-east-1";

/// What a profile may say that leads to credentials which are not fetched here.
const FOREIGN: [&str; 5] =
    ["credential_process", "sso_session", "sso_start_url", "source_profile", "credential_source"];

/// The settings of a store.
pub(super) fn settings(
    id: &SourceId,
    flags: &S3Flags,
    environment: &Environment,
) -> Result<StoreSettings, SourcesError> {
    let profile = Profile::discover(id, flags, environment)?;
    let region = flags.region.as_deref().or_else(|| {
        environment.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]).or_else(|| profile.get("region"))
    });
    let endpoint = endpoint(id, flags, environment, &profile)?;
    let style = profile.nested("s3", "addressing_style");
    let addressing = flags.addressing.unwrap_or(match (style, &endpoint) {
        (Some("path"), _) => Addressing::Path,
        (Some("virtual"), _) | (_, None) => Addressing::Virtual,
        (_, Some(_)) => Addressing::Path,
    });
    Ok(StoreSettings {
        id: id.clone(),
        endpoint,
        region: region.unwrap_or(DEFAULT_REGION).to_owned(),
        addressing,
        credentials: credentials(id, flags, environment, &profile)?,
    })
}

fn endpoint(
    id: &SourceId,
    flags: &S3Flags,
    environment: &Environment,
    profile: &Profile,
) -> Result<Option<url::Url>, SourcesError> {
    let refused = |place: &str, reason: &str| {
        Err(SourcesError::Store { id: id.clone(), reason: format!("its endpoint, from {place}, {reason}") })
    };
    let ours = variable("FATWOOD_STORE", id);
    let names = [ours.as_str(), "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    let of_variable = names.into_iter().find_map(|name| Some((name.to_owned(), environment.variable(name)?)));
    let of_profile = || Some(("the AWS profile".to_owned(), profile.endpoint()?));
    let (place, address) = match (&flags.endpoint, of_variable.or_else(of_profile)) {
        (Some(address), _) => ("the command line".to_owned(), address.clone()),
        (None, Some((place, url))) => match url.parse() {
            Ok(address) => (place, address),
            Err(error) => {
                let error: InvalidAddress = error;
                return refused(&place, &error.to_string());
            }
        },
        (None, None) => return Ok(None),
    };
    if address.credentials.is_some() {
        return refused(
            &place,
            "holds credentials; give them by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        );
    }
    if !matches!(address.url.scheme(), "https" | "http") {
        return refused(&place, "is none of `https` or `http`");
    }
    Ok(Some(address.url))
}

fn credentials(
    id: &SourceId,
    flags: &S3Flags,
    environment: &Environment,
    profile: &Profile,
) -> Result<StoreCredentials, SourcesError> {
    let variable = |name: &str| environment.variable(name).map(str::to_owned);
    let is_true = |name: &str| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if flags.anonymous || is_true("AWS_SKIP_SIGNATURE") {
        return Ok(StoreCredentials::Anonymous);
    }
    // A profile of the command line is meant more than what the environment happens to have.
    if flags.profile.is_some()
        && let Some(credentials) = profile.credentials(id, environment)?
    {
        return Ok(credentials);
    }
    let keys = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    if let Some(keys) = keys_of(id, keys, variable("AWS_SESSION_TOKEN"), "the environment")? {
        return Ok(keys);
    }
    let web = (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN"));
    if let (Some(token_file), Some(role_arn)) = web {
        let (session, sts_endpoint) = (variable("AWS_ROLE_SESSION_NAME"), sts_endpoint(id, environment)?);
        return Ok(StoreCredentials::WebIdentity { token_file, role_arn, session, sts_endpoint });
    }
    if let Some(credentials) = profile.credentials(id, environment)? {
        return Ok(credentials);
    }
    if let Some(relative_uri) = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return Ok(StoreCredentials::Task { relative_uri });
    }
    let pod =
        (variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"), variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    if let (Some(full_uri), Some(token_file)) = pod {
        return Ok(StoreCredentials::Pod { full_uri, token_file });
    }
    if is_true("AWS_EC2_METADATA_DISABLED") {
        return Ok(StoreCredentials::Missing);
    }
    let endpoint =
        ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_METADATA_ENDPOINT"].into_iter().find_map(variable);
    Ok(StoreCredentials::Instance { endpoint })
}

/// The endpoint that the workload's token is sent to, which must not travel without encryption.
fn sts_endpoint(id: &SourceId, environment: &Environment) -> Result<Option<String>, SourcesError> {
    let Some(endpoint) = environment.variable("AWS_ENDPOINT_URL_STS") else { return Ok(None) };
    let url = endpoint.parse::<Address>().ok().map(|address| address.url);
    if url.is_some_and(|url| url.scheme() == "https" || address::is_loopback(&url)) {
        return Ok(Some(endpoint.to_owned()));
    }
    let reason = "AWS_ENDPOINT_URL_STS is no URL of `https`".to_owned();
    Err(SourcesError::Store { id: id.clone(), reason })
}

fn keys_of(
    id: &SourceId,
    keys: (Option<String>, Option<String>),
    token: Option<String>,
    place: &str,
) -> Result<Option<StoreCredentials>, SourcesError> {
    match keys {
        (Some(key_id), Some(secret)) => {
            let (secret, token) = (Secret::new(secret), token.map(Secret::new));
            Ok(Some(StoreCredentials::Keys { key_id, secret, token }))
        }
        (None, None) => Ok(None),
        _ => Err(SourcesError::Store {
            id: id.clone(),
            reason: format!("{place} has only one of access key id and secret access key; give both"),
        }),
    }
}

/// A profile of the AWS configuration: `~/.aws/config` and, over it, `~/.aws/credentials`.
struct Profile {
    name: String,
    credentials: Ini,
    config: Ini,
}

impl Profile {
    /// Reads the files. A profile that was named must exist.
    fn discover(id: &SourceId, flags: &S3Flags, environment: &Environment) -> Result<Self, SourcesError> {
        let named = environment.first_variable(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
        let named = flags.profile.as_deref().or(named);
        let read = |variable: &str, in_home: &str| -> Result<Ini, SourcesError> {
            let path = environment.variable(variable).map(|path| environment.expand(path));
            let path = path.or_else(|| environment.in_home(in_home));
            let Some(path) = path else { return Ok(Ini::default()) };
            let Some(text) = environment::read(&path)? else { return Ok(Ini::default()) };
            Ini::parse(&text).map_err(|line| {
                SourcesError::malformed(&path, format!("line {} is neither a section nor a key", line.0))
            })
        };
        let profile = Self {
            name: named.unwrap_or("default").to_owned(),
            credentials: read("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")?,
            config: read("AWS_CONFIG_FILE", ".aws/config")?,
        };
        if named.is_some() && !profile.exists() {
            let reason = format!(
                "there is no profile `{}` in ~/.aws/config or ~/.aws/credentials; see AWS_PROFILE",
                profile.name
            );
            return Err(SourcesError::Store { id: id.clone(), reason });
        }
        Ok(profile)
    }

    fn exists(&self) -> bool {
        let in_config = self.config_sections().any(|section| self.config.section(&section).is_some());
        in_config || self.credentials.section(&self.name).is_some()
    }

    /// In the configuration file a profile's section is `profile NAME`; for `default` both are usual.
    fn config_sections(&self) -> impl Iterator<Item = String> {
        let plain = (self.name == "default").then(|| self.name.clone());
        [format!("profile {}", self.name)].into_iter().chain(plain)
    }

    fn get(&self, key: &str) -> Option<&str> {
        let of_config = || self.config_sections().find_map(|section| self.config.get(&section, key));
        let value = self.credentials.get(&self.name, key).or_else(of_config);
        value.map(str::trim).filter(|value| !value.is_empty())
    }

    /// A key in an indented group.
    fn nested(&self, group: &str, key: &str) -> Option<&str> {
        nested(self.get(group)?, key)
    }

    fn endpoint(&self) -> Option<&str> {
        let services = self.get("services").map(|name| format!("services {name}"));
        let of_services =
            services.and_then(|section| nested(self.config.get(&section, "s3")?, "endpoint_url"));
        of_services.or_else(|| self.nested("s3", "endpoint_url")).or_else(|| self.get("endpoint_url"))
    }

    fn credentials(
        &self,
        id: &SourceId,
        environment: &Environment,
    ) -> Result<Option<StoreCredentials>, SourcesError> {
        let owned = |key: &str| self.get(key).map(str::to_owned);
        if let (Some(token_file), Some(role_arn)) = (owned("web_identity_token_file"), owned("role_arn")) {
            let (session, sts_endpoint) = (owned("role_session_name"), sts_endpoint(id, environment)?);
            return Ok(Some(StoreCredentials::WebIdentity { token_file, role_arn, session, sts_endpoint }));
        }
        if let Some(foreign) = FOREIGN.into_iter().find(|key| self.get(key).is_some()) {
            let reason = format!(
                "profile `{}` takes its credentials by `{foreign}`, which is not done here; give them to the \
                 environment with `aws configure export-credentials --profile {} --format env`",
                self.name, self.name
            );
            return Err(SourcesError::Store { id: id.clone(), reason });
        }
        let keys = (owned("aws_access_key_id"), owned("aws_secret_access_key"));
        keys_of(id, keys, owned("aws_session_token"), &format!("profile `{}`", self.name))
    }
}

fn nested<'a>(group: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = group.lines().filter_map(|line| line.split_once('='));
    pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}
