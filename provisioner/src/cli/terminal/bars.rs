//! Progress bars: one for the whole, and one for each file under way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fatwood_resolver::progress::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::printable;

/// Files below this size in bytes come and go too fast for a bar of their own.
const WORTH_A_BAR: u64 = 1 << 20;

/// The bars of one process.
pub(super) struct Bars {
    multi: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    total: Option<ProgressBar>,
    files: HashMap<String, ProgressBar>,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self { multi: MultiProgress::new(), state: Mutex::default() }
    }

    /// Prints a line above the bars.
    pub(super) fn above(&self, text: &str) {
        // Where the terminal is gone, there is nobody left to tell.
        let _ = self.multi.println(text);
    }

    /// Takes all bars away.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        for (_, bar) in state.files.drain() {
            bar.finish_and_clear();
        }
        if let Some(total) = state.total.take() {
            total.finish_and_clear();
        }
    }

    pub(super) fn event(&self, event: &Event<'_>) {
        match event {
            Event::Phase { name, files, bytes } => {
                self.clear();
                let total = match bytes {
                    Some(bytes) => self.multi.add(ProgressBar::new(*bytes).with_style(total_style())),
                    None => self.multi.add(ProgressBar::new_spinner().with_style(spinner_style())),
                };
                let files = files.map(|files| format!(" ({files} files)")).unwrap_or_default();
                total.set_message(format!("{name}{files}"));
                total.enable_steady_tick(Duration::from_millis(100));
                self.state().total = Some(total);
            }
            Event::Started { name, size } if size.is_none_or(|size| size >= WORTH_A_BAR) => {
                let bar = self.multi.add(ProgressBar::new(size.unwrap_or(0)).with_style(file_style()));
                bar.set_message(printable(name));
                self.state().files.insert((*name).to_owned(), bar);
            }
            Event::Advanced { name, bytes } => {
                let state = self.state();
                state.files.get(*name).inspect(|bar| bar.inc(*bytes));
                state
                    .total
                    .as_ref()
                    .filter(|total| total.length().is_some())
                    .inspect(|total| total.inc(*bytes));
            }
            Event::Finished { name, .. } => {
                if let Some(bar) = self.state().files.remove(*name) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    /// A panic elsewhere does not keep the bars from being shown.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn total_style() -> ProgressStyle {
    style("{spinner} {msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
}

fn spinner_style() -> ProgressStyle {
    style("{spinner} {msg}")
}

fn file_style() -> ProgressStyle {
    style("    {wide_msg} {bytes}/{total_bytes}")
}

/// The templates above are constants, and a test reads them all.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_valid() {
        for template in
            ["{spinner} {msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}", "{spinner} {msg}"]
        {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
