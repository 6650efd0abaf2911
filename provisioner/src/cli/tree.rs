//! `fatwood tree`: the set of a manifest as a tree.

use serde_json::json;

use super::arguments::Tree;
use super::error::CliError;
use super::explain;
use super::terminal::{Terminal, counted};
use crate::explain::tree::{Options, What, inverted, tree};
use crate::explain::{Graph, why};

pub(super) fn run(arguments: &Tree, terminal: &Terminal) -> Result<(), CliError> {
    let manifest = explain::manifest(arguments.manifest.path())?;
    let graph = Graph::of(&manifest);
    let options = Options { depth: arguments.depth, excluded: arguments.excluded };
    let mut drawn = match &arguments.invert {
        Some(query) => inverted(&graph, query, options).ok_or_else(|| why::Unknown::new(&graph, query))?,
        None => tree(&graph, options),
    };
    drawn.with_sizes = arguments.size;
    explain::print(&drawn, arguments.format, terminal)?;
    let is_shown = drawn.rows.iter().any(|row| matches!(row.what, What::Excluded { .. }));
    if let Some(query) = &arguments.invert {
        if is_shown {
            let text = format!("it was excluded: `fatwood why {query}` says by whom");
            terminal.done(&text, &json!({"excluded": query}));
        }
        return Ok(());
    }
    let excluded = manifest.closure.as_ref().map_or(0, |closure| closure.excluded.len());
    if excluded > 0 && !is_shown {
        let modules = counted(excluded, "module");
        let text = format!("{modules} excluded: `--excluded` shows which, `fatwood why MODULE` by whom");
        terminal.done(&text, &json!({"excluded": excluded}));
    }
    Ok(())
}
