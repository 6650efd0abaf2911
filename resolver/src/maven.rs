//! Maven packages: from coordinates to locked jars.
//!
//! [`Resolution`] is the pure part: a state machine that names the POMs and version lists it misses
//! until it has the closure. [`resolve`] is the driver: it gets what is missing from the repositories,
//! as soon as it is known to be missing, and at the end gives each jar its SHA-256.
//!
//! What is decided where:
//!
//! ```text
//! driver, route, lookup, lock what is asked of which repository, and what is known without asking
//! resolution, walk, choice    which version of which module is in the closure
//! closure, excluded, record   what comes of it, and why
//! overrides, models, model    what a POM says, with parents, properties, profiles and imports
//! pom, range, version         what stands in a file
//! ```

mod choice;
mod closure;
mod driver;
mod error;
mod excluded;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod gav;
mod graph;
mod ground;
mod hash;
mod interpolation;
mod ivy;
mod lock;
mod lookup;
mod management;
mod metadata;
mod model;
mod models;
mod overrides;
mod pom;
mod range;
mod record;
mod request;
mod resolution;
mod route;
mod runtime;
mod spark;
mod version;
mod waiting;
mod walk;

pub use self::error::MavenError;
pub use self::gav::Gav;
pub use self::graph::{Demand, Graph, Node, Requester, WantedFile};
pub use self::metadata::Listing;
pub use self::models::{Answer, PomError, PomFault, Query};
pub use self::range::{Constraint, Ranges};
pub use self::request::Request;
pub use self::resolution::{Resolution, ResolutionError, Step};
pub use self::version::Version;

use crate::manifest::{Artifact, Closure};
use crate::pin::Context;
use crate::progress::Event;
use crate::sources::Repository;
pub use crate::xml::XmlFault;

/// Resolves the packages of `request` without locking anything: no jar is asked for.
pub async fn closure(
    request: &Request<'_>,
    repositories: &[Repository],
    context: &Context,
) -> Result<Graph, MavenError> {
    Ok(driver::complete(request, repositories, context).await?.graph)
}

/// The packages of a request, locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Their files, in class path order.
    pub artifacts: Vec<Artifact>,
    /// Why these.
    pub closure: Closure,
}

/// Resolves the packages of `request` and locks their files.
///
/// The repositories that may be asked for a group are asked in their order, those that claim it or else those that
/// claim nothing; only where one says that it does not have a POM is the next one asked, and a jar comes from where its POM was found. Besides jars there are only files
/// that the user named with another extension, as `zip`: these are [`Kind::File`](crate::manifest::Kind).
/// A package named as `pom` brings its dependencies and no file.
pub async fn resolve(
    request: &Request<'_>,
    repositories: &[Repository],
    context: &Context,
) -> Result<Locked, MavenError> {
    let observer = &context.observer;
    observer.event(Event::Phase { name: "resolving packages", files: None, bytes: None });
    let closure = driver::complete(request, repositories, context).await?;
    let of_snapshots = closure.notes_of_snapshots(repositories);
    for note in closure.graph.notes.iter().chain(&of_snapshots) {
        observer.event(Event::Note(note));
    }
    let artifacts = lock::lock(request, &closure, repositories, context).await?;
    Ok(Locked { artifacts, closure: record::record(request, &closure, repositories) })
}

#[cfg(test)]
mod tests;
