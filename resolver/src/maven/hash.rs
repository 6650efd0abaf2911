//! Hash maps for short keys: names, versions, small numbers.
//!
//! Most of what a resolution does is looking something up, and the standard hasher takes longer for these than
//! all the rest of a look-up. The seed is random here too, so that nobody can make a POM of colliding names
//! beforehand.

/// A map without an order.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set without an order.
pub(super) type HashSet<T> = std::collections::HashSet<T, foldhash::fast::RandomState>;
