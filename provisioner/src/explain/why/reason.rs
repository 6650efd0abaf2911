//! The reasons for one release.

use std::collections::{HashSet, VecDeque};

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::{Artifact, Kind, Mode, Rules, Source};
use fatwood_resolver::maven::{Constraint, Version};
use serde::Serialize;

use super::super::graph::{By, Graph, Node, Request};

/// Why a release is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The release, as `group:artifact:version`, `project==version` or a file's name.
    pub release: String,
    /// The version that was asked about, where the set has another.
    pub instead_of: Option<String>,
    /// What leads to it: from what the user named, by the shortest path.
    pub path: Vec<String>,
    /// Everybody who asks for it, the user first.
    pub asked_by: Vec<Asker>,
    /// The other versions that are asked for, and the ranges that do not hold this one. What `LATEST` stood for
    /// is not known any more.
    pub selected_over: Vec<String>,
    /// What decided the version, where the manifest says it.
    pub rule: Option<Rule>,
    /// The releases that have moved to it.
    pub moved_from: Vec<String>,
    /// Its files; none where it is wanted for its dependencies alone.
    pub files: Vec<File>,
    /// Its POM.
    pub pom: Option<Pom>,
}

/// Who asks for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asker {
    /// The release that does; absent where the user does.
    pub release: Option<String>,
    /// The user's words.
    pub words: Option<String>,
    /// The version or range, where the manifest says it.
    pub version: Option<String>,
    /// What the POM has by itself, where a POM nearer to the root manages the version.
    pub declared: Option<String>,
}

/// What decided a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// All ask for this one.
    OnlyOne,
    /// POMs nearer to the root manage everybody to this one.
    Managed,
    /// The user's own version is final.
    Pinned,
    /// A range has a say: the newest version that all ranges allow.
    Range,
    /// `LATEST` or `RELEASE` stood for this one when the set was locked.
    Dynamic,
    /// The highest version wins.
    Highest,
    /// The declaration nearest to the root wins.
    Nearest,
    /// Nobody asks for this very version: what was asked for has moved, or its versions ask for each other in
    /// a circle.
    Moved,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its path in the set; of a wheel, its name.
    pub path: String,
    /// The directory of the set that it is installed into, where it is not there itself: of a wheel.
    pub installed_into: Option<&'static str>,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Where it comes from.
    pub source: Source,
}

/// The POM of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pom {
    /// The id of the repository that it came from.
    pub repository: String,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
}

pub(super) fn reason(graph: &Graph<'_>, index: usize, asked_version: Option<&str>) -> Reason {
    let node = &graph.nodes[index];
    let version = node.name.version();
    Reason {
        release: node.name.to_string(),
        instead_of: asked_version
            .filter(|asked| !version.is_some_and(|version| may_be(asked, version)))
            .map(str::to_owned),
        path: path(graph, index),
        asked_by: node.requests.iter().map(|request| asker(graph, request)).collect(),
        selected_over: selected_over(node),
        rule: rule(graph, node),
        moved_from: node.moved_from.to_vec(),
        files: node.artifacts.iter().map(|artifact| file(artifact)).collect(),
        pom: node.pom.map(|pom| Pom { repository: pom.repository.to_string(), sha256: pom.sha256 }),
    }
}

fn file(artifact: &Artifact) -> File {
    let directory = artifact.kind.directory();
    let (path, installed_into) = match artifact.kind {
        Kind::Wheel => (artifact.file.to_string(), Some(directory)),
        Kind::Jar | Kind::File => (format!("{directory}/{}", artifact.file), None),
    };
    File {
        path,
        installed_into,
        bytes: artifact.size,
        sha256: artifact.sha256,
        source: artifact.source.clone(),
    }
}

fn asker(graph: &Graph<'_>, request: &Request<'_>) -> Asker {
    let release = match request.by {
        By::User(_) => None,
        By::Node(by) => Some(graph.nodes[by].name.to_string()),
    };
    Asker {
        release,
        words: request.words().map(str::to_owned),
        version: request.demand.map(|demand| demand.version.clone()),
        declared: request.demand.and_then(|demand| demand.declared.clone()),
    }
}

/// The shortest path from what the user named; of equally long ones the first. Where nothing leads to it from
/// there, it stands alone.
fn path(graph: &Graph<'_>, index: usize) -> Vec<String> {
    // By node, the one below it on the way to `index`.
    let mut below: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut open = VecDeque::from([index]);
    let mut end = index;
    while let Some(at) = open.pop_front() {
        let requests = &graph.nodes[at].requests;
        if requests.iter().any(|request| request.words().is_some()) {
            end = at;
            break;
        }
        for request in requests {
            if let By::Node(by) = request.by
                && by != index
                && below[by].is_none()
            {
                below[by] = Some(at);
                open.push_back(by);
            }
        }
    }
    let mut path = vec![graph.nodes[end].name.to_string()];
    while let Some(next) = below[end] {
        path.push(graph.nodes[next].name.to_string());
        end = next;
    }
    path
}

/// What else is asked for, in the order in which it is.
fn selected_over(node: &Node<'_>) -> Vec<String> {
    let mut known = HashSet::new();
    let Some(selected) = node.name.version() else { return Vec::new() };
    let demands = node.requests.iter().filter_map(|request| request.demand);
    let versions = demands.map(|demand| demand.version.as_str());
    let others = versions.filter(|version| !may_be(version, selected) && known.insert(*version));
    others.map(str::to_owned).collect()
}

/// Whether who asks for `asked` may have meant `version`.
fn may_be(asked: &str, version: &str) -> bool {
    asked == version || is_dynamic(asked) || is_range_with(asked, version)
}

/// Whether `asked` stands for what the repositories list as such.
pub(super) fn is_dynamic(asked: &str) -> bool {
    matches!(asked, "LATEST" | "RELEASE")
}

/// Whether `asked` is a range that holds `version`.
pub(super) fn is_range_with(asked: &str, version: &str) -> bool {
    matches!(Constraint::parse(asked), Ok(Constraint::Hard(ranges)) if ranges.contains(&Version::new(version)))
}

fn rule(graph: &Graph<'_>, node: &Node<'_>) -> Option<Rule> {
    let rules = &graph.manifest.closure.as_ref()?.rules;
    let version = node.name.version()?;
    let demands: Vec<_> = node.requests.iter().filter_map(|request| request.demand).collect();
    let is_asked = demands.iter().any(|demand| demand.version == version);
    let is_named = demands.iter().any(|demand| demand.by.is_none() && demand.version == version);
    let has_range = demands.iter().any(|demand| is_range_with(&demand.version, version));
    let has_dynamic = demands.iter().any(|demand| is_dynamic(&demand.version));
    let is_dynamic_root = demands.iter().any(|demand| demand.by.is_none() && is_dynamic(&demand.version));
    if demands.is_empty() {
        return None;
    }
    // There, the first demand that all ranges allow wins.
    let is_nearest = rules.mode == Mode::Maven && is_asked;
    let is_managed = demands.iter().any(|demand| demand.declared.is_some());
    Some(match rules {
        _ if is_managed && demands.iter().all(|demand| demand.version == version) => Rule::Managed,
        _ if demands.iter().all(|demand| demand.version == version) => Rule::OnlyOne,
        Rules { mode: Mode::Maven, .. } | Rules { pin_roots: true, .. } if is_named => Rule::Pinned,
        Rules { mode: Mode::Maven, .. } | Rules { pin_roots: true, .. } if is_dynamic_root => Rule::Dynamic,
        _ if has_range && !is_nearest => Rule::Range,
        _ if has_dynamic && !is_asked => Rule::Dynamic,
        _ if !is_asked => Rule::Moved,
        Rules { mode: Mode::Spark, .. } => Rule::Highest,
        Rules { mode: Mode::Maven, .. } => Rule::Nearest,
    })
}
