//! The volume: content-addressed blobs, and one immutable directory for each manifest.
//!
//! ```text
//! <root>/blobs/sha256/<digest>        immutable, mode 0444
//! <root>/staging/                     what is not yet whole
//! <root>/sets/<manifest digest>/      appears by one rename, whole
//!     manifest.json
//!     jars/…  files/…                 hard links to blobs, or copies where links are not to be had
//!     python/…                        wheels, installed
//! <root>/<set name>                   a relative link to the newest set, for people
//! ```
//!
//! # What holds
//! - **A set that is visible is whole**, and whoever published it has himself hashed every byte of it, also
//!   of blobs that were on the volume already.
//! - **Any number of populators** work on one volume at once and may be killed at any instant; the next run goes
//!   on with the blobs that are whole.
//! - **Success is durable**: what [`populate`] reports as done survives a power cut, also where another populator
//!   did it and was killed before he could sync.
//! - **A published set is believed** by [`populate`] as long as its manifest is there, so that a second run costs
//!   next to nothing. [`verify`] believes nothing.
//!
//! # Repair
//! A disk may damage what was published. A blob is then replaced by a rename; but sets hold hard links to the
//! damaged inode, so they stay damaged. A set cannot be exchanged as a whole: pods have its directory mounted, and
//! what they have not opened yet would vanish under them. So a set is mended where it is: what must be there is
//! built anew in staging, and each file that differs is replaced by one rename. The directory stays, every name is
//! there at every instant, and its bytes go from the wrong ones to the right ones. Who has a wrong file open or
//! mapped goes on reading the wrong one, unharmed but for what was harmed before. (On NFS, a client that has a wrong
//! file open while another client mends it may get ESTALE.) Files that do not belong to the set are told and
//! left alone. Other sets that shared the damaged inode are mended when they are populated or mended in turn.

mod populate;
mod verify;
pub mod wheel;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::wheel::fuzzing;

mod blobs;
mod error;
mod parallel;
mod set;
mod supply;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::{Artifact, Manifest};
use fatwood_resolver::publish::Expected;
use fatwood_resolver::requirements::SetName;

pub use self::blobs::{Tally, Totals};
pub use self::error::PopulateError;
pub use self::populate::{Existing, Options, Outcome, Populated, populate};
pub use self::supply::{Locate, Network, Supply, SupplyError};
pub use self::verify::{Finding, Problem, Scope, Verified, verify};

/// The name of the manifest in a set.
pub const MANIFEST: &str = "manifest.json";

/// Where everything is on a volume. Knows names only; touches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    root: PathBuf,
}

impl Volume {
    /// The volume in the directory `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of all blobs.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs/sha256")
    }

    /// Where the blob of this digest belongs.
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.to_string())
    }

    /// The directory of all sets.
    pub fn sets(&self) -> PathBuf {
        self.root.join("sets")
    }

    /// Where the set of this manifest digest belongs.
    pub fn set(&self, manifest: &Digest) -> PathBuf {
        self.sets().join(manifest.to_string())
    }

    /// The link that people follow.
    pub fn link(&self, name: &SetName) -> PathBuf {
        self.root.join(name.as_str())
    }
}

/// Where in its set an artifact that is no wheel belongs.
fn place(artifact: &Artifact) -> PathBuf {
    Path::new(artifact.kind.directory()).join(&artifact.file)
}

/// What a manifest says of an artifact's bytes.
fn expected(artifact: &Artifact) -> Expected {
    Expected {
        name: artifact.file.to_string(),
        kind: artifact.kind,
        size: Some(artifact.size),
        sha256: Some(artifact.sha256),
        checksum: None,
    }
}

/// A manifest, with what is computed from it once.
#[derive(Debug, Clone)]
struct Wanted {
    manifest: std::sync::Arc<Manifest>,
    json: String,
    digest: Digest,
}

impl Wanted {
    fn new(manifest: &Manifest) -> Self {
        let json = manifest.to_json();
        Self { digest: Digest::of(json.as_bytes()), json, manifest: manifest.clone().into() }
    }
}
