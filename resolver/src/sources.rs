//! Where repositories, indexes and stores are, and what lets us in.
//!
//! A manifest names its sources by id. Here an id becomes a URL, by the first of these that knows it:
//!
//! 1. the flags;
//! 2. the environment: `FATWOOD_REPOSITORY_<ID>`, `FATWOOD_INDEX_<ID>`, where `<ID>` is the id in upper
//!    case with `_` for every other character than letters and digits (`my-repo` is `MY_REPO`); for
//!    `pypi` also `PIP_INDEX_URL`, `UV_DEFAULT_INDEX` and `UV_INDEX_URL`, for others `UV_INDEX`;
//! 3. for `pypi` the `-i` of a requirements file, and then the `DependencySet`;
//! 4. the user's other tools: repositories of active profiles in Maven's `settings.xml`, indexes in pip's
//!    configuration files;
//! 5. what these tools are built with: the super POM of the installed Maven for `central`, the installed
//!    pip for `pypi`. Nothing of ours holds the URL of a public registry.
//!
//! Mirrors of `settings.xml` apply to what 3 to 5 say of a repository, as they do in Maven: a set is
//! shared, a mirror belongs to the place where the set is resolved. The flags and our own variables are
//! final.
//!
//! Credentials are the URL's own, or those [mounted](credentials) for the id, or of the `<server>` of
//! that id in `settings.xml`, or those of the host in netrc. A mirror's id stands for the repository's.
//!
//! Those of an id go only where the user says that the id is, which is everywhere but at 3: who writes a
//! set chooses its ids, and would else choose who gets their secrets. A URL that stands in a set or a
//! requirements file gets its own credentials, or those of the host, or the mounted ones that a
//! [file `url`](credentials) beside them binds to it. A server that denies such a URL (401) is reached by
//! naming the URL in a flag or `FATWOOD_REPOSITORY_<ID>` (`FATWOOD_INDEX_<ID>`), or by that file. Nor
//! does the set's own `allowHttp` let credentials of an id travel without encryption; the user's flag or
//! `FATWOOD_ALLOW_HTTP` does.
//!
//! Everything is looked up when it is first needed: a set without Python never looks for pip.

mod address;
mod aws;
mod credentials;
mod environment;
mod error;
mod flags;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod ini;
mod locate;
mod maven;
mod named;
mod netrc;
mod python;
mod role;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use url::Url;

pub use self::address::{Address, InvalidAddress};
use self::credentials::CredentialFiles;
pub use self::environment::Environment;
pub use self::error::SourcesError;
pub use self::flags::{Flags, S3Flags};
use self::locate::candidate;
use self::maven::Maven;
use self::named::Named;
use self::python::Pip;
use self::role::variable;
pub use self::role::{Index, Repository, Role};
use crate::fetch::{Location, Remote, Store};
use crate::manifest::{FileName, Source, SourceId};
use crate::requirements::Spec;

/// The map from ids to URLs and credentials.
///
/// Its methods read files and may run the installed Python: they block, for seconds at worst.
pub struct Sources {
    flags: Flags,
    environment: Environment,
    repositories: Vec<Named>,
    indexes: Vec<Named>,
    allow_http: BTreeSet<String>,
    credentials: OnceLock<CredentialFiles>,
    maven: OnceLock<Maven>,
    pip: OnceLock<Pip>,
    built_in_index: OnceLock<Option<python::Written>>,
    stores: Mutex<BTreeMap<SourceId, Arc<Store>>>,
}

impl Sources {
    /// The sources of a set. Fails where the set contradicts itself; everything else fails when it is
    /// asked for.
    pub fn discover(spec: &Spec, flags: &Flags, environment: &Environment) -> Result<Self, SourcesError> {
        let allowed = environment.variable("FATWOOD_ALLOW_HTTP").unwrap_or_default();
        let allowed = allowed.split([',', ' ']).filter(|id| !id.is_empty()).map(str::to_owned);
        Ok(Self {
            flags: flags.clone(),
            environment: environment.clone(),
            repositories: named::list(Role::Repository, &spec.repositories, &flags.listed)?,
            indexes: named::list(Role::Index, &spec.indexes, &flags.listed)?,
            allow_http: allowed.chain(flags.allow_http.iter().map(SourceId::to_string)).collect(),
            credentials: OnceLock::new(),
            maven: OnceLock::new(),
            pip: OnceLock::new(),
            built_in_index: OnceLock::new(),
            stores: Mutex::new(BTreeMap::new()),
        })
    }

    /// The repositories to resolve from, in order: those of the set, or `central` where it has none.
    pub fn repositories(&self) -> Result<Vec<Repository>, SourcesError> {
        match self.repositories.as_slice() {
            [] => Ok(vec![self.repository(&named::id("central"))?]),
            listed => listed.iter().map(|named| self.repository(&named.id)).collect(),
        }
    }

    /// The repository of an id.
    pub fn repository(&self, id: &SourceId) -> Result<Repository, SourcesError> {
        let candidate = self.repository_candidate(id)?;
        let (url, credentials) = self.settle(Role::Repository, id, candidate)?;
        let listed = self.repositories.iter().find(|named| named.id == *id);
        let groups = listed.map(|named| named.groups.clone()).unwrap_or_default();
        let proxies = self.maven()?.proxies()?;
        Ok(Repository { id: id.clone(), url, credentials, groups, proxies })
    }

    /// The indexes to resolve from, in order: those of the set; where it has none, the extra indexes of
    /// the user's pip and then `pypi`, so that a private project is never taken from the public index.
    pub fn indexes(&self) -> Result<Vec<Index>, SourcesError> {
        if !self.indexes.is_empty() {
            return self.indexes.iter().map(|named| self.index(&named.id)).collect();
        }
        let pypi = named::id("pypi");
        let mut indexes = Vec::new();
        // Who says by our own means where `pypi` is does not speak of pip; the `-i` of a requirements
        // file stands for all of pip's indexes, as it does in pip.
        let declared =
            self.flags.declared_index.is_some() && python::of_variables(&self.environment).is_none();
        if !declared && self.own(Role::Index, &pypi)?.is_none() {
            for named in self.extra_indexes()? {
                indexes.push(self.index(&named.id)?);
            }
        }
        indexes.push(self.index(&pypi)?);
        Ok(indexes)
    }

    /// The index of an id.
    pub fn index(&self, id: &SourceId) -> Result<Index, SourcesError> {
        let candidate = match self.index_candidate(id)? {
            None if id.as_str() == "pypi" => {
                let built_in = self.built_in_index.get_or_init(|| python::built_in(&self.environment));
                let built_in = built_in.as_ref();
                built_in.map(|written| candidate(Role::Index, id, written)).transpose()?
            }
            candidate => candidate,
        };
        let candidate =
            candidate.ok_or_else(|| SourcesError::NotConfigured { role: Role::Index, id: id.clone() })?;
        let (url, credentials) = self.settle(Role::Index, id, candidate)?;
        let listed = self.indexes.iter().find(|named| named.id == *id);
        let packages = listed.map(|named| named.packages.clone()).unwrap_or_default();
        let is_flat = listed.is_some_and(|named| named.is_flat);
        Ok(Index { id: id.clone(), url, credentials, packages, is_flat })
    }

    /// The S3 store of an id; the same one for every call.
    pub fn store(&self, id: &SourceId) -> Result<Arc<Store>, SourcesError> {
        // A panic elsewhere leaves the map whole.
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(id) {
            return Ok(Arc::clone(store));
        }
        let store = Arc::new(Store::new(aws::settings(id, &self.flags.s3, &self.environment)?));
        stores.insert(id.clone(), Arc::clone(&store));
        Ok(store)
    }

    /// The location of a URL that the user named, with the credentials that netrc has for its host.
    pub fn http(&self, url: &Url) -> Result<Location, SourcesError> {
        let credentials = self.credentials()?.of_host(url).map(Arc::new);
        Ok(Location::new(url.clone()).with(credentials))
    }

    /// Where an artifact of a manifest is.
    ///
    /// A repository may be at `s3://bucket/prefix` here, in the store `s3`. A file of an index is at the
    /// URL that the manifest has; `FATWOOD_FILES_<ID>` puts another base before the URL's path, for
    /// mirrors that keep it. The index' credentials go along where the file is on the index' own host.
    pub fn remote(&self, source: &Source) -> Result<Remote, SourcesError> {
        match source {
            Source::Repository { repository, path } => self.repository_remote(repository, path),
            Source::Index { index, url } => self.index_remote(index, url).map(Remote::Http),
            Source::Store { store, bucket, key } => Ok(Remote::S3 {
                store: self.store(store)?,
                bucket: bucket.clone(),
                key: key.clone(),
                validator: None,
            }),
            Source::Url { url } => self.http(url).map(Remote::Http),
        }
    }

    fn repository_remote(&self, id: &SourceId, path: &FileName) -> Result<Remote, SourcesError> {
        let candidate = self.repository_candidate(id)?;
        let url = &candidate.address.url;
        if url.scheme() == "s3" {
            let prefix = url.path().trim_matches('/');
            let key = if prefix.is_empty() { path.to_string() } else { format!("{prefix}/{path}") };
            let bucket = url.host_str().unwrap_or_default().to_owned();
            let store = self.store(&named::id("s3"))?;
            return Ok(Remote::S3 { store, bucket, key, validator: None });
        }
        let (url, credentials) = self.settle(Role::Repository, id, candidate)?;
        let repository = Repository {
            id: id.clone(),
            url,
            credentials,
            groups: Vec::new(),
            proxies: self.maven()?.proxies()?,
        };
        Ok(Remote::Http(repository.location(path)))
    }

    fn index_remote(&self, id: &SourceId, url: &Url) -> Result<Location, SourcesError> {
        let name = variable("FATWOOD_FILES", id);
        let place = || format!("the variable {name}");
        if let Some(base) = self.environment.variable(&name) {
            let written = python::Written { url: base.to_owned(), place: place() };
            let base = candidate(Role::Index, id, &written)?;
            let (mut base, credentials) = self.settle(Role::Index, id, base)?;
            let path = format!("{}{}", base.path().trim_end_matches('/'), url.path());
            base.set_path(&path);
            return Ok(Location::new(base).with(credentials));
        }
        // The installed pip is not asked: it knows no credentials.
        let index = self.index_candidate(id)?.map(|candidate| self.settle(Role::Index, id, candidate));
        let location = self.http(url)?;
        match index.transpose()? {
            Some((index, credentials)) if index.origin() == url.origin() && credentials.is_some() => {
                Ok(location.with(credentials))
            }
            _ => {
                let place = "the manifest".to_owned();
                self.check_encrypted(Role::Index, id, url, place)?;
                Ok(location)
            }
        }
    }

    fn credentials(&self) -> Result<&CredentialFiles, SourcesError> {
        get_or_try_init(&self.credentials, || CredentialFiles::discover(&self.environment))
    }

    fn maven(&self) -> Result<&Maven, SourcesError> {
        get_or_try_init(&self.maven, || Maven::discover(&self.flags, &self.environment))
    }

    fn pip(&self) -> Result<&Pip, SourcesError> {
        get_or_try_init(&self.pip, || Pip::discover(&self.environment))
    }
}

impl fmt::Debug for Sources {
    /// The configuration holds secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// `OnceLock::get_or_try_init`, which is not stable. Who comes second drops what he has read.
fn get_or_try_init<T>(
    cell: &OnceLock<T>,
    read: impl FnOnce() -> Result<T, SourcesError>,
) -> Result<&T, SourcesError> {
    match cell.get() {
        Some(value) => Ok(value),
        None => read().map(|value| cell.get_or_init(|| value)),
    }
}

#[cfg(test)]
mod tests;
