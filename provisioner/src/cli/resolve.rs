//! `fatwood resolve`: a dependency set in, a manifest out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fatwood_resolver::fetch::Fetcher;
use fatwood_resolver::manifest::Manifest;
use fatwood_resolver::publish;
use fatwood_resolver::python::requirements_file::Requirements;
use fatwood_resolver::requirements::{ApiVersion, DependencySet, DependencySetKind, Metadata, Spec};
use fatwood_resolver::resolve::resolve;
use serde_json::json;

use super::arguments::{Resolve, Wanted};
use super::error::CliError;
use super::input::Surroundings;
use super::terminal::Terminal;
use super::{input, sources};

/// The name of a set that has none: one made of flags alone.
const AD_HOC: &str = "ad-hoc";

pub(super) async fn run(arguments: Resolve, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let Resolve { set, wanted, mut sources, output } = arguments;
    let (file, set) = match set {
        Some(path) => input::dependency_set(&path)?,
        None => (PathBuf::new(), ad_hoc()?),
    };
    let requirements = requirements(&set, &file, &wanted)?;
    let mut set = with_flags(set, wanted)?;
    sources::extend(&mut set.spec, &mut sources, &requirements)?;
    let context = sources::context(&sources, terminal)?;
    let found = sources::discover(&set.spec, &sources)?;
    let manifest = resolve(&set, &requirements, &found, &context).await?;
    match &output {
        Some(path) => publish::write_file(path, manifest.to_json().as_bytes())?,
        None => terminal.data(&manifest.to_json())?,
    }
    report(&manifest, &context.fetcher, terminal);
    Ok(())
}

pub(super) fn report(manifest: &Manifest, fetcher: &Fetcher, terminal: &Terminal) {
    let (count, size) = (manifest.artifacts.len(), manifest.total_size());
    let traffic = fetcher.traffic();
    let digest = manifest.digest().to_string();
    terminal.done(
        &format!(
            "resolved {count} artifacts, {size} bytes, into manifest {digest} ({} requests, {} bytes fetched)",
            traffic.requests, traffic.bytes
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
    requirements.extend(Requirements::of_list(&wanted.requirement, "--requirement", &here)?);
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
    spec.packages.extend(wanted.packages);
    spec.exclude_packages.extend(wanted.exclude_packages);
    spec.requirements.extend(wanted.requirement);
    spec.requirements.extend(wanted.requirements.iter().map(|file| format!("-r {}", file.display())));
    spec.files.extend(wanted.file);
    spec.transitive &= !wanted.no_transitive;
    let target = &mut spec.target;
    target.python = wanted.python.or(target.python);
    target.platform = wanted.platform.unwrap_or(target.platform);
    target.glibc = wanted.glibc.unwrap_or(target.glibc);
    target.spark = wanted.spark.or(target.spark.take());
    set.metadata.name = wanted.name.unwrap_or(set.metadata.name);
    let spec = &set.spec;
    if spec.packages.is_empty() && spec.requirements.is_empty() && spec.files.is_empty() {
        return Err(CliError::Usage(
            "nothing is asked for: name a DependencySet file, or give `--packages`, `--requirement`, \
             `--requirements` or `--file`"
                .to_owned(),
        ));
    }
    Ok(set)
}
