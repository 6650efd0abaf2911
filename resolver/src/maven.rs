//! Maven packages.
mod error;
mod gav;
mod graph;
mod interpolation;
mod model;
mod models;
mod overrides;
mod pom;
mod range;
mod request;
mod resolution;
mod runtime;
mod spark;
mod version;
mod walk;
mod xml;

pub use self::gav::Gav;
pub use self::graph::{Graph, Node, Requester, WantedFile};
pub use self::models::{Answer, PomError, PomFault, Query};
pub use self::range::{Constraint, Ranges};
pub use self::request::{Provided, Request};
pub use self::resolution::{Resolution, ResolutionError, Step};
pub use self::version::Version;
pub use self::xml::XmlFault;
