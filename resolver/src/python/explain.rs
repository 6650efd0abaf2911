//! Why requirements cannot be met, so that a person can act.
//!
//! `pubgrub` derives a contradiction from facts. The derivation is long and its steps are of no help; the
//! facts are: who requires what, through whom, and what exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep508_rs::PackageName;
use pubgrub::{DerivationTree, External};

use super::project::{Origin, Project, Release, Unusable};
use super::solver::{Dependencies, Edge, Solver, SolverPackage as Package};
use super::specifiers;
use super::versions::Versions;

/// The most facts that are shown.
const MAX_FACTS: usize = 30;
/// The most releases in a row, and the most reasons, that are shown of one project.
const MAX_SHOWN: usize = 3;

type Tree = DerivationTree<Package, Versions, String>;

/// The facts that contradict each other, and what exists of the projects in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    facts: Vec<String>,
    existing: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.facts.iter().take(MAX_FACTS).cloned();
        let more = self.facts.len().saturating_sub(MAX_FACTS);
        let more = (more > 0).then(|| format!("… and {more} facts more"));
        let lines = shown.chain(more).chain(self.existing.iter().cloned());
        for (number, line) in lines.enumerate() {
            write!(f, "{}- {line}", if number == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Explains a contradiction.
pub(super) fn explain(tree: &Tree, solver: &Solver) -> Explanation {
    let mut facts = Facts::default();
    facts.gather(tree, solver);
    let existing = facts.in_doubt.iter().filter_map(|name| {
        let project = solver.project(name)?;
        let lines = facts.requirements_of(name);
        Some(existing(name, project, &lines, solver))
    });
    Explanation { existing: existing.flatten().collect(), facts: facts.in_order(solver) }
}

/// That somebody requires something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    /// The project that requires it; `None` for the user.
    from: Option<PackageName>,
    /// The same, with its extra.
    who: String,
    /// What project is required.
    to: PackageName,
    /// The requirement as it is shown.
    text: String,
}

/// The facts behind a contradiction.
#[derive(Default)]
struct Facts {
    /// Requirements, and the releases that have them.
    edges: BTreeMap<Fact, BTreeSet<u32>>,
    /// Which releases cannot be used, and why.
    unusable: BTreeMap<(PackageName, String), BTreeSet<u32>>,
    /// The projects of which no release is left.
    in_doubt: BTreeSet<PackageName>,
}

impl Facts {
    fn gather(&mut self, tree: &Tree, solver: &Solver) {
        let mut open = vec![tree];
        let mut seen = BTreeSet::new();
        while let Some(node) = open.pop() {
            match node {
                DerivationTree::External(external) => self.add(external, solver),
                DerivationTree::Derived(derived) => {
                    if derived.shared_id.is_none_or(|id| seen.insert(id)) {
                        open.extend([&*derived.cause1, &*derived.cause2]);
                    }
                }
            }
        }
    }

    fn add(&mut self, external: &External<Package, Versions, String>, solver: &Solver) {
        match external {
            External::NotRoot(..) | External::FromDependencyOf(Package::Extra(..), ..) => {}
            External::NoVersions(package, _) => self.in_doubt.extend(package.name().cloned()),
            External::Custom(package, versions, reason) => {
                let Some(name) = package.name() else { return };
                let releases = releases_in(versions, name, solver);
                self.unusable.entry((name.clone(), reason.clone())).or_default().extend(releases);
            }
            External::FromDependencyOf(from, versions, to, allowed) => {
                if allowed.is_none() {
                    self.in_doubt.extend(to.name().cloned());
                }
                let releases = match from.name() {
                    Some(name) => releases_in(versions, name, solver),
                    None => vec![0],
                };
                for release in releases {
                    self.add_edges(from, release, to, solver);
                }
            }
        }
    }

    fn add_edges(&mut self, from: &Package, release: u32, to: &Package, solver: &Solver) {
        let Some(dependencies) = solver.known_dependencies(from, release) else { return };
        let Dependencies::Known(edges) = &*dependencies else { return };
        for edge in edges.iter().filter(|edge| edge.to == *to) {
            let Some(name) = to.name() else { continue };
            let (who, to) = (from.to_string(), name.clone());
            let fact = Fact { from: from.name().cloned(), who, to, text: described(edge) };
            self.edges.entry(fact).or_default().insert(release);
        }
    }

    /// The requirements of a project, as they are written.
    fn requirements_of(&self, name: &PackageName) -> Vec<&str> {
        let facts = self.edges.keys().filter(|fact| fact.to == *name);
        facts.map(|fact| fact.text.split('`').nth(1).unwrap_or_default()).collect()
    }

    /// One line for each fact, from the user's requirements outwards.
    fn in_order(&self, solver: &Solver) -> Vec<String> {
        let mut lines = Vec::new();
        let mut reached: Vec<Option<PackageName>> = vec![None];
        let mut next = 0;
        while let Some(from) = reached.get(next).cloned() {
            next += 1;
            for (fact, releases) in self.edges.iter().filter(|(fact, _)| fact.from == from) {
                let Fact { who, text, .. } = fact;
                lines.push(match &fact.from {
                    Some(name) => format!("{who} {} requires {text}", shown(releases, name, solver)),
                    None => format!("{text} is required"),
                });
                let to = Some(fact.to.clone());
                if !reached.contains(&to) {
                    reached.push(to);
                }
            }
            for ((name, reason), releases) in &self.unusable {
                if from.as_ref() == Some(name) {
                    lines.push(format!("{name} {} cannot be used: {reason}", shown(releases, name, solver)));
                }
            }
        }
        lines
    }
}

fn described(edge: &Edge) -> String {
    edge.place
        .as_ref()
        .map_or_else(|| format!("`{}`", edge.text), |place| format!("`{}` ({place})", edge.text))
}

fn releases_in(versions: &Versions, name: &PackageName, solver: &Solver) -> Vec<u32> {
    let Some(project) = solver.project(name) else { return Vec::new() };
    project.numbered().map(|(number, _)| number).filter(|number| versions.has(*number)).collect()
}

/// Releases as `1.0`, or as runs `1.0 to 2.0`; a run skips no release that could be used.
fn shown(releases: &BTreeSet<u32>, name: &PackageName, solver: &Solver) -> String {
    let Some(project) = solver.project(name) else { return String::new() };
    let usable: Vec<u32> = project
        .numbered()
        .filter(|(_, release)| release.candidate.is_ok())
        .map(|(number, _)| number)
        .collect();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut is_open = false;
    for number in usable {
        if !releases.contains(&number) {
            is_open = false;
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if is_open => *last = number,
            _ => runs.push((number, number)),
        }
        is_open = true;
    }
    let version = |number: u32| project.releases[number as usize].version.to_string();
    let mut texts: Vec<String> = runs
        .iter()
        .rev()
        .take(MAX_SHOWN)
        .map(|(first, last)| {
            if first == last { version(*first) } else { format!("{} to {}", version(*first), version(*last)) }
        })
        .collect();
    texts.reverse();
    if runs.len() > MAX_SHOWN {
        texts.insert(0, "…".to_owned());
    }
    texts.join(", ")
}

/// What there is of a project that was asked for by `lines`.
fn existing(name: &PackageName, project: &Project, lines: &[&str], solver: &Solver) -> Vec<String> {
    let target = &solver.policy.target;
    let from = match &project.origin {
        Origin::Nowhere(asked) => {
            return vec![format!("no index has {name}; asked: {asked}")];
        }
        Origin::Provided(place) => {
            let versions = project.releases.iter().map(|release| release.version.to_string());
            let versions: Vec<_> = versions.collect();
            return vec![format!("the image has {name} {} ({place})", versions.join(", "))];
        }
        Origin::Index(index) => format!("index {index}"),
        Origin::Url => "the URL".to_owned(),
    };
    let usable: BTreeSet<u32> = project
        .numbered()
        .filter(|(_, release)| release.candidate.is_ok())
        .map(|(number, _)| number)
        .collect();
    let mut texts = Vec::new();
    if usable.is_empty() {
        texts.push(format!("{from} has no release of {name} for {target}"));
    } else {
        let all: Vec<_> = usable.iter().map(|number| &project.releases[*number as usize].version).collect();
        let range = match all.as_slice() {
            [one] => one.to_string(),
            [first, .., last] => format!("{first} to {last}"),
            [] => String::new(),
        };
        texts.push(format!("{from} has {} of {name} for {target}: {range}", counted(all.len())));
    }
    texts.extend(left_out(name, project, lines));
    texts
}

fn counted(count: usize) -> String {
    if count == 1 { "1 release".to_owned() } else { format!("{count} releases") }
}

/// The newest releases that satisfy one of `lines` by version and still cannot be used, each reason once.
fn left_out(name: &PackageName, project: &Project, lines: &[&str]) -> Vec<String> {
    let parsed: Vec<_> = lines.iter().filter_map(|line| specifiers::parse_requirement(line).ok()).collect();
    let satisfies = |release: &Release| {
        parsed.iter().any(|requirement| match &requirement.version_or_url {
            Some(pep508_rs::VersionOrUrl::VersionSpecifier(specifiers)) => {
                specifiers::contains(specifiers, &release.version)
            }
            _ => true,
        })
    };
    let mut seen: Vec<String> = Vec::new();
    let mut texts = Vec::new();
    for release in project.releases.iter().rev().filter(|release| satisfies(release)) {
        let reason = match &release.candidate {
            Err(reason) => reason.to_string(),
            Ok(_) if is_yanked(release) => "was yanked; pin it with `==` to take it nevertheless".to_owned(),
            Ok(_) => continue,
        };
        let kind = kind_of(release, &reason);
        if !seen.contains(&kind) && seen.len() < MAX_SHOWN {
            texts.push(format!("{name} {} {reason}", release.version));
            seen.push(kind);
        }
    }
    texts
}

/// Reasons of one kind are told once, by the newest release that has it.
fn kind_of(release: &Release, reason: &str) -> String {
    match &release.candidate {
        Err(Unusable::NoFit { .. }) => "no fit".to_owned(),
        _ => reason.to_owned(),
    }
}

fn is_yanked(release: &Release) -> bool {
    match &release.candidate {
        Ok(super::project::Candidate::Wheel(wheel)) => wheel.file.yanked.is_some(),
        Ok(super::project::Candidate::Provided) | Err(_) => false,
    }
}
