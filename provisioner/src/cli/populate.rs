//! `fatwood populate`: a manifest in, a volume that holds its artifacts.

use std::path::Path;
use std::sync::Arc;

use fatwood_resolver::cache::Cache;
use fatwood_resolver::fetch::Fetcher;
use fatwood_resolver::progress::{Event, Observer};
use fatwood_resolver::python::requirements_file::Requirements;
use fatwood_resolver::requirements::Spec;
use indicatif::DecimalBytes;
use serde_json::{Value, json};

use super::arguments::Populate;
use super::error::CliError;
use super::lock::Locked;
use super::terminal::{Terminal, counted};
use super::{input, sources};
use crate::volume::wheel::RecordCheck;
use crate::volume::{
    Existing, Network, Options, Outcome, Populated, SupplyError, Tally, Totals, Volume, populate,
};

pub(super) async fn run(arguments: Populate, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let manifest = input::manifest(&arguments.manifest)?;
    let sources = sources::discover(&mut Spec::default(), &arguments.sources, &Requirements::default())?;
    let existing = if arguments.repair { Existing::CheckAndMend } else { Existing::Believe };
    // A pod may have no place for a cache: then everything comes from its source.
    let cache = sources::cache(&arguments.sources);
    if let Err(error) = &cache {
        terminal.event(Event::Note(&format!("there is no cache: {error}")));
    }
    let means = Means { fetcher: sources::fetcher(&arguments.sources), cache: cache.ok() };
    fill(Locked { manifest, sources }, &arguments.volume, existing, means, terminal).await
}

/// What a volume is filled with.
pub(super) struct Means {
    pub(super) fetcher: Fetcher,
    pub(super) cache: Option<Cache>,
}

/// Populates `root` with what is locked and says what was done.
pub(super) async fn fill(
    Locked { manifest, sources }: Locked,
    root: &Path,
    existing: Existing,
    means: Means,
    terminal: &Arc<Terminal>,
) -> Result<(), CliError> {
    let supply = Network::new(means.fetcher, move |source| {
        sources.remote(source).map_err(|error| SupplyError::failed(error.failure(), error))
    });
    let options = Options {
        existing,
        records: RecordCheck::Note,
        cache: means.cache,
        observer: Arc::clone(terminal) as Arc<dyn Observer>,
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
        Outcome::AlreadyThere => ("present", "present already, 0 bytes fetched".to_owned()),
        Outcome::Published => ("published", format!("populated: {}", origins(totals))),
        Outcome::Mended(files) => {
            ("mended", format!("mended {}: {}", counted(files.len(), "file"), origins(totals)))
        }
    };
    let text = format!("{act}; the set is {set}");
    let figures = json!({
        "outcome": outcome, "set": populated.set,
        "fetchedFiles": totals.fetched.files, "fetchedBytes": totals.fetched.bytes,
        "cachedFiles": totals.cached.files, "cachedBytes": totals.cached.bytes,
        "presentFiles": totals.present.files, "presentBytes": totals.present.bytes,
    });
    (text, figures)
}

/// Where the artifacts came from, without what is nothing.
fn origins(totals: Totals) -> String {
    let shown = |tally: Tally, origin| {
        let Tally { files, bytes } = tally;
        (files > 0).then(|| format!("{}, {}, {origin}", counted(files, "file"), DecimalBytes(bytes)))
    };
    let parts = [
        shown(totals.fetched, "fetched"),
        shown(totals.cached, "from the cache"),
        shown(totals.present, "on the volume before"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
