//! The names by which people ask for something.

use fatwood_resolver::manifest::Artifact;
use packageurl::PackageUrl;

use super::super::graph::{Name, Node, split};

/// What was asked for, in the forms that a name may have: whatever a manifest, or what is said of it, calls a
/// release, a module or a file.
pub(super) struct Query {
    text: String,
    /// `group:artifact`, where there is a group.
    module: Option<String>,
    /// The artifact, without its group and version.
    artifact: String,
    version: Option<String>,
    /// Where this reads as `artifact:version`.
    is_bare: bool,
    project: String,
}

impl Query {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        let plain = |module: Option<String>, artifact: &str, version: Option<&str>| Self {
            text: text.to_owned(),
            module,
            artifact: artifact.to_owned(),
            version: version.map(str::to_owned),
            is_bare: false,
            project: normal(text),
        };
        if text.starts_with("pkg:") {
            return Self::of_purl(text).unwrap_or_else(|| plain(None, text, None));
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [] | [_] => plain(None, text, None),
            [group, artifact] => Self {
                is_bare: artifact.starts_with(|c: char| c.is_ascii_digit()),
                ..plain(Some(format!("{group}:{artifact}")), artifact, None)
            },
            [group, artifact, .., version] => {
                plain(Some(format!("{group}:{artifact}")), artifact, Some(version))
            }
        }
    }

    fn of_purl(text: &str) -> Option<Self> {
        let purl: PackageUrl<'_> = text.parse().ok()?;
        let project = if purl.ty() == "pypi" { normal(purl.name()) } else { text.to_owned() };
        let group = purl.namespace().filter(|_| purl.ty() == "maven");
        Some(Self {
            text: text.to_owned(),
            module: group.map(|group| format!("{group}:{}", purl.name())),
            artifact: if group.is_some() { purl.name() } else { text }.to_owned(),
            version: purl.version().map(str::to_owned),
            is_bare: false,
            project,
        })
    }

    /// The artifact without its group.
    pub(super) fn artifact(&self) -> &str {
        self.bare().map_or(&self.artifact, |(artifact, _)| artifact)
    }

    /// Whether this may be the name of a package: neither a path nor the name of a file.
    pub(super) fn may_be_package(&self) -> bool {
        let is_file = [".jar", ".whl"].iter().any(|end| self.text.ends_with(end));
        let is_project = self.text.starts_with("pkg:pypi/") || self.text.contains("==");
        self.module.is_some() || !(is_file || is_project || self.text.contains('/'))
    }

    pub(super) fn is_module(&self, module: &str) -> bool {
        let artifact = module.rsplit(':').next();
        match &self.module {
            Some(asked) if asked == module => true,
            Some(_) => self.bare().is_some_and(|(bare, _)| artifact == Some(bare)),
            None => artifact == Some(&self.artifact),
        }
    }

    /// Whether `node` is meant.
    pub(super) fn is_node(&self, node: &Node<'_>) -> bool {
        let is_named = match &node.name {
            Name::Package { module, .. } => self.is_module(module),
            Name::Project { project, .. } => self.project == normal(project),
            Name::File(_) => false,
        };
        is_named
            || node.artifacts.iter().any(|artifact| self.is_artifact(artifact))
            || node.moved_from.iter().any(|from| self.is_module(split(from).0))
            || node.requests.iter().any(|request| request.words() == Some(&self.text))
    }

    /// The version that is asked for of `node`, where one is.
    pub(super) fn version_of(&self, node: &Node<'_>) -> Option<&str> {
        let is_file = node.artifacts.iter().any(|artifact| self.is_artifact(artifact));
        let bare = self.bare().filter(|_| self.module.as_deref() != Some(node.name.plain()));
        let version = self.version.as_deref().or(bare.map(|(_, version)| version));
        version.filter(|_| !is_file)
    }

    fn is_artifact(&self, artifact: &Artifact) -> bool {
        let file = artifact.file.as_str();
        let in_directory = self.text.strip_prefix(artifact.kind.directory());
        self.text == artifact.purl
            || self.text == file
            || file.rsplit('/').next() == Some(&self.text)
            || in_directory.and_then(|rest| rest.strip_prefix('/')) == Some(file)
    }

    fn bare(&self) -> Option<(&str, &str)> {
        self.text.split_once(':').filter(|_| self.is_bare)
    }
}

/// The name of a Python project without a version, normalised (PEP 503).
fn normal(project: &str) -> String {
    let name = project.split_once("==").map_or(project, |(name, _)| name);
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}
