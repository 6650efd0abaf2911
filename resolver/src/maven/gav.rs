//! One release of a module, and where a repository keeps its files.

use std::fmt;

use crate::manifest::{FileName, InvalidFileName};
use crate::requirements::Module;

/// A group, an artifact and a version: what one POM describes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gav {
    /// The module.
    pub module: Module,
    /// The version, never a range.
    pub version: String,
}

impl fmt::Display for Gav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.version)
    }
}

impl Gav {
    /// Whether every part can be part of a path in a repository. The parts come from POMs, which
    /// anybody writes; nothing that fails here is ever asked for.
    pub fn is_plain(&self) -> bool {
        [&self.module.group, &self.module.artifact, &self.version].into_iter().all(|part| is_plain(part))
    }

    /// Where the POM is, below a repository's URL.
    pub fn pom_path(&self) -> Result<FileName, InvalidFileName> {
        self.path(None, "pom")
    }

    /// Where a file of the release is, below a repository's URL.
    pub fn path(&self, classifier: Option<&str>, extension: &str) -> Result<FileName, InvalidFileName> {
        let Self { module: Module { group, artifact }, version } = self;
        let name = file_name(artifact, version, classifier, extension);
        format!("{}/{artifact}/{version}/{name}", group.replace('.', "/")).parse()
    }
}

/// Where the list of a module's versions is, below a repository's URL.
pub(super) fn metadata_path(module: &Module) -> Result<FileName, InvalidFileName> {
    format!("{}/{}/maven-metadata.xml", module.group.replace('.', "/"), module.artifact).parse()
}

/// `artifact-version[-classifier].extension`
pub(super) fn file_name(artifact: &str, version: &str, classifier: Option<&str>, extension: &str) -> String {
    let classifier = classifier.map(|classifier| format!("-{classifier}")).unwrap_or_default();
    format!("{artifact}-{version}{classifier}.{extension}")
}

/// Whether `part` can be part of a path: the characters that Maven names have, and no `..`.
pub(super) fn is_plain(part: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'+' | b'~' | b'@');
    !part.is_empty()
        && part.len() <= 200
        && part.bytes().all(plain)
        && !part.contains("..")
        && !part.starts_with('.')
        && !part.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gav(group: &str, artifact: &str, version: &str) -> Gav {
        let module = Module { group: group.to_owned(), artifact: artifact.to_owned() };
        Gav { module, version: version.to_owned() }
    }

    #[test]
    fn paths_are_those_of_a_maven_repository() {
        let gav = gav("org.apache.hadoop", "hadoop-aws", "3.2.0");
        let check = |path: Result<FileName, InvalidFileName>, expected: &str| {
            assert_eq!(path.map(String::from), Ok(expected.to_owned()));
        };
        check(gav.pom_path(), "org/apache/hadoop/hadoop-aws/3.2.0/hadoop-aws-3.2.0.pom");
        check(
            gav.path(Some("tests"), "jar"),
            "org/apache/hadoop/hadoop-aws/3.2.0/hadoop-aws-3.2.0-tests.jar",
        );
        check(metadata_path(&gav.module), "org/apache/hadoop/hadoop-aws/maven-metadata.xml");
    }

    #[test]
    fn hostile_parts_are_not_plain() {
        assert!(gav("g.h", "a_2.12", "1.0-rc+1").is_plain());
        for bad in
            ["", "..", "a/b", "a\\b", "%2f", "a b", "${x}", "a..b", ".a", "a.", "a\n", "a:b", "a?b", "ö"]
        {
            for gav in [gav(bad, "a", "1"), gav("g", bad, "1"), gav("g", "a", bad)] {
                assert!(!gav.is_plain(), "{bad:?}");
            }
        }
    }
}
