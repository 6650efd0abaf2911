//! How the packages of a set were resolved: the rules that held, and why each release is what it is.
//!
//! For people and for audits: nothing is fetched by it. What tells a reader of the manifest why a version
//! won, who asked for what, and which POMs said so.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Rules, SourceId};
use crate::digest::Digest;

/// The closure of a set's packages. Releases are written `group:artifact:version`, modules
/// `group:artifact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Closure {
    /// The rules by which it was resolved.
    pub rules: Rules,
    /// The Java version that the profiles of POMs saw: the target's, or the default.
    pub java: String,
    /// Every release of the closure, in the order of the class path, those without a file included.
    pub releases: Vec<Release>,
    /// What POMs depend on and the closure does not have, because it was excluded; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Excluded>,
    /// Every POM that has a part in the result, parents and imports included; sorted.
    pub poms: Vec<LockedPom>,
}

/// One release of the closure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Which.
    pub release: String,
    /// The releases that say that they have moved to this one; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<String>,
    /// Who asks for it, in which version: the user first, then in the order of the closure. Where the
    /// version is another than the release's, the release was selected over it.
    pub demands: Vec<Demand>,
}

/// One request for a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Demand {
    /// The release that depends on it; absent where the user named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The version or range that is asked for, after the management of POMs nearer to the root.
    pub version: String,
    /// The version that the POM of `by` comes to by itself, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
}

/// A module that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Excluded {
    /// Which.
    pub module: String,
    /// The releases of the closure that depend on it; sorted.
    pub dependents: Vec<String>,
    /// Who excludes it: the releases whose POMs do, a pattern of the user's `excludePackages`, or `spark` for
    /// the modules that Spark itself leaves out; sorted.
    pub by: Vec<String>,
}

/// A POM that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedPom {
    /// Whose.
    pub release: String,
    /// The repository that it came from.
    pub repository: SourceId,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
}

/// The longest text of a closure, in bytes: a release of three parts of 200 takes 602.
const MAX_TEXT: usize = 1024;

impl Closure {
    pub(super) fn sort(&mut self) {
        let sort = |texts: &mut Vec<String>| {
            texts.sort();
            texts.dedup();
        };
        for release in &mut self.releases {
            sort(&mut release.moved_from);
        }
        for excluded in &mut self.excluded {
            sort(&mut excluded.dependents);
            sort(&mut excluded.by);
        }
        self.excluded.sort();
        self.poms.sort();
    }

    /// The first text that no closure has, if any, and why: texts of POMs, which anybody writes, must neither
    /// reach a terminal as they are nor lead outside the closure.
    pub(super) fn fault(&self) -> Option<(&str, &'static str)> {
        let releases = self.releases.iter().map(|release| release.release.as_str());
        let moved = self.releases.iter().flat_map(|release| &release.moved_from).map(String::as_str);
        let dependents = self.excluded.iter().flat_map(|excluded| &excluded.dependents).map(String::as_str);
        let poms = self.poms.iter().map(|pom| pom.release.as_str());
        let mut named = releases.clone().chain(moved).chain(dependents).chain(poms);
        if let Some(text) = named.find(|text| !is_release(text)) {
            return Some((text, "it is no `group:artifact:version`"));
        }
        let demands = || self.releases.iter().flat_map(|release| &release.demands);
        let versions =
            demands().flat_map(|demand| [Some(&demand.version), demand.declared.as_ref()]).flatten();
        let excluded =
            self.excluded.iter().flat_map(|excluded| [&excluded.module].into_iter().chain(&excluded.by));
        let mut texts = versions.chain(excluded).chain([&self.java]);
        if let Some(text) = texts.find(|text| !is_text(text)) {
            return Some((text, "it is too long, or has a character that is not printed"));
        }
        let mut known = HashSet::new();
        if let Some(text) = releases.clone().find(|release| !known.insert(*release)) {
            return Some((text, "the closure has it twice"));
        }
        let mut askers = demands().filter_map(|demand| demand.by.as_deref());
        askers
            .find(|by| !known.contains(by))
            .map(|by| (by, "it asks for a release and is none of the closure"))
    }
}

/// Whether `text` is `group:artifact:version`, of the characters that can be part of a path in a repository
/// or more.
fn is_release(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    text.len() <= MAX_TEXT && text.split(':').count() == 3 && text.split(':').all(is_part)
}

/// Whether `text` can stand in a closure: bounded, and nothing in it moves a cursor, ends a line or turns the
/// direction of writing.
fn is_text(text: &str) -> bool {
    text.len() <= MAX_TEXT && text.chars().all(is_harmless)
}

/// Whether a character neither moves a cursor, ends a line nor turns the direction of writing, on a terminal
/// or in a text: names come from manifests, POMs and servers, which are anybody's.
pub fn is_harmless(c: char) -> bool {
    let turns =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !turns && !c.is_control()
}

/// A text of a POM as a closure may hold it: what it may not is escaped, and what is too long is cut.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if plain.len() > MAX_TEXT / 2 {
            plain.push('…');
            break;
        }
        if is_harmless(c) {
            plain.push(c);
        } else {
            plain.extend(c.escape_unicode());
        }
    }
    plain
}
