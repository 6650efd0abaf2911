//! Every parser of this crate that reads something from outside, and what holds of it whatever the bytes.
//!
//! No part of the interface: it is there in tests and with the feature `fuzzing`. How it is run, and how a
//! parser is added, is said in `fuzz/README.md`.

use crate::{volume, wiring};

/// Feeds bytes to a parser and asserts what must hold of what comes out.
pub type Check = fn(&[u8]);

/// All checks, by the names of their seeds' directories.
pub const TARGETS: &[(&str, Check)] = &[
    ("spark-application", wiring::fuzzing::spark_application),
    ("wheel", volume::fuzzing::wheel),
    ("wheel-record", volume::fuzzing::wheel_record),
    ("entry-points", volume::fuzzing::entry_points),
];

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[test]
fn seeds_and_their_mutations_hold() {
    replay::replay(TARGETS);
}
