//! The local cache: blobs by their digest, and metadata documents by a key.
//!
//! ```text
//! <root>/blobs/sha256/<digest>
//! <root>/documents/<SHA-256 of the key>
//! <root>/staging/
//! ```
//!
//! Any number of processes share it. Nothing in it is synced to the disk, so that hundreds of small documents
//! cost no time; a power cut may lose or damage what was written lately. So nothing in it is believed: a
//! document carries its own digest and is a miss where it does not have it, and who takes bytes from a blob
//! hashes them on the way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::manifest::Kind;
use crate::publish::{
    CheckedFile, Durability, Expected, PublishError, Published, StagedFile, Staging, hash_file,
};

/// The beginning of each document's file: format, and the name of the digest that follows.
const HEADER: &str = "fatwood-document-1 sha256:";

/// A local cache. Clones share it.
#[derive(Debug, Clone)]
pub struct Cache {
    staging: Staging,
}

impl Cache {
    /// Opens the cache in the directory `root`, which is made where it is missing.
    pub fn open(root: &Path) -> Result<Self, PublishError> {
        Ok(Self { staging: Staging::open(root, Durability::Rebuildable)? })
    }

    /// Where the blob of this digest is, if the cache has one.
    ///
    /// The bytes may be damaged, and its size with them. Who copies them hashes them; who does not, asks
    /// [`checked_blob`](Self::checked_blob).
    pub fn blob(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.blob_path(digest);
        path.is_file().then_some(path)
    }

    /// Where the blob of this digest is, and its size in bytes, if the cache has one that is not damaged.
    ///
    /// Reads the whole blob: about a second for each GiB.
    pub fn checked_blob(&self, digest: &Digest) -> Option<(PathBuf, u64)> {
        let path = self.blob(digest)?;
        let hashed = hash_file(&path).ok()?;
        (hashed.sha256 == *digest).then_some((path, hashed.size))
    }

    /// Begins a file that is to become a blob.
    pub fn stage(&self, expected: Expected) -> Result<StagedFile, PublishError> {
        self.staging.file(expected)
    }

    /// Keeps a checked file as the blob of its digest, and says where.
    ///
    /// A blob that is there already is replaced where it is damaged.
    pub fn keep_blob(&self, file: CheckedFile) -> Result<PathBuf, PublishError> {
        let digest = file.hashed().sha256;
        let path = self.blob_path(&digest);
        if path.exists() && self.checked_blob(&digest).is_none() {
            file.replace(&path)?;
        } else {
            // Who was first has the same bytes.
            let (Published::New | Published::AlreadyThere) = file.publish(&path)?;
        }
        Ok(path)
    }

    /// The document that was kept under `key`; `None` where there is none or it is damaged.
    pub fn document(&self, key: &str) -> Option<Vec<u8>> {
        self.hashed_document(key).map(|(document, _)| document)
    }

    /// The document that was kept under `key`, and its digest.
    pub fn hashed_document(&self, key: &str) -> Option<(Vec<u8>, Digest)> {
        let mut bytes = fs::read(self.document_path(key)).ok()?;
        let header = header_of(key, &Digest::of(&[])).len();
        let (head, document) = bytes.split_at_checked(header)?;
        let digest = Digest::of(document);
        if head != header_of(key, &digest).as_bytes() {
            return None;
        }
        bytes.drain(..header);
        Some((bytes, digest))
    }

    /// Keeps a document under `key`, in place of the one before.
    pub fn keep_document(&self, key: &str, document: &[u8]) -> Result<(), PublishError> {
        let expected =
            Expected { name: key.to_owned(), kind: Kind::File, size: None, sha256: None, checksum: None };
        let mut file = self.staging.file(expected)?;
        file.write(header_of(key, &Digest::of(document)).as_bytes())?;
        file.write(document)?;
        file.finish()?.replace(&self.document_path(key))
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.staging.root().join("blobs/sha256").join(digest.to_string())
    }

    fn document_path(&self, key: &str) -> PathBuf {
        self.staging.root().join("documents").join(Digest::of(key.as_bytes()).to_string())
    }
}

/// What stands before the bytes of a document: their digest, and the key's, so that a file that was moved to
/// another name is a miss too.
fn header_of(key: &str, document: &Digest) -> String {
    format!("{HEADER}{document} key:{}\n", Digest::of(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn expected() -> Expected {
        Expected { name: "x".into(), kind: Kind::File, size: None, sha256: None, checksum: None }
    }

    fn keep(cache: &Cache, bytes: &[u8]) -> PathBuf {
        let mut file = cache.stage(expected()).unwrap();
        file.write(bytes).unwrap();
        cache.keep_blob(file.finish().unwrap()).unwrap()
    }

    fn damage(path: &Path) {
        let bytes = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
    }

    #[test]
    fn blobs_are_found_by_digest_and_damaged_ones_are_replaced() {
        let root = TempDir::new().unwrap();
        let cache = Cache::open(root.path()).unwrap();
        let digest = Digest::of(b"abc");
        assert_eq!(cache.blob(&digest), None);
        let path = keep(&cache, b"abc");
        assert_eq!(cache.blob(&digest).as_ref(), Some(&path));
        assert_eq!(cache.checked_blob(&digest), Some((path.clone(), 3)));
        damage(&path);
        assert_eq!(cache.checked_blob(&digest), None);
        keep(&cache, b"abc");
        keep(&cache, b"abc");
        assert_eq!(cache.checked_blob(&digest), Some((path, 3)));
    }

    #[test]
    fn documents_are_found_by_key_and_damaged_ones_are_missing() {
        let root = TempDir::new().unwrap();
        let cache = Cache::open(root.path()).unwrap();
        for document in [&b""[..], b"one", b"two\0\xff"] {
            cache.keep_document("key", document).unwrap();
            assert_eq!(cache.document("key").as_deref(), Some(document));
        }
        assert_eq!(cache.document("other"), None);
        fs::copy(cache.document_path("key"), cache.document_path("moved")).unwrap();
        assert_eq!(cache.document("moved"), None, "a document of another key");
        for length in [0, 10, 200] {
            let path = cache.document_path("key");
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(&path, &bytes[..length.min(bytes.len() - 1)]).unwrap();
            assert_eq!(cache.document("key"), None, "cut to {length}");
            cache.keep_document("key", b"again").unwrap();
        }
    }

    #[test]
    fn processes_share_it() {
        let root = TempDir::new().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let cache = Cache::open(root.path()).unwrap();
                    for i in 0..20 {
                        cache.keep_document("key", &[i; 500]).unwrap();
                        let found = cache.document("key").unwrap();
                        assert!(found.len() == 500 && found.iter().all(|byte| *byte == found[0]));
                        keep(&cache, &[i; 500]);
                        assert!(cache.checked_blob(&Digest::of(&[i; 500])).is_some());
                    }
                });
            }
        });
    }
}
