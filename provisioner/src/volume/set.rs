//! Builds the directory of a set, and gives it its name.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use fatwood_resolver::manifest::{Artifact, Kind};
use fatwood_resolver::publish::{Mode, PublishError, Published, Room, StagedTree, Staging, Tree, check_room};

use super::wheel::{self, Note, Plan, RecordCheck, WheelError, WheelFile};
use super::{MANIFEST, Outcome, PopulateError, Volume, Wanted, expected, parallel, place};

/// Whether the set is on the volume, as far as its manifest and the names and sizes of its files tell.
///
/// Only a regular file of the right size is read: to open a named pipe would wait for ever.
pub(super) fn is_there(wanted: &Wanted, volume: &Volume) -> bool {
    let (set, json) = (volume.set(&wanted.digest), wanted.json.as_bytes());
    let has = |path: &Path, size: u64| {
        fs::symlink_metadata(set.join(path)).is_ok_and(|found| found.is_file() && found.len() == size)
    };
    let is_in_place = |artifact: &Artifact| match artifact.kind {
        Kind::Jar | Kind::File => has(&place(artifact), artifact.size),
        Kind::Wheel => set.join(artifact.kind.directory()).is_dir(),
    };
    has(Path::new(MANIFEST), json.len() as u64)
        && fs::read(set.join(MANIFEST)).is_ok_and(|found| found == json)
        && wanted.manifest.artifacts.iter().all(is_in_place)
}

/// Builds the set from blobs that are on the volume and publishes it.
pub(super) fn publish(
    wanted: &Wanted,
    volume: &Volume,
    staging: &Staging,
    records: RecordCheck,
) -> Result<(Outcome, Vec<Note>), PopulateError> {
    let at = volume.set(&wanted.digest);
    let (tree, notes) = build(wanted, volume, staging, records)?;
    match tree.publish(&at)? {
        Published::New => Ok((Outcome::Published, notes)),
        Published::AlreadyThere if is_there(wanted, volume) => Ok((Outcome::AlreadyThere, notes)),
        // A directory without its manifest: no populator leaves that, but a disk or a hand can.
        Published::AlreadyThere => mend(wanted, volume, staging, records),
    }
}

/// Builds the set anew and replaces what differs in the published one.
///
/// The manifest goes last: its presence is what makes a set believed.
pub(super) fn mend(
    wanted: &Wanted,
    volume: &Volume,
    staging: &Staging,
    records: RecordCheck,
) -> Result<(Outcome, Vec<Note>), PopulateError> {
    let (tree, notes) = build(wanted, volume, staging, records)?;
    let mended = tree.mend(&volume.set(&wanted.digest), Path::new(MANIFEST))?;
    Ok((Outcome::Mended(mended), notes))
}

fn build(
    wanted: &Wanted,
    volume: &Volume,
    staging: &Staging,
    records: RecordCheck,
) -> Result<(StagedTree, Vec<Note>), PopulateError> {
    let tree = staging.tree()?;
    let name = Path::new(MANIFEST);
    tree.file(name, Mode::Plain, |file| {
        file.write_all(wanted.json.as_bytes()).map_err(|source| {
            let path = tree.path().join(name);
            PublishError::Io { act: "write", path, source }
        })
    })?;
    for artifact in wanted.manifest.artifacts.iter().filter(|artifact| artifact.kind != Kind::Wheel) {
        tree.link(&volume.blob(&artifact.sha256), &place(artifact), &expected(artifact))?;
    }
    let wheels: Vec<&Artifact> = wanted.manifest.of_kind(Kind::Wheel).collect();
    let python = Below::new(&tree, Path::new(Kind::Wheel.directory()));
    let plans = plan(&wheels, volume)?;
    check_room(staging.root(), plans.iter().map(Plan::room).fold(Room::default(), Room::plus))?;
    let notes = unpack(&plans, records, &python)?;
    Ok((tree, notes))
}

/// Decides where the files of wheels go whose blobs are on the volume.
pub(super) fn plan(wheels: &[&Artifact], volume: &Volume) -> Result<Vec<Plan>, WheelError> {
    let blobs: Vec<PathBuf> = wheels.iter().map(|wheel| volume.blob(&wheel.sha256)).collect();
    let files: Vec<WheelFile<'_>> =
        wheels.iter().zip(&blobs).map(|(wheel, path)| WheelFile { file: &wheel.file, path }).collect();
    wheel::plan(&files)
}

/// Unpacks wheels into `tree`, several at once.
pub(super) fn unpack(
    plans: &[Plan],
    records: RecordCheck,
    tree: &impl Tree,
) -> Result<Vec<Note>, WheelError> {
    let mut notes = Vec::new();
    for installed in parallel::for_each(plans, |plan| plan.unpack(records, tree)) {
        notes.extend(installed?.notes);
    }
    Ok(notes)
}

/// A directory of a tree, as a tree.
struct Below<'a> {
    tree: &'a StagedTree,
    name: &'a Path,
    path: PathBuf,
}

impl<'a> Below<'a> {
    fn new(tree: &'a StagedTree, name: &'a Path) -> Self {
        Self { tree, name, path: tree.path().join(name) }
    }
}

impl Tree for Below<'_> {
    fn path(&self) -> &Path {
        &self.path
    }

    fn file<T, E: From<PublishError>>(
        &self,
        name: &Path,
        mode: Mode,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        self.tree.file(&self.name.join(name), mode, fill)
    }
}
