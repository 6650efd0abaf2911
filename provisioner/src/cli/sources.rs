//! From flags to sources, and to the means of a run.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use fatwood_resolver::cache::Cache;
use fatwood_resolver::fetch::{Addressing, Fetcher};
use fatwood_resolver::manifest::SourceId;
use fatwood_resolver::pin::Context;
use fatwood_resolver::python::requirements_file::{IndexLine, IndexRole, Requirements};
use fatwood_resolver::requirements::{NamedUrl, Spec};
use fatwood_resolver::sources::{Address, Environment, Flags, S3Flags, Sources};
use url::Url;

use super::arguments::{S3Addressing, SourceFlags};
use super::error::CliError;
use super::terminal::Terminal;

/// The means of a run: no connection is made and no file written yet, but for the cache's directory.
pub(super) fn context(flags: &SourceFlags, terminal: &Arc<Terminal>) -> Result<Context, CliError> {
    let observer = Arc::clone(terminal);
    Ok(Context { fetcher: fetcher(flags), cache: cache(flags)?, observer })
}

/// The network, or none.
pub(super) fn fetcher(flags: &SourceFlags) -> Fetcher {
    if flags.offline { Fetcher::offline() } else { Fetcher::new() }
}

/// The local cache.
pub(super) fn cache(flags: &SourceFlags) -> Result<Cache, CliError> {
    Ok(Cache::open(&cache_directory(flags)?)?)
}

/// `--cache` (or `FATWOOD_CACHE`), else what the XDG Base Directory Specification says.
fn cache_directory(flags: &SourceFlags) -> Result<PathBuf, CliError> {
    if let Some(cache) = &flags.cache {
        return Ok(cache.clone());
    }
    let environment = Environment::of_process();
    let xdg =
        environment.variables.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = xdg.or_else(|| environment.home.map(|home| home.join(".cache")));
    Ok(base.ok_or(CliError::NoCache)?.join("fatwood"))
}

/// The sources of a set: its own, with the repositories and indexes of flags and of requirements files
/// before them.
pub(super) fn discover(
    spec: &mut Spec,
    given: &SourceFlags,
    requirements: &Requirements,
) -> Result<Sources, CliError> {
    let mut flags = Flags {
        allow_http: given.allow_http.iter().cloned().collect(),
        maven_settings: given.maven_settings.clone(),
        s3: s3(given)?,
        ..Flags::default()
    };
    add_repositories(spec, given, &mut flags)?;
    add_indexes(spec, given, requirements, &mut flags)?;
    Ok(Sources::discover(spec, &flags, &Environment::of_process())?)
}

fn s3(given: &SourceFlags) -> Result<S3Flags, CliError> {
    Ok(S3Flags {
        endpoint: given.s3_endpoint.as_deref().map(|text| address("--s3-endpoint", text)).transpose()?,
        region: given.s3_region.clone(),
        addressing: given.s3_addressing.map(|style| match style {
            S3Addressing::Path => Addressing::Path,
            S3Addressing::Virtual => Addressing::Virtual,
        }),
        profile: given.aws_profile.clone(),
        anonymous: given.s3_anonymous,
    })
}

fn add_repositories(spec: &mut Spec, given: &SourceFlags, flags: &mut Flags) -> Result<(), CliError> {
    let mut repositories = Vec::new();
    for text in &given.repositories {
        repositories.push(match Repository::of(text)? {
            Repository::Id(id) => NamedUrl::Id(id),
            Repository::Url(url) => {
                flags.listed.push(address("--repositories", url.as_str())?);
                NamedUrl::Url(url)
            }
            Repository::Both(id, address) => {
                flags.repositories.insert(id.clone(), address);
                NamedUrl::Id(id)
            }
        });
    }
    let central = NamedUrl::Id(id("central")?);
    if !repositories.is_empty() && spec.repositories.is_empty() && !repositories.contains(&central) {
        spec.repositories.push(central);
    }
    spec.repositories.splice(0..0, repositories);
    Ok(())
}

fn add_indexes(
    spec: &mut Spec,
    given: &SourceFlags,
    requirements: &Requirements,
    flags: &mut Flags,
) -> Result<(), CliError> {
    let (mut links, mut extra) = (Vec::new(), Vec::new());
    for IndexLine { url, role, place } in &requirements.indexes {
        match role {
            IndexRole::Links => links.push(NamedUrl::FindLinks { find_links: url.clone() }),
            IndexRole::Extra => extra.push(NamedUrl::Url(url.clone())),
            IndexRole::Default => {
                let address = Address::try_from(url.clone());
                let address =
                    address.map_err(|error| CliError::Input(format!("{place}: the index URL {error}")))?;
                flags.declared_index = Some(address);
            }
        }
    }
    for text in &given.extra_index_url {
        flags.listed.push(address("--extra-index-url", text)?);
        let url = Url::parse(text).map_err(|_| wrong("--extra-index-url", "is not well-formed"))?;
        extra.push(NamedUrl::Url(url));
    }
    for text in &given.find_links {
        flags.listed.push(address("--find-links", text)?);
        let find_links = Url::parse(text).map_err(|_| wrong("--find-links", "is not well-formed"))?;
        links.push(NamedUrl::FindLinks { find_links });
    }
    extra.splice(0..0, links);
    if !extra.is_empty() && spec.indexes.is_empty() {
        spec.indexes.push(NamedUrl::Id(id("pypi")?));
    }
    // Before the others, so that a private project is never taken from the public index.
    spec.indexes.splice(0..0, extra);
    if let Some(text) = &given.index_url {
        flags.indexes.insert(id("pypi")?, address("--index-url", text)?);
    }
    Ok(())
}

fn address(flag: &str, text: &str) -> Result<Address, CliError> {
    text.parse().map_err(|error| wrong(flag, error))
}

/// A wrong URL of a flag is not shown: it may hold a password.
fn wrong(flag: &str, problem: impl Display) -> CliError {
    CliError::Usage(format!("`{flag}`: the URL {problem}"))
}

fn id(text: &str) -> Result<SourceId, CliError> {
    text.parse().map_err(|error| CliError::Usage(format!("{error}")))
}

/// One item of `--repositories`.
enum Repository {
    Id(SourceId),
    Url(Url),
    Both(SourceId, Address),
}

impl Repository {
    fn of(text: &str) -> Result<Self, CliError> {
        const FLAG: &str = "--repositories";
        if let Some((id, url)) = text.split_once('=')
            && let Ok(id) = id.parse()
        {
            return Ok(Self::Both(id, address(FLAG, url)?));
        }
        if text.contains("://") || text.contains('@') {
            return Url::parse(text).map(Self::Url).map_err(|_| wrong(FLAG, "is not well-formed"));
        }
        text.parse().map(Self::Id).map_err(|error| CliError::Usage(format!("`{FLAG}`: {error}")))
    }
}
