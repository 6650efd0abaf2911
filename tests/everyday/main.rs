//! The whole path with the real binary, for each kind of source, with servers on loopback.
//!
//! No cluster, no network beyond loopback, nothing of the machine's configuration.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy knows that only of test functions"
)]
#![allow(unreachable_pub, reason = "`support` is written as a library and included as a module")]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod bad_poms;
mod example;
mod explain;
mod faults;
mod files;
mod indexes;
mod interruption;
mod locks;
mod metadata;
mod packages;
mod requirements;
mod servers;
