//! Which version of a module a closure gets, of those that are asked for.

use std::collections::BTreeSet;

use super::fault::FaultKind;
use super::gav::{Gav, is_plain};
use super::ground::{Ground, PlaceId};
use super::interpolation::is_open;
use super::model::Dependency;
use super::models::{Models, Query, Unready};
use super::range::{Constraint, Ranges};
use super::request::Policy;
use super::version::Version;
use super::walk::{Edge, MAX_MOVES, Walk};
use crate::requirements::{Mode, Module};

/// What is asked of one place.
#[derive(Debug, Default)]
pub(super) struct Demands {
    /// Without duplicates, in the order of the walk, each with whose POM it stands in: none is the user, and
    /// in mode `spark`, where it makes no difference, everybody.
    wishes: Vec<(Option<PlaceId>, Constraint)>,
    /// The version that a named package is pinned to.
    pinned: Option<Version>,
    /// Who asked first; none is the user.
    pub(super) first: Option<PlaceId>,
}

impl Demands {
    pub(super) fn by(first: Option<PlaceId>) -> Self {
        Self { first, ..Self::default() }
    }

    pub(super) fn add(&mut self, by: Option<PlaceId>, wish: &Constraint) {
        if !self.wishes.iter().any(|known| known.0 == by && known.1 == *wish) {
            self.wishes.push((by, wish.clone()));
        }
    }

    /// Adds a wish that is nearer to the root than all before.
    pub(super) fn prefer(&mut self, by: Option<PlaceId>, wish: &Constraint) {
        self.wishes.retain(|known| known.0 != by || known.1 != *wish);
        self.wishes.insert(0, (by, wish.clone()));
    }

    /// A root's version is final; of several the newest.
    pub(super) fn pin(&mut self, wish: &Constraint) {
        if let Constraint::Soft(version) = wish
            && self.pinned.as_ref().is_none_or(|pinned| pinned < version)
        {
            self.pinned = Some(version.clone());
        }
    }

    fn soft(&self) -> impl Iterator<Item = &Version> {
        self.wishes.iter().filter_map(|(_, wish)| match wish {
            Constraint::Soft(version) => Some(version),
            Constraint::Hard(_) => None,
        })
    }

    fn hard(&self) -> impl Iterator<Item = &Ranges> {
        self.wishes.iter().filter_map(|(_, wish)| match wish {
            Constraint::Soft(_) => None,
            Constraint::Hard(ranges) => Some(ranges),
        })
    }

    /// Whether `version` is in all ranges.
    fn allow(&self, version: &Version) -> bool {
        self.hard().all(|ranges| ranges.contains(version))
    }

    /// `listed` are the versions that ranges may choose from.
    fn newest(&self, listed: &[Version]) -> Option<Version> {
        newest(listed.iter().chain(self.soft()).filter(|version| self.allow(version)))
    }

    /// The first that can be had, and of several in one POM, as relocations make them, the newest
    /// (`NearestVersionSelector.isNearer`).
    fn nearest(&self, listed: &[Version]) -> Option<Version> {
        let mut possible = self.wishes.iter().filter_map(|(by, wish)| match wish {
            Constraint::Soft(version) => self.allow(version).then(|| (by, version.clone())),
            Constraint::Hard(_) => Some((by, newest(listed.iter().filter(|version| self.allow(version)))?)),
        });
        let (by, first) = possible.next()?;
        let beside = possible.filter(|other| other.0 == by).map(|(_, version)| version);
        Some(beside.fold(first, |best, version| if version > best { version } else { best }))
    }
}

impl Walk {
    /// The version that the demands seen so far come to.
    ///
    /// Ranges are conditions. In mode `spark` the newest version in all of them wins, of those that the
    /// repositories list and those asked for by name; without a range the newest that is asked for, and
    /// of equal ones the first. In mode `maven` it is the first demand that is in all ranges, and the
    /// newest of a range's own.
    pub(super) fn choose(&mut self, ground: &mut Ground<'_>, place: PlaceId) -> Option<Version> {
        let name = ground.name(place);
        let pinned = self.demands.get(&place)?.pinned.clone();
        let listed = if pinned.is_none() { self.listed(ground, place, &name) } else { Vec::new() };
        let demands = self.demands.get(&place)?;
        let chosen = pinned.or_else(|| match ground.policy.mode() {
            Mode::Spark => demands.newest(&listed),
            Mode::Maven => demands.nearest(&listed),
        });
        let chosen = match (chosen, ground.floors.get(&place)) {
            // A range that the held version is not in leaves nothing.
            (Some(chosen), Some(floor)) if chosen < *floor => demands.allow(floor).then(|| floor.clone()),
            (chosen, _) => chosen,
        };
        if let Some(version) = chosen {
            return Some(self.follow_own_relocation(ground, place, version));
        }
        let kind = FaultKind::NoVersion {
            module: Box::new(name.as_ref().clone()),
            demands: self.askers(ground, place),
        };
        self.fault(ground, Some(place), kind);
        None
    }

    /// The versions that a range may choose from. `[1.0]` names its version, so that there is no need to
    /// ask what else there is.
    fn listed(&mut self, ground: &Ground<'_>, place: PlaceId, name: &Module) -> Vec<Version> {
        let hard: Vec<&Ranges> = self.demands.get(&place).into_iter().flat_map(Demands::hard).collect();
        if hard.is_empty() {
            return Vec::new();
        }
        let exact: Vec<Version> = hard.into_iter().filter_map(Ranges::exact).cloned().collect();
        if !exact.is_empty() {
            return exact;
        }
        let Some(listed) = ground.models.versions(name) else {
            self.missing.insert(Query::Versions(name.clone()));
            return Vec::new();
        };
        listed.to_vec()
    }

    /// The ranges that leave no version, and who asks for each.
    fn askers(&self, ground: &Ground<'_>, place: PlaceId) -> String {
        let root = ground.roots.iter().filter(|root| root.coordinate.module == *ground.name(place));
        let by_user = root.map(|root| (&root.constraint, "the package itself".to_owned()));
        let below = self.edges.iter().filter(|edge| edge.to == place);
        let by_pom =
            below.map(|Edge { from, wish, .. }| (wish, format!("`{}`", self.release(ground, *from))));
        let hard = by_user.chain(by_pom).filter(|(wish, _)| matches!(wish, Constraint::Hard(_)));
        let texts: BTreeSet<String> =
            hard.map(|(wish, by)| format!("`{wish}` (asked for by {by})")).collect();
        texts.into_iter().collect::<Vec<_>>().join(" and ")
    }

    /// Whether a wish can be what the place's version comes from: only from there does its release bring
    /// its dependencies in mode `maven`. Where the version is held, it comes from nobody's wish.
    pub(super) fn admits(
        &mut self,
        ground: &mut Ground<'_>,
        place: PlaceId,
        wish: &Constraint,
        chosen: &Version,
    ) -> bool {
        if ground.floors.contains_key(&place) {
            return true;
        }
        match wish {
            Constraint::Hard(ranges) => ranges.contains(chosen),
            Constraint::Soft(version) if version == chosen => true,
            Constraint::Soft(version) => {
                self.follow_own_relocation(ground, place, version.clone()) == *chosen
            }
        }
    }

    /// A release may say that it is to be had under another version of the same module.
    fn follow_own_relocation(
        &mut self,
        ground: &mut Ground<'_>,
        place: PlaceId,
        mut version: Version,
    ) -> Version {
        let module = ground.name(place);
        let mut passed = BTreeSet::new();
        while unusable(version.as_str()).is_none() && passed.insert(version.as_str().to_owned()) {
            if passed.len() > MAX_MOVES {
                self.fault(ground, Some(place), FaultKind::Moving);
                break;
            }
            let gav = Gav { module: module.as_ref().clone(), version: version.as_str().to_owned() };
            let relocation = if ground.policy.is_transitive {
                ground.models.model(&gav).map(|model| model.relocation.clone())
            } else {
                ground.models.relocation(&gav)
            };
            match relocation {
                Ok(Some(to)) if to.module == *module => version = Version::new(&to.version),
                Err(Unready::Missing(missing)) => {
                    self.missing.extend(missing);
                    break;
                }
                // What is wrong shows again when the release is expanded.
                Ok(_) | Err(Unready::Failed(_)) => break,
            }
        }
        version
    }
}

/// The newest version, and the first of equal ones, so that the spelling is the one written first.
fn newest<'a>(versions: impl Iterator<Item = &'a Version>) -> Option<Version> {
    versions
        .fold(None, |best: Option<&Version>, version| match best {
            Some(best) if best >= version => Some(best),
            _ => Some(version),
        })
        .cloned()
}

/// What a dependency asks for, `managed` being the version that POMs above it decide.
pub(super) fn wish(
    dependency: &Dependency,
    managed: Option<&str>,
    models: &mut Models,
) -> Result<Constraint, FaultKind> {
    let key = &dependency.key;
    let module = || Box::new(key.module.clone());
    let Some(version) = managed.or(dependency.version.as_deref()) else {
        return Err(FaultKind::WithoutVersion(module()));
    };
    let parts = [&key.module.group, &key.module.artifact, &key.kind];
    let parts = || parts.into_iter().map(String::as_str).chain(key.classifier.as_deref());
    if let Some(open) = parts().chain([version]).find(|part| is_open(part)) {
        return Err(FaultKind::Undefined { module: module(), text: open.to_owned() });
    }
    if !parts().all(is_plain) {
        return Err(FaultKind::IllegalName(module()));
    }
    models.constraint(version).map_err(|fault| FaultKind::Range {
        module: module(),
        text: version.to_owned(),
        fault,
    })
}

/// Whether a version stands for another one every day.
pub(super) fn is_dynamic(version: &str) -> bool {
    matches!(version, "LATEST" | "RELEASE") || version.starts_with("latest.")
}

/// Why a wish for `LATEST` or `RELEASE` is not settled.
pub(super) enum Unsettled {
    /// The lists are not known yet.
    Missing(Query),
    /// The lists name none.
    Nothing,
}

/// What a wish comes to where the user allows versions that change with time: such a one stands for what
/// the repositories list now. Where they are not allowed they stay, and are refused as
/// [unusable](unusable).
pub(super) fn settle(
    policy: &Policy,
    models: &Models,
    module: &Module,
    wish: Constraint,
) -> Result<Constraint, Unsettled> {
    match &wish {
        Constraint::Soft(version) if policy.allows_dynamic() && is_dynamic(version.as_str()) => {
            let listing = models.listing(module);
            let listing = listing.ok_or_else(|| Unsettled::Missing(Query::Versions(module.clone())))?;
            let settled = listing.settle(version.as_str()).ok_or(Unsettled::Nothing)?;
            Ok(Constraint::Soft(Version::new(settled)))
        }
        Constraint::Soft(_) | Constraint::Hard(_) => Ok(wish),
    }
}

/// Why a version can never be fetched.
pub(super) fn unusable(version: &str) -> Option<FaultKind> {
    if is_dynamic(version) {
        Some(FaultKind::Dynamic)
    } else if is_open(version) || !is_plain(version) {
        Some(FaultKind::IllegalVersion)
    } else {
        None
    }
}
