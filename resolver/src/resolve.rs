//! One dependency set, three kinds of source, one manifest.

use thiserror::Error;

use crate::failure::Failure;
use crate::manifest::{Inputs, Manifest, ManifestError};
use crate::maven::{self, MavenError};
use crate::object::{self, ObjectError};
use crate::pin::Context;
use crate::python::{self, Asked, PythonError};
use crate::requirements::DependencySet;
use crate::sources::{Sources, SourcesError};

/// A set that cannot be resolved.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// The sources are not configured as they must be.
    #[error(transparent)]
    Sources(#[from] SourcesError),
    /// Its packages.
    #[error(transparent)]
    Maven(#[from] MavenError),
    /// Its requirements.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// Its files.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// What was found does not go together into one set.
    #[error("what was resolved does not go together")]
    Manifest(#[from] ManifestError),
}

impl ResolveError {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Sources(error) => error.failure(),
            Self::Maven(error) => error.failure(),
            Self::Python(error) => error.failure(),
            Self::Object(error) => error.failure(),
            Self::Manifest(error) => error.failure(),
        }
    }
}

/// Resolves `set` and locks every artifact. `asked` are the requirements of the set and of every file that
/// they include, or the lock that it names.
///
/// The three kinds of source are asked at once. The same answers give the same manifest, byte for byte,
/// in whatever order they come.
pub async fn resolve(
    set: &DependencySet,
    asked: Asked<'_>,
    sources: &Sources,
    context: &Context,
) -> Result<Manifest, ResolveError> {
    let (jars, wheels, files) = tokio::try_join!(
        packages(set, sources, context),
        wheels(set, asked, sources, context),
        files(set, sources, context),
    )?;
    let (jars, closure) = jars.map(|locked| (locked.artifacts, locked.closure)).unzip();
    let artifacts = jars.into_iter().flatten().chain(wheels).chain(files).collect();
    let inputs = Inputs {
        packages: texts(&set.spec.packages),
        transitive: set.spec.transitive,
        exclude_packages: texts(&set.spec.exclude_packages),
        requirements: match asked {
            Asked::Requirements(lines) => lines.wanted.iter().map(|wanted| wanted.text.clone()).collect(),
            Asked::Lock(_) => Vec::new(),
        },
        pylock: match asked {
            Asked::Requirements(_) => None,
            Asked::Lock(lock) => Some(lock.input()),
        },
        files: texts(&set.spec.files),
    };
    let (name, target) = (set.metadata.name.clone(), set.spec.target.clone());
    Ok(Manifest::new(name, target, inputs, artifacts)?.with_closure(closure)?)
}

type Artifacts = Result<Vec<crate::manifest::Artifact>, ResolveError>;

async fn packages(
    set: &DependencySet,
    sources: &Sources,
    context: &Context,
) -> Result<Option<maven::Locked>, ResolveError> {
    let spec = &set.spec;
    if spec.packages.is_empty() {
        return Ok(None);
    }
    let request = maven::Request {
        packages: &spec.packages,
        excludes: &spec.exclude_packages,
        transitive: spec.transitive,
        target: &spec.target,
        rules: &spec.resolution,
    };
    Ok(Some(maven::resolve(&request, &sources.repositories()?, context).await?))
}

async fn wheels(set: &DependencySet, asked: Asked<'_>, sources: &Sources, context: &Context) -> Artifacts {
    let target = &set.spec.target;
    Ok(match asked {
        Asked::Requirements(requirements) if requirements.wanted.is_empty() => Vec::new(),
        Asked::Requirements(requirements) => {
            let request = python::Request { requirements, target };
            python::resolve(&request, &sources.indexes()?, sources, context).await?
        }
        Asked::Lock(lock) => python::pylock::resolve(lock, target, sources, context).await?,
    })
}

async fn files(set: &DependencySet, sources: &Sources, context: &Context) -> Artifacts {
    if set.spec.files.is_empty() {
        return Ok(Vec::new());
    }
    Ok(object::resolve(context, sources, &set.spec.files).await?)
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(T::to_string).collect()
}
