//! Which project and version a wheel is, by its file name.

use std::str::FromStr;

use pep440_rs::Version;

/// A project's name and version, compared as Python's packaging does.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    name: String,
    version: String,
}

impl Identity {
    /// By the file name of a wheel; `None` where it is not one.
    pub(super) fn of_file_name(file: &str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        let (5 | 6) = parts.len() else { return None };
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        Some(Self { name: parts[0].to_owned(), version: parts[1].to_owned() })
    }

    /// Whether `stem`, as in `stem.dist-info`, means the same project and version.
    pub(super) fn is_of_directory(&self, stem: &str) -> bool {
        stem.rsplit_once('-').is_some_and(|(name, version)| self.is_named(name) && self.has_version(version))
    }

    /// Whether `name` is this project's, in any spelling.
    pub(super) fn is_named(&self, name: &str) -> bool {
        normalised(name) == normalised(&self.name)
    }

    /// Whether `version` is this version, in any spelling. A version that PEP 440 does not know is compared as text.
    pub(super) fn has_version(&self, version: &str) -> bool {
        match (Version::from_str(version), Version::from_str(&self.version)) {
            (Ok(a), Ok(b)) => a == b,
            _ => version.replace('-', "_") == self.version,
        }
    }

    /// As the headers of `METADATA`, for messages.
    pub(super) fn headers(&self) -> String {
        format!("`Name: {}` and `Version: {}`", self.name, self.version)
    }
}

/// The one spelling of a project's name: lower case, runs of `-`, `_` and `.` as one `-` (PEP 503).
fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_compared_by_name_and_version() {
        let check = |file: &str, stem: &str, expected: bool| {
            let identity = Identity::of_file_name(file).unwrap();
            assert_eq!(identity.is_of_directory(stem), expected, "{file} {stem}");
        };
        check("six-1.17.0-py2.py3-none-any.whl", "six-1.17.0", true);
        check("six-1.17.0-py2.py3-none-any.whl", "six-1.17", true);
        check("six-1.17.0-py2.py3-none-any.whl", "six-1.17.1", false);
        check("ruamel.yaml-1.0-1-py3-none-any.whl", "ruamel_yaml-1.0", true);
        check("Foo_Bar-1.0+cpu-py3-none-any.whl", "foo-bar-1.0+CPU", true);
        check("foo-2004d-py3-none-any.whl", "foo-2004d", true);
        check("foo-odd_1x-py3-none-any.whl", "foo-odd_1x", true);
        check("foo-1.0-py3-none-any.whl", "foo", false);
    }

    #[test]
    fn only_wheels_have_an_identity() {
        for bad in
            ["six-1.0.tar.gz", "six-1.0-py3-none.whl", "a-1-1-1-1-1-1.whl", "-1.0-py3-none-any.whl", ".whl"]
        {
            assert!(Identity::of_file_name(bad).is_none(), "{bad}");
        }
    }
}
