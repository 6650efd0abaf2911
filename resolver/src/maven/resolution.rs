//! The resolution as a state machine: it says what is missing, is fed the answers, and is done.
//!
//! No IO and no clock. The graph is a function of the request and of what the repositories hold; in
//! which order the answers arrive makes no difference, because every [`Resolution::ask`] begins anew
//! and nothing counts before all that it looked at is known.
//!
//! The rules are those that people know from `--packages`, without its accidents: of all versions
//! asked for the newest wins; a POM's `dependencyManagement` reaches its whole subtree; a module is
//! left out only if every path to it excludes it; one version for each module, whatever its
//! classifiers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use thiserror::Error;

use super::gav::Gav;
use super::graph::{Graph, Node, Requester, WantedFile};
use super::models::{Answer, Models, PomError, Query};
use super::overrides::Reach;
use super::range::Constraint;
use super::request::{Policy, Request, Root};
use super::walk::{Ground, ModuleId, Selection, Walk, walk};
use crate::failure::Failure;
use crate::requirements::Module;

/// After how many walks versions that still change count as going in circles. Real closures settle
/// within ten.
const MAX_WALKS: usize = 200;

/// A resolution at work.
pub struct Resolution {
    models: Models,
    reach: Reach,
    policy: Policy,
    roots: Vec<Root>,
    /// The releases whose models were asked for and not there.
    awaited: BTreeSet<Gav>,
    /// The releases that `reach` knows.
    reached: BTreeSet<Gav>,
}

/// The answer to [`Resolution::ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These are needed next; never empty, and never something that has been fed.
    Missing(Vec<Query>),
    /// The closure.
    Done(Graph),
}

/// Why there is no closure. `path` leads from a root to where it failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolutionError {
    /// A root's version is neither a version nor a range.
    #[error("the version of `{coordinate}` {fault}; write a plain version or a range such as `[1.0,2.0)`")]
    Root {
        /// The coordinate.
        coordinate: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A POM cannot be had or cannot be used.
    #[error("{error} (reached by {path})")]
    Pom {
        /// Which, and what is wrong.
        error: Box<PomError>,
        /// The path to it.
        path: String,
        /// The URLs of repositories that POMs on the path name.
        elsewhere: Vec<String>,
    },
    /// A dependency without a version.
    #[error(
        "`{at}` depends on `{module}` and no POM states its version (reached by {path}); exclude `{module}`, or \
         name it as a package with a version and exclude it here"
    )]
    WithoutVersion {
        /// The dependency.
        module: Box<Module>,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A property without a value.
    #[error(
        "`{at}` depends on `{module}` as `{text}`, which has no value or refers to itself (reached by {path}); \
         exclude `{module}`"
    )]
    Undefined {
        /// The dependency.
        module: Box<Module>,
        /// The text with the property in it.
        text: String,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A name that cannot be a path.
    #[error("`{}` has characters that no Maven name has (reached by {path})", name.escape_debug())]
    IllegalName {
        /// The name.
        name: String,
        /// The path to it.
        path: String,
    },
    /// A version that means something else every day.
    #[error(
        "`{at}` has a version that changes with time (reached by {path}); write the release that you mean, \
         since what is locked must stay what it is"
    )]
    Dynamic {
        /// The release.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A range that is none.
    #[error("`{at}` depends on `{module}` in the version `{text}`, which {fault} (reached by {path})")]
    Range {
        /// The dependency.
        module: Box<Module>,
        /// The version as it is written.
        text: String,
        /// What is wrong with it.
        fault: &'static str,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// Ranges that leave no version.
    #[error(
        "no version of `{module}` that the repositories list satisfies {demands} (reached by {path}); exclude \
         the dependency that asks for too much"
    )]
    NoVersion {
        /// The module.
        module: Box<Module>,
        /// The ranges.
        demands: String,
        /// The path to it.
        path: String,
    },
    /// A release that has moved, by way of others, to where it was.
    #[error("`{at}` says that it has moved, and in the end to itself (reached by {path}); exclude it")]
    Moving {
        /// The release.
        at: String,
        /// The path to it.
        path: String,
    },
    /// More than any honest closure.
    #[error("the dependencies go on beyond any bound (last at {path}); exclude what is not needed")]
    TooLarge {
        /// The path to where it was given up.
        path: String,
    },
}

impl ResolutionError {
    /// What the user named, or what a repository holds, is not what it must be.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Root { .. }
            | Self::Pom { .. }
            | Self::WithoutVersion { .. }
            | Self::Undefined { .. }
            | Self::IllegalName { .. }
            | Self::Dynamic { .. }
            | Self::Range { .. }
            | Self::NoVersion { .. }
            | Self::Moving { .. }
            | Self::TooLarge { .. } => Failure::Data,
        }
    }
}

impl Resolution {
    /// A resolution that knows nothing yet. It fails where a root has no possible version.
    pub fn new(request: &Request<'_>) -> Result<Self, ResolutionError> {
        Ok(Self {
            models: Models::new(request.target),
            reach: Reach::default(),
            policy: Policy::of(request),
            roots: request.packages.iter().map(Root::new).collect::<Result<_, _>>()?,
            awaited: BTreeSet::new(),
            reached: BTreeSet::new(),
        })
    }

    /// Takes the answer to a query. Answers may come in any order, and unasked.
    pub fn feed(&mut self, query: Query, answer: Answer) {
        self.models.feed(query, answer);
    }

    /// What is missing, or the closure.
    pub fn ask(&mut self) -> Result<Step, ResolutionError> {
        self.awaited.retain(|gav| self.models.model(gav).is_err());
        loop {
            self.update_reach();
            let before = self.models.built_count();
            let settled = self.settle();
            if !settled.missing.is_empty() {
                self.awaited.extend(settled.missing.iter().filter_map(|query| match query {
                    Query::Pom(gav) => Some(gav.clone()),
                    Query::Versions(_) => None,
                }));
                return Ok(Step::Missing(settled.missing.into_iter().collect()));
            }
            // A model that was built on the way could reach more than was known when the walks cut
            // overrides and exclusions down to what is reached.
            if self.models.built_count() == before {
                return self.finish(settled);
            }
        }
    }

    fn update_reach(&mut self) {
        for (gav, model) in self.models.built() {
            if self.reached.insert(gav.clone()) {
                self.reach.add(&gav.module, model);
            }
        }
        self.reach.close();
    }

    /// What a walk stands on, with the versions that modules are held at.
    fn ground<'a>(&'a mut self, floors: &'a Selection) -> Ground<'a> {
        Ground {
            models: &mut self.models,
            reach: &mut self.reach,
            policy: &self.policy,
            roots: &self.roots,
            floors,
        }
    }

    /// Walks until the versions stay as they are.
    ///
    /// They need not: choosing a newer version may remove the very dependency that asked for it. Where
    /// a state comes back, each module that changed in between is held at the newest version that it
    /// had, and the walks begin anew. Versions only rise that way, so it ends.
    fn settle(&mut self) -> Settled {
        let mut floors = Selection::new();
        let mut missing = BTreeSet::new();
        loop {
            let mut states: Vec<Selection> = vec![Selection::new()];
            let circle = loop {
                let mut ground = self.ground(&floors);
                let mut walk = walk(&mut ground, &states[states.len() - 1]);
                let next = decide(&mut walk, &mut ground);
                missing.append(&mut walk.missing);
                if next == walk.versions {
                    return Settled { walk, missing, floors };
                }
                let again = states.iter().position(|state| *state == next);
                states.push(next);
                if let Some(again) = again.or_else(|| (states.len() > MAX_WALKS).then_some(0)) {
                    break states.split_off(again);
                }
            };
            if !raise(&mut floors, &circle) {
                // Nothing that could be held changes any more: what remains is not of versions.
                let mut ground = self.ground(&floors);
                let mut walk = walk(&mut ground, &circle[circle.len() - 1]);
                decide(&mut walk, &mut ground);
                missing.append(&mut walk.missing);
                return Settled { walk, missing, floors };
            }
        }
    }

    fn finish(&self, settled: Settled) -> Result<Step, ResolutionError> {
        let Settled { walk, missing: _, floors } = settled;
        if let Some(fault) = walk.faults.first() {
            let on_path = walk
                .order
                .iter()
                .filter(|module| fault.path.contains(&self.gav(&walk, **module).to_string()));
            let models = on_path.filter_map(|module| walk.models.get(module));
            let elsewhere: BTreeSet<&String> = models.flat_map(|model| &model.repositories).collect();
            return Err(fault.clone().into_error(elsewhere.into_iter().cloned().collect()));
        }
        let notes = self.notes(&walk, &floors);
        let nodes = self.nodes(&walk);
        Ok(Step::Done(Graph { nodes, notes }))
    }

    fn gav(&self, walk: &Walk, module: ModuleId) -> Gav {
        let version = walk.versions.get(&module).map(|version| version.as_str().to_owned());
        Gav {
            module: self.reach.modules.value(module).as_ref().clone(),
            version: version.unwrap_or_default(),
        }
    }

    /// The releases in order; one that has moved gives its place to where it moved.
    fn nodes(&self, walk: &Walk) -> Vec<Node> {
        let mut index: HashMap<ModuleId, usize> = HashMap::new();
        let mut nodes: Vec<Node> = Vec::new();
        // One that has moved to where it is excluded is nowhere.
        for module in walk.order.iter().filter(|module| walk.is_somewhere(**module)) {
            let place = moved(walk, *module);
            let at = *index.entry(place).or_insert_with(|| {
                let repositories =
                    walk.models.get(&place).map(|model| model.repositories.iter().cloned().collect());
                nodes.push(Node {
                    gav: self.gav(walk, place),
                    files: Vec::new(),
                    requested_by: Vec::new(),
                    repositories: repositories.unwrap_or_default(),
                });
                nodes.len() - 1
            });
            let is_pom = walk.models.get(&place).is_some_and(|model| model.packaging == "pom");
            for (extension, classifier) in walk.files.get(module).into_iter().flatten() {
                let file = WantedFile {
                    extension: extension.clone(),
                    classifier: classifier.clone(),
                    may_be_absent: is_pom && extension == "jar" && classifier.is_none(),
                    is_named: self.is_named(walk, place, extension, classifier.as_deref()),
                };
                if !nodes[at].files.contains(&file) {
                    nodes[at].files.push(file);
                }
            }
        }
        let roots = self.roots.iter().enumerate().filter_map(|(root, named)| {
            Some((self.reach.modules.known(&named.coordinate.module)?, Requester::Root(root)))
        });
        let edges = walk.edges.iter().filter(|(from, to)| walk.relocations.get(from) != Some(to));
        let edges =
            edges.filter_map(|(from, to)| Some((*to, Requester::Node(*index.get(&moved(walk, *from))?))));
        for (to, requester) in roots.chain(edges) {
            if let Some(at) = index.get(&moved(walk, to)) {
                nodes[*at].requested_by.push(requester);
            }
        }
        for node in &mut nodes {
            node.requested_by.sort();
            node.requested_by.dedup();
        }
        nodes
    }

    fn is_named(&self, walk: &Walk, module: ModuleId, extension: &str, classifier: Option<&str>) -> bool {
        self.roots.iter().any(|root| {
            let file =
                root.file.as_ref().map(|(extension, classifier)| (extension.as_str(), classifier.as_deref()));
            let place = self.reach.modules.known(&root.coordinate.module).map(|id| moved(walk, id));
            place == Some(module) && file == Some((extension, classifier))
        })
    }

    fn notes(&self, walk: &Walk, floors: &Selection) -> Vec<String> {
        let mut notes = Vec::new();
        for root in &self.roots {
            let Some(module) = self.reach.modules.known(&root.coordinate.module) else { continue };
            let (Constraint::Soft(wanted), Some(version)) = (&root.constraint, walk.versions.get(&module))
            else {
                continue;
            };
            if version != wanted {
                let direction = if version > wanted { "raised" } else { "lowered" };
                notes.push(format!(
                    "{} is {direction} to {version}, which other packages ask for",
                    root.coordinate
                ));
            }
        }
        for module in walk.order.iter().filter(|module| floors.contains_key(module)) {
            notes.push(format!(
                "{} is held: its versions ask for each other in a circle",
                self.gav(walk, *module)
            ));
        }
        for module in &walk.order {
            let gav = self.gav(walk, *module);
            let model_notes = walk.models.get(module).map(|model| model.notes.as_slice()).unwrap_or_default();
            notes.extend(model_notes.iter().map(|note| format!("in the POM of {gav}, {note}")));
        }
        notes
    }
}

/// A walk after which nothing changes.
struct Settled {
    walk: Walk,
    missing: BTreeSet<Query>,
    floors: Selection,
}

/// The versions that the whole of a walk's demands come to.
fn decide(walk: &mut Walk, ground: &mut Ground<'_>) -> Selection {
    let modules = walk.order.clone();
    modules
        .into_iter()
        .filter_map(|module| {
            // Where the demands leave nothing, the walk has a fault now, and another one would change nothing.
            let version = walk.choose(ground, module).or_else(|| walk.versions.get(&module).cloned());
            Some((module, version?))
        })
        .collect()
}

/// Raises the floor of each module whose version differs between the states of a circle; false if that
/// changes nothing.
fn raise(floors: &mut Selection, circle: &[Selection]) -> bool {
    let mut versions: BTreeMap<ModuleId, BTreeSet<&super::version::Version>> = BTreeMap::new();
    for (module, version) in circle.iter().flatten() {
        versions.entry(*module).or_default().insert(version);
    }
    let mut is_raised = false;
    for (module, versions) in versions.into_iter().filter(|(_, versions)| versions.len() > 1) {
        let Some(newest) = versions.into_iter().next_back() else { continue };
        if floors.get(&module).is_none_or(|floor| floor < newest) {
            floors.insert(module, newest.clone());
            is_raised = true;
        }
    }
    is_raised
}

/// Where a module has moved to in the end.
fn moved(walk: &Walk, module: ModuleId) -> ModuleId {
    let mut at = module;
    for _ in 0..walk.relocations.len() {
        match walk.relocations.get(&at) {
            Some(to) => at = *to,
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
