//! Why a POM cannot be used.

use thiserror::Error;

use crate::maven::gav::Gav;
use crate::requirements::Module;
use crate::xml::XmlFault;

/// The longest chain of parents; real ones end before 10.
pub(super) const MAX_PARENTS: usize = 32;
/// The most imports in one POM, and the deepest nesting of imports in imports.
pub(super) const MAX_IMPORTS: usize = 256;
pub(super) const MAX_IMPORT_DEPTH: usize = 32;

/// A POM that cannot be used, and how it was reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} {fault}", self.name())]
pub struct PomError {
    /// Whose POM.
    pub gav: Gav,
    /// What it is to other POMs, nearest first: `parent of g:a:v`.
    pub needed_as: Vec<String>,
    /// What is wrong with it.
    pub fault: PomFault,
}

impl PomError {
    /// Whose POM it is, and what it is to other POMs.
    pub fn name(&self) -> String {
        let needed_as = self.needed_as.iter().map(|need| format!(", {need}"));
        needed_as.fold(format!("the POM of `{}`", self.gav), |name, need| name + &need)
    }
}

/// What is wrong with a POM. It completes a sentence that begins with the POM's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PomFault {
    /// No repository has it.
    #[error("is in none of the repositories")]
    Absent,
    /// It cannot be read.
    #[error("{0}")]
    Xml(XmlFault),
    /// It is the POM of another module.
    #[error("says that it is the POM of `{0}`; the repository has a wrong file there, ask another one")]
    OtherModule(Box<Module>),
    /// It is its own ancestor.
    #[error("is its own ancestor")]
    ParentCycle,
    /// Its parents go on and on.
    #[error("has more than {MAX_PARENTS} parents one above the other")]
    TooManyParents,
    /// It imports itself, directly or not.
    #[error("imports itself")]
    ImportCycle,
    /// More imports than any honest POM has.
    #[error("has more than {MAX_IMPORTS} imports, or imports nested more than {MAX_IMPORT_DEPTH} deep")]
    TooManyImports,
    /// A parent or import without a usable coordinate.
    #[error("names `{0}` as a parent or import, which is no complete coordinate")]
    Reference(String),
    /// A parent or import by a range that holds no version.
    #[error("names `{0}` as a parent or import, and no repository lists a version in that range")]
    EmptyRange(Box<Gav>),
}
