//! What two manifests differ in.

mod artifacts;
mod text;

use std::collections::{BTreeMap, HashSet};

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::{Kind, LockedPom, Manifest};
use serde::Serialize;
use serde_json::Value;

pub use self::artifacts::{ArtifactChange, Change};

/// What the names of those settings begin with that only a closure says.
const CLOSURE: [&str; 2] = ["closure.", "resolution."];

/// What has changed from one manifest to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// What was asked for, of what target, by which rules.
    pub settings: Vec<Setting>,
    /// Artifacts: the order of the new manifest, and what it does not have after that.
    pub artifacts: Vec<ArtifactChange>,
    /// The first jar of the new class path that stands where another was, of those that both have.
    pub class_path: Option<Reordered>,
    /// Releases whose POM has other bytes than before.
    pub poms: Vec<ReplacedPom>,
}

/// A setting that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Which, as in `inputs.packages`.
    pub name: String,
    /// What only the old manifest has.
    pub old: Vec<String>,
    /// What only the new manifest has. Both are empty where the order alone changed.
    pub new: Vec<String>,
}

/// Where the order of two class paths parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reordered {
    /// The jar that was there.
    pub old: String,
    /// The jar that is there now.
    pub new: String,
}

/// A POM that changed under its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacedPom {
    /// Whose.
    pub release: String,
    /// The SHA-256 that it had.
    pub old: Digest,
    /// The SHA-256 that it has.
    pub new: Digest,
    /// The repositories, where they differ.
    pub repositories: Option<[String; 2]>,
}

impl Diff {
    /// Whether nothing that is compared changed.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
            && self.artifacts.is_empty()
            && self.class_path.is_none()
            && self.poms.is_empty()
    }

    /// How many things have other bytes under the same name: what no release should ever have.
    pub fn replaced(&self) -> usize {
        let replaced =
            self.artifacts.iter().filter(|artifact| matches!(artifact.change, Change::Replaced { .. }));
        replaced.count() + self.poms.len()
    }
}

/// What changed from `old` to `new`.
pub fn diff(old: &Manifest, new: &Manifest) -> Diff {
    Diff {
        settings: settings(old, new),
        artifacts: artifacts::changes(old, new),
        class_path: reordered(old, new),
        poms: poms(old, new),
    }
}

fn settings(old: &Manifest, new: &Manifest) -> Vec<Setting> {
    let (before, after) = (values(old), values(new));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let none = Vec::new();
    let changed = names.into_iter().filter_map(|name| {
        // What a manifest without a closure does not say did not change.
        if CLOSURE.iter().any(|prefix| name.starts_with(prefix))
            && (old.closure.is_none() || new.closure.is_none())
        {
            return None;
        }
        let (old, new) = (before.get(name).unwrap_or(&none), after.get(name).unwrap_or(&none));
        (old != new).then(|| Setting { name: name.clone(), old: only(old, new), new: only(new, old) })
    });
    changed.collect()
}

/// The values that `others` lack, in their order.
fn only(values: &[String], others: &[String]) -> Vec<String> {
    let others: HashSet<&String> = others.iter().collect();
    values.iter().filter(|value| !others.contains(value)).cloned().collect()
}

/// Every setting with its values, by name.
#[expect(clippy::expect_used, reason = "plain structs with string keys serialise")]
fn values(manifest: &Manifest) -> BTreeMap<String, Vec<String>> {
    let mut values = BTreeMap::from([("name".to_owned(), vec![manifest.name.to_string()])]);
    let mut add = |prefix: &str, settings: Value| {
        let Value::Object(settings) = settings else { return };
        for (key, value) in settings {
            let value = match value {
                Value::Array(entries) => entries.iter().map(shown).collect(),
                other => vec![shown(&other)],
            };
            values.insert(format!("{prefix}.{key}"), value);
        }
    };
    add("target", serde_json::to_value(&manifest.target).expect("a target serialises"));
    add("inputs", serde_json::to_value(&manifest.inputs).expect("inputs serialise"));
    if let Some(closure) = &manifest.closure {
        // As users write them in a DependencySet.
        add("resolution", serde_json::to_value(&closure.rules).expect("rules serialise"));
        values.insert("closure.java".to_owned(), vec![closure.java.clone()]);
    }
    values
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Jars are taken for the same by purl without version: an upgrade in its place is no other order.
fn reordered(old: &Manifest, new: &Manifest) -> Option<Reordered> {
    let jars = |manifest: &Manifest| -> Vec<(artifacts::Key, String)> {
        manifest.of_kind(Kind::Jar).map(|jar| (artifacts::Key::of(jar), jar.file.to_string())).collect()
    };
    let (before, after) = (jars(old), jars(new));
    let keys =
        |jars: &[(artifacts::Key, String)]| jars.iter().map(|(key, _)| key.clone()).collect::<HashSet<_>>();
    let (old_keys, new_keys) = (keys(&before), keys(&after));
    let before = before.iter().filter(|(key, _)| new_keys.contains(key));
    let mut pairs = before.zip(after.iter().filter(|(key, _)| old_keys.contains(key)));
    let (old, new) = pairs.find(|(old, new)| old.0 != new.0)?;
    Some(Reordered { old: old.1.clone(), new: new.1.clone() })
}

fn poms(old: &Manifest, new: &Manifest) -> Vec<ReplacedPom> {
    let poms = |manifest: &Manifest| -> BTreeMap<String, LockedPom> {
        let poms = manifest.closure.iter().flat_map(|closure| &closure.poms);
        poms.map(|pom| (pom.release.clone(), pom.clone())).collect()
    };
    let before = poms(old);
    let changed = poms(new).into_iter().filter_map(|(release, pom)| {
        let known = before.get(&release).filter(|known| known.sha256 != pom.sha256)?;
        let repositories = [known.repository.to_string(), pom.repository.to_string()];
        Some(ReplacedPom {
            release,
            old: known.sha256,
            new: pom.sha256,
            repositories: (known.repository != pom.repository).then_some(repositories),
        })
    });
    changed.collect()
}

#[cfg(test)]
mod tests;
