//! `fatwood populate`: a manifest in, a volume that holds its artifacts.

use std::path::Path;
use std::sync::Arc;

use fatwood_resolver::pin::Context;
use fatwood_resolver::progress::{Event, Observer as _};
use fatwood_resolver::python::requirements_file::Requirements;
use fatwood_resolver::requirements::Spec;
use serde_json::{Value, json};

use super::arguments::Populate;
use super::error::CliError;
use super::lock::Locked;
use super::terminal::Terminal;
use super::{input, sources};
use crate::volume::wheel::RecordCheck;
use crate::volume::{Existing, Network, Options, Outcome, Populated, SupplyError, Tally, Volume, populate};

pub(super) async fn run(mut arguments: Populate, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let manifest = input::manifest(&arguments.manifest)?;
    let context = sources::context(&arguments.sources, terminal)?;
    let mut spec = Spec::default();
    sources::extend(&mut spec, &mut arguments.sources, &Requirements::default())?;
    let sources = sources::discover(&spec, &arguments.sources)?;
    let existing = if arguments.repair { Existing::CheckAndMend } else { Existing::Believe };
    fill(Locked { manifest, sources }, &arguments.volume, existing, (&context, terminal)).await
}

/// Populates `root` with what is locked and says what was done.
pub(super) async fn fill(
    Locked { manifest, sources }: Locked,
    root: &Path,
    existing: Existing,
    (context, terminal): (&Context, &Terminal),
) -> Result<(), CliError> {
    let supply = Network::new(context.fetcher.clone(), move |source| {
        sources.remote(source).map_err(|error| SupplyError::failed(error.failure(), error))
    });
    let options = Options {
        existing,
        records: RecordCheck::Note,
        cache: Some(context.cache.clone()),
        observer: Arc::clone(&context.observer),
    };
    let populated = populate(&manifest, &Volume::new(root), &supply, &options).await?;
    for note in &populated.notes {
        terminal.event(Event::Note(&note.to_string()));
    }
    let (text, figures) = report(&populated);
    terminal.done(&text, &figures);
    Ok(())
}

fn report(populated: &Populated) -> (String, Value) {
    let set = populated.set.display();
    let totals = populated.totals;
    let (outcome, act) = match &populated.outcome {
        Outcome::AlreadyThere => ("present", "present already".to_owned()),
        Outcome::Published => ("published", "populated".to_owned()),
        Outcome::Mended(files) => ("mended", format!("mended ({} files replaced)", files.len())),
    };
    let text = format!(
        "{act}: {set}\n  fetched {}, from the cache {}, on the volume before {}",
        shown(totals.fetched),
        shown(totals.cached),
        shown(totals.present),
    );
    let figures = json!({
        "outcome": outcome, "set": populated.set,
        "fetchedFiles": totals.fetched.files, "fetchedBytes": totals.fetched.bytes,
        "cachedFiles": totals.cached.files, "cachedBytes": totals.cached.bytes,
    });
    (text, figures)
}

fn shown(tally: Tally) -> String {
    match tally {
        Tally { files: 1, bytes } => format!("1 file of {bytes} bytes"),
        Tally { files, bytes } => format!("{files} files of {bytes} bytes"),
    }
}
