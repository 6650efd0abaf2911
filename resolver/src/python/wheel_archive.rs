//! METADATA out of a wheel, of which only parts need to be here.
//!
//! A wheel is a zip archive: its directory is at its end, and the directory says where METADATA is. So two or
//! three small ranges are enough, of an archive of any size.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use thiserror::Error;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

use super::core_metadata::MAX_SIZE;
use super::wheel_name::{WheelName, parse_project};

/// How much of the end is fetched first, in bytes: it holds the directory of most wheels, and METADATA with it.
pub(super) const TAIL: u64 = 64 << 10;
/// The largest gap that is fetched whole, in bytes: METADATA lies near the directory in most wheels.
const SMALL_GAP: u64 = 256 << 10;
/// The most that is fetched of one wheel in parts, in bytes: the directory of 100,000 files and a description.
const MAX_PARTS: u64 = 32 << 20;

/// An archive whose METADATA cannot be had.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// Not a zip archive, or a broken one.
    #[error("the wheel is no whole zip archive")]
    Zip(#[source] zip::result::ZipError),
    /// METADATA cannot be read out of it.
    #[error("METADATA cannot be read out of the wheel")]
    Read(#[source] io::Error),
    /// None or several.
    #[error("expected one `{expected}-….dist-info/METADATA` in the wheel, got {found}")]
    NotOne {
        /// The project's name.
        expected: String,
        /// How many there are.
        found: usize,
    },
    /// Larger than METADATA may be.
    #[error("METADATA of the wheel is larger than {MAX_SIZE} bytes")]
    TooLarge,
    /// The parts that are needed add up to too much.
    #[error("the wheel's directory and METADATA take more than {MAX_PARTS} bytes")]
    TooManyParts,
}

/// Reads METADATA out of a whole wheel.
pub(super) fn read<R: Read + Seek>(archive: R, wheel: &WheelName) -> Result<Vec<u8>, ArchiveError> {
    // A wheel begins with its first member; an offset found by search would be a guess at a crafted file.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, archive).map_err(ArchiveError::Zip)?;
    let members = (0..archive.len()).filter(|index| {
        archive.name_for_index(*index).and_then(Result::ok).is_some_and(|name| is_metadata(&name, wheel))
    });
    let members: Vec<usize> = members.collect();
    let [member] = *members.as_slice() else {
        return Err(ArchiveError::NotOne { expected: wheel.project.to_string(), found: members.len() });
    };
    let member = archive.by_index(member).map_err(ArchiveError::Zip)?;
    let mut bytes = Vec::new();
    member.take(MAX_SIZE as u64 + 1).read_to_end(&mut bytes).map_err(ArchiveError::Read)?;
    if bytes.len() > MAX_SIZE { Err(ArchiveError::TooLarge) } else { Ok(bytes) }
}

fn is_metadata(name: &str, wheel: &WheelName) -> bool {
    let Some((directory, "METADATA")) = name.split_once('/') else { return false };
    let stem = directory.strip_suffix(".dist-info");
    let project = stem.and_then(|stem| stem.rsplit_once('-')).and_then(|(project, _)| parse_project(project));
    project.as_ref() == Some(&wheel.project)
}

/// A wheel of which some parts are here.
#[derive(Debug)]
pub(super) struct Parts {
    total: u64,
    parts: BTreeMap<u64, Bytes>,
}

/// What comes of reading what is here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// METADATA.
    Found(Vec<u8>),
    /// These bytes have to be fetched first.
    Needs {
        /// The offset of the first.
        start: u64,
        /// How many; not 0.
        length: u64,
    },
}

impl Parts {
    /// A wheel of `total` bytes, of which none are here.
    pub(super) fn new(total: u64) -> Self {
        Self { total, parts: BTreeMap::new() }
    }

    /// Takes a part.
    pub(super) fn add(&mut self, start: u64, bytes: Bytes) {
        self.parts.insert(start, bytes);
    }

    /// Reads METADATA, or says what is needed for that.
    pub(super) fn look(&self, wheel: &WheelName) -> Result<Look, ArchiveError> {
        let missed = Cell::new(None);
        let result = read(Reader { parts: self, position: 0, missed: &missed }, wheel);
        // Whatever the library made of it, the cause is that the bytes are not here.
        let Some(start) = missed.get() else { return result.map(Look::Found) };
        let fetched: u64 = self.parts.values().map(|part| part.len() as u64).sum();
        if fetched > MAX_PARTS {
            return Err(ArchiveError::TooManyParts);
        }
        let end = self.parts.range(start..).next().map_or(self.total, |(next, _)| *next);
        let gap = end.saturating_sub(start).max(1);
        // Doubling what is here keeps the number of requests small, whatever the sizes.
        let length = if gap <= SMALL_GAP { gap } else { gap.min(fetched.max(TAIL)) };
        Ok(Look::Needs { start, length })
    }

    /// The bytes from `position` on that are here.
    fn at(&self, position: u64) -> Option<&[u8]> {
        let (start, part) = self.parts.range(..=position).next_back()?;
        let offset = usize::try_from(position - start).ok()?;
        part.get(offset..).filter(|bytes| !bytes.is_empty())
    }
}

/// Reads parts as if they were the file, and notes the first byte that is not here.
struct Reader<'a> {
    parts: &'a Parts,
    position: u64,
    missed: &'a Cell<Option<u64>>,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.parts.total || buffer.is_empty() {
            return Ok(0);
        }
        let Some(bytes) = self.parts.at(self.position) else {
            self.missed.set(self.missed.get().or(Some(self.position)));
            return Err(io::Error::other("these bytes are not here yet"));
        };
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.parts.total.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).expect("a member");
            writer.write_all(bytes).expect("bytes");
        }
        writer.finish().expect("an archive").into_inner()
    }

    fn wheel() -> WheelName {
        WheelName::parse("Foo.Bar-1.0-py3-none-any.whl").expect("a wheel's name")
    }

    /// Looks as a client does, and counts the requests.
    fn fetched(archive: &[u8], tail: u64) -> (Result<Vec<u8>, ArchiveError>, usize) {
        let total = archive.len() as u64;
        let mut parts = Parts::new(total);
        let start = total.saturating_sub(tail);
        let (mut start, mut length) = (start, total - start);
        for requests in 1.. {
            let from = usize::try_from(start).expect("an offset");
            let to = (from + usize::try_from(length).expect("a length")).min(archive.len());
            parts.add(start, Bytes::copy_from_slice(&archive[from..to]));
            match parts.look(&wheel()) {
                Ok(Look::Found(bytes)) => return (Ok(bytes), requests),
                Ok(Look::Needs { start: next, length: more }) => (start, length) = (next, more),
                Err(error) => return (Err(error), requests),
            }
        }
        unreachable!("requests are counted without end")
    }

    #[test]
    fn a_few_parts_are_enough() {
        let noise: Vec<u8> = (0..3_000_000_u32)
            .map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap_or(0))
            .collect();
        let metadata: &[u8] = b"Name: foo-bar";
        let last = archive(&[("foo_bar/x.so", &noise), ("foo_bar-1.0.dist-info/METADATA", metadata)]);
        let (found, requests) = fetched(&last, TAIL);
        assert_eq!((found.expect("METADATA"), requests), (metadata.to_vec(), 1));
        let first = archive(&[("foo_bar-1.0.dist-info/METADATA", metadata), ("foo_bar/x.so", &noise)]);
        let (found, requests) = fetched(&first, TAIL);
        assert_eq!((found.expect("METADATA"), requests), (metadata.to_vec(), 2));
        let many: Vec<String> =
            (0..3000).map(|number| format!("foo_bar/a_module_of_many_{number}.py")).collect();
        let mut members: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), metadata)).collect();
        members.insert(0, ("Foo.Bar-1.0.dist-info/METADATA", metadata));
        let (found, requests) = fetched(&archive(&members), TAIL);
        assert_eq!(found.expect("METADATA"), metadata);
        assert!(requests <= 4, "{requests} requests");
    }

    #[test]
    fn what_is_no_wheel_says_why() {
        let check = |bytes: &[u8], reason: &str| {
            let (found, _) = fetched(bytes, TAIL);
            let error = found.expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        };
        check(b"<html>not found</html>", "no whole zip");
        check(&archive(&[("a", b"b")]), "got 0");
        check(&archive(&[("other-1.dist-info/METADATA", b"b")]), "got 0");
        check(&archive(&[("x/foo_bar-1.dist-info/METADATA", b"b")]), "got 0");
        let twice =
            archive(&[("foo_bar-1.dist-info/METADATA", b"b"), ("Foo.Bar-1.dist-info/METADATA", b"c")]);
        check(&twice, "got 2");
        let bomb = vec![0; MAX_SIZE + 1];
        check(&archive(&[("foo_bar-1.dist-info/METADATA", &bomb)]), "larger than");
        let whole = archive(&[("foo_bar-1.dist-info/METADATA", b"bytes that are stored")]);
        check(&whole[..whole.len() - 5], "no whole zip");
    }

    proptest! {
        #[test]
        fn no_damage_panics_or_hangs(at in any::<prop::sample::Index>(), byte in any::<u8>(), tail in 1_u64..300) {
            let mut bytes = archive(&[("a", b"b"), ("foo_bar-1.0.dist-info/METADATA", b"Name: foo-bar")]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let (_, requests) = fetched(&bytes, tail);
            prop_assert!(requests < 50);
        }

        #[test]
        fn parts_read_as_the_whole(tail in 1_u64..2000) {
            let bytes = archive(&[("a", b"b"), ("foo_bar-1.0.dist-info/METADATA", b"Name: foo-bar")]);
            prop_assert_eq!(fetched(&bytes, tail).0.expect("METADATA"), b"Name: foo-bar".to_vec());
        }
    }
}
