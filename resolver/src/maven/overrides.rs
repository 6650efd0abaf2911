//! What the management of POMs nearer to the root says about the dependencies below them.
//!
//! A POM's `dependencyManagement` reaches its whole subtree, so the same module may be expanded under
//! as many sets of overrides as there are paths to it. Two things keep that small: a set is cut down
//! to the keys that can occur below the module at all, and equal sets are one.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::iter::successors;
use std::sync::Arc;

use super::hash::HashMap;
use super::model::{Exclusion, Key, Managed, Model, Scope};
use crate::requirements::Module;

/// Gives equal values one small number.
#[derive(Debug, Clone)]
pub(super) struct Interner<T> {
    ids: HashMap<Arc<T>, usize>,
    values: Vec<Arc<T>>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { ids: HashMap::default(), values: Vec::new() }
    }
}

impl<T: Hash + Eq + Clone> Interner<T> {
    pub(super) fn id(&mut self, value: &T) -> usize {
        if let Some(id) = self.ids.get(value) {
            return *id;
        }
        let value = Arc::new(value.clone());
        self.values.push(Arc::clone(&value));
        self.ids.insert(value, self.values.len() - 1);
        self.values.len() - 1
    }

    pub(super) fn known(&self, value: &T) -> Option<usize> {
        self.ids.get(value).copied()
    }

    pub(super) fn value(&self, id: usize) -> &Arc<T> {
        &self.values[id]
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, bit: usize) -> bool {
        if self.0.len() <= bit / 64 {
            self.0.resize(bit / 64 + 1, 0);
        }
        let word = &mut self.0[bit / 64];
        let before = *word;
        *word |= 1 << (bit % 64);
        *word != before
    }

    /// Its numbers, from the least up.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let next = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let words = successors(Some(*word).filter(|word| *word != 0), next);
            words.map(move |word| index * 64 + word.trailing_zeros() as usize)
        })
    }

    fn contains(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    fn union(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *word | more != *word;
            *word |= more;
        }
        changed
    }
}

/// Which dependencies can occur below a module, in any of its versions that are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    pub(super) modules: Interner<Module>,
    pub(super) keys: Interner<Key>,
    /// The module of each key.
    module_of: Vec<usize>,
    /// By module: the keys that it declares itself, and the modules that it has moved to.
    declared: Vec<(Bits, Bits)>,
    /// By module: every key below it, and every module.
    below: Vec<(Bits, Bits)>,
}

impl Reach {
    /// Takes one more model into account; [`Self::close`] must follow.
    pub(super) fn add(&mut self, module: &Module, model: &Model) {
        let id = self.module(module);
        for dependency in &model.dependencies {
            let key = self.keys.id(&dependency.key);
            let below = self.module(&dependency.key.module);
            self.module_of.resize(self.keys.len(), usize::MAX);
            self.module_of[key] = below;
            self.declared[id].0.insert(key);
            self.declared[id].1.insert(below);
        }
        if let Some(to) = &model.relocation {
            let to = self.module(&to.module);
            self.declared[id].1.insert(to);
        }
    }

    pub(super) fn module(&mut self, module: &Module) -> usize {
        let id = self.modules.id(module);
        if self.declared.len() <= id {
            self.declared.resize(id + 1, Default::default());
            self.below.resize(id + 1, Default::default());
        }
        id
    }

    /// Follows what was added to its end.
    pub(super) fn close(&mut self) {
        self.below.clone_from(&self.declared);
        let children: Vec<Vec<usize>> =
            self.declared.iter().map(|(_, modules)| modules.iter().collect()).collect();
        let mut changed = true;
        while changed {
            changed = false;
            // Modules found later tend to be lower, so that going backwards settles most in one turn.
            for id in (0..self.below.len()).rev() {
                let mut own = std::mem::take(&mut self.below[id]);
                for child in children[id].iter().filter(|child| **child != id) {
                    changed |= own.0.union(&self.below[*child].0);
                    changed |= own.1.union(&self.below[*child].1);
                }
                self.below[id] = own;
            }
        }
    }

    /// Whether an exclusion can make a difference below `module`.
    fn matters(&self, module: usize, exclusion: &Exclusion) -> bool {
        let named = exclusion.module();
        named.is_none_or(|named| {
            self.modules.known(&named).is_some_and(|id| self.below[module].1.contains(id))
        })
    }

    /// Only those exclusions that can make a difference below `module`.
    pub(super) fn cut_exclusions(&self, module: usize, exclusions: &ExclusionSet) -> ExclusionSet {
        exclusions.iter().filter(|exclusion| self.matters(module, exclusion)).cloned().collect()
    }
}

/// Exclusions that hold on one path.
pub(super) type ExclusionSet = std::collections::BTreeSet<Exclusion>;

/// By key, the number of what is managed: the nearest to the root decides the version, exclusions add up.
///
/// A rule for `provided` or `test` does not reach below the POM that has it, as in coursier: that a library
/// is provided where Spark itself is built says nothing of who depends on Spark.
type Overrides = BTreeMap<usize, usize>;

/// What is managed of one key from above.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Override {
    pub(super) version: Option<String>,
    pub(super) exclusions: ExclusionSet,
}

impl Override {
    /// What this and what is managed further down say together.
    fn over(&self, managed: &Managed) -> Self {
        let exclusions = self.exclusions.iter().chain(managed.exclusions.iter());
        Self {
            version: self.version.clone().or_else(|| managed.version.clone()),
            exclusions: exclusions.cloned().collect(),
        }
    }
}

/// Every set of overrides of one walk, by number.
#[derive(Default)]
pub(super) struct Contexts {
    overrides: Interner<Override>,
    sets: Interner<Overrides>,
    /// The set below a module, by the set that holds for it.
    below: HashMap<(usize, usize), usize>,
    /// A set cut down to what can occur below a module.
    cut: HashMap<(usize, usize), usize>,
    /// How many entries all sets have.
    entries: usize,
}

impl Contexts {
    /// How many entries all sets have together: what they cost in memory.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    fn id(&mut self, set: &Overrides) -> usize {
        let known = self.sets.len();
        let id = self.sets.id(set);
        if id == known {
            self.entries += set.len();
        }
        id
    }

    /// The set in which nothing is managed.
    pub(super) fn none(&mut self) -> usize {
        self.id(&Overrides::new())
    }

    /// What a set says of one key.
    pub(super) fn managed(&self, set: usize, key: usize) -> Option<&Arc<Override>> {
        self.sets.value(set).get(&key).map(|id| self.overrides.value(*id))
    }

    /// The set that holds below a release: the one that holds for it, then the release's own management.
    pub(super) fn below(&mut self, outer: usize, model: &Model, reach: &Reach, module: usize) -> usize {
        if let Some(known) = self.below.get(&(outer, module)) {
            return *known;
        }
        let mut all = self.sets.value(outer).as_ref().clone();
        for key in reach.below[module].0.iter() {
            let own = model.management.get(reach.keys.value(key));
            let Some(own) = own.filter(|own| own.scope != Some(Scope::Dropped)) else { continue };
            let outer = all.get(&key).map(|id| Arc::clone(self.overrides.value(*id))).unwrap_or_default();
            all.insert(key, self.overrides.id(&outer.over(own)));
        }
        let id = self.id(&all);
        self.below.insert((outer, module), id);
        id
    }

    /// Only those overrides of a set whose key can occur below `module`.
    pub(super) fn cut(&mut self, set: usize, reach: &Reach, module: usize) -> usize {
        if let Some(known) = self.cut.get(&(set, module)) {
            return *known;
        }
        let keys = &reach.below[module].0;
        let all = self.sets.value(set).iter().filter(|(key, _)| keys.contains(**key));
        let all = all.map(|(key, managed)| (*key, *managed)).collect();
        let id = self.id(&all);
        self.cut.insert((set, module), id);
        id
    }
}
