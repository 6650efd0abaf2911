//! What the command line says of sources, as values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Address;
use crate::fetch::Addressing;
use crate::manifest::SourceId;

/// What the command line says of sources.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The URLs of repositories.
    pub repositories: BTreeMap<SourceId, Address>,
    /// The URLs of indexes.
    pub indexes: BTreeMap<SourceId, Address>,
    /// The repositories and indexes that may be at plain `http://`.
    pub allow_http: BTreeSet<SourceId>,
    /// The user's `settings.xml`, where it is not `~/.m2/settings.xml`.
    pub maven_settings: Option<PathBuf>,
    /// S3 stores.
    pub s3: S3Flags,
}

/// What the command line says of S3 stores.
#[derive(Debug, Clone, Default)]
pub struct S3Flags {
    /// The endpoint, in place of AWS' own of the region.
    pub endpoint: Option<Address>,
    /// The region.
    pub region: Option<String>,
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// How buckets are addressed, where that is not to be found out.
    pub addressing: Option<Addressing>,
    /// Whether to ask without credentials.
    pub anonymous: bool,
}
