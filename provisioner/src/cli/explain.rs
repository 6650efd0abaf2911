//! Printing what a manifest says, for people or for programs.

use std::fmt::{Display, Write as _};

use serde::Serialize;

use super::arguments::Format;
use super::error::CliError;
use super::terminal::{Terminal, is_harmless, printable};

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
    let mut json = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        if is_harmless(c) {
            json.push(c);
        } else {
            // All of them stand in strings, and are of the basic plane. Writing to a string cannot fail.
            let _ = write!(json, "\\u{:04x}", u32::from(c));
        }
    }
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_moves_no_cursor_and_says_the_same() {
        let text = "a\u{1b}[31m\u{9b}\u{202e}ü\n\"";
        let json = json(&text);
        assert_eq!(json, "\"a\\u001b[31m\\u009b\\u202eü\\n\\\"\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
