//! `fatwood export`: a manifest in, its wheels in another tool's format out.

use fatwood_resolver::publish;
use fatwood_resolver::python::export::export;

use super::arguments::Export;
use super::error::CliError;
use super::input;
use super::terminal::Terminal;

pub(super) fn run(arguments: &Export, terminal: &Terminal) -> Result<(), CliError> {
    let manifest = input::manifest(&arguments.manifest)?;
    let text = export(&manifest, arguments.format.into())?;
    match &arguments.output {
        Some(path) => Ok(publish::write_file(path, text.as_bytes())?),
        None => terminal.data(&text),
    }
}
