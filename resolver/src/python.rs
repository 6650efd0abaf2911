//! Resolves pip requirements to wheels for the target, whatever machine this runs on.
//!
//! ```text
//! requirements file --requirements_file--> lines --policy--> what holds for the target
//!                                            |
//!        index --client--> index_page --project--> releases with the one wheel to take
//!                                            |
//!                                         solver  <--client-- METADATA (a file, a range, or the whole wheel)
//!                                            |
//!                                       Vec<Artifact>
//!
//! pylock.toml --pylock--> Vec<Artifact>          Manifest --export--> pylock.toml, requirements file
//! ```
//!
//! Everything but `client`, [`resolve`] and [`pylock::resolve`] is pure. [`resolve`] steps the solver, fetches
//! what it misses, and steps again; the same answers give the same artifacts in whatever order they come.
//!
//! What is decided here as nowhere else:
//! - A project comes from the first index that has it, of those that claim it, or of those that claim nothing
//!   where none does. Others are not asked.
//! - Only wheels are taken, and nothing is built.
//! - What the image has (`spec.target.provided`) takes part with its version and is not installed. What *it*
//!   requires is the image's affair: the image runs, so it has that too.
//! - Where an answer depends on the patch version of the target's Python and that is not given, it is asked
//!   for, not guessed.

mod client;
mod core_metadata;
mod environment;
mod error;
mod explain;
pub mod export;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod index_page;
mod policy;
mod project;
pub mod pylock;
pub mod requirements_file;
mod route;
mod solver;
mod specifiers;
mod tags;
mod versions;
mod wheel_archive;
mod wheel_name;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use packageurl::PackageUrl;
use pep440_rs::{Operator, Version};
use pep508_rs::{PackageName, VersionOrUrl};
use url::Url;

use self::client::Client;
pub use self::error::PythonError;
pub use self::explain::Explanation;
pub use self::index_page::PageError;
use self::policy::{DependsOnPatch, Policy};
use self::project::{Origin, Project, Wheel};
use self::pylock::Pylock;
use self::requirements_file::{Place, Requirements, Wanted, Which};
use self::solver::{Missing, Requester, Solution, Solver, Step, Unsolved};
pub use self::wheel_archive::ArchiveError;
use crate::digest::Digest;
use crate::manifest::{Artifact, FileName, Kind};
use crate::pin::{Context, pin};
use crate::progress::Event;
use crate::requirements::Target;
use crate::sources::{Index, Sources};

/// How many questions are put at once. The fetcher has its own bound on requests; this one is on what waits
/// for it in memory.
const AT_ONCE: usize = 64;

/// How wheels are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// By requirements, which are resolved here.
    Requirements(&'a Requirements),
    /// By a lock, which another tool has resolved.
    Lock(&'a Pylock),
}

/// What is to be resolved.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is wanted.
    pub requirements: &'a Requirements,
    /// What will run it.
    pub target: &'a Target,
}

/// Resolves requirements to one wheel for each project, by project name.
///
/// `indexes` are asked in this order; `sources` says where their files are, which may be on other hosts.
///
/// Fails where the target has no Python, where the requirements contradict each other or what exists for the
/// target, and where an index cannot be asked.
pub async fn resolve(
    request: &Request<'_>,
    indexes: &[Index],
    sources: &Sources,
    context: &Context,
) -> Result<Vec<Artifact>, PythonError> {
    let Request { requirements, target } = *request;
    if requirements.wanted.is_empty() {
        return Ok(Vec::new());
    }
    let python = target.python.ok_or(PythonError::TargetPython)?;
    let depends = |DependsOnPatch { what }| PythonError::DependsOnPatch { what, python };
    let (policy, roots) = Policy::new(requirements, target, python).map_err(depends)?;
    check_wheels(&roots)?;
    if indexes.is_empty() {
        return Err(PythonError::NoIndex);
    }
    context.observer.event(Event::Phase { name: "resolving requirements", files: None, bytes: None });
    let mut solver = Solver::new(policy, roots, provided(target)?);
    let client = Client::new(indexes, sources, context);
    let solution = loop {
        match solver.step() {
            Ok(Step::Done(solution)) => break solution,
            Ok(Step::Missing(missing)) => answer(&mut solver, missing, &client).await?,
            Err(Unsolved::Conflict(explanation)) => return Err(PythonError::Conflict(explanation)),
            Err(Unsolved::DependsOnPatch(what)) => return Err(depends(what)),
            Err(Unsolved::TooHard) => return Err(PythonError::TooHard),
        }
    };
    for note in &solution.notes {
        context.observer.event(Event::Note(note));
    }
    let locked = chosen(&solver, &solution)?.into_iter().map(|chosen| lock(&client, chosen));
    let locked: Vec<_> = locked.collect();
    stream::iter(locked).buffered(AT_ONCE).try_collect().await
}

/// One project has one wheel.
fn check_wheels(roots: &[Wanted]) -> Result<(), PythonError> {
    let mut wheels: BTreeMap<&PackageName, (&Url, &Place)> = BTreeMap::new();
    for root in roots {
        let Which::Wheel(url) = &root.which else { continue };
        match wheels.insert(&root.project, (url, &root.place)) {
            Some((other, place)) if other != url => {
                return Err(PythonError::TwoWheels {
                    project: root.project.to_string(),
                    first: place.clone(),
                    second: root.place.clone(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The projects that the image has.
fn provided(target: &Target) -> Result<BTreeMap<PackageName, Project>, PythonError> {
    let mut provided = BTreeMap::new();
    for (index, text) in target.provided.iter().enumerate() {
        let place = Place::named(&format!("spec.target.provided[{index}]"));
        let Some((project, version)) = pin_of(text) else {
            return Err(PythonError::Provided { place, text: text.clone() });
        };
        provided.insert(project, Project::provided(version, place));
    }
    Ok(provided)
}

/// The project and the version of `name==version`.
fn pin_of(text: &str) -> Option<(PackageName, Version)> {
    let requirement = specifiers::parse_requirement(text).ok()?;
    let Some(VersionOrUrl::VersionSpecifier(versions)) = &requirement.version_or_url else { return None };
    match &**versions {
        [one] if matches!(one.operator(), Operator::Equal | Operator::ExactEqual) => {
            Some((requirement.name.clone(), one.version().clone()))
        }
        _ => None,
    }
}

/// Answers a round of what is missing, all at once.
async fn answer(solver: &mut Solver, missing: Missing, client: &Client<'_>) -> Result<(), PythonError> {
    let projects = missing.projects.into_iter().map(|name| {
        let url = solver.wheel_url(&name).cloned();
        async move {
            let (origin, files) = match url {
                Some(url) => (Origin::Url, client::file_at(&url).into_iter().collect()),
                None => client.project(&name).await?,
            };
            Ok::<_, PythonError>((name, origin, files))
        }
    });
    let metadata = missing.metadata.into_iter().filter_map(|(name, release)| {
        let project = solver.project(&name)?;
        let (origin, wheel) = (project.origin.clone(), project.wheel(release)?.clone());
        Some(async move { Ok::<_, PythonError>((name, release, client.metadata(&origin, &wheel).await?)) })
    });
    let projects: Vec<_> = projects.collect();
    let metadata: Vec<_> = metadata.collect();
    let projects = stream::iter(projects).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>();
    let metadata = stream::iter(metadata).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>();
    let (projects, metadata) = futures_util::try_join!(projects, metadata)?;
    for (name, origin, files) in projects {
        let project = match origin {
            Origin::Nowhere(asked) => Project::nowhere(asked),
            origin => Project::of_files(&name, origin, files, &solver.policy),
        };
        solver.add_project(name, project);
    }
    for (name, release, metadata) in metadata {
        solver.add_metadata(name, release, metadata);
    }
    Ok(())
}

/// A wheel of the solution, before it is locked.
struct Chosen {
    origin: Origin,
    wheel: Wheel,
    metadata_sha256: Option<Digest>,
    purl: String,
    requested_by: Vec<String>,
}

/// The wheels of a solution, by project.
fn chosen(solver: &Solver, solution: &Solution) -> Result<Vec<Chosen>, PythonError> {
    let mut chosen = Vec::new();
    for (name, release) in &solution.releases {
        let Some(project) = solver.project(name) else { continue };
        let Some(wheel) = project.wheel(*release) else { continue };
        let requesters = solution.requested_by.get(name).into_iter().flatten();
        let requesters = requesters.map(|requester| match requester {
            Requester::Line(text) => Ok(text.clone()),
            Requester::Project(by) => purl_of(by, solver, solution),
        });
        let mut requested_by = requesters.collect::<Result<Vec<_>, _>>()?;
        requested_by.sort();
        chosen.push(Chosen {
            origin: project.origin.clone(),
            wheel: wheel.clone(),
            metadata_sha256: solver.metadata(name, *release).map(|metadata| metadata.sha256),
            purl: purl_of(name, solver, solution)?,
            requested_by,
        });
    }
    Ok(chosen)
}

async fn lock(client: &Client<'_>, chosen: Chosen) -> Result<Artifact, PythonError> {
    let Chosen { origin, wheel, metadata_sha256, purl, requested_by } = chosen;
    let file: FileName = wheel.file.name.parse().map_err(PythonError::FileName)?;
    let (source, remote) = client.locate(&origin, &wheel.file)?;
    let pinned = pin(client.context, &remote, Kind::Wheel, file.as_str(), client::vouched(&wheel.file)).await;
    let pinned = pinned
        .map_err(|source| client::pin_failed(file.as_str(), source))?
        .ok_or_else(|| PythonError::Gone { file: file.to_string() })?;
    Ok(Artifact {
        purl,
        kind: Kind::Wheel,
        file,
        source,
        size: pinned.size,
        sha256: pinned.sha256,
        metadata_sha256,
        requested_by,
    })
}

fn purl_of(name: &PackageName, solver: &Solver, solution: &Solution) -> Result<String, PythonError> {
    let project = solver.project(name);
    let release = solution.releases.get(name).and_then(|release| project?.releases.get(*release as usize));
    purl(name, release.map(|release| release.version.to_string()).unwrap_or_default())
}

fn purl(project: &PackageName, version: String) -> Result<String, PythonError> {
    let failed = |source| PythonError::Purl { project: project.to_string(), source };
    let mut purl = PackageUrl::new("pypi", project.as_ref()).map_err(failed)?;
    purl.with_version(version).map_err(failed)?;
    Ok(purl.to_string())
}

#[cfg(test)]
mod tests;
