//! A Maven repository in a few lines, for tests.
//!
//! Each line is a POM: `artifact:version` and then what is in it, the group being `t` unless the artifact is
//! written as `group/artifact`:
//!
//! ```text
//! a:1 parent:p:1 prop:v=2 dep:c:${v} dep:d[type=pom,scope=test,not=t:e] man:d:1 bom:b:1 moved::x:2 xml:<…/>
//! old/a:1 packaging:bundle when:jdk=[9,)&os.family=unix?dep:c:1 dep:new/c:1
//! ```
//!
//! `when` is a profile with its conditions and one part of its own; the condition `default` is
//! `activeByDefault`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::{Answer, Gav, Graph, Listing, Query, Request, Resolution, ResolutionError, Step};
use crate::requirements::{Coordinate, Module, ModulePattern, Rules, Target};

/// What a repository holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixture {
    poms: BTreeMap<Gav, String>,
    versions: BTreeMap<Module, Vec<String>>,
}

fn module(text: &str) -> Module {
    let (group, artifact) = text.split_once('/').unwrap_or(("t", text));
    Module { group: group.to_owned(), artifact: artifact.to_owned() }
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
            Query::Versions(module) => self
                .versions
                .get(module)
                .map_or(Answer::Absent, |versions| Answer::Versions(listing(versions))),
        }
    }

    pub(super) fn poms(&self) -> impl Iterator<Item = &Gav> {
        self.poms.keys()
    }
}

/// As the last version were the latest, and the last but snapshots the release.
fn listing(versions: &[String]) -> Listing {
    let released = versions.iter().rfind(|version| !version.ends_with("-SNAPSHOT"));
    Listing { versions: versions.to_vec(), latest: versions.last().cloned(), release: released.cloned() }
}

/// What a POM or a profile has, by the name of the element around it.
type Sections = BTreeMap<&'static str, String>;

fn pom(artifact: &str, version: &str, body: &str) -> String {
    let mut sections = Sections::new();
    let mut own_version = format!("<version>{version}</version>");
    for part in body.split(' ').filter(|part| !part.is_empty()) {
        match part.split_once(':').expect(part) {
            ("own", rest) => own_version = rest.to_owned(),
            (kind, rest) => add(&mut sections, kind, rest),
        }
    }
    let Module { group, artifact } = module(artifact);
    let own = format!("<groupId>{group}</groupId><artifactId>{artifact}</artifactId>{own_version}");
    format!("<project>{own}{}</project>", elements(&sections))
}

/// Adds one part to what a POM or a profile has.
fn add(sections: &mut Sections, kind: &str, rest: &str) {
    let mut put = |section, text: &str| sections.entry(section).or_default().push_str(text);
    match kind {
        "parent" => put("parent", &coordinate(rest)),
        "packaging" => put("packaging", rest),
        "prop" => {
            let (name, value) = rest.split_once('=').expect(rest);
            put("properties", &format!("<{name}>{value}</{name}>"));
        }
        "dep" => put("dependencies", &dependency(rest)),
        "man" => put("managed", &dependency(rest)),
        "bom" => put("managed", &dependency(&format!("{rest}[type=pom,scope=import]"))),
        "moved" => {
            let texts: Vec<&str> = rest.split(':').collect();
            let parts = ["groupId", "artifactId", "version"].into_iter().zip(texts);
            let inner: Vec<String> = parts
                .filter(|(_, text)| !text.is_empty())
                .map(|(name, text)| format!("<{name}>{text}</{name}>"))
                .collect();
            put("distributionManagement", &format!("<relocation>{}</relocation>", inner.concat()));
        }
        "when" => {
            let (conditions, part) = rest.split_once('?').expect(rest);
            let activation: Vec<String> = conditions.split('&').map(condition).collect();
            let (kind, rest) = part.split_once(':').expect(part);
            let mut own = Sections::new();
            add(&mut own, kind, rest);
            let profile = format!("<activation>{}</activation>{}", activation.concat(), elements(&own));
            put("profiles", &format!("<profile>{profile}</profile>"));
        }
        "xml" => put("", rest),
        _ => panic!("{kind}:{rest}"),
    }
}

fn elements(sections: &Sections) -> String {
    let element = |(section, inner): (&&str, &String)| match *section {
        "" => inner.clone(),
        "managed" => {
            format!("<dependencyManagement><dependencies>{inner}</dependencies></dependencyManagement>")
        }
        _ => format!("<{section}>{inner}</{section}>"),
    };
    sections.iter().map(element).collect::<Vec<_>>().concat()
}

/// `default`, or `name=value`; where the name has a dot, the value is in an element in the element.
fn condition(text: &str) -> String {
    let Some((name, value)) = text.split_once('=') else {
        return format!("<activeByDefault>{}</activeByDefault>", text == "default");
    };
    match name.split_once('.') {
        Some((outer, inner)) => format!("<{outer}><{inner}>{value}</{inner}></{outer}>"),
        None => format!("<{name}>{value}</{name}>"),
    }
}

fn coordinate(text: &str) -> String {
    let (name, version) = text.split_once(':').unwrap_or((text, ""));
    let version = if version.is_empty() { String::new() } else { format!("<version>{version}</version>") };
    let Module { group, artifact } = module(name);
    format!("<groupId>{group}</groupId><artifactId>{artifact}</artifactId>{version}")
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
/// parentheses. Groups are not shown.
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
