//! `maven-metadata.xml`: which versions of a module a repository has, and which builds of a snapshot.

use std::collections::BTreeMap;

use super::gav::{Gav, is_plain};
use crate::xml::{self, Element, XmlFault};

/// What repositories list of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Every version, in the order of the repositories.
    pub versions: Vec<String>,
    /// What `LATEST` stands for.
    pub latest: Option<String>,
    /// What `RELEASE` stands for.
    pub release: Option<String>,
}

/// What one repository lists of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct VersionList {
    versions: Vec<String>,
    latest: Option<String>,
    release: Option<String>,
    /// Digits that order as time does; empty where it is not said.
    updated: String,
}

impl VersionList {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, XmlFault> {
        let metadata = xml::parse(bytes, "metadata")?;
        let Some(versioning) = metadata.child("versioning") else { return Ok(Self::default()) };
        let items = versioning.items("versions");
        let versions = items.iter().filter(|item| item.name() == "version").map(Element::trimmed);
        Ok(Self {
            versions: versions.filter(|text| !text.is_empty()).map(str::to_owned).collect(),
            latest: text(versioning, "latest"),
            release: text(versioning, "release"),
            updated: text(versioning, "lastUpdated").unwrap_or_default(),
        })
    }
}

impl Listing {
    /// The lists of several repositories as one: `latest` and `release` are those of the list that was
    /// updated last, and of the first of equally old ones (`DefaultVersionResolver`).
    pub(super) fn merge(lists: Vec<VersionList>) -> Self {
        let newest = |of: fn(&VersionList) -> &Option<String>| {
            let dated = lists.iter().filter_map(|list| Some((&list.updated, of(list).clone()?)));
            dated.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, version)| version)
        };
        let latest = newest(|list| &list.latest);
        let release = newest(|list| &list.release);
        Self { latest, release, versions: lists.into_iter().flat_map(|list| list.versions).collect() }
    }

    /// What a version that changes with time stands for, if it is one that Maven knows.
    pub(super) fn settle(&self, dynamic: &str) -> Option<&str> {
        match dynamic {
            "LATEST" => self.latest.as_deref().or(self.release.as_deref()),
            "RELEASE" => self.release.as_deref(),
            _ => None,
        }
    }
}

/// The builds that a repository has of a snapshot: the newest for each file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Builds {
    /// By classifier and extension.
    of_files: BTreeMap<(Option<String>, String), String>,
    /// Of every other file.
    of_all: Option<String>,
    /// When the newest was made: digits that order as time does.
    pub(super) updated: String,
}

impl Builds {
    /// Reads the list of a snapshot's builds. A build whose name does not belong to the snapshot is no
    /// build of it.
    pub(super) fn parse(bytes: &[u8], snapshot: &Gav) -> Result<Self, XmlFault> {
        let metadata = xml::parse(bytes, "metadata")?;
        let Some(versioning) = metadata.child("versioning") else { return Ok(Self::default()) };
        let base = snapshot.version.trim_end_matches("SNAPSHOT");
        let belongs = |version: &String| version.starts_with(base) && is_plain(version);
        let listed = versioning.list("snapshotVersions", "snapshotVersion").filter_map(|file| {
            let version = text(file, "value").filter(belongs)?;
            Some(((text(file, "classifier"), text(file, "extension")?), version))
        });
        let of_all = versioning.child("snapshot").and_then(|newest| {
            let version = format!("{base}{}-{}", text(newest, "timestamp")?, text(newest, "buildNumber")?);
            Some(version).filter(belongs)
        });
        let updated = text(versioning, "lastUpdated").unwrap_or_default();
        Ok(Self { of_files: listed.collect(), of_all, updated })
    }

    /// The version that stands in a file's name; none where it has the snapshot's own.
    pub(super) fn version(&self, classifier: Option<&str>, extension: &str) -> Option<&str> {
        let file = (classifier.map(str::to_owned), extension.to_owned());
        self.of_files.get(&file).or(self.of_all.as_ref()).map(String::as_str)
    }
}

fn text(element: &Element<'_>, name: &str) -> Option<String> {
    element.text_of(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::Module;

    fn list(text: &str) -> VersionList {
        let text = format!("<metadata><groupId>g</groupId><versioning>{text}</versioning></metadata>");
        VersionList::parse(text.as_bytes()).expect("a list")
    }

    #[test]
    fn the_list_is_what_stands_under_versions() {
        let check = |text: &str, expected: &[&str]| assert_eq!(list(text).versions, expected);
        check(
            "<latest>2</latest><versions><version>1</version><version> 2 </version><version/></versions>",
            &["1", "2"],
        );
        check("", &[]);
        assert_eq!(VersionList::parse(b"<metadata/>"), Ok(VersionList::default()));
        assert!(VersionList::parse(b"<project/>").is_err());
    }

    #[test]
    fn the_list_that_was_updated_last_says_what_is_newest() {
        let check = |lists: &[&str], dynamic: &str, expected: Option<&str>| {
            let listing = Listing::merge(lists.iter().map(|text| list(text)).collect());
            assert_eq!(listing.settle(dynamic), expected, "{lists:?}");
        };
        let old = "<latest>9</latest><release>8</release><lastUpdated>20240101000000</lastUpdated>";
        let new = "<latest>3-SNAPSHOT</latest><release>2</release><lastUpdated>20250101000000</lastUpdated>";
        check(&[old, new], "LATEST", Some("3-SNAPSHOT"));
        check(&[new, old], "RELEASE", Some("2"));
        check(&[old, "<latest>1</latest>"], "LATEST", Some("9"));
        check(&["<latest>1</latest>", "<latest>2</latest>"], "LATEST", Some("1"));
        check(&["<release>4</release>"], "LATEST", Some("4"));
        check(&["<latest>4</latest>"], "RELEASE", None);
        check(&[new, "<lastUpdated>20260101000000</lastUpdated>"], "RELEASE", Some("2"));
        check(&[new], "latest.release", None);
        check(&[], "LATEST", None);
    }

    #[test]
    fn a_snapshots_files_have_the_newest_build_of_each() {
        let snapshot = Gav {
            module: Module { group: "g".to_owned(), artifact: "a".to_owned() },
            version: "1.0-SNAPSHOT".to_owned(),
        };
        let check = |text: &str, file: (Option<&str>, &str), expected: Option<&str>| {
            let text = format!("<metadata><versioning>{text}</versioning></metadata>");
            let builds = Builds::parse(text.as_bytes(), &snapshot).expect("builds");
            assert_eq!(builds.version(file.0, file.1), expected, "{text}");
        };
        let newest =
            "<snapshot><timestamp>20250102.030405</timestamp><buildNumber>7</buildNumber></snapshot>";
        let of_files = "<snapshotVersions><snapshotVersion><extension>jar</extension>\
            <value>1.0-20250101.000000-6</value></snapshotVersion><snapshotVersion><classifier>x</classifier>\
            <extension>jar</extension><value>1.0-20240101.000000-1</value></snapshotVersion></snapshotVersions>";
        let both = format!("{newest}{of_files}");
        check(newest, (None, "jar"), Some("1.0-20250102.030405-7"));
        check(&both, (None, "pom"), Some("1.0-20250102.030405-7"));
        check(&both, (None, "jar"), Some("1.0-20250101.000000-6"));
        check(&both, (Some("x"), "jar"), Some("1.0-20240101.000000-1"));
        check(of_files, (None, "pom"), None);
        check("<snapshot><localCopy>true</localCopy></snapshot>", (None, "jar"), None);
        check(&newest.replace("20250102", "../x"), (None, "jar"), None);
        check(&of_files.replace("1.0-2", "2.0-2"), (None, "jar"), None);
    }
}
