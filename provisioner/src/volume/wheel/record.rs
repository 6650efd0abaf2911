//! `RECORD`: the table of a wheel's files, their hashes and sizes; read to be checked, written to be true.
//!
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use csv::ByteRecord;
use fatwood_resolver::digest::{Algorithm, Checksum, Digest, Disagreement, Hashed};
use thiserror::Error;

use super::archive::{Archive, Member, member_error};
use super::error::{Fault, WheelError};
use super::{Note, RecordCheck, Remark};

/// The longest `RECORD` that is read, in bytes: 100,000 rows of 160 bytes.
const MAX_RECORD: u64 = 16 << 20;
/// How many problems of one wheel are told one by one.
const MAX_TOLD: usize = 5;
/// How much of a name from a row that names no member is shown, in characters.
const MAX_SHOWN: usize = 200;

/// In what a wheel disagrees with its `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordProblem {
    /// A member that `RECORD` does not list.
    #[error("RECORD must list `{0}`, but does not")]
    Unlisted(String),
    /// A row for a file that the wheel does not have.
    #[error("RECORD lists `{}`, which the wheel does not have", .0.escape_debug())]
    Absent(String),
    /// A member of other bytes.
    #[error("RECORD must state the hash of `{file}`: {disagreement}")]
    Hash {
        /// The member.
        file: String,
        /// The hash in `RECORD`, and the member's.
        disagreement: Disagreement,
    },
    /// A member of another size.
    #[error("RECORD must state the size of `{file}`: expected {expected} bytes, got {actual}")]
    Size {
        /// The member.
        file: String,
        /// The size in `RECORD`, in bytes.
        expected: u64,
        /// The member's size in bytes.
        actual: u64,
    },
    /// A row without a SHA-256 or SHA-512, or with one that cannot be read.
    #[error("RECORD must state the SHA-256 or SHA-512 of `{0}`, but does not")]
    NoHash(String),
    /// A second row for one member.
    #[error("RECORD lists `{0}` twice")]
    Twice(String),
}

/// Collects what is wrong, or stops at it.
pub(super) struct Problems {
    wheel: String,
    check: RecordCheck,
    told: Vec<Note>,
    more: u64,
}

impl Problems {
    pub(super) fn new(wheel: &str, check: RecordCheck) -> Self {
        Self { wheel: wheel.to_owned(), check, told: Vec::new(), more: 0 }
    }

    fn add(&mut self, problem: RecordProblem) -> Result<(), WheelError> {
        let wheel = self.wheel.clone();
        match self.check {
            RecordCheck::Refuse => return Err(WheelError::Record { wheel, problem: problem.into() }),
            RecordCheck::Note if self.told.len() < MAX_TOLD => {
                self.told.push(Note { wheel, what: Remark::Record(problem) });
            }
            RecordCheck::Note => self.more += 1,
        }
        Ok(())
    }

    pub(super) fn into_notes(self) -> impl Iterator<Item = Note> {
        let more = Note { wheel: self.wheel, what: Remark::MoreRecord(self.more) };
        self.told.into_iter().chain((self.more > 0).then_some(more))
    }
}

/// What `RECORD` states about the members of a wheel, by their index.
pub(super) struct Record(BTreeMap<usize, Row>);

struct Row {
    hash: Option<Checksum>,
    size: Option<u64>,
}

impl Record {
    /// Reads the `RECORD` that is `members[record]`, and compares its names with those of the members.
    pub(super) fn read(
        archive: &mut Archive,
        members: &[Member],
        record: usize,
        problems: &mut Problems,
    ) -> Result<Self, WheelError> {
        let member = &members[record];
        let wheel = archive.wheel().to_owned();
        if member.size > MAX_RECORD {
            return Err(member_error(&wheel, member.name.as_str(), Fault::TooLong(MAX_RECORD)));
        }
        let indices: BTreeMap<&[u8], usize> = members
            .iter()
            .enumerate()
            .map(|(index, member)| (member.name.as_str().as_bytes(), index))
            .collect();
        let mut rows = BTreeMap::new();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(archive.read(member)?);
        let mut fields = ByteRecord::new();
        while reader.read_byte_record(&mut fields).map_err(|error| WheelError::Content {
            wheel: wheel.clone(),
            member: member.name.to_string(),
            source: error.into(),
        })? {
            let name = fields.get(0).unwrap_or_default();
            if let Some(&index) = indices.get(name) {
                if rows.insert(index, Row::of(&fields)).is_some() {
                    problems.add(RecordProblem::Twice(members[index].name.to_string()))?;
                }
            } else if !name.ends_with(b"/") {
                let shown = String::from_utf8_lossy(name).chars().take(MAX_SHOWN).collect();
                problems.add(RecordProblem::Absent(shown))?;
            }
        }
        for (index, member) in members.iter().enumerate() {
            if !rows.contains_key(&index) && !is_exempt(member.name.as_str()) {
                problems.add(RecordProblem::Unlisted(member.name.to_string()))?;
            }
        }
        Ok(Self(rows))
    }

    /// The hash that is stated for the member of this index.
    pub(super) fn stated(&self, index: usize) -> Option<Checksum> {
        self.0.get(&index)?.hash.clone()
    }

    /// Compares the bytes of a member, hashed beside the stated hash, with its row.
    pub(super) fn compare(
        &self,
        index: usize,
        name: &str,
        hashed: &Hashed,
        problems: &mut Problems,
    ) -> Result<(), WheelError> {
        let Some(row) = self.0.get(&index) else { return Ok(()) };
        if row.hash.is_none() && !is_exempt(name) {
            problems.add(RecordProblem::NoHash(name.to_owned()))?;
        }
        if let Some(expected) = row.size.filter(|size| *size != hashed.size) {
            let (file, actual) = (name.to_owned(), hashed.size);
            problems.add(RecordProblem::Size { file, expected, actual })?;
        }
        if let Some(disagreement) = hashed.disagreement.clone() {
            problems.add(RecordProblem::Hash { file: name.to_owned(), disagreement })?;
        }
        Ok(())
    }
}

impl Row {
    fn of(fields: &ByteRecord) -> Self {
        let text = |index| fields.get(index).and_then(|field| std::str::from_utf8(field).ok());
        Self { hash: text(1).and_then(checksum), size: text(2).and_then(|size| size.parse().ok()) }
    }
}

/// Reads `sha256=…` or `sha512=…`, in the base64 of URLs.
fn checksum(text: &str) -> Option<Checksum> {
    let (algorithm, hash) = text.split_once('=')?;
    let algorithm = match algorithm {
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        _ => return None,
    };
    let bytes = URL_SAFE_NO_PAD.decode(hash.trim_end_matches('=')).ok()?;
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    Checksum::from_hex(algorithm, &hex)
}

/// `RECORD` cannot list its own hash, nor that of a signature over it.
fn is_exempt(name: &str) -> bool {
    let name = name.split_once('/').filter(|(top, _)| top.ends_with(".dist-info"));
    matches!(name, Some((_, "RECORD" | "RECORD.jws" | "RECORD.p7s")))
}

/// Writes a `RECORD` of files in the order given, in the dialect that Python's `csv` and so pip write. A file without
/// a hash is `RECORD` itself.
pub(super) fn write<'a>(
    out: impl Write,
    files: impl Iterator<Item = (&'a str, Option<(Digest, u64)>)>,
) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for (name, stated) in files {
        let (hash, size) = match stated {
            Some((digest, size)) => {
                (format!("sha256={}", URL_SAFE_NO_PAD.encode(digest.as_bytes())), size.to_string())
            }
            None => (String::new(), String::new()),
        };
        writer.write_record([name, &hash, &size])?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_python_writes() {
        let mut out = Vec::new();
        let stated = Some((Digest::of(b""), 0));
        let files = [("a \"b\",c.py", stated), ("six.py", stated), ("x.dist-info/RECORD", None)];
        write(&mut out, files.into_iter()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "|\n"), @r#"
        "a ""b"",c.py",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0|
        six.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0|
        x.dist-info/RECORD,,|
        "#);
    }

    #[test]
    fn hashes_are_read_with_and_without_padding() {
        let empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        assert_eq!(checksum(empty), Some(Checksum::Sha256(Digest::of(b""))));
        assert_eq!(checksum(&format!("{empty}=")), Some(Checksum::Sha256(Digest::of(b""))));
        for bad in ["", "sha256=", "sha256", "md5=1B2M2Y8AsgTpgAmY7PhCfg", "sha256=47DE", "sha256=!"] {
            assert_eq!(checksum(bad), None, "{bad}");
        }
    }
}
