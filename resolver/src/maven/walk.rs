//! One walk over the dependencies, from the roots down, with given versions.
//!
//! A walk goes level by level. A module that has no version yet gets the newest that the levels above
//! ask for. What the walk sees is the demands on each module; whether they lead to other versions than
//! those it walked with is for the caller to find.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::fault::{Fault, FaultKind};
use super::gav::{Gav, is_plain};
use super::graph::file_of;
use super::interpolation::is_open;
use super::model::{Dependency, Model};
use super::models::{Models, Query, Unready};
use super::overrides::{Contexts, ExclusionSet, Interner, Reach};
use super::range::{Constraint, Ranges};
use super::request::{Policy, Root};
use super::version::Version;
use crate::requirements::Module;

/// The most expansions in one walk. The largest closures that people use come to some thousands; the
/// bound keeps a hostile one from running for ever.
const MAX_VISITS: usize = 1_000_000;
/// How many different sets of exclusions are kept apart for one module under one set of overrides.
/// Beyond that the sets are merged into what they have in common, which leaves out less.
const MAX_EXCLUSION_SETS: usize = 64;

/// A number that a [`Reach`] gave to a module.
pub(super) type ModuleId = usize;

/// The versions to walk with.
pub(super) type Selection = BTreeMap<ModuleId, Version>;

/// What the walk is given.
pub(super) struct Ground<'a> {
    pub(super) models: &'a mut Models,
    pub(super) reach: &'a mut Reach,
    pub(super) policy: &'a Policy,
    pub(super) roots: &'a [Root],
    /// Versions below which a module must not fall again, because it would go in circles.
    pub(super) floors: &'a Selection,
}

/// What is asked of one module.
#[derive(Debug, Default)]
pub(super) struct Demands {
    pub(super) soft: Vec<Version>,
    pub(super) hard: Vec<Ranges>,
    /// Who asked first; none is the user.
    pub(super) first: Option<ModuleId>,
}

/// What a walk has seen.
#[derive(Default)]
pub(super) struct Walk {
    /// The modules in the order in which they were first expanded.
    pub(super) order: Vec<ModuleId>,
    pub(super) versions: Selection,
    pub(super) demands: HashMap<ModuleId, Demands>,
    /// Who asks for whom, in the order of the walk.
    pub(super) edges: Vec<(ModuleId, ModuleId)>,
    known_edges: HashSet<(ModuleId, ModuleId)>,
    /// Extension and classifier of the files wanted of each module.
    pub(super) files: HashMap<ModuleId, Vec<(String, Option<String>)>>,
    pub(super) models: HashMap<ModuleId, Arc<Model>>,
    /// The modules whose release has moved to another module.
    moved: BTreeSet<ModuleId>,
    /// Where those have moved to that are not excluded there.
    pub(super) relocations: BTreeMap<ModuleId, ModuleId>,
    pub(super) missing: BTreeSet<Query>,
    pub(super) faults: Vec<Fault>,
    seen: HashMap<(ModuleId, usize), Vec<usize>>,
    visits: usize,
    contexts: Contexts,
    exclusions: Interner<ExclusionSet>,
}

/// A module to expand, and under what.
#[derive(Clone, Copy)]
struct Visit {
    module: ModuleId,
    overrides: usize,
    exclusions: usize,
    /// Whether it is a root, which no exclusion removes.
    is_root: bool,
}

/// Walks once.
pub(super) fn walk(ground: &mut Ground<'_>, selection: &Selection) -> Walk {
    let mut walk = Walk::default();
    let (overrides, exclusions) = (walk.contexts.none(), walk.exclusions.id(&ExclusionSet::new()));
    let mut level = Vec::new();
    for root in ground.roots {
        let module = ground.reach.module(&root.coordinate.module);
        walk.demand(module, &root.constraint, None);
        walk.want(module, root.file.as_ref());
        level.push(Visit { module, overrides, exclusions, is_root: true });
    }
    while !level.is_empty() {
        let mut next = Vec::new();
        for visit in level {
            if walk.is_new(ground, visit) {
                walk.expand(ground, selection, visit, &mut next);
            }
        }
        level = next;
    }
    walk
}

impl Walk {
    fn demand(&mut self, module: ModuleId, constraint: &Constraint, by: Option<ModuleId>) {
        let demands =
            self.demands.entry(module).or_insert_with(|| Demands { first: by, ..Demands::default() });
        match constraint {
            Constraint::Soft(version) => {
                if !demands.soft.iter().any(|known| known.as_str() == version.as_str()) {
                    demands.soft.push(version.clone());
                }
            }
            Constraint::Hard(ranges) => {
                if !demands.hard.contains(ranges) {
                    demands.hard.push(ranges.clone());
                }
            }
        }
        if let Some(by) = by
            && self.known_edges.insert((by, module))
        {
            self.edges.push((by, module));
        }
    }

    fn want(&mut self, module: ModuleId, file: Option<&(String, Option<String>)>) {
        let files = self.files.entry(module).or_default();
        if let Some(file) = file
            && !files.contains(file)
        {
            files.push(file.clone());
        }
    }

    /// Whether a module is in the closure, under its own name or another.
    pub(super) fn is_somewhere(&self, module: ModuleId) -> bool {
        !self.moved.contains(&module) || self.relocations.contains_key(&module)
    }

    /// Whether the visit can lead to anything that earlier ones did not. One with more exclusions than
    /// an earlier one under the same overrides sees only what that one saw.
    fn is_new(&mut self, ground: &Ground<'_>, visit: Visit) -> bool {
        self.visits += 1;
        if self.visits >= MAX_VISITS {
            if self.visits == MAX_VISITS {
                self.fault(ground, Some(visit.module), FaultKind::TooLarge);
            }
            return false;
        }
        let earlier = self.seen.entry((visit.module, visit.overrides)).or_default();
        let set = self.exclusions.value(visit.exclusions);
        if earlier.iter().any(|id| self.exclusions.value(*id).is_subset(set)) {
            return false;
        }
        earlier.push(visit.exclusions);
        true
    }

    fn fault(&mut self, ground: &Ground<'_>, at: Option<ModuleId>, kind: FaultKind) {
        let path = self.path(ground, at);
        self.faults.push(Fault { path, kind });
    }

    /// The releases from a module up to the root that first led to it.
    pub(super) fn path(&self, ground: &Ground<'_>, mut at: Option<ModuleId>) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(module) = at {
            path.push(self.name(ground, module));
            at = self.demands.get(&module).and_then(|demands| demands.first);
            if path.len() > self.demands.len() {
                break;
            }
        }
        path
    }

    fn name(&self, ground: &Ground<'_>, module: ModuleId) -> String {
        let name = ground.reach.modules.value(module);
        self.versions.get(&module).map_or_else(|| name.to_string(), |version| format!("{name}:{version}"))
    }

    fn expand(
        &mut self,
        ground: &mut Ground<'_>,
        selection: &Selection,
        visit: Visit,
        next: &mut Vec<Visit>,
    ) {
        let Some(gav) = self.gav(ground, selection, visit.module) else { return };
        if !ground.policy.is_transitive {
            return self.follow_relocation_alone(ground, visit, &gav, next);
        }
        let model = match ground.models.model(&gav) {
            Ok(model) => model,
            Err(unready) => return self.unready(ground, visit.module, unready),
        };
        self.models.entry(visit.module).or_insert_with(|| Arc::clone(&model));
        if let Some(to) = &model.relocation
            && to.module != gav.module
        {
            return self.relocate(ground, visit, to, next);
        }
        let below = self.contexts.below(visit.overrides, &model, ground.reach, visit.module);
        for dependency in &model.dependencies {
            self.follow(ground, visit, below, dependency, next);
        }
    }

    fn unready(&mut self, ground: &Ground<'_>, module: ModuleId, unready: Unready) {
        match unready {
            Unready::Missing(missing) => self.missing.extend(missing),
            Unready::Failed(error) => self.fault(ground, Some(module), FaultKind::Pom(error)),
        }
    }

    /// The release that the module is walked as; none where that is not known yet or never will be.
    fn gav(&mut self, ground: &mut Ground<'_>, selection: &Selection, module: ModuleId) -> Option<Gav> {
        let name = ground.reach.modules.value(module).as_ref().clone();
        let version = if let Some(version) = self.versions.get(&module) {
            version.clone()
        } else {
            let version = match selection.get(&module) {
                Some(version) => version.clone(),
                None => self.choose(ground, module)?,
            };
            self.order.push(module);
            self.versions.insert(module, version.clone());
            if let Some(kind) = unusable(version.as_str()) {
                self.fault(ground, Some(module), kind);
            }
            version
        };
        let gav = Gav { module: name, version: version.as_str().to_owned() };
        unusable(version.as_str()).is_none().then_some(gav)
    }

    /// The version that the demands seen so far come to.
    ///
    /// Ranges are conditions: the newest version in all of them wins, of those that the repositories
    /// list and those asked for by name. Without a range the newest that is asked for wins, and of equal
    /// ones the first.
    pub(super) fn choose(&mut self, ground: &mut Ground<'_>, module: ModuleId) -> Option<Version> {
        let demands = self.demands.get(&module)?;
        let name = Arc::clone(ground.reach.modules.value(module));
        let floor = ground.floors.get(&module);
        let chosen = if demands.hard.is_empty() {
            newest(demands.soft.iter())
        } else {
            let holds = |version: &&Version| demands.hard.iter().all(|ranges| ranges.contains(version));
            let exact: Vec<&Version> = demands.hard.iter().filter_map(Ranges::exact).collect();
            let listed = match ground.models.versions(&name) {
                // `[1.0]` names its version, so there is no need to ask what else there is.
                _ if !exact.is_empty() => &[],
                Some(listed) => listed,
                None => {
                    self.missing.insert(Query::Versions(name.as_ref().clone()));
                    &[]
                }
            };
            let candidates = exact.into_iter().chain(&demands.soft).chain(listed);
            newest(candidates.filter(holds))
        };
        let chosen = match (chosen, floor) {
            (Some(chosen), Some(floor)) if chosen < *floor => Some(floor.clone()),
            (chosen, _) => chosen,
        };
        if let Some(version) = chosen {
            return Some(follow_own_relocation(ground, &name, version));
        }
        let kind = FaultKind::no_version(&name, demands);
        self.fault(ground, Some(module), kind);
        None
    }

    fn follow_relocation_alone(
        &mut self,
        ground: &mut Ground<'_>,
        visit: Visit,
        gav: &Gav,
        next: &mut Vec<Visit>,
    ) {
        match ground.models.relocation(gav) {
            Ok(Some(to)) if to.module != gav.module => self.relocate(ground, visit, &to, next),
            Ok(_) => {}
            Err(unready) => self.unready(ground, visit.module, unready),
        }
    }

    /// The release is another one now, which takes its place: same overrides, same exclusions, of which
    /// those that name the new place count too.
    fn relocate(&mut self, ground: &mut Ground<'_>, visit: Visit, to: &Gav, next: &mut Vec<Visit>) {
        let is_excluded = ground.policy.excludes(&to.module)
            || self.exclusions.value(visit.exclusions).iter().any(|exclusion| exclusion.covers(&to.module));
        self.moved.insert(visit.module);
        let target = ground.reach.module(&to.module);
        let mut end = Some(target);
        while let Some(at) = end {
            if at == visit.module {
                return self.fault(ground, Some(at), FaultKind::Moving);
            }
            end = self.relocations.get(&at).copied();
        }
        if is_excluded && !visit.is_root {
            return;
        }
        self.relocations.insert(visit.module, target);
        self.demand(target, &Constraint::Soft(Version::new(&to.version)), Some(visit.module));
        self.want(target, None);
        next.push(Visit { module: target, ..visit });
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
        let excluded = self.exclusions.value(visit.exclusions);
        if ground.policy.excludes(module) || excluded.iter().any(|exclusion| exclusion.covers(module)) {
            return;
        }
        let key = ground.reach.keys.known(&dependency.key);
        let managed =
            key.and_then(|key| self.contexts.managed(visit.overrides, key)).cloned().unwrap_or_default();
        let constraint = match constraint(dependency, managed.version.as_deref()) {
            Ok(constraint) => constraint,
            Err(kind) => return self.fault(ground, Some(visit.module), kind),
        };
        let target = ground.reach.module(module);
        self.demand(target, &constraint, Some(visit.module));
        self.want(target, file_of(&dependency.key).as_ref());
        let overrides = self.contexts.cut(below, ground.reach, target);
        let mut exclusions = ground.reach.cut_exclusions(target, self.exclusions.value(visit.exclusions));
        let own = dependency.exclusions.iter().chain(&managed.exclusions).cloned().collect();
        exclusions.extend(ground.reach.cut_exclusions(target, &own));
        let exclusions = self.merge_exclusions(target, overrides, exclusions);
        next.push(Visit { module: target, overrides, exclusions, is_root: false });
    }

    fn merge_exclusions(
        &mut self,
        module: ModuleId,
        overrides: usize,
        mut exclusions: ExclusionSet,
    ) -> usize {
        if let Some(earlier) = self.seen.get(&(module, overrides))
            && earlier.len() >= MAX_EXCLUSION_SETS
        {
            for id in earlier {
                let other = self.exclusions.value(*id);
                exclusions.retain(|exclusion| other.contains(exclusion));
            }
        }
        self.exclusions.id(&exclusions)
    }
}

/// A release may say that it is to be had under another version of the same module.
fn follow_own_relocation(ground: &mut Ground<'_>, module: &Module, mut version: Version) -> Version {
    let mut passed = BTreeSet::new();
    while unusable(version.as_str()).is_none() && passed.insert(version.as_str().to_owned()) {
        let gav = Gav { module: module.clone(), version: version.as_str().to_owned() };
        let relocation = if ground.policy.is_transitive {
            ground.models.model(&gav).map(|model| model.relocation.clone())
        } else {
            ground.models.relocation(&gav)
        };
        // What is missing or wrong shows again when the release is expanded.
        match relocation {
            Ok(Some(to)) if to.module == *module => version = Version::new(&to.version),
            Ok(_) | Err(_) => break,
        }
    }
    version
}

/// The newest version, and the first of equal ones, so that the spelling is the one written first.
fn newest<'a>(versions: impl Iterator<Item = &'a Version>) -> Option<Version> {
    versions
        .fold(None, |best: Option<&Version>, version| match best {
            Some(best) if best >= version => Some(best),
            _ => Some(version),
        })
        .cloned()
}

fn constraint(dependency: &Dependency, managed: Option<&str>) -> Result<Constraint, FaultKind> {
    let key = &dependency.key;
    let module = || Box::new(key.module.clone());
    let Some(version) = managed.or(dependency.version.as_deref()) else {
        return Err(FaultKind::WithoutVersion(module()));
    };
    let parts = [&key.module.group, &key.module.artifact, &key.kind];
    let parts = || parts.into_iter().map(String::as_str).chain(key.classifier.as_deref());
    if let Some(open) = parts().chain([version]).find(|part| is_open(part)) {
        return Err(FaultKind::Undefined { module: module(), text: open.to_owned() });
    }
    if !parts().all(is_plain) {
        return Err(FaultKind::IllegalName(module()));
    }
    Constraint::parse(version).map_err(|fault| FaultKind::Range {
        module: module(),
        text: version.to_owned(),
        fault,
    })
}

/// Why a version can never be fetched.
fn unusable(version: &str) -> Option<FaultKind> {
    let is_dynamic = matches!(version, "LATEST" | "RELEASE") || version.starts_with("latest.");
    if is_dynamic || version.ends_with("-SNAPSHOT") {
        Some(FaultKind::Dynamic)
    } else if is_open(version) || !is_plain(version) {
        Some(FaultKind::IllegalVersion)
    } else {
        None
    }
}
