//! Proxies that are configured for some hosts and not for others, as Maven's are.
//!
//! The usual variables (`https_proxy`, `no_proxy`) are the client's own affair; they count where none of
//! these serves a URL.

use std::fmt;

use url::Url;

use super::Secret;

/// A proxy, and what it serves.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The scheme of the URLs that it is for.
    pub scheme: String,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What lets us through: user and password.
    pub credentials: Option<(String, Secret)>,
    /// Hosts that are reached without it, `*` standing for any run of characters.
    pub direct: Vec<String>,
}

/// The proxies of a place, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Proxy>);

impl Proxies {
    /// These proxies.
    pub fn new(proxies: Vec<Proxy>) -> Self {
        Self(proxies)
    }

    /// The proxy for a URL: the first for its scheme that serves its host; for `https`, where there is none,
    /// one for `http` (Maven Resolver's `DefaultProxySelector`).
    pub fn of(&self, url: &Url) -> Option<&Proxy> {
        let host = url.host_str()?;
        let first = |scheme: &str| {
            self.0.iter().find(|proxy| proxy.scheme.eq_ignore_ascii_case(scheme) && proxy.serves(host))
        };
        let fallback = || (url.scheme() == "https").then(|| first("http")).flatten();
        first(url.scheme()).or_else(fallback)
    }
}

impl Proxy {
    fn serves(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        !self.direct.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), &host))
    }

    /// The proxy in the client's terms.
    pub(super) fn for_client(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(format!("http://{}:{}", self.host, self.port))?;
        Ok(match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password.expose()),
            None => proxy,
        })
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.into_iter().any(|at| fits(rest, &text[at..]))
        }),
    }
}

impl fmt::Debug for Proxy {
    /// The user and password are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(scheme: &str, host: &str, direct: &[&str]) -> Proxy {
        let direct = direct.iter().map(|host| (*host).to_owned()).collect();
        let credentials = Some(("ann".to_owned(), Secret::new("hunter2")));
        Proxy { scheme: scheme.to_owned(), host: host.to_owned(), port: 3128, credentials, direct }
    }

    #[test]
    fn a_url_goes_by_the_first_proxy_that_serves_it() {
        let check = |proxies: &[Proxy], url: &str, expected: Option<&str>| {
            let proxies = Proxies::new(proxies.to_vec());
            let url = Url::parse(url).expect(url);
            assert_eq!(proxies.of(&url).map(|proxy| proxy.host.as_str()), expected, "{url}");
        };
        let plain = proxy("http", "plain", &["localhost", "*.acme.com", "10.*"]);
        let both = [plain.clone(), proxy("https", "secure", &["*.acme.com"])];
        check(&both, "http://repo.example.org/", Some("plain"));
        check(&both, "https://repo.example.org/", Some("secure"));
        check(std::slice::from_ref(&plain), "https://repo.example.org/", Some("plain"));
        check(&both[1..], "http://repo.example.org/", None);
        check(&both, "https://nexus.acme.com/", None);
        check(&both, "https://NEXUS.acme.COM/", None);
        check(&both, "https://acme.com/", Some("secure"));
        check(&both, "http://10.1.2.3/", None);
        check(&both, "http://110.1.2.3/", Some("plain"));
        check(&[proxy("http", "no", &["*"]), proxy("http", "yes", &[])], "http://x/", Some("yes"));
        check(&[proxy("http", "p", &["a*b*c"])], "http://a1b2b3c/", None);
    }

    #[test]
    fn the_password_is_not_shown() {
        assert_eq!(format!("{:?}", proxy("http", "p", &[])), "Proxy(p:3128)");
    }
}
