//! Why a lock cannot be taken.

use thiserror::Error;

use super::MAX_SIZE;
use crate::failure::Failure;
use crate::manifest::PythonVersion;

/// A lock that cannot be taken for the target.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PylockError {
    /// Longer than is read.
    #[error("`{file}` has {size} bytes, more than the {MAX_SIZE} that are read of a lock")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size in bytes.
        size: usize,
    },
    /// Not TOML, or not of the shape.
    #[error("{place}: this is no `pylock.toml`: {problem}")]
    Syntax {
        /// The file and the line.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// A newer format.
    #[error("{file}: expected `lock-version` 1.0, got `{}`; have your tool write that", found.escape_debug())]
    Version {
        /// The file.
        file: String,
        /// The version that it states.
        found: String,
    },
    /// Something that the lock is not for.
    #[error("{file}: the lock is {is_for}, and the target is {target}; lock anew for the target")]
    OtherTarget {
        /// The file.
        file: String,
        /// What it is for.
        is_for: String,
        /// The target in words.
        target: String,
    },
    /// A marker or a version specifier that cannot be read.
    #[error("{place}: cannot read `{text}`: {reason}")]
    Unreadable {
        /// Where it stands.
        place: String,
        /// Its beginning.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer that depends on more than the target says of its Python.
    #[error(
        "{place}: {what}, and whether Python {python} is that depends on its patch version; say it in full in \
         `spec.target.python` or with `--python`, as in \"{python}.14\""
    )]
    DependsOnPatch {
        /// Where it stands.
        place: String,
        /// What depends on it.
        what: String,
        /// What the target says.
        python: PythonVersion,
    },
    /// An extra or a group that the lock does not have.
    #[error("{file}: the lock has no {kind} `{}`; it has {known}", name.escape_debug())]
    NoSuch {
        /// The file.
        file: String,
        /// `extra` or `dependency group`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Two packages of one name count for the target.
    #[error(
        "{place}: package `{project}` stands there twice for the target, first in line {first}; lock anew, so that one \
         of them is left"
    )]
    Twice {
        /// The line of the other.
        first: usize,
        /// Where it stands.
        place: String,
        /// The project.
        project: String,
    },
    /// A package that cannot be taken.
    #[error("{place}: package `{project}` is refused: {reason}")]
    Refused {
        /// Where it stands.
        place: String,
        /// The project.
        project: String,
        /// Why, and what to do instead.
        reason: String,
    },
}

impl PylockError {
    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::TooLarge { .. }
            | Self::Syntax { .. }
            | Self::Version { .. }
            | Self::OtherTarget { .. }
            | Self::Unreadable { .. }
            | Self::DependsOnPatch { .. }
            | Self::NoSuch { .. }
            | Self::Twice { .. }
            | Self::Refused { .. } => Failure::Data,
        }
    }
}
