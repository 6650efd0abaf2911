//! Effective POMs: what a release depends on, after parents, profiles, properties and imports.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gav::Gav;
use super::hash::{HashMap, HashSet};
use super::interpolation::Interpolator;
use super::management::{Management, Written};
use super::pom::{Body, Declaration, Pom, Reference};
pub(super) use super::pom::{Exclusion, Key, Managed, Scope};
use super::runtime::Runtime;
use crate::requirements::{Mode, Module};

/// A release as the resolution sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) packaging: String,
    /// Where the release has moved, with the group and artifact that it has there; no version means
    /// the same one.
    pub(super) relocation: Option<Gav>,
    /// In declaration order; only what counts below a root: compile and runtime scope, not optional.
    pub(super) dependencies: Vec<Dependency>,
    pub(super) management: Management,
    /// URLs of repositories that the POM and its parents name.
    pub(super) repositories: BTreeSet<String>,
    /// What the user should know if the release is part of the result.
    pub(super) notes: Vec<String>,
    /// The release itself and its parents.
    pub(super) lineage: Vec<Gav>,
    /// The models that it imports, which are made of more POMs.
    pub(super) imported: Vec<Arc<Model>>,
}

/// A dependency. Parts may still hold `${…}`, which is an error where the dependency is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) key: Arc<Key>,
    /// None where neither the POM nor its management states one.
    pub(super) version: Option<String>,
    pub(super) exclusions: BTreeSet<Exclusion>,
}

/// A POM and its parents, inherited and interpolated, before imports.
pub(super) struct Assembly {
    packaging: String,
    pub(super) relocation: Option<Gav>,
    dependencies: Vec<Arc<Declaration>>,
    pub(super) written: Arc<Written>,
    repositories: BTreeSet<String>,
}

/// Inherits and interpolates. `lineage` begins with the POM itself and ends with its last parent;
/// `parent` is the parent's coordinate with a range in it decided, and `inherited` what it manages.
pub(super) fn assemble(
    gav: &Gav,
    lineage: &[Arc<Pom>],
    (parent, inherited): (Option<&Gav>, &Arc<Written>),
    runtime: &Runtime,
) -> Assembly {
    let bodies: Vec<Cow<'_, Body>> = lineage.iter().map(|pom| activate(pom, runtime)).collect();
    let own = lineage.first();
    let packaging = own.and_then(|pom| pom.packaging.as_deref()).unwrap_or("jar");
    let mut fields = BTreeMap::from([
        ("groupId", gav.module.group.as_str()),
        ("artifactId", gav.module.artifact.as_str()),
        ("version", gav.version.as_str()),
        ("packaging", packaging),
    ]);
    if let Some(parent) = parent {
        fields.insert("parent.groupId", &parent.module.group);
        fields.insert("parent.artifactId", &parent.module.artifact);
        fields.insert("parent.version", &parent.version);
    }
    let properties = || bodies.iter().map(|body| &body.properties).collect();
    // It notes what it is used for, and children inherit nothing but what is managed.
    let managing = Interpolator::new(fields.clone(), properties(), runtime);
    let written = Written::new(bodies.iter().map(Cow::as_ref), inherited, &managing);
    let interpolator = Interpolator::new(fields, properties(), runtime);
    let dependencies = bodies.iter().flat_map(|body| {
        last_of_each(body.dependencies.iter().map(|declaration| declaration.interpolated(&interpolator)))
    });
    let repositories = bodies.iter().flat_map(|body| &body.repositories).map(|url| interpolator.apply(url));
    Assembly {
        packaging: interpolator.apply(packaging),
        relocation: own.and_then(|pom| pom.relocation.as_ref()).map(|to| relocate(gav, to, &interpolator)),
        dependencies: first_of_each(dependencies),
        written,
        repositories: repositories.collect(),
    }
}

/// The body with that of each active profile put in. `activeByDefault` counts only while no other
/// profile of the same POM is active.
fn activate<'a>(pom: &'a Pom, runtime: &Runtime) -> Cow<'a, Body> {
    let mut body = Cow::Borrowed(&pom.body);
    let by_condition: Vec<_> =
        pom.profiles.iter().filter(|profile| runtime.activates(&profile.activation)).collect();
    let active = if by_condition.is_empty() {
        pom.profiles.iter().filter(|profile| profile.activation.by_default).collect()
    } else {
        by_condition
    };
    for profile in active {
        let Body { properties, dependencies, management, repositories } = profile.body.clone();
        let body = body.to_mut();
        body.properties.extend(properties);
        body.dependencies.extend(dependencies);
        body.management.extend(management);
        body.repositories.extend(repositories);
    }
    body
}

fn relocate(gav: &Gav, to: &Reference, interpolator: &Interpolator<'_>) -> Gav {
    let part =
        |text: &Option<String>, own: &str| text.as_deref().map_or(own.to_owned(), |t| interpolator.apply(t));
    Gav {
        module: Module {
            group: part(&to.group, &gav.module.group),
            artifact: part(&to.artifact, &gav.module.artifact),
        },
        version: part(&to.version, &gav.version),
    }
}

/// Among the dependencies of one POM the last declaration of a key wins and keeps the place of the
/// first (`DefaultModelNormalizer`).
fn last_of_each(declarations: impl Iterator<Item = Arc<Declaration>>) -> Vec<Arc<Declaration>> {
    let mut places: HashMap<Arc<Key>, usize> = HashMap::default();
    let mut result: Vec<Arc<Declaration>> = Vec::new();
    for declaration in declarations {
        match places.entry(Arc::clone(&declaration.key)) {
            Entry::Occupied(place) => result[*place.get()] = declaration,
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push(declaration);
            }
        }
    }
    result
}

/// Along the parents the nearest declaration of a key wins (`InheritanceModelMerger`).
fn first_of_each(declarations: impl Iterator<Item = Arc<Declaration>>) -> Vec<Arc<Declaration>> {
    let mut seen = HashSet::default();
    declarations.filter(|declaration| seen.insert(Arc::clone(&declaration.key))).collect()
}

impl Assembly {
    /// Imports what `imports` names, whose models come in the same order, and fills in what the
    /// dependencies leave to management. What the POM and its parents write themselves comes before
    /// every import, and an earlier import before a later one (`DefaultDependencyManagementImporter`).
    pub(super) fn complete(self, mode: Mode, lineage: Vec<Gav>, imported: Vec<Arc<Model>>) -> Model {
        let management = Management::new(&self.written, &imported);
        let mut notes = Vec::new();
        let dependencies = self
            .dependencies
            .iter()
            .filter_map(|declaration| dependency(declaration, &management, mode, &mut notes))
            .collect();
        Model {
            packaging: self.packaging,
            relocation: self.relocation,
            dependencies,
            management,
            repositories: self.repositories,
            notes,
            lineage,
            imported,
        }
    }
}

/// A dependency with its own management put in: its own version and scope come first, exclusions
/// add up (in mode `maven` its own replace the managed ones, `DefaultDependencyManagementInjector`), and a
/// managed `optional` counts for nothing. None where it plays no part below a root.
fn dependency(
    declaration: &Declaration,
    management: &Management,
    mode: Mode,
    notes: &mut Vec<String>,
) -> Option<Dependency> {
    let Declaration { key, managed: own, scope, optional, is_open: _ } = declaration;
    if optional.as_deref() == Some("true") {
        return None;
    }
    let managed = management.get(key);
    match scope.as_deref() {
        Some("system") => notes.push(format!(
            "`{}` has the scope `system`: it is a file of the machine that built the release, and is left out",
            key.module
        )),
        Some(text) if Scope::of(text).is_none() => notes
            .push(format!("the scope `{text}` of `{}` is none of Maven's and counts as compile", key.module)),
        Some(_) | None => {}
    }
    let scope = own.scope.or_else(|| managed.and_then(|managed| managed.scope));
    if scope == Some(Scope::Dropped) {
        return None;
    }
    let mut exclusions = own.exclusions.as_ref().clone();
    if mode == Mode::Spark || exclusions.is_empty() {
        exclusions.extend(managed.into_iter().flat_map(|managed| managed.exclusions.iter().cloned()));
    }
    Some(Dependency {
        version: own.version.clone().or_else(|| managed.and_then(|managed| managed.version.clone())),
        exclusions,
        key: Arc::clone(key),
    })
}
