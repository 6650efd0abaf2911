//! What a closure does not have because it was excluded, and by whom.
//!
//! A walk only sees that an exclusion holds. Who stated it is looked for afterwards, along the paths that
//! lead to the dependent: that costs a walk nothing.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ground::{Ground, PlaceId};
use super::model::Dependency;
use super::walk::{Edge, Walk};
use crate::manifest::Excluded;
use crate::requirements::Module;

/// Who excludes a module that Spark itself leaves out.
const SPARK: &str = "spark";

/// Every module that some release of the closure depends on and the closure does not have.
pub(super) fn excluded(walk: &Walk, ground: &Ground<'_>) -> Vec<Excluded> {
    // What has moved to where it is excluded is nowhere.
    let places = walk.order.iter().filter(|place| walk.is_somewhere(**place));
    let present: BTreeSet<_> = places.map(|place| ground.name(*place)).collect();
    let paths = Paths { walk, ground, dependents: dependents(walk) };
    let moves = moves(walk, ground);
    let mut result: BTreeMap<Module, Excluded> = BTreeMap::new();
    for place in &walk.order {
        let dependencies =
            walk.models.get(place).map(|model| model.dependencies.as_slice()).unwrap_or_default();
        // A release that has moved brings nothing of its own.
        let dependencies = dependencies.iter().filter(|_| !walk.has_moved(*place));
        let above = OnceCell::new();
        for module in dependencies.map(|dependency| &dependency.key.module) {
            if present.contains(module) {
                continue;
            }
            let excluded = result.entry(module.clone()).or_insert_with(|| Excluded {
                module: module.to_string(),
                dependents: Vec::new(),
                by: Vec::new(),
            });
            excluded.dependents.push(walk.release(ground, *place));
            for name in moves.get(module).into_iter().chain([module]) {
                let above = || above.get_or_init(|| paths.above(*place));
                excluded.by.extend(paths.excluders(above, name));
            }
        }
    }
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts.dedup();
        texts
    };
    let result = result.into_values();
    result
        .map(|Excluded { module, dependents, by }| Excluded {
            module,
            dependents: sorted(dependents),
            by: sorted(by),
        })
        .collect()
}

/// By module that has moved, where to: an exclusion may name either.
fn moves(walk: &Walk, ground: &Ground<'_>) -> BTreeMap<Module, Module> {
    let moved = walk.order.iter().filter(|place| walk.has_moved(**place));
    let moves = moved.filter_map(|place| {
        let to = walk.models.get(place)?.relocation.as_ref()?;
        Some((ground.name(*place).as_ref().clone(), to.module.clone()))
    });
    moves.collect()
}

/// A note for each pattern of the user that left nothing out. One that covers a root has a note of its own.
pub(super) fn idle(walk: &Walk, ground: &Ground<'_>, excluded: &[Excluded]) -> Vec<String> {
    let left_out = excluded.iter().filter_map(|excluded| {
        let (group, artifact) = excluded.module.split_once(':')?;
        Some(Module { group: group.to_owned(), artifact: artifact.to_owned() })
    });
    // A release that has moved to where it is left out is no dependency of anybody.
    let models = walk.order.iter().filter_map(|place| walk.models.get(place));
    let moved = models.filter_map(|model| Some(model.relocation.as_ref()?.module.clone()));
    let named = ground.roots.iter().map(|root| root.coordinate.module.clone());
    let covered: Vec<Module> = left_out.chain(moved).chain(named).collect();
    let patterns = ground.policy.excludes_of_user().iter();
    let idle = patterns.filter(|pattern| !covered.iter().any(|module| pattern.matches(module)));
    let notes = idle.map(|pattern| {
        let near = walk.order.iter().map(|place| ground.name(*place)).find(|name| pattern.is_near(name));
        let near = near.map(|name| format!("; there is `{name}`")).unwrap_or_default();
        format!("excluding `{pattern}` left nothing out{near}")
    });
    notes.collect()
}

/// By place, the edges that lead to it.
fn dependents(walk: &Walk) -> HashMap<PlaceId, Vec<&Edge>> {
    let mut dependents: HashMap<PlaceId, Vec<&Edge>> = HashMap::new();
    for edge in &walk.edges {
        dependents.entry(edge.to).or_default().push(edge);
    }
    dependents
}

struct Paths<'a, 'b> {
    walk: &'a Walk,
    ground: &'a Ground<'b>,
    dependents: HashMap<PlaceId, Vec<&'a Edge>>,
}

impl Paths<'_, '_> {
    /// Who excludes `module` below a release; `above` are its place and all from which that is reached.
    fn excluders<'s>(&self, above: impl FnOnce() -> &'s BTreeSet<PlaceId>, module: &Module) -> Vec<String> {
        let policy = self.ground.policy;
        if policy.leaves_spark_out(module) {
            return vec![SPARK.to_owned()];
        }
        let patterns: Vec<String> = policy.excluding(module).map(ToString::to_string).collect();
        if !patterns.is_empty() {
            return patterns;
        }
        let above = above();
        let edges = above.iter().filter_map(|place| self.dependents.get(place)).flatten();
        let mut by: Vec<String> = edges
            .clone()
            .filter(|edge| self.states(edge, module))
            .map(|edge| self.walk.release(self.ground, edge.from))
            .collect();
        // It is in the management of a POM farther up, for one of these edges.
        if by.is_empty() {
            let keys: BTreeSet<_> =
                edges.flat_map(|edge| self.dependencies(edge)).map(|found| &found.key).collect();
            for place in above {
                let Some(model) = self.walk.models.get(place) else { continue };
                let managed = keys.iter().filter_map(|key| model.management.get(key));
                if managed
                    .flat_map(|managed| managed.exclusions.iter())
                    .any(|exclusion| exclusion.covers(module, self.ground.policy.mode()))
                {
                    by.push(self.walk.release(self.ground, *place));
                }
            }
        }
        by
    }

    /// The place and all from which it is reached.
    fn above(&self, place: PlaceId) -> BTreeSet<PlaceId> {
        let mut above = BTreeSet::from([place]);
        let mut open = vec![place];
        while let Some(at) = open.pop() {
            let edges = self.dependents.get(&at).into_iter().flatten();
            open.extend(edges.map(|edge| edge.from).filter(|from| above.insert(*from)));
        }
        above
    }

    /// Whether the dependency that an edge stands for excludes `module`.
    fn states(&self, edge: &Edge, module: &Module) -> bool {
        let mode = self.ground.policy.mode();
        self.dependencies(edge)
            .any(|found| found.exclusions.iter().any(|exclusion| exclusion.covers(module, mode)))
    }

    /// What an edge stands for: more than one where a POM wants several files of a module.
    fn dependencies(&self, edge: &Edge) -> impl Iterator<Item = &Dependency> {
        let name = self.ground.name(edge.to);
        let model = self.walk.models.get(&edge.from);
        let all = model.into_iter().flat_map(|model| &model.dependencies);
        all.filter(move |dependency| dependency.key.module == *name)
    }
}
