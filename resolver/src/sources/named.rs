//! The repositories and indexes that a set lists, with an id for each.

use super::locate::SaidBy;
use super::{Address, Role, SourcesError};
use crate::manifest::SourceId;
use crate::requirements::{GroupPattern, NamedUrl, ProjectPattern};

/// A repository or index of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its id, unique in the list.
    pub id: SourceId,
    /// Its URL, where the list has it.
    pub address: Option<Address>,
    /// Whether plain http is allowed.
    pub allow_http: bool,
    /// The groups that it claims.
    pub groups: Vec<GroupPattern>,
    /// The projects that it claims.
    pub packages: Vec<ProjectPattern>,
    /// Whether it is one page of links.
    pub is_flat: bool,
    /// Who says where it is.
    pub said_by: SaidBy,
}

impl Named {
    fn new(id: SourceId, address: Option<Address>, said_by: SaidBy) -> Self {
        let (groups, packages) = (Vec::new(), Vec::new());
        Self { id, address, allow_http: false, groups, packages, is_flat: false, said_by }
    }

    /// Takes what a later entry of the same id says besides. One of them may leave the URL to the other.
    fn add(&mut self, later: Self) {
        if self.address.is_none() {
            (self.address, self.said_by) = (later.address, later.said_by);
        }
        self.allow_http |= later.allow_http;
        self.groups.extend(later.groups);
        self.packages.extend(later.packages);
    }
}

/// Reads a set's list, in which `by_user` are the user's own. What stands twice counts once.
pub(super) fn list(role: Role, listed: &[NamedUrl], by_user: &[Address]) -> Result<Vec<Named>, SourcesError> {
    let mut result: Vec<Named> = Vec::new();
    for entry in listed {
        let named = named(role, entry, by_user, &result)?;
        let Some(earlier) = result.iter_mut().find(|earlier| earlier.id == named.id) else {
            result.push(named);
            continue;
        };
        if let (Some(first), Some(second)) = (&earlier.address, &named.address)
            && (first != second || earlier.is_flat != named.is_flat)
        {
            let (first, second) = (first.to_string(), second.to_string());
            return Err(SourcesError::Clash { role, id: named.id, first, second });
        }
        earlier.add(named);
    }
    Ok(result)
}

/// Names the user's URLs that have no ids.
pub(super) fn of_addresses(addresses: Vec<Address>) -> Vec<Named> {
    let mut result: Vec<Named> = Vec::new();
    for address in addresses {
        let id = id_of(&address, &result);
        if result.iter().all(|earlier| earlier.id != id) {
            result.push(Named::new(id, Some(address), SaidBy::User));
        }
    }
    result
}

/// An id of our own making, which has an id's form.
#[expect(clippy::expect_used, reason = "called with literals of an id's form, and the tests of each")]
pub(super) fn id(literal: &'static str) -> SourceId {
    literal.parse().expect("a literal id")
}

fn named(
    role: Role,
    entry: &NamedUrl,
    by_user: &[Address],
    earlier: &[Named],
) -> Result<Named, SourcesError> {
    let address = |id: &SourceId, url: &url::Url| {
        Address::try_from(url.clone()).map_err(|error| SourcesError::Url {
            role,
            id: id.clone(),
            place: "the set".to_owned(),
            reason: error.to_string(),
        })
    };
    match entry {
        NamedUrl::Id(id) => Ok(Named::new(id.clone(), None, SaidBy::Set)),
        NamedUrl::Entry { id, groups, .. } if role == Role::Index && !groups.is_empty() => {
            Err(SourcesError::Groups { id: id.clone() })
        }
        NamedUrl::Entry { id, packages, .. } if role == Role::Repository && !packages.is_empty() => {
            Err(SourcesError::Packages { id: id.clone() })
        }
        NamedUrl::Entry { id, url, allow_http, groups, packages } => {
            let address = url.as_ref().map(|url| address(id, url)).transpose()?;
            let (allow_http, groups, packages) = (*allow_http, groups.clone(), packages.clone());
            Ok(Named { allow_http, groups, packages, ..Named::new(id.clone(), address, SaidBy::Set) })
        }
        NamedUrl::FindLinks { .. } if role == Role::Repository => Err(SourcesError::FindLinks),
        NamedUrl::Url(url) | NamedUrl::FindLinks { find_links: url } => {
            let address = address(&id("unnamed"), url)?;
            let id = id_of(&address, earlier);
            let said_by = if by_user.contains(&address) { SaidBy::User } else { SaidBy::Set };
            let is_flat = matches!(entry, NamedUrl::FindLinks { .. });
            Ok(Named { is_flat, ..Named::new(id, Some(address), said_by) })
        }
    }
}

/// The id of a URL that has none: its host; where an earlier one of the list has that, the host and the
/// path, since repository managers serve many from one host.
fn id_of(address: &Address, earlier: &[Named]) -> SourceId {
    let url = &address.url;
    let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
    let host = format!("{}{port}", url.host_str().unwrap_or_default());
    let short = slug(&host);
    match earlier.iter().find(|named| named.id == short) {
        Some(named) if named.address.as_ref() != Some(address) => slug(&format!("{host}{}", url.path())),
        _ => short,
    }
}

/// A text as an id: `-` for every run of other characters, at most 64 bytes, the end kept, since paths
/// differ there.
fn slug(text: &str) -> SourceId {
    let fit = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let text: String = text.chars().map(fit).collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    let text = words.join("-");
    let tail = text.get(text.len().saturating_sub(64)..).unwrap_or_default();
    let tail = tail.trim_start_matches(['-', '.', '_']);
    tail.parse().unwrap_or_else(|_| id("unnamed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(yaml: &str) -> Result<Vec<Named>, SourcesError> {
        list(Role::Repository, &serde_saphyr::from_str::<Vec<NamedUrl>>(yaml).expect(yaml), &[])
    }

    #[test]
    fn urls_get_ids_of_their_host() {
        let check = |yaml: &str, expected: &[&str]| {
            let ids: Vec<String> =
                listed(yaml).expect(yaml).into_iter().map(|named| named.id.into()).collect();
            assert_eq!(ids, expected, "{yaml}");
        };
        check("[https://repo.example.org/m2]", &["repo.example.org"]);
        check("[central, 'http://[::1]:8081/a']", &["central", "1-8081"]);
        check(
            "[https://n.example.org/repository/a/, https://n.example.org/repository/b/]",
            &["n.example.org", "n.example.org-repository-b"],
        );
        check("[https://a.example.org/x, https://a.example.org/x]", &["a.example.org"]);
        check("[{id: own, url: https://a.example.org/, allowHttp: true}, own2]", &["own", "own2"]);
    }

    #[test]
    fn what_is_said_of_an_id_in_two_places_counts_together() {
        let yaml = "[own, {id: own, groups: [com.acme]}, {id: own, url: 'https://x.example.org/', groups: [com.acme.*]}]";
        let [own] = &listed(yaml).expect(yaml)[..] else { panic!("one repository") };
        assert_eq!(own.address, "https://x.example.org/".parse().ok());
        assert_eq!(
            own.groups.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["com.acme", "com.acme.*"]
        );
    }

    #[test]
    fn an_index_claims_no_groups() {
        let entries =
            serde_saphyr::from_str::<Vec<NamedUrl>>("[{id: own, groups: [com.acme]}]").expect("a list");
        let error = list(Role::Index, &entries, &[]).expect_err("groups of an index").to_string();
        insta::assert_snapshot!(error, @"index `own` claims `groups`, which only repositories have; leave it out");
    }

    #[test]
    fn a_repository_is_no_page_of_links() {
        let error =
            listed("[{findLinks: 'https://a.example.org/'}]").expect_err("a page of links").to_string();
        insta::assert_snapshot!(error, @"a Maven repository is no page of links; list `findLinks` under `indexes`");
    }

    #[test]
    fn a_repository_claims_no_projects() {
        let error =
            listed("[{id: own, packages: [torch]}]").expect_err("projects of a repository").to_string();
        insta::assert_snapshot!(error, @"repository `own` claims `packages`, which only indexes have; leave it out, or claim `groups`");
    }

    #[test]
    fn one_id_has_one_url() {
        let yaml =
            "[{id: a, url: 'https://u:hunter2@x.example.org/'}, {id: a, url: 'https://y.example.org/'}]";
        let error = listed(yaml).expect_err("a clash").to_string();
        insta::assert_snapshot!(error, @"repository `a` is listed with two URLs, https://x.example.org/ and https://y.example.org/; give them different ids");
    }

    #[test]
    fn a_url_becomes_an_id_whatever_it_holds() {
        for text in ["", "---", "ünï", &"x".repeat(300), "a/../b", "..."] {
            slug(text);
        }
        assert_eq!(slug(&format!("host/{}/end", "x".repeat(80))).as_str().len(), 64);
    }
}
