//! The environment that markers and `Requires-Python` are evaluated for: the target's, never the host's.

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

use super::specifiers;
use crate::requirements::{Architecture, PythonVersion};

/// The highest patch version to reckon with where the target names none; the highest that `CPython` has had
/// since 3.0 is below 30.
const MAX_PATCH: u8 = 40;

/// The environments that the target may be: one where its patch version is known, else one for each that
/// may be. An answer counts only where all of them agree.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    pythons: Vec<Version>,
    markers: Vec<MarkerEnvironment>,
}

impl Environment {
    /// The environment of a target.
    pub(super) fn new(python: PythonVersion, architecture: Architecture) -> Self {
        let patches = python.patch.map_or(0..=MAX_PATCH, |patch| patch..=patch);
        let version = |patch: u8| Version::new([3, u64::from(python.minor), u64::from(patch)]);
        let pythons: Vec<Version> = patches.map(version).collect();
        let markers =
            pythons.iter().filter_map(|full| markers_of(full, python.minor, architecture)).collect();
        Self { pythons, markers }
    }

    /// Whether the target's Python satisfies `specifiers`; `None` where that depends on its patch version.
    pub(super) fn satisfies(&self, specifiers: &VersionSpecifiers) -> Option<bool> {
        agreed(self.pythons.iter().map(|python| specifiers::contains(specifiers, python)))
    }

    /// Whether a marker holds with `extras`; `None` where that depends on the target's patch version.
    pub(super) fn holds(&self, marker: &MarkerTree, extras: &[ExtraName]) -> Option<bool> {
        if marker.is_true() {
            return Some(true);
        }
        agreed(self.markers.iter().map(|environment| marker.evaluate(environment, extras)))
    }
}

fn agreed(mut answers: impl Iterator<Item = bool>) -> Option<bool> {
    let first = answers.next()?;
    answers.all(|answer| answer == first).then_some(first)
}

fn markers_of(full: &Version, minor: u8, architecture: Architecture) -> Option<MarkerEnvironment> {
    let full = full.to_string();
    let python_version = format!("3.{minor}");
    let builder = MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: &full,
        os_name: "posix",
        platform_machine: match architecture {
            Architecture::Amd64 => "x86_64",
            Architecture::Arm64 => "aarch64",
        },
        platform_python_implementation: "CPython",
        // The kernel of the node; nobody can know it, and no wheel asks.
        platform_release: "",
        platform_system: "Linux",
        platform_version: "",
        python_full_version: &full,
        python_version: &python_version,
        sys_platform: "linux",
    };
    builder.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn environment(python: &str) -> Environment {
        Environment::new(python.parse().expect(python), Architecture::Amd64)
    }

    #[test]
    fn markers_are_those_of_the_target() {
        let check = |python: &str, marker: &str, expected: Option<bool>| {
            let tree: MarkerTree = marker.parse().expect(marker);
            assert_eq!(environment(python).holds(&tree, &[]), expected, "{python} {marker}");
        };
        check("3.10", "python_version < '3.9'", Some(false));
        check("3.9", "python_version < '3.10'", Some(true));
        check("3.10", "'3.10' <= python_version", Some(true));
        check("3.10", "python_full_version >= '3.10.5'", None);
        check("3.10.4", "python_full_version >= '3.10.5'", Some(false));
        check("3.10.14", "python_full_version >= '3.10.5'", Some(true));
        check("3.11", "python_full_version < '3.11.0a7'", Some(false));
        check("3.10", "'linux' in sys_platform", Some(true));
        check("3.10", "'win' in sys_platform", Some(false));
        check("3.10", "platform_machine == 'x86_64' and platform_system == 'Linux'", Some(true));
        check("3.10", "os_name == 'nt' or platform_python_implementation == 'CPython'", Some(true));
        check("3.10", "extra == 'a'", Some(false));
    }

    #[test]
    fn extras_count_inside_nested_markers() {
        let marker = "python_version > '3' and (extra == 'a' or extra == 'b')";
        let tree: MarkerTree = marker.parse().expect(marker);
        let holds = |name: &str| environment("3.10").holds(&tree, &[ExtraName::from_str(name).expect(name)]);
        assert_eq!((holds("b"), holds("c")), (Some(true), Some(false)));
    }

    #[test]
    fn requires_python_is_checked_in_full() {
        let check = |python: &str, text: &str, expected: Option<bool>| {
            let specifiers = VersionSpecifiers::from_str(text).expect(text);
            assert_eq!(environment(python).satisfies(&specifiers), expected, "{python} {text}");
        };
        check("3.10", ">=3.8,!=3.10.*", Some(false));
        check("3.10", "<3.11", Some(true));
        check("3.10", ">=3.10.5", None);
        check("3.10.5", ">=3.10.5", Some(true));
        check("3.9", ">=3.7,!=3.9.0,!=3.9.1", None);
        check("3.10", ">=3.7,!=3.9.0,!=3.9.1", Some(true));
        check("3.10", "<4", Some(true));
        check("3.10", ">=3.11.2", Some(false));
    }
}
