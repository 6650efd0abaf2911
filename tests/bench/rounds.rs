//! Runs peers by turns, so that what else the machine does falls on all of them alike.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::child::{Cost, measured};
use super::mirror::{Exchange, Mirror, Mode, Traffic};

/// The round trip to a repository that is far away.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// What a run begins with, and where the repository is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// The peer's cache is filled.
    Warm,
    /// Nothing is cached; the repository is on this machine.
    Cold,
    /// Nothing is cached; the repository is [`LATENCY`] away.
    Far,
}

impl State {
    const ALL: [Self; 3] = [Self::Warm, Self::Cold, Self::Far];

    /// As the table has it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
            Self::Far => "cold, 20 ms",
        }
    }

    fn latency(self) -> Duration {
        if self == Self::Far { LATENCY } else { Duration::ZERO }
    }
}

/// The command line of a peer, given its cache's directory.
pub(crate) type CommandLine = Box<dyn Fn(&Path) -> Vec<OsString>>;

/// Who is measured.
pub(crate) struct Peer {
    /// As the table has it.
    pub(crate) name: &'static str,
    pub(crate) command: CommandLine,
    /// Whether it has a cache; one that has none is never warm.
    pub(crate) is_cached: bool,
}

/// One run.
pub(crate) struct Sample {
    pub(crate) cost: Cost,
    pub(crate) traffic: Traffic,
    pub(crate) output: String,
}

/// The runs of one peer in one state.
pub(crate) struct Series {
    pub(crate) peer: &'static str,
    pub(crate) state: State,
    pub(crate) samples: Vec<Sample>,
}

/// Runs each peer once, unmeasured: it records what the mirror has not been asked for before, and fills the
/// peer's cache.
pub(crate) fn prepare(mirror: &Mirror, peers: &[Peer], scratch: &Path) {
    for peer in peers {
        let cache = warm(peer, scratch);
        fs::create_dir_all(&cache).expect("a directory");
        mirror.watch(Mode::Record, || measured(&(peer.command)(&cache), scratch));
    }
}

/// Runs each peer so often in each state; all of them are prepared.
pub(crate) fn run(mirror: &Mirror, peers: &[Peer], rounds: u32, scratch: &Path) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for peer in peers {
        let states = State::ALL.into_iter().filter(|state| peer.is_cached || *state != State::Warm);
        series.extend(states.map(|state| Series { peer: peer.name, state, samples: Vec::new() }));
    }
    for round in 0..rounds as usize {
        for state in State::ALL {
            for turn in 0..peers.len() {
                let peer = &peers[(round + turn) % peers.len()];
                let mine = series.iter_mut().find(|series| series.peer == peer.name && series.state == state);
                let Some(mine) = mine else { continue };
                let cold = scratch.join("cold");
                let cache = if state == State::Warm { warm(peer, scratch) } else { cold.clone() };
                fs::create_dir_all(&cache).expect("a directory");
                let command = (peer.command)(&cache);
                let mode = Mode::Replay(state.latency());
                // What is asked for ahead depends on which answer comes first, so a run may ask for what none
                // before it did; that is recorded, and the run begins anew.
                let sample = loop {
                    let ((cost, output), traffic) = mirror.watch(mode, || measured(&command, scratch));
                    if cold.exists() {
                        fs::remove_dir_all(&cold).expect("the cache is removed");
                    }
                    if !record_what_lacks(mirror, &traffic) {
                        break Sample { cost, traffic, output };
                    }
                    fs::create_dir_all(&cache).expect("a directory");
                };
                mine.samples.push(sample);
            }
        }
        eprintln!("  round {} of {rounds}", round + 1);
    }
    fs::remove_dir_all(scratch.join("warm")).expect("the caches are removed");
    series
}

/// Records what was asked for and is not recorded; whether there was any.
fn record_what_lacks(mirror: &Mirror, traffic: &Traffic) -> bool {
    let lacking: Vec<&Exchange> = traffic.exchanges.iter().filter(|exchange| !exchange.is_known).collect();
    for exchange in &lacking {
        mirror.recorded(&exchange.path);
    }
    !lacking.is_empty()
}

fn warm(peer: &Peer, scratch: &Path) -> PathBuf {
    scratch.join("warm").join(peer.name)
}
