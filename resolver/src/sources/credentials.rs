//! What lets us in, from mounted files and netrc.
//!
//! `FATWOOD_CREDENTIALS` names a directory with one directory for each id: `ID/username` and
//! `ID/password`, the keys of a Secret of type `kubernetes.io/basic-auth` mounted there, or `ID/token`
//! for a bearer token. One newline at the end of a file is not part of the secret.
//!
//! They go where the user says that the id is. A URL of a set gets them only where `ID/url` binds them to
//! it: that file's URL is the set's, or one above it on the same host.

use std::path::{Path, PathBuf};

use url::Url;

use super::{Address, Environment, InvalidAddress, SourcesError, address, environment, netrc};
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

    /// Whether the file `url` beside the mounted credentials of an id lets them go to a URL.
    pub(super) fn binds(&self, id: &SourceId, url: &Url) -> Result<bool, SourcesError> {
        let Some(directory) = &self.directory else { return Ok(false) };
        let path = directory.join(id.as_str()).join("url");
        let Some(text) = environment::read(&path)? else { return Ok(false) };
        let bound: Address = text.parse().map_err(|error: InvalidAddress| SourcesError::Credentials {
            path,
            reason: format!("the URL {error}"),
        })?;
        Ok(is_below(&bound.url, url))
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

/// Whether a URL is `base` or below it. What follows the path of `base` is of plain names alone: to some
/// servers `%2F..` and `..;` lead up again.
fn is_below(base: &Url, url: &Url) -> bool {
    let authority =
        |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let rest = url.path().strip_prefix(base.path().trim_end_matches('/'));
    let is_plain = |segment: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+');
        segment.chars().all(fits) && !segment.starts_with("..")
    };
    authority(base) == authority(url)
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && rest.split('/').all(is_plain))
}

fn secret(path: &Path) -> Result<Option<String>, SourcesError> {
    let text = environment::read(path)?;
    Ok(text.map(|text| match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        None => text,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_url_covers_what_is_below_it() {
        let check = |base: &str, url: &str, expected: bool| {
            let [parsed_base, parsed] = [base, url].map(|url| Url::parse(url).expect(url));
            assert_eq!(is_below(&parsed_base, &parsed), expected, "{base} {url}");
        };
        check("https://h.example.org", "https://h.example.org/any/where/", true);
        check("https://h.example.org/a", "https://h.example.org/a", true);
        check("https://h.example.org/a/", "https://h.example.org/a", true);
        check("https://h.example.org/a", "https://h.example.org:443/a/b", true);
        check("https://h.example.org/a%20b", "https://h.example.org/a%20b/c", true);
        check("https://h.example.org/a", "https://h.example.org/ab", false);
        check("https://h.example.org/a", "https://h.example.org/", false);
        check("https://h.example.org/a", "https://h.example.org/a/../b", false);
        check("https://h.example.org/a", "https://h.example.org/a/%2e%2e/b", false);
        check("https://h.example.org/a", "https://h.example.org/a/..%2fb", false);
        check("https://h.example.org/a", "https://h.example.org/a/..;/b", false);
        check("https://h.example.org/a", "http://h.example.org/a", false);
        check("https://h.example.org/a", "https://h.example.org:8443/a", false);
        check("https://h.example.org/a", "https://h.example.org.evil.example/a", false);
        check("https://h.example.org/a", "https://evil.example/a", false);
    }
}
