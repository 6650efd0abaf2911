//! What a walk stands on: the places that releases can take, and what is known of the repositories.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::models::Models;
use super::overrides::{Interner, Reach};
use super::request::{Policy, Root};
use super::version::Version;
use crate::requirements::{Mode, Module};

/// What at most one release of a closure can take, Maven's conflict id: in mode `spark` a module, in mode
/// `maven` a module with the extension and classifier of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The number that a [`Reach`] gave to the module.
    module: usize,
    pub(super) file: Option<(String, Option<String>)>,
}

/// The number of a [`Place`].
pub(super) type PlaceId = usize;

/// The versions to walk with.
pub(super) type Selection = BTreeMap<PlaceId, Version>;

/// What the walk is given.
pub(super) struct Ground<'a> {
    pub(super) models: &'a mut Models,
    pub(super) reach: &'a mut Reach,
    pub(super) places: &'a mut Interner<Place>,
    pub(super) policy: &'a Policy,
    pub(super) roots: &'a [Root],
    /// Versions below which a place must not fall again, because it would go in circles.
    pub(super) floors: &'a Selection,
}

impl Ground<'_> {
    /// The place of a module, `file` being the one that is wanted of it.
    pub(super) fn place(&mut self, module: &Module, file: Option<&(String, Option<String>)>) -> PlaceId {
        let file = match self.policy.mode() {
            Mode::Spark => None,
            Mode::Maven => file.cloned(),
        };
        self.places.id(&Place { module: self.reach.module(module), file })
    }

    /// The number that `reach` has for the module of a place.
    pub(super) fn module(&self, place: PlaceId) -> usize {
        self.places.value(place).module
    }

    pub(super) fn name(&self, place: PlaceId) -> Arc<Module> {
        Arc::clone(self.reach.modules.value(self.module(place)))
    }
}
