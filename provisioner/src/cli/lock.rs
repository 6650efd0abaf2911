//! From a document and flags to a manifest: what `resolve` and `provision` have in common.

use std::path::{Path, PathBuf};

use fatwood_resolver::manifest::Manifest;
use fatwood_resolver::pin::Context;
use fatwood_resolver::python::requirements_file::Requirements;
use fatwood_resolver::requirements::{ApiVersion, DependencySet, DependencySetKind, Metadata, Mode, Spec};
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
    let mut set = with_flags(set, wanted)?;
    if set.spec.packages.is_empty() && requirements.wanted.is_empty() && set.spec.files.is_empty() {
        return Err(CliError::Usage(
            "nothing is asked for: name a DependencySet file, or give `--packages`, `--requirement`, \
             `--requirements` or `--file`"
                .to_owned(),
        ));
    }
    let sources = sources::discover(&mut set.spec, &flags, &requirements)?;
    let manifest = resolve(&set, &requirements, &sources, context).await?;
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
