//! What is asked of the resolver, and the rules that come with it.

use super::gav::Gav;
use super::graph::file_of;
use super::ivy;
use super::model::Key;
use super::range::Constraint;
use super::resolution::ResolutionError;
use super::spark;
use crate::requirements::{Coordinate, Mode, Module, ModulePattern, Rules, Target};

/// What to resolve.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The roots, in class path order.
    pub packages: &'a [Coordinate],
    /// Modules to leave out wherever they appear below a root. They never remove a root.
    pub excludes: &'a [ModulePattern],
    /// Whether the roots' own dependencies are resolved too. If not, the named files are all there is:
    /// a root's POM is read, where there is one, only to see whether the release has moved.
    pub transitive: bool,
    /// What will run the set: profiles of POMs depend on its Java and its platform.
    pub target: &'a Target,
    /// By which rules.
    pub rules: &'a Rules,
}

/// A root.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) coordinate: Coordinate,
    pub(super) constraint: Constraint,
    /// Extension and classifier; none for `pom`.
    pub(super) file: Option<(String, Option<String>)>,
}

impl Root {
    pub(super) fn new(coordinate: &Coordinate) -> Result<Self, ResolutionError> {
        // A release may have the name `latest`, so that one is asked for.
        if coordinate.version != "latest"
            && let Some(instead) = ivy::instead(&coordinate.version)
        {
            return Err(ResolutionError::Ivy { coordinate: coordinate.to_string(), instead });
        }
        let constraint = Constraint::parse(&coordinate.version)
            .map_err(|fault| ResolutionError::Root { coordinate: coordinate.to_string(), fault })?;
        let key = Key {
            module: coordinate.module.clone(),
            kind: coordinate.packaging.clone(),
            classifier: coordinate.classifier.clone(),
        };
        Ok(Self { coordinate: coordinate.clone(), constraint, file: file_of(&key) })
    }
}

/// What holds for the whole resolution.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    excludes: Vec<ModulePattern>,
    rules: Rules,
    pub(super) is_transitive: bool,
}

impl Policy {
    pub(super) fn of(request: &Request<'_>) -> Self {
        Self {
            excludes: request.excludes.to_vec(),
            rules: request.rules.clone(),
            is_transitive: request.transitive,
        }
    }

    pub(super) fn mode(&self) -> Mode {
        self.rules.mode
    }

    /// Whether nothing but another root changes the version of a root.
    pub(super) fn pins_roots(&self) -> bool {
        self.rules.pin_roots
    }

    /// Whether `LATEST` and `RELEASE` stand for what the repositories list now.
    pub(super) fn allows_dynamic(&self) -> bool {
        self.rules.allow_dynamic
    }

    /// Whether a release may be without a POM.
    pub(super) fn allows_without_pom(&self, gav: &Gav) -> bool {
        let name = gav.to_string();
        self.rules.allow_missing_pom.iter().any(|allowed| allowed.as_str() == name)
    }

    /// Whether `module` is left out wherever it appears below a root.
    pub(super) fn excludes(&self, module: &Module) -> bool {
        self.leaves_spark_out(module) || self.excluding(module).next().is_some()
    }

    /// The patterns of the user.
    pub(super) fn excludes_of_user(&self) -> &[ModulePattern] {
        &self.excludes
    }

    /// The patterns of the user that cover `module`.
    pub(super) fn excluding(&self, module: &Module) -> impl Iterator<Item = &ModulePattern> {
        self.excludes.iter().filter(|pattern| pattern.matches(module))
    }

    /// Whether `module` is one of those that Spark itself leaves out.
    pub(super) fn leaves_spark_out(&self, module: &Module) -> bool {
        self.rules.leave_spark_out() && spark::provides(module)
    }
}
