//! Which packages of a lock count for a target, and which of their wheels is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};
use url::Url;

use super::document::{self, Lines, Package, Wheel};
use super::marker::Markers;
use super::{Pylock, PylockError};
use crate::digest::{Algorithm, Checksum, Digest};
use crate::manifest::{FileName, PythonVersion, Source, Target, url_fault};
use crate::python::environment::Environment;
use crate::python::project::Project;
use crate::python::requirements_file::{file_name_of, redacted};
use crate::python::specifiers;
use crate::python::tags::Tags;
use crate::python::wheel_name::{WheelName, parse_project};
use crate::python::{PythonError, purl};

/// A wheel that is taken.
pub(super) struct Taken {
    pub purl: String,
    pub file: FileName,
    pub source: Source,
    pub size: Option<u64>,
    pub sha256: Option<Digest>,
    pub checksum: Option<Checksum>,
    pub metadata_sha256: Option<Digest>,
    pub requested_by: Vec<String>,
}

/// The wheels that are taken, by project. What the image has is left out.
pub(super) fn select(
    lock: &Pylock,
    target: &Target,
    python: PythonVersion,
    provided: &BTreeMap<PackageName, Project>,
) -> Result<Vec<Taken>, PythonError> {
    let architecture = target.platform.architecture;
    let environment = Environment::new(python, architecture);
    let chooser = Chooser {
        lock,
        target,
        python,
        environment: &environment,
        tags: Tags::new(python, architecture, target.glibc),
    };
    let mut chosen = BTreeMap::new();
    for (project, (package, place)) in chooser.counting()? {
        match provided.get(&project) {
            Some(image) => check_provided(package, &place, image)?,
            None => drop(chosen.insert(project, (package, chooser.wheel(package, &place)?, place))),
        }
    }
    let mut purls = BTreeMap::new();
    for (project, (_, choice, _)) in &chosen {
        purls.insert(project.clone(), purl(project, choice.version.to_string())?);
    }
    let mut requested_by: BTreeMap<PackageName, BTreeSet<String>> = BTreeMap::new();
    for (project, (package, _, _)) in &chosen {
        let required = package.dependencies.iter().filter_map(|to| parse_project(to.name.as_deref()?));
        for to in required.filter(|to| to != project) {
            requested_by.entry(to).or_default().extend(purls.get(project).cloned());
        }
    }
    let taken = chosen.into_iter().map(|(project, (package, choice, place))| {
        let mut requested_by = requested_by.remove(&project).unwrap_or_default();
        requested_by.extend(package.tool.fatwood.requested_by.iter().cloned());
        if requested_by.is_empty() {
            requested_by.insert(lock.name().to_owned());
        }
        let purl = purls.remove(&project).unwrap_or_default();
        choice.taken(package, purl, requested_by.into_iter().collect(), &place)
    });
    taken.collect::<Result<_, _>>().map_err(PythonError::Pylock)
}

/// A package in the image must be the one that was locked: what others of the lock require was checked against that.
fn check_provided(package: &Package, place: &str, image: &Project) -> Result<(), PylockError> {
    let Some(text) = &package.version else { return Ok(()) };
    let has = image.releases.iter().map(|release| &release.version).next();
    match (Version::from_str(text), has) {
        (Ok(locked), Some(has)) if locked.clone().without_local() != has.clone().without_local() => {
            let reason = format!(
                "the lock has {locked}, and the image has {has} (`spec.target.provided`); lock anew with \
                 `{}=={has}`",
                package.name
            );
            Err(refused(package, place, reason))
        }
        _ => Ok(()),
    }
}

struct Chooser<'a> {
    lock: &'a Pylock,
    target: &'a Target,
    python: PythonVersion,
    environment: &'a Environment,
    tags: Tags,
}

type Counting<'a> = BTreeMap<PackageName, (&'a Package, String)>;

impl<'a> Chooser<'a> {
    /// The packages that count for the target, each with its place.
    fn counting(&self) -> Result<Counting<'a>, PylockError> {
        let Pylock { file, text, document, extras, groups } = self.lock;
        let names =
            |names: &[String]| names.iter().filter_map(|name| ExtraName::from_str(name).ok()).collect();
        let mut markers = Markers {
            environment: self.environment,
            extras: names(extras),
            groups: names(groups.as_ref().unwrap_or(&document.default_groups)),
            comparisons: 0,
        };
        self.check_python(document.requires_python.as_deref(), file)?
            .map_or(Ok(()), |other| Err(self.other_target(format!("for Python `{other}`"))))?;
        self.check_environments(&mut markers)?;
        let lines = Lines::of(text);
        let mut counting: BTreeMap<PackageName, (&Package, usize)> = BTreeMap::new();
        for spanned in &document.packages {
            let (package, line) = (spanned.get_ref(), lines.at(spanned.span().start));
            let place = format!("{file}:{line}");
            let counts =
                package.marker.as_deref().map_or(Ok(true), |marker| self.holds(&mut markers, marker, &place));
            if !counts? {
                continue;
            }
            let project = parse_project(&package.name)
                .ok_or_else(|| refused(package, &place, "it is no name of a project".to_owned()))?;
            if let Some(other) = self.check_python(package.requires_python.as_deref(), &place)? {
                let reason = format!("it requires Python `{other}`, and the target has {}", self.python);
                return Err(refused(package, &place, format!("{reason}; lock anew for the target")));
            }
            if let Some((_, first)) = counting.insert(project.clone(), (package, line)) {
                return Err(PylockError::Twice { first, place, project: project.to_string() });
            }
        }
        let placed = |(project, (package, line))| (project, (package, format!("{file}:{line}")));
        Ok(counting.into_iter().map(placed).collect())
    }

    fn check_environments(&self, markers: &mut Markers<'_>) -> Result<(), PylockError> {
        let environments = &self.lock.document.environments;
        for marker in environments {
            if self.holds(markers, marker, &self.lock.file)? {
                return Ok(());
            }
        }
        match environments.as_slice() {
            [] => Ok(()),
            [one] => Err(self.other_target(format!("for `{}`", shortened(one)))),
            several => Err(self.other_target(format!("for {} other environments", several.len()))),
        }
    }

    fn other_target(&self, is_for: String) -> PylockError {
        PylockError::OtherTarget { file: self.lock.file.clone(), is_for, target: self.target.described() }
    }

    /// The specifiers that the target's Python does not satisfy, if so.
    fn check_python(&self, specifiers: Option<&str>, place: &str) -> Result<Option<String>, PylockError> {
        let Some(text) = specifiers else { return Ok(None) };
        let parsed = specifiers::parse_legacy_specifiers(text)
            .map_err(|error| unreadable(place, text, error.to_string()))?;
        match self.environment.satisfies(&parsed) {
            Some(true) => Ok(None),
            Some(false) => Ok(Some(shortened(text))),
            None => Err(self.depends(place, format!("Python `{}` is required", shortened(text)))),
        }
    }

    fn holds(&self, markers: &mut Markers<'_>, marker: &str, place: &str) -> Result<bool, PylockError> {
        let holds = markers.hold(marker).map_err(|reason| unreadable(place, marker, reason))?;
        holds.ok_or_else(|| self.depends(place, format!("the marker `{}` counts", shortened(marker))))
    }

    fn depends(&self, place: &str, what: String) -> PylockError {
        PylockError::DependsOnPatch { place: place.to_owned(), what, python: self.python }
    }

    /// The wheel to take of a package: the best tag, then the highest build number.
    fn wheel(&self, package: &'a Package, place: &str) -> Result<Choice<'a>, PylockError> {
        let refuse = |reason: String| refused(package, place, reason);
        if let Some(reason) = without_wheels(package) {
            return Err(refuse(reason.to_owned()));
        }
        let mut tags = BTreeSet::new();
        let mut fitting = Vec::new();
        for wheel in package.wheels.iter().chain(&package.archive) {
            let file = wheel.file_name().unwrap_or_default();
            let name = WheelName::parse(&file)
                .ok_or_else(|| refuse(format!("`{}` is no file name of a wheel", shortened(&file))))?;
            check_identity(package, &name).map_err(refuse)?;
            tags.insert(name.tags());
            fitting.extend(self.tags.rank(&name).map(|rank| (rank, name, file, wheel)));
        }
        let best = fitting.into_iter().min_by(|(a_rank, a, a_file, _), (b_rank, b, b_file, _)| {
            a_rank.cmp(b_rank).then_with(|| b.build.cmp(&a.build)).then_with(|| a_file.cmp(b_file))
        });
        let Some((_, name, file, wheel)) = best else {
            let has: Vec<_> = tags.iter().take(8).map(String::as_str).collect();
            let reason = format!(
                "it has wheels only for {}, and the target is {}",
                has.join(", "),
                self.target.described()
            );
            return Err(refuse(format!("{reason}; lock anew for the target, or with another version")));
        };
        Ok(Choice { version: name.version, file, wheel })
    }
}

/// Why a package has no wheel, if so.
fn without_wheels(package: &Package) -> Option<&'static str> {
    if package.vcs.is_some() {
        return Some(
            "it is a checkout, and nothing is built here; build a wheel of it, put it on an index or at a URL, and \
             lock that",
        );
    }
    if package.directory.is_some() {
        return Some(
            "it is a directory of the machine that locked it; build a wheel of it, put it on an index or at a URL, \
             and lock that",
        );
    }
    let of_sources = package
        .archive
        .as_ref()
        .is_some_and(|archive| archive.file_name().and_then(|file| WheelName::parse(&file)).is_none());
    if of_sources || (package.wheels.is_empty() && package.archive.is_none()) {
        return Some(
            "it has only sources, and nothing is built here; build a wheel of it on the target's platform, put it on \
             an index of your own and lock that, or, if the image has it, name it in `spec.target.provided`",
        );
    }
    None
}

/// A wheel is of the package that it stands below.
fn check_identity(package: &Package, name: &WheelName) -> Result<(), String> {
    let version = package.version.as_deref().map(Version::from_str);
    let is_of = parse_project(&package.name).as_ref() == Some(&name.project)
        && version.is_none_or(|version| version.as_ref() == Ok(&name.version));
    if is_of { Ok(()) } else { Err(format!("one of its wheels is of `{} {}`", name.project, name.version)) }
}

impl Wheel {
    /// Its name, or the last part of its URL or path.
    fn file_name(&self) -> Option<String> {
        let of_url = || file_name_of(&Url::parse(self.url.as_deref()?).ok()?);
        let of_path = || self.path.as_deref()?.rsplit(['/', '\\']).next().map(str::to_owned);
        self.name.clone().or_else(of_url).or_else(of_path)
    }
}

/// The wheel to take.
struct Choice<'a> {
    version: Version,
    file: String,
    wheel: &'a Wheel,
}

impl Choice<'_> {
    fn taken(
        self,
        package: &Package,
        purl: String,
        requested_by: Vec<String>,
        place: &str,
    ) -> Result<Taken, PylockError> {
        let refuse = |reason: String| refused(package, place, reason);
        let url = url(self.wheel).map_err(|reason| refuse(format!("`{}` {reason}", self.file)))?;
        let hash = hash(self.wheel).map_err(|reason| refuse(format!("`{}` {reason}", self.file)))?;
        let (sha256, checksum) = match hash {
            Checksum::Sha256(sha256) => (Some(sha256), None),
            other => (None, Some(other)),
        };
        let document::Ours { index, metadata_sha256, .. } = package.tool.fatwood.clone();
        let source = match index {
            Some(index) => Source::Index { index, url },
            None => Source::Url { url },
        };
        let file = self.file.parse().map_err(|error| refuse(format!("{error}")))?;
        Ok(Taken {
            purl,
            file,
            source,
            size: self.wheel.size,
            sha256,
            checksum,
            metadata_sha256,
            requested_by,
        })
    }
}

fn url(wheel: &Wheel) -> Result<Url, String> {
    let Some(text) = &wheel.url else {
        return Err("is at a path of the machine that locked it, which means nothing to who populates the volume; put it on \
                    an index or at a URL, and lock that"
            .to_owned());
    };
    let mut url = Url::parse(text).map_err(|_| "is at no well-formed URL".to_owned())?;
    url.set_fragment(None);
    match url_fault(&url) {
        Some(fault) => Err(format!("cannot be fetched: of its URL, {fault}")),
        None => Ok(url),
    }
}

/// The strongest hash that is stated.
fn hash(wheel: &Wheel) -> Result<Checksum, String> {
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        if let Some(hex) = wheel.hashes.get(algorithm.suffix()) {
            return Checksum::from_hex(algorithm, hex)
                .ok_or_else(|| format!("has a malformed {}: `{}`", algorithm.suffix(), shortened(hex)));
        }
    }
    let has: Vec<_> = wheel.hashes.keys().take(8).map(|name| shortened(name)).collect();
    let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
    Err(format!("needs a hash by sha256 or sha512, and has {has}; lock anew with a tool that writes one"))
}

fn refused(package: &Package, place: &str, reason: String) -> PylockError {
    PylockError::Refused { place: place.to_owned(), project: shortened(&package.name), reason }
}

fn unreadable(place: &str, text: &str, reason: String) -> PylockError {
    PylockError::Unreadable { place: place.to_owned(), text: shortened(text), reason }
}

/// A text of the lock as it is shown: 200 characters at most, and no credentials.
fn shortened(text: &str) -> String {
    redacted(text).replace(char::is_control, " ")
}
