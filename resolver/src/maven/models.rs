//! What is known of the repositories so far, and the effective POMs that follow from it.

mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use self::error::{MAX_IMPORT_DEPTH, MAX_IMPORTS, MAX_PARENTS};
pub use self::error::{PomError, PomFault};
use super::gav::Gav;
use super::hash::{HashMap, HashSet};
use super::interpolation::{Interpolator, is_open};
use super::management::Written;
use super::metadata::Listing;
use super::model::{self, Model};
use super::pom::{Pom, Reference};
use super::range::{Constraint, RangeFault};
use super::runtime::Runtime;
use super::version::Version;
use super::waiting::Waiting;
use crate::manifest::plain;
use crate::requirements::{Mode, Module, Target};

/// Something that a repository must be asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// The POM of a release.
    Pom(Gav),
    /// Every version of a module that any repository lists.
    Versions(Module),
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pom(gav) => write!(f, "the POM of {gav}"),
            Self::Versions(module) => write!(f, "the versions of {module}"),
        }
    }
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The bytes of a POM.
    Pom(Vec<u8>),
    /// What is listed of a module.
    Versions(Listing),
    /// No repository has it.
    Absent,
}

/// The imports that one call is in.
#[derive(Default)]
struct Imports {
    /// The POMs whose imports are being built, outermost first.
    open: Vec<Gav>,
    /// What was found incomplete, and has told already what it misses.
    incomplete: HashSet<Gav>,
}

/// Why a model is not there yet.
pub(super) enum Unready {
    Missing(BTreeSet<Query>),
    Failed(Box<PomError>),
}

/// Everything that has been answered, and every effective POM built from it.
pub(super) struct Models {
    mode: Mode,
    runtime: Runtime,
    poms: HashMap<Gav, Result<Arc<Pom>, PomFault>>,
    versions: HashMap<Module, Vec<Version>>,
    listings: HashMap<Module, Listing>,
    built: HashMap<Gav, Result<Arc<Model>, Box<PomError>>>,
    /// What has been built without an error, in that order.
    good: Vec<(Gav, Arc<Model>)>,
    waiting: Waiting,
    /// By POM, what its children inherit of its management.
    written: HashMap<Gav, Arc<Written>>,
    /// What texts of versions mean. The same few come back in every walk.
    constraints: HashMap<String, Result<Constraint, RangeFault>>,
}

impl Models {
    pub(super) fn new(target: &Target, mode: Mode) -> Self {
        Self {
            mode,
            runtime: Runtime::of(target),
            poms: HashMap::default(),
            versions: HashMap::default(),
            listings: HashMap::default(),
            built: HashMap::default(),
            good: Vec::new(),
            waiting: Waiting::default(),
            written: HashMap::default(),
            constraints: HashMap::default(),
        }
    }

    pub(super) fn feed(&mut self, query: Query, answer: Answer) {
        self.waiting.feed(&query);
        match (query, answer) {
            (Query::Pom(gav), Answer::Pom(bytes)) => {
                let pom = Pom::parse(&bytes).map_err(PomFault::Xml);
                let pom = pom.and_then(|pom| of_module(pom, &gav.module));
                self.poms.insert(gav, pom);
            }
            (Query::Pom(gav), Answer::Absent | Answer::Versions(_)) => {
                self.poms.insert(gav, Err(PomFault::Absent));
            }
            (Query::Versions(module), Answer::Versions(listing)) => self.list(module, listing),
            (Query::Versions(module), Answer::Absent | Answer::Pom(_)) => {
                self.list(module, Listing::default());
            }
        }
    }

    fn list(&mut self, module: Module, listing: Listing) {
        let versions = listing.versions.iter().map(|version| Version::new(version)).collect();
        self.versions.insert(module.clone(), versions);
        self.listings.insert(module, listing);
    }

    /// What the repositories list of a module, once it is known.
    pub(super) fn listing(&self, module: &Module) -> Option<&Listing> {
        self.listings.get(module)
    }

    /// The versions of a module, once they are known.
    pub(super) fn versions(&self, module: &Module) -> Option<&[Version]> {
        self.versions.get(module).map(Vec::as_slice)
    }

    /// What stands in a `version` element; see [`Constraint::parse`].
    pub(super) fn constraint(&mut self, text: &str) -> Result<Constraint, RangeFault> {
        if let Some(known) = self.constraints.get(text) {
            return known.clone();
        }
        let constraint = Constraint::parse(text);
        self.constraints.insert(text.to_owned(), constraint.clone());
        constraint
    }

    /// Every model that is built, in that order.
    pub(super) fn built(&self) -> &[(Gav, Arc<Model>)] {
        &self.good
    }

    /// How many models are built.
    pub(super) fn built_count(&self) -> usize {
        self.built.len()
    }

    /// The effective POM of a release, or everything that is known to be missing for it.
    pub(super) fn model(&mut self, gav: &Gav) -> Result<Arc<Model>, Unready> {
        if let Some(missing) = self.waiting.missing(gav) {
            return Err(Unready::Missing(missing.clone()));
        }
        let result = self.build(gav, &mut Imports::default());
        if let Err(Unready::Missing(missing)) = &result {
            self.waiting.wait(gav, missing);
        }
        result
    }

    /// Tries again what answers have come for. Gives what is known now to be missing, and whether there is
    /// anything that a walk has not seen.
    pub(super) fn retry(&mut self) -> (BTreeSet<Query>, bool) {
        let mut missing = BTreeSet::new();
        for gav in std::mem::take(&mut self.waiting.stirred) {
            match self.model(&gav) {
                Err(Unready::Missing(more)) => missing.extend(more),
                Ok(_) | Err(Unready::Failed(_)) => self.waiting.has_news = true,
            }
        }
        (missing, self.waiting.has_news)
    }

    /// A walk begins, which sees everything and asks anew for what it needs.
    pub(super) fn begin_walk(&mut self) {
        self.waiting = Waiting::default();
    }

    fn build(&mut self, gav: &Gav, imports: &mut Imports) -> Result<Arc<Model>, Unready> {
        if let Some(built) = self.built.get(gav) {
            return built.clone().map_err(Unready::Failed);
        }
        if imports.incomplete.contains(gav) {
            return Err(Unready::Missing(BTreeSet::new()));
        }
        let result = self.build_anew(gav, imports);
        match &result {
            Ok(model) => {
                self.built.insert(gav.clone(), Ok(Arc::clone(model)));
                self.good.push((gav.clone(), Arc::clone(model)));
            }
            // A circle's error depends on where it was entered, so only the outermost POM keeps it.
            Err(Unready::Failed(error)) if imports.open.is_empty() => {
                self.built.insert(gav.clone(), Err(error.clone()));
            }
            Err(Unready::Failed(_)) => {}
            Err(Unready::Missing(_)) => {
                imports.incomplete.insert(gav.clone());
            }
        }
        result
    }

    fn build_anew(&mut self, gav: &Gav, imports: &mut Imports) -> Result<Arc<Model>, Unready> {
        let (lineage, poms) = self.lineage(gav)?;
        let inherited =
            self.inherited(lineage.get(1..).unwrap_or_default(), poms.get(1..).unwrap_or_default());
        let assembly = model::assemble(gav, &lineage, (poms.get(1), &inherited), &self.runtime);
        let references = assembly.written.imports();
        if imports.open.contains(gav) {
            return Err(failed(gav, PomFault::ImportCycle));
        }
        if references.len() > MAX_IMPORTS || imports.open.len() > MAX_IMPORT_DEPTH {
            return Err(failed(gav, PomFault::TooManyImports));
        }
        imports.open.push(gav.clone());
        let imported = self.build_all(gav, &references, imports);
        imports.open.pop();
        let notes: Vec<String> = other_versions(&lineage, &poms).collect();
        let mut model = assembly.complete(self.mode, poms, imported?);
        model.notes.extend(notes);
        Ok(Arc::new(model))
    }

    /// The models of everything that one POM imports. It ends at the first failure, so that a failure
    /// far down is not looked for again along every path to it.
    fn build_all(
        &mut self,
        importer: &Gav,
        references: &[Reference],
        imports: &mut Imports,
    ) -> Result<Vec<Arc<Model>>, Unready> {
        let mut models = Vec::new();
        let mut missing: Option<BTreeSet<Query>> = None;
        for reference in references {
            let model = self.decide(importer, reference).and_then(|import| {
                self.build(&import, imports)
                    .map_err(|unready| needed_as(unready, &import, "imported by", importer))
            });
            match model {
                Ok(model) => models.push(model),
                Err(Unready::Missing(more)) => missing.get_or_insert_default().extend(more),
                // Which failure it is must not depend on which answer came first.
                Err(failure @ Unready::Failed(_)) => return Err(missing.map_or(failure, Unready::Missing)),
            }
        }
        missing.map_or(Ok(models), |missing| Err(Unready::Missing(missing)))
    }

    /// Where the release has moved to, by its POM alone: neither parents nor imports are asked for, and
    /// a release without a POM has not moved.
    pub(super) fn relocation(&self, gav: &Gav) -> Result<Option<Gav>, Unready> {
        match self.pom(gav) {
            Ok(pom) => {
                let alone = [Arc::new(Pom { parent: None, ..Pom::clone(&pom) })];
                Ok(model::assemble(gav, &alone, (None, &Arc::default()), &self.runtime).relocation)
            }
            Err(Unready::Failed(error)) if error.fault == PomFault::Absent => Ok(None),
            Err(unready) => Err(unready),
        }
    }

    /// What a POM manages together with its parents, for those that have it as their parent.
    fn inherited(&mut self, lineage: &[Arc<Pom>], poms: &[Gav]) -> Arc<Written> {
        let (Some(gav), [_, parents @ ..]) = (poms.first(), lineage) else { return Arc::default() };
        if let Some(known) = self.written.get(gav) {
            return Arc::clone(known);
        }
        let above = self.inherited(parents, &poms[1..]);
        let assembly = model::assemble(gav, lineage, (poms.get(1), &above), &self.runtime);
        let written = assembly.written;
        self.written.insert(gav.clone(), Arc::clone(&written));
        written
    }

    /// The POM and its parents, and their coordinates.
    fn lineage(&self, gav: &Gav) -> Result<(Vec<Arc<Pom>>, Vec<Gav>), Unready> {
        let mut lineage = Vec::new();
        let mut chain = vec![gav.clone()];
        loop {
            let current = &chain[lineage.len()];
            let pom = self.pom(current).map_err(|mut unready| {
                for child in chain.iter().rev().skip(1) {
                    unready = needed_as(unready, current, "parent of", child);
                }
                unready
            })?;
            lineage.push(Arc::clone(&pom));
            let Some(parent) = &pom.parent else { break };
            let parent = self.decide(current, &interpolate_reference(&pom, parent, &self.runtime))?;
            if chain.contains(&parent) {
                return Err(failed(gav, PomFault::ParentCycle));
            }
            if chain.len() > MAX_PARENTS {
                return Err(failed(gav, PomFault::TooManyParents));
            }
            chain.push(parent);
        }
        Ok((lineage, chain))
    }

    fn pom(&self, gav: &Gav) -> Result<Arc<Pom>, Unready> {
        match self.poms.get(gav) {
            Some(pom) => pom.clone().map_err(|fault| failed(gav, fault)),
            None => Err(Unready::Missing(BTreeSet::from([Query::Pom(gav.clone())]))),
        }
    }

    /// The release that a parent or an import means, a range decided for its newest version.
    fn decide(&self, of: &Gav, reference: &Reference) -> Result<Gav, Unready> {
        let Reference { group, artifact, version } = reference;
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let (module, version) = (Module { group: part(group), artifact: part(artifact) }, part(version));
        let written = Gav { module, version };
        let unusable =
            || failed(of, PomFault::Reference(plain(&written.to_string()).chars().take(200).collect()));
        let version = match Constraint::parse(&written.version) {
            Ok(Constraint::Soft(version)) => version,
            Ok(Constraint::Hard(ranges)) => match (ranges.exact(), self.versions(&written.module)) {
                (Some(version), _) => version.clone(),
                (None, Some(versions)) => {
                    let newest = versions.iter().filter(|version| ranges.contains(version)).max();
                    newest
                        .cloned()
                        .ok_or_else(|| failed(of, PomFault::EmptyRange(Box::new(shown(&written)))))?
                }
                (None, None) => {
                    return Err(Unready::Missing(BTreeSet::from([Query::Versions(written.module)])));
                }
            },
            Err(_) => return Err(unusable()),
        };
        let gav = Gav { module: written.module.clone(), version: version.as_str().to_owned() };
        if gav.is_plain() { Ok(gav) } else { Err(unusable()) }
    }
}

/// A coordinate as a POM writes it, fit for a message.
fn shown(written: &Gav) -> Gav {
    let Gav { module: Module { group, artifact }, version } = written;
    let module = Module { group: plain(group), artifact: plain(artifact) };
    Gav { module, version: plain(version) }
}

/// A parent's coordinate may use the POM's own properties (`${revision}`), there being no others yet.
fn interpolate_reference(pom: &Pom, parent: &Reference, runtime: &Runtime) -> Reference {
    let interpolator = Interpolator::new(BTreeMap::new(), vec![&pom.body.properties], runtime);
    let part = |text: &Option<String>| text.as_deref().map(|text| interpolator.apply(text));
    Reference { group: part(&parent.group), artifact: part(&parent.artifact), version: part(&parent.version) }
}

/// The POM, unless it states that it is that of another module: whatever it says would count for a module
/// that it says nothing of. Maven and coursier do not look.
fn of_module(pom: Pom, module: &Module) -> Result<Arc<Pom>, PomFault> {
    let group = pom.group.as_ref().or_else(|| pom.parent.as_ref()?.group.as_ref());
    let stated = |stated: Option<&String>, asked: &String| {
        stated.filter(|stated| !is_open(stated)).unwrap_or(asked).clone()
    };
    let stated = Module {
        group: stated(group, &module.group),
        artifact: stated(pom.artifact.as_ref(), &module.artifact),
    };
    if stated == *module { Ok(Arc::new(pom)) } else { Err(PomFault::OtherModule(Box::new(stated))) }
}

/// What to note of POMs that state another version than the one they were asked for by. There are such
/// releases, of which the POM says `SNAPSHOT`.
fn other_versions<'a>(lineage: &'a [Arc<Pom>], asked: &'a [Gav]) -> impl Iterator<Item = String> + 'a {
    lineage.iter().zip(asked).enumerate().filter_map(|(index, (pom, asked))| {
        let stated = pom.version.as_ref().or_else(|| pom.parent.as_ref()?.version.as_ref())?;
        let is_other = *stated != asked.version && !is_open(stated) && !stated.starts_with(['[', '(']);
        let of = if index == 0 { String::new() } else { format!(" of the parent `{asked}`") };
        is_other.then(|| format!("the version{of} is stated as `{stated}`; the one asked for counts"))
    })
}

fn failed(gav: &Gav, fault: PomFault) -> Unready {
    Unready::Failed(Box::new(PomError { gav: gav.clone(), needed_as: Vec::new(), fault }))
}

fn needed_as(unready: Unready, what: &Gav, how: &str, by: &Gav) -> Unready {
    match unready {
        Unready::Failed(mut error) if error.gav == *what || !error.needed_as.is_empty() => {
            error.needed_as.push(format!("{how} `{by}`"));
            Unready::Failed(error)
        }
        unready @ (Unready::Failed(_) | Unready::Missing(_)) => unready,
    }
}
