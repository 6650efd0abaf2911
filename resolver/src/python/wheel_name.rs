//! File names of wheels and source distributions.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention>

use std::str::FromStr;

use pep440_rs::Version;
use pep508_rs::PackageName;

/// The most tags that one part of a compressed tag set may have. Real wheels have at most six.
const MAX_TAGS: usize = 16;

/// How the names of source distributions end.
const SOURCES: [&str; 5] = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"];

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WheelName {
    /// The project, normalised (PEP 503).
    pub project: PackageName,
    /// The version.
    pub version: Version,
    /// The build tag: ordered by number, then by the rest; none comes first.
    pub build: Option<(u64, String)>,
    /// The Python tags, as in `cp310` or `py2`, `py3`.
    pub pythons: Vec<String>,
    /// The ABI tags, as in `cp310`, `abi3` or `none`.
    pub abis: Vec<String>,
    /// The platform tags, as in `manylinux_2_17_x86_64`, `manylinux2014_x86_64`.
    pub platforms: Vec<String>,
}

impl WheelName {
    /// Reads a file name; `None` where it is no wheel's.
    pub(super) fn parse(file_name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '!');
        let stem = file_name.strip_suffix(".whl").filter(|stem| stem.chars().all(plain))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (project, version, build, [pythons, abis, platforms]) = match *parts.as_slice() {
            [project, version, python, abi, platform] => (project, version, None, [python, abi, platform]),
            [project, version, build, python, abi, platform] => {
                (project, version, Some(parse_build(build)?), [python, abi, platform])
            }
            _ => return None,
        };
        Some(Self {
            project: parse_project(project)?,
            version: Version::from_str(version).ok()?,
            build,
            pythons: split_tags(pythons)?,
            abis: split_tags(abis)?,
            platforms: split_tags(platforms)?,
        })
    }

    /// The tags as the file name has them.
    pub(super) fn tags(&self) -> String {
        format!("{}-{}-{}", self.pythons.join("."), self.abis.join("."), self.platforms.join("."))
    }
}

/// A project's name, normalised (PEP 503); `PackageName` itself takes the empty text.
pub(super) fn parse_project(text: &str) -> Option<PackageName> {
    PackageName::from_str(text).ok().filter(|name| !name.as_ref().is_empty())
}

/// A number, then anything: `1`, `10`, `1_cuda`.
fn parse_build(text: &str) -> Option<(u64, String)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest.to_owned()))
}

fn split_tags(text: &str) -> Option<Vec<String>> {
    let tags: Vec<String> = text.split('.').map(str::to_ascii_lowercase).collect();
    (tags.len() <= MAX_TAGS && tags.iter().all(|tag| !tag.is_empty())).then_some(tags)
}

/// The version of a source distribution of `project`; `None` where the file name is not of one.
///
/// Old names have hyphens in the project's name, and then only the name tells where the version begins.
pub(super) fn source_version(file_name: &str, project: &PackageName) -> Option<Version> {
    let stem = SOURCES.iter().find_map(|suffix| file_name.strip_suffix(suffix))?;
    let hyphens = stem.match_indices('-').map(|(at, _)| at);
    let splits = hyphens.map(|at| (&stem[..at], &stem[at + 1..]));
    let mut named = splits.filter(|(name, _)| PackageName::from_str(name).is_ok_and(|name| name == *project));
    named.find_map(|(_, version)| Version::from_str(version).ok())
}

/// Whether a file may be a wheel or a source distribution, by the end of its name.
pub(super) fn is_distribution(file_name: &str) -> bool {
    [".whl"].iter().chain(&SOURCES).any(|suffix| file_name.ends_with(suffix))
}

/// Whether a file is a wheel or a source distribution of `project`.
pub(super) fn is_of(file_name: &str, project: &PackageName) -> bool {
    WheelName::parse(file_name).is_some_and(|wheel| wheel.project == *project)
        || source_version(file_name, project).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_wheels_are_taken_apart() {
        let check = |file_name: &str, project: &str, version: &str, tags: &str| {
            let name = WheelName::parse(file_name).expect(file_name);
            assert_eq!(
                (name.project.to_string(), name.version.to_string()),
                (project.into(), version.into())
            );
            assert_eq!(name.tags(), tags);
        };
        check("six-1.16.0-py2.py3-none-any.whl", "six", "1.16.0", "py2.py3-none-any");
        check("Foo.Bar_baz-1.0-1-py3-none-any.whl", "foo-bar-baz", "1.0", "py3-none-any");
        check("a-1.0+local_1-py3-none-any.whl", "a", "1.0+local.1", "py3-none-any");
        check("a-1!2.0_post1-py3-none-any.whl", "a", "1!2.0.post1", "py3-none-any");
        let many = "cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64";
        check(&format!("numpy-1.26.4-{many}.whl"), "numpy", "1.26.4", many);
    }

    #[test]
    fn what_is_no_wheel_is_refused() {
        let long = format!("a-1-{}-none-any.whl", ["py3"; 17].join("."));
        let bad = [
            "a-1.tar.gz",
            "a-1-py3-none.whl",
            "a-x-py3-none-any.whl",
            "a-1-b-py3-none-any.whl",
            "-1-py3-none-any.whl",
            "a-1-1-2-py3-none-any.whl",
            "a-1-1/../x-py3-none-any.whl",
            "a-1-py3..py2-none-any.whl",
            &long,
        ];
        for name in bad {
            assert_eq!(WheelName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn build_tags_are_ordered_by_number() {
        let build = |tag: &str| WheelName::parse(&format!("a-1{tag}-py3-none-any.whl")).expect(tag).build;
        assert!(build("-10") > build("-2"));
        assert!(build("-2_b") > build("-2_a"));
        assert!(build("-0") > build(""));
    }

    #[test]
    fn names_of_source_distributions() {
        let check = |file_name: &str, project: &str, expected: Option<&str>| {
            let project = PackageName::from_str(project).expect(project);
            let version = source_version(file_name, &project).map(|version| version.to_string());
            assert_eq!(version.as_deref(), expected, "{file_name}");
        };
        check("pyspark-3.5.1.tar.gz", "pyspark", Some("3.5.1"));
        check("zope.interface-5.0.zip", "zope-interface", Some("5.0"));
        check("foo-bar-1.0.tar.gz", "foo-bar", Some("1.0"));
        check("foo-bar-1.0.tar.gz", "foo", None);
        check("foo-1.0.egg", "foo", None);
    }
}
