//! From flags to sources, and to the means of a run.

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
    let cache = Cache::open(&cache_directory(flags)?)?;
    let observer = Arc::clone(terminal);
    Ok(Context { fetcher: Fetcher::new(), cache, observer })
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

/// Adds the repositories and indexes of flags and of requirements files to those of a set, before them.
/// What a requirements file says of the default index holds where no flag says it.
pub(super) fn extend(
    spec: &mut Spec,
    flags: &mut SourceFlags,
    requirements: &Requirements,
) -> Result<(), CliError> {
    let mut repositories = Vec::new();
    for text in &flags.repositories {
        repositories.push(match Repository::of(text)? {
            Repository::Id(id) | Repository::Both(id, _) => NamedUrl::Id(id),
            Repository::Url(url) => NamedUrl::Url(url),
        });
    }
    spec.repositories.splice(0..0, repositories);
    for line in &requirements.indexes {
        match line.role {
            IndexRole::Extra => flags.extra_index_url.push(line.url.clone()),
            IndexRole::Default if flags.index_url.is_none() => flags.index_url = Some(address(line)?),
            IndexRole::Default => {}
        }
    }
    if !flags.extra_index_url.is_empty() {
        if spec.indexes.is_empty() {
            spec.indexes.push(NamedUrl::Id(pypi()?));
        }
        // Before the others, so that a private project is never taken from the public index.
        spec.indexes.splice(0..0, flags.extra_index_url.iter().cloned().map(NamedUrl::Url));
    }
    Ok(())
}

fn address(line: &IndexLine) -> Result<Address, CliError> {
    let place = &line.place;
    line.url.clone().try_into().map_err(|error| CliError::Input(format!("{place}: the index URL {error}")))
}

/// The sources of a set that [`extend`] has added the flags' to.
pub(super) fn discover(spec: &Spec, given: &SourceFlags) -> Result<Sources, CliError> {
    Ok(Sources::discover(spec, &flags(given)?, &Environment::of_process())?)
}

/// What the flags say of where ids are.
fn flags(flags: &SourceFlags) -> Result<Flags, CliError> {
    let mut sources = Flags {
        s3: S3Flags {
            endpoint: flags.s3_endpoint.clone(),
            region: flags.s3_region.clone(),
            addressing: flags.s3_addressing.map(|style| match style {
                S3Addressing::Path => Addressing::Path,
                S3Addressing::Virtual => Addressing::Virtual,
            }),
            anonymous: flags.s3_anonymous,
            ..S3Flags::default()
        },
        ..Flags::default()
    };
    for text in &flags.repositories {
        if let Repository::Both(id, address) = Repository::of(text)? {
            sources.repositories.insert(id, address);
        }
    }
    if let Some(index) = &flags.index_url {
        sources.indexes.insert(pypi()?, index.clone());
    }
    Ok(sources)
}

fn pypi() -> Result<SourceId, CliError> {
    "pypi".parse().map_err(|error| CliError::Usage(format!("{error}")))
}

/// One item of `--repositories`.
enum Repository {
    Id(SourceId),
    Url(Url),
    Both(SourceId, Address),
}

impl Repository {
    fn of(text: &str) -> Result<Self, CliError> {
        let usage = |problem: String| CliError::Usage(format!("`--repositories`: {problem}"));
        if let Some((id, address)) = text.split_once('=')
            && let Ok(id) = id.parse()
        {
            let address = address.parse().map_err(|error| usage(format!("the URL of `{id}` {error}")))?;
            return Ok(Self::Both(id, address));
        }
        if text.contains("://") {
            return Url::parse(text)
                .map(Self::Url)
                .map_err(|error| usage(format!("expected a URL: {error}")));
        }
        text.parse().map(Self::Id).map_err(|error| usage(format!("{error}")))
    }
}
