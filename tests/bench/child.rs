//! One run of one program, with what it cost.
//!
//! The kernel tells a process what the children that it has waited for have used: their processor time added
//! up, their peak memory as the largest. So each run gets a process of its own that starts it, waits and
//! writes the figures down. That process is small, because until a started program replaces it, its memory
//! counts as the program's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

/// Runs a program and writes what it cost.
#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// Where the figures are written.
    report: PathBuf,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// What a run cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// From before its start until after its end, in seconds.
    pub(crate) wall: f64,
    /// Processor time, of user and system, in seconds.
    pub(crate) processor: f64,
    /// The most memory that was resident at once, in bytes.
    pub(crate) memory: i64,
}

/// Runs `command` to its end and gives what it cost and what it printed.
///
/// # Panics
/// Where the program fails: a failed run is no measurement.
pub(crate) fn measured(command: &[OsString], scratch: &Path) -> (Cost, String) {
    let report = scratch.join("cost.json");
    let output = Command::new(std::env::current_exe().expect("a process knows its program"))
        .arg("measure")
        .arg(&report)
        .args(command)
        .stdin(Stdio::null())
        .current_dir(scratch)
        .output()
        .expect("a program is started");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{talk}");
    let cost = fs::read(&report).expect("the figures are written");
    let cost = serde_json::from_slice(&cost).expect("the figures are JSON");
    (cost, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The process between the harness and the program.
pub(crate) fn run(measure: &Measure) -> ExitCode {
    let [program, arguments @ ..] = measure.command.as_slice() else { return ExitCode::FAILURE };
    let started = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let wall = started.elapsed();
    let status = match status {
        Ok(status) => status,
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            return ExitCode::FAILURE;
        }
    };
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    let processor = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    let processor = Duration::from_micros(processor.unsigned_abs());
    let cost = Cost {
        wall: wall.as_secs_f64(),
        processor: processor.as_secs_f64(),
        // Linux counts in KiB.
        memory: used.max_rss() * 1024,
    };
    let json = serde_json::to_vec(&cost).expect("figures are JSON");
    fs::write(&measure.report, json).expect("the figures are written");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
