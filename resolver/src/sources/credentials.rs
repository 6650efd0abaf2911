//! What lets us in, from mounted files and netrc.
//!
//! `FATWOOD_CREDENTIALS` names a directory with one directory for each id: `ID/username` and
//! `ID/password`, the keys of a Secret of type `kubernetes.io/basic-auth` mounted there, or `ID/token`
//! for a bearer token. One newline at the end of a file is not part of the secret.

use std::path::{Path, PathBuf};

use url::Url;

use super::{Environment, SourcesError, address, environment, netrc};
use crate::fetch::{Credentials, Secret};
use crate::manifest::SourceId;

/// Credentials from files.
#[derive(Default)]
pub(super) struct CredentialFiles {
    directory: Option<PathBuf>,
    netrc: Vec<netrc::Entry>,
}

impl CredentialFiles {
    /// Reads the netrc file, `NETRC` or `~/.netrc`; mounted files are read when they are asked for.
    pub(super) fn discover(environment: &Environment) -> Result<Self, SourcesError> {
        let directory = environment.variable("FATWOOD_CREDENTIALS").map(|path| environment.expand(path));
        let named = environment.variable("NETRC").map(|path| environment.expand(path));
        let path = named.or_else(|| environment.in_home(".netrc"));
        let netrc = path.as_deref().map(environment::read).transpose()?.flatten();
        Ok(Self { directory, netrc: netrc.as_deref().map(netrc::parse).unwrap_or_default() })
    }

    /// The mounted credentials of an id.
    pub(super) fn mounted(&self, id: &SourceId) -> Result<Option<Credentials>, SourcesError> {
        let Some(directory) = self.directory.as_ref().map(|directory| directory.join(id.as_str())) else {
            return Ok(None);
        };
        if !directory.is_dir() {
            return Ok(None);
        }
        if let Some(token) = secret(&directory.join("token"))? {
            return Ok(Some(Credentials::Bearer(Secret::new(token))));
        }
        match (secret(&directory.join("username"))?, secret(&directory.join("password"))?) {
            (Some(username), Some(password)) => {
                Ok(Some(Credentials::Basic { username, password: Secret::new(password) }))
            }
            _ => Err(SourcesError::Credentials {
                path: directory,
                reason: "expected the files `username` and `password`, or `token`".to_owned(),
            }),
        }
    }

    /// The credentials that netrc has for the host of a URL. They do not travel without encryption.
    pub(super) fn of_host(&self, url: &Url) -> Option<Credentials> {
        let protected = url.scheme() == "https" || address::is_loopback(url);
        let entry = netrc::find(&self.netrc, url.host_str().filter(|_| protected)?)?;
        if entry.login.is_empty() && entry.password.is_empty() {
            return None;
        }
        let (username, password) = (entry.login.clone(), Secret::new(&entry.password));
        Some(Credentials::Basic { username, password })
    }
}

fn secret(path: &Path) -> Result<Option<String>, SourcesError> {
    let text = environment::read(path)?;
    Ok(text.map(|text| match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        None => text,
    }))
}
