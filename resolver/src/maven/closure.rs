//! From a walk after which nothing changes to the closure, with the reasons for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::choice::is_dynamic;
use super::excluded::{excluded, idle};
use super::gav::Gav;
use super::graph::{Demand, Graph, Node, Requester, WantedFile};
use super::ground::{Ground, PlaceId};
use super::model::Model;
use super::range::Constraint;
use super::request::Root;
use super::resolution::ResolutionError;
use super::version::Version;
use super::walk::{Edge, Walk};
use crate::requirements::Coordinate;

/// The closure that a walk comes to, or what makes one impossible.
pub(super) fn graph(walk: &Walk, ground: &Ground<'_>) -> Result<Graph, ResolutionError> {
    let closing = Closing { walk, ground };
    if let Some(fault) = walk.faults.first() {
        let on_path = walk.order.iter().filter(|place| fault.path.contains(&walk.release(ground, **place)));
        let models = on_path.filter_map(|place| walk.models.get(place));
        let elsewhere: BTreeSet<&String> = models.flat_map(|model| &model.repositories).collect();
        return Err(fault.clone().into_error(elsewhere.into_iter().cloned().collect(), ground.models));
    }
    let (mut nodes, index) = closing.nodes();
    closing.connect(&mut nodes, &index);
    let excluded = excluded(walk, ground);
    let mut notes = closing.notes();
    notes.extend(idle(walk, ground, &excluded));
    Ok(Graph { nodes, excluded, poms: poms(walk), notes })
}

/// The releases whose POMs the models of a closure are made of.
fn poms(walk: &Walk) -> BTreeSet<Gav> {
    let mut poms = BTreeSet::new();
    let mut passed = HashSet::new();
    let mut open: Vec<&Arc<Model>> = walk.order.iter().filter_map(|place| walk.models.get(place)).collect();
    while let Some(model) = open.pop() {
        if passed.insert(Arc::as_ptr(model)) {
            poms.extend(model.lineage.iter().cloned());
            open.extend(&model.imported);
        }
    }
    poms
}

/// A walk's end.
struct Closing<'a, 'b> {
    walk: &'a Walk,
    ground: &'a Ground<'b>,
}

impl Closing<'_, '_> {
    fn gav(&self, place: PlaceId) -> Gav {
        let version = self.walk.versions.get(&place).map(|version| version.as_str().to_owned());
        Gav { module: self.ground.name(place).as_ref().clone(), version: version.unwrap_or_default() }
    }

    fn model(&self, place: PlaceId) -> Option<&Arc<Model>> {
        self.walk.models.get(&place)
    }

    /// The releases in order, without who asks for them, and the index of each place. One that has moved
    /// gives its position to where it moved.
    fn nodes(&self) -> (Vec<Node>, HashMap<PlaceId, usize>) {
        let mut nodes: Vec<Node> = Vec::new();
        let mut index = HashMap::new();
        let mut releases: BTreeMap<Gav, usize> = BTreeMap::new();
        // One that has moved to where it is excluded is nowhere.
        for place in self.walk.order.iter().filter(|place| self.walk.is_somewhere(**place)) {
            let end = self.moved(*place);
            let gav = self.gav(end);
            let at = *releases.entry(gav.clone()).or_insert_with(|| {
                let repositories = self.model(end).map(|model| model.repositories.iter().cloned().collect());
                nodes.push(Node {
                    gav,
                    files: Vec::new(),
                    demands: Vec::new(),
                    moved_from: BTreeSet::new(),
                    repositories: repositories.unwrap_or_default(),
                });
                nodes.len() - 1
            });
            index.insert(end, at);
            if end != *place {
                nodes[at].moved_from.insert(self.gav(*place));
            }
            for file in self.files(*place, end) {
                if !nodes[at].files.contains(&file) {
                    nodes[at].files.push(file);
                }
            }
        }
        (nodes, index)
    }

    /// The files wanted of a place that has moved to `end`.
    fn files(&self, place: PlaceId, end: PlaceId) -> impl Iterator<Item = WantedFile> {
        let is_pom = self.model(end).is_some_and(|model| model.packaging == "pom");
        let files = self.walk.files.get(&place).into_iter().flatten();
        files.map(move |(extension, classifier)| WantedFile {
            extension: extension.clone(),
            classifier: classifier.clone(),
            may_be_absent: is_pom && extension == "jar" && classifier.is_none(),
            is_named: self.is_named(end, extension, classifier.as_deref()),
        })
    }

    fn is_named(&self, end: PlaceId, extension: &str, classifier: Option<&str>) -> bool {
        self.ground.roots.iter().zip(&self.walk.roots).any(|(root, place)| {
            let file =
                root.file.as_ref().map(|(extension, classifier)| (extension.as_str(), classifier.as_deref()));
            self.moved(*place) == end && file == Some((extension, classifier))
        })
    }

    /// Where what takes a place has moved to in the end.
    fn moved(&self, place: PlaceId) -> PlaceId {
        let mut at = place;
        for _ in 0..self.walk.relocations.len() {
            match self.walk.relocations.get(&at) {
                Some(to) => at = *to,
                None => break,
            }
        }
        at
    }

    /// Tells each node who asks for it.
    fn connect(&self, nodes: &mut [Node], index: &HashMap<PlaceId, usize>) {
        let roots = self.ground.roots.iter().enumerate().zip(&self.walk.roots);
        let roots = roots.map(|((root, named), place)| {
            let version = named.coordinate.version.clone();
            (*place, Demand { by: Requester::Root(root), version, declared: None })
        });
        let edges =
            self.walk.edges.iter().filter(|edge| self.walk.relocations.get(&edge.from) != Some(&edge.to));
        let edges = edges.filter_map(|Edge { from, to, wish, declared }| {
            let by = Requester::Node(*index.get(&self.moved(*from))?);
            Some((*to, Demand { by, version: wish.to_string(), declared: declared.clone() }))
        });
        for (to, demand) in roots.chain(edges) {
            if let Some(at) = index.get(&self.moved(to)) {
                nodes[*at].demands.push(demand);
            }
        }
        for node in nodes {
            node.demands.sort();
            node.demands.dedup();
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (root, place) in self.ground.roots.iter().zip(&self.walk.roots) {
            for pattern in self.ground.policy.excluding(&root.coordinate.module) {
                let named = &root.coordinate;
                notes.push(format!("{named} is named, so excluding `{pattern}` does not leave it out"));
            }
            notes.extend(self.notes_of(root, *place));
            if is_dynamic(&root.coordinate.version) {
                notes.push(format!(
                    "{} is {} now, which the manifest locks",
                    root.coordinate, root.constraint
                ));
            }
        }
        for Edge { from, to, wish, declared } in &self.walk.edges {
            if let Some(dynamic) = declared.as_ref().filter(|declared| is_dynamic(declared)) {
                let (by, module) = (self.gav(*from), self.ground.name(*to));
                notes.push(format!("{by} asks for {module}:{dynamic}, which is {wish} now"));
            }
        }
        for place in self.walk.order.iter().filter(|place| self.ground.floors.contains_key(place)) {
            notes.push(format!("{} is held: its versions ask for each other in a circle", self.gav(*place)));
        }
        for place in &self.walk.order {
            let of_model = self.model(*place).map(|model| model.notes.as_slice()).unwrap_or_default();
            let gav = self.gav(*place);
            notes.extend(of_model.iter().map(|note| format!("in the POM of {gav}, {note}")));
        }
        notes
    }

    /// A root that asks for this version of a place.
    fn named_as(&self, place: PlaceId, version: &Version) -> Option<&Coordinate> {
        let mut roots = self.ground.roots.iter().zip(&self.walk.roots);
        let asks = |root: &Root| match &root.constraint {
            Constraint::Soft(wanted) => wanted == version,
            Constraint::Hard(ranges) => ranges.contains(version),
        };
        roots.find(|(root, at)| **at == place && asks(root)).map(|(root, _)| &root.coordinate)
    }

    /// What became of a root's version.
    fn notes_of(&self, root: &Root, place: PlaceId) -> Vec<String> {
        let (Some(version), Constraint::Soft(wanted)) = (self.walk.versions.get(&place), &root.constraint)
        else {
            return Vec::new();
        };
        if version != wanted {
            return vec![self.note_of_another_version(root, place, wanted, version)];
        }
        if !self.ground.policy.pins_roots() {
            return Vec::new();
        }
        let edges = self.walk.edges.iter().filter(|edge| edge.to == place);
        let overruled = edges.filter(|edge| match &edge.wish {
            Constraint::Soft(wish) => wish > version,
            Constraint::Hard(ranges) => !ranges.contains(version),
        });
        overruled
            .map(|Edge { from, wish, .. }| {
                let by = self.gav(*from);
                format!("{} is pinned, {by} asks for {wish}", root.coordinate)
            })
            .collect()
    }

    /// Why the closure has `version` of a root and not the `wanted` one.
    fn note_of_another_version(
        &self,
        root: &Root,
        place: PlaceId,
        wanted: &Version,
        version: &Version,
    ) -> String {
        let coordinate = &root.coordinate;
        let is_asked_for = self.walk.edges.iter().any(|edge| edge.to == place && edge.from != place);
        let direction = if version > wanted { "raised" } else { "lowered" };
        match self.named_as(place, version) {
            Some(named) => {
                format!("{coordinate} is {direction} to {version}, which is named too, as {named}")
            }
            None if is_asked_for => {
                format!("{coordinate} is {direction} to {version}, which other packages ask for")
            }
            None => format!("{coordinate} says that it is to be had as {version}"),
        }
    }
}
