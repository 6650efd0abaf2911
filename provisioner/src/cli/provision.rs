//! `fatwood provision`: resolve, populate a directory, wire, in one command.

use std::sync::Arc;

use fatwood_resolver::resolve::resolve;

use super::arguments::Provision;
use super::error::CliError;
use super::terminal::Terminal;
use super::{input, populate, sources, wire};
use crate::volume::Existing;

pub(super) async fn run(mut arguments: Provision, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let directory = input::directory(&arguments.directory)?;
    let (file, mut set) = directory.set;
    let claim = match directory.applications.is_empty() {
        true => None,
        false => Some(claim(arguments.claim, &directory.claims)?),
    };
    let context = sources::context(&arguments.sources, terminal)?;
    let requirements = input::requirements(&set, &file)?;
    sources::extend(&mut set.spec, &mut arguments.sources, &requirements)?;
    let sources = sources::discover(&set.spec, &arguments.sources)?;
    let manifest = resolve(&set, &requirements, &sources, &context).await?;
    super::resolve::report(&manifest, &context.fetcher, terminal);
    let plan = claim.map(|claim| wire::plan(&manifest, &claim, &arguments.mount_path)).transpose()?;
    // What cannot be wired is found before anything is fetched.
    let mut wired = Vec::new();
    if let Some(plan) = &plan {
        for (path, yaml) in &directory.applications {
            wired.push(wire::wired(path, yaml, plan)?);
        }
    }
    populate::fill(&manifest, &arguments.volume, Existing::Believe, sources, (&context, terminal)).await?;
    terminal.data(&wired.join("---\n"))
}

/// The claim that the applications mount: the one that the user names, or the directory's only one.
fn claim(named: Option<String>, found: &[String]) -> Result<String, CliError> {
    match (named, found) {
        (Some(claim), _) => Ok(claim),
        (None, [claim]) => Ok(claim.clone()),
        (None, []) => Err(CliError::Usage(
            "which claim will hold the volume? give `--claim`, or add its PersistentVolumeClaim to the directory"
                .to_owned(),
        )),
        (None, several) => {
            Err(CliError::Usage(format!("which claim will hold the volume? give `--claim`, one of: {}", several.join(", "))))
        }
    }
}
