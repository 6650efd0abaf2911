//! Reading a manifest, and printing what it says, for people or for programs.

use std::fmt::Display;
use std::io;
use std::path::Path;

use fatwood_resolver::manifest::Manifest;
use serde::Serialize;

use super::arguments::Format;
use super::error::CliError;
use super::input;
use super::terminal::{Terminal, printable, printable_json};

/// How many sets of a volume are named.
const MAX_SETS: usize = 10;

/// Reads the manifest at `path`, or of the set there; where there is none, says how there comes to be one.
pub(super) fn manifest(path: &Path) -> Result<Manifest, CliError> {
    let is_missing = |source: &io::Error| source.kind() == io::ErrorKind::NotFound;
    input::manifest_of_set(path).map_err(|error| match error {
        CliError::Read { source, .. } if is_missing(&source) => missing(path),
        error => error,
    })
}

fn missing(path: &Path) -> CliError {
    let place = path.display();
    if !path.is_dir() {
        let written = "`fatwood resolve SET -o manifest.json` writes one, and a set on a volume holds one";
        return CliError::Usage(format!("there is no manifest `{place}`; {written}"));
    }
    let sets = sets(path);
    CliError::Usage(match sets.as_slice() {
        [] => format!("directory `{place}` has no manifest.json; name a manifest, or the directory of a set"),
        sets => format!("volume `{place}` holds sets, not a manifest; name one of them: {}", sets.join(", ")),
    })
}

/// The sets of a volume, by the names that people know them by, sorted; at most [`MAX_SETS`].
fn sets(volume: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(volume).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.join("manifest.json").is_file());
    let mut sets: Vec<String> = paths.map(|path| format!("`{}`", path.display())).collect();
    sets.sort();
    sets.truncate(MAX_SETS);
    sets
}

/// Prints an answer on stdout. Neither form moves the cursor: names come from POMs, which are anybody's.
pub(super) fn print(
    answer: &(impl Display + Serialize),
    format: Format,
    terminal: &Terminal,
) -> Result<(), CliError> {
    match format {
        Format::Text => terminal.data(&printable(&answer.to_string())),
        Format::Json => terminal.data(&json(answer)),
    }
}

/// Pretty JSON, with those characters escaped that a terminal would obey.
#[expect(clippy::expect_used, reason = "plain structs with string keys serialise")]
fn json(answer: &impl Serialize) -> String {
    let plain = serde_json::to_string_pretty(answer).expect("an answer serialises");
    let mut json = printable_json(&plain);
    json.push('\n');
    json
}
