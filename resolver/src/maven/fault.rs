//! What makes a closure impossible, before it is known whether it is part of the result.

use super::models::{Models, PomError};
use super::range::RangeFault;
use super::resolution::ResolutionError;
use crate::manifest::plain;
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
    Pom(Box<PomError>),
    WithoutVersion(Box<Module>),
    Undefined { module: Box<Module>, text: String },
    IllegalName(Box<Module>),
    IllegalVersion,
    Dynamic,
    Moving,
    Range { module: Box<Module>, text: String, fault: RangeFault },
    NoVersion { module: Box<Module>, demands: String },
    TooLarge,
}

impl Fault {
    /// The error that it comes to; `elsewhere` are URLs of repositories that POMs on the path name, `models` know
    /// what is listed.
    pub(super) fn into_error(self, elsewhere: Vec<String>, models: &Models) -> ResolutionError {
        let Self { mut path, kind } = self;
        path.reverse();
        let at = plain(path.last().map(String::as_str).unwrap_or_default());
        let path = shown(&path);
        match kind {
            FaultKind::Pom(error) => ResolutionError::Pom { error, path, elsewhere },
            FaultKind::WithoutVersion(module) => {
                ResolutionError::WithoutVersion { module: Box::new(named(&module)), at, path }
            }
            FaultKind::Undefined { module, text } => {
                ResolutionError::Undefined { module: Box::new(named(&module)), text: plain(&text), at, path }
            }
            FaultKind::IllegalName(module) => {
                ResolutionError::IllegalName { name: module.to_string().chars().take(200).collect(), path }
            }
            FaultKind::IllegalVersion => {
                ResolutionError::IllegalName { name: at.chars().take(200).collect(), path }
            }
            FaultKind::Dynamic => ResolutionError::Dynamic { at, path },
            FaultKind::Range { module, text, fault } => ResolutionError::Range {
                module: Box::new(named(&module)),
                text: plain(&text),
                fault,
                at,
                path,
            },
            FaultKind::NoVersion { module, demands } => {
                let listed = listed(models, &module);
                ResolutionError::NoVersion { module, demands: plain(&demands), listed: plain(&listed), path }
            }
            FaultKind::Moving => ResolutionError::Moving { at, path },
            FaultKind::TooLarge => ResolutionError::TooLarge { path },
        }
    }
}

/// How many releases of a path are shown at either end.
const MAX_SHOWN: usize = 20;

/// A path as a message shows it: texts of POMs are anybody's, and may be long.
fn shown(path: &[String]) -> String {
    let names = |releases: &[String]| -> Vec<String> { releases.iter().map(|name| plain(name)).collect() };
    let names = match path.len().checked_sub(2 * MAX_SHOWN) {
        None | Some(0) => names(path),
        Some(more) => {
            let mut some = names(&path[..MAX_SHOWN]);
            some.push(format!("{more} more"));
            some.extend(names(&path[path.len() - MAX_SHOWN..]));
            some
        }
    };
    names.join(" > ")
}

fn named(module: &Module) -> Module {
    Module { group: plain(&module.group), artifact: plain(&module.artifact) }
}

/// What the repositories list of a module, to stand behind "list"; empty where nobody asked.
pub(super) fn listed(models: &Models, module: &Module) -> String {
    let Some(versions) = models.versions(module) else { return String::new() };
    match (versions.iter().min(), versions.iter().max()) {
        (Some(first), Some(last)) if first == last => format!(" (`{first}`)"),
        (Some(first), Some(last)) => format!(" (`{first}` … `{last}`)"),
        _ => " (none)".to_owned(),
    }
}
