//! One walk over the dependencies, from the roots down, with given versions.
//!
//! A walk goes level by level. A module that has no version yet gets the newest that the levels above
//! ask for. What the walk sees is the demands on each module; whether they lead to other versions than
//! those it walked with is for the caller to find.

mod moved;
mod narrow;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::choice::{Demands, Unsettled, is_dynamic, settle, unusable, wish};
use super::fault::{Fault, FaultKind};
use super::gav::Gav;
use super::graph::file_of;
use super::ground::{Ground, PlaceId, Selection};
use super::hash::HashMap;
use super::model::{Dependency, Model};
use super::models::{Query, Unready};
use super::overrides::{Contexts, ExclusionSet, Interner};
use super::range::Constraint;
use crate::requirements::{Mode, Module};

/// The most expansions in one walk. The largest closures that people use come to some thousands; the
/// bound keeps a hostile one from running for ever.
const MAX_VISITS: usize = 100_000;
/// The most entries of overrides and exclusions that one walk keeps apart, some 100 MB.
const MAX_ENTRIES: usize = 2_000_000;
/// How often in a row a release may say that it has moved; real ones do so twice.
pub(super) const MAX_MOVES: usize = 32;
/// How many different sets of exclusions are kept apart for one module under one set of overrides.
/// Beyond that the sets are merged into what they have in common, which leaves out less.
const MAX_EXCLUSION_SETS: usize = 64;

/// One dependency that a walk has followed.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: PlaceId,
    pub(super) to: PlaceId,
    /// What counts, after the management from above.
    pub(super) wish: Constraint,
    /// What the dependent's own POM comes to, where that is another version.
    pub(super) declared: Option<String>,
}

/// What a walk has seen.
#[derive(Default)]
pub(super) struct Walk {
    /// The place of each root.
    pub(super) roots: Vec<PlaceId>,
    /// The places in the order of the class path.
    pub(super) order: Vec<PlaceId>,
    pub(super) versions: Selection,
    pub(super) demands: HashMap<PlaceId, Demands>,
    /// In the order of the walk.
    pub(super) edges: Vec<Edge>,
    known_edges: HashMap<(PlaceId, PlaceId), Vec<usize>>,
    /// Extension and classifier of the files wanted of each place.
    pub(super) files: HashMap<PlaceId, Vec<(String, Option<String>)>>,
    pub(super) models: HashMap<PlaceId, Arc<Model>>,
    /// The places whose release has moved to another module.
    moved: BTreeSet<PlaceId>,
    /// Where those have moved to that are not excluded there.
    pub(super) relocations: BTreeMap<PlaceId, PlaceId>,
    pub(super) missing: BTreeSet<Query>,
    pub(super) faults: Vec<Fault>,
    seen: HashMap<(PlaceId, usize), Vec<usize>>,
    /// In mode `maven`: from where each place was expanded, in the order of the walk.
    tree: Vec<(Option<PlaceId>, PlaceId)>,
    /// In mode `maven`: the version of each place that some visit had no part in.
    refused: Selection,
    visits: usize,
    exclusion_entries: usize,
    /// Whether the walk was given up.
    pub(super) is_too_large: bool,
    contexts: Contexts,
    exclusions: Interner<ExclusionSet>,
}

/// A place to expand, and under what.
#[derive(Clone, Copy)]
struct Visit {
    place: PlaceId,
    wish: Wish,
    overrides: usize,
    exclusions: usize,
    /// Whose POM it stands in, none being the user, and the exclusions that hold there.
    parent: (Option<PlaceId>, usize),
    /// How many releases have moved one to the other to get here.
    moves: usize,
}

/// What led to a visit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// The root of that index, which no exclusion removes.
    Root(usize),
    /// The edge of that index.
    Edge(usize),
}

/// Walks once.
pub(super) fn walk(ground: &mut Ground<'_>, selection: &Selection) -> Walk {
    let mut walk = Walk::default();
    let (overrides, exclusions) = (walk.contexts.none(), walk.exclusions.id(&ExclusionSet::new()));
    let mut level = Vec::new();
    for (index, root) in ground.roots.iter().enumerate() {
        let place = ground.place(&root.coordinate.module, root.file.as_ref());
        let demands = walk.demands.entry(place).or_default();
        demands.add(None, &root.constraint);
        if ground.policy.pins_roots() {
            demands.pin(&root.constraint);
        }
        walk.want(place, root.file.as_ref());
        walk.roots.push(place);
        let (wish, parent) = (Wish::Root(index), (None, exclusions));
        level.push(Visit { place, wish, overrides, exclusions, parent, moves: 0 });
    }
    while !level.is_empty() {
        let mut next = Vec::new();
        for visit in level {
            walk.visit(ground, selection, visit, &mut next);
        }
        level = next;
    }
    if ground.policy.mode() == Mode::Maven {
        walk.order = depth_first(&walk.tree);
    }
    walk
}

/// The places of a tree, each before its children.
fn depth_first(tree: &[(Option<PlaceId>, PlaceId)]) -> Vec<PlaceId> {
    let mut children: BTreeMap<Option<PlaceId>, Vec<PlaceId>> = BTreeMap::new();
    for (parent, child) in tree {
        children.entry(*parent).or_default().push(*child);
    }
    let mut open = children.remove(&None).unwrap_or_default();
    open.reverse();
    let mut order = Vec::new();
    while let Some(place) = open.pop() {
        order.push(place);
        open.extend(children.remove(&Some(place)).into_iter().flatten().rev());
    }
    order
}

impl Walk {
    fn visit(&mut self, ground: &mut Ground<'_>, selection: &Selection, visit: Visit, next: &mut Vec<Visit>) {
        let is_new = self.is_in_bounds(ground, visit)
            && match ground.policy.mode() {
                Mode::Spark => self.is_new(visit),
                Mode::Maven => self.is_nearest(ground, selection, visit),
            };
        if is_new {
            self.expand(ground, selection, visit, next);
        }
    }

    /// Takes note that the POM of `from` depends on `to`, and gives the edge's number; `by` is whose POM
    /// counts as asking.
    fn connect(&mut self, edge: Edge, by: Option<PlaceId>) -> usize {
        let Edge { from, to, wish, .. } = &edge;
        self.demands.entry(*to).or_insert_with(|| Demands::by(Some(*from))).add(by, wish);
        let known = self.known_edges.entry((*from, *to)).or_default();
        if let Some(known) = known.iter().find(|known| self.edges[**known].wish == *wish) {
            return *known;
        }
        known.push(self.edges.len());
        self.edges.push(edge);
        self.edges.len() - 1
    }

    fn want(&mut self, place: PlaceId, file: Option<&(String, Option<String>)>) {
        let files = self.files.entry(place).or_default();
        if let Some(file) = file
            && !files.contains(file)
        {
            files.push(file.clone());
        }
    }

    /// Whether the release that takes a place says that it is another one now.
    pub(super) fn has_moved(&self, place: PlaceId) -> bool {
        self.moved.contains(&place)
    }

    /// Whether what takes a place is in the closure, under its own name or another.
    pub(super) fn is_somewhere(&self, place: PlaceId) -> bool {
        !self.moved.contains(&place) || self.relocations.contains_key(&place)
    }

    fn is_in_bounds(&mut self, ground: &Ground<'_>, visit: Visit) -> bool {
        if self.is_too_large {
            return false;
        }
        self.visits += 1;
        if self.visits == MAX_VISITS || self.contexts.entries() + self.exclusion_entries > MAX_ENTRIES {
            self.is_too_large = true;
            self.fault(ground, Some(visit.place), FaultKind::TooLarge);
        }
        !self.is_too_large
    }

    /// Whether the visit can lead to anything that earlier ones did not. One with more exclusions than
    /// an earlier one under the same overrides sees only what that one saw.
    fn is_new(&mut self, visit: Visit) -> bool {
        let earlier = self.seen.entry((visit.place, visit.overrides)).or_default();
        let set = self.exclusions.value(visit.exclusions);
        if earlier.iter().any(|id| self.exclusions.value(*id).is_subset(set)) {
            return false;
        }
        earlier.push(visit.exclusions);
        true
    }

    /// The places that are asked for and were expanded from nowhere, because who asked for their version is
    /// not there any more.
    pub(super) fn lost(&self) -> Selection {
        let lost = self.refused.iter().filter(|(place, _)| !self.versions.contains_key(place));
        lost.map(|(place, version)| (*place, version.clone())).collect()
    }

    /// Whether the visit is the one that its place is expanded from: the nearest to the root of those
    /// that ask for the version which is chosen.
    fn is_nearest(&mut self, ground: &mut Ground<'_>, selection: &Selection, visit: Visit) -> bool {
        if self.versions.contains_key(&visit.place) {
            return false;
        }
        let (wish, parent) = match visit.wish {
            Wish::Root(root) => (ground.roots[root].constraint.clone(), None),
            Wish::Edge(edge) => (self.edges[edge].wish.clone(), Some(self.edges[edge].from)),
        };
        let chosen = match selection.get(&visit.place) {
            Some(version) => Some(version.clone()),
            None => self.choose(ground, visit.place),
        };
        // Where nothing can be chosen, expanding says so.
        if let Some(chosen) = chosen
            && !self.admits(ground, visit.place, &wish, &chosen)
        {
            self.refused.insert(visit.place, chosen);
            return false;
        }
        self.tree.push((parent, visit.place));
        true
    }

    pub(super) fn fault(&mut self, ground: &Ground<'_>, at: Option<PlaceId>, kind: FaultKind) {
        let path = self.path(ground, at);
        self.faults.push(Fault { path, kind });
    }

    /// The releases from a place up to the root that first led to it.
    pub(super) fn path(&self, ground: &Ground<'_>, mut at: Option<PlaceId>) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(place) = at {
            path.push(self.release(ground, place));
            at = self.demands.get(&place).and_then(|demands| demands.first);
            if path.len() > self.demands.len() {
                break;
            }
        }
        path
    }

    /// What takes a place; the module alone where it has no version yet.
    pub(super) fn release(&self, ground: &Ground<'_>, place: PlaceId) -> String {
        let name = ground.name(place);
        self.versions.get(&place).map_or_else(|| name.to_string(), |version| format!("{name}:{version}"))
    }

    fn expand(
        &mut self,
        ground: &mut Ground<'_>,
        selection: &Selection,
        visit: Visit,
        next: &mut Vec<Visit>,
    ) {
        let Some(gav) = self.gav(ground, selection, visit.place) else { return };
        if !ground.policy.is_transitive {
            return self.follow_relocation_alone(ground, selection, (visit, &gav), next);
        }
        let model = match ground.models.model(&gav) {
            Ok(model) => model,
            Err(unready) => return self.unready(ground, visit.place, unready),
        };
        self.models.entry(visit.place).or_insert_with(|| Arc::clone(&model));
        if let Some(to) = &model.relocation
            && to.module != gav.module
        {
            return self.relocate(ground, selection, (visit, to), next);
        }
        let below = match ground.policy.mode() {
            Mode::Spark => {
                self.contexts.below(visit.overrides, &model, ground.reach, ground.module(visit.place))
            }
            // Management reaches no further than the POM that has it, where it is part of the model already.
            Mode::Maven => visit.overrides,
        };
        for dependency in &model.dependencies {
            self.follow(ground, visit, below, dependency, next);
        }
    }

    fn unready(&mut self, ground: &Ground<'_>, place: PlaceId, unready: Unready) {
        match unready {
            Unready::Missing(missing) => self.missing.extend(missing),
            Unready::Failed(error) => self.fault(ground, Some(place), FaultKind::Pom(error)),
        }
    }

    /// The release that takes the place; none where that is not known yet or never will be.
    fn gav(&mut self, ground: &mut Ground<'_>, selection: &Selection, place: PlaceId) -> Option<Gav> {
        let version = if let Some(version) = self.versions.get(&place) {
            version.clone()
        } else {
            let version = match selection.get(&place) {
                Some(version) => version.clone(),
                None => self.choose(ground, place)?,
            };
            self.order.push(place);
            self.versions.insert(place, version.clone());
            if let Some(kind) = unusable(version.as_str()) {
                self.fault(ground, Some(place), kind);
            }
            version
        };
        let gav = Gav { module: ground.name(place).as_ref().clone(), version: version.as_str().to_owned() };
        unusable(version.as_str()).is_none().then_some(gav)
    }

    /// Whether `module` is left out where `exclusions` hold.
    fn is_excluded(&self, ground: &Ground<'_>, exclusions: usize, module: &Module) -> bool {
        let mode = ground.policy.mode();
        let excluded = self.exclusions.value(exclusions);
        ground.policy.excludes(module) || excluded.iter().any(|exclusion| exclusion.covers(module, mode))
    }

    /// Follows one dependency of the visited release; `below` are the overrides that hold below it.
    fn follow(
        &mut self,
        ground: &mut Ground<'_>,
        visit: Visit,
        below: usize,
        dependency: &Dependency,
        next: &mut Vec<Visit>,
    ) {
        let module = &dependency.key.module;
        if self.is_excluded(ground, visit.exclusions, module) {
            return;
        }
        let key = ground.reach.keys.known(&dependency.key);
        let managed =
            key.and_then(|key| self.contexts.managed(visit.overrides, key)).cloned().unwrap_or_default();
        let written = match wish(dependency, managed.version.as_deref(), ground.models) {
            Ok(wish) => wish,
            Err(kind) => return self.fault(ground, Some(visit.place), kind),
        };
        let dynamic = match &written {
            Constraint::Soft(version) if is_dynamic(version.as_str()) => Some(version.as_str().to_owned()),
            Constraint::Soft(_) | Constraint::Hard(_) => None,
        };
        let wish = match settle(ground.policy, ground.models, module, written) {
            Ok(wish) => wish,
            Err(Unsettled::Missing(query)) => {
                self.missing.insert(query);
                return;
            }
            Err(Unsettled::Nothing) => {
                let (module, demands) =
                    (Box::new(module.clone()), format!("`{}`", dynamic.unwrap_or_default()));
                return self.fault(ground, Some(visit.place), FaultKind::NoVersion { module, demands });
            }
        };
        let file = file_of(&dependency.key);
        let target = ground.place(module, file.as_ref());
        let declared = dynamic.or_else(|| managed.version.as_ref().and(dependency.version.clone()));
        let declared = declared.filter(|own| *own != wish.to_string());
        let by = (ground.policy.mode() == Mode::Maven).then_some(visit.place);
        let edge = self.connect(Edge { from: visit.place, to: target, wish, declared }, by);
        self.want(target, file.as_ref());
        let own = dependency.exclusions.iter().chain(&managed.exclusions).cloned().collect();
        let (overrides, exclusions) = match ground.policy.mode() {
            Mode::Spark => self.cut(ground, target, (below, visit.exclusions), &own),
            Mode::Maven => {
                let above = self.exclusions.value(visit.exclusions);
                let all = if own.is_empty() {
                    visit.exclusions
                } else {
                    self.exclusions_id(&(above.as_ref() | &own))
                };
                (below, all)
            }
        };
        let parent = (Some(visit.place), visit.exclusions);
        next.push(Visit { place: target, wish: Wish::Edge(edge), overrides, exclusions, parent, moves: 0 });
    }
}
