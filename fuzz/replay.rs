//! Replays seeds, and a fixed number of mutations of each, through the checks of a crate, on any toolchain.
//!
//! It looks for no new ways through the code, as a fuzzer does; it keeps the ways that were found. The same mutations
//! are made on every run, so that a failure is one that the next run has too.
//!
//! Two variables make it a slow fuzzer for a machine without a nightly toolchain: `FATWOOD_REPLAY_MUTATIONS`, how many
//! for each seed, and `FATWOOD_REPLAY_TARGET`, the only target to run.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use super::Check;

/// How many mutations are made of each seed: a few seconds for all, unoptimised.
const MUTATIONS: u32 = 150;
/// The largest input, in bytes.
const MAX_INPUT: usize = 64 << 10;
/// Bytes that mean something to some of the parsers.
const BYTES: &[u8] = b"\0\t\n\r \"#$%&'()*+,-./0189:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xbf\xc3\xef\xff";

/// Runs every target; panics with the name of the target, the seed and the mutation where something does not hold.
pub(crate) fn replay(targets: &[(&str, Check)]) {
    let mutations = variable("FATWOOD_REPLAY_MUTATIONS").and_then(|number| number.parse().ok());
    let mutations: u32 = mutations.unwrap_or(MUTATIONS);
    let only = variable("FATWOOD_REPLAY_TARGET");
    let mut total = 0;
    for (name, check) in targets {
        is_set_up(name);
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let seeds = seeds(name);
        for (seed, bytes) in &seeds {
            run(name, seed, None, bytes, *check);
            let mut random = Random::of(name, seed);
            for number in 0..mutations {
                run(name, seed, Some(number), &random.mutated(bytes, &seeds), *check);
            }
        }
        total += seeds.len() * (1 + mutations as usize);
        report(&format!("{name}: {} seeds, {mutations} mutations of each", seeds.len()));
    }
    report(&format!("{total} inputs"));
    assert!(total > 0 || only.is_some());
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::print_stdout, reason = "how much was run is part of what a test says")]
fn report(line: &str) {
    println!("{line}");
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// What cargo-fuzz needs of a target is there too.
fn is_set_up(name: &str) {
    let binary = fs::read_to_string(home().join(format!("fuzz_targets/{name}.rs"))).unwrap_or_default();
    assert!(binary.contains(&format!("fatwood_fuzz::run(\"{name}\", bytes)")), "fuzz_targets/{name}.rs");
    let manifest = fs::read_to_string(home().join("Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} in fuzz/Cargo.toml");
}

/// The seeds by file name.
fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
    let directory = home().join("seeds").join(target);
    let files = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let seed = |file: fs::DirEntry| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap());
    let seeds: BTreeMap<_, _> = files.map(|file| seed(file.unwrap())).collect();
    assert!(seeds.len() >= 2, "{target} has {} seeds", seeds.len());
    assert!(seeds.values().all(|bytes| bytes.len() <= MAX_INPUT), "{target} has a seed that is too long");
    seeds
}

fn run(target: &str, seed: &str, mutation: Option<u32>, bytes: &[u8], check: Check) {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| check(bytes)));
    if outcome.is_err() {
        let kept = std::env::temp_dir().join(format!("fatwood-fuzz-{target}"));
        fs::write(&kept, bytes).unwrap();
        let which = mutation.map_or_else(String::new, |number| format!(", mutation {number}"));
        panic!("{target}: seed {seed}{which} does not hold; the input is in {}", kept.display());
    }
}

/// `SplitMix64`, whose numbers are the same on every machine.
struct Random(u64);

impl Random {
    /// By FNV-1a of the names, so that a new seed leaves the mutations of the others as they are.
    fn of(target: &str, seed: &str) -> Self {
        let bytes = target.bytes().chain(seed.bytes());
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap() % end.max(1)
    }

    /// A short piece of `bytes`, mostly.
    fn piece<'a>(&mut self, bytes: &'a [u8]) -> (usize, &'a [u8]) {
        let start = self.below(bytes.len());
        let longest = if self.below(4) == 0 { bytes.len() } else { 24 };
        let end = (start + 1 + self.below(longest)).min(bytes.len());
        (start, &bytes[start.min(end)..end])
    }

    fn mutated(&mut self, seed: &[u8], seeds: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            self.mutate(&mut bytes, seeds);
        }
        bytes.truncate(MAX_INPUT);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, seeds: &BTreeMap<String, Vec<u8>>) {
        let at = self.below(bytes.len() + 1);
        let byte = BYTES[self.below(BYTES.len())];
        match self.below(8) {
            0 => {
                if let Some(place) = bytes.get_mut(at) {
                    *place ^= 1 << self.below(8);
                }
            }
            1 => {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            2 => bytes.insert(at, byte),
            3 => {
                let (start, piece) = self.piece(bytes);
                let end = start + piece.len();
                bytes.drain(start.min(end)..end);
            }
            4 => bytes.truncate(at),
            // A piece of its own, once or often: what repeats is what grows.
            5 => {
                let piece = self.piece(bytes).1.to_vec();
                let times = [1, 2, 9, 60][self.below(4)];
                bytes.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = seeds.values().nth(self.below(seeds.len())).unwrap();
                let piece = self.piece(other).1.to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let piece = self.piece(bytes).1.to_vec();
                let end = (at + piece.len()).min(bytes.len());
                bytes.splice(at..end, piece);
            }
        }
    }
}
