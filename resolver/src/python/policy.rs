//! What is settled before solving: what fits the target, and what the user's lines allow.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

use super::environment::Environment;
use super::requirements_file::{Place, Requirements, Wanted, Which};
use super::specifiers;
use super::tags::Tags;
use crate::digest::Checksum;
use crate::requirements::Target;
use crate::requirements::{Architecture, GlibcVersion, PythonVersion};

/// What fits the target, and what the user's lines allow.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    /// The wheels that fit.
    pub tags: Tags,
    /// The environment of markers.
    pub environment: Environment,
    /// Where hash mode was turned on.
    pub hash_mode: Option<Place>,
    /// The target in words: `Python 3.10 on linux/amd64 with glibc 2.28`.
    pub target: String,
    /// The constraints that hold for the target.
    constraints: BTreeMap<PackageName, Vec<Wanted>>,
    /// The versions of requirements and constraints that hold for the target, by project.
    asked: BTreeMap<PackageName, Vec<VersionSpecifiers>>,
    hashes: BTreeMap<PackageName, Vec<Checksum>>,
    prereleases: Prereleases,
}

#[derive(Debug, Clone)]
enum Prereleases {
    /// `--pre`.
    All,
    /// Of the projects for which a line names one.
    Of(BTreeSet<PackageName>),
}

/// A line whose marker depends on the patch version of the target's Python, which is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DependsOnPatch {
    /// What depends on it.
    pub what: String,
}

impl Policy {
    /// The policy of these lines for this target, and the requirements that hold there, in order.
    pub(super) fn new(
        requirements: &Requirements,
        target: &Target,
        python: PythonVersion,
    ) -> Result<(Self, Vec<Wanted>), DependsOnPatch> {
        let (architecture, glibc): (Architecture, GlibcVersion) =
            (target.platform.architecture, target.glibc);
        let environment = Environment::new(python, architecture);
        let wanted = holding(&requirements.wanted, &environment)?;
        let constraints = holding(&requirements.constraints, &environment)?;
        let mut asked: BTreeMap<PackageName, Vec<VersionSpecifiers>> = BTreeMap::new();
        for line in wanted.iter().chain(&constraints) {
            if let Which::Versions(versions) = &line.which {
                asked.entry(line.project.clone()).or_default().push(versions.clone());
            }
        }
        let names = |versions: &Vec<VersionSpecifiers>| versions.iter().any(specifiers::names_prerelease);
        let named = asked.iter().filter(|(_, versions)| names(versions)).map(|(project, _)| project.clone());
        let prereleases =
            if requirements.prereleases { Prereleases::All } else { Prereleases::Of(named.collect()) };
        let policy = Self {
            tags: Tags::new(python, architecture, glibc),
            environment,
            hash_mode: requirements.hash_mode.clone(),
            target: target.described(),
            hashes: common_hashes(wanted.iter().chain(&constraints)),
            constraints: by_project(constraints),
            asked,
            prereleases,
        };
        Ok((policy, wanted))
    }

    /// Whether pre-releases of a project count like its other releases.
    pub(super) fn takes_prereleases(&self, project: &PackageName) -> bool {
        match &self.prereleases {
            Prereleases::All => true,
            Prereleases::Of(projects) => projects.contains(project),
        }
    }

    /// Whether a line of the user pins a project to this version, so that it may be a yanked one.
    pub(super) fn pins(&self, project: &PackageName, version: &Version) -> bool {
        let asked = self.asked.get(project).into_iter().flatten();
        asked.filter(|asked| specifiers::is_pinned(asked)).any(|asked| specifiers::contains(asked, version))
    }

    /// The first constraint that a version breaks.
    pub(super) fn broken_constraint(&self, project: &PackageName, version: &Version) -> Option<&Wanted> {
        let mut constraints = self.constraints.get(project).into_iter().flatten();
        constraints.find(|constraint| match &constraint.which {
            Which::Versions(versions) => !specifiers::contains(versions, version),
            Which::Wheel(_) => false,
        })
    }

    /// The hashes that were given for a project; `None` where hash mode is off.
    pub(super) fn hashes(&self, project: &PackageName) -> Option<&[Checksum]> {
        self.hash_mode.as_ref()?;
        Some(self.hashes.get(project).map(Vec::as_slice).unwrap_or_default())
    }
}

/// The lines whose markers hold for the target.
fn holding(lines: &[Wanted], environment: &Environment) -> Result<Vec<Wanted>, DependsOnPatch> {
    let mut holding = Vec::new();
    for line in lines {
        let unknown = || DependsOnPatch { what: format!("`{}` ({})", line.text, line.place) };
        if environment.holds(&line.marker, &[]).ok_or_else(unknown)? {
            holding.push(line.clone());
        }
    }
    Ok(holding)
}

fn by_project(lines: Vec<Wanted>) -> BTreeMap<PackageName, Vec<Wanted>> {
    let mut by_project: BTreeMap<PackageName, Vec<Wanted>> = BTreeMap::new();
    for line in lines {
        by_project.entry(line.project.clone()).or_default().push(line);
    }
    by_project
}

/// The hashes of each project that all of its lines with hashes have, as pip has it.
fn common_hashes<'a>(lines: impl Iterator<Item = &'a Wanted>) -> BTreeMap<PackageName, Vec<Checksum>> {
    let mut hashes: BTreeMap<PackageName, Vec<Checksum>> = BTreeMap::new();
    for line in lines.filter(|line| !line.hashes.is_empty()) {
        hashes
            .entry(line.project.clone())
            .and_modify(|common| common.retain(|hash| line.hashes.contains(hash)))
            .or_insert_with(|| line.hashes.clone());
    }
    hashes
}
