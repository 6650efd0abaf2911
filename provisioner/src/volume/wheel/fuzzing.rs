//! What holds of wheels and of the files in them: [`crate::fuzzing`].

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::sync::Mutex;

use fatwood_resolver::manifest::FileName;
use fatwood_resolver::publish::{Mode, PublishError, Tree};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::archive::{MAX_DEPTH, MIN_SIZE_LIMIT};
use super::entry_points::{EntryPoints, INTERPRETER};
use super::{Plan, RecordCheck, WheelFile, plan};

/// The wheel whose name every archive has.
const WHEEL: &str = "demo-1.0-py3-none-any.whl";
/// How many bytes of `RECORD` are kept, to be read.
const MOST_KEPT: usize = 16 << 20;

/// A tree that keeps names and sizes, and of `RECORD` the bytes.
#[derive(Default)]
struct Listing {
    files: Mutex<BTreeMap<String, u64>>,
    record: Mutex<Vec<u8>>,
}

struct Counter {
    size: u64,
    kept: Option<Vec<u8>>,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        assert!(self.size <= MIN_SIZE_LIMIT, "a file is larger than an archive may be");
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() < MOST_KEPT) {
            kept.extend(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tree for Listing {
    fn path(&self) -> &Path {
        Path::new("tree")
    }

    fn file<T, E: From<PublishError>>(
        &self,
        name: &Path,
        _: Mode,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let name = name.to_string_lossy().into_owned();
        let kept = name.ends_with(".dist-info/RECORD").then(Vec::new);
        let mut counter = Counter { size: 0, kept };
        let result = fill(&mut counter)?;
        if let (Some(kept), Ok(mut record)) = (counter.kept, self.record.lock()) {
            *record = kept;
        }
        if let Ok(mut files) = self.files.lock() {
            assert!(files.insert(name, counter.size).is_none(), "a file is written twice");
        }
        Ok(result)
    }
}

/// An archive is refused, or unpacks below its directory, to no more than it declares, and to a tree whose `RECORD`
/// lists exactly what is there.
pub(crate) fn wheel(bytes: &[u8]) {
    let (Ok(mut disk), Ok(file)) = (tempfile::NamedTempFile::new(), WHEEL.parse::<FileName>()) else {
        return;
    };
    if disk.write_all(bytes).is_err() {
        return;
    }
    let wheel = WheelFile { file: &file, path: disk.path() };
    match plan(&[wheel]) {
        Ok(plans) => plans.iter().for_each(installed),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn installed(plan: &Plan) {
    let tree = Listing::default();
    let strict = plan.unpack(RecordCheck::Refuse, &Listing::default());
    let Ok(installed) = plan.unpack(RecordCheck::Note, &tree) else {
        return assert!(strict.is_err(), "what is refused by default is refused by the strict check");
    };
    let (Ok(files), Ok(record)) = (tree.files.into_inner(), tree.record.into_inner()) else { return };
    assert_eq!(installed.files, files.len() as u64);
    let declared: u64 = plan.members.iter().map(|member| member.size).sum();
    assert!(declared <= MIN_SIZE_LIMIT, "{declared}");
    for name in files.keys() {
        assert!(name.parse::<FileName>().is_ok(), "{name:?}");
        // Names of data members lose two components; `include/NAME` adds two.
        assert!(name.split('/').count() <= MAX_DEPTH + 2, "{name:?}");
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(record.as_slice());
    let mut listed = BTreeMap::new();
    for row in reader.records() {
        assert!(row.is_ok(), "RECORD cannot be read");
        let Ok(row) = row else { continue };
        listed.insert(row[0].to_owned(), row[2].parse::<u64>().ok());
    }
    assert!(listed.keys().eq(files.keys()), "RECORD lists other files than there are");
    for (name, size) in listed {
        assert!(size.is_none() || size == files.get(&name).copied(), "{name}");
    }
}

/// A wheel with these bytes as `RECORD` is installed all the same, and by the strict check only if they are true.
pub(crate) fn wheel_record(bytes: &[u8]) {
    let members: [(&str, &[u8]); 4] = [
        ("demo.py", b"1\n"),
        ("demo-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
        ("demo-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\n"),
        ("demo-1.0.dist-info/RECORD", bytes),
    ];
    let Ok(archive) = archive(&members) else { return };
    wheel(&archive);
}

/// Scripts have plain names, and their text is what the installer writes for two dotted names.
pub(crate) fn entry_points(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(points) = EntryPoints::parse(&text) else { return };
    for (name, script) in points.scripts() {
        assert!(name.parse::<FileName>().is_ok() && !name.contains('/'), "{name:?}");
        assert!(script.starts_with(INTERPRETER) && script.lines().count() == 5, "{script}");
        let is_code =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '\n' | '(' | ')' | '=' | ':');
        let rest = script[INTERPRETER.len()..].replace("'__main__'", "");
        assert!(rest.chars().all(is_code), "{script}");
        assert!(points.replaces(&format!("{name}.exe")), "{name:?}");
    }
}

fn archive(members: &[(&str, &[u8])]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default())?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
