//! Where every file of a wheel goes, decided before anything is written.

use std::path::{Path, PathBuf};

use fatwood_resolver::manifest::FileName;
use fatwood_resolver::publish::{Mode, Room};

use super::archive::{Archive, Member, member_error};
use super::entry_points::EntryPoints;
use super::error::{Fault, WheelError};
use super::identity::Identity;
use super::{Note, Remark, WheelFile, metadata};

/// What is written into `INSTALLER`.
const INSTALLER: &str = "fatwood\n";

/// How one wheel is to be installed. It holds names only; the archive is opened again to unpack it.
#[derive(Debug)]
pub struct Plan {
    pub(super) wheel: String,
    pub(super) path: PathBuf,
    /// Every regular file of the archive.
    pub(super) members: Vec<Member>,
    /// The index of `RECORD` in `members`.
    pub(super) record: usize,
    /// Every file to be there, in the order of their paths.
    pub(super) places: Vec<Place>,
    pub(super) notes: Vec<Note>,
}

/// A file to be in the tree.
#[derive(Debug)]
pub(super) struct Place {
    /// Its path in the tree.
    pub(super) at: FileName,
    pub(super) mode: Mode,
    pub(super) origin: Origin,
    /// Whether another wheel writes the same bytes there.
    pub(super) is_shared: bool,
}

/// Where a file's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The member of this index, as it is.
    Member(usize),
    /// The member of this index, with its first line rewritten.
    Script(usize),
    /// This text.
    Text(String),
    /// What was installed; known when all else is written.
    Record,
}

impl Plan {
    /// Reads the wheel's archive and decides.
    pub(super) fn of(wheel: &WheelFile<'_>) -> Result<Self, WheelError> {
        let name = wheel.file.last_component();
        let identity =
            Identity::of_file_name(name).ok_or_else(|| WheelError::Name { wheel: name.to_owned() })?;
        let mut archive = Archive::open(name, wheel.path)?;
        let members = std::mem::take(&mut archive.members);
        let dist_info = DistInfo::find(name, &members, &identity)?;

        metadata::check_metadata(&mut archive, &members[dist_info.metadata], &identity)?;
        let newer = metadata::check_wheel(&mut archive, &members[dist_info.wheel])?;
        let entry_points = match dist_info.entry_points {
            None => EntryPoints::default(),
            Some(index) => {
                let member = &members[index];
                EntryPoints::parse(&metadata::text(&mut archive, member)?)
                    .map_err(|fault| member_error(name, member.name.as_str(), fault))?
            }
        };

        let mut places = Vec::with_capacity(members.len() + 2);
        for (index, member) in members.iter().enumerate() {
            let place = place(index, member, &dist_info, &identity, &entry_points);
            places.extend(place.map_err(|fault| member_error(name, member.name.as_str(), fault))?);
        }
        let own = own_places(&dist_info, &entry_points);
        places.extend(own.map_err(|fault| WheelError::Refused { wheel: name.to_owned(), fault })?);
        places.sort_by(|a, b| a.at.cmp(&b.at));

        let notes = newer.map(Remark::Newer).into_iter().chain(places.iter().filter_map(pth));
        let notes = notes.map(|what| Note { wheel: name.to_owned(), what }).collect();
        let (wheel, path) = (name.to_owned(), wheel.path.to_owned());
        Ok(Self { wheel, path, record: dist_info.record, members, places, notes })
    }

    /// The room that its files take, by the sizes that the archive declares; what is written by the installer
    /// itself counts as nothing.
    pub fn room(&self) -> Room {
        let own = self.places.iter().filter(|place| !place.is_shared);
        own.fold(Room::default(), |room, place| match place.origin {
            Origin::Member(index) | Origin::Script(index) => room.and_file(self.members[index].size),
            Origin::Text(_) | Origin::Record => room.and_file(0),
        })
    }

    /// What to call the origin of `place` in a message.
    pub(super) fn origin(&self, place: &Place) -> String {
        match &place.origin {
            Origin::Member(index) | Origin::Script(index) => self.members[*index].name.to_string(),
            Origin::Text(_) | Origin::Record => format!("{} as written by the installer", place.at),
        }
    }
}

/// The `.dist-info` directory of a wheel, and the indices of its files.
struct DistInfo {
    directory: String,
    metadata: usize,
    wheel: usize,
    record: usize,
    entry_points: Option<usize>,
}

impl DistInfo {
    fn find(wheel: &str, members: &[Member], identity: &Identity) -> Result<Self, WheelError> {
        let refused = |fault| WheelError::Refused { wheel: wheel.to_owned(), fault };
        let missing = |file| refused(Fault::Missing(file));
        let mut directories = members
            .iter()
            .filter_map(|member| member.name.as_str().split_once('/'))
            .map(|(top, _)| top)
            .filter(|top| top.ends_with(".dist-info"));
        let directory = directories.next().ok_or_else(|| missing("METADATA"))?;
        if let Some(other) = directories.find(|other| *other != directory) {
            return Err(refused(Fault::TwoDistInfo(directory.to_owned(), other.to_owned())));
        }
        if !directory.strip_suffix(".dist-info").is_some_and(|stem| identity.is_of_directory(stem)) {
            return Err(member_error(wheel, directory, Fault::OtherProject));
        }
        let find = |file: &'static str| {
            let name = format!("{directory}/{file}");
            members.iter().position(|member| member.name.as_str() == name)
        };
        Ok(Self {
            metadata: find("METADATA").ok_or_else(|| missing("METADATA"))?,
            wheel: find("WHEEL").ok_or_else(|| missing("WHEEL"))?,
            record: find("RECORD").ok_or_else(|| missing("RECORD"))?,
            entry_points: find("entry_points.txt"),
            directory: directory.to_owned(),
        })
    }

    /// Whether the installer writes this file itself.
    fn is_own(&self, name: &str) -> bool {
        let file = name.strip_prefix(self.directory.as_str()).and_then(|rest| rest.strip_prefix('/'));
        matches!(file, Some("RECORD" | "INSTALLER"))
    }
}

/// The place of a member; `None` for what the installer writes itself.
fn place(
    index: usize,
    member: &Member,
    dist_info: &DistInfo,
    identity: &Identity,
    entry_points: &EntryPoints,
) -> Result<Option<Place>, Fault> {
    let name = member.name.as_str();
    if dist_info.is_own(name) {
        return Ok(None);
    }
    let mode = if member.executable { Mode::Executable } else { Mode::Plain };
    let at = |at: String, mode, origin| {
        Ok(Some(Place { at: at.parse().map_err(Fault::FileName)?, mode, origin, is_shared: false }))
    };
    let below_data = name.split_once('/').and_then(|(top, rest)| Some((top.strip_suffix(".data")?, rest)));
    let Some((stem, rest)) = below_data else {
        return at(name.to_owned(), mode, Origin::Member(index));
    };
    if !identity.is_of_directory(stem) {
        return Err(Fault::OtherProject);
    }
    match rest.split_once('/') {
        Some(("purelib" | "platlib" | "data", rest)) => at(rest.to_owned(), mode, Origin::Member(index)),
        Some(("scripts", rest)) if entry_points.replaces(rest) => Ok(None),
        Some(("scripts", rest)) => at(format!("bin/{rest}"), Mode::Executable, Origin::Script(index)),
        Some(("headers", rest)) => {
            let project = stem.rsplit_once('-').map_or(stem, |(project, _)| project);
            at(format!("include/{project}/{rest}"), mode, Origin::Member(index))
        }
        _ => Err(Fault::DataKey(format!("{stem}.data"))),
    }
}

/// The files that the installer writes itself.
fn own_places(dist_info: &DistInfo, entry_points: &EntryPoints) -> Result<Vec<Place>, Fault> {
    let own = |at: String, mode, origin| {
        Ok(Place { at: at.parse().map_err(Fault::FileName)?, mode, origin, is_shared: false })
    };
    let directory = &dist_info.directory;
    let installer = Origin::Text(INSTALLER.to_owned());
    let metadata = [
        own(format!("{directory}/INSTALLER"), Mode::Plain, installer),
        own(format!("{directory}/RECORD"), Mode::Plain, Origin::Record),
    ];
    let scripts = entry_points
        .scripts()
        .map(|(name, text)| own(format!("bin/{name}"), Mode::Executable, Origin::Text(text)));
    metadata.into_iter().chain(scripts).collect()
}

/// A `.pth` file at the root, which Python would read in its own site-packages.
fn pth(place: &Place) -> Option<Remark> {
    let path = Path::new(place.at.as_str());
    let is_pth = path.components().count() == 1 && path.extension().is_some_and(|it| it == "pth");
    is_pth.then(|| Remark::Pth(place.at.clone()))
}
