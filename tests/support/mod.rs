//! What integration tests stand on: servers on loopback that can be told to fail, and a runner of
//! the real binary in an environment of its own.
//!
//! ```text
//! Fatwood          runs the binary: own home, cache and working directory, nothing inherited
//! Maven  Index     describe what a repository or index publishes, and make a Site of it
//! Site   S3        answer requests: published files; objects of an S3 server
//! Volume           what lies on a volume, read without the binary
//! Server           one listener: answers from one of those, injects faults, keeps a log
//! ```
//! A fault is scripted by path and by position in the body, never by chance or by time, so that a
//! test that fails once fails always.

mod archive;
mod environment;
mod fatwood;
mod fault;
mod index;
mod maven;
mod s3;
mod server;
mod site;
mod volume;

pub use self::archive::{bytes_of, sha256_hex};
pub use self::environment::Environment;
pub use self::fatwood::{Fatwood, Outcome};
pub use self::fault::Fault;
pub use self::index::{Index, Wheel};
pub use self::maven::Maven;
pub use self::s3::S3;
pub use self::server::Server;
pub use self::site::Site;
pub use self::volume::Volume;
