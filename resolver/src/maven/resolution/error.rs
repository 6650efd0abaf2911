//! Why there is no closure.

use thiserror::Error;

use crate::failure::Failure;
use crate::maven::models::PomError;
use crate::requirements::Module;

/// Why there is no closure. `path` leads from a root to where it failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolutionError {
    /// A root's version is neither a version nor a range.
    #[error("the version of `{coordinate}` {fault}; write a plain version or a range such as `[1.0,2.0)`")]
    Root {
        /// The coordinate.
        coordinate: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A root's version is written as Ivy writes it.
    #[error("the version of `{coordinate}` is written in Ivy's way; write {instead}")]
    Ivy {
        /// The coordinate.
        coordinate: String,
        /// What means the same here.
        instead: String,
    },
    /// A POM cannot be had or cannot be used.
    #[error("{error} (reached by {path}); {}", remedy(path))]
    Pom {
        /// Which, and what is wrong.
        error: Box<PomError>,
        /// The path to it.
        path: String,
        /// The URLs of repositories that POMs on the path name.
        elsewhere: Vec<String>,
    },
    /// A dependency without a version.
    #[error(
        "`{at}` depends on `{module}` and no POM states its version (reached by {path}); exclude `{module}`, or \
         name it as a package with a version and exclude it here"
    )]
    WithoutVersion {
        /// The dependency.
        module: Box<Module>,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A property without a value.
    #[error(
        "`{at}` depends on `{module}` as `{text}`, which has no value or refers to itself (reached by {path}); \
         exclude `{module}`"
    )]
    Undefined {
        /// The dependency.
        module: Box<Module>,
        /// The text with the property in it.
        text: String,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A name that cannot be a path.
    #[error(
        "`{}` has characters that no Maven name has (reached by {path}); {}",
        name.escape_debug(),
        remedy(path)
    )]
    IllegalName {
        /// The name.
        name: String,
        /// The path to it.
        path: String,
    },
    /// A version that means something else every day.
    #[error(
        "`{at}` has a version that changes with time (reached by {path}); write the release that you mean, or \
         give `--allow-dynamic` (`resolution.allowDynamic`) to lock what LATEST or RELEASE stands for now"
    )]
    Dynamic {
        /// The release.
        at: String,
        /// The path to it.
        path: String,
    },
    /// A range that is none.
    #[error(
        "`{at}` depends on `{module}` in the version `{text}`, which {fault} (reached by {path}); \
         exclude `{module}`"
    )]
    Range {
        /// The dependency.
        module: Box<Module>,
        /// The version as it is written.
        text: String,
        /// What is wrong with it.
        fault: &'static str,
        /// Who depends on it.
        at: String,
        /// The path to it.
        path: String,
    },
    /// Ranges that leave no version.
    #[error(
        "no version of `{module}` that the repositories list{listed} satisfies {demands}{}",
        remedy_of_range(path)
    )]
    NoVersion {
        /// The module.
        module: Box<Module>,
        /// The ranges.
        demands: String,
        /// What is listed, from the oldest to the newest; empty where that is not known.
        listed: String,
        /// The path to it.
        path: String,
    },
    /// A release that has moved, by way of others, to where it was.
    #[error(
        "`{at}` says that it has moved, and where to says so too, without an end (reached by {path}); exclude it"
    )]
    Moving {
        /// The release.
        at: String,
        /// The path to it.
        path: String,
    },
    /// More than any honest closure.
    #[error("the dependencies go on beyond any bound (last at {path}); exclude what is not needed")]
    TooLarge {
        /// The path to where it was given up.
        path: String,
    },
}

impl ResolutionError {
    /// What the user named, or what a repository holds, is not what it must be.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Root { .. }
            | Self::Ivy { .. }
            | Self::Pom { .. }
            | Self::WithoutVersion { .. }
            | Self::Undefined { .. }
            | Self::IllegalName { .. }
            | Self::Dynamic { .. }
            | Self::Range { .. }
            | Self::NoVersion { .. }
            | Self::Moving { .. }
            | Self::TooLarge { .. } => Failure::Data,
        }
    }
}

/// What to do about a release that cannot be used, the last on its path.
fn remedy(path: &str) -> String {
    let at = path.rsplit(" > ").next().unwrap_or(path);
    if at == path {
        format!("take another version of `{at}`")
    } else {
        format!("exclude `{}`, or name another version of it as a package", module_of(at))
    }
}

/// The way to a range that nothing satisfies, and what to do about it.
fn remedy_of_range(path: &str) -> String {
    if path.contains(" > ") {
        format!(" (reached by {path}); exclude the dependency that asks for too much")
    } else {
        "; ask for another version or range".to_owned()
    }
}

/// `group:artifact` of a release.
fn module_of(release: &str) -> &str {
    let colons: Vec<usize> = release.match_indices(':').map(|(at, _)| at).collect();
    colons.get(1).map_or(release, |end| &release[..*end])
}
