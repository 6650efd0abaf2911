//! One POM as it is written: nothing inherited, nothing interpolated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::interpolation::{Interpolator, is_open};
use crate::requirements::{Mode, Module};
use crate::xml::{self, Element, XmlFault};

/// A POM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pom {
    pub(super) group: Option<String>,
    pub(super) artifact: Option<String>,
    pub(super) version: Option<String>,
    pub(super) packaging: Option<String>,
    pub(super) parent: Option<Reference>,
    pub(super) relocation: Option<Reference>,
    pub(super) body: Body,
    pub(super) profiles: Vec<Profile>,
}

/// What a profile may add to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) properties: BTreeMap<String, String>,
    pub(super) dependencies: Vec<Arc<Declaration>>,
    pub(super) management: Vec<Arc<Declaration>>,
    /// The URLs of the repositories that it names; they are not asked, only told about.
    pub(super) repositories: Vec<String>,
}

/// A coordinate, any part of which may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) group: Option<String>,
    pub(super) artifact: Option<String>,
    pub(super) version: Option<String>,
}

/// A `dependency` element. It is shared by every POM that inherits it, which for the management of a common
/// parent is dozens: only what holds a property is made anew for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) key: Arc<Key>,
    pub(super) managed: Managed,
    pub(super) scope: Option<String>,
    pub(super) optional: Option<String>,
    /// Whether a property stands anywhere in it.
    pub(super) is_open: bool,
}

/// What `dependencyManagement` is keyed by, and what makes two declarations in one POM the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) module: Module,
    /// The `type`, `jar` unless said otherwise.
    pub(super) kind: String,
    pub(super) classifier: Option<String>,
}

/// What a declaration says of its key, and what management can say of another's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Managed {
    pub(super) version: Option<String>,
    pub(super) scope: Option<Scope>,
    pub(super) exclusions: Arc<BTreeSet<Exclusion>>,
}

/// A scope, as far as it matters at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// `compile` and `runtime`: part of the closure.
    Kept,
    /// `provided`, `test` and `system`: not part of it.
    Dropped,
}

/// Modules that a dependency leaves out of what is below it; none stands for `*`, an empty text for a part
/// that is not stated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Exclusion {
    group: Option<String>,
    artifact: Option<String>,
}

/// A `profile` element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) activation: Activation,
    pub(super) body: Body,
}

/// When a profile applies; all conditions that are present must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Activation {
    pub(super) by_default: bool,
    pub(super) jdk: Option<String>,
    pub(super) os: Option<OperatingSystem>,
    pub(super) property: Option<PropertyCondition>,
    /// Whether a file must exist or be missing: nobody's file, so it never holds.
    pub(super) file: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OperatingSystem {
    pub(super) name: Option<String>,
    pub(super) family: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) version: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PropertyCondition {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

impl Pom {
    /// Reads a POM of whatever encoding.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, XmlFault> {
        let project = xml::parse_parts(bytes, "project", is_read)?;
        let coordinate = Reference::read(&project);
        let relocation =
            project.child("distributionManagement").and_then(|element| element.child("relocation"));
        Ok(Self {
            group: coordinate.group,
            artifact: coordinate.artifact,
            version: coordinate.version,
            packaging: owned(&project, "packaging"),
            parent: project.child("parent").map(Reference::read),
            relocation: relocation.map(Reference::read),
            body: Body::read(&project),
            profiles: named(project.items("profiles"), "profile").map(Profile::read).collect(),
        })
    }
}

impl Reference {
    fn read(element: &Element<'_>) -> Self {
        Self {
            group: owned(element, "groupId"),
            artifact: owned(element, "artifactId"),
            version: owned(element, "version"),
        }
    }
}

impl Body {
    fn read(element: &Element<'_>) -> Self {
        let properties = element.items("properties").iter();
        let managed = element.child("dependencyManagement");
        Self {
            properties: properties.map(|item| (item.name().to_owned(), item.trimmed().to_owned())).collect(),
            dependencies: Declaration::list(element.items("dependencies")),
            management: managed.map(|list| Declaration::list(list.items("dependencies"))).unwrap_or_default(),
            repositories: named(element.items("repositories"), "repository")
                .filter_map(|repository| owned(repository, "url"))
                .collect(),
        }
    }
}

impl Declaration {
    fn list(elements: &[Element<'_>]) -> Vec<Arc<Self>> {
        named(elements, "dependency").map(|element| Arc::new(Self::read(element))).collect()
    }

    fn read(element: &Element<'_>) -> Self {
        let exclusions = named(element.items("exclusions"), "exclusion").map(|exclusion| {
            let part = |name| owned(exclusion, name).unwrap_or_default();
            Exclusion::new(part("groupId"), part("artifactId"))
        });
        let module = Module {
            group: owned(element, "groupId").unwrap_or_default(),
            artifact: owned(element, "artifactId").unwrap_or_default(),
        };
        let kind = owned(element, "type").unwrap_or_else(|| JAR.to_owned());
        let key = Key { module, kind, classifier: owned(element, "classifier") };
        let scope = owned(element, "scope");
        let managed = Managed {
            version: owned(element, "version"),
            scope: scope.as_deref().map(Scope::counted),
            exclusions: Arc::new(exclusions.collect()),
        };
        let optional = owned(element, "optional");
        let is_open = key.is_open()
            || managed.exclusions.iter().any(Exclusion::is_open)
            || [&managed.version, &scope, &optional].into_iter().flatten().any(|text| is_open(text));
        Self { key: Arc::new(key), managed, scope, optional, is_open }
    }

    pub(super) fn is_import(&self) -> bool {
        self.scope.as_deref() == Some("import") && self.key.kind == "pom"
    }

    /// The same with every property replaced that has a value.
    pub(super) fn interpolated(self: &Arc<Self>, interpolator: &Interpolator<'_>) -> Arc<Self> {
        if self.is_open { Arc::new(self.map(|text| interpolator.apply(text))) } else { Arc::clone(self) }
    }

    /// The same with each text made by `apply`; one that it leaves empty counts as not written.
    fn map(&self, apply: impl Fn(&str) -> String) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(&apply).filter(|text| !text.is_empty());
        let Self { key, managed: Managed { version, scope: _, exclusions }, scope, optional, is_open: _ } =
            self;
        let scope = text(scope);
        let is_any_open = exclusions.iter().any(Exclusion::is_open);
        Self {
            key: if key.is_open() { Arc::new(key.map(&apply)) } else { Arc::clone(key) },
            managed: Managed {
                version: text(version),
                scope: scope.as_deref().map(Scope::counted),
                exclusions: if is_any_open {
                    Arc::new(exclusions.iter().map(|exclusion| exclusion.map(&apply)).collect())
                } else {
                    Arc::clone(exclusions)
                },
            },
            scope,
            optional: text(optional),
            is_open: false,
        }
    }
}

/// The `type` of a dependency that states none.
const JAR: &str = "jar";

impl Key {
    fn is_open(&self) -> bool {
        let Self { module: Module { group, artifact }, kind, classifier } = self;
        [group, artifact, kind].into_iter().chain(classifier).any(|text| is_open(text))
    }

    fn map(&self, apply: impl Fn(&str) -> String) -> Self {
        let Self { module: Module { group, artifact }, kind, classifier } = self;
        let kind = apply(kind);
        Self {
            module: Module { group: apply(group), artifact: apply(artifact) },
            kind: if kind.is_empty() { JAR.to_owned() } else { kind },
            classifier: classifier.as_deref().map(apply).filter(|text| !text.is_empty()),
        }
    }
}

impl Scope {
    /// The scope of that name, if it is one of Maven's.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text {
            "compile" | "runtime" => Some(Self::Kept),
            "provided" | "test" | "system" | "import" => Some(Self::Dropped),
            _ => None,
        }
    }

    /// One that is none of Maven's counts as compile, as in Ivy; a property without a value too.
    fn counted(text: &str) -> Self {
        Self::of(text).unwrap_or(Self::Kept)
    }
}

impl Exclusion {
    fn new(group: String, artifact: String) -> Self {
        let part = |text: String| (text != "*").then_some(text);
        Self { group: part(group), artifact: part(artifact) }
    }

    /// Whether it leaves `module` out. Maven takes an exclusion of a group alone for one of nothing;
    /// coursier, and mode `spark` with it, for what is meant.
    pub(super) fn covers(&self, module: &Module, mode: Mode) -> bool {
        let part = |part: &Option<String>, actual: &str| match part.as_deref() {
            None => true,
            Some("") => mode == Mode::Spark,
            Some(text) => text == actual,
        };
        part(&self.group, &module.group) && part(&self.artifact, &module.artifact)
    }

    /// The one module that it names, where it names one.
    pub(super) fn module(&self) -> Option<Module> {
        let part = |part: &Option<String>| part.clone().filter(|text| !text.is_empty());
        Some(Module { group: part(&self.group)?, artifact: part(&self.artifact)? })
    }

    fn is_open(&self) -> bool {
        [&self.group, &self.artifact].into_iter().flatten().any(|text| is_open(text))
    }

    fn map(&self, apply: impl Fn(&str) -> String) -> Self {
        let part = |text: &Option<String>| apply(text.as_deref().unwrap_or("*"));
        Self::new(part(&self.group), part(&self.artifact))
    }
}

impl Profile {
    fn read(element: &Element<'_>) -> Self {
        let activation = element.child("activation").map(Activation::read).unwrap_or_default();
        Self { activation, body: Body::read(element) }
    }
}

impl Activation {
    fn read(element: &Element<'_>) -> Self {
        let os = element.child("os").map(|os| OperatingSystem {
            name: owned(os, "name"),
            family: owned(os, "family"),
            architecture: owned(os, "arch"),
            version: owned(os, "version"),
        });
        let property = element.child("property").and_then(|property| {
            Some(PropertyCondition { name: owned(property, "name")?, value: owned(property, "value") })
        });
        Self {
            by_default: element.text_of("activeByDefault") == Some("true"),
            jdk: owned(element, "jdk"),
            os,
            property,
            file: element.child("file").is_some(),
        }
    }
}

/// Most of a POM is about building, people and licences. A property may have any name.
fn is_read(parent: &str, child: &str) -> bool {
    match parent {
        "project" | "profile" => matches!(
            child,
            "groupId"
                | "artifactId"
                | "version"
                | "packaging"
                | "parent"
                | "distributionManagement"
                | "properties"
                | "dependencies"
                | "dependencyManagement"
                | "repositories"
                | "profiles"
                | "activation"
        ),
        _ => true,
    }
}

fn owned(element: &Element<'_>, name: &str) -> Option<String> {
    element.text_of(name).map(str::to_owned)
}

fn named<'b, 'a>(elements: &'b [Element<'a>], name: &'b str) -> impl Iterator<Item = &'b Element<'a>> {
    elements.iter().filter(move |element| element.name() == name)
}
