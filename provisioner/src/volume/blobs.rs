//! Brings the blobs of a manifest to the volume.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::Artifact;
use fatwood_resolver::pin::Observed;
use fatwood_resolver::progress::Event;
use fatwood_resolver::publish::{
    CheckedFile, FileSink, PublishError, Published, Room, Staging, check_room, hash_file,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::populate::{Options, blocking};
use super::supply::{Supply, SupplyError};
use super::{PopulateError, Volume, Wanted, expected};

/// How many artifacts are brought at once. A repository's own limit for one client is about that; the fetcher
/// bounds requests in its own right.
const AT_ONCE: usize = 16;

/// What a set needs beyond its blobs: its directories, the manifest, the link, a staging directory with its lock,
/// and what each artifact has in staging before it has its name.
const OVERHEAD: Room = Room { bytes: 1 << 20, files: 16 };

/// Some of the artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many files.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, size: u64) {
        // The sizes are a manifest's, which may declare anything.
        self.files = self.files.saturating_add(1);
        self.bytes = self.bytes.saturating_add(size);
    }
}

/// Where the artifacts came from. What two artifacts share counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// On the volume already.
    pub present: Tally,
    /// Copied from the local cache.
    pub cached: Tally,
    /// Fetched from their sources.
    pub fetched: Tally,
}

enum Origin {
    Volume,
    Cache,
    Source,
}

/// What the volume has under a blob's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Sound,
    Damaged,
}

/// Sees to it that every blob is on the volume and has the right bytes: those that are there already are hashed,
/// damaged ones are replaced.
pub(super) async fn gather(
    wanted: &Wanted,
    volume: &Volume,
    staging: &Staging,
    supply: &dyn Supply,
    options: &Options,
) -> Result<Totals, PopulateError> {
    let artifacts = distinct(&wanted.manifest.artifacts);
    let missing = preflight(&artifacts, volume, staging).await?;
    let phase = Event::Phase { name: "fetching", files: Some(missing.files), bytes: Some(missing.bytes) };
    options.observer.event(phase);
    let job = Job { volume, staging, supply, options };
    let bring = |artifact| job.bring(artifact);
    let mut brought = stream::iter(artifacts).map(bring).buffer_unordered(AT_ONCE);
    let mut totals = Totals::default();
    while let Some((origin, size)) = brought.try_next().await? {
        let tally = match origin {
            Origin::Volume => &mut totals.present,
            Origin::Cache => &mut totals.cached,
            Origin::Source => &mut totals.fetched,
        };
        tally.add(size);
    }
    Ok(totals)
}

/// One artifact for each digest, big ones first, so that none of them is alone at the end.
fn distinct(artifacts: &[Artifact]) -> Vec<&Artifact> {
    let mut by_digest = BTreeMap::new();
    for artifact in artifacts {
        by_digest.entry(artifact.sha256).or_insert(artifact);
    }
    let mut artifacts: Vec<&Artifact> = by_digest.into_values().collect();
    artifacts.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.file.cmp(&b.file)));
    artifacts
}

/// Fails where the blobs that are missing do not fit; tells how many are missing.
async fn preflight(
    artifacts: &[&Artifact],
    volume: &Volume,
    staging: &Staging,
) -> Result<Tally, PopulateError> {
    let blobs: Vec<(PathBuf, u64)> = artifacts.iter().map(|a| (volume.blob(&a.sha256), a.size)).collect();
    let root = staging.root().to_owned();
    blocking(move || {
        let mut missing = Tally::default();
        let sizes = blobs.into_iter().filter(|(path, _)| !path.exists()).map(|(_, size)| size);
        sizes.for_each(|size| missing.add(size));
        check_room(&root, OVERHEAD.plus(Room { bytes: missing.bytes, files: missing.files }))?;
        Ok(missing)
    })
    .await
}

struct Job<'a> {
    volume: &'a Volume,
    staging: &'a Staging,
    supply: &'a dyn Supply,
    options: &'a Options,
}

impl Job<'_> {
    /// Says where it came from, and its size in bytes.
    async fn bring(&self, artifact: &Artifact) -> Result<(Origin, u64), PopulateError> {
        let path = self.volume.blob(&artifact.sha256);
        self.staging.freshen();
        let (look, size, sha256) = (path.clone(), artifact.size, artifact.sha256);
        let found = blocking(move || Ok(look_at(&look, size, sha256))).await?;
        let (file, origin) = match found {
            Found::Sound => {
                self.finished(artifact, 0);
                return Ok((Origin::Volume, size));
            }
            Found::Nothing | Found::Damaged => match self.copy_cached(artifact).await? {
                Some(file) => (file, Origin::Cache),
                None => (self.fetch(artifact).await?, Origin::Source),
            },
        };
        blocking(move || match found {
            Found::Damaged => Ok(file.replace(&path)?),
            Found::Nothing | Found::Sound => {
                // Who was first has the same bytes: he, too, has hashed them.
                let (Published::New | Published::AlreadyThere) = file.publish(&path)?;
                Ok(())
            }
        })
        .await?;
        let fetched = if let Origin::Source = origin { size } else { 0 };
        self.finished(artifact, fetched);
        Ok((origin, size))
    }

    /// A copy of the cache's blob; `None` where it has none, or a damaged one.
    async fn copy_cached(&self, artifact: &Artifact) -> Result<Option<CheckedFile>, PopulateError> {
        let Some(path) = self.options.cache.as_ref().and_then(|cache| cache.blob(&artifact.sha256)) else {
            return Ok(None);
        };
        let (staging, expected) = (self.staging.clone(), expected(artifact));
        let source = path.clone();
        let copied = blocking(move || {
            let mut file = staging.file(expected)?;
            // The copy's error decides below: an unreadable cache is a miss, an unwritable volume is a failure.
            Ok(file.copy_from(&source).and_then(|()| file.finish()))
        })
        .await?;
        match copied {
            Ok(file) => Ok(Some(file)),
            Err(error) if is_of_cache(&error, &path) => {
                let note = format!("`{}` is damaged in the local cache and is fetched again", artifact.file);
                self.options.observer.event(Event::Note(&note));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn fetch(&self, artifact: &Artifact) -> Result<CheckedFile, PopulateError> {
        let name = artifact.file.as_str();
        self.options.observer.event(Event::Started { name, size: Some(artifact.size) });
        let (staging, expected) = (self.staging.clone(), expected(artifact));
        let file = blocking(move || Ok(staging.file(expected)?)).await?;
        let mut sink = Observed { name, observer: &*self.options.observer, inner: FileSink::new(file) };
        match self.supply.supply(artifact, &mut sink).await {
            Ok(()) => sink.inner.finish().await.map_err(|error| PopulateError::of_bytes(artifact, error)),
            Err(SupplyError::Sink(error)) => Err(PopulateError::of_bytes(artifact, error)),
            Err(SupplyError::NotThere) => Err(PopulateError::NotThere {
                file: artifact.file.clone(),
                from: artifact.source.clone().into(),
            }),
            Err(SupplyError::Failed { failure, source }) => {
                let (file, from) = (artifact.file.clone(), artifact.source.clone().into());
                Err(PopulateError::Fetch { file, from, failure, source })
            }
        }
    }

    fn finished(&self, artifact: &Artifact, fetched: u64) {
        let name = artifact.file.as_str();
        self.options.observer.event(Event::Finished { name, sha256: artifact.sha256, fetched });
    }
}

/// What cannot be read is damaged too: a disk that fails on it does not get better.
fn look_at(path: &Path, size: u64, sha256: Digest) -> Found {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::Nothing,
        Ok(found) if found.is_file() && found.len() == size => match hash_file(path) {
            Ok(hashed) if hashed.sha256 == sha256 => Found::Sound,
            Ok(_) | Err(_) => Found::Damaged,
        },
        Ok(_) | Err(_) => Found::Damaged,
    }
}

/// Whether copying failed because of the file copied from.
fn is_of_cache(error: &PublishError, cached: &Path) -> bool {
    match error {
        PublishError::Io { path, .. } => path == cached,
        PublishError::WrongSize { .. }
        | PublishError::WrongDigest { .. }
        | PublishError::WrongChecksum { .. }
        | PublishError::NotAnArchive { .. } => true,
        PublishError::NotADirectory { .. }
        | PublishError::Link { .. }
        | PublishError::NoRoom { .. }
        | PublishError::Stopped { .. } => false,
    }
}
