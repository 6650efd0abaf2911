//! Gets what the resolution misses, from the repositories and from what this machine has kept.

use std::collections::{BTreeSet, HashMap, VecDeque};

use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use url::Url;

use super::error::{MavenError, remedy};
use super::gav::Gav;
use super::graph::Graph;
use super::lookup::Lookup;
use super::metadata::{Builds, Listing};
use super::models::{Answer, PomFault, Query};
use super::request::Request;
use super::resolution::{Resolution, ResolutionError, Step};
use super::route::{self, route};
use crate::digest::Digest;
use crate::fetch::shown;
use crate::pin::Context;
use crate::requirements::Module;
use crate::sources::Repository;

/// How many queries are answered at once; each is two small requests at a time. The fetcher has a bound
/// of its own on what is on the wire.
const MAX_QUERIES: usize = 32;

/// A closure, and where its POMs were found.
pub(super) struct Closure {
    pub(super) graph: Graph,
    /// Where each POM was found.
    pub(super) origins: HashMap<Gav, Origin>,
}

impl Closure {
    /// What a file of a release has in its name: the release, or the build that stands for a snapshot.
    pub(super) fn build(&self, gav: &Gav, classifier: Option<&str>, extension: &str) -> Gav {
        let builds = self.origins.get(gav).map(|origin| &origin.builds);
        let build = builds.and_then(|builds| builds.version(classifier, extension));
        build.map_or_else(|| gav.clone(), |build| gav.with_version(build))
    }

    /// Which builds stand for the snapshots.
    pub(super) fn notes_of_snapshots(&self, repositories: &[Repository]) -> Vec<String> {
        let snapshots = self.graph.poms.iter().filter(|gav| gav.is_snapshot());
        let notes = snapshots.filter_map(|gav| {
            let repository = &repositories.get(self.origins.get(gav)?.repository)?.id;
            let build = self.build(gav, None, "pom").version;
            Some(format!(
                "{gav} changes with time; the manifest locks build {build} of repository `{repository}`"
            ))
        });
        notes.collect()
    }
}

/// Where a POM was found, and what it is.
pub(super) struct Origin {
    /// The index of the repository that had it.
    pub(super) repository: usize,
    pub(super) sha256: Digest,
    /// Of a snapshot: the builds that the repository has.
    builds: Builds,
}

/// An answer, and where it comes from, where that is one place.
struct Found {
    answer: Answer,
    origin: Option<Origin>,
    /// Whether the answer is that there is none only because nobody could be asked.
    is_unknown: bool,
}

/// What the cache does not have, where nobody may be asked.
struct Unknown;

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
    let mut unknown = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let mut running = FuturesUnordered::new();
    let fill = |running: &mut FuturesUnordered<_>, waiting: &mut VecDeque<Query>| {
        while running.len() < MAX_QUERIES
            && let Some(query) = waiting.pop_front()
        {
            running.push(answer(query, repositories, context));
        }
    };
    loop {
        match resolution.ask().map_err(|error| not_found(error, repositories, &unknown))? {
            Step::Done(graph) => return Ok(Closure { graph, origins }),
            Step::Missing(queries) => {
                waiting.extend(queries.into_iter().filter(|query| asked.insert(query.clone())));
            }
        }
        fill(&mut running, &mut waiting);
        // One answer is waited for; those that have arrived with it are taken along, and what they make certain
        // goes before what waits: asking costs more than feeding, and what the cache has is there at once.
        let mut next = running.next().await;
        while let Some(answered) = next {
            let (query, found) = answered?;
            if let (Query::Pom(gav), Some(origin)) = (&query, found.origin) {
                origins.insert(gav.clone(), origin);
            }
            if found.is_unknown {
                unknown.insert(query.clone());
            }
            resolution.feed(query, found.answer);
            next = running.next().now_or_never().flatten();
            if next.is_none() {
                for query in resolution.certain().into_iter().filter(|query| asked.insert(query.clone())) {
                    waiting.push_front(query);
                }
                fill(&mut running, &mut waiting);
                next = running.next().now_or_never().flatten();
            }
        }
    }
}

async fn answer(
    query: Query,
    repositories: &[Repository],
    context: &Context,
) -> Result<(Query, Found), MavenError> {
    let group = match &query {
        Query::Pom(gav) => &gav.module.group,
        Query::Versions(module) => &module.group,
    };
    let asked = route(repositories, group).into_iter();
    let lookups = asked.map(|index| (index, Lookup { repository: &repositories[index], context }));
    let found = match &query {
        Query::Pom(gav) if gav.is_snapshot() => snapshot(gav, lookups).await?,
        Query::Pom(gav) => pom(gav, lookups).await?,
        Query::Versions(module) => versions(module, lookups).await?,
    };
    Ok((query, found))
}

/// The POM from the first repository that has it.
async fn pom(gav: &Gav, lookups: impl Iterator<Item = (usize, Lookup<'_>)>) -> Result<Found, MavenError> {
    let mut is_unknown = false;
    for (index, lookup) in lookups {
        match lookup.pom(gav).await {
            Ok(Some((bytes, sha256))) => {
                let origin = Origin { repository: index, sha256, builds: Builds::default() };
                return Ok(Found { answer: Answer::Pom(bytes), origin: Some(origin), is_unknown: false });
            }
            Ok(None) => {}
            Err(error) if error.is_offline() => is_unknown = true,
            Err(error) => return Err(error),
        }
    }
    Ok(Found { answer: Answer::Absent, origin: None, is_unknown })
}

/// The POM of a snapshot, from the repository that has the newest build of it; from one without a list of
/// builds only where none has one.
async fn snapshot(
    gav: &Gav,
    lookups: impl Iterator<Item = (usize, Lookup<'_>)>,
) -> Result<Found, MavenError> {
    let lists = lookups.map(async |(index, lookup)| match lookup.builds(gav).await {
        Ok(builds) => Ok((index, lookup, builds.unwrap_or_default())),
        Err(error) if error.is_offline() => Ok((index, lookup, Builds::default())),
        Err(error) => Err(error),
    });
    let mut lists = try_join_all(lists).await?;
    // Of equally new ones the first, since the sort is stable.
    lists.sort_by(|(_, _, one), (_, _, other)| other.updated.cmp(&one.updated));
    let mut is_unknown = false;
    for (repository, lookup, builds) in lists {
        let found = match builds.version(None, "pom") {
            Some(build) => lookup.pom(&gav.with_version(build)).await,
            None => lookup.snapshot_pom(gav).await,
        };
        match found {
            Ok(Some((bytes, sha256))) => {
                let origin = Some(Origin { repository, sha256, builds });
                return Ok(Found { answer: Answer::Pom(bytes), origin, is_unknown: false });
            }
            Ok(None) => {}
            Err(error) if error.is_offline() => is_unknown = true,
            Err(error) => return Err(error),
        }
    }
    Ok(Found { answer: Answer::Absent, origin: None, is_unknown })
}

/// What the repositories list, as one.
async fn versions(
    module: &Module,
    lookups: impl Iterator<Item = (usize, Lookup<'_>)>,
) -> Result<Found, MavenError> {
    let lists = lookups.map(async |(_, lookup)| match lookup.versions(module).await {
        Ok(list) => Ok(Ok(list.unwrap_or_default())),
        Err(error) if error.is_offline() => Ok(Err(Unknown)),
        Err(error) => Err(error),
    });
    let lists = try_join_all(lists).await?;
    let is_unknown = lists.iter().all(Result::is_err);
    let listing = Listing::merge(lists.into_iter().flatten().collect());
    Ok(Found { answer: Answer::Versions(listing), origin: None, is_unknown })
}

/// The error of what nobody has, with who was asked and who else might have it; or of what is `unknown`.
fn not_found(error: ResolutionError, repositories: &[Repository], unknown: &BTreeSet<Query>) -> MavenError {
    if let Some((what, path)) = unknown_part(&error, unknown) {
        return MavenError::Offline { what, path };
    }
    match error {
        ResolutionError::Pom { error, path, elsewhere } if error.fault == PomFault::Absent => {
            let known: Vec<&Url> = repositories.iter().map(|repository| &repository.url).collect();
            let elsewhere = elsewhere.iter().filter_map(|url| Url::parse(url).ok());
            let elsewhere = elsewhere.filter(|url| !known.contains(&url)).map(|url| shown(&url));
            let release = error.needed_as.is_empty().then_some(&error.gav);
            let is_root = release.is_some_and(|release| release.to_string() == path);
            MavenError::NotFound {
                what: error.name(),
                asked: route::shown(repositories, &error.gav.module.group),
                path: if is_root { String::new() } else { format!(" (reached by {path})") },
                remedy: remedy(&elsewhere.collect::<Vec<_>>(), release),
            }
        }
        error => MavenError::Resolution(error),
    }
}

/// What an error comes from, and the path to it, where that is something that nobody could be asked for.
fn unknown_part(error: &ResolutionError, unknown: &BTreeSet<Query>) -> Option<(String, String)> {
    let list = |module: &Module| {
        let is_unknown = unknown.contains(&Query::Versions(module.clone()));
        is_unknown.then(|| format!("the list of versions of `{module}`"))
    };
    match error {
        ResolutionError::Pom { error, path, .. } => {
            let what = match &error.fault {
                PomFault::Absent => unknown.contains(&Query::Pom(error.gav.clone())).then(|| error.name()),
                PomFault::EmptyRange(of) => list(&of.module),
                _ => None,
            };
            Some((what?, path.clone()))
        }
        ResolutionError::NoVersion { module, path, .. } => Some((list(module)?, path.clone())),
        _ => None,
    }
}
