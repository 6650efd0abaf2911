//! Populates volumes with locked dependency sets, and wires Spark applications to them.
//!
//! ```text
//! Manifest --populate--> Volume
//! Manifest + Mount --wire--> SparkApplication
//! ```

pub mod classpath;
pub mod cli;
pub mod spark;
pub mod volume;
pub mod wiring;
