//! Which indexes are asked for a project.
//!
//! An index that claims projects is asked for these and for nothing else, and no other one is asked for them:
//! the rule of repositories that claim groups ([`maven`](crate::maven)). Where several claim a project, those
//! with the closest claim have it, in their order. What nobody claims is asked of those that claim nothing.

use pep508_rs::PackageName;

use crate::sources::Index;

/// The indexes that are asked for `project`, in order.
pub(super) fn route<'a>(indexes: &'a [Index], project: &PackageName) -> Vec<&'a Index> {
    let claim =
        |index: &Index| index.packages.iter().filter_map(|pattern| pattern.closeness(project.as_ref())).max();
    let closest = indexes.iter().filter_map(claim).max();
    let is_asked = |index: &&Index| match closest {
        Some(_) => claim(index) == closest,
        None => index.packages.is_empty(),
    };
    indexes.iter().filter(is_asked).collect()
}

/// The indexes that are asked for `project`, for people, and why not others.
pub(super) fn shown(indexes: &[Index], project: &PackageName) -> String {
    let asked = route(indexes, project);
    let ids: Vec<&str> = asked.iter().map(|index| index.id.as_str()).collect();
    let is_claimed = asked.iter().any(|index| !index.packages.is_empty());
    let others_claim = indexes.iter().any(|index| !index.packages.is_empty());
    match (ids.is_empty(), is_claimed) {
        (true, _) => {
            format!("none, since all claim other projects than `{project}` (list one without `packages`)")
        }
        (false, true) => format!("{}, since the project `{project}` is claimed", ids.join(", ")),
        (false, false) if others_claim => {
            format!("{}, since the others claim other projects", ids.join(", "))
        }
        (false, false) => ids.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn indexes(claims: &[&str]) -> Vec<Index> {
        let named = claims.iter().enumerate().map(|(number, packages)| Index {
            id: format!("i{number}").parse().expect("an id"),
            url: format!("https://i{number}.example.org/").parse().expect("a URL"),
            credentials: None,
            packages: packages.split_whitespace().map(|name| name.parse().expect(name)).collect(),
            is_flat: false,
        });
        named.collect()
    }

    #[test]
    fn the_closest_claim_has_a_project_alone_and_is_told() {
        let check = |claims: &[&str], project: &str, expected: &[&str], told: &str| {
            let (indexes, project) = (indexes(claims), PackageName::from_str(project).expect(project));
            let ids: Vec<_> =
                route(&indexes, &project).into_iter().map(|index| index.id.to_string()).collect();
            assert_eq!(ids, expected, "{claims:?} {project}");
            assert_eq!(shown(&indexes, &project), told, "{claims:?} {project}");
        };
        check(&["", ""], "torch", &["i0", "i1"], "i0, i1");
        check(&["", "torch"], "torch", &["i1"], "i1, since the project `torch` is claimed");
        check(&["", "torch"], "numpy", &["i0"], "i0, since the others claim other projects");
        check(&["n*", "nvidia-*"], "nvidia-x", &["i1"], "i1, since the project `nvidia-x` is claimed");
        check(&["n*", "nvidia-x"], "nvidia-y", &["i0"], "i0, since the project `nvidia-y` is claimed");
        let none = "none, since all claim other projects than `numpy` (list one without `packages`)";
        check(&["torch"], "numpy", &[], none);
    }
}
