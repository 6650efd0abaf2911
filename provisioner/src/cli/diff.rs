//! `fatwood diff`: what two manifests differ in.

use std::process::ExitCode;

use serde_json::json;

use super::arguments::Diff;
use super::error::CliError;
use super::explain;
use super::terminal::{Terminal, counted};
use crate::explain::diff::diff;

/// That the manifests differ, where that is asked for: as `diff` and `git diff --exit-code` say it.
const DIFFERENT: u8 = 1;

pub(super) fn run(arguments: &Diff, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let old = explain::manifest(&arguments.old)?;
    let new = explain::manifest(&arguments.new)?;
    let difference = diff(&old, &new);
    explain::print(&difference, arguments.format, terminal)?;
    let replaced = difference.replaced();
    if replaced > 0 {
        let things = counted(replaced, "thing");
        let text = format!(
            "{things} changed under the same name and version: find out why before you trust the new set"
        );
        terminal.done(&text, &json!({"replaced": replaced}));
    }
    if arguments.exit_code && !difference.is_empty() {
        return Ok(ExitCode::from(DIFFERENT));
    }
    Ok(ExitCode::SUCCESS)
}
