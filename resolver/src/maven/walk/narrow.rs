//! What of overrides and exclusions matters below a place, so that visits that cannot differ are one.

use super::{MAX_EXCLUSION_SETS, Walk};
use crate::maven::ground::{Ground, PlaceId};
use crate::maven::overrides::ExclusionSet;

impl Walk {
    /// The overrides and exclusions that matter below `target`: those from above, and its `own`
    /// exclusions.
    pub(super) fn cut(
        &mut self,
        ground: &Ground<'_>,
        target: PlaceId,
        (overrides, exclusions): (usize, usize),
        own: &ExclusionSet,
    ) -> (usize, usize) {
        let module = ground.module(target);
        let overrides = self.contexts.cut(overrides, ground.reach, module);
        let mut all = ground.reach.cut_exclusions(module, self.exclusions.value(exclusions));
        all.extend(ground.reach.cut_exclusions(module, own));
        (overrides, self.merge_exclusions(target, overrides, all))
    }

    pub(super) fn exclusions_id(&mut self, set: &ExclusionSet) -> usize {
        let known = self.exclusions.len();
        let id = self.exclusions.id(set);
        if id == known {
            self.exclusion_entries += set.len();
        }
        id
    }

    fn merge_exclusions(&mut self, place: PlaceId, overrides: usize, mut exclusions: ExclusionSet) -> usize {
        if let Some(earlier) = self.seen.get(&(place, overrides))
            && earlier.len() >= MAX_EXCLUSION_SETS
        {
            for id in earlier {
                let other = self.exclusions.value(*id);
                exclusions.retain(|exclusion| other.contains(exclusion));
            }
        }
        self.exclusions_id(&exclusions)
    }
}
