//! The least that a cold resolution can take: the longest chain of requests of which each needs the answer
//! to the one before.
//!
//! A POM can be asked for as soon as somebody has named it: its child, a POM that imports it, or one that
//! depends on it, with the version from there, from a property of an ancestor or from any POM that manages it.
//! A release has the depth of the one that named it first, and one more; the roots have 1. It is a lower bound:
//! nobody could know earlier, and that something is asked for that early is a guess where POMs contradict each
//! other. Only what counts in the end is looked at: the releases of the closure, their ancestors and imports.
//!
//! Beside it stands in how many rounds the resolver's own state machine is done where all answers to a round
//! arrive at once: what it could do on a network with nothing but latency.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use fatwood_resolver::maven::{Answer, Gav, Graph, Listing, Query, Resolution, Step};
use fatwood_resolver::requirements::Coordinate;

use super::closure::whole;
use super::pom::{self, Pom, Role};

/// What a closure needs at least.
pub(crate) struct Limit {
    /// The longest chain of POMs.
    pub(crate) chain: usize,
    /// The end of that chain.
    pub(crate) deepest: String,
    /// The rounds of the state machine.
    pub(crate) rounds: usize,
    /// The paths of what counts in the end.
    pub(crate) documents: Vec<String>,
    /// How many releases the closure has.
    pub(crate) releases: usize,
}

/// Computes it from the documents of a repository.
pub(crate) fn of(packages: &[Coordinate], document: impl Fn(&str) -> Option<Bytes>) -> Limit {
    let (graph, poms, rounds) = resolved(packages, document);
    let roots: Vec<String> = packages
        .iter()
        .map(|root| format!("{}:{}:{}", root.module.group, root.module.artifact, root.version))
        .collect();
    let paths: HashMap<String, String> = poms.keys().map(|gav| (gav.to_string(), path(gav))).collect();
    let releases = Releases::new(poms.into_iter().map(|(gav, pom)| (gav.to_string(), pom)).collect());
    let depths = releases.depths(&roots);
    let needed = releases.needed(graph.nodes.iter().map(|node| node.gav.to_string()));
    let reached = needed.iter().filter_map(|index| Some((depths[*index]?, &releases.names[*index])));
    let (chain, deepest) = reached.max().map(|(depth, name)| (depth, name.clone())).unwrap_or_default();
    let documents = needed.iter().map(|index| paths[&releases.names[*index]].clone()).collect();
    Limit { chain, deepest, rounds, documents, releases: graph.nodes.len() }
}

fn path(gav: &Gav) -> String {
    gav.pom_path().expect("what was asked for has a path").to_string()
}

/// Runs the state machine with every answer of a round at once.
fn resolved(
    packages: &[Coordinate],
    document: impl Fn(&str) -> Option<Bytes>,
) -> (Graph, HashMap<Gav, Pom>, usize) {
    let mut resolution = whole(packages, Resolution::new).expect("the roots are plain");
    let (mut poms, mut rounds) = (HashMap::new(), 0);
    loop {
        let queries = match resolution.ask().expect("the closure resolves") {
            Step::Done(graph) => return (graph, poms, rounds),
            Step::Missing(queries) => queries,
        };
        rounds += 1;
        for query in queries {
            let answer = match &query {
                Query::Pom(gav) => document(&path(gav)).map(|bytes| {
                    poms.insert(gav.clone(), pom::read(&bytes));
                    Answer::Pom(bytes.into())
                }),
                Query::Versions(module) => {
                    let directory = module.group.replace('.', "/");
                    document(&format!("{directory}/{}/maven-metadata.xml", module.artifact))
                        .map(|bytes| versions(&String::from_utf8_lossy(&bytes)))
                        .map(|versions| Answer::Versions(Listing { versions, ..Listing::default() }))
                }
            };
            resolution.feed(query, answer.unwrap_or(Answer::Absent));
        }
    }
}

fn versions(metadata: &str) -> Vec<String> {
    let listed = metadata.split_once("<versions>").map_or("", |(_, rest)| rest);
    let parts = listed.split("<version>").skip(1);
    parts.filter_map(|part| Some(part.split_once('<')?.0.trim().to_owned())).collect()
}

/// Everything that was read, by number.
struct Releases {
    names: Vec<String>,
    poms: Vec<Pom>,
    numbers: HashMap<String, usize>,
}

/// That a release is named, and by which POMs.
#[derive(Default)]
struct Named {
    /// Whoever is known names it with its version.
    outright: Vec<usize>,
    /// Whoever is known depends on it, and has the version from elsewhere.
    without_version: Vec<usize>,
    /// Whoever is known manages it in its version.
    managed: Vec<usize>,
}

impl Releases {
    fn new(read: Vec<(String, Pom)>) -> Self {
        let (names, poms): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let numbers = names.iter().cloned().enumerate().map(|(number, name)| (name, number)).collect();
        Self { names, poms, numbers }
    }

    /// The depth of each; none for those that nobody names in a way that is understood here.
    fn depths(&self, roots: &[String]) -> Vec<Option<usize>> {
        let named = self.named();
        let mut depths: Vec<Option<usize>> =
            self.names.iter().map(|name| roots.contains(name).then_some(1)).collect();
        loop {
            let mut changed = false;
            for (number, named) in named.iter().enumerate() {
                let least = |by: &[usize]| by.iter().filter_map(|by| depths[*by]).min();
                let pieced = least(&named.without_version)
                    .zip(least(&named.managed))
                    .map(|(dependency, version)| dependency.max(version));
                let depth = least(&named.outright).into_iter().chain(pieced).min().map(|depth| depth + 1);
                if depth.is_some_and(|depth| depths[number].is_none_or(|before| depth < before)) {
                    depths[number] = depth;
                    changed = true;
                }
            }
            if !changed {
                return depths;
            }
        }
    }

    fn named(&self) -> Vec<Named> {
        let mut named: Vec<Named> = self.names.iter().map(|_| Named::default()).collect();
        let mut modules: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, name) in self.names.iter().enumerate() {
            let module = name.rsplit_once(':').map_or(name.as_str(), |(module, _)| module);
            modules.entry(module).or_default().push(number);
        }
        for at in 0..self.poms.len() {
            if let Some(parent) = self.parent(at) {
                named[parent].outright.push(at);
            }
            for mention in &self.poms[at].mentions {
                let field = |name| self.value(at, mention.fields.get(name)?);
                let (Some((group, _)), Some((artifact, _))) = (field("groupId"), field("artifactId")) else {
                    continue;
                };
                let version = field("version");
                for number in modules.get(format!("{group}:{artifact}").as_str()).into_iter().flatten() {
                    let is_meant = |text: &String| self.names[*number].ends_with(&format!(":{text}"));
                    let by = version.as_ref().filter(|(text, _)| is_meant(text)).map(|(_, by)| *by);
                    match (mention.role, by) {
                        (Role::Dependency | Role::Import, Some(by)) => named[*number].outright.push(by),
                        (Role::Managed, Some(by)) => named[*number].managed.push(by),
                        (Role::Dependency, None) => named[*number].without_version.push(at),
                        (Role::Managed | Role::Import, None) => {}
                    }
                }
            }
            if let Some(target) = self.moved_to(at) {
                named[target].outright.push(at);
            }
        }
        named
    }

    /// The releases, and what they inherit and import.
    fn needed(&self, closure: impl Iterator<Item = String>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = closure.filter_map(|name| self.numbers.get(&name).copied()).collect();
        let mut needed = BTreeSet::new();
        while let Some(number) = open.pop() {
            if !needed.insert(number) {
                continue;
            }
            open.extend(self.parent(number));
            for mention in self.poms[number].mentions.iter().filter(|it| it.role == Role::Import) {
                let field = |name| Some(self.value(number, mention.fields.get(name)?)?.0);
                if let (Some(group), Some(artifact), Some(version)) =
                    (field("groupId"), field("artifactId"), field("version"))
                {
                    open.extend(self.numbers.get(&format!("{group}:{artifact}:{version}")));
                }
            }
        }
        needed
    }

    fn parent(&self, number: usize) -> Option<usize> {
        let parent = &self.poms[number].parent;
        let name =
            format!("{}:{}:{}", parent.get("groupId")?, parent.get("artifactId")?, parent.get("version")?);
        self.numbers.get(&name).copied()
    }

    fn moved_to(&self, number: usize) -> Option<usize> {
        let moved = &self.poms[number].relocation;
        if moved.is_empty() {
            return None;
        }
        let part = |name| match moved.get(name) {
            Some(text) => self.value(number, text).map(|(text, _)| text),
            None => self.model_value(number, name),
        };
        let name = format!("{}:{}:{}", part("groupId")?, part("artifactId")?, part("version")?);
        self.numbers.get(&name).copied()
    }

    /// A text of a POM without properties, and the last of its ancestors that must be known for it.
    fn value(&self, number: usize, text: &str) -> Option<(String, usize)> {
        /// Properties of properties of …
        const MAX_STEPS: usize = 32;
        let (mut text, mut generation) = (text.to_owned(), 0);
        for _ in 0..MAX_STEPS {
            let Some((before, rest)) = text.split_once("${") else {
                let last =
                    std::iter::successors(Some(number), |number| self.parent(*number)).nth(generation)?;
                return Some((text, last));
            };
            let (name, after) = rest.split_once('}')?;
            let (value, owner) = self.property(number, name)?;
            generation = generation.max(owner);
            text = format!("{before}{value}{after}");
        }
        None
    }

    /// A property as a POM sees it, and how many generations up it stands.
    fn property(&self, number: usize, name: &str) -> Option<(String, usize)> {
        let field = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")).unwrap_or(name);
        if let Some(field) = field.strip_prefix("parent.") {
            return Some((self.poms[number].parent.get(field)?.clone(), 0));
        }
        if matches!(field, "groupId" | "artifactId" | "version") {
            return Some((self.model_value(number, field)?, 0));
        }
        let mut ancestry = std::iter::successors(Some(number), |number| self.parent(*number)).enumerate();
        ancestry.find_map(|(generation, owner)| {
            Some((self.poms[owner].properties.get(name)?.clone(), generation))
        })
    }

    fn model_value(&self, number: usize, field: &str) -> Option<String> {
        let pom = &self.poms[number];
        pom.own.get(field).or_else(|| pom.parent.get(field)).cloned()
    }
}
