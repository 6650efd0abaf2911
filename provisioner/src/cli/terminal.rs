//! The terminal: the only place that prints. Data goes to stdout, talk to stderr.

mod bars;

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{IsTerminal as _, Write as _};

use fatwood_resolver::manifest::is_harmless;
use fatwood_resolver::progress::{Event, Observer};
use indicatif::DecimalBytes;
use serde_json::{Value, json};

use self::bars::Bars;
use super::arguments::Talk;
use super::error::CliError;

/// The process's stdout and stderr.
pub(super) struct Terminal {
    talk: Talk,
    /// Only where stderr is a terminal and people read it.
    bars: Option<Bars>,
}

impl Terminal {
    pub(super) fn new(talk: Talk) -> Self {
        let for_people = talk == Talk::Text && std::io::stderr().is_terminal();
        Self { talk, bars: for_people.then(Bars::new) }
    }

    /// Prints data on stdout, as it is.
    pub(super) fn data(&self, text: &str) -> Result<(), CliError> {
        self.clear();
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CliError::Stdout)
    }

    /// Says what a command has done.
    pub(super) fn done(&self, text: &str, figures: &Value) {
        self.clear();
        match self.talk {
            Talk::Quiet | Talk::QuietJson => {}
            Talk::Text => self.line(text),
            Talk::Json => self.object(json!({"level": "info", "event": "done", "message": text}), figures),
        }
    }

    /// Explains a failure, the chain of its causes once.
    pub(super) fn failure(&self, error: &CliError) {
        self.clear();
        let message = error.to_string();
        let causes = causes(error, &message);
        if matches!(self.talk, Talk::Json | Talk::QuietJson) {
            let code = error.failure().exit_code();
            let object = json!({"level": "error", "event": "failed", "message": message});
            return self.object(object, &json!({"causes": causes, "exitCode": code}));
        }
        self.line(&format!("error: {message}"));
        for cause in causes {
            self.line(&format!("  because {cause}"));
        }
    }

    /// Says that a signal ended the work.
    pub(super) fn stopped(&self) {
        self.clear();
        match self.talk {
            Talk::Quiet | Talk::QuietJson => {}
            Talk::Text => self.line("stopped"),
            Talk::Json => self.object(json!({"level": "warn", "event": "stopped"}), &Value::Null),
        }
    }

    fn clear(&self) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
    }

    /// One line of talk. Where stderr is gone, there is nobody left to tell.
    fn line(&self, text: &str) {
        let text = &printable(text);
        match &self.bars {
            Some(bars) => bars.above(text),
            None => drop(writeln!(std::io::stderr().lock(), "{text}")),
        }
    }

    fn object(&self, mut object: Value, more: &Value) {
        if let (Some(object), Some(more)) = (object.as_object_mut(), more.as_object()) {
            object.extend(more.clone());
        }
        self.line(&printable_json(&object.to_string()));
    }

    fn line_of(&self, event: &Event<'_>) {
        match event {
            Event::Phase { name, files, bytes } => match (files, bytes) {
                (Some(files), Some(bytes)) => {
                    self.line(&format!("{name}: {}, {}", counted(*files, "file"), DecimalBytes(*bytes)));
                }
                _ => self.line(name),
            },
            Event::Finished { name, fetched: 0, .. } => self.line(&format!("{name}: present")),
            Event::Finished { name, fetched, .. } => {
                self.line(&format!("{name}: fetched {}", DecimalBytes(*fetched)));
            }
            _ => {}
        }
    }

    fn object_of(&self, event: &Event<'_>) {
        let object = match event {
            Event::Phase { name, files, bytes } => {
                json!({"level": "info", "event": "phase", "message": name, "files": files, "bytes": bytes})
            }
            Event::Finished { name, sha256, fetched } => json!({
                "level": "info", "event": "finished", "file": name,
                "sha256": sha256.to_string(), "fetchedBytes": fetched,
            }),
            Event::Note(text) => json!({"level": "warn", "event": "note", "message": text}),
            _ => return,
        };
        self.object(object, &Value::Null);
    }
}

impl Observer for Terminal {
    fn event(&self, event: Event<'_>) {
        match (self.talk, &self.bars) {
            (Talk::Quiet | Talk::QuietJson, _) => {}
            (Talk::Json, _) => self.object_of(&event),
            (Talk::Text, bars) => match (&event, bars) {
                (Event::Note(text), _) => self.line(&note(text)),
                (_, Some(bars)) => bars.event(&event),
                (_, None) => self.line_of(&event),
            },
        }
    }
}

/// A number with its noun.
pub(super) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A note, in one line: it cites POMs, and no line of theirs must pass for one of ours.
fn note(text: &str) -> String {
    format!("note: {}", text.replace('\n', "\\u{a}"))
}

/// The text without what would move the cursor or turn the direction of writing: names come from
/// manifests and servers, which are anybody's.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) {
            printable.push(c);
        } else {
            printable.extend(c.escape_unicode());
        }
    }
    printable
}

/// JSON, with those characters escaped as JSON does it that a terminal would obey.
pub(super) fn printable_json(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for c in json.chars() {
        if is_shown(c) {
            printable.push(c);
        } else {
            // All of them stand in strings, and are of the basic plane. Writing to a string cannot fail.
            let _ = write!(printable, "\\u{:04x}", u32::from(c));
        }
    }
    printable
}

/// Whether a character reaches the terminal as it is: messages of ours have lines.
fn is_shown(c: char) -> bool {
    c == '\n' || is_harmless(c)
}

/// The causes of an error. A cause whose text the error's own already shows is not said again:
/// transparent errors and some libraries print their source.
fn causes(error: &dyn Error, message: &str) -> Vec<String> {
    let mut said = message.to_owned();
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !said.contains(&text) {
            said.clone_from(&text);
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\nü"), "a\\u{1b}[31m\\u{202e}b\nü");
    }

    #[test]
    fn json_moves_no_cursor_and_says_the_same() {
        let text = "a\u{1b}[31m\u{7f}\u{9b}\u{202e}ü\n\"";
        let json = printable_json(&json!(text).to_string());
        assert_eq!(json, r#""a\u001b[31m\u007f\u009b\u202eü\n\"""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(printable(&json), json);
    }

    #[test]
    fn a_note_is_one_line() {
        assert_eq!(note("stated as `1\nresolved`"), "note: stated as `1\\u{a}resolved`");
    }
}
