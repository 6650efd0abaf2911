//! The order in which places are asked where an id is, and whether what they say is fit.

use std::sync::Arc;

use url::Url;

use super::maven::Found;
use super::named::{self, Named};
use super::{Address, InvalidAddress, Role, Sources, SourcesError, address, python};
use crate::fetch::{Credentials, shown};
use crate::manifest::SourceId;

/// A URL on its way to become a repository or an index.
pub(super) struct Candidate {
    /// The URL.
    pub address: Address,
    /// The id whose credentials apply.
    pub credentials_of: String,
    /// Who says that the URL is the id's.
    pub said_by: SaidBy,
    /// Where the URL stands, for people.
    pub place: String,
}

/// Who says where an id is, and with it whether the id's credentials go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaidBy {
    /// Whoever runs this, in flags, variables, or the configuration of their tools.
    User,
    /// The set, or a requirements file. Either may come from somebody who has no business with the
    /// user's credentials, and could name any of their ids.
    Set,
}

impl Sources {
    /// Where a repository is, before its URL is found fit.
    pub(super) fn repository_candidate(&self, id: &SourceId) -> Result<Candidate, SourcesError> {
        const ROLE: Role = Role::Repository;
        if let Some(own) = self.own(ROLE, id)? {
            return Ok(own);
        }
        let listed = self.repositories.iter().find(|named| named.id == *id);
        let said_by = listed.map_or(SaidBy::Set, |named| named.said_by);
        let address = listed.and_then(|named| named.address.as_ref());
        let declared = address.map(|address| Found {
            url: address.url.to_string(),
            server: id.to_string(),
            said_by,
            place: "the set".to_owned(),
        });
        let found = self.maven()?.repository(id, declared, self.allows_http(ROLE, id))?;
        let found = found.ok_or_else(|| SourcesError::NotConfigured { role: ROLE, id: id.clone() })?;
        let mut candidate = candidate(ROLE, id, &python::Written { url: found.url, place: found.place })?;
        // The set's own credentials, unless a mirror has taken the repository's place.
        if let Some(address) = address.filter(|address| address.url == candidate.address.url) {
            candidate.address.credentials.clone_from(&address.credentials);
        }
        candidate.credentials_of = found.server;
        candidate.said_by = found.said_by;
        Ok(candidate)
    }

    /// Where an index is, before its URL is found fit, and without asking the installed pip.
    pub(super) fn index_candidate(&self, id: &SourceId) -> Result<Option<Candidate>, SourcesError> {
        if let Some(own) = self.own(Role::Index, id)? {
            return Ok(Some(own));
        }
        let is_pypi = id.as_str() == "pypi";
        let of_variables = if is_pypi {
            python::of_variables(&self.environment)
        } else {
            python::named_by_uv(&self.environment, id.as_str())
        };
        if let Some(written) = of_variables {
            return candidate(Role::Index, id, &written).map(Some);
        }
        if let Some(address) = self.flags.declared_index.clone().filter(|_| is_pypi) {
            let (credentials_of, place) = (id.to_string(), "a requirements file".to_owned());
            return Ok(Some(Candidate { address, credentials_of, said_by: SaidBy::Set, place }));
        }
        let listed = self.indexes.iter().find(|named| named.id == *id);
        if let Some((named, address)) = listed.and_then(|named| Some((named, named.address.clone()?))) {
            let (credentials_of, place) = (id.to_string(), "the set".to_owned());
            return Ok(Some(Candidate { address, credentials_of, said_by: named.said_by, place }));
        }
        if is_pypi {
            let of_files = self.pip()?.index();
            return of_files.map(|written| candidate(Role::Index, id, written)).transpose();
        }
        let extra = self.extra_indexes()?.into_iter().find(|named| named.id == *id);
        Ok(extra.and_then(|named| named.address).map(|address| Candidate {
            address,
            credentials_of: id.to_string(),
            said_by: SaidBy::User,
            place: "the extra indexes of pip".to_owned(),
        }))
    }

    /// What the flags or our own variables say.
    pub(super) fn own(&self, role: Role, id: &SourceId) -> Result<Option<Candidate>, SourcesError> {
        let flags = match role {
            Role::Repository => &self.flags.repositories,
            Role::Index => &self.flags.indexes,
        };
        if let Some(address) = flags.get(id).cloned() {
            let (credentials_of, place) = (id.to_string(), "the command line".to_owned());
            return Ok(Some(Candidate { address, credentials_of, said_by: SaidBy::User, place }));
        }
        let name = role.variable(id);
        let Some(url) = self.environment.variable(&name) else { return Ok(None) };
        let written = python::Written { url: url.to_owned(), place: format!("the variable {name}") };
        candidate(role, id, &written).map(Some)
    }

    /// pip's extra indexes, named as the set's would be.
    pub(super) fn extra_indexes(&self) -> Result<Vec<Named>, SourcesError> {
        let mut addresses = Vec::new();
        for written in self.pip()?.extra(&self.environment) {
            let place = written.place;
            let address = written.url.parse().map_err(|error: InvalidAddress| SourcesError::Url {
                role: Role::Index,
                id: named::id("extra"),
                place,
                reason: error.to_string(),
            })?;
            addresses.push(address);
        }
        Ok(named::of_addresses(addresses))
    }

    /// Finds a URL fit, and what lets us in.
    pub(super) fn settle(
        &self,
        role: Role,
        id: &SourceId,
        candidate: Candidate,
    ) -> Result<(Url, Option<Arc<Credentials>>), SourcesError> {
        let Candidate { address: Address { url, credentials }, credentials_of, said_by, place } = candidate;
        if url.scheme() == "s3" {
            let reason = "is one of `s3://`, which serves for populating alone; resolving needs https";
            return Err(SourcesError::Url { role, id: id.clone(), place, reason: reason.to_owned() });
        }
        self.check_encrypted(role, id, &url, place)?;
        if credentials.is_some() {
            return Ok((url, credentials));
        }
        // A set may ask for plain http; it does not ask for secrets to travel that way.
        let protected = is_protected(&url) || self.allow_http.contains(id.as_str());
        let of_id = if protected { self.of_id(role, &credentials_of, said_by, &url)? } else { None };
        let found = match of_id {
            None => self.credentials()?.of_host(&url),
            found => found,
        };
        Ok((url, found.map(Arc::new)))
    }

    /// The credentials bound to an id, where they may go to a URL.
    fn of_id(
        &self,
        role: Role,
        credentials_of: &str,
        said_by: SaidBy,
        url: &Url,
    ) -> Result<Option<Credentials>, SourcesError> {
        let files = self.credentials()?;
        // Another text, as the id of a mirror may be, names no directory.
        if let Ok(id) = credentials_of.parse::<SourceId>()
            && (said_by == SaidBy::User || files.binds(&id, url)?)
            && let Some(mounted) = files.mounted(&id)?
        {
            return Ok(Some(mounted));
        }
        match (role, said_by) {
            (Role::Repository, SaidBy::User) => self.maven()?.credentials(credentials_of),
            (Role::Repository, SaidBy::Set) | (Role::Index, _) => Ok(None),
        }
    }

    pub(super) fn check_encrypted(
        &self,
        role: Role,
        id: &SourceId,
        url: &Url,
        place: String,
    ) -> Result<(), SourcesError> {
        if is_protected(url) || self.allows_http(role, id) {
            return Ok(());
        }
        Err(SourcesError::PlainHttp { role, id: id.clone(), url: shown(url), place })
    }

    fn allows_http(&self, role: Role, id: &SourceId) -> bool {
        let listed = match role {
            Role::Repository => &self.repositories,
            Role::Index => &self.indexes,
        };
        let in_set = listed.iter().any(|named| named.id == *id && named.allow_http);
        in_set || self.allow_http.contains(id.as_str())
    }
}

/// Whether nobody on the way to a URL can read or change what travels.
fn is_protected(url: &Url) -> bool {
    url.scheme() == "https" || address::is_loopback(url)
}

/// What a user has written somewhere, as a candidate.
pub(super) fn candidate(
    role: Role,
    id: &SourceId,
    written: &python::Written,
) -> Result<Candidate, SourcesError> {
    let place = written.place.clone();
    match written.url.parse::<Address>() {
        Ok(address) => {
            Ok(Candidate { address, credentials_of: id.to_string(), said_by: SaidBy::User, place })
        }
        Err(error) => Err(SourcesError::Url { role, id: id.clone(), place, reason: error.to_string() }),
    }
}
