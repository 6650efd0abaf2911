//! The benchmark harness: what fatwood costs beside its peers and beside what is possible at all.
//!
//! ```text
//! workloads/*      one file each: what is done, and the requests that it is done with
//! resolving        a kind of workload: its peers, its invariants, its limit
//! rounds           runs peers by turns, warm, cold and far away
//! child            one run of one program: time, processor, memory
//! closure          the programs that are run and are not a peer's: the resolver alone, the raw transfer
//! mirror           the repository that all of them ask, with its log
//! recording        what the mirror has, filled once from the machine's own repository
//! limit, pom       the longest chain of requests of which each needs the one before
//! report           the table and the JSON
//! ```
//!
//! `tests/bench/run` starts it; see `tests/README.md`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a harness stops at the first thing that it does not expect"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its report goes to stdout, its talk to stderr"
)]

mod child;
mod closure;
mod limit;
mod mirror;
mod pom;
mod recording;
mod report;
mod resolving;
mod rounds;
mod workloads;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::mirror::Mirror;
use self::recording::Recording;
use self::resolving::Bench;

#[derive(Debug, Parser)]
#[command(name = "tests/bench/run", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure workloads.
    Run(Run),
    /// Run a program and write what it cost.
    Measure(child::Measure),
    /// Resolve a closure with the library and print its releases.
    Closure(closure::Closure),
    /// Fetch documents that are known beforehand.
    Raw(closure::Raw),
}

/// Measures workloads. All of those that need no jars, where none is named.
#[derive(Debug, Args)]
struct Run {
    /// The workloads to measure.
    workloads: Vec<String>,
    /// How often each peer runs in each state.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Write what was measured here, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the request log of one cold run of each peer into this directory.
    #[arg(long, value_name = "DIR")]
    requests: Option<PathBuf>,
    /// The harness as another commit builds it: its resolver becomes a peer.
    #[arg(long, value_name = "PROGRAM")]
    other: Option<PathBuf>,
    /// A file with the words that begin a command line of coursier, one a line.
    #[arg(long, value_name = "FILE", env = "FATWOOD_BENCH_COURSIER")]
    coursier: PathBuf,
    /// Where paths begin: Cargo starts the harness elsewhere than the user is.
    #[arg(long, value_name = "DIR", env = "FATWOOD_BENCH_DIRECTORY", default_value = ".")]
    directory: PathBuf,
    /// Where recordings are kept.
    #[arg(long, value_name = "DIR", env = "FATWOOD_BENCH_RECORDING")]
    recording: PathBuf,
    /// Where caches of the peers are made and removed.
    #[arg(long, value_name = "DIR", env = "FATWOOD_BENCH_SCRATCH")]
    scratch: PathBuf,
}

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`. Without it, this is `cargo test --benches`, which measures nothing.
    let words: Vec<OsString> = std::env::args_os().collect();
    let is_command = words.get(1).is_some_and(|word| {
        ["measure", "closure", "raw"].into_iter().any(|command| word.as_os_str() == command)
    });
    if !is_command && !words.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    let words = words.into_iter().filter(|word| is_command || word != "--bench");
    match Arguments::parse_from(words).command {
        Command::Run(run) => measure(run),
        Command::Measure(measure) => child::run(&measure),
        Command::Closure(closure) => closure::run(&closure),
        Command::Raw(raw) => closure::fetch(&raw),
    }
}

fn measure(run: Run) -> ExitCode {
    let workloads = match workloads::named(&run.workloads) {
        Ok(workloads) => workloads,
        Err(unknown) => {
            eprintln!("no workload is called `{unknown}`; there are {}", workloads::names());
            return ExitCode::from(64);
        }
    };
    std::env::set_current_dir(&run.directory).expect("the directory is there");
    let words = fs::read_to_string(&run.coursier).expect("the command line of coursier is prepared");
    let bench = Bench {
        mirror: Mirror::start(Recording::open(&run.recording)),
        rounds: run.rounds,
        scratch: run.scratch,
        requests: run.requests,
        coursier: words.lines().map(OsString::from).collect(),
        other: run.other,
    };
    let mut findings = Vec::new();
    for workload in workloads {
        eprintln!("{}: {}", workload.name, workload.about);
        findings.push(workload.measure(&bench));
    }
    print!("{}", report::markdown(&findings));
    if let Some(path) = run.json {
        fs::write(path, report::json(&findings)).expect("the JSON is written");
    }
    let violations: Vec<_> = findings.iter().flat_map(|finding| &finding.violations).collect();
    for violation in &violations {
        eprintln!("VIOLATED: {violation}");
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
