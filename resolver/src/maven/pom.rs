//! One POM as it is written: nothing inherited, nothing interpolated.

use std::collections::BTreeMap;

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
    pub(super) dependencies: Vec<Declaration>,
    pub(super) management: Vec<Declaration>,
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

/// A `dependency` element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) classifier: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) optional: Option<String>,
    /// Group and artifact of each exclusion.
    pub(super) exclusions: Vec<(String, String)>,
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
        let project = xml::parse(bytes, "project")?;
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
    fn read(element: &Element) -> Self {
        Self {
            group: owned(element, "groupId"),
            artifact: owned(element, "artifactId"),
            version: owned(element, "version"),
        }
    }
}

impl Body {
    fn read(element: &Element) -> Self {
        let properties = element.items("properties").iter();
        let managed = element.child("dependencyManagement");
        Self {
            properties: properties.map(|item| (item.name.clone(), item.trimmed().to_owned())).collect(),
            dependencies: Declaration::list(element.items("dependencies")),
            management: managed.map(|list| Declaration::list(list.items("dependencies"))).unwrap_or_default(),
            repositories: named(element.items("repositories"), "repository")
                .filter_map(|repository| owned(repository, "url"))
                .collect(),
        }
    }
}

impl Declaration {
    fn list(elements: &[Element]) -> Vec<Self> {
        named(elements, "dependency").map(Self::read).collect()
    }

    fn read(element: &Element) -> Self {
        let exclusions = named(element.items("exclusions"), "exclusion").map(|exclusion| {
            // Maven takes an exclusion of a group alone for one of nothing; the star is what is meant.
            let part = |name| owned(exclusion, name).unwrap_or_else(|| "*".to_owned());
            (part("groupId"), part("artifactId"))
        });
        Self {
            group: owned(element, "groupId").unwrap_or_default(),
            artifact: owned(element, "artifactId").unwrap_or_default(),
            version: owned(element, "version"),
            kind: owned(element, "type"),
            classifier: owned(element, "classifier"),
            scope: owned(element, "scope"),
            optional: owned(element, "optional"),
            exclusions: exclusions.collect(),
        }
    }
}

impl Profile {
    fn read(element: &Element) -> Self {
        let activation = element.child("activation").map(Activation::read).unwrap_or_default();
        Self { activation, body: Body::read(element) }
    }
}

impl Activation {
    fn read(element: &Element) -> Self {
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

fn owned(element: &Element, name: &str) -> Option<String> {
    element.text_of(name).map(str::to_owned)
}

fn named<'a>(elements: &'a [Element], name: &'a str) -> impl Iterator<Item = &'a Element> {
    elements.iter().filter(move |element| element.name == name)
}
