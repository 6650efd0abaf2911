//! Sets of releases of one project, as the solver combines them.

use std::fmt;
use std::ops::Bound;

use pubgrub::{Ranges, VersionSet};

/// A set of releases, each named by its place among the project's releases.
///
/// Sets over the *known* releases need no rule for what lies between two versions, where `pep440_rs`'
/// own conversion of specifiers to ranges errs. Every bound is kept as `[from, to)`, so that equal sets
/// have one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions(Ranges<u32>);

impl Versions {
    /// The set of these releases, which ascend.
    pub(super) fn of(releases: &[u32]) -> Self {
        let mut ranges = Ranges::empty();
        for run in releases.chunk_by(|a, b| a + 1 == *b) {
            if let [first, ..] = run
                && let [.., last] = run
            {
                ranges = ranges.union(&Ranges::between(*first, last + 1));
            }
        }
        Self(ranges)
    }

    /// Whether a release is in the set.
    pub(super) fn has(&self, release: u32) -> bool {
        self.0.contains(&release)
    }

    /// Whether it is the set of nothing.
    pub(super) fn is_none(&self) -> bool {
        self.0 == Ranges::empty()
    }

    /// Whether exactly one release is in the set.
    pub(super) fn is_one(&self) -> bool {
        self.0.bounding_range().is_some_and(
            |bounds| matches!(bounds, (Bound::Included(from), Bound::Excluded(to)) if from + 1 == *to),
        )
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl VersionSet for Versions {
    type V = u32;

    fn empty() -> Self {
        Self(Ranges::empty())
    }

    fn singleton(release: u32) -> Self {
        Self(Ranges::between(release, release + 1))
    }

    fn complement(&self) -> Self {
        Self(self.0.complement())
    }

    fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    fn contains(&self, release: &u32) -> bool {
        self.0.contains(release)
    }

    fn full() -> Self {
        Self(Ranges::full())
    }

    fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    fn subset_of(&self, other: &Self) -> bool {
        self.0.subset_of(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_sets_have_one_form() {
        assert_eq!(Versions::of(&[3]), Versions::singleton(3));
        assert_eq!(Versions::of(&[1, 2]).intersection(&Versions::of(&[2, 3])), Versions::singleton(2));
        assert!(
            Versions::singleton(0).is_one() && !Versions::of(&[0, 1]).is_one() && !Versions::full().is_one()
        );
        assert!(Versions::of(&[]).is_none());
    }

    proptest! {
        #[test]
        fn sets_are_sets(a in proptest::collection::btree_set(0_u32..12, 0..8),
                         b in proptest::collection::btree_set(0_u32..12, 0..8)) {
            let versions = |set: &std::collections::BTreeSet<u32>| Versions::of(&set.iter().copied().collect::<Vec<_>>());
            let both: std::collections::BTreeSet<u32> = &a & &b;
            prop_assert_eq!(versions(&a).intersection(&versions(&b)), versions(&both));
            prop_assert_eq!(versions(&a).union(&versions(&b)), versions(&(&a | &b)));
            prop_assert_eq!(versions(&a).complement().complement(), versions(&a));
        }
    }
}
