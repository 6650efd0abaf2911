//! Which mirror serves a repository: the rules of Maven Resolver's `DefaultMirrorSelector`.

use url::{Host, Url};

/// A `<mirror>` of `settings.xml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mirror {
    /// Its id, which is also the id of its credentials.
    pub id: String,
    /// Which repositories it serves: `mirrorOf`.
    pub serves: String,
    /// Its URL; it is not read of a blocked one.
    pub url: String,
    /// Whether it forbids what it would serve.
    pub blocked: bool,
}

/// The mirror of a repository: the first whose `mirrorOf` is exactly its id, or else the first whose
/// pattern matches.
///
/// A repository whose URL is not known counts as external and encrypted.
pub(super) fn select<T>(
    mirrors: Vec<T>,
    mirror: impl Fn(&T) -> &Mirror,
    id: &str,
    url: Option<&Url>,
) -> Option<T> {
    let exact = mirrors.iter().position(|candidate| mirror(candidate).serves == id);
    let matching = || mirrors.iter().position(|candidate| matches(&mirror(candidate).serves, id, url));
    let position = exact.or_else(matching)?;
    mirrors.into_iter().nth(position)
}

/// Whether a `mirrorOf` matches: a comma list of ids, `*`, `external:*`, `external:http:*` and `!id`,
/// in which an exact id or a `!id` settles it.
fn matches(pattern: &str, id: &str, url: Option<&Url>) -> bool {
    let external = url.is_none_or(|url| !is_local(url));
    let external_http = external && url.is_some_and(|url| url.scheme() == "http");
    let mut result = false;
    for word in pattern.split(',').map(str::trim) {
        match word {
            _ if word == id => return true,
            _ if word.strip_prefix('!') == Some(id) => return false,
            "*" => result = true,
            "external:*" => result |= external,
            "external:http:*" => result |= external_http,
            _ => {}
        }
    }
    result
}

fn is_local(url: &Url) -> bool {
    url.scheme() == "file"
        || match url.host() {
            Some(Host::Domain(domain)) => domain == "localhost",
            Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
            Some(Host::Ipv6(_)) | None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_maven() {
        let check = |pattern: &str, id: &str, url: &str, expected: bool| {
            let url = Url::parse(url).ok();
            assert_eq!(matches(pattern, id, url.as_ref()), expected, "{pattern} {id} {url:?}");
        };
        check("*", "a", "https://example.org", true);
        check("a", "a", "", true);
        check("b", "a", "", false);
        check("b,a", "a", "", true);
        check("b, a", "a", "", true);
        check("*,!a", "a", "https://example.org", false);
        check("!a,*", "a", "https://example.org", false);
        check("*,!a", "b", "https://example.org", true);
        check("external:*", "a", "https://example.org", true);
        check("external:*", "a", "", true);
        check("external:*", "a", "http://localhost:8081/x", false);
        check("external:*", "a", "http://127.0.0.1/x", false);
        check("external:*", "a", "file:///x", false);
        check("external:*,!a", "a", "https://example.org", false);
        check("external:http:*", "a", "http://example.org", true);
        check("external:http:*", "a", "https://example.org", false);
        check("external:http:*", "a", "http://localhost", false);
        check("external:http:*", "a", "", false);
        check("cent*", "central", "https://example.org", false);
    }

    #[test]
    fn an_exact_id_comes_before_patterns() {
        let mirror = |id: &str, mirror_of: &str| Mirror {
            id: id.to_owned(),
            serves: mirror_of.to_owned(),
            url: String::new(),
            blocked: false,
        };
        let mirrors = [("all", "*"), ("list", "other,x"), ("second", "*"), ("exact", "central")];
        let mirrors = mirrors.map(|(id, serves)| mirror(id, serves)).to_vec();
        let check = |id: &str, expected: &str| {
            let found = select(mirrors.clone(), |mirror| mirror, id, None).map(|mirror| mirror.id);
            assert_eq!(found.as_deref(), Some(expected), "{id}");
        };
        check("central", "exact");
        // A list that names the id is a pattern as any other.
        check("other", "all");
    }
}
