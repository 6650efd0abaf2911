//! One release of a module, and where a repository keeps its files.

use std::fmt;

use crate::manifest::{FileName, InvalidFileName, is_name_character};
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

    /// Where a file of the release is, below a repository's URL. A build of a snapshot is in the snapshot's
    /// directory.
    pub fn path(&self, classifier: Option<&str>, extension: &str) -> Result<FileName, InvalidFileName> {
        let name = file_name(&self.module.artifact, &self.version, classifier, extension);
        format!("{}/{name}", self.directory()).parse()
    }

    /// Where the list of a snapshot's builds is, below a repository's URL.
    pub(super) fn builds_path(&self) -> Result<FileName, InvalidFileName> {
        format!("{}/maven-metadata.xml", self.directory()).parse()
    }

    fn directory(&self) -> String {
        let Self { module: Module { group, artifact }, version } = self;
        let snapshot = before_build(version).map(|before| format!("{before}SNAPSHOT"));
        let version = snapshot.as_ref().unwrap_or(version);
        format!("{}/{artifact}/{version}", group.replace('.', "/"))
    }

    /// Whether its files change with time.
    pub(super) fn is_snapshot(&self) -> bool {
        self.version.ends_with("-SNAPSHOT") || self.version == "SNAPSHOT"
    }

    /// The same module in another version.
    pub(super) fn with_version(&self, version: &str) -> Self {
        Self { module: self.module.clone(), version: version.to_owned() }
    }
}

/// Where the list of a module's versions is, below a repository's URL.
pub(super) fn metadata_path(module: &Module) -> Result<FileName, InvalidFileName> {
    format!("{}/{}/maven-metadata.xml", module.group.replace('.', "/"), module.artifact).parse()
}

/// What stands before the timestamp and number of a snapshot's build: `1.0-` of `1.0-20250102.030405-7`.
fn before_build(version: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (rest, number) = version.rsplit_once('-')?;
    let before = rest.len().checked_sub("20250102.030405".len())?;
    let (before, timestamp) = rest.split_at_checked(before)?;
    let (date, time) = timestamp.split_once('.')?;
    let is_build = digits(number) && date.len() == 8 && digits(date) && digits(time);
    (is_build && (before.is_empty() || before.ends_with('-'))).then_some(before)
}

/// `artifact-version[-classifier].extension`
pub(super) fn file_name(artifact: &str, version: &str, classifier: Option<&str>, extension: &str) -> String {
    let classifier = classifier.map(|classifier| format!("-{classifier}")).unwrap_or_default();
    format!("{artifact}-{version}{classifier}.{extension}")
}

/// Whether `part` can be part of a path: the characters that Maven names have, and no `..`.
pub(super) fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 200
        && part.chars().all(is_name_character)
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
    fn a_build_is_in_the_directory_of_its_snapshot() {
        let check = |version: &str, directory: &str| {
            let path = gav("g", "a", version).pom_path().map(String::from);
            assert_eq!(path, Ok(format!("g/a/{directory}/a-{version}.pom")));
        };
        check("1.0-20250102.030405-7", "1.0-SNAPSHOT");
        check("1.0-rc-1-20250102.030405-12", "1.0-rc-1-SNAPSHOT");
        check("20250102.030405-7", "SNAPSHOT");
        check("1.0-SNAPSHOT", "1.0-SNAPSHOT");
        check("1.0-20250102.03040-7", "1.0-20250102.03040-7");
        check("1.020250102.030405-7", "1.020250102.030405-7");
        check("1.0-20250102.030405-x", "1.0-20250102.030405-x");
        check("1.0-20250102", "1.0-20250102");
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
