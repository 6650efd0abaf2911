//! What lies on a volume, read with nothing but the filesystem.

use std::fs;
use std::path::{Path, PathBuf};

/// A directory that the binary was told to populate.
pub struct Volume(PathBuf);

impl Volume {
    /// The volume at a path, which need not exist.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directories of published sets.
    pub fn sets(&self) -> Vec<PathBuf> {
        entries(&self.0.join("sets"))
    }

    /// The directory of the one published set.
    #[track_caller]
    pub fn set(&self) -> PathBuf {
        let mut sets = self.sets();
        assert_eq!(sets.len(), 1, "one set was to be published: {sets:?}");
        sets.remove(0)
    }

    /// The bytes of a file of the one published set.
    #[track_caller]
    pub fn read(&self, file: &str) -> Vec<u8> {
        let path = self.set().join(file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in a directory of the one published set, sorted.
    #[track_caller]
    pub fn names(&self, directory: &str) -> Vec<String> {
        let name =
            |path: PathBuf| path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        entries(&self.set().join(directory)).into_iter().map(name).collect()
    }

    /// Fails the test where a set is published or a partial file is left.
    #[track_caller]
    pub fn assert_nothing_half_made(&self) {
        assert_eq!(self.sets(), Vec::<PathBuf>::new(), "no set was to be published");
        self.assert_staging_empty();
        let links = entries(&self.0).into_iter().filter(|path| path.is_symlink());
        assert_eq!(links.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "no set was to be named");
    }

    /// Fails the test where a partial file is left.
    #[track_caller]
    pub fn assert_staging_empty(&self) {
        assert_eq!(entries(&self.0.join("staging")), Vec::<PathBuf>::new(), "staging was to be empty");
    }
}

/// The entries of a directory, sorted; none where it is not there.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
