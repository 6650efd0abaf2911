//! Gets what the resolution misses, from the repositories and from what this machine has kept.

use std::collections::{BTreeSet, HashMap, VecDeque};

use futures_util::future::{join, try_join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use url::Url;

use super::error::MavenError;
use super::gav::{Gav, metadata_path};
use super::graph::Graph;
use super::metadata;
use super::models::{Answer, PomFault, Query};
use super::pom::Pom;
use super::request::Request;
use super::resolution::{Resolution, ResolutionError, Step};
use crate::digest::{Algorithm, Checksum, Digest, Hasher};
use crate::fetch::{FetchError, shown};
use crate::manifest::FileName;
use crate::pin::Context;
use crate::requirements::Module;
use crate::sources::Repository;
use crate::xml::{MAX_SIZE, XmlFault};

/// How many queries are answered at once; each is two small requests at a time. The fetcher has a bound
/// of its own on what is on the wire.
const MAX_QUERIES: usize = 32;
/// `AWS CodeArtifact` answers a false 404 to a request without an `Accept` header.
pub(super) const ACCEPT: &str = "*/*";
/// The largest checksum file, in bytes: a hash and a file name.
pub(super) const MAX_CHECKSUM: usize = 4096;

/// A closure, and where its POMs were found.
pub(super) struct Closure {
    pub(super) graph: Graph,
    /// Where each POM was found.
    pub(super) origins: HashMap<Gav, Origin>,
}

/// Where a POM was found, and what it is.
pub(super) struct Origin {
    /// The index of the repository that had it.
    pub(super) repository: usize,
    pub(super) sha256: Digest,
}

/// An answer, and where it comes from, where that is one place.
struct Found {
    answer: Answer,
    origin: Option<Origin>,
}

/// Drives a resolution to its end.
///
/// There are no rounds: each answer is fed as it arrives, and what is newly missing is asked for while
/// the other queries are still under way. What is under way when the closure is there is dropped.
pub(super) async fn complete(
    request: &Request<'_>,
    repositories: &[Repository],
    context: &Context,
) -> Result<Closure, MavenError> {
    if repositories.is_empty() && !request.packages.is_empty() {
        return Err(MavenError::NoRepository);
    }
    let mut resolution = Resolution::new(request).map_err(MavenError::Resolution)?;
    let mut origins = HashMap::new();
    let mut asked = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let mut running = FuturesUnordered::new();
    loop {
        match resolution.ask().map_err(|error| not_found(error, repositories))? {
            Step::Done(graph) => return Ok(Closure { graph, origins }),
            Step::Missing(queries) => {
                waiting.extend(queries.into_iter().filter(|query| asked.insert(query.clone())));
            }
        }
        let mut fill = |running: &mut FuturesUnordered<_>| {
            while running.len() < MAX_QUERIES
                && let Some(query) = waiting.pop_front()
            {
                running.push(answer(query, repositories, context));
            }
        };
        fill(&mut running);
        // One answer is waited for; those that have arrived with it are taken along, and what waits takes
        // their places: asking costs more than feeding, and what the cache has is there at once.
        let mut next = running.next().await;
        while let Some(answered) = next {
            let (query, found) = answered?;
            if let (Query::Pom(gav), Some(origin)) = (&query, found.origin) {
                origins.insert(gav.clone(), origin);
            }
            resolution.feed(query, found.answer);
            fill(&mut running);
            next = running.next().now_or_never().flatten();
        }
    }
}

async fn answer(
    query: Query,
    repositories: &[Repository],
    context: &Context,
) -> Result<(Query, Found), MavenError> {
    let found = match &query {
        Query::Pom(gav) => pom(gav, repositories, context).await?,
        Query::Versions(module) => {
            let lists = repositories.iter().map(|repository| versions(module, repository, context));
            let versions = try_join_all(lists).await?.concat();
            Found { answer: Answer::Versions(versions), origin: None }
        }
    };
    Ok((query, found))
}

/// The POM from the first repository that has it.
///
/// The POM of a release never changes, so one that was fetched and checked before is not fetched again.
/// That a repository does not have one is never kept: tomorrow it may.
async fn pom(gav: &Gav, repositories: &[Repository], context: &Context) -> Result<Found, MavenError> {
    let path = gav.pom_path().map_err(|source| MavenError::Name { package: gav.to_string(), source })?;
    for (index, repository) in repositories.iter().enumerate() {
        if let Some((bytes, sha256)) = pom_of(gav, &path, repository, context).await? {
            let origin = Origin { repository: index, sha256 };
            return Ok(Found { answer: Answer::Pom(bytes), origin: Some(origin) });
        }
    }
    Ok(Found { answer: Answer::Absent, origin: None })
}

async fn pom_of(
    gav: &Gav,
    path: &FileName,
    repository: &Repository,
    context: &Context,
) -> Result<Option<(Vec<u8>, Digest)>, MavenError> {
    let key = format!("pom {} {path}", repository.url);
    // A read of a few kilobytes; handing it to another thread would cost more.
    if let Some(kept) = context.cache.hashed_document(&key) {
        return Ok(Some(kept));
    }
    let what = format!("the POM of `{gav}`");
    let failed = |source| MavenError::Fetch { what: what.clone(), repository: repository.id.clone(), source };
    let location = repository.location(path);
    let (document, checksum) = join(
        context.fetcher.document(&location, ACCEPT, MAX_SIZE),
        checksum_beside(path, Algorithm::Sha1, repository, context),
    )
    .await;
    let Some(document) = document.map_err(failed)? else { return Ok(None) };
    let mut hasher = Hasher::new(checksum.map_err(failed)?);
    hasher.update(&document.bytes);
    let hashed = hasher.finish();
    if let Some(disagreement) = hashed.disagreement {
        let disagreement = Box::new(disagreement);
        return Err(MavenError::Checksum { what, repository: repository.id.clone(), disagreement });
    }
    match Pom::parse(&document.bytes) {
        Ok(_) => keep(key, &what, document.bytes.clone(), context).await?,
        // No release can have such a POM, so it is the repository that has something wrong.
        Err(fault @ XmlFault::WebPage) => {
            return Err(MavenError::Document { what, repository: repository.id.clone(), fault });
        }
        // It counts only if the release is part of the closure, which the resolution knows.
        Err(_) => {}
    }
    Ok(Some((document.bytes.into(), hashed.sha256)))
}

/// Writing waits for the disk, so it goes to a thread that may.
async fn keep(key: String, what: &str, bytes: bytes::Bytes, context: &Context) -> Result<(), MavenError> {
    let cache = context.cache.clone();
    let kept = tokio::task::spawn_blocking(move || cache.keep_document(&key, &bytes)).await;
    match kept {
        Ok(kept) => {
            kept.map_err(|source| MavenError::Cache { what: what.to_owned(), source: Box::new(source) })
        }
        // The runtime is shutting down; a document that was not kept is fetched again.
        Err(_) => Ok(()),
    }
}

/// The checksum that a repository has beside a file.
pub(super) async fn checksum_beside(
    path: &FileName,
    algorithm: Algorithm,
    repository: &Repository,
    context: &Context,
) -> Result<Option<Checksum>, FetchError> {
    // Longer than a file name may be: then there is none.
    let Ok(path) = format!("{path}.{}", algorithm.suffix()).parse() else { return Ok(None) };
    let document = context.fetcher.document(&repository.location(&path), ACCEPT, MAX_CHECKSUM).await?;
    Ok(document
        .and_then(|document| Checksum::parse_file(algorithm, &String::from_utf8_lossy(&document.bytes))))
}

/// The versions that one repository lists. They change, so they are never kept.
async fn versions(
    module: &Module,
    repository: &Repository,
    context: &Context,
) -> Result<Vec<String>, MavenError> {
    let what = format!("the versions of `{module}`");
    let path =
        metadata_path(module).map_err(|source| MavenError::Name { package: module.to_string(), source })?;
    let document = context.fetcher.document(&repository.location(&path), ACCEPT, MAX_SIZE).await;
    let failed = |source| MavenError::Fetch { what: what.clone(), repository: repository.id.clone(), source };
    let Some(document) = document.map_err(failed)? else { return Ok(Vec::new()) };
    metadata::versions(&document.bytes).map_err(|fault| MavenError::Document {
        what: what.clone(),
        repository: repository.id.clone(),
        fault,
    })
}

/// The error of a POM that nobody has, with who was asked and who else might have it.
fn not_found(error: ResolutionError, repositories: &[Repository]) -> MavenError {
    match error {
        ResolutionError::Pom { error, path, elsewhere } if error.fault == PomFault::Absent => {
            let ids: Vec<String> =
                repositories.iter().map(|repository| format!("`{}`", repository.id)).collect();
            let asked: Vec<&Url> = repositories.iter().map(|repository| &repository.url).collect();
            let elsewhere = elsewhere.iter().filter_map(|url| Url::parse(url).ok());
            MavenError::NotFound {
                what: error.name(),
                asked: ids.join(", "),
                path,
                elsewhere: elsewhere.filter(|url| !asked.contains(&url)).map(|url| shown(&url)).collect(),
            }
        }
        error => MavenError::Resolution(error),
    }
}
