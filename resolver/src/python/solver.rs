//! The solver: a state machine that says what it misses, or is done.
//!
//! [`Solver::step`] solves with what is known so far and begins anew each time, so what it finds does not
//! depend on the order in which answers came. Solving takes milliseconds, a round trip takes tens of them.

mod provider;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, PackageName, Requirement, VersionOrUrl};
use pubgrub::{Map, PubGrubError, VersionSet as _};
use url::Url;

use self::provider::{Package, Provider, Stop};
use super::core_metadata::Metadata;
use super::explain::{self, Explanation};
use super::policy::{DependsOnPatch, Policy};
use super::project::{Candidate, Project};
use super::requirements_file::{Place, Wanted, Which};
use super::versions::Versions;

pub(super) use self::provider::Package as SolverPackage;

/// Solves requirements over what is known of projects and their releases.
#[derive(Debug)]
pub(super) struct Solver {
    /// What fits, and what is allowed.
    pub policy: Policy,
    roots: Vec<Wanted>,
    projects: BTreeMap<PackageName, Project>,
    metadata: BTreeMap<(PackageName, u32), Arc<Result<Metadata, String>>>,
    /// What was derived from the above; never from anything else.
    dependencies: RefCell<BTreeMap<(Package, u32), Arc<Dependencies>>>,
}

/// What a step leads to.
#[derive(Debug)]
pub(super) enum Step {
    /// Answer these, and step again.
    Missing(Missing),
    /// The requirements are met.
    Done(Solution),
}

/// What has to be answered before the next step; some of it is guessed, so that rounds are few.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// The projects to look up.
    pub projects: BTreeSet<PackageName>,
    /// The releases whose METADATA to fetch.
    pub metadata: BTreeSet<(PackageName, u32)>,
}

/// A set of releases that meets all requirements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Solution {
    /// The release of each project, what the image has among them.
    pub releases: BTreeMap<PackageName, u32>,
    /// Who asked for each project: other projects, and requirements as the user wrote them.
    pub requested_by: BTreeMap<PackageName, BTreeSet<Requester>>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Who asked for a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Requester {
    /// A requirement as the user wrote it.
    Line(String),
    /// Another project of the solution.
    Project(PackageName),
}

/// Why there is no solution.
#[derive(Debug)]
pub(super) enum Unsolved {
    /// The requirements contradict each other, or what exists.
    Conflict(Explanation),
    /// An answer depends on the patch version of the target's Python, which is not known.
    DependsOnPatch(DependsOnPatch),
    /// More steps than any real set takes.
    TooHard,
}

/// What a release requires, or why that cannot be had.
#[derive(Debug)]
pub(super) enum Dependencies {
    /// The edges to other packages.
    Known(Vec<Edge>),
    /// The release cannot be used.
    Unusable(String),
}

/// That a package requires another.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    /// What is required.
    pub to: Package,
    /// Which releases of it.
    pub versions: Versions,
    /// The requirement's text.
    pub text: String,
    /// Where the user wrote it.
    pub place: Option<Place>,
}

impl Solver {
    /// A solver that knows nothing yet but what the image has.
    pub(super) fn new(policy: Policy, roots: Vec<Wanted>, provided: BTreeMap<PackageName, Project>) -> Self {
        let (metadata, dependencies) = (BTreeMap::new(), RefCell::default());
        Self { policy, roots, projects: provided, metadata, dependencies }
    }

    /// The URL that the user named for a project.
    pub(super) fn wheel_url(&self, project: &PackageName) -> Option<&Url> {
        self.roots.iter().filter(|root| root.project == *project).find_map(|root| match &root.which {
            Which::Wheel(url) => Some(url),
            Which::Versions(_) => None,
        })
    }

    /// A project that is known.
    pub(super) fn project(&self, name: &PackageName) -> Option<&Project> {
        self.projects.get(name)
    }

    /// The METADATA of a release, where it is known and can be used.
    pub(super) fn metadata(&self, name: &PackageName, release: u32) -> Option<&Metadata> {
        self.metadata.get(&(name.clone(), release)).and_then(|metadata| metadata.as_ref().as_ref().ok())
    }

    /// Takes an answer of [`Missing::projects`].
    pub(super) fn add_project(&mut self, name: PackageName, project: Project) {
        self.projects.insert(name, project);
    }

    /// Takes an answer of [`Missing::metadata`]; the error says why the release cannot be used.
    pub(super) fn add_metadata(
        &mut self,
        name: PackageName,
        release: u32,
        metadata: Result<Metadata, String>,
    ) {
        self.metadata.insert((name, release), Arc::new(metadata));
    }

    /// Solves with what is known.
    pub(super) fn step(&self) -> Result<Step, Unsolved> {
        let provider = Provider::new(self);
        match pubgrub::resolve(&provider, Package::Root, 0_u32) {
            Ok(selected) => Ok(Step::Done(self.solution(&selected.into_iter().collect()))),
            Err(PubGrubError::NoSolution(tree)) => Err(Unsolved::Conflict(explain::explain(&tree, self))),
            Err(
                PubGrubError::ErrorRetrievingDependencies { source, .. }
                | PubGrubError::ErrorChoosingVersion { source, .. }
                | PubGrubError::ErrorInShouldCancel(source),
            ) => match source {
                Stop::Missing => Ok(Step::Missing(provider.missing())),
                Stop::DependsOnPatch(what) => Err(Unsolved::DependsOnPatch(what)),
                Stop::TooHard => Err(Unsolved::TooHard),
            },
        }
    }

    fn solution(&self, selected: &Map<Package, u32>) -> Solution {
        let mut solution = Solution::default();
        for (package, release) in selected {
            if let Package::Project(name) = package {
                solution.releases.insert(name.clone(), *release);
            }
            let Some(dependencies) = self.known_dependencies(package, *release) else { continue };
            let Dependencies::Known(edges) = &*dependencies else { continue };
            for edge in edges {
                let Some(to) = edge.to.name() else { continue };
                let requester = match package.name() {
                    Some(from) if from == to => continue,
                    Some(from) => Requester::Project(from.clone()),
                    None => Requester::Line(edge.text.clone()),
                };
                solution.requested_by.entry(to.clone()).or_default().insert(requester);
            }
        }
        solution.notes = self.notes(selected);
        solution
    }

    fn notes(&self, selected: &Map<Package, u32>) -> Vec<String> {
        let mut notes = BTreeSet::new();
        for (package, release) in selected {
            let Some(project) = package.name().and_then(|name| self.projects.get(name)) else { continue };
            let Some(found) = project.releases.get(*release as usize) else { continue };
            match package {
                Package::ExtraRequirements(name, extra) => {
                    let metadata = self.metadata(name, *release);
                    if !metadata.is_some_and(|metadata| metadata.extras.contains(extra)) {
                        notes.insert(format!("{name} {} has no extra `{extra}`", found.version));
                    }
                }
                Package::Project(name) => {
                    let yanked = project.wheel(*release).and_then(|wheel| wheel.file.yanked.as_deref());
                    if let Some(reason) = yanked {
                        let reason = if reason.is_empty() { "no reason given" } else { reason };
                        notes.insert(format!(
                            "{name} {} was yanked: {}",
                            found.version,
                            reason.escape_debug()
                        ));
                    }
                }
                Package::Root | Package::Extra(..) => {}
            }
        }
        notes.into_iter().collect()
    }

    /// What was derived for a package before.
    pub(super) fn known_dependencies(&self, package: &Package, release: u32) -> Option<Arc<Dependencies>> {
        self.dependencies.borrow().get(&(package.clone(), release)).cloned()
    }

    /// What a package requires; what is not known is added to `missing`.
    fn dependencies(
        &self,
        package: &Package,
        release: u32,
        missing: &mut Missing,
    ) -> Result<Arc<Dependencies>, Stop> {
        if let Some(known) = self.known_dependencies(package, release) {
            return Ok(known);
        }
        let dependencies = match package {
            Package::Root => Dependencies::Known(self.root_edges(missing)?),
            Package::Extra(name, extra) => Dependencies::Known(proxy_edges(name, extra, release)),
            Package::Project(name) => self.release_dependencies(name, release, None, missing)?,
            Package::ExtraRequirements(name, extra) => {
                self.release_dependencies(name, release, Some(extra), missing)?
            }
        };
        let dependencies = Arc::new(dependencies);
        self.dependencies.borrow_mut().insert((package.clone(), release), Arc::clone(&dependencies));
        Ok(dependencies)
    }

    fn root_edges(&self, missing: &mut Missing) -> Result<Vec<Edge>, Stop> {
        let mut edges = Vec::new();
        let any = VersionSpecifiers::empty();
        let mut complete = true;
        for root in &self.roots {
            let versions = match &root.which {
                Which::Versions(versions) => versions,
                Which::Wheel(_) => &any,
            };
            let line = Line { text: &root.text, place: Some(&root.place) };
            complete &= self.add_edges((&root.project, &root.extras, versions), line, missing, &mut edges);
        }
        if complete { Ok(edges) } else { Err(Stop::Missing) }
    }

    /// What a release requires by itself, or what one of its extras adds.
    fn release_dependencies(
        &self,
        name: &PackageName,
        release: u32,
        extra: Option<&ExtraName>,
        missing: &mut Missing,
    ) -> Result<Dependencies, Stop> {
        let found = self.projects.get(name).and_then(|project| project.releases.get(release as usize));
        if let Some(Ok(Candidate::Provided)) = found.map(|release| &release.candidate) {
            return Ok(Dependencies::Known(Vec::new()));
        }
        let Some(metadata) = self.metadata.get(&(name.clone(), release)) else {
            missing.metadata.insert((name.clone(), release));
            return Err(Stop::Missing);
        };
        let metadata = match &**metadata {
            Ok(metadata) => metadata,
            Err(reason) => return Ok(Dependencies::Unusable(reason.clone())),
        };
        let version = || found.map(|release| release.version.to_string()).unwrap_or_default();
        let unknown = |what: &str| {
            Stop::DependsOnPatch(DependsOnPatch { what: format!("{name} {} requires {what}", version()) })
        };
        if let Some(python) = &metadata.requires_python {
            match self.policy.environment.satisfies(python) {
                Some(true) => {}
                Some(false) => return Ok(Dependencies::Unusable(format!("requires Python `{python}`"))),
                None => return Err(unknown(&format!("Python `{python}`"))),
            }
        }
        let mut edges = Vec::new();
        let mut complete = true;
        for requirement in &metadata.requires {
            let text = without_marker(requirement);
            let by_marker = || unknown(&format!("`{text}` by its marker"));
            if !self.counts(requirement, extra).ok_or_else(by_marker)? {
                continue;
            }
            let any = VersionSpecifiers::empty();
            let versions = match &requirement.version_or_url {
                None => &any,
                Some(VersionOrUrl::VersionSpecifier(versions)) => versions,
                Some(VersionOrUrl::Url(_)) => {
                    return Ok(Dependencies::Unusable(format!(
                        "requires a file by its URL, `{}`",
                        requirement.name
                    )));
                }
            };
            let line = Line { text: &text, place: None };
            complete &=
                self.add_edges((&requirement.name, &requirement.extras, versions), line, missing, &mut edges);
        }
        if !complete {
            return Err(Stop::Missing);
        }
        Ok(without_self(edges, name, release, extra.is_some()))
    }

    /// Whether a requirement counts for the release itself, or only with `extra`.
    fn counts(&self, requirement: &Requirement<Url>, extra: Option<&ExtraName>) -> Option<bool> {
        let environment = &self.policy.environment;
        let alone = environment.holds(&requirement.marker, &[])?;
        match extra {
            None => Some(alone),
            Some(extra) => {
                Some(!alone && environment.holds(&requirement.marker, std::slice::from_ref(extra))?)
            }
        }
    }

    /// Adds the edges of one requirement; `false` where its project is not known.
    fn add_edges(
        &self,
        (name, extras, specifiers): (&PackageName, &[ExtraName], &VersionSpecifiers),
        line: Line<'_>,
        missing: &mut Missing,
        edges: &mut Vec<Edge>,
    ) -> bool {
        let Some(project) = self.projects.get(name) else {
            missing.projects.insert(name.clone());
            return false;
        };
        let versions = project.satisfying(name, specifiers, &self.policy);
        let edge = |to| Edge {
            to,
            versions: versions.clone(),
            text: line.text.to_owned(),
            place: line.place.cloned(),
        };
        edges.extend(extras.iter().map(|extra| edge(Package::Extra(name.clone(), extra.clone()))));
        edges.push(edge(Package::Project(name.clone())));
        true
    }
}

/// A requirement as it is written, and where, if by the user.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    place: Option<&'a Place>,
}

/// An extra of a release is the release itself, and what the extra adds.
///
/// The two are apart so that an extra of a release that is out of the question is found so without its
/// METADATA.
fn proxy_edges(name: &PackageName, extra: &ExtraName, release: u32) -> Vec<Edge> {
    let edge = |to| Edge { to, versions: Versions::singleton(release), text: String::new(), place: None };
    vec![edge(Package::Project(name.clone())), edge(Package::ExtraRequirements(name.clone(), extra.clone()))]
}

/// A release that requires itself gets itself, if it fits.
fn without_self(edges: Vec<Edge>, name: &PackageName, release: u32, of_extra: bool) -> Dependencies {
    if of_extra {
        return Dependencies::Known(edges);
    }
    let (own, others): (Vec<_>, Vec<_>) =
        edges.into_iter().partition(|edge| edge.to == Package::Project(name.clone()));
    match own.into_iter().find(|edge| !edge.versions.has(release)) {
        Some(edge) => Dependencies::Unusable(format!("requires another release of itself, `{}`", edge.text)),
        None => Dependencies::Known(others),
    }
}

/// A requirement's text up to its marker.
///
/// Never by `Display` of the whole: that writes the marker as alternatives, whose number grows with 2 to the
/// power of its length.
fn without_marker(requirement: &Requirement<Url>) -> String {
    let Requirement { name, extras, version_or_url, .. } = requirement;
    let extras: Vec<_> = extras.iter().map(ToString::to_string).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    match version_or_url {
        None => format!("{name}{extras}"),
        Some(VersionOrUrl::VersionSpecifier(versions)) => {
            let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
            format!("{name}{extras}{}", versions.join(","))
        }
        Some(VersionOrUrl::Url(_)) => format!("{name}{extras} @ a URL"),
    }
}

#[cfg(test)]
mod tests;
