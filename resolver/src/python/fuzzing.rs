//! What holds of the parsers of Python's files: [`crate::fuzzing`].

use std::cell::Cell;
use std::io::{self, Cursor};
use std::str::FromStr as _;

use bytes::Bytes;
use pep440_rs::Version;
use pep508_rs::{PackageName, VersionOrUrl};
use url::Url;

use super::core_metadata::{MAX_SIZE, Metadata};
use super::environment::Environment;
use super::index_page::{self, File};
use super::project::{Origin, Project};
use super::requirements_file::{Requirements, Surroundings};
use super::specifiers;
use super::wheel_archive::{self, Look, Parts};
use super::wheel_name::{self, WheelName};
use crate::python::policy::Policy;
use crate::requirements::{Architecture, PythonVersion, Target};

/// What no set may get from the environment.
const SECRET: &str = "hunter2-of-the-environment";
/// How many files are included before the test's own surroundings refuse: more than the reader takes.
const MOST_FILES: usize = 2_000;
/// From this length of its path on a file is empty, in bytes.
const LONG_NAME: usize = 40;
/// More requests than the parts of one archive take.
const MOST_REQUESTS: usize = 100;

/// A file that includes itself under every name until that is long, and an environment in which every variable is set.
struct Mirrors<'a> {
    text: &'a str,
    files: Cell<usize>,
    variables: Cell<usize>,
    is_set: bool,
}

impl Surroundings for Mirrors<'_> {
    fn read(&self, path: &str) -> io::Result<String> {
        self.files.set(self.files.get() + 1);
        assert!(self.files.get() < MOST_FILES, "too many files are included");
        if self.is_set {
            assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
        }
        Ok(if path.len() < LONG_NAME { self.text.to_owned() } else { String::new() })
    }

    fn variable(&self, _: &str) -> Option<String> {
        self.variables.set(self.variables.get() + 1);
        Some(SECRET.to_owned())
    }
}

/// A set reaches no variable and no file but those below it, whatever it includes; and no message and no requirement
/// has a variable's value.
pub(crate) fn requirements_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(SECRET) {
        return;
    }
    for is_set in [true, false] {
        let around = Mirrors { text: &text, files: Cell::new(0), variables: Cell::new(0), is_set };
        let read = if is_set {
            Requirements::of_list(&[text.clone().into_owned()], "spec.requirements", &around)
        } else {
            Requirements::of_file("requirements.txt", &around)
        };
        assert!(!is_set || around.variables.get() == 0);
        match read {
            Ok(requirements) => {
                for wanted in requirements.wanted.iter().chain(&requirements.constraints) {
                    assert!(!format!("{wanted:?}").contains(SECRET));
                    assert!(wanted.hashes.is_empty() || requirements.hash_mode.is_some());
                }
            }
            Err(error) => assert!(!error.to_string().contains(SECRET), "{error}"),
        }
    }
}

/// A requirement is evaluated, and is read again from its own text.
pub(crate) fn requirement(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(versions) = specifiers::parse_legacy_specifiers(&text) {
        for version in ["0", "1.0", "2.0rc1", "3.0.post1", "1!0.1+local"] {
            let Ok(version) = Version::from_str(version) else { continue };
            specifiers::contains(&versions, &version);
        }
    }
    let Ok(requirement) = specifiers::parse_requirement(&text) else {
        let _ = specifiers::parse_legacy_requirement(&text);
        return;
    };
    assert_eq!(specifiers::parse_legacy_requirement(&text).as_ref(), Ok(&requirement));
    if let Some(environment) = environment() {
        assert!(environment.holds(&requirement.marker, &requirement.extras).is_some());
    }
    // A URL is written as it was parsed, in which more may have to be escaped than in what was written.
    if !matches!(requirement.version_or_url, Some(VersionOrUrl::Url(_))) {
        let again = specifiers::parse_requirement(&requirement.to_string());
        assert_eq!(again.map(|again| (again.name, again.version_or_url)), {
            Ok((requirement.name.clone(), requirement.version_or_url.clone()))
        });
    }
}

fn environment() -> Option<Environment> {
    let python: PythonVersion = "3.10.14".parse().ok()?;
    Some(Environment::new(python, Architecture::Amd64))
}

/// METADATA that is taken is of the wheel, and what it requires can be evaluated.
pub(crate) fn metadata(bytes: &[u8]) {
    let Some(wheel) = WheelName::parse("Foo.Bar-1.0-py3-none-any.whl") else { return };
    let (Ok(metadata), Some(environment)) = (Metadata::parse(bytes, &wheel), environment()) else { return };
    for requirement in &metadata.requires {
        assert!(environment.holds(&requirement.marker, &metadata.extras).is_some());
    }
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    assert!(text.contains("name") && text.contains("version"));
}

/// An index's HTML: [`page`].
pub(crate) fn simple_html(bytes: &[u8]) {
    page(bytes, "text/html");
}

/// An index's JSON: [`page`].
pub(crate) fn simple_json(bytes: &[u8]) {
    page(bytes, "application/vnd.pypi.simple.v1+json");
}

/// The files of a page are where a page of that URL may say, their URLs hold no secret, and a project of them has
/// its releases in order.
fn page(bytes: &[u8], content_type: &str) {
    let (Ok(project), Ok(target)) = (PackageName::from_str("foo-bar"), target()) else { return };
    for url in ["https://index.example.org/simple/foo-bar/", "http://index.example.org/simple/foo-bar/"] {
        let Ok(url) = Url::parse(url) else { continue };
        let Ok(files) = index_page::parse(bytes, Some(content_type), &url, Some(&project)) else { continue };
        for File { url: at, .. } in &files {
            assert!(at.scheme() == "https" || (at.scheme() == "http" && url.scheme() == "http"));
            assert!(at.username().is_empty() && at.password().is_none() && at.fragment().is_none());
        }
        let project = Project::of_files(&project, Origin::Url, files, &target);
        assert!(project.releases.is_sorted_by(|a, b| a.version < b.version));
    }
}

fn target() -> Result<Policy, ()> {
    let python: PythonVersion = "3.10.14".parse().map_err(|_| ())?;
    let policy = Policy::new(&Requirements::default(), &Target::default(), python);
    policy.map(|(policy, _)| policy).map_err(|_| ())
}

/// A wheel's name has nothing of a path, and its tags are those that it ends with.
pub(crate) fn wheel_name(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(project) = PackageName::from_str("foo-bar") {
        let _ = wheel_name::source_version(&text, &project);
    }
    let Some(name) = WheelName::parse(&text) else { return };
    assert!(!text.contains(['/', '\\', '%', '\0', '\n']) && text.is_ascii());
    assert!(text.to_ascii_lowercase().ends_with(&format!("-{}.whl", name.tags())));
    let again = format!("{}-{}-{}.whl", name.project.as_dist_info_name(), name.version, name.tags());
    let again = WheelName::parse(&again).map(|again| (again.project, again.version));
    assert_eq!(again, Some((name.project.clone(), name.version.clone())));
    if let Ok(policy) = target() {
        policy.tags.rank(&name);
    }
}

/// Reading METADATA by parts takes few requests and comes to what reading the whole wheel does.
pub(crate) fn wheel_parts(bytes: &[u8]) {
    let Some(wheel) = WheelName::parse("foo_bar-1.0-py3-none-any.whl") else { return };
    let whole = wheel_archive::read(Cursor::new(bytes), &wheel);
    assert!(whole.as_ref().map_or(true, |metadata| metadata.len() <= MAX_SIZE));
    let mut parts = Parts::new(bytes.len() as u64);
    let mut next = (bytes.len().saturating_sub(64), 64);
    for _ in 0..MOST_REQUESTS {
        let (start, length) = next;
        let end = start.saturating_add(length).min(bytes.len());
        parts.add(start as u64, Bytes::copy_from_slice(&bytes[start..end]));
        match parts.look(&wheel) {
            Ok(Look::Needs { start, length }) => {
                assert!(length > 0);
                let Ok(wanted) = usize::try_from(start) else { return };
                assert!(wanted < bytes.len(), "byte {start} of {}", bytes.len());
                next = (wanted, usize::try_from(length).unwrap_or(usize::MAX));
            }
            Ok(Look::Found(metadata)) => return assert_eq!(whole.ok(), Some(metadata)),
            Err(_) => return assert!(whole.is_err()),
        }
    }
    assert!(bytes.is_empty(), "more than {MOST_REQUESTS} requests");
}
