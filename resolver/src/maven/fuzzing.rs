//! What holds of the parsers of Maven's files: [`crate::fuzzing`].

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::gav::metadata_path;
use super::metadata::{Builds, VersionList};
use super::range::{Constraint, Ranges};
use super::version::Version;
use super::{Answer, Gav, Graph, Listing, Query, Request, Resolution, ResolutionError, Step};
use crate::manifest::Mode;
use crate::requirements::{Coordinate, Module, Rules, Target};

/// More questions than the bytes of one input can name.
const MOST_QUERIES: usize = 20_000;

/// A repository in one file: the roots behind `>>>`, each POM behind `=== group:artifact:version`.
struct Repository {
    roots: Vec<Coordinate>,
    poms: BTreeMap<Gav, Vec<u8>>,
}

impl Repository {
    fn read(bytes: &[u8]) -> Self {
        let mut repository = Self { roots: Vec::new(), poms: BTreeMap::new() };
        let mut current: Option<&mut Vec<u8>> = None;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            if let Some(roots) = text.strip_prefix(">>>") {
                let roots = roots.split_whitespace().filter_map(|root| root.parse().ok());
                repository.roots.extend(roots.take(8));
            } else if let Some(name) = text.strip_prefix("===") {
                let parts: Vec<&str> = name.trim().split(':').collect();
                let [group, artifact, version] = *parts.as_slice() else { continue };
                let module = Module { group: group.to_owned(), artifact: artifact.to_owned() };
                let gav = Gav { module, version: version.to_owned() };
                current = Some(repository.poms.entry(gav).or_default());
            } else if let Some(pom) = &mut current {
                pom.extend(line);
            }
        }
        repository
    }

    fn answer(&self, query: &Query) -> Answer {
        match query {
            Query::Pom(gav) => self.poms.get(gav).map_or(Answer::Absent, |pom| Answer::Pom(pom.clone())),
            Query::Versions(module) => {
                let of_module = self.poms.keys().filter(|gav| gav.module == *module);
                let versions: Vec<String> = of_module.map(|gav| gav.version.clone()).collect();
                let latest = versions.last().cloned();
                match &latest {
                    None => Answer::Absent,
                    Some(_) => Answer::Versions(Listing { versions, release: latest.clone(), latest }),
                }
            }
        }
    }

    /// Resolves; `pick` says which of the missing answers to give in each round.
    fn resolve(&self, mode: Mode, pick: impl Fn(Vec<Query>) -> Vec<Query>) -> Result<Graph, ResolutionError> {
        let mut resolution = Resolution::new(&Request {
            packages: &self.roots,
            excludes: &[],
            transitive: true,
            target: &Target::default(),
            rules: &Rules { mode, ..Rules::default() },
        })?;
        let mut fed = BTreeSet::new();
        loop {
            let missing = match resolution.ask()? {
                Step::Done(graph) => return Ok(graph),
                Step::Missing(missing) => missing,
            };
            assert!(!missing.is_empty() && fed.len() < MOST_QUERIES);
            for query in pick(missing) {
                match &query {
                    Query::Pom(gav) => assert!(gav.is_plain() && gav.pom_path().is_ok(), "{gav}"),
                    Query::Versions(module) => assert!(metadata_path(module).is_ok(), "{module}"),
                }
                assert!(fed.insert(query.clone()), "{query} is asked for again");
                let answer = self.answer(&query);
                resolution.feed(query, answer);
            }
        }
    }
}

/// Whatever the POMs say, the resolution ends, asks for nothing twice and for nothing outside of a repository, and
/// its outcome does not depend on the order of the answers.
pub(crate) fn pom(bytes: &[u8]) {
    let repository = Repository::read(bytes);
    for mode in [Mode::Spark, Mode::Maven] {
        resolved(&repository, mode);
    }
}

fn resolved(repository: &Repository, mode: Mode) {
    let outcome = repository.resolve(mode, |missing| missing);
    let other = repository.resolve(mode, |missing| missing.into_iter().next_back().into_iter().collect());
    assert_eq!(outcome, other);
    match outcome {
        Ok(graph) => {
            for node in graph.nodes {
                assert!(node.gav.is_plain(), "{}", node.gav);
                for file in node.files {
                    // Where a file has no path below a repository, locking it says so.
                    let path = node.gav.path(file.classifier.as_deref(), &file.extension);
                    assert!(path.map_or(true, |path| !path.as_str().contains("/../")));
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Versions are listed without blanks around them, and none is empty. What stands for a build can be part of a
/// path.
pub(crate) fn metadata(bytes: &[u8]) {
    if let Ok(list) = VersionList::parse(bytes) {
        let Listing { versions, latest, release } = Listing::merge(vec![list]);
        let named = versions.iter().chain(&latest).chain(&release);
        assert!(named.into_iter().all(|version| !version.is_empty() && version.trim() == version));
        assert!(versions.len() <= bytes.len());
    }
    let module = Module { group: "g".to_owned(), artifact: "a".to_owned() };
    let snapshot = Gav { module, version: "1-SNAPSHOT".to_owned() };
    if let Ok(builds) = Builds::parse(bytes, &snapshot) {
        let build = builds.version(None, "jar").map(|build| snapshot.with_version(build));
        assert!(build.is_none_or(|build| build.is_plain() && build.version.starts_with("1-")));
    }
}

/// The order of the versions on the lines is total, and agrees with equality and hashes.
pub(crate) fn version(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let versions: Vec<Version> = text.lines().take(12).map(Version::new).collect();
    for a in &versions {
        assert_eq!(a, &Version::new(a.as_str()));
        for b in &versions {
            assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{a} {b}");
            assert_eq!(a == b, a.cmp(b).is_eq(), "{a} {b}");
            if a == b {
                assert_eq!(hash(a), hash(b), "{a} {b}");
            }
            for c in &versions {
                assert!(!(a <= b && b <= c) || a <= c, "{a} <= {b} <= {c}");
                assert!(a != b || a.cmp(c) == b.cmp(c), "{a} = {b}, {c}");
            }
        }
    }
}

fn hash(version: &Version) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    hasher.finish()
}

/// The constraint on the first line is read again from its own text, and holds of the versions on the others what
/// its intervals hold, each of which is without gaps and has its bounds where its brackets say.
pub(crate) fn range(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let Ok(constraint) = Constraint::parse(lines.next().unwrap_or_default()) else { return };
    assert_eq!(Constraint::parse(&constraint.to_string()), Ok(constraint.clone()));
    let Constraint::Hard(ranges) = constraint else { return };
    let mut versions: Vec<Version> = lines.take(12).map(Version::new).collect();
    let text = ranges.to_string();
    let intervals: Vec<(String, Ranges)> = text.split_inclusive([']', ')']).filter_map(interval).collect();
    for (text, _) in &intervals {
        versions.extend(bounds(text).into_iter().flatten().map(|(version, _)| version));
    }
    versions.sort();
    assert!(ranges.exact().is_none_or(|version| ranges.contains(version)));
    for version in &versions {
        let in_any = intervals.iter().any(|(_, interval)| interval.contains(version));
        assert_eq!(ranges.contains(version), in_any, "{version} in {ranges}");
    }
    for (text, interval) in &intervals {
        let mut held = versions.iter().map(|version| interval.contains(version)).collect::<Vec<_>>();
        held.dedup();
        assert!(held.iter().filter(|held| **held).count() <= 1, "{text} has a gap");
        let [low, high] = bounds(text);
        let is_single = low.as_ref().zip(high.as_ref()).is_some_and(|(low, high)| low.0 == high.0);
        for (version, inclusive) in [low, high].into_iter().flatten() {
            assert!(is_single || interval.contains(&version) == inclusive, "{version} in {text}");
        }
    }
}

/// One interval, read alone.
fn interval(text: &str) -> Option<(String, Ranges)> {
    let text = text.trim().trim_start_matches(',').trim();
    match Constraint::parse(text) {
        Ok(Constraint::Hard(ranges)) => Some((text.to_owned(), ranges)),
        Ok(Constraint::Soft(_)) | Err(_) => None,
    }
}

/// The bounds that the text of an interval `[low,high)` writes out, and whether each belongs to it.
fn bounds(text: &str) -> [Option<(Version, bool)>; 2] {
    let Some((low, high)) = text.split_once(',') else { return [None, None] };
    let bound = |text: &str, inclusive| {
        let text = text.trim();
        (!text.is_empty()).then(|| (Version::new(text), inclusive))
    };
    let low = bound(low.get(1..).unwrap_or_default(), low.starts_with('['));
    let high = bound(high.get(..high.len().saturating_sub(1)).unwrap_or_default(), high.ends_with(']'));
    [low, high]
}
