//! From a document and flags to a manifest: what `resolve` and `provision` have in common.

use std::path::{Component, Path, PathBuf};

use fatwood_resolver::manifest::Manifest;
use fatwood_resolver::pin::Context;
use fatwood_resolver::python::Asked;
use fatwood_resolver::python::pylock::Pylock;
use fatwood_resolver::python::requirements_file::{self, Requirements};
use fatwood_resolver::requirements::{
    ApiVersion, DependencySet, DependencySetKind, Metadata, Mode, PylockFile, Spec,
};
use fatwood_resolver::resolve::resolve;
use fatwood_resolver::sources::Sources;
use indicatif::DecimalBytes;
use serde_json::json;

use super::arguments::{SourceFlags, Wanted};
use super::error::CliError;
use super::input::Surroundings;
use super::terminal::{Terminal, counted};
use super::{input, sources};

/// The name of a set that has none: one made of flags alone.
const AD_HOC: &str = "ad-hoc";

/// A manifest, and the sources that it was resolved from.
pub(super) struct Locked {
    pub(super) manifest: Manifest,
    pub(super) sources: Sources,
}

/// Resolves what the document `given`, if any, and the flags ask for, and says what was found.
pub(super) async fn lock(
    given: Option<(PathBuf, DependencySet)>,
    wanted: Wanted,
    flags: SourceFlags,
    (context, terminal): (&Context, &Terminal),
) -> Result<Locked, CliError> {
    let (file, set) = match given {
        Some(given) => given,
        None => (PathBuf::new(), ad_hoc()?),
    };
    let requirements = requirements(&set, &file, &wanted)?;
    let pylock = pylock(&set, &file, &wanted)?;
    let asked = match &pylock {
        Some(lock) => asked_alone(lock, &requirements)?,
        None => Asked::Requirements(&requirements),
    };
    let mut set = with_flags(set, wanted)?;
    let asks_for_wheels = pylock.is_some() || !requirements.wanted.is_empty();
    if set.spec.packages.is_empty() && !asks_for_wheels && set.spec.files.is_empty() {
        return Err(CliError::Usage(
            "nothing is asked for: name a DependencySet file, or give `--packages`, `--requirement`, \
             `--requirements`, `--pylock` or `--file`"
                .to_owned(),
        ));
    }
    let sources = sources::discover(&mut set.spec, &flags, &requirements)?;
    let manifest = resolve(&set, asked, &sources, context).await?;
    report(&manifest, context, terminal);
    Ok(Locked { manifest, sources })
}

fn report(manifest: &Manifest, context: &Context, terminal: &Terminal) {
    let (count, size) = (manifest.artifacts.len(), manifest.total_size());
    let counted = counted(count, "artifact");
    let traffic = context.fetcher.traffic();
    let digest = manifest.digest().to_string();
    terminal.done(
        &format!(
            "resolved {counted}, {}, into manifest {digest} ({} requests, {} fetched)",
            DecimalBytes(size),
            traffic.requests,
            DecimalBytes(traffic.bytes)
        ),
        &json!({
            "manifest": digest, "artifacts": count, "bytes": size,
            "requests": traffic.requests, "fetchedBytes": traffic.bytes,
        }),
    );
}

/// The requirements of a set that stands in `file`, and of the flags. Files that the set includes are
/// relative to its own, those of flags to the working directory.
fn requirements(set: &DependencySet, file: &Path, wanted: &Wanted) -> Result<Requirements, CliError> {
    let mut requirements = input::requirements(set, file)?;
    let here = Surroundings::of(Path::new(""));
    let flags = Requirements::of_list(&wanted.requirement, "--requirement", &here);
    requirements.extend(flags.map_err(|error| CliError::Usage(error.to_string()))?);
    for file in &wanted.requirements {
        requirements.extend(Requirements::of_file(&file.to_string_lossy(), &here)?);
    }
    Ok(requirements)
}

/// The lock that the flags name, or a set that stands in `file`.
fn pylock(set: &DependencySet, file: &Path, wanted: &Wanted) -> Result<Option<Pylock>, CliError> {
    let (named, mut extras, mut groups) = match set.spec.pylock.clone() {
        None => (None, Vec::new(), None),
        Some(PylockFile::Path(path)) => (Some(path), Vec::new(), None),
        Some(PylockFile::Of { file, extras, groups }) => (Some(file), extras, groups),
    };
    let path = match (&wanted.pylock, named) {
        (Some(path), _) => path.clone(),
        (None, Some(named)) => beside(file, &named)?,
        (None, None) if wanted.pylock_extra.is_empty() && wanted.pylock_group.is_empty() => return Ok(None),
        (None, None) => {
            let message = "`--pylock-extra` and `--pylock-group` are of a lock; name it with `--pylock`";
            return Err(CliError::Usage(message.to_owned()));
        }
    };
    extras.extend_from_slice(&wanted.pylock_extra);
    if !wanted.pylock_group.is_empty() {
        groups.get_or_insert_default().extend_from_slice(&wanted.pylock_group);
    }
    Ok(Some(input::pylock(&path)?.with(extras, groups)?))
}

/// A path that a set names. The set may be another's, and errors show lines of what is read.
fn beside(file: &Path, named: &str) -> Result<PathBuf, CliError> {
    let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if named.is_empty() || !Path::new(named).components().all(is_below) {
        return Err(CliError::Input(format!(
            "{}: spec.pylock: a set may name only a file beside it or below, and `{}` is none; name such a file, or \
             give one elsewhere by `--pylock`",
            file.display(),
            named.escape_debug()
        )));
    }
    Ok(file.parent().unwrap_or(Path::new("")).join(named))
}

/// A lock says already which release of each project there is; what requirements add was not resolved with it.
fn asked_alone<'a>(lock: &'a Pylock, requirements: &Requirements) -> Result<Asked<'a>, CliError> {
    match requirements.wanted.iter().chain(&requirements.constraints).next() {
        None => Ok(Asked::Lock(lock)),
        Some(requirements_file::Wanted { place, text, .. }) => Err(CliError::Input(format!(
            "{place}: `{text}` is asked for beside the lock `{}`, which was resolved without it; add it where the lock \
             is made and lock anew, or leave one of the two out",
            lock.file()
        ))),
    }
}

fn ad_hoc() -> Result<DependencySet, CliError> {
    let name = AD_HOC.parse().map_err(|error| CliError::Usage(format!("{error}")))?;
    Ok(DependencySet {
        api_version: ApiVersion::default(),
        kind: DependencySetKind::default(),
        metadata: Metadata { name },
        spec: Spec::default(),
    })
}

/// The set with what the flags add to it or say in its place.
fn with_flags(mut set: DependencySet, wanted: Wanted) -> Result<DependencySet, CliError> {
    let spec = &mut set.spec;
    spec.packages.extend(wanted.packages.into_iter().flat_map(|packages| packages.0));
    spec.exclude_packages.extend(wanted.exclude_packages);
    for url in &wanted.file {
        spec.files.push(url.parse().map_err(|error| CliError::Usage(format!("`--file`: {error}")))?);
    }
    spec.transitive &= !wanted.no_transitive;
    let rules = &mut spec.resolution;
    rules.mode = wanted.mode.map_or(rules.mode, Mode::from);
    rules.pin_roots |= wanted.pin_roots;
    rules.spark_excludes = if wanted.no_spark_excludes { Some(false) } else { rules.spark_excludes };
    rules.allow_dynamic |= wanted.allow_dynamic;
    rules.allow_missing_pom.extend(wanted.allow_missing_pom);
    let target = &mut spec.target;
    target.python = wanted.python.or(target.python);
    target.platform = wanted.platform.unwrap_or(target.platform);
    target.glibc = wanted.glibc.unwrap_or(target.glibc);
    target.spark = wanted.spark.or(target.spark.take());
    set.metadata.name = wanted.name.unwrap_or(set.metadata.name);
    Ok(set)
}
