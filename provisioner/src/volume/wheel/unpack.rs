//! Writing what was planned.

use std::io::{self, Read, Write};

use fatwood_resolver::digest::{Checksum, Digest, Hashed, Hasher};
use fatwood_resolver::publish::{PublishError, Tree};

use super::archive::{Archive, Member};
use super::error::WheelError;
use super::plan::{Origin, Place, Plan};
use super::record::{self, Problems, Record};
use super::script::Script;
use super::{Installed, RecordCheck};

/// How many bytes are moved at once.
const BLOCK: usize = 64 << 10;

impl Plan {
    /// Writes the wheel into `tree`, and checks every byte on the way.
    ///
    /// Blocks on the disk. Plans that were made together may be unpacked into one tree at once.
    pub fn unpack(&self, check: RecordCheck, tree: &impl Tree) -> Result<Installed, WheelError> {
        let mut archive = Archive::open(&self.wheel, &self.path)?;
        if archive.members != self.members {
            return Err(WheelError::Changed { wheel: self.wheel.clone() });
        }
        let mut problems = Problems::new(&self.wheel, check);
        let record = Record::read(&mut archive, &self.members, self.record, &mut problems)?;
        let mut written = Vec::with_capacity(self.places.len());
        for place in self.places.iter().filter(|place| place.origin != Origin::Record) {
            let copied = self.write(place, &mut archive, &record, tree)?;
            if let (Some(index), Some(read)) = (place.origin.member(), &copied.read) {
                record.compare(index, self.members[index].name.as_str(), read, &mut problems)?;
            }
            written.push((place, Some((copied.sha256, copied.size))));
        }
        self.write_record(written, tree)?;
        let notes = self.notes.iter().cloned().chain(problems.into_notes()).collect();
        Ok(Installed { files: self.places.len() as u64, notes })
    }

    fn write(
        &self,
        place: &Place,
        archive: &mut Archive,
        record: &Record,
        tree: &impl Tree,
    ) -> Result<Copied, WheelError> {
        let stated = place.origin.member().and_then(|index| record.stated(index));
        let failed = failed_write(place, tree);
        if place.is_shared {
            return self
                .copy(place, archive, stated, &mut io::sink())
                .map_err(|error| error.into_wheel(failed));
        }
        tree.file(place.at.as_ref(), place.mode, |file| {
            self.copy(place, archive, stated, file).map_err(|error| error.into_wheel(failed))
        })
    }

    /// Writes `RECORD`: all that was written, and itself.
    fn write_record<'a>(
        &'a self,
        mut written: Vec<(&'a Place, Option<(Digest, u64)>)>,
        tree: &impl Tree,
    ) -> Result<(), WheelError> {
        let own = self.places.iter().filter(|place| place.origin == Origin::Record);
        for place in own {
            written.push((place, None));
            written.sort_by(|(a, _), (b, _)| a.at.cmp(&b.at));
            let failed = failed_write(place, tree);
            let rows = written.iter().map(|(place, stated)| (place.at.as_str(), *stated));
            tree.file(place.at.as_ref(), place.mode, |file| {
                record::write(file, rows).map_err(|error| WheelError::Publish(failed(error)))
            })?;
        }
        Ok(())
    }

    /// Copies the bytes of `place` to `out`; `stated` is the hash that they must have as they are in the archive.
    pub(super) fn copy(
        &self,
        place: &Place,
        archive: &mut Archive,
        stated: Option<Checksum>,
        out: &mut dyn Write,
    ) -> Result<Copied, CopyError> {
        let mut out = Hashing { inner: out, hasher: Hasher::new(None) };
        let read = match &place.origin {
            Origin::Member(index) => Some(inflate(archive, &self.members[*index], stated, &mut out)?),
            Origin::Script(index) => {
                let mut script = Script::new(&mut out);
                let read = inflate(archive, &self.members[*index], stated, &mut script)?;
                script.finish().map_err(CopyError::Write)?;
                Some(read)
            }
            Origin::Text(text) => {
                out.write_all(text.as_bytes()).map_err(CopyError::Write)?;
                None
            }
            Origin::Record => None,
        };
        let Hashed { size, sha256, .. } = out.hasher.finish();
        Ok(Copied { read, sha256, size })
    }
}

impl Origin {
    fn member(&self) -> Option<usize> {
        match self {
            Self::Member(index) | Self::Script(index) => Some(*index),
            Self::Text(_) | Self::Record => None,
        }
    }
}

/// What was copied.
pub(super) struct Copied {
    /// The bytes as they are in the archive, if they came from there.
    read: Option<Hashed>,
    /// The digest of what was written.
    pub(super) sha256: Digest,
    /// The size of what was written, in bytes.
    size: u64,
}

/// Which end of a copy failed.
pub(super) enum CopyError {
    Read(WheelError),
    Write(io::Error),
}

impl CopyError {
    pub(super) fn into_wheel(self, failed: impl FnOnce(io::Error) -> PublishError) -> WheelError {
        match self {
            Self::Read(error) => error,
            Self::Write(error) => failed(error).into(),
        }
    }
}

/// Inflates a member to `out`. It must have exactly the size that it declares.
fn inflate(
    archive: &mut Archive,
    member: &Member,
    stated: Option<Checksum>,
    out: &mut dyn Write,
) -> Result<Hashed, CopyError> {
    let wheel = archive.wheel().to_owned();
    let content =
        |source| CopyError::Read(WheelError::Content { wheel, member: member.name.to_string(), source });
    let mut file = archive.read(member).map_err(CopyError::Read)?;
    let mut hasher = Hasher::new(stated);
    let mut block = vec![0; BLOCK];
    loop {
        let length = match file.read(&mut block) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(content(error)),
        };
        hasher.update(&block[..length]);
        out.write_all(&block[..length]).map_err(CopyError::Write)?;
    }
    if hasher.size() == member.size {
        return Ok(hasher.finish());
    }
    let text = format!("it declares {} bytes, but has {}", member.size, hasher.size());
    Err(content(io::Error::new(io::ErrorKind::InvalidData, text)))
}

/// Turns an error of writing the file of `place` into one that names it.
fn failed_write(place: &Place, tree: &impl Tree) -> impl FnOnce(io::Error) -> PublishError {
    let path = tree.path().join(&place.at);
    move |source| PublishError::Io { act: "write", path, source }
}

/// Hashes what is written through it.
struct Hashing<'a> {
    inner: &'a mut dyn Write,
    hasher: Hasher,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
