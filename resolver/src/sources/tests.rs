use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::fetch::{Credentials, Secret, StoreCredentials};

/// A machine with nothing on it but what a test puts there.
struct Machine {
    root: tempfile::TempDir,
    environment: Environment,
    flags: Flags,
    spec: Spec,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let environment = Environment {
            home: Some(root.path().join("home")),
            root: root.path().to_owned(),
            ..Environment::default()
        };
        Self { root, environment, flags: Flags::default(), spec: Spec::default() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.variables.insert(name.to_owned(), value.to_owned());
    }

    fn repositories(&mut self, yaml: &str) {
        self.spec.repositories = serde_saphyr::from_str(yaml).expect(yaml);
    }

    fn settings(&self, body: &str) {
        self.write("home/.m2/settings.xml", &format!("<settings>{body}</settings>"));
    }

    fn install_maven(&self, url: &str) {
        self.write("usr/share/maven/lib/maven-model-builder-3.x.jar", "");
        let jar = self.root.path().join("usr/share/maven/lib/maven-model-builder-3.x.jar");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(jar).expect("a jar"));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("org/apache/maven/model/pom-4.0.0.xml", options).expect("an entry");
        let central = format!("<repository><id>central</id><url>{url}</url></repository>");
        let pom = format!("<project><repositories>{central}</repositories></project>");
        archive.write_all(pom.as_bytes()).expect("a super POM");
        archive.finish().expect("an archive");
    }

    fn sources(&self) -> Sources {
        Sources::discover(&self.spec, &self.flags, &self.environment).expect("sources")
    }

    fn repository(&self, id: &str) -> Result<String, String> {
        let found = self.sources().repository(&id.parse().expect(id));
        found.map(|repository| repository.url.into()).map_err(|error| error.to_string())
    }

    fn index(&self, id: &str) -> Result<String, String> {
        let found = self.sources().index(&id.parse().expect(id));
        found.map(|index| index.url.into()).map_err(|error| error.to_string())
    }

    fn credentials(&self, id: &str) -> Result<Option<Credentials>, String> {
        let found = self.sources().repository(&id.parse().expect(id));
        let credentials = found.map(|repository| repository.credentials.map(|it| (*it).clone()));
        credentials.map_err(|error| error.to_string())
    }
}

fn address(url: &str) -> Address {
    url.parse().expect(url)
}

fn source_id(id: &str) -> SourceId {
    id.parse().expect(id)
}

#[expect(clippy::unnecessary_wraps, reason = "every use compares with an option")]
fn basic(username: &str, password: &str) -> Option<Credentials> {
    Some(Credentials::Basic { username: username.to_owned(), password: Secret::new(password) })
}

#[test]
fn a_repository_is_where_the_first_that_knows_it_says() {
    let mut machine = Machine::new();
    let error = machine.repository("central").expect_err("nothing is configured");
    insta::assert_snapshot!(error, @"nothing says where repository `central` is; set FATWOOD_REPOSITORY_CENTRAL to its URL, or list it under `repositories` with `id` and `url`, or give it a mirror in ~/.m2/settings.xml, or install Maven, whose own URL is taken then");
    let check = |machine: &Machine, expected: &str| {
        assert_eq!(machine.repository("central").as_deref(), Ok(expected));
    };
    machine.install_maven("https://super.example.org/m2");
    check(&machine, "https://super.example.org/m2");
    machine.settings(
        "<profiles><profile><id>p</id><repositories><repository><id>central</id>\
         <url>https://profile.example.org/m2</url></repository></repositories></profile></profiles>\
         <activeProfiles><activeProfile>p</activeProfile></activeProfiles>",
    );
    check(&machine, "https://profile.example.org/m2");
    machine.repositories("[{id: central, url: 'https://set.example.org/m2'}]");
    check(&machine, "https://set.example.org/m2");
    machine.settings(
        "<mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>https://mirror.example.org/m2</url></mirror>\
         </mirrors>",
    );
    check(&machine, "https://mirror.example.org/m2");
    machine.set("FATWOOD_REPOSITORY_CENTRAL", "https://variable.example.org/m2");
    check(&machine, "https://variable.example.org/m2");
    machine.flags.repositories.insert(source_id("central"), address("https://flag.example.org/m2"));
    check(&machine, "https://flag.example.org/m2");
}

#[test]
fn an_index_is_where_the_first_that_knows_it_says() {
    let mut machine = Machine::new();
    let error = machine.index("pypi").expect_err("nothing is configured");
    insta::assert_snapshot!(error, @"nothing says where index `pypi` is; set FATWOOD_INDEX_PYPI or PIP_INDEX_URL to the URL of its simple index, or list it under `indexes` with `id` and `url`, or set `index-url` in pip.conf, or install pip, whose own URL is taken then");
    let check = |machine: &Machine, expected: &str| {
        assert_eq!(machine.index("pypi").as_deref(), Ok(expected));
    };
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/testdata/bin");
    machine.set("PATH", &python.display().to_string());
    check(&machine, "https://built-in.example.org/simple");
    machine.write("etc/pip.conf", "[global]\nindex-url = https://file.example.org/simple\n");
    check(&machine, "https://file.example.org/simple");
    machine.spec.indexes =
        serde_saphyr::from_str("[{id: pypi, url: 'https://set.example.org/simple'}]").expect("a list");
    check(&machine, "https://set.example.org/simple");
    machine.flags.declared_index = Some(address("https://requirements.example.org/simple"));
    check(&machine, "https://requirements.example.org/simple");
    machine.set("UV_DEFAULT_INDEX", "https://uv.example.org/simple");
    check(&machine, "https://uv.example.org/simple");
    machine.set("PIP_INDEX_URL", "https://pip.example.org/simple");
    check(&machine, "https://pip.example.org/simple");
    machine.set("FATWOOD_INDEX_PYPI", "https://variable.example.org/simple");
    check(&machine, "https://variable.example.org/simple");
    machine.flags.indexes.insert(source_id("pypi"), address("https://flag.example.org/simple"));
    check(&machine, "https://flag.example.org/simple");
}

#[test]
fn a_set_without_python_never_looks_for_pip() {
    let mut machine = Machine::new();
    machine.write("etc/pip.conf", "this is broken");
    machine.set("FATWOOD_REPOSITORY_CENTRAL", "https://example.org/m2");
    assert_eq!(machine.sources().repositories().expect("repositories").len(), 1);
    assert!(machine.index("pypi").expect_err("a broken file").contains("pip.conf: line 1"));
}

#[test]
fn lists_keep_their_order_and_default_to_the_public_ids() {
    let mut machine = Machine::new();
    machine.set("FATWOOD_REPOSITORY_CENTRAL", "https://central.example.org/m2");
    let ids = |machine: &Machine| -> Vec<String> {
        let repositories = machine.sources().repositories().expect("repositories");
        repositories.into_iter().map(|repository| repository.id.into()).collect()
    };
    assert_eq!(ids(&machine), ["central"]);
    machine.repositories("[https://own.example.org/m2, central]");
    assert_eq!(ids(&machine), ["own.example.org", "central"]);

    let indexes = |machine: &Machine| -> Vec<String> {
        let indexes = machine.sources().indexes().expect("indexes");
        indexes.into_iter().map(|index| format!("{} {}", index.id, index.url)).collect()
    };
    machine.set("PIP_INDEX_URL", "https://pip.example.org/simple");
    machine.set("PIP_EXTRA_INDEX_URL", "https://a.example.org/simple https://a.example.org/b/simple");
    let expected = [
        "a.example.org https://a.example.org/simple",
        "a.example.org-b-simple https://a.example.org/b/simple",
        "pypi https://pip.example.org/simple",
    ];
    assert_eq!(indexes(&machine), expected);
    // What was resolved from an extra index is found again by its id.
    assert_eq!(machine.index("a.example.org-b-simple").as_deref(), Ok("https://a.example.org/b/simple"));
    machine.flags.declared_index = Some(address("https://requirements.example.org/simple"));
    assert_eq!(indexes(&machine), expected);
    machine.environment.variables.remove("PIP_INDEX_URL");
    assert_eq!(indexes(&machine), ["pypi https://requirements.example.org/simple"]);
    machine.set("FATWOOD_INDEX_PYPI", "https://own.example.org/simple");
    assert_eq!(indexes(&machine), ["pypi https://own.example.org/simple"]);
}

#[test]
fn mirrors_apply_to_what_maven_would_mirror() {
    let mirror = |of: &str, extra: &str| {
        format!(
            "<mirrors><mirror><id>m</id><mirrorOf>{of}</mirrorOf><url>https://mirror.example.org/m2</url>{extra}\
             </mirror></mirrors>"
        )
    };
    let check = |settings: &str, id: &str, expected: Result<&str, &str>| {
        let mut machine = Machine::new();
        machine.repositories("[{id: own, url: 'https://own.example.org/m2'}]");
        machine.settings(settings);
        match (machine.repository(id), expected) {
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => assert_eq!(found.ok().as_deref(), expected.ok(), "{settings}"),
        }
    };
    let mirrored = Ok("https://mirror.example.org/m2");
    check(&mirror("own", ""), "own", mirrored);
    check(&mirror("external:*", ""), "own", mirrored);
    check(&mirror("*,!own", ""), "own", Ok("https://own.example.org/m2"));
    // Without a Maven to say where `central` is, a mirror of everything does.
    check(&mirror("*", ""), "central", mirrored);
    check(&mirror("own", ""), "central", Err("nothing says where"));
    check(&mirror("*", "<blocked>true</blocked>"), "own", Err("is blocked by mirror `m`"));
}

#[test]
fn the_users_settings_come_before_the_installations() {
    let machine = Machine::new();
    machine.install_maven("https://super.example.org/m2");
    let mirror = |id: &str, url: &str| {
        format!("<mirrors><mirror><id>{id}</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors>")
    };
    let global = format!("<settings>{}</settings>", mirror("g", "https://global.example.org/"));
    machine.write("usr/share/maven/conf/settings.xml", &global);
    assert_eq!(machine.repository("central").as_deref(), Ok("https://global.example.org/"));
    machine.settings(&mirror("u", "https://user.example.org/"));
    assert_eq!(machine.repository("central").as_deref(), Ok("https://user.example.org/"));
}

#[test]
fn credentials_come_from_the_nearest_place() {
    let mut machine = Machine::new();
    machine.set("FATWOOD_REPOSITORY_OWN", "https://own.example.org/m2");
    assert_eq!(machine.credentials("own"), Ok(None));
    machine.write("home/.netrc", "machine own.example.org login net password rc");
    assert_eq!(machine.credentials("own"), Ok(basic("net", "rc")));
    let server = "<servers><server><id>own</id><username>ann</username><password>${env.PW}</password></server>\
                  </servers>";
    machine.settings(server);
    machine.set("PW", "hunter2");
    assert_eq!(machine.credentials("own"), Ok(basic("ann", "hunter2")));
    let mounted = machine.root.path().join("mounted").display().to_string();
    machine.set("FATWOOD_CREDENTIALS", &mounted);
    assert_eq!(machine.credentials("own"), Ok(basic("ann", "hunter2")));
    machine.write("mounted/own/username", "bob\n");
    assert!(machine.credentials("own").expect_err("half a pair").contains("expected the files"));
    machine.write("mounted/own/password", " pass word\r\n");
    assert_eq!(machine.credentials("own"), Ok(basic("bob", " pass word")));
    machine.write("mounted/own/token", "t0ken");
    assert_eq!(machine.credentials("own"), Ok(Some(Credentials::Bearer(Secret::new("t0ken")))));
    machine.set("FATWOOD_REPOSITORY_OWN", "https://url:p%40ss@own.example.org/m2");
    assert_eq!(machine.credentials("own"), Ok(basic("url", "p@ss")));
}

/// A machine with credentials for `own`, `pypi` and `set.example.org`, mounted and of a `<server>`.
fn with_credentials() -> Machine {
    let mut machine = Machine::new();
    machine.set("FATWOOD_CREDENTIALS", &machine.root.path().join("mounted").display().to_string());
    let servers = ["own", "pypi", "set.example.org"].map(|id| {
        machine.write(&format!("mounted/{id}/token"), "t0ken");
        format!("<server><id>{id}</id><username>a</username><password>b</password></server>")
    });
    machine.settings(&format!("<servers>{}</servers>", servers.concat()));
    machine
}

#[expect(clippy::unnecessary_wraps, reason = "every use compares with an option")]
fn bearer() -> Option<Credentials> {
    Some(Credentials::Bearer(Secret::new("t0ken")))
}

#[test]
fn a_set_does_not_choose_who_gets_the_credentials_of_an_id() {
    let check = |prepare: &dyn Fn(&mut Machine), id: &str, expected: Option<Credentials>| {
        let mut machine = with_credentials();
        prepare(&mut machine);
        assert_eq!(machine.credentials(id), Ok(expected), "{id} {:?}", machine.spec.repositories);
    };
    let own = "[{id: own, url: 'https://set.example.org/m2'}]";
    check(&|machine| machine.repositories(own), "own", None);
    check(&|machine| machine.repositories("['https://set.example.org/m2']"), "set.example.org", None);
    let netrc = "machine set.example.org login net password rc";
    check(
        &|machine| {
            machine.repositories(own);
            machine.write("home/.netrc", netrc);
        },
        "own",
        basic("net", "rc"),
    );
    let with_user = "[{id: own, url: 'https://ann:pw@set.example.org/m2'}]";
    check(&|machine| machine.repositories(with_user), "own", basic("ann", "pw"));
    // The same URL on the command line, but under no id: it says nothing of `own`.
    let listed = |machine: &mut Machine| machine.flags.listed.push(address("https://set.example.org/m2"));
    check(
        &|machine| {
            machine.repositories(own);
            listed(machine);
        },
        "own",
        None,
    );
    check(
        &|machine| {
            machine.repositories("['https://set.example.org/m2']");
            listed(machine);
        },
        "set.example.org",
        bearer(),
    );
    let bound = |url: &'static str| {
        move |machine: &mut Machine| {
            machine.repositories(own);
            machine.write("mounted/own/url", &format!("{url}\n"));
        }
    };
    check(&bound("https://set.example.org"), "own", bearer());
    check(&bound("https://set.example.org/m2/"), "own", bearer());
    check(&bound("https://set.example.org/m"), "own", None);
    check(&bound("https://own.example.org/m2"), "own", None);
    let mut machine = with_credentials();
    bound("own.example.org")(&mut machine);
    assert!(machine.credentials("own").expect_err("no URL").contains("the URL is not well-formed"));
}

#[test]
fn the_credentials_of_an_id_go_where_the_user_says_that_it_is() {
    let check = |prepare: &dyn Fn(&mut Machine)| {
        let mut machine = with_credentials();
        machine.repositories("[{id: own, url: 'https://evil.example/'}]");
        prepare(&mut machine);
        assert_eq!(machine.credentials("own"), Ok(bearer()));
    };
    check(&|machine| machine.set("FATWOOD_REPOSITORY_OWN", "https://own.example.org/m2"));
    check(&|machine| {
        machine.flags.repositories.insert(source_id("own"), address("https://own.example.org/m2"));
    });
    check(&|machine| {
        machine.repositories("[own]");
        machine.settings(
            "<profiles><profile><id>p</id><repositories><repository><id>own</id>\
             <url>https://own.example.org/m2</url></repository></repositories></profile></profiles>\
             <activeProfiles><activeProfile>p</activeProfile></activeProfiles>",
        );
    });
    check(&|machine| {
        machine.settings(
            "<mirrors><mirror><id>own</id><mirrorOf>*</mirrorOf><url>https://evil.example/</url></mirror>\
             </mirrors>",
        );
    });
}

#[test]
fn an_index_of_a_set_gets_no_credentials_of_its_id() {
    let check = |prepare: &dyn Fn(&mut Machine), expected: Option<Credentials>| {
        let mut machine = with_credentials();
        machine.write("etc/pip.conf", "[global]\nindex-url = https://pip.example.org/simple\n");
        prepare(&mut machine);
        let index = machine.sources().index(&source_id("pypi")).expect("an index");
        assert_eq!(index.credentials.as_deref(), expected.as_ref(), "{}", index.url);
    };
    let set = |machine: &mut Machine| {
        let list = "[{id: pypi, url: 'https://evil.example/simple'}]";
        machine.spec.indexes = serde_saphyr::from_str(list).expect("a list");
    };
    let requirements = |machine: &mut Machine| {
        machine.flags.declared_index = Some(address("https://evil.example/simple"));
    };
    check(&|_| {}, bearer());
    check(&set, None);
    check(&requirements, None);
    check(
        &|machine| {
            requirements(machine);
            machine.write("mounted/pypi/url", "https://evil.example/");
        },
        bearer(),
    );
    check(
        &|machine| {
            requirements(machine);
            machine.set("FATWOOD_INDEX_PYPI", "https://own.example.org/simple");
        },
        bearer(),
    );
}

#[test]
fn a_set_does_not_let_the_credentials_of_an_id_travel_without_encryption() {
    let mut machine = with_credentials();
    machine.repositories("[{id: own, url: 'http://set.example.org/m2', allowHttp: true}]");
    machine.write("mounted/own/url", "http://set.example.org/");
    assert_eq!(machine.credentials("own"), Ok(None));
    machine.set("FATWOOD_ALLOW_HTTP", "own");
    assert_eq!(machine.credentials("own"), Ok(bearer()));
    machine.set("FATWOOD_REPOSITORY_OWN", "http://own.example.org/m2");
    assert_eq!(machine.credentials("own"), Ok(bearer()));
    machine.environment.variables.remove("FATWOOD_ALLOW_HTTP");
    assert_eq!(machine.credentials("own"), Ok(None));
}

#[test]
fn a_mirror_gets_its_own_credentials_and_not_the_repositorys() {
    let mut machine = Machine::new();
    machine.repositories("[{id: own, url: 'https://ann:hunter2@own.example.org/m2'}]");
    machine.settings(
        "<mirrors><mirror><id>m</id><mirrorOf>own</mirrorOf><url>https://mirror.example.org/</url></mirror>\
         </mirrors><servers><server><id>own</id><username>a</username><password>b</password></server></servers>",
    );
    assert_eq!(machine.credentials("own"), Ok(None));
    machine.write("mounted/m/token", "t0ken");
    machine.set("FATWOOD_CREDENTIALS", &machine.root.path().join("mounted").display().to_string());
    assert_eq!(machine.credentials("own"), Ok(Some(Credentials::Bearer(Secret::new("t0ken")))));
}

#[test]
fn plain_http_needs_a_word() {
    let check = |prepare: &dyn Fn(&mut Machine), url: &str, expected: bool| {
        let mut machine = Machine::new();
        machine.set("FATWOOD_REPOSITORY_OWN", url);
        prepare(&mut machine);
        assert_eq!(machine.repository("own").is_ok(), expected, "{:?}", machine.repository("own"));
    };
    let http = "http://own.example.org/m2";
    check(&|_| {}, http, false);
    check(&|_| {}, "http://localhost:8081/m2", true);
    check(&|machine| machine.set("FATWOOD_ALLOW_HTTP", "other,own"), http, true);
    check(&|machine| machine.set("FATWOOD_ALLOW_HTTP", "other"), http, false);
    check(&|machine| machine.flags.allow_http.extend([source_id("own")]), http, true);
    let allowed = "[{id: own, url: 'http://x.example.org/', allowHttp: true}]";
    check(&|machine| machine.repositories(allowed), http, true);
    let blocked = "<mirrors><mirror><id>maven-default-http-blocker</id><mirrorOf>external:http:*</mirrorOf>\
                   <url>http://0.0.0.0/</url><blocked>true</blocked></mirror></mirrors>";
    let mut machine = Machine::new();
    machine.settings(blocked);
    machine.repositories("[{id: own, url: 'http://x.example.org/'}]");
    insta::assert_snapshot!(machine.repository("own").expect_err("plain http"), @"repository `own` is at http://x.example.org/, from the set, which is not encrypted, so that anybody on the way can change what it serves; use https, or allow it with `allowHttp: true` in the set, `--allow-http own` or `FATWOOD_ALLOW_HTTP=own`");
    machine.repositories(allowed);
    assert_eq!(machine.repository("own").as_deref(), Ok("http://x.example.org/"));
    machine.settings(&blocked.replace("external:http:*", "*").replace("maven-default-", "our-"));
    assert!(machine.repository("own").expect_err("blocked").contains("blocked by mirror `our-http-blocker`"));

    let mut machine = Machine::new();
    machine.set("FATWOOD_REPOSITORY_OWN", "http://ann:hunter2@own.example.org/m2?key=hunter2");
    insta::assert_snapshot!(machine.repository("own").expect_err("plain http"), @"repository `own` is at http://own.example.org/m2, from the variable FATWOOD_REPOSITORY_OWN, which is not encrypted, so that anybody on the way can change what it serves; use https, or allow it with `allowHttp: true` in the set, `--allow-http own` or `FATWOOD_ALLOW_HTTP=own`");
}

#[test]
fn artifacts_of_a_manifest_are_found() {
    let mut machine = Machine::new();
    machine.set("FATWOOD_REPOSITORY_CENTRAL", "https://ann:pw@m.example.org/m2/");
    machine.set("FATWOOD_REPOSITORY_BUCKET", "s3://lake/m2");
    machine.set("FATWOOD_INDEX_PYPI", "https://ann:pw@i.example.org/simple");
    machine.write("home/.netrc", "machine files.example.org login net password rc");
    let check = |machine: &Machine, source: Source, url: &str, user: Option<Credentials>| {
        let remote = machine.sources().remote(&source).expect(url);
        assert_eq!(remote.shown(), url);
        if let Remote::Http(location) = remote {
            assert_eq!(location.credentials.as_deref(), user.as_ref(), "{url}");
        }
    };
    let file = |repository: &str| Source::Repository {
        repository: source_id(repository),
        path: "org/a b/a.jar".parse().expect("a name"),
    };
    let wheel = |url: &str| Source::Index { index: source_id("pypi"), url: url.parse().expect(url) };
    check(&machine, file("central"), "https://m.example.org/m2/org/a%20b/a.jar", basic("ann", "pw"));
    check(&machine, file("bucket"), "s3://lake/m2/org/a b/a.jar", None);
    check(&machine, wheel("https://i.example.org/x.whl"), "https://i.example.org/x.whl", basic("ann", "pw"));
    let elsewhere = "https://files.example.org/x.whl";
    check(&machine, wheel(elsewhere), elsewhere, basic("net", "rc"));
    let url = Source::Url { url: "http://files.example.org/x.csv".parse().expect("a URL") };
    // netrc's credentials do not travel without encryption.
    check(&machine, url, "http://files.example.org/x.csv", None);
    let plain = machine.sources().remote(&wheel("http://files.example.org/x.whl"));
    assert!(matches!(plain, Err(SourcesError::PlainHttp { .. })), "{plain:?}");
    machine.set("FATWOOD_FILES_PYPI", "https://ann:pw@mirror.example.org/pypi/");
    check(&machine, wheel(elsewhere), "https://mirror.example.org/pypi/x.whl", basic("ann", "pw"));
    assert!(machine.repository("bucket").expect_err("s3 for resolving").contains("populating alone"));
}

#[test]
fn an_index_that_is_not_configured_does_not_stop_populating() {
    let machine = Machine::new();
    let url: Url = "https://files.example.org/x.whl".parse().expect("a URL");
    let source = Source::Index { index: source_id("pypi"), url: url.clone() };
    assert_eq!(machine.sources().remote(&source).expect("the URL").shown(), url.as_str());
}

#[test]
fn no_secret_is_printed() {
    let mut machine = Machine::new();
    machine.set("FATWOOD_REPOSITORY_OWN", "https://ann:hunter2@own.example.org/m2");
    machine.set("AWS_ACCESS_KEY_ID", "AKIA");
    machine.set("AWS_SECRET_ACCESS_KEY", "hunter2");
    machine.flags.repositories.insert(source_id("x"), address("https://ann:hunter2@x.example.org/"));
    let sources = machine.sources();
    let own = sources.repository(&source_id("own")).expect("a repository");
    let store = sources.store(&source_id("s3")).expect("a store");
    let settings = aws::settings(&source_id("s3"), &machine.flags.s3, &machine.environment);
    let printed = format!("{sources:?} {own:?} {store:?} {settings:?} {:?}", machine.flags);
    assert!(!printed.contains("hunter2"), "{printed}");

    let check = |prepare: &dyn Fn(&mut Machine)| {
        let mut machine = Machine::new();
        prepare(&mut machine);
        let error = machine.sources().repository(&source_id("own")).expect_err("an error");
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains("hunter2"), "{printed}");
    };
    check(&|machine| machine.set("FATWOOD_REPOSITORY_OWN", "ftp://ann:hunter2@own.example.org/"));
    check(&|machine| machine.set("FATWOOD_REPOSITORY_OWN", "https://ann:hunter2@"));
    check(&|machine| machine.settings("<servers>hunter2</server>"));
    check(&|machine| {
        machine.set("FATWOOD_REPOSITORY_OWN", "https://own.example.org/");
        machine.settings(
            "<servers><server><id>own</id><username>a</username><password>{hunter2}</password></server>\
             </servers>",
        );
    });
}

#[test]
fn stores_follow_the_rules_of_the_aws_tools() {
    let keys = |key_id: &str, token: Option<&str>| StoreCredentials::Keys {
        key_id: key_id.to_owned(),
        secret: Secret::new("secret"),
        token: token.map(Secret::new),
    };
    let mut machine = Machine::new();
    let settings =
        |machine: &Machine| aws::settings(&source_id("s3"), &machine.flags.s3, &machine.environment);
    let found = settings(&machine).expect("settings");
    assert_eq!((found.region.as_str(), &found.endpoint), ("us-east-1", &None));
    assert_eq!(found.addressing, crate::fetch::Addressing::Virtual);
    assert_eq!(found.credentials, StoreCredentials::Instance { endpoint: None });
    machine.set("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(settings(&machine).expect("settings").credentials, StoreCredentials::Missing);

    machine.write(
        "home/.aws/config",
        "[default]\nregion = eu-west-1\n[profile lake]\nregion = eu-north-1\nservices = own\n[services own]\n\
         s3 =\n  endpoint_url = https://s3.example.org\n[profile sso]\nsso_session = corp\n",
    );
    machine.write(
        "home/.aws/credentials",
        "[default]\naws_access_key_id = D\naws_secret_access_key = secret\n[lake]\naws_access_key_id = L\n\
         aws_secret_access_key = secret\naws_session_token = token\n",
    );
    let found = settings(&machine).expect("settings");
    assert_eq!((found.region.as_str(), found.credentials), ("eu-west-1", keys("D", None)));
    machine.set("AWS_PROFILE", "lake");
    let found = settings(&machine).expect("settings");
    assert_eq!(found.endpoint.map(String::from).as_deref(), Some("https://s3.example.org/"));
    assert_eq!(found.addressing, crate::fetch::Addressing::Path);
    assert_eq!((found.region.as_str(), found.credentials), ("eu-north-1", keys("L", Some("token"))));
    for (profile, reason) in [("sso", "`sso_session`"), ("none", "no profile `none`")] {
        machine.set("AWS_PROFILE", profile);
        let error = settings(&machine).expect_err(profile).to_string();
        assert!(error.contains(reason), "{error}");
    }
    machine.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    machine.set("AWS_ROLE_ARN", "arn");
    machine.set("AWS_PROFILE", "lake");
    assert!(matches!(
        settings(&machine).expect("settings").credentials,
        StoreCredentials::WebIdentity { .. }
    ));
    machine.set("AWS_ACCESS_KEY_ID", "E");
    assert!(settings(&machine).expect_err("half a pair").to_string().contains("give both"));
    machine.set("AWS_SECRET_ACCESS_KEY", "secret");
    assert_eq!(settings(&machine).expect("settings").credentials, keys("E", None));
    machine.flags.s3.profile = Some("lake".to_owned());
    assert_eq!(settings(&machine).expect("settings").credentials, keys("L", Some("token")));
    machine.flags.s3.anonymous = true;
    assert_eq!(settings(&machine).expect("settings").credentials, StoreCredentials::Anonymous);
    machine.set("AWS_ENDPOINT_URL", "https://generic.example.org");
    machine.set("AWS_ENDPOINT_URL_S3", "http://minio:9000");
    let endpoint = settings(&machine).expect("settings").endpoint.map(String::from);
    assert_eq!(endpoint.as_deref(), Some("http://minio:9000/"));
    machine.set("AWS_ENDPOINT_URL_S3", "https://a:hunter2@minio");
    let error = settings(&machine).expect_err("credentials in a URL").to_string();
    assert!(error.contains("AWS_ENDPOINT_URL_S3") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_workloads_token_does_not_travel_without_encryption() {
    let check = |endpoint: &str, expected: bool| {
        let mut machine = Machine::new();
        machine.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
        machine.set("AWS_ROLE_ARN", "arn");
        machine.set("AWS_ENDPOINT_URL_STS", endpoint);
        assert_eq!(machine.sources().store(&source_id("s3")).is_ok(), expected, "{endpoint}");
    };
    check("https://sts.example.org", true);
    check("http://127.0.0.1:4566", true);
    check("http://sts.example.org", false);
    check("sts.example.org", false);
}

proptest::proptest! {
    /// Whatever a user's files hold, reading them ends in a value or an error.
    #[test]
    fn no_text_makes_a_reader_panic(text in "(?s)[\\[\\]{}<>&;:=!$@\"\\\\\\n #a-cé]{0,60}") {
        let _ = ini::Ini::parse(&text);
        let _ = netrc::parse(&text);
        let _ = text.parse::<Address>();
        let _ = crate::xml::parse(text.as_bytes(), "a");
        let machine = Machine::new();
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        machine.settings(&format!(
            "<servers><server><id>own</id><username>a</username><password>{escaped}</password></server></servers>\
             <mirrors><mirror><id>own</id><mirrorOf>{escaped},*</mirrorOf><url>https://example.org/{escaped}</url>\
             </mirror></mirrors>"
        ));
        let _ = machine.credentials("own");
    }
}
