//! A Maven repository in a few lines, for tests.
//!
//! Each line is a POM: `artifact:version` and then what is in it, the group being `t` throughout:
//!
//! ```text
//! a:1 parent:p:1 prop:v=2 dep:c:${v} dep:d[type=pom,scope=test,not=t:e] man:d:1 bom:b:1 moved::x:2 xml:<…/>
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::{Answer, Gav, Graph, Query, Request, Resolution, ResolutionError, Step};
use crate::requirements::{Coordinate, Module, ModulePattern, Rules, Target};

/// What a repository holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixture {
    poms: BTreeMap<Gav, String>,
    versions: BTreeMap<Module, Vec<String>>,
}

fn module(artifact: &str) -> Module {
    Module { group: "t".to_owned(), artifact: artifact.to_owned() }
}

impl Fixture {
    pub(super) fn new(text: &str) -> Self {
        let mut fixture = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, body) = line.split_once(' ').unwrap_or((line, ""));
            let (artifact, version) = name.split_once(':').expect(line);
            fixture.add(artifact, version, &pom(artifact, version, body));
        }
        fixture
    }

    fn add(&mut self, artifact: &str, version: &str, xml: &str) {
        self.versions.entry(module(artifact)).or_default().push(version.to_owned());
        let gav = Gav { module: module(artifact), version: version.to_owned() };
        self.poms.insert(gav, xml.to_owned());
    }

    pub(super) fn answer(&self, query: &Query) -> Answer {
        match query {
            Query::Pom(gav) => {
                self.poms.get(gav).map_or(Answer::Absent, |xml| Answer::Pom(xml.clone().into_bytes()))
            }
            Query::Versions(module) => {
                self.versions.get(module).cloned().map_or(Answer::Absent, Answer::Versions)
            }
        }
    }

    pub(super) fn poms(&self) -> impl Iterator<Item = &Gav> {
        self.poms.keys()
    }
}

fn pom(artifact: &str, version: &str, body: &str) -> String {
    let mut sections: BTreeMap<&str, String> = BTreeMap::new();
    let mut own_version = format!("<version>{version}</version>");
    for part in body.split(' ').filter(|part| !part.is_empty()) {
        let (kind, rest) = part.split_once(':').expect(part);
        match kind {
            "parent" => sections.entry("parent").or_default().push_str(&coordinate(rest)),
            "prop" => {
                let (name, value) = rest.split_once('=').expect(part);
                write!(sections.entry("properties").or_default(), "<{name}>{value}</{name}>")
                    .expect("a string");
            }
            "dep" => sections.entry("dependencies").or_default().push_str(&dependency(rest)),
            "man" => sections.entry("managed").or_default().push_str(&dependency(rest)),
            "bom" => {
                let import = dependency(&format!("{rest}[type=pom,scope=import]"));
                sections.entry("managed").or_default().push_str(&import);
            }
            "moved" => {
                let [group, artifact, version] = rest.split(':').collect::<Vec<_>>()[..] else {
                    panic!("{part}")
                };
                let parts = [("groupId", group), ("artifactId", artifact), ("version", version)];
                let parts = parts.into_iter().filter(|(_, text)| !text.is_empty());
                let inner: Vec<String> =
                    parts.map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
                sections
                    .insert("distributionManagement", format!("<relocation>{}</relocation>", inner.concat()));
            }
            "own" => own_version = rest.to_owned(),
            "xml" => sections.entry("").or_default().push_str(rest),
            _ => panic!("{part}"),
        }
    }
    let mut xml = format!("<project><groupId>t</groupId><artifactId>{artifact}</artifactId>{own_version}");
    for (section, inner) in sections {
        match section {
            "" => xml.push_str(&inner),
            "managed" => {
                let list = format!(
                    "<dependencyManagement><dependencies>{inner}</dependencies></dependencyManagement>"
                );
                xml.push_str(&list);
            }
            _ => write!(xml, "<{section}>{inner}</{section}>").expect("a string"),
        }
    }
    xml + "</project>"
}

fn coordinate(text: &str) -> String {
    let (artifact, version) = text.split_once(':').unwrap_or((text, ""));
    let version = if version.is_empty() { String::new() } else { format!("<version>{version}</version>") };
    format!("<groupId>t</groupId><artifactId>{artifact}</artifactId>{version}")
}

/// `artifact[:version][\[name=value,…\]]`; a range is written with `;` for `,` and `{` for `[`.
fn dependency(text: &str) -> String {
    let (name, options) = text.strip_suffix(']').and_then(|text| text.split_once('[')).unwrap_or((text, ""));
    let name = if name.contains("${") { name.to_owned() } else { name.replace('{', "[").replace('}', "]") };
    let mut inner = coordinate(&name.replace(';', ","));
    let mut exclusions = String::new();
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').expect(option);
        if name == "not" {
            let (group, artifact) = value.split_once(':').expect(option);
            let exclusion = format!("<groupId>{group}</groupId><artifactId>{artifact}</artifactId>");
            write!(exclusions, "<exclusion>{exclusion}</exclusion>").expect("a string");
        } else {
            write!(inner, "<{name}>{value}</{name}>").expect("a string");
        }
    }
    format!("<dependency>{inner}<exclusions>{exclusions}</exclusions></dependency>")
}

/// What to resolve from a fixture.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) packages: Vec<Coordinate>,
    pub(super) excludes: Vec<ModulePattern>,
    pub(super) transitive: bool,
    pub(super) rules: Rules,
}

impl Asked {
    /// Coordinates without their group.
    pub(super) fn new(roots: &str) -> Self {
        let packages = roots.split(' ').map(|root| format!("t:{root}").parse().expect(root));
        Self { packages: packages.collect(), excludes: Vec::new(), transitive: true, rules: Rules::default() }
    }

    pub(super) fn resolution(&self) -> Result<Resolution, ResolutionError> {
        Resolution::new(&Request {
            packages: &self.packages,
            excludes: &self.excludes,
            transitive: self.transitive,
            target: &Target::default(),
            rules: &self.rules,
        })
    }

    /// Answers at once everything that is missing.
    pub(super) fn resolve(&self, fixture: &Fixture) -> Result<Graph, ResolutionError> {
        let mut resolution = self.resolution()?;
        let mut fed = BTreeSet::new();
        loop {
            match resolution.ask()? {
                Step::Done(graph) => return Ok(graph),
                Step::Missing(queries) => {
                    assert!(!queries.is_empty());
                    for query in queries {
                        assert!(fed.insert(query.clone()), "{query} was asked for again");
                        let answer = fixture.answer(&query);
                        resolution.feed(query, answer);
                    }
                }
            }
        }
    }
}

/// The files of a graph: `artifact:version[:classifier][@extension]`, and artifacts without a file in
/// parentheses.
pub(super) fn shown(graph: &Graph) -> String {
    let mut words = Vec::new();
    for node in &graph.nodes {
        let name = format!("{}:{}", node.gav.module.artifact, node.gav.version);
        if node.files.is_empty() {
            words.push(format!("({name})"));
        }
        for file in &node.files {
            let classifier = file.classifier.as_ref().map(|text| format!(":{text}")).unwrap_or_default();
            let extension =
                if file.extension == "jar" { String::new() } else { format!("@{}", file.extension) };
            words.push(format!("{name}{classifier}{extension}"));
        }
    }
    words.join(" ")
}
