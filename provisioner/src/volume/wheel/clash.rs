//! Files that are wanted twice: refused, but for wheels that bring the very same bytes.
//!
//! Names are compared without regard to case, so that a set means the same on every filesystem.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use fatwood_resolver::digest::Digest;
use fatwood_resolver::publish::PublishError;

use super::archive::{Archive, member_error};
use super::error::{Fault, WheelError};
use super::plan::{Place, Plan};

/// A place: the index of its plan, and its own in the plan.
type At = (usize, usize);

/// Finds every file that is wanted twice; of those with the same bytes, all but the first are marked as shared.
pub(super) fn settle(plans: &mut [Plan]) -> Result<(), WheelError> {
    let shared = find(plans)?;
    let digests = digests(plans, &shared)?;
    for (first, second) in &shared {
        if digests.get(first) != digests.get(second) {
            return Err(clash(plans, *first, *second, "with different bytes"));
        }
    }
    for (_, (plan, place)) in shared {
        plans[plan].places[place].is_shared = true;
    }
    Ok(())
}

/// Every pair of places of one name in different wheels. Fails where two names are not the same but cannot both be.
fn find(plans: &[Plan]) -> Result<Vec<(At, At)>, WheelError> {
    let mut files: BTreeMap<String, At> = BTreeMap::new();
    let mut directories: BTreeMap<String, At> = BTreeMap::new();
    let mut shared = Vec::new();
    for (at, place) in all(plans) {
        let name = place.at.as_str().to_lowercase();
        if let Some(inside) = directories.get(&name) {
            return Err(clash(plans, *inside, at, "once as a directory and once as a file"));
        }
        for directory in ancestors(&name) {
            if let Some(file) = files.get(directory) {
                return Err(clash(plans, *file, at, "once as a file and once as a directory"));
            }
            if directories.contains_key(directory) {
                break;
            }
            directories.insert(directory.to_owned(), at);
        }
        let Some(first) = files.get(&name) else {
            files.insert(name, at);
            continue;
        };
        if first.0 == at.0 {
            return Err(clash(plans, *first, at, ""));
        }
        if plans[first.0].places[first.1].at != place.at {
            return Err(clash(plans, *first, at, "in names that differ by case alone"));
        }
        shared.push((*first, at));
    }
    Ok(shared)
}

fn all(plans: &[Plan]) -> impl Iterator<Item = (At, &Place)> {
    plans
        .iter()
        .enumerate()
        .flat_map(|(plan, it)| it.places.iter().enumerate().map(move |(place, it)| ((plan, place), it)))
}

/// The directories above a file, the nearest first.
fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('/').map(|(end, _)| &name[..end])
}

/// The digests of all places that are wanted twice. The CRC that archives carry would be no proof.
fn digests(plans: &[Plan], shared: &[(At, At)]) -> Result<BTreeMap<At, Digest>, WheelError> {
    let wanted: BTreeSet<At> = shared.iter().flat_map(|(first, second)| [*first, *second]).collect();
    let mut digests = BTreeMap::new();
    let mut open: Option<(usize, Archive)> = None;
    for at in wanted {
        let plan = &plans[at.0];
        let mut archive = match open.take() {
            Some((index, archive)) if index == at.0 => archive,
            _ => Archive::open(&plan.wheel, &plan.path)?,
        };
        let place = &plan.places[at.1];
        let copied = plan.copy(place, &mut archive, None, &mut io::sink()).map_err(|error| {
            error.into_wheel(|source| PublishError::Io { act: "hash", path: plan.path.clone(), source })
        })?;
        digests.insert(at, copied.sha256);
        open = Some((at.0, archive));
    }
    Ok(digests)
}

/// The error for two places that cannot both be: within one wheel, or between two.
fn clash(plans: &[Plan], first: At, second: At, how: &'static str) -> WheelError {
    let (a, b) = (&plans[first.0], &plans[second.0]);
    let place = b.places[second.1].at.to_string();
    if first.0 != second.0 {
        return WheelError::Clash { first: a.wheel.clone(), second: b.wheel.clone(), place, how };
    }
    let (member, other) = (b.origin(&b.places[second.1]), a.origin(&a.places[first.1]));
    member_error(&b.wheel, &member, Fault::SamePlace { other, place })
}
