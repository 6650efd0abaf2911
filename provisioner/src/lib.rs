//! Populates volumes with locked dependency sets, and wires Spark applications to them.
//!
//! ```text
//! Manifest --populate--> Volume
//! Manifest + Mount --wire--> SparkApplication
//! Manifest --explain--> what a person asks of it
//! ```

pub mod classpath;
pub mod cli;
pub mod explain;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod spark;
pub mod volume;
pub mod wiring;
