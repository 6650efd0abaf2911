//! A project as the solver sees it: its releases, and which of them can be used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

use super::index_page::File;
use super::policy::Policy;
use super::requirements_file::Place;
use super::specifiers;
use super::versions::Versions;
use super::wheel_name::{WheelName, source_version};
use crate::digest::Checksum;
use crate::manifest::SourceId;

/// A project: where it comes from, and its releases by ascending version.
#[derive(Debug, Clone)]
pub(super) struct Project {
    /// Where it comes from.
    pub origin: Origin,
    /// Its releases by ascending version; the solver names a release by its place here.
    pub releases: Vec<Release>,
}

/// Where a project comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The first index that has it.
    Index(SourceId),
    /// A URL that the user named.
    Url,
    /// The image has it; it is not installed, and what it requires is the image's affair.
    Provided(Place),
    /// None of the indexes that were asked has it: these, for people.
    Nowhere(String),
}

/// A release of a project.
#[derive(Debug, Clone)]
pub(super) struct Release {
    /// Its version.
    pub version: Version,
    /// The file to take, or why there is none.
    pub candidate: Result<Candidate, Unusable>,
}

/// What stands for a release.
#[derive(Debug, Clone)]
pub(super) enum Candidate {
    /// A wheel.
    Wheel(Box<Wheel>),
    /// The image has it.
    Provided,
}

/// The wheel to take of a release.
#[derive(Debug, Clone)]
pub(super) struct Wheel {
    /// The file.
    pub file: File,
    /// What its name says.
    pub name: WheelName,
    /// Its `Requires-Python`, where that depends on the patch version of the target and this is unknown.
    pub depends_on_patch: Option<String>,
}

/// Why a release cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It has no wheel at all.
    SourceOnly,
    /// None of its wheels fits.
    NoFit {
        /// The tags of its wheels.
        tags: Vec<String>,
    },
    /// It needs another Python.
    Python(String),
    /// A constraint excludes it.
    Constraint(String),
    /// Hash mode is on, and there is no hash for the project at all.
    NoHash(Place),
    /// Hash mode is on, and no fitting wheel has one of the given hashes.
    OtherHash(Place),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceOnly => f.write_str(
                "has only a source distribution, and nothing is built here; build a wheel of it on the target's \
                 platform and put it on an index of your own, or, if the image has it, name it in \
                 `spec.target.provided`",
            ),
            Self::NoFit { tags } => {
                let shown: Vec<_> = tags.iter().take(8).map(String::as_str).collect();
                let more = if tags.len() > shown.len() { ", …" } else { "" };
                write!(f, "has wheels only for {}{more}", shown.join(", "))
            }
            Self::Python(specifiers) => write!(f, "requires Python `{specifiers}`"),
            Self::Constraint(constraint) => write!(f, "is excluded by constraint {constraint}"),
            Self::NoHash(place) => {
                write!(f, "has no `--hash`, and {place} turned hash mode on, where every project needs one")
            }
            Self::OtherHash(place) => {
                write!(f, "has no fitting wheel with one of the hashes given (hash mode was turned on by {place})")
            }
        }
    }
}

impl Project {
    /// The project `name` of these files.
    pub(super) fn of_files(name: &PackageName, origin: Origin, files: Vec<File>, policy: &Policy) -> Self {
        let mut releases: BTreeMap<Version, Vec<(WheelName, File)>> = BTreeMap::new();
        for file in files {
            if let Some(wheel) = WheelName::parse(&file.name) {
                if wheel.project == *name {
                    releases.entry(wheel.version.clone()).or_default().push((wheel, file));
                }
            } else if let Some(version) = source_version(&file.name, name) {
                releases.entry(version).or_default();
            }
        }
        let release = |(version, wheels)| {
            let candidate = choose(name, &version, wheels, policy);
            Release { version, candidate: candidate.map(|wheel| Candidate::Wheel(Box::new(wheel))) }
        };
        Self { origin, releases: releases.into_iter().map(release).collect() }
    }

    /// A project that the image has.
    pub(super) fn provided(version: Version, place: Place) -> Self {
        let candidate = Ok(Candidate::Provided);
        Self { origin: Origin::Provided(place), releases: vec![Release { version, candidate }] }
    }

    /// A project that no index has.
    pub(super) fn nowhere(asked: String) -> Self {
        Self { origin: Origin::Nowhere(asked), releases: Vec::new() }
    }

    /// The wheel of a release.
    pub(super) fn wheel(&self, release: u32) -> Option<&Wheel> {
        match &self.releases.get(release as usize)?.candidate {
            Ok(Candidate::Wheel(wheel)) => Some(wheel),
            Ok(Candidate::Provided) | Err(_) => None,
        }
    }

    /// The usable releases that satisfy `specifiers`, by pip's rules: yanked ones only for an exact pin,
    /// pre-releases only where one is named or where nothing else satisfies them.
    pub(super) fn satisfying(
        &self,
        name: &PackageName,
        specifiers: &VersionSpecifiers,
        policy: &Policy,
    ) -> Versions {
        let is_pinned = specifiers::is_pinned(specifiers);
        let usable = |release: &Release| match &release.candidate {
            Ok(Candidate::Provided) => true,
            Ok(Candidate::Wheel(wheel)) => {
                wheel.file.yanked.is_none() || is_pinned || policy.pins(name, &release.version)
            }
            Err(_) => false,
        };
        let satisfying: Vec<u32> = self
            .numbered()
            .filter(|(_, release)| usable(release) && specifiers::contains(specifiers, &release.version))
            .map(|(number, _)| number)
            .collect();
        let stable: Vec<u32> = satisfying
            .iter()
            .copied()
            .filter(|number| !self.releases[*number as usize].version.any_prerelease())
            .collect();
        let takes_all = specifiers::names_prerelease(specifiers) || policy.takes_prereleases(name);
        // What the image has is there, whatever pip would take.
        let is_provided = matches!(self.origin, Origin::Provided(_));
        if takes_all || is_provided || stable.is_empty() {
            Versions::of(&satisfying)
        } else {
            Versions::of(&stable)
        }
    }

    /// The usable releases in `versions`, newest first.
    pub(super) fn newest_first<'a>(&'a self, versions: &'a Versions) -> impl Iterator<Item = u32> + 'a {
        let numbered = self.numbered().rev();
        numbered
            .filter(|(number, release)| release.candidate.is_ok() && versions.has(*number))
            .map(|(number, _)| number)
    }

    /// The releases with the numbers by which the solver knows them.
    pub(super) fn numbered(&self) -> impl DoubleEndedIterator<Item = (u32, &Release)> {
        // No index page is large enough for the numbers to run out.
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        self.releases.iter().enumerate().map(move |(place, release)| (number(place), release))
    }
}

/// The wheel to take of a release: the best tag, then the highest build number.
fn choose(
    project: &PackageName,
    version: &Version,
    wheels: Vec<(WheelName, File)>,
    policy: &Policy,
) -> Result<Wheel, Unusable> {
    if let Some(constraint) = policy.broken_constraint(project, version) {
        return Err(Unusable::Constraint(format!("`{}` ({})", constraint.text, constraint.place)));
    }
    if wheels.is_empty() {
        return Err(Unusable::SourceOnly);
    }
    let all_tags: BTreeSet<String> = wheels.iter().map(|(name, _)| name.tags()).collect();
    let mut fitting: Vec<(usize, Wheel)> = Vec::new();
    let mut other_python = None;
    for (name, file) in wheels {
        let Some(rank) = policy.tags.rank(&name) else { continue };
        match python_fits(&file, policy) {
            Fits::Yes => fitting.push((rank, Wheel { file, name, depends_on_patch: None })),
            Fits::DependsOnPatch(text) => {
                fitting.push((rank, Wheel { file, name, depends_on_patch: Some(text) }));
            }
            Fits::No(text) => other_python = Some(text),
        }
    }
    if fitting.is_empty() {
        let tags = all_tags.into_iter().collect();
        return Err(other_python.map_or(Unusable::NoFit { tags }, Unusable::Python));
    }
    check_hashes(project, &mut fitting, policy)?;
    let best = fitting.into_iter().min_by(|(a_rank, a), (b_rank, b)| {
        let yanked = a.file.yanked.is_some().cmp(&b.file.yanked.is_some());
        let build = b.name.build.cmp(&a.name.build);
        yanked.then(a_rank.cmp(b_rank)).then(build).then_with(|| a.file.name.cmp(&b.file.name))
    });
    best.map(|(_, wheel)| wheel).ok_or(Unusable::SourceOnly)
}

enum Fits {
    Yes,
    No(String),
    DependsOnPatch(String),
}

/// An unreadable `Requires-Python` counts as none, as with pip; the METADATA is checked again.
fn python_fits(file: &File, policy: &Policy) -> Fits {
    let Some(text) = &file.requires_python else { return Fits::Yes };
    let Ok(specifiers) = specifiers::parse_legacy_specifiers(text) else { return Fits::Yes };
    match policy.environment.satisfies(&specifiers) {
        Some(true) => Fits::Yes,
        Some(false) => Fits::No(text.clone()),
        None => Fits::DependsOnPatch(text.clone()),
    }
}

/// Leaves the wheels that have one of the hashes that were given, where hash mode is on.
fn check_hashes(
    project: &PackageName,
    fitting: &mut Vec<(usize, Wheel)>,
    policy: &Policy,
) -> Result<(), Unusable> {
    let Some(place) = &policy.hash_mode else { return Ok(()) };
    let given = policy.hashes(project).unwrap_or_default();
    if given.is_empty() {
        return Err(Unusable::NoHash(place.clone()));
    }
    for (_, wheel) in fitting.iter_mut() {
        take_given(&mut wheel.file, given);
    }
    fitting.retain(|(_, wheel)| {
        let sha256 = wheel.file.sha256.map(Checksum::Sha256);
        sha256.is_some_and(|hash| given.contains(&hash))
            || wheel.file.sha512.as_ref().is_some_and(|hash| given.contains(hash))
    });
    if fitting.is_empty() { Err(Unusable::OtherHash(place.clone())) } else { Ok(()) }
}

/// Where the source states no hash at all and the user gave exactly one, the file has to have that one: it is
/// checked when the file is streamed.
fn take_given(file: &mut File, given: &[Checksum]) {
    if file.sha256.is_some() || file.sha512.is_some() {
        return;
    }
    match given {
        [Checksum::Sha256(digest)] => file.sha256 = Some(*digest),
        [checksum @ Checksum::Sha512(_)] => file.sha512 = Some(checksum.clone()),
        _ => {}
    }
}
