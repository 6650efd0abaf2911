//! The solver's answers to `pubgrub`.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use pep508_rs::{ExtraName, PackageName};
use pubgrub::{DependencyProvider, PackageResolutionStatistics, VersionSet as _};
use thiserror::Error;

use super::{Dependencies, Missing, Solver};
use crate::python::policy::DependsOnPatch;
use crate::python::versions::Versions;

/// The most steps of one run. The hardest public sets take some thousand; a hostile index could make it run
/// for ever.
const MAX_STEPS: u32 = 1_000_000;

/// The most releases of a project whose METADATA is fetched on the guess that the solver goes on downwards.
const MAX_GUESSED: usize = 16;

/// How many conflicts a project takes part in before it is decided early.
const MANY_CONFLICTS: u32 = 5;

/// What the solver decides a version for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::python) enum Package {
    /// The user's requirements.
    Root,
    /// A project.
    Project(PackageName),
    /// A project with an extra: the project at the same version, and what the extra adds.
    Extra(PackageName, ExtraName),
    /// What an extra adds.
    ExtraRequirements(PackageName, ExtraName),
}

impl Package {
    /// The project.
    pub(in crate::python) fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Root => None,
            Self::Project(name) | Self::Extra(name, _) | Self::ExtraRequirements(name, _) => Some(name),
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the requirements"),
            Self::Project(name) => write!(f, "{name}"),
            Self::Extra(name, extra) | Self::ExtraRequirements(name, extra) => write!(f, "{name}[{extra}]"),
        }
    }
}

/// Why a run ended early.
#[derive(Debug, Error)]
pub(super) enum Stop {
    /// Something is not known yet.
    #[error("something is not known yet")]
    Missing,
    /// The patch version of the target's Python matters.
    #[error("{} depends on the patch version of Python", .0.what)]
    DependsOnPatch(DependsOnPatch),
    /// [`MAX_STEPS`].
    #[error("more than {MAX_STEPS} steps")]
    TooHard,
}

/// One run. All of its state is of the run, so that a run depends on what is known and nothing else.
pub(super) struct Provider<'a> {
    solver: &'a Solver,
    missing: RefCell<Missing>,
    steps: Cell<u32>,
    /// The order in which packages were first required.
    order: RefCell<BTreeMap<Package, usize>>,
    /// The releases that were last in question for a project: its range, or its decision.
    in_question: RefCell<BTreeMap<PackageName, Versions>>,
}

impl<'a> Provider<'a> {
    pub(super) fn new(solver: &'a Solver) -> Self {
        Self {
            solver,
            missing: RefCell::default(),
            steps: Cell::new(0),
            order: RefCell::default(),
            in_question: RefCell::default(),
        }
    }

    /// What the run missed.
    pub(super) fn missing(self) -> Missing {
        self.missing.into_inner()
    }

    fn newest(&self, name: &PackageName, versions: &Versions) -> Option<u32> {
        self.solver.projects.get(name)?.newest_first(versions).next()
    }

    /// Notes the METADATA of the newest releases in `versions` as missing, as many as are known already: a
    /// project that is gone through downwards takes a number of rounds that grows with the logarithm.
    fn guess(&self, name: &PackageName, versions: &Versions, at_most: usize) {
        let solver = self.solver;
        let Some(project) = solver.projects.get(name) else { return };
        let known = solver.metadata.range((name.clone(), 0)..=(name.clone(), u32::MAX)).count();
        let wheels = project.newest_first(versions).filter(|release| project.wheel(*release).is_some());
        let mut missing = self.missing.borrow_mut();
        for release in wheels.take(known.clamp(1, at_most)) {
            match solver.metadata.get(&(name.clone(), release)).map(|metadata| &**metadata) {
                None => {
                    missing.metadata.insert((name.clone(), release));
                }
                Some(Ok(metadata)) => {
                    let counted = metadata
                        .requires
                        .iter()
                        .filter(|requirement| solver.counts(requirement, None) == Some(true));
                    let unknown = counted
                        .map(|counted| &counted.name)
                        .filter(|name| !solver.projects.contains_key(name));
                    missing.projects.extend(unknown.cloned());
                }
                Some(Err(_)) => {}
            }
        }
    }

    /// A range whose decision depends on nothing but what is known of this project.
    fn choose_of(&self, name: &PackageName, range: &Versions) -> Result<Option<u32>, Stop> {
        let Some(release) = self.newest(name, range) else { return Ok(None) };
        self.in_question.borrow_mut().insert(name.clone(), Versions::singleton(release));
        let project = self.solver.projects.get(name);
        let wheel = project.and_then(|project| project.wheel(release));
        if let Some(python) = wheel.and_then(|wheel| wheel.depends_on_patch.as_ref()) {
            let version = wheel.map(|wheel| wheel.name.version.to_string()).unwrap_or_default();
            let what = format!("{name} {version} requires Python `{python}`");
            return Err(Stop::DependsOnPatch(DependsOnPatch { what }));
        }
        if !self.solver.metadata.contains_key(&(name.clone(), release)) {
            self.guess(name, range, MAX_GUESSED);
        }
        Ok(Some(release))
    }
}

impl DependencyProvider for Provider<'_> {
    type P = Package;
    type V = u32;
    type VS = Versions;
    type M = String;
    type Err = Stop;
    /// What is in many conflicts, then what has one release left, then what was required first.
    type Priority = (bool, bool, Reverse<usize>);

    fn prioritize(
        &self,
        package: &Package,
        range: &Versions,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        if let Package::Project(name) = package {
            self.in_question.borrow_mut().insert(name.clone(), range.clone());
            self.guess(name, range, 1);
        }
        let order = self.order.borrow().get(package).copied().unwrap_or(usize::MAX);
        (statistics.conflict_count() >= MANY_CONFLICTS, range.is_one(), Reverse(order))
    }

    fn choose_version(&self, package: &Package, range: &Versions) -> Result<Option<u32>, Stop> {
        match package {
            Package::Root => Ok(range.has(0).then_some(0)),
            Package::Project(name) => self.choose_of(name, range),
            // The project's own decision, where there is one, or at least a release that it may still get.
            Package::Extra(name, _) => {
                let in_question =
                    self.in_question.borrow().get(name).map(|versions| versions.intersection(range));
                let likely = in_question.and_then(|versions| self.newest(name, &versions));
                Ok(likely.or_else(|| self.newest(name, range)))
            }
            Package::ExtraRequirements(name, _) => Ok(self.newest(name, range)),
        }
    }

    fn get_dependencies(
        &self,
        package: &Package,
        release: &u32,
    ) -> Result<pubgrub::Dependencies<Package, Versions, String>, Stop> {
        let dependencies = self.solver.dependencies(package, *release, &mut self.missing.borrow_mut())?;
        let edges = match &*dependencies {
            Dependencies::Known(edges) => edges,
            Dependencies::Unusable(reason) => return Ok(pubgrub::Dependencies::Unavailable(reason.clone())),
        };
        let mut order = self.order.borrow_mut();
        // Several requirements of one package are one constraint to `pubgrub`.
        let mut joined: Vec<(Package, Versions)> = Vec::new();
        for edge in edges {
            let next = order.len();
            order.entry(edge.to.clone()).or_insert(next);
            match joined.iter_mut().find(|(to, _)| *to == edge.to) {
                Some((_, versions)) => *versions = versions.intersection(&edge.versions),
                None => joined.push((edge.to.clone(), edge.versions.clone())),
            }
        }
        Ok(pubgrub::Dependencies::Available(joined.into_iter().collect()))
    }

    fn should_cancel(&self) -> Result<(), Stop> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS { Err(Stop::TooHard) } else { Ok(()) }
    }
}
