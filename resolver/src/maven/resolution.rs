//! The resolution as a state machine: it says what is missing, is fed the answers, and is done.
//!
//! No IO and no clock. The graph is a function of the request and of what the repositories hold; in
//! which order the answers arrive makes no difference, because every [`Resolution::ask`] begins anew, unless
//! it would see nothing new, and nothing counts before all that it looked at is known.
//!
//! The rules are those of a [`Mode`]. The default is what people know from `--packages`, without its
//! accidents: of all versions asked for the newest wins; a POM's `dependencyManagement` reaches its whole
//! subtree; a module is left out only if every path to it excludes it; one version for each module,
//! whatever its classifiers.

mod error;

use std::collections::{BTreeMap, BTreeSet};

pub use self::error::ResolutionError;
use super::choice::{Unsettled, settle};
use super::closure;
use super::fault::listed;
use super::gav::Gav;
use super::graph::Graph;
use super::ground::{Ground, Place, PlaceId, Selection};
use super::models::{Answer, Models, Query};
use super::overrides::{Interner, Reach};
use super::request::{Policy, Request, Root};
use super::walk::{Walk, walk};
use crate::requirements::Mode;

/// After how many walks versions that still change count as going in circles. Real closures settle
/// within ten.
const MAX_WALKS: usize = 200;

/// What stands for a POM that may be missing.
const BARE_POM: &[u8] = b"<project/>";

/// A resolution at work.
pub struct Resolution {
    models: Models,
    reach: Reach,
    places: Interner<Place>,
    policy: Policy,
    roots: Vec<Root>,
    /// The releases that nobody has a POM of, where that is allowed.
    without_pom: BTreeSet<Gav>,
    /// What is known to be missing.
    missing: BTreeSet<Query>,
    /// How many of the built models `reach` knows.
    reached: usize,
}

/// The answer to [`Resolution::ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These are needed next; never empty, and never something that has been fed.
    Missing(Vec<Query>),
    /// The closure.
    Done(Graph),
}

impl Resolution {
    /// A resolution that knows nothing yet. It fails where a root has no possible version.
    pub fn new(request: &Request<'_>) -> Result<Self, ResolutionError> {
        Ok(Self {
            models: Models::new(request.target, request.rules.mode),
            reach: Reach::default(),
            places: Interner::default(),
            policy: Policy::of(request),
            roots: request.packages.iter().map(Root::new).collect::<Result<_, _>>()?,
            without_pom: BTreeSet::new(),
            missing: BTreeSet::new(),
            reached: 0,
        })
    }

    /// Takes the answer to a query. Answers may come in any order, and unasked.
    pub fn feed(&mut self, query: Query, answer: Answer) {
        self.missing.remove(&query);
        let answer = match (&query, answer) {
            (Query::Pom(gav), Answer::Absent) if self.policy.allows_without_pom(gav) => {
                self.without_pom.insert(gav.clone());
                Answer::Pom(BARE_POM.to_vec())
            }
            (_, answer) => answer,
        };
        self.models.feed(query, answer);
    }

    /// What is known to be missing since the last time that something was asked: the parents and imports of
    /// the POMs that have been fed. It costs next to nothing, and misses what only [`Self::ask`] finds.
    pub fn certain(&mut self) -> Vec<Query> {
        let (missing, _) = self.models.retry();
        missing.into_iter().filter(|query| self.missing.insert(query.clone())).collect()
    }

    /// What is missing, or the closure.
    pub fn ask(&mut self) -> Result<Step, ResolutionError> {
        let unsettled = self.settle_roots()?;
        if !unsettled.is_empty() {
            return Ok(Step::Missing(unsettled.into_iter().collect()));
        }
        let (missing, has_news) = self.models.retry();
        self.missing.extend(missing);
        if !has_news && !self.missing.is_empty() {
            return Ok(Step::Missing(self.missing.iter().cloned().collect()));
        }
        loop {
            self.update_reach();
            self.models.begin_walk();
            let before = self.models.built_count();
            let settled = self.settle();
            if !settled.missing.is_empty() {
                self.missing = settled.missing;
                return Ok(Step::Missing(self.missing.iter().cloned().collect()));
            }
            // A model that was built on the way could reach more than was known when the walks cut
            // overrides and exclusions down to what is reached.
            if self.models.built_count() == before {
                return self.finish(settled);
            }
        }
    }

    /// Gives roots that are asked for as `LATEST` or `RELEASE` the version that this stands for, and says
    /// which lists are missing for it.
    fn settle_roots(&mut self) -> Result<BTreeSet<Query>, ResolutionError> {
        let mut missing = BTreeSet::new();
        for root in &mut self.roots {
            let (coordinate, wish) = (&root.coordinate, root.constraint.clone());
            match settle(&self.policy, &self.models, &coordinate.module, wish) {
                Ok(settled) => root.constraint = settled,
                Err(Unsettled::Missing(query)) => {
                    missing.insert(query);
                }
                Err(Unsettled::Nothing) => {
                    let demands = format!("`{}`", coordinate.version);
                    let (module, path) = (Box::new(coordinate.module.clone()), coordinate.to_string());
                    let listed = listed(&self.models, &module);
                    return Err(ResolutionError::NoVersion { module, demands, listed, path });
                }
            }
        }
        Ok(missing)
    }

    /// Only management that reaches further than its own POM has to know what it can reach.
    fn update_reach(&mut self) {
        if self.policy.mode() == Mode::Maven {
            return;
        }
        let new = &self.models.built()[self.reached..];
        if new.is_empty() {
            return;
        }
        for (gav, model) in new {
            self.reach.add(&gav.module, model);
        }
        self.reached = self.models.built().len();
        self.reach.close();
    }

    /// What a walk stands on, with the versions that modules are held at.
    fn ground<'a>(&'a mut self, floors: &'a Selection) -> Ground<'a> {
        Ground {
            models: &mut self.models,
            reach: &mut self.reach,
            places: &mut self.places,
            policy: &self.policy,
            roots: &self.roots,
            floors,
        }
    }

    /// Walks until the versions stay as they are.
    ///
    /// They need not: choosing a newer version may remove the very dependency that asked for it. Where
    /// a state comes back, each place that changed in between is held at the newest version that it
    /// had, and the walks begin anew. A place whose version nobody asks for any more is held at it.
    /// Versions only rise that way, so it ends.
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
                let lost = walk.lost();
                if !lost.is_empty() && !walk.is_too_large {
                    floors.extend(lost);
                    states.truncate(1);
                    continue;
                }
                if next == walk.versions || walk.is_too_large {
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

    fn finish(&mut self, settled: Settled) -> Result<Step, ResolutionError> {
        let Settled { walk, missing: _, floors } = settled;
        let mut graph = closure::graph(&walk, &self.ground(&floors))?;
        let bare = graph.poms.intersection(&self.without_pom);
        let notes = bare.map(|gav| format!("{gav} has no POM and is taken without dependencies"));
        graph.notes.extend(notes);
        graph.poms.retain(|gav| !self.without_pom.contains(gav));
        Ok(Step::Done(graph))
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
    let mut versions: BTreeMap<PlaceId, BTreeSet<&super::version::Version>> = BTreeMap::new();
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

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
