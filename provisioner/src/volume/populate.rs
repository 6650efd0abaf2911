//! Fills a volume with the set of a manifest.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fatwood_resolver::cache::Cache;
use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::Manifest;
use fatwood_resolver::progress::{Event, Observer};
use fatwood_resolver::publish::{Durability, Staging, check_directory, sync_directory};

use super::wheel::{Note, RecordCheck};
use super::{PopulateError, Scope, Supply, Totals, Volume, Wanted, blobs, set, verify};

/// What to think of a set that is on the volume already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It was checked when it was published.
    Believe,
    /// Hash every byte of it, and mend what is damaged.
    CheckAndMend,
}

/// How to populate.
#[derive(Clone)]
pub struct Options {
    /// What to think of a set that is on the volume already.
    pub existing: Existing,
    /// What to do about wheels that do not agree with their own RECORD.
    pub records: RecordCheck,
    /// Where artifacts may be already. Its bytes are hashed while they are copied.
    pub cache: Option<Cache>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
}

/// A set that is on the volume, whole and durable.
#[derive(Debug, PartialEq, Eq)]
pub struct Populated {
    /// Its directory.
    pub set: PathBuf,
    /// How it came there.
    pub outcome: Outcome,
    /// Where its artifacts came from; all 0 where nothing was to do.
    pub totals: Totals,
    /// What the user should know of the wheels.
    pub notes: Vec<Note>,
}

/// How a set came to be on the volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, or another populator published it first.
    AlreadyThere,
    /// This run published it.
    Published,
    /// It was there but damaged; these files of it were replaced.
    Mended(Vec<PathBuf>),
}

/// Sees to it that the set of `manifest` is on the volume, whole and durable.
///
/// Fetches only what neither the volume nor the cache has, makes no metadata request, and needs no write access
/// where the set is there already. Dropped before its end, or killed, it leaves whole blobs for the next run.
pub async fn populate(
    manifest: &Manifest,
    volume: &Volume,
    supply: &dyn Supply,
    options: &Options,
) -> Result<Populated, PopulateError> {
    let wanted = Wanted::new(manifest);
    let (found, existing) = ((wanted.clone(), volume.clone()), options.existing);
    let todo = blocking(move || {
        check_directories(&found.0, &found.1)?;
        Ok(Todo::of(&found.0, &found.1, existing))
    })
    .await?;
    let (outcome, totals, notes) = match todo {
        Todo::Nothing => (Outcome::AlreadyThere, Totals::default(), Vec::new()),
        Todo::Publish | Todo::Mend => {
            let root = volume.root().to_owned();
            let staging = blocking(move || Ok(Staging::open(&root, Durability::Durable)?)).await?;
            let totals = blobs::gather(&wanted, volume, &staging, supply, options).await?;
            let (wanted, volume, records) = (wanted.clone(), volume.clone(), options.records);
            let (outcome, notes) = blocking(move || match todo {
                Todo::Mend => set::mend(&wanted, &volume, &staging, records),
                Todo::Nothing | Todo::Publish => set::publish(&wanted, &volume, &staging, records),
            })
            .await?;
            (outcome, totals, notes)
        }
    };
    let set = volume.set(&wanted.digest);
    let (volume, observer) = (volume.clone(), Arc::clone(&options.observer));
    blocking(move || settle(&wanted, &volume, &*observer)).await?;
    Ok(Populated { set, outcome, totals, notes })
}

/// Fails where a link or a file has the name of a directory of the volume: what is written there would be elsewhere.
/// The volume itself may be behind links.
fn check_directories(wanted: &Wanted, volume: &Volume) -> Result<(), PopulateError> {
    let (blobs, sets) = (volume.blobs(), volume.sets());
    let all = [&volume.root().join("blobs"), &blobs, &sets, &volume.set(&wanted.digest)];
    Ok(all.into_iter().try_for_each(|path| check_directory(path))?)
}

#[derive(Debug, Clone, Copy)]
enum Todo {
    Nothing,
    Publish,
    Mend,
}

impl Todo {
    fn of(wanted: &Wanted, volume: &Volume, existing: Existing) -> Self {
        let empty =
            || fs::read_dir(volume.set(&wanted.digest)).map_or(true, |mut entries| entries.next().is_none());
        match existing {
            Existing::Believe if set::is_there(wanted, volume) => Self::Nothing,
            _ if empty() => Self::Publish,
            Existing::Believe => Self::Mend,
            Existing::CheckAndMend => match verify(volume, Scope::Set(&wanted.manifest)) {
                Ok(verified) if verified.findings.iter().all(|finding| finding.problem.is_extra()) => {
                    Self::Nothing
                }
                Ok(_) | Err(_) => Self::Mend,
            },
        }
    }
}

/// Makes the set's name durable, whoever made it, and points the people's link at it.
fn settle(wanted: &Wanted, volume: &Volume, observer: &dyn Observer) -> Result<(), PopulateError> {
    sync_directory(&volume.sets())?;
    sync_directory(volume.root())?;
    let (link, target) =
        (volume.link(&wanted.manifest.name), Path::new("sets").join(wanted.digest.to_string()));
    if fs::read_link(&link).is_ok_and(|found| found == target) {
        return Ok(());
    }
    let linked = Staging::open(volume.root(), Durability::Durable)
        .and_then(|staging| staging.replace_link(&link, &target));
    match linked {
        Ok(()) => Ok(()),
        // It is for people only, and no job needs it: a filesystem without links, a volume that is mounted
        // read-only, or something of that name is no reason to fail.
        Err(error) if error.failure() == Failure::CannotCreate => {
            observer.event(Event::Note(&error.to_string()));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Does work that waits for the disk where it keeps nobody else waiting.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PopulateError> + Send + 'static,
) -> Result<T, PopulateError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(PopulateError::Stopped),
        },
    }
}
