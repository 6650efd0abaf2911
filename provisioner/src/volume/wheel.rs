//! Wheels, installed into one site-packages directory without any Python.
//!
//! The result is what `pip install --target --no-compile` makes, file for file, but for these differences:
//!
//! | what | pip | here | why |
//! |---|---|---|---|
//! | `RECORD` | copies the wheel's rows, and names scripts relative to a temporary directory | states the SHA-256 and size of every file that is there, by its path | so that a tree can be checked by it |
//! | `INSTALLER` | `pip` | `fatwood` | it names the tool |
//! | `REQUESTED`, `direct_url.json` | written for some installations | never | a set is never upgraded in place |
//! | first line of scripts | the interpreter that runs pip | `#!/usr/bin/env python3` | the image's Python is not known here |
//! | scripts of entry points | cut `.exe` off their name | do not | there is no `.exe` on Linux, and Python 3.8 has no `removesuffix` |
//! | `pip` and `easy_install` entry points | renamed after the running Python | as the wheel has them | no Python runs |
//! | `.data/scripts` | executable if the archive says so | always executable | the specification of wheels |
//! | `.data/headers` | `include/python/NAME` | `include/NAME` | no Python version is known |
//! | `.data/data/lib` | lost | installed | an accident of `--target` |
//! | modes | 0644 and 0755 by the umask | 0444 and 0555 | a set never changes |
//! | two wheels, one file, other bytes | the first directory or the last file wins | refused | nobody could tell which one runs |
//!
//! An archive is hostile until shown otherwise: it is believed only where its central directory and its local
//! headers agree, every name is a plain relative path, every size is within the limits, and every member has the
//! size and the CRC that it declares. Nothing holds a whole member: bytes move in blocks of 64 KiB.
//!
//! What is decided, is decided before anything is written ([`Plan`]); what is written, is written by
//! a [`Tree`] alone. After an error the tree must be dropped.

mod archive;
mod clash;
mod entry_points;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod identity;
mod metadata;
mod plan;
mod record;
mod script;
mod unpack;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use fatwood_resolver::manifest::FileName;
use fatwood_resolver::publish::Tree;

pub use self::error::{Fault, WheelError};
pub use self::plan::Plan;
pub use self::record::RecordProblem;

/// A wheel on the disk. Its bytes are those that the manifest pins: who calls has checked that.
#[derive(Debug, Clone, Copy)]
pub struct WheelFile<'a> {
    /// Its file name in the manifest, which says what must be in it.
    pub file: &'a FileName,
    /// Where it is.
    pub path: &'a Path,
}

/// What to do about a wheel that does not agree with its own `RECORD`.
///
/// pip and uv accept such wheels, and some are in use. The manifest's digest covers the whole archive, so that a
/// wrong `RECORD` is sloppiness of whoever built the wheel, not damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordCheck {
    /// Tell, and install.
    Note,
    /// Refuse the wheel.
    Refuse,
}

/// What was installed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// How many files the wheels have in the tree; one that two wheels share counts for each.
    pub files: u64,
    /// What the user should know and what stops nothing, in the order of the wheels.
    pub notes: Vec<Note>,
}

/// Something about a wheel that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The wheel's file name.
    pub wheel: String,
    /// What about it.
    pub what: Remark,
}

/// What a [`Note`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// It has a `.pth` file, and Python reads those only in its own site-packages.
    Pth(FileName),
    /// It does not agree with its `RECORD`.
    Record(RecordProblem),
    /// It disagrees with its `RECORD` in so many more places.
    MoreRecord(u64),
    /// Its `Wheel-Version` is newer than the one that this code knows, of the same major version.
    Newer(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wheel `{}`", self.wheel)?;
        match &self.what {
            Remark::Pth(file) => write!(
                f,
                " has `{file}`, which Python does not read from PYTHONPATH; if the package needs it, bake it into \
                 the image"
            ),
            Remark::Record(problem) => write!(f, ": {problem}"),
            Remark::MoreRecord(count) => write!(f, " disagrees with its RECORD in {count} more places"),
            Remark::Newer(version) => {
                write!(f, " has Wheel-Version {version}, newer than 1.0; it is installed as 1.0")
            }
        }
    }
}

/// Installs `wheels` into `tree`, one after another.
///
/// The same as [`plan`] and then [`Plan::unpack`] for each: who has threads to spare calls these.
pub fn install(
    wheels: &[WheelFile<'_>],
    check: RecordCheck,
    tree: &impl Tree,
) -> Result<Installed, WheelError> {
    let mut installed = Installed::default();
    for plan in plan(wheels)? {
        let one = plan.unpack(check, tree)?;
        installed.files += one.files;
        installed.notes.extend(one.notes);
    }
    Ok(installed)
}

/// Decides where every file of `wheels` goes; reads the archives and writes nothing.
///
/// Fails where a wheel is not to be trusted, or where two wheels want to write one file with different bytes. The
/// plans may be [unpacked](Plan::unpack) in any order and at once.
pub fn plan(wheels: &[WheelFile<'_>]) -> Result<Vec<Plan>, WheelError> {
    let mut plans = wheels.iter().map(Plan::of).collect::<Result<Vec<_>, _>>()?;
    clash::settle(&mut plans)?;
    Ok(plans)
}
