//! `fatwood why`: why something is in a set, or is not.

use std::path::Path;

use super::arguments::{Format, Why};
use super::error::CliError;
use super::explain;
use super::terminal::Terminal;
use crate::explain::{Graph, why};

pub(super) fn run(arguments: &Why, terminal: &Terminal) -> Result<(), CliError> {
    let coordinate = arguments.coordinate.as_str();
    let path = arguments.manifest.path();
    let manifest = explain::manifest(path).map_err(|error| turned(coordinate, path).unwrap_or(error))?;
    let answer = why::why(&Graph::of(&manifest), coordinate);
    if let (Err(unknown), Format::Json) = (&answer, arguments.format) {
        explain::print(&unknown.answer(), Format::Json, terminal)?;
    }
    explain::print(&answer?, arguments.format, terminal)
}

/// What to say where the manifest stands before the coordinate.
fn turned(coordinate: &str, path: &Path) -> Option<CliError> {
    let is_turned = !path.exists() && Path::new(coordinate).exists();
    is_turned.then(|| {
        let path = path.display();
        CliError::Usage(format!(
            "there is no manifest `{path}`, but a file `{coordinate}`; expected the coordinate first: `fatwood why \
             {path} {coordinate}`"
        ))
    })
}
