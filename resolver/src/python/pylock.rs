//! A `pylock.toml` (PEP 751) as what is wanted: another tool has resolved, and what it locked is taken.
//!
//! No solver and no index: markers, extras, groups and `requires-python` say which packages count for the target, its
//! tags which of their wheels is taken, and URL, size and hash are the lock's. Only where it lacks the size, or has a
//! SHA-512 alone, is the file's server asked.
//!
//! A lock may come from anybody, and what cannot be taken is refused with its line and a remedy: never passed over,
//! since the set would lack it.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>

mod document;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod marker;
mod select;

use std::str::FromStr as _;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use pep508_rs::ExtraName;

use self::document::Document;
pub use self::error::PylockError;
use self::select::Taken;
use super::{AT_ONCE, PythonError, provided};
use crate::digest::Digest;
use crate::manifest::{Artifact, Kind, LockInput, Target};
use crate::pin::{Context, Vouched, pin};
use crate::progress::Event;
use crate::sources::Sources;

/// The largest lock that is read, in bytes; a universal one of 500 packages has about 4 MiB.
pub const MAX_SIZE: usize = 8 << 20;

/// A lock, and what of it is wanted.
#[derive(Debug, Clone)]
pub struct Pylock {
    file: String,
    text: String,
    document: Document,
    extras: Vec<String>,
    groups: Option<Vec<String>>,
}

impl Pylock {
    /// Reads the text of `file`, which is named in errors.
    ///
    /// Fails where it is no lock of version 1, or larger than [`MAX_SIZE`].
    pub fn parse(text: String, file: &str) -> Result<Self, PylockError> {
        if text.len() > MAX_SIZE {
            return Err(PylockError::TooLarge { file: file.to_owned(), size: text.len() });
        }
        let document = Document::parse(&text, file)?;
        Ok(Self { file: file.to_owned(), text, document, extras: Vec::new(), groups: None })
    }

    /// The lock with these extras, and with these dependency groups instead of its default ones.
    ///
    /// Fails where it does not have one of them.
    pub fn with(self, extras: Vec<String>, groups: Option<Vec<String>>) -> Result<Self, PylockError> {
        let asked = groups.as_deref().unwrap_or_default();
        self.check_known("extra", &extras, &self.document.extras)?;
        self.check_known("dependency group", asked, &self.document.dependency_groups)?;
        Ok(Self { extras, groups, ..self })
    }

    fn check_known(&self, kind: &'static str, asked: &[String], known: &[String]) -> Result<(), PylockError> {
        let normal = |name: &String| ExtraName::from_str(name).ok();
        let is_known = |name: &&String| {
            normal(name).is_some() && known.iter().any(|known| normal(known) == normal(name))
        };
        match asked.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => Err(PylockError::NoSuch {
                file: self.file.clone(),
                kind,
                name: name.clone(),
                known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            }),
        }
    }

    /// The file, as it is named in errors.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What a manifest says of it: the digest stands for the file, wherever that is on which machine.
    pub fn input(&self) -> LockInput {
        LockInput {
            sha256: Digest::of(self.text.as_bytes()),
            extras: self.extras.clone(),
            groups: self.groups.clone(),
        }
    }

    /// The file's name without its directories, by which a manifest says who asked for a package.
    fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

/// The wheels that `lock` has for the target, by project.
///
/// Fails where the target has no Python, where the lock is not for the target, and where a package that counts has
/// no wheel that fits, can be fetched, and is hashed.
pub async fn resolve(
    lock: &Pylock,
    target: &Target,
    sources: &Sources,
    context: &Context,
) -> Result<Vec<Artifact>, PythonError> {
    let python = target.python.ok_or(PythonError::TargetPython)?;
    let taken = select::select(lock, target, python, &provided(target)?)?;
    context.observer.event(Event::Phase { name: "taking wheels from the lock", files: None, bytes: None });
    let artifacts: Vec<_> = taken.into_iter().map(|taken| artifact(taken, sources, context)).collect();
    stream::iter(artifacts).buffered(AT_ONCE).try_collect().await
}

async fn artifact(taken: Taken, sources: &Sources, context: &Context) -> Result<Artifact, PythonError> {
    let Taken { purl, file, source, size, sha256, checksum, metadata_sha256, requested_by } = taken;
    let name = file.to_string();
    let remote = sources
        .remote(&source)
        .map_err(|source| PythonError::Locate { file: name.clone(), source: Box::new(source) })?;
    let vouched = Vouched { sha256, checksum, size, validator: None };
    let pinned = pin(context, &remote, Kind::Wheel, &name, vouched).await;
    let pinned = pinned
        .map_err(|source| PythonError::Pin { file: name.clone(), source: Box::new(source) })?
        .ok_or(PythonError::Gone { file: name })?;
    Ok(Artifact {
        purl,
        kind: Kind::Wheel,
        file,
        source,
        size: pinned.size,
        sha256: pinned.sha256,
        metadata_sha256,
        requested_by,
    })
}

#[cfg(test)]
mod tests;
