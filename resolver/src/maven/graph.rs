//! What a resolution comes to.

use std::collections::BTreeSet;

use super::gav::Gav;
use super::model::Key;
use crate::manifest::Excluded;

/// The releases of a closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// In class path order: the roots in the user's order, dependencies in that of their declaration;
    /// breadth first in mode `spark`, depth first in mode `maven`, as Maven itself orders a class path.
    pub nodes: Vec<Node>,
    /// What is not there because it was excluded.
    pub excluded: Vec<Excluded>,
    /// The releases whose POMs have a part in the result, parents and imports included.
    pub poms: BTreeSet<Gav>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// One release. In mode `spark` no two nodes of a graph have the same module; in mode `maven` they differ
/// in version and in the files that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The release.
    pub gav: Gav,
    /// The files of it that are wanted, in the order in which they were asked for; none where the
    /// release has moved, or is wanted for its dependencies only.
    pub files: Vec<WantedFile>,
    /// Who asks for it, in which version, the user first and then in the order of the graph.
    pub demands: Vec<Demand>,
    /// The releases that have moved to this one.
    pub moved_from: BTreeSet<Gav>,
    /// The URLs of repositories that its POM names, which were not asked.
    pub repositories: Vec<String>,
}

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantedFile {
    /// The extension, as in `jar`.
    pub extension: String,
    /// The classifier, as in `tests`.
    pub classifier: Option<String>,
    /// Whether it is no failure if the repository does not have it: the jar of a release whose
    /// packaging is `pom` exists for some and not for most.
    pub may_be_absent: bool,
    /// Whether the user named it.
    pub is_named: bool,
}

/// One request for a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demand {
    /// Who asks.
    pub by: Requester,
    /// The version or range that counts, after the management of POMs nearer to the root.
    pub version: String,
    /// What the dependent's own POM comes to, where that is another one.
    pub declared: Option<String>,
}

/// Who asks for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requester {
    /// The coordinate of that index in the request.
    Root(usize),
    /// The node of that index in the graph.
    Node(usize),
}

/// The file that a dependency of this `type` and classifier means, by Maven's artifact handlers and
/// those of the extensions that publish plain jars under a packaging of their own; none for `pom`.
pub(super) fn file_of(key: &Key) -> Option<(String, Option<String>)> {
    let (extension, implied) = match key.kind.as_str() {
        "pom" | "bom" => return None,
        "jar" | "bundle" | "maven-plugin" | "ejb" | "eclipse-plugin" | "hk2-jar" | "orbit" | "scala-jar"
        | "modular-jar" | "classpath-jar" | "fatjar" => ("jar", None),
        "test-jar" => ("jar", Some("tests")),
        "ejb-client" => ("jar", Some("client")),
        "java-source" => ("jar", Some("sources")),
        "javadoc" => ("jar", Some("javadoc")),
        other => (other, None),
    };
    Some((extension.to_owned(), key.classifier.clone().or_else(|| implied.map(str::to_owned))))
}
