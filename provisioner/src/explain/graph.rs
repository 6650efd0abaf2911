//! Who asks for whom, of every kind of artifact alike.

use std::collections::{HashMap, HashSet};

use fatwood_resolver::manifest::{Artifact, Closure, Demand, Excluded, LockedPom, Manifest, Release, Source};
use fatwood_resolver::requirements::Coordinate;
use packageurl::PackageUrl;

/// The releases, projects and files of a manifest, and who asks for each.
///
/// Of a manifest without a closure (of format version 1, or without packages) it knows what `requestedBy`
/// says: who asks, not for which version.
pub struct Graph<'a> {
    /// Releases in the order of the closure, then what else there is in that of the artifacts.
    pub(super) nodes: Vec<Node<'a>>,
    /// What the closure does not have because it was excluded.
    pub(super) excluded: &'a [Excluded],
    pub(super) manifest: &'a Manifest,
}

/// One release of a package, one release of a project, or one file.
pub(super) struct Node<'a> {
    pub(super) name: Name,
    /// Its files in the set; none for what is wanted for its dependencies alone.
    pub(super) artifacts: Vec<&'a Artifact>,
    pub(super) requests: Vec<Request<'a>>,
    /// What it asks for: the node, and the index of the request there.
    pub(super) needs: Vec<(usize, usize)>,
    pub(super) moved_from: &'a [String],
    /// The modules that it depends on and the closure does not have, by index.
    pub(super) excluded: Vec<usize>,
    pub(super) pom: Option<&'a LockedPom>,
}

/// What a node is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Name {
    Package { module: String, version: String },
    Project { project: String, version: String },
    File(String),
}

/// One request for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub(super) by: By<'a>,
    /// What is asked for, where the manifest says it.
    pub(super) demand: Option<&'a Demand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum By<'a> {
    /// The user, in these words.
    User(&'a str),
    Node(usize),
}

impl Name {
    /// By package URL; what has none that names a release is called by its file.
    pub(super) fn of(artifact: &Artifact) -> Self {
        let file = || Self::File(artifact.file.to_string());
        let Ok(purl) = artifact.purl.parse::<PackageUrl<'_>>() else { return file() };
        match (purl.ty(), purl.namespace(), purl.version()) {
            ("maven", Some(group), Some(version)) => {
                let version = snapshot(artifact).unwrap_or(version).to_owned();
                Self::Package { module: format!("{group}:{}", purl.name()), version }
            }
            ("pypi", _, Some(version)) => {
                Self::Project { project: purl.name().to_owned(), version: version.to_owned() }
            }
            _ => file(),
        }
    }

    fn of_release(release: &str) -> Self {
        let (module, version) = split(release);
        Self::Package { module: module.to_owned(), version: version.to_owned() }
    }

    /// The name without the version.
    pub(super) fn plain(&self) -> &str {
        match self {
            Self::Package { module: name, .. } | Self::Project { project: name, .. } | Self::File(name) => {
                name
            }
        }
    }

    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Package { version, .. } | Self::Project { version, .. } => Some(version),
            Self::File(_) => None,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Package { module, version } => write!(f, "{module}:{version}"),
            Self::Project { project, version } => write!(f, "{project}=={version}"),
            Self::File(name) => f.write_str(name),
        }
    }
}

/// The version that a build of a snapshot belongs to: its own has a timestamp, its directory does not.
fn snapshot(artifact: &Artifact) -> Option<&str> {
    let Source::Repository { path, .. } = &artifact.source else { return None };
    path.as_str().rsplit('/').nth(1).filter(|version| version.ends_with("-SNAPSHOT"))
}

/// The module and the version of `group:artifact:version`.
pub(super) fn split(release: &str) -> (&str, &str) {
    release.rsplit_once(':').unwrap_or((release, ""))
}

impl<'a> Graph<'a> {
    /// The graph of a manifest.
    pub fn of(manifest: &'a Manifest) -> Self {
        let excluded =
            manifest.closure.as_ref().map(|closure| closure.excluded.as_slice()).unwrap_or_default();
        let mut building = Building { nodes: Vec::new(), by_name: HashMap::new(), by_purl: HashMap::new() };
        let releases =
            manifest.closure.as_ref().map(|closure| closure.releases.as_slice()).unwrap_or_default();
        for release in releases {
            let node = building.node(Name::of_release(&release.release));
            building.nodes[node].moved_from = &release.moved_from;
        }
        for artifact in &manifest.artifacts {
            let node = building.node(Name::of(artifact));
            building.nodes[node].artifacts.push(artifact);
            building.by_purl.insert(&artifact.purl, node);
        }
        building.demands(releases, &manifest.inputs.packages);
        building.requesters();
        if let Some(closure) = &manifest.closure {
            building.notes(closure);
        }
        building.needs();
        Self { nodes: building.nodes, excluded, manifest }
    }

    /// The nodes that the user named, in order.
    pub(super) fn named(&self) -> impl Iterator<Item = usize> {
        let is_named = |node: &Node<'_>| node.requests.iter().any(|request| request.words().is_some());
        self.nodes.iter().enumerate().filter(move |(_, node)| is_named(node)).map(|(index, _)| index)
    }
}

impl<'a> Request<'a> {
    /// The user's words, where the user asks.
    pub(super) fn words(&self) -> Option<&'a str> {
        match self.by {
            By::User(words) => Some(words),
            By::Node(_) => None,
        }
    }
}

struct Building<'a> {
    nodes: Vec<Node<'a>>,
    by_name: HashMap<Name, usize>,
    by_purl: HashMap<&'a str, usize>,
}

impl<'a> Building<'a> {
    fn node(&mut self, name: Name) -> usize {
        let nodes = &mut self.nodes;
        *self.by_name.entry(name).or_insert_with_key(|name| {
            nodes.push(Node {
                name: name.clone(),
                artifacts: Vec::new(),
                requests: Vec::new(),
                needs: Vec::new(),
                moved_from: &[],
                excluded: Vec::new(),
                pom: None,
            });
            nodes.len() - 1
        })
    }

    /// The requests that a closure knows.
    fn demands(&mut self, releases: &'a [Release], packages: &'a [String]) {
        // By version: module and words.
        let mut words: HashMap<String, Vec<(String, &'a str)>> = HashMap::new();
        for text in packages {
            if let Ok(coordinate) = text.parse::<Coordinate>() {
                words.entry(coordinate.version).or_default().push((coordinate.module.to_string(), text));
            }
        }
        for release in releases {
            let Some(&node) = self.by_name.get(&Name::of_release(&release.release)) else { continue };
            let names = release.moved_from.iter().chain([&release.release]);
            let modules: HashSet<&str> = names.map(|name| split(name).0).collect();
            for demand in &release.demands {
                let by = if let Some(by) = &demand.by {
                    self.by_name.get(&Name::of_release(by)).map(|by| By::Node(*by))
                } else {
                    let mut said = words.get(&demand.version).into_iter().flatten();
                    let said = said.find(|(module, _)| modules.contains(module.as_str()));
                    Some(By::User(said.map_or(&release.release, |(_, text)| text)))
                };
                let request = by.map(|by| Request { by, demand: Some(demand) });
                self.nodes[node].requests.extend(request);
            }
        }
    }

    /// The requests of what no closure explains.
    fn requesters(&mut self) {
        for node in &mut self.nodes {
            if !node.requests.is_empty() {
                continue;
            }
            let texts = node.artifacts.iter().flat_map(|artifact| &artifact.requested_by);
            let by =
                texts.map(|text| self.by_purl.get(text.as_str()).map_or(By::User(text), |by| By::Node(*by)));
            let mut known = HashSet::new();
            let requests = by.filter(|by| known.insert(*by)).map(|by| Request { by, demand: None });
            node.requests = requests.collect();
        }
    }

    fn notes(&mut self, closure: &'a Closure) {
        for (index, excluded) in closure.excluded.iter().enumerate() {
            for dependent in &excluded.dependents {
                if let Some(node) = self.by_name.get(&Name::of_release(dependent)) {
                    self.nodes[*node].excluded.push(index);
                }
            }
        }
        for pom in &closure.poms {
            if let Some(node) = self.by_name.get(&Name::of_release(&pom.release)) {
                self.nodes[*node].pom = Some(pom);
            }
        }
    }

    fn needs(&mut self) {
        for node in 0..self.nodes.len() {
            for request in 0..self.nodes[node].requests.len() {
                if let By::Node(by) = self.nodes[node].requests[request].by {
                    self.nodes[by].needs.push((node, request));
                }
            }
        }
    }
}
