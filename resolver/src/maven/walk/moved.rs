//! Releases that say that they are other ones now.

use super::{Edge, MAX_MOVES, Visit, Walk, Wish};
use crate::maven::fault::FaultKind;
use crate::maven::gav::Gav;
use crate::maven::ground::{Ground, Selection};
use crate::maven::range::Constraint;
use crate::maven::version::Version;
use crate::requirements::Mode;

impl Walk {
    pub(super) fn follow_relocation_alone(
        &mut self,
        ground: &mut Ground<'_>,
        selection: &Selection,
        (visit, gav): (Visit, &Gav),
        next: &mut Vec<Visit>,
    ) {
        match ground.models.relocation(gav) {
            Ok(Some(to)) if to.module != gav.module => self.relocate(ground, selection, (visit, &to), next),
            Ok(_) => {}
            Err(unready) => self.unready(ground, visit.place, unready),
        }
    }

    /// The release is another one now, which takes its place: same overrides, same exclusions, of which
    /// those that name the new place count too.
    pub(super) fn relocate(
        &mut self,
        ground: &mut Ground<'_>,
        selection: &Selection,
        (visit, to): (Visit, &Gav),
        next: &mut Vec<Visit>,
    ) {
        // For Maven what a dependency excludes is below it, and the new place is the dependency itself.
        let (by, exclusions) = match ground.policy.mode() {
            Mode::Spark => (None, visit.exclusions),
            Mode::Maven => visit.parent,
        };
        let is_excluded = self.is_excluded(ground, exclusions, &to.module);
        self.moved.insert(visit.place);
        if !to.is_plain() {
            return self.fault(
                ground,
                Some(visit.place),
                FaultKind::IllegalName(Box::new(to.module.clone())),
            );
        }
        if visit.moves == MAX_MOVES {
            return self.fault(ground, Some(visit.place), FaultKind::Moving);
        }
        let file = ground.places.value(visit.place).file.clone();
        let target = ground.place(&to.module, file.as_ref());
        let mut end = Some(target);
        while let Some(at) = end {
            if at == visit.place {
                return self.fault(ground, Some(at), FaultKind::Moving);
            }
            end = self.relocations.get(&at).copied();
        }
        if is_excluded && !matches!(visit.wish, Wish::Root(_)) {
            return;
        }
        self.relocations.insert(visit.place, target);
        let wish = Constraint::Soft(Version::new(&to.version));
        self.want(target, None);
        let is_first = !self.versions.contains_key(&target);
        let edge = self.connect(Edge { from: visit.place, to: target, wish, declared: None }, by);
        let visit = Visit { place: target, wish: Wish::Edge(edge), moves: visit.moves + 1, ..visit };
        match ground.policy.mode() {
            Mode::Spark => next.push(visit),
            // It is no farther from the root than what has moved, and all that it competes with so far is.
            Mode::Maven => {
                if is_first && let Some(demands) = self.demands.get_mut(&target) {
                    demands.prefer(by, &self.edges[edge].wish);
                }
                self.visit(ground, selection, visit, next);
            }
        }
    }
}
