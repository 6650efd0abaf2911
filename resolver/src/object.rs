//! Objects and files by URL.
//!
//! A URL stands for one file (`https://host/x.csv`, `s3://bucket/x.csv`), for all objects of a prefix
//! (`s3://bucket/data/`), or for the objects whose keys match a glob (`s3://bucket/data/*.csv`). Each
//! becomes an artifact below `files/` of the set; a jar named here is a file too, and not on the class
//! path: that is what `packages` is for.

mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod selection;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::percent_decode_str;
use url::Url;

pub use self::error::ObjectError;
use self::selection::Selection;
use crate::fetch::{Head, Object, Remote, Store};
use crate::manifest::{Artifact, FileName, Kind, Source, SourceId};
use crate::pin::{Context, Vouched, pin};
use crate::progress::Event;
use crate::requirements::FileUrl;
use crate::sources::Sources;

/// How many files are asked for at once. The fetcher bounds requests; this bounds open files.
const MAX_AT_ONCE: usize = 16;

/// How many objects one URL may stand for: a manifest of more would be larger than is read.
pub const MAX_OBJECTS: usize = 20_000;

/// A file that a URL stands for, before it is pinned.
#[derive(Debug)]
struct Wanted {
    file: FileName,
    source: Source,
    remote: Remote,
    requested_by: Vec<String>,
    known: Known,
}

/// What has been learnt of a file.
#[derive(Debug)]
enum Known {
    /// Nothing yet.
    Nothing,
    /// What the listing says.
    Listed(Object),
}

/// Finds what the URLs stand for, and pins it. Artifacts come by file name; what two URLs stand for
/// under one name comes once.
pub async fn resolve(
    context: &Context,
    sources: &Sources,
    urls: &[FileUrl],
) -> Result<Vec<Artifact>, ObjectError> {
    let mut wanted: BTreeMap<(FileName, String), Wanted> = BTreeMap::new();
    for url in urls {
        for file in find(context, sources, url).await? {
            let key = (file.file.clone(), file.source.to_string());
            match wanted.get_mut(&key) {
                Some(earlier) => earlier.requested_by.extend(file.requested_by),
                None => drop(wanted.insert(key, file)),
            }
        }
    }
    let files = Some(wanted.len() as u64);
    context.observer.event(Event::Phase { name: "locking files", files, bytes: None });
    let artifacts = wanted.into_values().map(|wanted| lock(context, wanted));
    stream::iter(artifacts).buffered(MAX_AT_ONCE).try_collect().await
}

/// The files that a URL stands for; never none.
async fn find(context: &Context, sources: &Sources, url: &FileUrl) -> Result<Vec<Wanted>, ObjectError> {
    match url {
        FileUrl::Http(address) => {
            let source = Source::Url { url: address.clone() };
            Ok(vec![Wanted {
                file: http_name(address)?,
                remote: sources.remote(&source)?,
                source,
                requested_by: vec![url.to_string()],
                known: Known::Nothing,
            }])
        }
        FileUrl::S3 { bucket, key } => {
            let store = sources.store(&store_id())?;
            let selection = Selection::new(bucket, key)?;
            let place = Place { store: &store, bucket, url };
            match selection.prefix() {
                None => Ok(vec![place.wanted(selection.name(key)?, key, Known::Nothing)]),
                Some(prefix) => place.listed(context, &selection, prefix).await,
            }
        }
    }
}

/// Where the objects of one URL are.
struct Place<'a> {
    store: &'a Arc<Store>,
    bucket: &'a str,
    url: &'a FileUrl,
}

impl Place<'_> {
    async fn listed(
        &self,
        context: &Context,
        selection: &Selection,
        prefix: &str,
    ) -> Result<Vec<Wanted>, ObjectError> {
        let listing = context.fetcher.list(self.store, self.bucket, prefix, MAX_OBJECTS).await;
        let mut wanted = Vec::new();
        for object in listing? {
            if selection.takes(&object.key) {
                let key = object.key.clone();
                wanted.push(self.wanted(selection.name(&key)?, &key, Known::Listed(object)));
            }
        }
        if wanted.is_empty() {
            return Err(ObjectError::Nothing { url: self.url.to_string() });
        }
        Ok(wanted)
    }

    fn wanted(&self, file: FileName, key: &str, known: Known) -> Wanted {
        let (bucket, key) = (self.bucket.to_owned(), key.to_owned());
        let source =
            Source::Store { store: self.store.id().clone(), bucket: bucket.clone(), key: key.clone() };
        let remote = Remote::S3 { store: Arc::clone(self.store), bucket, key, validator: None };
        Wanted { file, source, remote, requested_by: vec![self.url.to_string()], known }
    }
}

/// Pins a file: by what the store vouches for, or by streaming it once.
async fn lock(context: &Context, wanted: Wanted) -> Result<Artifact, ObjectError> {
    let absent = || ObjectError::Absent { url: wanted.source.to_string() };
    let mut remote = wanted.remote;
    let vouched = match (&mut remote, wanted.known) {
        (Remote::Http(location), _) => {
            let probe = context.fetcher.probe(location).await?.ok_or_else(absent)?;
            Vouched { size: probe.size, validator: probe.validator, ..Vouched::default() }
        }
        (Remote::S3 { validator, .. }, Known::Listed(object))
            if object.validator.is_some() && !object.has_sha256 =>
        {
            // One request a file is saved where it could tell nothing new.
            validator.clone_from(&object.validator);
            Vouched { size: Some(object.size), validator: object.validator, ..Vouched::default() }
        }
        (Remote::S3 { store, bucket, key, validator }, Known::Nothing | Known::Listed(_)) => {
            let head = context.fetcher.head(store, bucket, key).await?.ok_or_else(absent)?;
            validator.clone_from(&head.validator);
            let Head { size, validator, sha256 } = head;
            Vouched { size, validator, sha256, checksum: None }
        }
    };
    let name = wanted.file.as_str();
    let pinned = pin(context, &remote, Kind::File, name, vouched).await?.ok_or_else(absent)?;
    Ok(Artifact {
        purl: purl(&wanted.file, &wanted.source)?,
        kind: Kind::File,
        file: wanted.file,
        source: wanted.source,
        size: pinned.size,
        sha256: pinned.sha256,
        metadata_sha256: None,
        requested_by: wanted.requested_by,
    })
}

/// The last component of a URL's path, percent-decoded.
fn http_name(url: &Url) -> Result<FileName, ObjectError> {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let unfit = |reason: String| ObjectError::Name { url: crate::fetch::shown(url), reason };
    let name = percent_decode_str(name).decode_utf8().map_err(|error| unfit(error.to_string()))?;
    let name: FileName = name.parse().map_err(|error| unfit(format!("{error}")))?;
    // It was `%2F`, which is no separator in a URL.
    if name.as_str().contains('/') {
        return Err(unfit(format!("`{name}` holds a `/`")));
    }
    Ok(name)
}

/// `pkg:generic/DIRECTORIES/NAME?download_url=URL`, unique for name and URL.
fn purl(file: &FileName, source: &Source) -> Result<String, ObjectError> {
    let unfit =
        |error: packageurl::Error| ObjectError::Name { url: source.to_string(), reason: error.to_string() };
    let mut purl = packageurl::PackageUrl::new("generic", file.last_component()).map_err(unfit)?;
    if let Some((directories, _)) = file.as_str().rsplit_once('/') {
        purl.with_namespace(directories).map_err(unfit)?;
    }
    purl.add_qualifier("download_url", source.to_string()).map_err(unfit)?;
    Ok(purl.to_string())
}

/// The one store that URLs name; its configuration is that of the AWS tools.
#[expect(clippy::expect_used, reason = "a literal of an id's form")]
fn store_id() -> SourceId {
    "s3".parse().expect("a literal id")
}

#[cfg(test)]
mod tests;
