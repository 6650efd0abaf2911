//! Effective POMs: what a release depends on, after parents, profiles, properties and imports.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gav::Gav;
use super::hash::{HashMap, HashSet};
use super::interpolation::Interpolator;
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

/// `dependencyManagement`, imports included: what the POM and its parents write, then that of each import in
/// its order, of which the first that knows a key counts. A layer is shared by all who import it, and stands
/// here once however many ways lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Management {
    layers: Vec<Arc<Layer>>,
}

/// What one POM and its parents manage. Nobody goes through it, so that it needs no order.
type Layer = HashMap<Arc<Key>, Arc<Declaration>>;

impl Management {
    fn new(own: Layer, imported: &[Arc<Model>]) -> Self {
        let mut layers = vec![Arc::new(own)];
        let mut known = HashSet::default();
        for layer in imported.iter().flat_map(|model| &model.management.layers) {
            if known.insert(Arc::as_ptr(layer)) {
                layers.push(Arc::clone(layer));
            }
        }
        Self { layers }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Managed> {
        self.layers.iter().find_map(|layer| layer.get(key)).map(|declaration| &declaration.managed)
    }
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
    management: Layer,
    /// The POMs to import, in the order in which they count.
    pub(super) imports: Vec<Reference>,
    repositories: BTreeSet<String>,
}

/// Inherits and interpolates. `lineage` begins with the POM itself and ends with its last parent;
/// `parent` is the parent's coordinate with a range in it decided.
pub(super) fn assemble(gav: &Gav, lineage: &[Arc<Pom>], parent: Option<&Gav>, runtime: &Runtime) -> Assembly {
    let bodies: Vec<Cow<'_, Body>> = lineage.iter().map(|pom| activate(pom, runtime)).collect();
    let properties = bodies.iter().map(|body| &body.properties).collect();
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
    let interpolator = Interpolator::new(fields, properties, runtime);
    let all = |list: &[Arc<Declaration>]| -> Vec<Arc<Declaration>> {
        list.iter().map(|declaration| interpolate(declaration, &interpolator)).collect()
    };
    let dependencies = bodies.iter().flat_map(|body| last_of_each(all(&body.dependencies)));
    let (management, imports) = manage(bodies.iter().flat_map(|body| all(&body.management)));
    let repositories = bodies.iter().flat_map(|body| &body.repositories).map(|url| interpolator.apply(url));
    Assembly {
        packaging: interpolator.apply(packaging),
        relocation: own.and_then(|pom| pom.relocation.as_ref()).map(|to| relocate(gav, to, &interpolator)),
        dependencies: first_of_each(dependencies),
        management,
        imports,
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

fn interpolate(declaration: &Arc<Declaration>, interpolator: &Interpolator<'_>) -> Arc<Declaration> {
    if declaration.is_open {
        Arc::new(declaration.map(|text| interpolator.apply(text)))
    } else {
        Arc::clone(declaration)
    }
}

fn is_import(declaration: &Declaration) -> bool {
    declaration.scope.as_deref() == Some("import") && declaration.key.kind == "pom"
}

/// Among the dependencies of one POM the last declaration of a key wins and keeps the place of the
/// first (`DefaultModelNormalizer`).
fn last_of_each(declarations: Vec<Arc<Declaration>>) -> Vec<Arc<Declaration>> {
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

/// What is managed, and what is imported. Of managed dependencies the first declaration of a key wins, along
/// the parents and within one list (`DefaultDependencyManagementInjector`).
fn manage(declarations: impl Iterator<Item = Arc<Declaration>>) -> (Layer, Vec<Reference>) {
    let mut layer = Layer::default();
    let mut imports = Vec::new();
    for declaration in declarations {
        if let Entry::Vacant(place) = layer.entry(Arc::clone(&declaration.key)) {
            if is_import(&declaration) {
                imports.push(Arc::clone(&declaration));
            }
            place.insert(declaration);
        }
    }
    for import in &imports {
        layer.remove(&import.key);
    }
    let imports = imports.into_iter().map(|import| {
        let Module { group, artifact } = import.key.module.clone();
        Reference { group: Some(group), artifact: Some(artifact), version: import.managed.version.clone() }
    });
    (layer, imports.collect())
}

impl Assembly {
    /// Imports what `imports` names, whose models come in the same order, and fills in what the
    /// dependencies leave to management. What the POM and its parents write themselves comes before
    /// every import, and an earlier import before a later one (`DefaultDependencyManagementImporter`).
    pub(super) fn complete(self, mode: Mode, lineage: Vec<Gav>, imported: Vec<Arc<Model>>) -> Model {
        let management = Management::new(self.management, &imported);
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
