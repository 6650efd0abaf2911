//! How the packages of a set were resolved: the rules that held, and why each release is what it is.
//!
//! For people and for audits: nothing is fetched by it. What tells a reader of the manifest why a version
//! won, who asked for what, and which POMs said so.

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

impl Closure {
    pub(super) fn sort(&mut self) {
        for release in &mut self.releases {
            release.moved_from.sort();
        }
        for excluded in &mut self.excluded {
            excluded.dependents.sort();
            excluded.by.sort();
        }
        self.excluded.sort();
        self.poms.sort();
    }
}
