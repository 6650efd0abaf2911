//! Which artifacts changed, and how.

use std::cmp::Ordering;
use std::collections::HashMap;

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::{Artifact, Manifest};
use fatwood_resolver::maven;
use packageurl::PackageUrl;
use serde::Serialize;

use super::super::graph::{By, Graph, Name};

/// What became of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactChange {
    /// Its name without a version.
    pub name: String,
    /// The classifier of one of several files of a release.
    pub classifier: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub change: Change,
    /// Who asks for it now in the version that it has, as far as the new manifest knows it.
    pub asked_by: Vec<String>,
}

/// What became of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Change {
    /// It is new.
    Added {
        /// Its version.
        version: Option<String>,
        /// Its size.
        bytes: u64,
    },
    /// It is gone.
    Removed {
        /// Its version.
        version: Option<String>,
    },
    /// It is newer.
    Upgraded {
        /// The version before.
        old: String,
        /// The version now.
        new: String,
    },
    /// It is older.
    Downgraded {
        /// The version before.
        old: String,
        /// The version now.
        new: String,
    },
    /// It has the version that it had, and other bytes.
    Replaced {
        /// Its version.
        version: Option<String>,
        /// The SHA-256 before.
        old: Digest,
        /// The SHA-256 now.
        new: Digest,
    },
    /// The same bytes come from another place, or have another name.
    Moved {
        /// Its version.
        version: Option<String>,
        /// The place before.
        old: String,
        /// The place now.
        new: String,
    },
}

/// What makes two artifacts the same thing in two versions: the purl without the version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    name: String,
    classifier: Option<String>,
}

impl Key {
    pub(super) fn of(artifact: &Artifact) -> Self {
        let name = Name::of(artifact).plain().to_owned();
        let purl = artifact.purl.parse::<PackageUrl<'_>>().ok();
        let classifier = purl.and_then(|purl| {
            let qualifiers = purl.qualifiers();
            let parts =
                ["classifier", "type"].iter().filter_map(|key| qualifiers.get(*key).map(ToString::to_string));
            let parts: Vec<String> = parts.collect();
            (!parts.is_empty()).then(|| parts.join("."))
        });
        Self { name, classifier }
    }
}

/// Every artifact that changed.
pub(super) fn changes(old: &Manifest, new: &Manifest) -> Vec<ArtifactChange> {
    let mut before: HashMap<Key, Vec<&Artifact>> = HashMap::new();
    for artifact in &old.artifacts {
        before.entry(Key::of(artifact)).or_default().push(artifact);
    }
    // Mode `maven` may have a module in two versions: those that both have belong together.
    let mut partners: Vec<Option<&Artifact>> = vec![None; new.artifacts.len()];
    let keys: Vec<Key> = new.artifacts.iter().map(Key::of).collect();
    for same_version in [true, false] {
        for ((artifact, key), partner) in new.artifacts.iter().zip(&keys).zip(&mut partners) {
            if partner.is_some() {
                continue;
            }
            let Some(candidates) = before.get_mut(key) else { continue };
            let fits = |old: &&Artifact| !same_version || Name::of(old) == Name::of(artifact);
            if let Some(at) = candidates.iter().position(fits) {
                *partner = Some(candidates.remove(at));
            }
        }
    }
    let askers = Askers::of(new);
    let mut changes = Vec::new();
    for ((artifact, key), partner) in new.artifacts.iter().zip(keys).zip(partners) {
        if let Some(change) = change(partner, artifact) {
            let asked_by = askers.of_artifact(artifact);
            changes.push(ArtifactChange { name: key.name, classifier: key.classifier, change, asked_by });
        }
    }
    for artifact in &old.artifacts {
        let key = Key::of(artifact);
        if before.get(&key).is_some_and(|left| left.iter().any(|left| left.purl == artifact.purl)) {
            let change = Change::Removed { version: version(artifact) };
            let Key { name, classifier } = key;
            changes.push(ArtifactChange { name, classifier, change, asked_by: Vec::new() });
        }
    }
    changes
}

fn version(artifact: &Artifact) -> Option<String> {
    Name::of(artifact).version().map(str::to_owned)
}

fn change(old: Option<&Artifact>, new: &Artifact) -> Option<Change> {
    let Some(old) = old else { return Some(Change::Added { version: version(new), bytes: new.size }) };
    let (before, after) = (Name::of(old), Name::of(new));
    if before != after {
        let (was, is) = (version(old).unwrap_or_default(), version(new).unwrap_or_default());
        return Some(match order(&before, &after) {
            Ordering::Greater => Change::Downgraded { old: was, new: is },
            Ordering::Less | Ordering::Equal => Change::Upgraded { old: was, new: is },
        });
    }
    if old.sha256 != new.sha256 {
        return Some(Change::Replaced { version: version(new), old: old.sha256, new: new.sha256 });
    }
    let place = |artifact: &Artifact| {
        format!("{}/{} from {}", artifact.kind.directory(), artifact.file, artifact.source)
    };
    let is_same = old.source == new.source && old.file == new.file && old.kind == new.kind;
    (!is_same).then(|| Change::Moved { version: version(new), old: place(old), new: place(new) })
}

/// By the order of the versions' own world.
fn order(old: &Name, new: &Name) -> Ordering {
    match (old, new) {
        (Name::Package { version: old, .. }, Name::Package { version: new, .. }) => {
            maven::Version::new(old).cmp(&maven::Version::new(new))
        }
        (Name::Project { version: old, .. }, Name::Project { version: new, .. }) => {
            match (old.parse::<pep440_rs::Version>(), new.parse::<pep440_rs::Version>()) {
                (Ok(old), Ok(new)) => old.cmp(&new),
                _ => Ordering::Equal,
            }
        }
        _ => Ordering::Equal,
    }
}

/// Who asks for each release in the version that it has.
struct Askers<'a> {
    graph: Graph<'a>,
    by_purl: HashMap<&'a str, usize>,
}

impl<'a> Askers<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        let graph = Graph::of(manifest);
        let nodes = graph.nodes.iter().enumerate();
        let by_purl =
            nodes.flat_map(|(index, node)| node.artifacts.iter().map(move |one| (one.purl.as_str(), index)));
        Self { by_purl: by_purl.collect(), graph }
    }

    fn of_artifact(&self, artifact: &Artifact) -> Vec<String> {
        let Some(index) = self.by_purl.get(artifact.purl.as_str()) else { return Vec::new() };
        let node = &self.graph.nodes[*index];
        let requests = node.requests.iter().filter(|request| {
            let is_met =
                |version: &str| Some(version) == node.name.version() || version.starts_with(['[', '(']);
            request.demand.is_none_or(|demand| is_met(&demand.version))
        });
        let askers = requests.map(|request| match request.by {
            By::User(_) => "you".to_owned(),
            By::Node(by) => self.graph.nodes[by].name.to_string(),
        });
        askers.collect()
    }
}
