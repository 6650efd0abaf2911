//! Printing what a manifest says, for people or for programs.

use std::fmt::Display;

use serde::Serialize;

use super::arguments::Format;
use super::error::CliError;
use super::terminal::{Terminal, printable, printable_json};

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
