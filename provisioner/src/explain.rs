//! What a manifest says to a person: the set as a tree, why a release is there, what two sets differ in.
//!
//! Pure: a manifest in, values out, which serialise as they are shown. Their `Display` is the text.
//! Nothing here is safe to print as it is: names come from POMs, which anybody writes.

pub mod diff;
mod graph;
pub mod tree;
pub mod why;

pub use self::graph::Graph;

#[cfg(test)]
mod samples;
