//! `fatwood resolve`: a dependency set in, a manifest out.

use std::sync::Arc;

use fatwood_resolver::publish;

use super::arguments::Resolve;
use super::error::CliError;
use super::lock::lock;
use super::terminal::Terminal;
use super::{input, sources};

pub(super) async fn run(arguments: Resolve, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let given = arguments.set.as_deref().map(input::dependency_set).transpose()?;
    let context = sources::context(&arguments.sources, terminal)?;
    let locked = lock(given, arguments.wanted, arguments.sources, (&context, terminal)).await?;
    let json = locked.manifest.to_json();
    match &arguments.output {
        Some(path) => Ok(publish::write_file(path, json.as_bytes())?),
        None => terminal.data(&json),
    }
}
