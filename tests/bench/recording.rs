//! What the mirror has: a part of a real repository, kept on this machine as it was when it was first asked for.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use fatwood_resolver::fetch::Fetcher;
use fatwood_resolver::manifest::FileName;
use fatwood_resolver::requirements::Spec;
use fatwood_resolver::sources::{Environment, Flags, Repository, Sources};
use sha1::{Digest as _, Sha1};
use tokio::sync::OnceCell;

/// The group of what is made here; the real repository is not asked for it.
pub(crate) const OWN_GROUP: &str = "fatwood/bench/";
/// The largest file that is recorded, in bytes.
const MAX_FILE: usize = 1 << 30;

/// What is known of a path.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// The repository has this file.
    File(Bytes),
    /// The repository does not have it.
    Absent,
}

/// Files by path.
///
/// ```text
/// <root>/files/<path>     as the repository has it
/// <root>/absent/<path>    empty: the repository said that it has none
/// ```
pub(crate) struct Recording {
    root: PathBuf,
    known: Mutex<HashMap<String, Entry>>,
    fetcher: Fetcher,
    upstream: OnceCell<Repository>,
}

impl Recording {
    /// Opens the recording in a directory, which may not be there yet.
    pub(crate) fn open(root: &Path) -> Self {
        let (known, fetcher) = (Mutex::default(), Fetcher::new());
        Self { root: root.to_owned(), known, fetcher, upstream: OnceCell::new() }
    }

    /// What was recorded or published; `None` where that path was never asked for.
    pub(crate) fn known(&self, path: &str) -> Option<Entry> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Publishes a file of our own, with its checksum.
    pub(crate) fn publish(&self, path: &str, bytes: impl Into<Bytes>) {
        assert!(path.starts_with(OWN_GROUP), "`{path}` is not ours");
        let bytes = bytes.into();
        let checksum =
            Sha1::digest(&bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        self.learn(&format!("{path}.sha1"), Entry::File(checksum.into()));
        self.learn(path, Entry::File(bytes));
    }

    /// The file, from the disk or else from the machine's own repository, which is asked once.
    pub(crate) async fn record(&self, path: &str) -> Entry {
        if let Some(known) = self.known(path) {
            return known;
        }
        let Ok(name) = path.parse::<FileName>() else { return Entry::Absent };
        let (file, absent) = (self.root.join("files").join(path), self.root.join("absent").join(path));
        let entry = match fs::read(&file) {
            Ok(bytes) => Entry::File(bytes.into()),
            Err(_) if absent.exists() || path.starts_with(OWN_GROUP) => Entry::Absent,
            Err(_) => {
                let entry = self.fetch(&name).await;
                match &entry {
                    Entry::File(bytes) => keep(&file, bytes),
                    Entry::Absent => keep(&absent, b""),
                }
                entry
            }
        };
        self.learn(path, entry.clone());
        entry
    }

    async fn fetch(&self, name: &FileName) -> Entry {
        let upstream = self.upstream.get_or_init(upstream).await;
        let location = upstream.location(name);
        let document = self.fetcher.document(&location, "*/*", MAX_FILE).await;
        let document = document.unwrap_or_else(|error| panic!("cannot record `{name}`: {error}"));
        document.map_or(Entry::Absent, |document| Entry::File(document.bytes))
    }

    fn learn(&self, path: &str, entry: Entry) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), entry);
    }
}

/// Where the machine's own Maven finds `central`.
async fn upstream() -> Repository {
    let find = || {
        let sources = Sources::discover(&Spec::default(), &Flags::default(), &Environment::of_process())?;
        sources.repositories()
    };
    let found = tokio::task::spawn_blocking(find).await.expect("the search ends");
    found.expect("a repository is configured").swap_remove(0)
}

/// Writes beside and renames: a recording that was interrupted is not a shorter one.
fn keep(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory");
    let staged = tempfile::NamedTempFile::new_in(path.parent().expect("as above")).expect("a file");
    fs::write(staged.path(), bytes).expect("a file is written");
    staged.persist(path).expect("a file gets its name");
}
