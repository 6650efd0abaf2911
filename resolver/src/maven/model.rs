//! Effective POMs: what a release depends on, after parents, profiles, properties and imports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gav::Gav;
use super::interpolation::Interpolator;
use super::pom::{Body, Declaration, Pom, Reference};
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
    pub(super) imported: Vec<Arc<Model>>,
}

impl Model {
    /// The releases whose POMs the model is made of, with those of the models that it imports.
    pub(super) fn collect_poms(&self, poms: &mut BTreeSet<Gav>) {
        poms.extend(self.lineage.iter().cloned());
        for imported in &self.imported {
            imported.collect_poms(poms);
        }
    }
}

/// `dependencyManagement`, imports included.
pub(super) type Management = BTreeMap<Arc<Key>, Arc<Managed>>;

/// What `dependencyManagement` is keyed by, and what makes two declarations in one POM the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) module: Module,
    /// The `type`, `jar` unless said otherwise.
    pub(super) kind: String,
    pub(super) classifier: Option<String>,
}

/// A dependency. Parts may still hold `${…}`, which is an error where the dependency is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) key: Arc<Key>,
    /// None where neither the POM nor its management states one.
    pub(super) version: Option<String>,
    pub(super) exclusions: BTreeSet<Exclusion>,
}

/// What `dependencyManagement` says of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Managed {
    pub(super) version: Option<String>,
    pub(super) scope: Option<Scope>,
    pub(super) exclusions: BTreeSet<Exclusion>,
}

/// A scope, as far as it matters at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scope {
    /// `compile` and `runtime`: part of the closure.
    Kept,
    /// `provided`, `test` and `system`: not part of it.
    Dropped,
}

/// Modules that a dependency leaves out of what is below it; none stands for `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Exclusion {
    group: Option<String>,
    artifact: Option<String>,
}

impl Exclusion {
    fn new(group: &str, artifact: &str) -> Self {
        let part = |text: &str| (text != "*").then(|| text.to_owned());
        Self { group: part(group), artifact: part(artifact) }
    }

    pub(super) fn covers(&self, module: &Module) -> bool {
        self.group.as_ref().is_none_or(|group| *group == module.group)
            && self.artifact.as_ref().is_none_or(|artifact| *artifact == module.artifact)
    }

    /// The one module that it names, where it names one.
    pub(super) fn module(&self) -> Option<Module> {
        Some(Module { group: self.group.clone()?, artifact: self.artifact.clone()? })
    }
}

/// A scope that is none of Maven's counts as compile, as in Ivy; a property without a value too.
fn scope(text: &str) -> Option<Scope> {
    match text {
        "compile" | "runtime" => Some(Scope::Kept),
        "provided" | "test" | "system" | "import" => Some(Scope::Dropped),
        _ => None,
    }
}

/// A POM and its parents, inherited and interpolated, before imports.
pub(super) struct Assembly {
    packaging: String,
    pub(super) relocation: Option<Gav>,
    dependencies: Vec<Declaration>,
    management: Vec<Declaration>,
    /// The POMs to import, in the order in which they count.
    pub(super) imports: Vec<Reference>,
    repositories: BTreeSet<String>,
}

/// Inherits and interpolates. `lineage` begins with the POM itself and ends with its last parent;
/// `parent` is the parent's coordinate with a range in it decided.
pub(super) fn assemble(gav: &Gav, lineage: &[Arc<Pom>], parent: Option<&Gav>, runtime: &Runtime) -> Assembly {
    let bodies: Vec<Body> = lineage.iter().map(|pom| activate(pom, runtime)).collect();
    let mut properties = BTreeMap::new();
    for body in bodies.iter().rev() {
        properties.extend(body.properties.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
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
    let interpolator = Interpolator::new(fields, &properties, runtime);
    let all = |list: &[Declaration]| -> Vec<Declaration> {
        list.iter().map(|declaration| interpolate(declaration, &interpolator)).collect()
    };
    let dependencies = bodies.iter().flat_map(|body| last_of_each(all(&body.dependencies)));
    let management = first_of_each(bodies.iter().flat_map(|body| all(&body.management)));
    let (imports, management): (Vec<_>, Vec<_>) = management.into_iter().partition(is_import);
    let repositories = bodies.iter().flat_map(|body| &body.repositories).map(|url| interpolator.apply(url));
    Assembly {
        packaging: interpolator.apply(packaging),
        relocation: own.and_then(|pom| pom.relocation.as_ref()).map(|to| relocate(gav, to, &interpolator)),
        dependencies: first_of_each(dependencies),
        management,
        imports: imports
            .into_iter()
            .map(|import| Reference {
                group: Some(import.group),
                artifact: Some(import.artifact),
                version: import.version,
            })
            .collect(),
        repositories: repositories.collect(),
    }
}

/// The body with that of each active profile put in. `activeByDefault` counts only while no other
/// profile of the same POM is active.
fn activate(pom: &Pom, runtime: &Runtime) -> Body {
    let mut body = pom.body.clone();
    let by_condition: Vec<_> =
        pom.profiles.iter().filter(|profile| runtime.activates(&profile.activation)).collect();
    let active = if by_condition.is_empty() {
        pom.profiles.iter().filter(|profile| profile.activation.by_default).collect()
    } else {
        by_condition
    };
    for profile in active {
        let Body { properties, dependencies, management, repositories } = profile.body.clone();
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

fn interpolate(declaration: &Declaration, interpolator: &Interpolator<'_>) -> Declaration {
    let text = |text: &Option<String>| {
        text.as_deref().map(|text| interpolator.apply(text)).filter(|text| !text.is_empty())
    };
    let Declaration { group, artifact, version, kind, classifier, scope, optional, exclusions } = declaration;
    let exclusions = exclusions.iter();
    Declaration {
        group: interpolator.apply(group),
        artifact: interpolator.apply(artifact),
        version: text(version),
        kind: text(kind),
        classifier: text(classifier),
        scope: text(scope),
        optional: text(optional),
        exclusions: exclusions
            .map(|(group, artifact)| (interpolator.apply(group), interpolator.apply(artifact)))
            .collect(),
    }
}

fn is_import(declaration: &Declaration) -> bool {
    declaration.scope.as_deref() == Some("import") && declaration.kind.as_deref() == Some("pom")
}

fn key(declaration: &Declaration) -> Key {
    Key {
        module: Module { group: declaration.group.clone(), artifact: declaration.artifact.clone() },
        kind: declaration.kind.clone().unwrap_or_else(|| "jar".to_owned()),
        classifier: declaration.classifier.clone(),
    }
}

/// Among the dependencies of one POM the last declaration of a key wins and keeps the place of the
/// first (`DefaultModelNormalizer`).
fn last_of_each(declarations: Vec<Declaration>) -> Vec<Declaration> {
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    let mut result: Vec<Declaration> = Vec::new();
    for declaration in declarations {
        if let Some(place) = places.get(&key(&declaration)) {
            result[*place] = declaration;
        } else {
            places.insert(key(&declaration), result.len());
            result.push(declaration);
        }
    }
    result
}

/// Along the parents the nearest declaration of a key wins (`InheritanceModelMerger`), and within one
/// list of managed dependencies the first (`DefaultDependencyManagementInjector`).
fn first_of_each(declarations: impl Iterator<Item = Declaration>) -> Vec<Declaration> {
    let mut seen = BTreeSet::new();
    declarations.filter(|declaration| seen.insert(key(declaration))).collect()
}

impl Assembly {
    /// Imports what `imports` names, whose models come in the same order, and fills in what the
    /// dependencies leave to management. What the POM and its parents write themselves comes before
    /// every import, and an earlier import before a later one (`DefaultDependencyManagementImporter`).
    pub(super) fn complete(self, mode: Mode, lineage: Vec<Gav>, imported: Vec<Arc<Model>>) -> Model {
        let mut management: Management = self
            .management
            .iter()
            .map(|declaration| (Arc::new(key(declaration)), Arc::new(managed(declaration))))
            .collect();
        for model in &imported {
            for (key, managed) in &model.management {
                management.entry(Arc::clone(key)).or_insert_with(|| Arc::clone(managed));
            }
        }
        let mut notes = Vec::new();
        let dependencies = self
            .dependencies
            .into_iter()
            .filter_map(|d| dependency(d, &management, mode, &mut notes))
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

fn exclusions(declaration: &Declaration) -> BTreeSet<Exclusion> {
    declaration.exclusions.iter().map(|(group, artifact)| Exclusion::new(group, artifact)).collect()
}

fn managed(declaration: &Declaration) -> Managed {
    Managed {
        version: declaration.version.clone(),
        scope: declaration.scope.as_deref().map(|text| scope(text).unwrap_or(Scope::Kept)),
        exclusions: exclusions(declaration),
    }
}

/// A dependency with its own management put in: its own version and scope come first, exclusions
/// add up (in mode `maven` its own replace the managed ones, `DefaultDependencyManagementInjector`), and a
/// managed `optional` counts for nothing. None where it plays no part below a root.
fn dependency(
    declaration: Declaration,
    management: &Management,
    mode: Mode,
    notes: &mut Vec<String>,
) -> Option<Dependency> {
    let key = key(&declaration);
    let managed = management.get(&key).map(Arc::as_ref);
    let own_scope = declaration.scope.as_deref().map(|text| {
        scope(text).unwrap_or_else(|| {
            notes.push(format!(
                "the scope `{text}` of `{}` is none of Maven's and counts as compile",
                key.module
            ));
            Scope::Kept
        })
    });
    let scope = own_scope.or_else(|| managed.and_then(|managed| managed.scope));
    if declaration.optional.as_deref() == Some("true") || scope == Some(Scope::Dropped) {
        return None;
    }
    let mut exclusions = exclusions(&declaration);
    if mode == Mode::Spark || exclusions.is_empty() {
        exclusions.extend(managed.into_iter().flat_map(|managed| managed.exclusions.iter().cloned()));
    }
    Some(Dependency {
        version: declaration.version.or_else(|| managed.and_then(|managed| managed.version.clone())),
        exclusions,
        key: Arc::new(key),
    })
}
