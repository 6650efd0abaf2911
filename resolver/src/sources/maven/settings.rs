//! `settings.xml`, read.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::mirror::Mirror;
use super::{Environment, SourcesError};
use crate::fetch::{Credentials, Proxy, Secret};
use crate::xml::{self, Element, XmlFault};

/// What matters of a `settings.xml`. `Debug` is left out: it holds passwords.
#[derive(Default)]
pub(super) struct Settings {
    /// The mirrors, in order.
    pub mirrors: Vec<Mirror>,
    /// The servers, in order.
    pub servers: Vec<Server>,
    /// The active proxies, in order.
    pub proxies: Vec<ProxyEntry>,
    profiles: Vec<Profile>,
    active: Vec<String>,
}

/// A `<server>`: the credentials of a repository or mirror.
pub(super) struct Server {
    /// The id of the repository or mirror.
    pub id: String,
    username: Option<String>,
    password: Option<String>,
    headers: Vec<(String, String)>,
}

/// A `<proxy>` that is active.
pub(super) struct ProxyEntry {
    id: String,
    scheme: String,
    host: Option<String>,
    port: Option<String>,
    username: Option<String>,
    password: Option<String>,
    direct: Vec<String>,
}

/// A `<profile>`.
pub(super) struct Profile {
    id: String,
    by_default: bool,
    /// Ids and URLs of its repositories, in order.
    pub repositories: Vec<(String, String)>,
}

impl Settings {
    /// Reads a document; `${env.NAME}` and `${user.home}` are replaced where they are set, as Maven does.
    pub(super) fn parse(document: &str, environment: &Environment) -> Result<Self, XmlFault> {
        let root = xml::parse(document.as_bytes(), "settings")?;
        let text = |element: &Element<'_>, name: &str| {
            element.text_of(name).map(|text| interpolate(text, environment))
        };
        let whether = |element: &Element<'_>, name: &str| element.text_of(name) == Some("true");
        let mirrors = root.list("mirrors", "mirror").map(|mirror| Mirror {
            // Maven's own default, for a mirror without an id.
            id: text(mirror, "id").unwrap_or_else(|| "default".to_owned()),
            serves: text(mirror, "mirrorOf").unwrap_or_default(),
            url: text(mirror, "url").unwrap_or_default(),
            blocked: whether(mirror, "blocked"),
        });
        let servers = root.list("servers", "server").map(|server| {
            let headers = server.child("configuration").into_iter();
            let headers = headers.flat_map(|configuration| configuration.list("httpHeaders", "property"));
            Server {
                id: text(server, "id").unwrap_or_default(),
                username: text(server, "username"),
                password: text(server, "password"),
                headers: headers
                    .filter_map(|header| Some((text(header, "name")?, text(header, "value")?)))
                    .collect(),
            }
        });
        let proxies = root.list("proxies", "proxy").filter(|proxy| proxy.text_of("active") != Some("false"));
        // Maven's own defaults.
        let proxies = proxies.map(|proxy| ProxyEntry {
            id: text(proxy, "id").unwrap_or_else(|| "default".to_owned()),
            scheme: text(proxy, "protocol").unwrap_or_else(|| "http".to_owned()),
            host: text(proxy, "host"),
            port: text(proxy, "port"),
            username: text(proxy, "username"),
            password: text(proxy, "password"),
            direct: text(proxy, "nonProxyHosts")
                .iter()
                .flat_map(|hosts| hosts.split(['|', ',']))
                .map(|host| host.trim().to_owned())
                .filter(|host| !host.is_empty())
                .collect(),
        });
        let profiles = root.list("profiles", "profile").map(|profile| Profile {
            id: text(profile, "id").unwrap_or_default(),
            by_default: profile.child("activation").is_some_and(|it| whether(it, "activeByDefault")),
            repositories: profile
                .list("repositories", "repository")
                .filter_map(|repository| Some((text(repository, "id")?, text(repository, "url")?)))
                .collect(),
        });
        let active = root.list("activeProfiles", "activeProfile").map(|id| id.trimmed().to_owned());
        Ok(Self {
            mirrors: mirrors.collect(),
            servers: servers.collect(),
            proxies: proxies.collect(),
            profiles: profiles.collect(),
            active: active.collect(),
        })
    }

    /// The profiles that are active whatever is built: those of `<activeProfiles>`, or else those that
    /// are active by default.
    pub(super) fn active_profiles(&self) -> impl DoubleEndedIterator<Item = &Profile> {
        let any_listed = self.profiles.iter().any(|profile| self.active.contains(&profile.id));
        self.profiles.iter().filter(move |profile| {
            if any_listed { self.active.contains(&profile.id) } else { profile.by_default }
        })
    }
}

impl Server {
    /// What is to be sent; `None` where the server has only what is of no use here, as an SSH key.
    pub(super) fn credentials(&self, path: &Path) -> Result<Option<Credentials>, SourcesError> {
        let values = self.headers.iter().map(|(_, value)| value);
        for value in self.username.iter().chain(&self.password).chain(values) {
            if let Some(name) = unset(value) {
                let (server, name) = (self.id.clone(), name.to_owned());
                return Err(SourcesError::Unset { server, name, path: path.to_owned() });
            }
        }
        if self.password.as_deref().is_some_and(is_encrypted) {
            return Err(SourcesError::Encrypted { server: self.id.clone(), path: path.to_owned() });
        }
        let user = self.username.as_ref().zip(self.password.as_ref());
        if self.headers.is_empty() {
            let basic = |(username, password): (&String, _)| Credentials::Basic {
                username: username.clone(),
                password: Secret::new(password),
            };
            return Ok(user.map(basic));
        }
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), Secret::new(value)));
        // As in Maven, headers of the user's own go beside a user and password.
        let authorization = user.map(|(username, password)| {
            let value = format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}")));
            ("Authorization".to_owned(), Secret::new(value))
        });
        Ok(Some(Credentials::Headers(headers.chain(authorization).collect())))
    }
}

impl ProxyEntry {
    /// The proxy as it is gone by.
    pub(super) fn proxy(&self, path: &Path) -> Result<Proxy, SourcesError> {
        let server = || format!("proxy {}", self.id);
        let values = [&self.host, &self.port, &self.username, &self.password];
        if let Some(name) = values.into_iter().flatten().find_map(|value| unset(value)) {
            let (server, name) = (server(), name.to_owned());
            return Err(SourcesError::Unset { server, name, path: path.to_owned() });
        }
        if self.password.as_deref().is_some_and(is_encrypted) {
            return Err(SourcesError::Encrypted { server: server(), path: path.to_owned() });
        }
        let unfit = |what: &str| SourcesError::malformed(path, format!("proxy `{}` has no {what}", self.id));
        // Maven's own default.
        let port = self.port.as_deref().unwrap_or("8080").parse();
        Ok(Proxy {
            scheme: self.scheme.clone(),
            host: self.host.clone().ok_or_else(|| unfit("`<host>`"))?,
            port: port.map_err(|_| unfit("`<port>` that is a number up to 65535"))?,
            credentials: self
                .username
                .clone()
                .map(|username| (username, Secret::new(self.password.clone().unwrap_or_default()))),
            direct: self.direct.clone(),
        })
    }
}

/// Whether Maven would decrypt a password: it holds a part in braces, the first of which is not
/// escaped by a backslash.
fn is_encrypted(password: &str) -> bool {
    let opening = password.find('{').filter(|at| !password[..*at].ends_with('\\'));
    opening.is_some_and(|at| password[at + 1..].find('}').is_some_and(|length| length > 0))
}

/// Replaces each `${…}` that is set; the others stay as they stand.
fn interpolate(text: &str, environment: &Environment) -> String {
    let (mut result, mut rest) = (String::new(), text);
    while let Some((before, name, after)) = split_reference(rest) {
        let value = match name.strip_prefix("env.") {
            Some(variable) => environment.variables.get(variable).cloned(),
            None if name == "user.home" => environment.home.as_ref().map(|home| home.display().to_string()),
            None => None,
        };
        result.push_str(before);
        match value {
            Some(value) => result.push_str(&value),
            None => result.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    result + rest
}

/// The name in the first `${…}` that is left.
fn unset(text: &str) -> Option<&str> {
    split_reference(text).map(|(_, name, _)| name)
}

fn split_reference(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn settings(body: &str) -> Settings {
        let variables = BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]);
        let environment = Environment { variables, home: Some("/home/ann".into()), ..Environment::default() };
        Settings::parse(&format!("<settings xmlns='urn:settings'>{body}</settings>"), &environment)
            .expect("settings")
    }

    #[test]
    fn servers_give_credentials_or_say_why_not() {
        let check = |server: &str, expected: Result<Option<Credentials>, &str>| {
            let settings = settings(&format!("<servers><server><id>a</id>{server}</server></servers>"));
            let found = settings.servers[0].credentials(Path::new("settings.xml"));
            match (found, expected) {
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (found, expected) => assert_eq!(found.ok(), expected.ok(), "{server}"),
            }
        };
        let basic = |password: &str| {
            Ok(Some(Credentials::Basic { username: "ann".to_owned(), password: Secret::new(password) }))
        };
        let with = |password: &str| format!("<username>ann</username><password>{password}</password>");
        check(&with("x&lt;y"), basic("x<y"));
        check(&with("${env.TOKEN}!"), basic("hunter2!"));
        check(&with("${user.home}"), basic("/home/ann"));
        check(&with("a{}"), basic("a{}"));
        check(&with("a\\{b}"), basic("a\\{b}"));
        check(&with("{COQLCE6DU6GtcS5P=}"), Err("encrypted"));
        check(&with("note {COQLCE6DU6GtcS5P=}"), Err("encrypted"));
        check(&with("${env.OTHER}"), Err("`env.OTHER`"));
        check("<username>ann</username>", Ok(None));
        check("<privateKey>/x</privateKey>", Ok(None));
        check(
            "<configuration><httpHeaders><property><name>X-Key</name><value>${env.TOKEN}</value></property>\
             </httpHeaders></configuration>",
            Ok(Some(Credentials::Headers(vec![("X-Key".to_owned(), Secret::new("hunter2"))]))),
        );
    }

    #[test]
    fn active_proxies_are_read_or_it_is_said_why_not() {
        let check = |proxy: &str, expected: Result<&str, &str>| {
            let settings = settings(&format!("<proxies><proxy>{proxy}</proxy></proxies>"));
            let found = settings.proxies.first().map(|entry| entry.proxy(Path::new("settings.xml")));
            match (found, expected) {
                (Some(Ok(found)), Ok(expected)) => {
                    let user = found
                        .credentials
                        .as_ref()
                        .map(|(user, password)| (user.clone(), password.expose().to_owned()));
                    let text =
                        format!("{} {}:{} {user:?} {:?}", found.scheme, found.host, found.port, found.direct);
                    assert_eq!(text, expected);
                }
                (Some(Err(error)), Err(part)) => {
                    let error = error.to_string();
                    assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
                }
                (found, expected) => assert!(found.is_none() && expected == Ok("none"), "{found:?} {proxy}"),
            }
        };
        check("<host>p</host>", Ok("http p:8080 None []"));
        check(
            "<protocol>https</protocol><host>p</host><port>3128</port><username>ann</username>\
             <password>${env.TOKEN}</password><nonProxyHosts>localhost|*.acme.com</nonProxyHosts>",
            Ok(r#"https p:3128 Some(("ann", "hunter2")) ["localhost", "*.acme.com"]"#),
        );
        check("<active>false</active><host>p</host>", Ok("none"));
        check("<port>1</port>", Err("proxy `default` has no `<host>`"));
        check("<id>x</id><host>p</host><port>99999</port>", Err("proxy `x` has no `<port>`"));
        check(
            "<host>p</host><username>u</username><password>{COQLCE6DU6GtcS5P=}</password>",
            Err("encrypted"),
        );
        check("<host>${env.OTHER}</host>", Err("`env.OTHER`"));
    }

    #[test]
    fn profiles_are_active_by_list_or_else_by_default() {
        let profile = |id: &str, by_default: bool| {
            format!(
                "<profile><id>{id}</id><activation><activeByDefault>{by_default}</activeByDefault></activation>\
                 </profile>"
            )
        };
        let profiles = format!("<profiles>{}{}</profiles>", profile("a", true), profile("b", false));
        let check = |active: &str, expected: &[&str]| {
            let settings = settings(&format!("{profiles}<activeProfiles>{active}</activeProfiles>"));
            let found: Vec<&str> = settings.active_profiles().map(|profile| profile.id.as_str()).collect();
            assert_eq!(found, expected, "{active}");
        };
        check("", &["a"]);
        check("<activeProfile>b</activeProfile>", &["b"]);
        check("<activeProfile>c</activeProfile>", &["a"]);
    }
}
