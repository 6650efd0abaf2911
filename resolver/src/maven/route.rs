//! Which repositories are asked for a group.
//!
//! A repository that claims groups is asked for these and for nothing else, and no other one is asked for
//! them: the name of a private module is told to nobody else, and nobody else's module of that name is taken
//! for it. Where several claim a group, those with the closest claim have it, in their order. What nobody
//! claims is asked of those that claim nothing. (Maven's Remote Repository Filtering by `groupId`, but exclusive
//! from the first claim on.)

use crate::sources::Repository;

/// The indices of the repositories that are asked for `group`, in order.
pub(super) fn route(repositories: &[Repository], group: &str) -> Vec<usize> {
    let claims: Vec<Option<usize>> = repositories
        .iter()
        .map(|repository| repository.groups.iter().filter_map(|pattern| pattern.closeness(group)).max())
        .collect();
    let closest = claims.iter().max().copied().flatten();
    let is_asked = |index: &usize| match closest {
        Some(_) => claims[*index] == closest,
        None => repositories[*index].groups.is_empty(),
    };
    (0..repositories.len()).filter(is_asked).collect()
}

/// The repositories that are asked for `group`, for people, and why not others.
pub(super) fn shown(repositories: &[Repository], group: &str) -> String {
    let asked: Vec<&Repository> =
        route(repositories, group).into_iter().map(|index| &repositories[index]).collect();
    let ids: Vec<String> = asked.iter().map(|repository| format!("`{}`", repository.id)).collect();
    let is_claimed = asked.iter().any(|repository| !repository.groups.is_empty());
    let others_claim = repositories.iter().any(|repository| !repository.groups.is_empty());
    match (ids.is_empty(), is_claimed) {
        (true, _) => format!("none, since all claim other groups than `{group}` (list one without `groups`)"),
        (false, true) => format!("{}, since the group `{group}` is claimed", ids.join(", ")),
        (false, false) if others_claim => format!("{}, since the others claim other groups", ids.join(", ")),
        (false, false) => ids.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repositories(claims: &[&str]) -> Vec<Repository> {
        let named = claims.iter().enumerate().map(|(number, groups)| Repository {
            id: format!("r{number}").parse().expect("an id"),
            url: format!("https://r{number}.example.org/").parse().expect("a URL"),
            credentials: None,
            proxies: None,
            groups: groups.split_whitespace().map(|group| group.parse().expect(group)).collect(),
        });
        named.collect()
    }

    #[test]
    fn the_closest_claim_has_a_group_alone() {
        let check = |claims: &[&str], group: &str, expected: &[usize]| {
            assert_eq!(route(&repositories(claims), group), expected, "{claims:?} {group}");
        };
        check(&["", ""], "com.acme", &[0, 1]);
        check(&["", "com.acme com.acme.*"], "com.acme", &[1]);
        check(&["", "com.acme com.acme.*"], "com.acme.data", &[1]);
        check(&["", "com.acme com.acme.*"], "org.example", &[0]);
        check(&["com.*", "com.acme.*", "com.acme.data"], "com.acme.data", &[2]);
        check(&["com.*", "com.acme.*", "com.acme.data"], "com.acme.x", &[1]);
        check(&["com.*", "com.acme.*", "com.acme.data"], "com.other", &[0]);
        check(&["com.acme.*", "", "com.acme.*"], "com.acme.x", &[0, 2]);
        check(&["com.acme"], "org.example", &[]);
    }

    #[test]
    fn who_is_asked_is_told_with_the_reason() {
        let check = |claims: &[&str], expected: &str| {
            assert_eq!(shown(&repositories(claims), "com.acme"), expected);
        };
        check(&["", ""], "`r0`, `r1`");
        check(&["", "com.acme"], "`r1`, since the group `com.acme` is claimed");
        check(&["", "com.other"], "`r0`, since the others claim other groups");
        check(
            &["com.other"],
            "none, since all claim other groups than `com.acme` (list one without `groups`)",
        );
    }
}
