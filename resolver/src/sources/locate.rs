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
    /// Where the URL stands, for people.
    pub place: String,
}

impl Sources {
    /// Where a repository is, before its URL is found fit.
    pub(super) fn repository_candidate(&self, id: &SourceId) -> Result<Candidate, SourcesError> {
        const ROLE: Role = Role::Repository;
        if let Some(own) = self.own(ROLE, id)? {
            return Ok(own);
        }
        let listed = self.repositories.iter().find(|named| named.id == *id);
        let address = listed.and_then(|named| named.address.as_ref());
        let declared = address.map(|address| Found {
            url: address.url.to_string(),
            server: id.to_string(),
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
        let listed = self.indexes.iter().find(|named| named.id == *id);
        if let Some(address) = listed.and_then(|named| named.address.clone()) {
            let (credentials_of, place) = (id.to_string(), "the set".to_owned());
            return Ok(Some(Candidate { address, credentials_of, place }));
        }
        if is_pypi {
            let of_files = self.pip()?.index();
            return of_files.map(|written| candidate(Role::Index, id, written)).transpose();
        }
        let extra = self.extra_indexes()?.into_iter().find(|named| named.id == *id);
        Ok(extra.and_then(|named| named.address).map(|address| Candidate {
            address,
            credentials_of: id.to_string(),
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
            return Ok(Some(Candidate { address, credentials_of, place }));
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
        let Candidate { address: Address { url, credentials }, credentials_of, place } = candidate;
        if url.scheme() == "s3" {
            let reason = "is one of `s3://`, which serves for populating alone; resolving needs https";
            return Err(SourcesError::Url { role, id: id.clone(), place, reason: reason.to_owned() });
        }
        self.check_encrypted(role, id, &url, place)?;
        if credentials.is_some() {
            return Ok((url, credentials));
        }
        let files = self.credentials()?;
        let mounted = match credentials_of.parse::<SourceId>() {
            Ok(id) => files.mounted(&id)?,
            // Such an id, of a mirror, names no directory.
            Err(_) => None,
        };
        let of_server = match role {
            Role::Repository if mounted.is_none() => self.maven()?.credentials(&credentials_of)?,
            Role::Repository | Role::Index => None,
        };
        let found = mounted.or(of_server).or_else(|| files.of_host(&url));
        Ok((url, found.map(Arc::new)))
    }

    pub(super) fn check_encrypted(
        &self,
        role: Role,
        id: &SourceId,
        url: &Url,
        place: String,
    ) -> Result<(), SourcesError> {
        if url.scheme() == "https" || address::is_loopback(url) || self.allows_http(role, id) {
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

pub(super) fn candidate(
    role: Role,
    id: &SourceId,
    written: &python::Written,
) -> Result<Candidate, SourcesError> {
    let place = written.place.clone();
    match written.url.parse::<Address>() {
        Ok(address) => Ok(Candidate { address, credentials_of: id.to_string(), place }),
        Err(error) => Err(SourcesError::Url { role, id: id.clone(), place, reason: error.to_string() }),
    }
}
