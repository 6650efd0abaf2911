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
    /// The URLs of repositories and indexes that the command line adds to the set's lists without an id.
    /// They stand in the [`Spec`](crate::requirements::Spec) too, as [`NamedUrl::Url`]; here they say
    /// that these are the user's words, so that credentials mounted for the id made from the host go
    /// along.
    ///
    /// [`NamedUrl::Url`]: crate::requirements::NamedUrl::Url
    pub listed: Vec<Address>,
    /// Where a requirements file says that `pypi` is (`-i URL`). It yields to flags and variables and
    /// comes before the set's lists and pip's configuration; the credentials of `pypi` do not go along,
    /// as they do not to a URL of the set. The extra indexes of the user's pip are not asked then, as in
    /// pip.
    pub declared_index: Option<Address>,
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
