//! What makes a closure impossible, before it is known whether it is part of the result.

use super::models::PomError;
use super::range::RangeFault;
use super::resolution::ResolutionError;
use super::walk::Demands;
use crate::requirements::Module;

/// A fault met on a walk.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The releases from where it was met up to a root.
    pub(super) path: Vec<String>,
    pub(super) kind: FaultKind,
}

#[derive(Debug, Clone)]
pub(super) enum FaultKind {
    Pom(PomError),
    WithoutVersion(Module),
    Undefined { module: Module, text: String },
    IllegalName(Module),
    IllegalVersion,
    Dynamic,
    Range { module: Module, text: String, fault: RangeFault },
    NoVersion { module: Module, demands: String },
    TooLarge,
}

impl FaultKind {
    pub(super) fn no_version(module: &Module, demands: &Demands) -> Self {
        let hard = demands.hard.iter().map(ToString::to_string);
        let demands: Vec<String> = hard.map(|range| format!("`{range}`")).collect();
        Self::NoVersion { module: module.clone(), demands: demands.join(" and ") }
    }
}

impl From<Fault> for ResolutionError {
    fn from(Fault { mut path, kind }: Fault) -> Self {
        path.reverse();
        let at = path.last().cloned().unwrap_or_default();
        let path = path.join(" > ");
        match kind {
            FaultKind::Pom(error) => Self::Pom { error: Box::new(error), path },
            FaultKind::WithoutVersion(module) => Self::WithoutVersion { module, at, path },
            FaultKind::Undefined { module, text } => Self::Undefined { module, text, at, path },
            FaultKind::IllegalName(module) => {
                Self::IllegalName { name: module.to_string().chars().take(200).collect(), path }
            }
            FaultKind::IllegalVersion => Self::IllegalName { name: at.chars().take(200).collect(), path },
            FaultKind::Dynamic => Self::Dynamic { at, path },
            FaultKind::Range { module, text, fault } => Self::Range { module, text, fault, at, path },
            FaultKind::NoVersion { module, demands } => Self::NoVersion { module, demands, path },
            FaultKind::TooLarge => Self::TooLarge { path },
        }
    }
}
