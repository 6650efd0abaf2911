//! Resolves what a Spark job needs before its driver exists, and locks it.
//!
//! ```text
//! DependencySet --resolve--> Manifest
//! ```
//!
//! The layers, each using only what stands below it:
//!
//! ```text
//! resolve                     one set, three kinds of source, one manifest
//! maven, python, object       what to fetch next: an async driver and a pure core each
//! pin                         gives an artifact its SHA-256
//! seen                        documents that change, as they were last seen
//! sources                     where repositories, indexes and stores are, and what lets us in
//! fetch                       the network, and nothing else talks to it
//! cache                       what was fetched before, on the local disk
//! publish                     the disk, and nothing else writes to it
//! progress, requirements, manifest, digest, yaml, xml, failure
//! ```

pub mod cache;
pub mod digest;
pub mod failure;
pub mod fetch;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod manifest;
pub mod maven;
pub mod object;
pub mod pin;
pub mod progress;
pub mod publish;
pub mod python;
pub mod requirements;
pub mod resolve;
mod seen;
pub mod sources;
mod xml;
pub mod yaml;
