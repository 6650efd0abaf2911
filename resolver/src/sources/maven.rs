//! Where Maven's user and installation say that repositories are: `settings.xml` and the super POM.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
mod installation;
mod mirror;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use self::mirror::Mirror;
use self::settings::{Server, Settings};
use super::locate::SaidBy;
use super::{Environment, Flags, Role, SourcesError, environment};
use crate::fetch::{Credentials, Proxies, Proxy, shown};
use crate::manifest::SourceId;

/// The id of the mirror with which Maven 3.8.1 and newer refuse plain http.
const HTTP_BLOCKER: &str = "maven-default-http-blocker";

/// Maven's configuration: the user's settings, then the installation's, whose entries count where the
/// user's have none of the same id.
#[derive(Default)]
pub(super) struct Maven {
    files: Vec<(PathBuf, Settings)>,
    home: Option<PathBuf>,
}

/// What Maven's configuration says of one repository.
pub(super) struct Found {
    /// The URL as it is written.
    pub url: String,
    /// The id whose `<server>` has the credentials: the mirror's, where there is one.
    pub server: String,
    /// Who says that the URL is the repository's.
    pub said_by: SaidBy,
    /// Where the URL stands, for people.
    pub place: String,
}

impl Maven {
    /// Reads `settings.xml` of the user (`~/.m2`, or the one that the flags name) and of the
    /// installation.
    pub(super) fn discover(flags: &Flags, environment: &Environment) -> Result<Self, SourcesError> {
        let home = installation::find(environment);
        let user = flags.maven_settings.clone().or_else(|| environment.in_home(".m2/settings.xml"));
        let global = home.as_ref().map(|home| home.join("conf/settings.xml"));
        let mut files = Vec::new();
        for path in [user, global].into_iter().flatten() {
            match environment::read(&path)? {
                Some(text) => {
                    let settings = Settings::parse(&text, environment)
                        .map_err(|fault| SourcesError::malformed(&path, format!("it {fault}")))?;
                    files.push((path, settings));
                }
                None if flags.maven_settings.as_ref() == Some(&path) => {
                    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
                    return Err(SourcesError::Unreadable { path, source });
                }
                None => {}
            }
        }
        Ok(Self { files, home })
    }

    /// Where a repository is: at its mirror, or at `declared`, or where an active profile or, for
    /// `central`, the super POM says.
    pub(super) fn repository(
        &self,
        id: &SourceId,
        declared: Option<Found>,
        allow_http: bool,
    ) -> Result<Option<Found>, SourcesError> {
        let found = declared.or_else(|| self.of_profile(id));
        let found = match found {
            // A mirror that serves `central` whatever its URL spares looking for an installed Maven.
            None if id.as_str() == "central" && self.mirror(id, None, allow_http).is_none() => {
                self.home.as_deref().map(installation::central).transpose()?.flatten()
            }
            found => found,
        };
        let url = found.as_ref().and_then(|found| Url::parse(&found.url).ok());
        let Some((path, mirror)) = self.mirror(id, url.as_ref(), allow_http) else { return Ok(found) };
        // Maven's own blocker stands for a rule that holds here too, with a remedy of its own.
        if mirror.id == HTTP_BLOCKER
            && mirror.blocked
            && let (Some(url), Some(found)) = (url.filter(|url| url.scheme() == "http"), &found)
        {
            let (role, url, place) = (Role::Repository, shown(&url), found.place.clone());
            return Err(SourcesError::PlainHttp { role, id: id.clone(), url, place });
        }
        if mirror.blocked {
            let (mirror, path) = (mirror.id.clone(), path.clone());
            return Err(SourcesError::Blocked { id: id.clone(), mirror, path });
        }
        let place = format!("mirror `{}` of {}", mirror.id, path.display());
        Ok(Some(Found { url: mirror.url.clone(), server: mirror.id.clone(), said_by: SaidBy::User, place }))
    }

    /// The credentials of a `<server>`.
    pub(super) fn credentials(&self, server: &str) -> Result<Option<Credentials>, SourcesError> {
        let mut servers = self.all(|settings| &settings.servers);
        match servers.find(|(_, candidate)| candidate.id == server) {
            Some((path, server)) => Server::credentials(server, path),
            None => Ok(None),
        }
    }

    /// The proxies to repositories.
    pub(super) fn proxies(&self) -> Result<Option<Arc<Proxies>>, SourcesError> {
        let proxies = self.all(|settings| &settings.proxies).map(|(path, entry)| entry.proxy(path));
        let proxies: Vec<Proxy> = proxies.collect::<Result<_, _>>()?;
        Ok(if proxies.is_empty() { None } else { Some(Arc::new(Proxies::new(proxies))) })
    }

    fn mirror(&self, id: &SourceId, url: Option<&Url>, allow_http: bool) -> Option<(&PathBuf, &Mirror)> {
        // Who allows plain http for a repository has answered what Maven's own blocker asks.
        let counts = |mirror: &Mirror| !(allow_http && mirror.blocked && mirror.id == HTTP_BLOCKER);
        let mut mirrors: Vec<(&PathBuf, &Mirror)> = Vec::new();
        for (path, mirror) in self.all(|settings| &settings.mirrors) {
            if counts(mirror) && mirrors.iter().all(|(_, earlier)| earlier.id != mirror.id) {
                mirrors.push((path, mirror));
            }
        }
        mirror::select(mirrors, |(_, mirror)| mirror, id.as_str(), url)
    }

    fn of_profile(&self, id: &SourceId) -> Option<Found> {
        self.files.iter().find_map(|(path, settings)| {
            let active = settings.active_profiles();
            // A later profile overrides an earlier one, as in Maven.
            let repositories = active.rev().flat_map(|profile| &profile.repositories);
            let (_, url) = repositories.into_iter().find(|(candidate, _)| candidate == id.as_str())?;
            let place = format!("a profile of {}", path.display());
            Some(Found { url: url.clone(), server: id.to_string(), said_by: SaidBy::User, place })
        })
    }

    fn all<'a, T: 'a>(
        &'a self,
        entries: impl Fn(&'a Settings) -> &'a Vec<T> + 'a,
    ) -> impl Iterator<Item = (&'a PathBuf, &'a T)> {
        self.files
            .iter()
            .flat_map(move |(path, settings)| entries(settings).iter().map(move |entry| (path, entry)))
    }
}
