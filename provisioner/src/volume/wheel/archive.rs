//! The zip archive of a wheel, and which of its members are to be believed.
//!
//! Readers of zip archives differ in what they go by, and attacks live in the difference. Here an archive is taken
//! only if there is no difference: the central directory and every local header say the same, no bytes belong to two
//! members, none to a member that the directory does not list.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use fatwood_resolver::manifest::FileName;
use zip::read::ZipFile;
use zip::{CompressionMethod, ExtraField, ZipArchive, ZipReadOptions};

use super::error::{Fault, WheelError};

/// The most members that an archive may have; the largest wheels in use have some 30,000.
pub(super) const MAX_MEMBERS: usize = 100_000;
/// The most components of a member's name; wheels in use stay below 20.
pub(super) const MAX_DEPTH: usize = 64;
/// What every archive may unpack to, in bytes.
pub(super) const MIN_SIZE_LIMIT: u64 = 512 << 20;
/// What an archive may unpack to, in archives of its size: deflate reaches 1,032, wheels about 5.
pub(super) const RATIO_LIMIT: u64 = 20;
/// The most bytes that are read for the central directory, which is held in memory: [`MAX_MEMBERS`] with names and
/// extra fields of 250 bytes.
const DIRECTORY_LIMIT: u64 = 30 << 20;

/// How much of a member's name an error shows, in characters; names can have 65,535 bytes.
const MAX_SHOWN: usize = 200;

/// The bits of a Unix mode that tell the type of a file, and the types.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// The general purpose flag that marks a name as UTF-8 (APPNOTE.TXT 4.4.4, bit 11).
const UTF8_FLAG: u16 = 1 << 11;
/// How many bytes nothing deflates to: some tools deflate directories too.
const EMPTY_DEFLATED: u64 = 2;

/// An open archive whose headers have been checked.
pub(super) struct Archive {
    wheel: String,
    zip: ZipArchive<Bounded>,
    /// The regular files, in the order of the central directory.
    pub(super) members: Vec<Member>,
}

/// A regular file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    index: usize,
    /// Its path in the archive.
    pub(super) name: FileName,
    /// Its declared size in bytes.
    pub(super) size: u64,
    /// Whether it is executable, judged as pip does.
    pub(super) executable: bool,
}

impl Archive {
    /// Opens the archive at `path` and checks its headers; `wheel` names it in errors.
    pub(super) fn open(wheel: &str, path: &Path) -> Result<Self, WheelError> {
        let disk = |source| WheelError::Io { wheel: wheel.to_owned(), source };
        let refused = |fault| WheelError::Refused { wheel: wheel.to_owned(), fault };
        let file = File::open(path).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let left = Rc::new(Cell::new(DIRECTORY_LIMIT));
        let bounded = Bounded { file: BufReader::new(file), left: Rc::clone(&left) };
        let zip = ZipArchive::new(bounded).map_err(|source| match left.get() {
            0 => refused(Fault::Directory),
            _ => WheelError::Archive { wheel: wheel.to_owned(), source },
        })?;
        left.set(u64::MAX);
        if zip.offset() != 0 {
            return Err(refused(Fault::Prefix));
        }
        if zip.has_duplicate_names() {
            let start = zip.central_directory_start();
            let name = first_repeated_name(&mut zip.into_inner(), start).map_err(disk)?;
            return Err(member_error(wheel, &name, Fault::Twice));
        }
        if zip.len() > MAX_MEMBERS {
            return Err(refused(Fault::Members(zip.len())));
        }
        let mut archive = Self { wheel: wheel.to_owned(), zip, members: Vec::new() };
        archive.members = archive.examine()?;
        archive.check_total(length)?;
        Ok(archive)
    }

    /// The file name of the wheel, for errors.
    pub(super) fn wheel(&self) -> &str {
        &self.wheel
    }

    /// The bytes of `member`. Reading fails beyond its declared size, and at the end if its CRC is another.
    pub(super) fn read(&mut self, member: &Member) -> Result<ZipFile<'_, impl Read>, WheelError> {
        let Self { wheel, zip, .. } = self;
        zip.by_index(member.index).map_err(|source| WheelError::Headers {
            wheel: wheel.clone(),
            member: member.name.to_string(),
            source,
        })
    }

    /// Checks the headers of every member, and then how the members lie in the archive.
    fn examine(&mut self) -> Result<Vec<Member>, WheelError> {
        let mut members = Vec::with_capacity(self.zip.len());
        for index in 0..self.zip.len() {
            members.extend(self.examine_member(index)?);
        }
        self.zip
            .validate_header_consistency()
            .map_err(|source| WheelError::Archive { wheel: self.wheel.clone(), source })?;
        Ok(members)
    }

    /// Checks one member; `None` for a directory, which is made when a file in it is.
    fn examine_member(&mut self, index: usize) -> Result<Option<Member>, WheelError> {
        let raw = self.zip.by_index_data(index).map(|entry| entry.name_raw().to_vec());
        let raw = raw.map_err(|source| WheelError::Archive { wheel: self.wheel.clone(), source })?;
        let shown = String::from_utf8_lossy(&raw);
        let refused = |fault| member_error(&self.wheel, &shown, fault);
        let headers = |source| WheelError::Headers {
            wheel: self.wheel.clone(),
            member: shown.chars().take(MAX_SHOWN).collect(),
            source,
        };

        let entry = self.zip.by_index_data(index).map_err(headers)?;
        if entry.encrypted() {
            return Err(refused(Fault::Encrypted));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(refused(Fault::Compression));
        }
        let is_marked_utf8 = entry.flags().as_u16() & UTF8_FLAG != 0;
        let mode = entry.external_attributes() >> 16;
        let (size, compressed_size) = (entry.size(), entry.compressed_size());

        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let file = self.zip.by_index_with_options(index, options).map_err(headers)?;
        if file.extra_data_fields().any(|field| matches!(field, ExtraField::UnicodePath(_))) {
            return Err(refused(Fault::SecondName));
        }
        drop(file);

        if !raw.is_ascii() && (!is_marked_utf8 || std::str::from_utf8(&raw).is_err()) {
            return Err(refused(Fault::Encoding));
        }
        let path = shown.strip_suffix('/').unwrap_or(&shown);
        let name = safe_name(path).map_err(refused)?;
        let is_directory = path.len() != shown.len();
        if let Some(kind) = special(mode, is_directory) {
            return Err(refused(Fault::Special(kind)));
        }
        if !is_directory {
            let executable = mode & TYPE == REGULAR && mode & 0o111 != 0;
            return Ok(Some(Member { index, name, size, executable }));
        }
        if size != 0 || compressed_size > EMPTY_DEFLATED {
            return Err(refused(Fault::DirectoryContent));
        }
        Ok(None)
    }

    /// The declared sizes stay within the limit. That nothing is larger than declared is seen when it is read.
    fn check_total(&self, length: u64) -> Result<(), WheelError> {
        let limit = MIN_SIZE_LIMIT.max(length.saturating_mul(RATIO_LIMIT));
        let declared = self.members.iter().fold(0_u64, |sum, member| sum.saturating_add(member.size));
        if declared <= limit {
            return Ok(());
        }
        Err(WheelError::Refused { wheel: self.wheel.clone(), fault: Fault::Size { limit, declared } })
    }
}

/// That `member` is refused.
pub(super) fn member_error(wheel: &str, member: &str, fault: Fault) -> WheelError {
    let member = member.chars().take(MAX_SHOWN).collect();
    WheelError::Member { wheel: wheel.to_owned(), member, fault }
}

/// The name, if it stays below the directory that it is joined to, on any system.
fn safe_name(name: &str) -> Result<FileName, Fault> {
    if name.starts_with('/') {
        return Err(Fault::Absolute);
    }
    let safe: FileName = name.parse().map_err(Fault::FileName)?;
    if name.split('/').count() > MAX_DEPTH {
        return Err(Fault::Depth);
    }
    Ok(safe)
}

/// What a member is by its Unix mode, where that is not what its name says. Archives made elsewhere have no mode.
fn special(mode: u32, is_directory: bool) -> Option<&'static str> {
    match mode & TYPE {
        0 => None,
        REGULAR => is_directory.then_some("regular file named as a directory"),
        DIRECTORY => (!is_directory).then_some("directory named as a file"),
        0o120_000 => Some("symbolic link"),
        0o010_000 => Some("pipe"),
        0o020_000 | 0o060_000 => Some("device"),
        0o140_000 => Some("socket"),
        _ => Some("file of unknown type"),
    }
}

/// The first name that the central directory lists again. The zip crate knows only that there is one.
fn first_repeated_name(file: &mut Bounded, directory: u64) -> io::Result<String> {
    let mut seen = BTreeSet::new();
    file.seek(SeekFrom::Start(directory))?;
    loop {
        // APPNOTE.TXT 4.3.12: lengths of the name, the extra field and the comment at 28, 30 and 32.
        let mut header = [0; 46];
        file.read_exact(&mut header)?;
        let length = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let mut name = vec![0; length(28).into()];
        file.read_exact(&mut name)?;
        file.seek(SeekFrom::Current(i64::from(length(30)) + i64::from(length(32))))?;
        let shown = String::from_utf8_lossy(&name).into_owned();
        if !seen.insert(name) {
            return Ok(shown);
        }
    }
}

/// Reads so many bytes and then no more, so that a directory of any length cannot fill the memory.
struct Bounded {
    file: BufReader<File>,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(read),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "the central directory is too long")),
        }
    }
}

impl Seek for Bounded {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}
