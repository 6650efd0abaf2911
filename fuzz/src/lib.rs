//! The fuzz targets: the checks of both crates, by name.

/// The largest input, in bytes; libFuzzer is told so by `-max_len`.
const MAX_INPUT: usize = 64 << 10;

/// Runs the check of that name. It panics where something does not hold.
pub fn run(target: &str, bytes: &[u8]) {
    if bytes.len() > MAX_INPUT {
        return;
    }
    let mut all = fatwood_resolver::fuzzing::TARGETS.iter().chain(fatwood::fuzzing::TARGETS);
    let (_, check) = all.find(|(name, _)| *name == target).expect("a target of that name");
    check(bytes);
}
