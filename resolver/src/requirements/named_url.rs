//! Repositories and indexes as a set lists them.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::{GroupPattern, ProjectPattern};
use crate::manifest::SourceId;

/// A repository or index: a URL, an id whose URL the configuration knows, or an id with what is to be said of
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NamedUrl {
    /// An id and what is to be said of it.
    Entry {
        /// The id.
        id: SourceId,
        /// The URL. Mirrors can be configured for the id all the same, and the user can say that it is
        /// elsewhere. Credentials configured for the id do not go to this URL, unless the user binds them to
        /// it: [`sources`](crate::sources).
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<Url>,
        /// Whether the URL may be one of plain `http://`, whose bytes anybody on the way can change.
        #[serde(rename = "allowHttp", skip_serializing_if = "std::ops::Not::not")]
        allow_http: bool,
        /// Of a repository: the groups that it claims. It is asked for these and nothing else, and no other
        /// repository is asked for them; the closest of several claims counts.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        groups: Vec<GroupPattern>,
        /// Of an index: the projects that it claims, by the same rule.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        packages: Vec<ProjectPattern>,
    },
    /// Of indexes: one page of links to wheels of any projects, as pip's `--find-links` takes it.
    FindLinks {
        /// The page's URL; the id is made from its host.
        #[serde(rename = "findLinks")]
        find_links: Url,
    },
    /// A URL alone, as spark-submit's `--repositories` takes it; its id is made from its host.
    Url(Url),
    /// An id alone.
    Id(SourceId),
}

/// By hand, since a derived one says of a wrong entry no more than that no variant fits.
impl<'de> Deserialize<'de> for NamedUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = NamedUrl;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an id, a URL, or a mapping of `id`, `url`, `allowHttp`, `groups` and `packages`, or of `findLinks`",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<NamedUrl, E> {
        match Url::parse(text) {
            Ok(url) => Ok(NamedUrl::Url(url)),
            // It may hold a password, so that it is not shown.
            Err(error) if text.contains("://") => Err(E::custom(format_args!("a URL that is none: {error}"))),
            Err(_) => text.parse().map(NamedUrl::Id).map_err(E::custom),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<NamedUrl, A::Error> {
        let mapping = Mapping::deserialize(MapAccessDeserializer::new(entries))?;
        mapping.try_into().map_err(A::Error::custom)
    }
}

/// A mapping with all the keys that one may have.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Mapping {
    id: Option<SourceId>,
    #[serde(deserialize_with = "url")]
    url: Option<Url>,
    allow_http: bool,
    groups: Vec<GroupPattern>,
    packages: Vec<ProjectPattern>,
    #[serde(deserialize_with = "url")]
    find_links: Option<Url>,
}

impl TryFrom<Mapping> for NamedUrl {
    type Error = &'static str;

    fn try_from(mapping: Mapping) -> Result<Self, Self::Error> {
        let Mapping { id, url, allow_http, groups, packages, find_links } = mapping;
        match (id, find_links) {
            (Some(id), None) => Ok(Self::Entry { id, url, allow_http, groups, packages }),
            (None, Some(find_links))
                if url.is_none() && !allow_http && groups.is_empty() && packages.is_empty() =>
            {
                Ok(Self::FindLinks { find_links })
            }
            (_, Some(_)) => Err("`findLinks` stands alone in its mapping"),
            (None, None) => Err("missing field `id`"),
        }
    }
}

/// A URL; what is none is not shown, since it may hold a password.
fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    match Url::parse(&text) {
        Ok(url) => Ok(Some(url)),
        Err(error) => Err(D::Error::custom(format_args!("a URL that is none: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn entries_are_read_and_written_back() {
        let check = |yaml: &str| {
            let entry: NamedUrl = yaml::document(yaml).expect(yaml);
            let json = serde_json::to_string(&entry).expect(yaml);
            assert_eq!(yaml::document::<NamedUrl>(&json), Ok(entry), "{json}");
            json
        };
        assert_eq!(check("central"), r#""central""#);
        assert_eq!(check("https://m.example.org/m2"), r#""https://m.example.org/m2""#);
        assert_eq!(check("{id: own}"), r#"{"id":"own"}"#);
        let whole = "{id: own, url: 'http://x.example.org/', allowHttp: true, groups: [a.*], packages: [b]}";
        let written = r#"{"id":"own","url":"http://x.example.org/","allowHttp":true,"groups":["a.*"],"packages":["b"]}"#;
        assert_eq!(check(whole), written);
        assert_eq!(check("findLinks: https://x.example.org/"), r#"{"findLinks":"https://x.example.org/"}"#);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let check = |yaml: &str, place: &str, part: &str| {
            let fault = yaml::document::<Vec<NamedUrl>>(yaml).expect_err(yaml).to_string();
            assert!(fault.starts_with(place) && fault.contains(part), "{fault}");
            assert!(!fault.contains("hunter2"), "{fault}");
        };
        check("- id: own\n  group: [a]\n", "2:3:", "unknown field `group`, expected one of id, url");
        check("- id: own\n  groups: [a, com.acme*]\n", "2:15:", "`com.acme*` claims no groups");
        check("- id: own\n  packages: ['torch==2']\n", "2:14:", "`torch==2` claims no projects");
        check("- id: a b\n", "1:7:", "`a b` is no id");
        check("- central\n- a b\n", "2:3:", "`a b` is no id");
        check("- central\n- url: https://x.example.org/\n", "2:3:", "missing field `id`");
        check("- id: own\n  url: https://ann:hunter2@x y/\n", "2:8:", "a URL that is none");
        check("- https://ann:hunter2@x y/\n", "1:3:", "a URL that is none");
        check("- {id: own, findLinks: 'https://x.example.org/'}\n", "1:3:", "`findLinks` stands alone");
        check("- 1\n- [a]\n", "1:3:", "an id, a URL, or a mapping of");
    }
}
