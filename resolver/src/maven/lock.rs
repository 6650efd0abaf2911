//! From a closure to artifacts with their size and SHA-256.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use futures_util::future::try_join;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use packageurl::PackageUrl;

use super::driver::Closure;
use super::error::MavenError;
use super::gav::{Gav, file_name};
use super::graph::{Graph, Requester, WantedFile};
use super::lookup::{KnownFile, Lookup, unnamed};
use super::request::Request;
use super::route::route;
use crate::digest::{Algorithm, Checksum};
use crate::fetch::Remote;
use crate::manifest::{Artifact, FileName, Kind, Source};
use crate::pin::{Context, Pinned, Vouched, pin};
use crate::progress::Event;
use crate::sources::Repository;

/// How many files are locked at once. They may be large: few streams fill a line as well as many.
const MAX_FILES: usize = 8;

/// A file to lock.
struct Wanted<'a> {
    node: usize,
    /// The release, or the build that stands for a snapshot.
    gav: Gav,
    file: &'a WantedFile,
    kind: Kind,
    /// Its path below a repository's URL.
    path: FileName,
    /// Its name in the set.
    name: FileName,
    /// The repositories that may have it: that of the POM, or all where there was no POM to be found.
    repositories: Vec<&'a Repository>,
    /// Whether there was a POM to be found.
    has_pom: bool,
}

/// Locks every file of the closure, in its order.
pub(super) async fn lock(
    request: &Request<'_>,
    closure: &Closure,
    repositories: &[Repository],
    context: &Context,
) -> Result<Vec<Artifact>, MavenError> {
    let wanted = wanted(closure, repositories, context)?;
    let locked: Vec<_> = stream::iter(wanted.iter().map(|wanted| lock_one(wanted, &closure.graph, context)))
        .buffered(MAX_FILES)
        .try_collect()
        .await?;
    let mut purls: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (wanted, _) in wanted.iter().zip(&locked).filter(|(_, locked)| locked.is_some()) {
        purls.entry(wanted.node).or_default().push(purl(&wanted.gav, wanted.file));
    }
    let artifacts = wanted.iter().zip(locked).filter_map(|(wanted, locked)| {
        let (source, pinned) = locked?;
        Some(Artifact {
            purl: purl(&wanted.gav, wanted.file),
            kind: wanted.kind,
            file: wanted.name.clone(),
            source,
            size: pinned.size,
            sha256: pinned.sha256,
            metadata_sha256: None,
            requested_by: requesters(request, &closure.graph, wanted.node, &purls),
        })
    });
    Ok(artifacts.collect())
}

/// The files to lock. Jars go on the class path; a file of another extension is taken only where the
/// user named it.
fn wanted<'a>(
    closure: &'a Closure,
    repositories: &'a [Repository],
    context: &Context,
) -> Result<Vec<Wanted<'a>>, MavenError> {
    let mut result = Vec::new();
    let mut names: BTreeMap<String, BTreeSet<Gav>> = BTreeMap::new();
    for (node, named, file) in files(&closure.graph) {
        let gav = closure.build(named, file.classifier.as_deref(), &file.extension);
        names.entry(plain_name(&gav, file).to_lowercase()).or_default().insert(gav.clone());
        let kind = match file.extension.as_str() {
            "jar" => Kind::Jar,
            _ if file.is_named => Kind::File,
            other => {
                let note = format!("{gav} is a dependency of type {other}, not a jar, and is left out");
                context.observer.event(Event::Note(&note));
                continue;
            }
        };
        let path = gav.path(file.classifier.as_deref(), &file.extension);
        let origin = closure.origins.get(named);
        let indices =
            origin.map_or_else(|| route(repositories, &gav.module.group), |origin| vec![origin.repository]);
        result.push(Wanted {
            node,
            file,
            kind,
            path: path.map_err(|source| unnamed(&gav, source))?,
            name: plain_name(&gav, file).parse().map_err(|source| unnamed(&gav, source))?,
            repositories: indices.into_iter().map(|index| &repositories[index]).collect(),
            has_pom: origin.is_some(),
            gav,
        });
    }
    // Two groups may have the same artifact and version; then both names get their group, in the form
    // that Ivy gives to all.
    for wanted in &mut result {
        let plain = plain_name(&wanted.gav, wanted.file);
        if names.get(&plain.to_lowercase()).is_some_and(|gavs| gavs.len() > 1) {
            let name = format!("{}_{plain}", wanted.gav.module.group).parse();
            wanted.name = name.map_err(|source| unnamed(&wanted.gav, source))?;
        }
    }
    Ok(result)
}

fn files(graph: &Graph) -> impl Iterator<Item = (usize, &Gav, &WantedFile)> {
    let nodes = graph.nodes.iter().enumerate();
    nodes.flat_map(|(index, node)| node.files.iter().map(move |file| (index, &node.gav, file)))
}

fn plain_name(gav: &Gav, file: &WantedFile) -> String {
    file_name(&gav.module.artifact, &gav.version, file.classifier.as_deref(), &file.extension)
}

/// Locks one file; none where it may be absent and is.
async fn lock_one(
    wanted: &Wanted<'_>,
    graph: &Graph,
    context: &Context,
) -> Result<Option<(Source, Pinned)>, MavenError> {
    let mut is_unknown = false;
    for repository in wanted.repositories.iter().copied() {
        match pin_from(wanted, Lookup { repository, context }).await {
            Ok(Some(pinned)) => {
                let (repository, path) = (repository.id.clone(), wanted.path.clone());
                return Ok(Some((Source::Repository { repository, path }, pinned)));
            }
            Ok(None) => {}
            Err(error) if error.is_offline() => is_unknown = true,
            Err(error) => return Err(error),
        }
    }
    if is_unknown {
        let what = format!("the file `{}`", wanted.path);
        return Err(MavenError::Offline { what, path: path_to(graph, wanted.node) });
    }
    match &wanted.repositories[..] {
        _ if wanted.file.may_be_absent => Ok(None),
        [one] if wanted.has_pom => Err(MavenError::NoFile {
            package: wanted.gav.to_string(),
            path: wanted.path.to_string(),
            repository: one.id.clone(),
            is_named: wanted.file.is_named,
        }),
        all => {
            let ids: Vec<String> = all.iter().map(|repository| format!("`{}`", repository.id)).collect();
            Err(MavenError::NoRelease {
                package: wanted.gav.to_string(),
                path: wanted.path.to_string(),
                asked: ids.join(", "),
            })
        }
    }
}

/// Pins a file where one repository has it: by what was learnt of it before, since a release never changes,
/// and offline nothing does.
async fn pin_from(wanted: &Wanted<'_>, lookup: Lookup<'_>) -> Result<Option<Pinned>, MavenError> {
    let known = lookup.known_file(&wanted.path);
    if let Some(KnownFile::Pinned(pinned)) = known
        && !wanted.gav.is_snapshot()
    {
        return Ok(Some(pinned));
    }
    let file = match (pin_anew(wanted, lookup).await, known) {
        (Err(error), Some(known)) if error.is_offline() => known,
        (pinned, _) => {
            let file = pinned?.map_or(KnownFile::Absent, KnownFile::Pinned);
            lookup.keep_file(&wanted.path, file).await?;
            file
        }
    };
    Ok(match file {
        KnownFile::Pinned(pinned) => Some(pinned),
        KnownFile::Absent => None,
    })
}

async fn pin_anew(wanted: &Wanted<'_>, lookup: Lookup<'_>) -> Result<Option<Pinned>, MavenError> {
    let beside = |algorithm| lookup.checksum_beside(&wanted.path, algorithm);
    let (sha256, sha1) = try_join(beside(Algorithm::Sha256), beside(Algorithm::Sha1))
        .await
        .map_err(|source| lookup.failed(&format!("the checksum of `{}`", wanted.path), source))?;
    let sha256 = sha256.and_then(|checksum| match checksum {
        Checksum::Sha256(digest) => Some(digest),
        Checksum::Sha1(_) | Checksum::Sha512(_) => None,
    });
    let vouched = Vouched { sha256, checksum: sha1, ..Vouched::default() };
    let remote = Remote::Http(lookup.repository.location(&wanted.path));
    let pinned = pin(lookup.context, &remote, wanted.kind, wanted.name.as_str(), vouched).await;
    pinned.map_err(|error| MavenError::Pin(Box::new(error)))
}

/// A shortest way from a root to a node.
fn path_to(graph: &Graph, node: usize) -> String {
    let mut ways = VecDeque::from([vec![node]]);
    let mut passed = BTreeSet::from([node]);
    while let Some(way) = ways.pop_front() {
        for demand in way.last().into_iter().flat_map(|last| &graph.nodes[*last].demands) {
            match demand.by {
                Requester::Root(_) => {
                    let names = way.iter().rev().map(|node| graph.nodes[*node].gav.to_string());
                    return names.collect::<Vec<_>>().join(" > ");
                }
                Requester::Node(parent) if passed.insert(parent) => {
                    ways.push_back(way.iter().copied().chain([parent]).collect());
                }
                Requester::Node(_) => {}
            }
        }
    }
    graph.nodes[node].gav.to_string()
}

/// `pkg:maven/group/artifact@version`, with the classifier, and the type where it is not `jar`.
#[expect(clippy::expect_used, reason = "names in a graph are plain, and the qualifiers' keys are constants")]
fn purl(gav: &Gav, file: &WantedFile) -> String {
    let build = || -> packageurl::Result<String> {
        let mut purl = PackageUrl::new("maven", gav.module.artifact.as_str())?;
        purl.with_namespace(gav.module.group.as_str())?.with_version(gav.version.as_str())?;
        if let Some(classifier) = &file.classifier {
            purl.add_qualifier("classifier", classifier.as_str())?;
        }
        if file.extension != "jar" {
            purl.add_qualifier("type", file.extension.as_str())?;
        }
        Ok(purl.to_string())
    };
    build().expect("a plain name is part of a purl")
}

/// The purls of those who ask for a node, and the coordinates as the user wrote them; one without a file
/// is represented by those who ask for it.
fn requesters(
    request: &Request<'_>,
    graph: &Graph,
    node: usize,
    purls: &BTreeMap<usize, Vec<String>>,
) -> Vec<String> {
    let mut result = BTreeSet::new();
    let mut passed = BTreeSet::from([node]);
    let askers = |node: usize| graph.nodes[node].demands.iter().map(|demand| demand.by);
    let mut open: Vec<Requester> = askers(node).collect();
    while let Some(requester) = open.pop() {
        match requester {
            Requester::Root(root) => {
                result.extend(request.packages.get(root).map(ToString::to_string));
            }
            Requester::Node(parent) => match purls.get(&parent).and_then(|purls| purls.first()) {
                Some(purl) if parent != node => {
                    result.insert(purl.clone());
                }
                _ if passed.insert(parent) => open.extend(askers(parent)),
                _ => {}
            },
        }
    }
    result.into_iter().collect()
}
