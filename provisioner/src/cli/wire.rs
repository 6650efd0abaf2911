//! `fatwood wire`: a Spark application in, the wired one out.

use std::path::{Path, PathBuf};

use super::arguments::Wire;
use super::error::CliError;
use super::input;
use super::terminal::Terminal;
use crate::wiring::{self, Plan};

pub(super) fn run(arguments: &Wire, terminal: &Terminal) -> Result<(), CliError> {
    let manifest = input::manifest(&arguments.manifest)?;
    let plan = Plan::new(&manifest, arguments.mount.claim.clone(), arguments.mount.mount_path.clone())?;
    match &arguments.application {
        Some(path) => terminal.data(&wired(path, &input::text(path)?, &plan)?),
        None => terminal.data(&wiring::plain(&plan)),
    }
}

pub(super) fn wired(path: &Path, yaml: &str, plan: &Plan) -> Result<String, CliError> {
    wiring::wire(yaml, plan).map_err(|source| CliError::Wire { path: PathBuf::from(path), source })
}
