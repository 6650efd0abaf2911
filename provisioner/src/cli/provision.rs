//! `fatwood provision`: resolve, populate a directory, wire, in one command.

use std::sync::Arc;

use super::arguments::Provision;
use super::error::CliError;
use super::input::Directory;
use super::lock::lock;
use super::terminal::Terminal;
use super::{input, populate, sources, wire};
use crate::volume::Existing;
use crate::wiring::{ClaimName, Plan};

pub(super) async fn run(arguments: Provision, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let Directory { set, applications, claims } = match &arguments.directory {
        Some(path) => input::directory(path)?,
        None => Directory::default(),
    };
    let claim = match applications.as_slice() {
        [] => None,
        _ => Some(claim(arguments.claim, &claims)?),
    };
    let context = sources::context(&arguments.sources, terminal)?;
    let locked = lock(set, arguments.wanted, arguments.sources, (&context, terminal)).await?;
    let plan = claim.map(|claim| Plan::new(&locked.manifest, claim, arguments.mount_path)).transpose()?;
    // What cannot be wired is found before the volume is touched.
    let mut wired = Vec::new();
    if let Some(plan) = &plan {
        for (path, yaml) in &applications {
            wired.push(wire::wired(path, yaml, plan)?);
        }
    }
    let means = populate::Means { fetcher: context.fetcher, cache: Some(context.cache) };
    populate::fill(locked, &arguments.volume, Existing::Believe, means, terminal).await?;
    terminal.data(&one_stream(&wired))
}

/// The documents of several files as one stream.
fn one_stream(files: &[String]) -> String {
    let mut stream = String::new();
    for file in files {
        if !stream.is_empty() && !file.starts_with("---") {
            stream.push_str("---\n");
        }
        stream.push_str(file);
        if !stream.ends_with('\n') {
            stream.push('\n');
        }
    }
    stream
}

/// The claim that the applications mount: the one that the user names, or the directory's only one.
fn claim(named: Option<ClaimName>, found: &[String]) -> Result<ClaimName, CliError> {
    match (named, found) {
        (Some(claim), _) => Ok(claim),
        (None, [claim]) => Ok(claim.parse()?),
        (None, []) => Err(CliError::Usage(
            "which claim will hold the volume? give `--claim`, or add its PersistentVolumeClaim to the directory"
                .to_owned(),
        )),
        (None, several) => {
            Err(CliError::Usage(format!("which claim will hold the volume? give `--claim`, one of: {}", several.join(", "))))
        }
    }
}
