//! What is asked of repositories: once when cold, nothing when warm, nothing at all offline.

use std::collections::BTreeSet;

use crate::support::{Environment, Fatwood, Fault, Maven, Server, Site, Volume};

const ENGINE: &str = "resolve --packages org.example:engine:1.0 -o manifest.json";

/// `engine` needs `gear`, whose POM has a parent and which needs any `oil`.
fn repository() -> Maven {
    let oil = "<dependency><groupId>org.example</groupId><artifactId>oil</artifactId><version>[1,2)</version>\
               </dependency>";
    let gear = format!(
        "<parent><groupId>org.example</groupId><artifactId>machines</artifactId><version>3</version></parent>\
         <dependencies>{oil}</dependencies>"
    );
    Maven::new()
        .jar("org.example:engine:1.0", &["org.example:gear:2.1"])
        .parent("org.example:machines:3", "")
        .described("org.example:gear:2.1", &gear, 3_000)
        .jar("org.example:oil:1.5", &[])
}

fn ranges() -> (Server, Fatwood) {
    let central = repository().serve();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    (central, fatwood)
}

/// Without a range, so that no list is asked for.
fn fixed() -> (Server, Fatwood) {
    let central = Maven::new()
        .jar("org.example:engine:1.0", &["org.example:gear:2.1"])
        .jar("org.example:gear:2.1", &[])
        .serve();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    (central, fatwood)
}

#[test]
fn a_cold_resolve_asks_for_each_url_once_and_sends_no_head() {
    let (central, fatwood) = ranges();
    fatwood.run(ENGINE).exits(0);
    let exchanges = central.exchanges();
    let urls: BTreeSet<_> = exchanges.iter().map(|exchange| &exchange.path).collect();
    assert_eq!(urls.len(), exchanges.len(), "{exchanges:#?}");
    assert!(exchanges.iter().all(|exchange| exchange.method == "GET"), "{exchanges:#?}");
}

#[test]
fn a_warm_resolve_asks_for_nothing() {
    let (central, fatwood) = fixed();
    fatwood.run(ENGINE).exits(0);
    let first = fatwood.read("manifest.json");
    central.forget();
    fatwood.run(ENGINE).exits(0).says(&["0 requests"]);
    assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
    assert_eq!(fatwood.read("manifest.json"), first);
}

#[test]
fn a_list_of_versions_is_asked_for_again_and_sent_only_where_it_changed() {
    let (central, fatwood) = ranges();
    fatwood.run(ENGINE).exits(0);
    let first = fatwood.read("manifest.json");
    central.forget();
    fatwood.run(ENGINE).exits(0).says(&["1 requests"]);
    let [list] = &central.exchanges()[..] else { panic!("one request: {:#?}", central.exchanges()) };
    assert_eq!((&list.path[..], list.status, list.sent), ("/org/example/oil/maven-metadata.xml", 304, 0));
    assert_eq!(fatwood.read("manifest.json"), first);

    // A new version is found by the same request.
    let newer = repository().jar("org.example:oil:1.6", &[]).serve();
    let fatwood = fatwood.with(Environment::new().repository("central", &central.url()));
    central.fail(
        "oil/maven-metadata.xml",
        [Fault::Body(newer.published("/org/example/oil/maven-metadata.xml"))],
    );
    for path in ["pom", "pom.sha1", "jar", "jar.sha1"] {
        let path = format!("/org/example/oil/1.6/oil-1.6.{path}");
        central.always(&path, Fault::Body(newer.published(&path)));
    }
    fatwood.run(ENGINE).exits(0);
    assert!(fatwood.read("manifest.json").contains("oil-1.6.jar"));
}

#[test]
fn offline_a_warm_cache_gives_the_same_manifest_and_volume() {
    let (central, fatwood) = ranges();
    fatwood.run(ENGINE).exits(0);
    let first = fatwood.read("manifest.json");
    central.forget();
    fatwood.run(&format!("{ENGINE} --offline")).exits(0).says(&["0 requests"]);
    assert_eq!(fatwood.read("manifest.json"), first);
    fatwood.run("populate manifest.json --volume volume --offline").exits(0);
    assert_eq!(Volume::at(fatwood.path("volume")).names("jars").len(), 3);
    let environment = Environment::new().central(&central).variable("FATWOOD_OFFLINE", "1");
    let fatwood = fatwood.with(environment);
    fatwood.run("provision --packages org.example:engine:1.0 --volume second").exits(0);
    assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
}

#[test]
fn offline_what_is_missing_is_named_with_its_path() {
    let (central, fatwood) = ranges();
    let check = |fatwood: &Fatwood, expected: &str| {
        central.forget();
        let outcome = fatwood.run(&format!("{ENGINE} --offline")).exits(69);
        outcome.says(&[expected, "run once without `--offline`"]);
        assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
    };
    check(
        &fatwood,
        "the POM of `org.example:engine:1.0` is not in the cache (reached by org.example:engine:1.0)",
    );
    let path = "(reached by org.example:engine:1.0 > org.example:gear:2.1";
    for (missing, expected) in [
        ("machines-3.pom", "the POM of `org.example:machines:3`, parent of `org.example:gear:2.1` is not"),
        ("oil/maven-metadata.xml", "the list of versions of `org.example:oil` is not in the cache"),
        ("gear-2.1.jar", "the file `org/example/gear/2.1/gear-2.1.jar` is not in the cache"),
    ] {
        fatwood.forget_cache();
        central.fail(missing, [Fault::status(403)]);
        fatwood.run(ENGINE).exits(77);
        check(&fatwood, expected);
        check(&fatwood, path);
    }
    central.assert_script_played();
}

#[test]
fn offline_wheels_objects_and_files_of_a_manifest_fail_as_clearly() {
    let central = Maven::new().jar("org.example:engine:1.0", &[]).serve();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    fatwood.run(ENGINE).exits(0);
    fatwood.forget_cache();
    central.forget();
    let check = |command: &str, expected: &str| {
        fatwood.run(command).exits(69).says(&[expected, "`--offline` forbids"]);
    };
    check("populate manifest.json --volume volume --offline", "engine-1.0.jar");
    check("resolve --file https://files.example.org/table.csv --offline", "table.csv");
    check("resolve --file s3://data/table.csv --s3-anonymous --s3-region x --offline", "table.csv");
    let wheels =
        "resolve --requirement clock --python 3.11 --index-url https://pypi.example.org/simple --offline";
    check(wheels, "clock");
    assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
}

#[test]
fn weather_is_never_taken_for_absence() {
    let (central, fatwood) = fixed();
    let second = Maven::new().jar("org.example:gear:2.1", &["org.example:other:1"]).serve();
    let environment = Environment::new().central(&central).repository("second", &second.url());
    let fatwood = fatwood.with(environment);
    let command = format!("{ENGINE} --repositories central,second");
    central.always("gear-2.1.pom", Fault::Status { code: 429, retry_after: Some(3600) });
    fatwood.run(&command).exits(69).says(&["gear-2.1.pom", "429"]);
    assert_eq!(second.exchanges().len(), 0, "the next repository is not asked");
}

#[test]
fn absence_is_asked_for_again() {
    let (central, fatwood) = fixed();
    central.fail("gear-2.1.pom", [Fault::status(404)]);
    fatwood.run(ENGINE).exits(65).says(&["gear:2.1", "is in none of the repositories"]);
    fatwood.run(ENGINE).exits(0);
}

#[test]
fn latest_needs_leave_and_is_locked() {
    let central = Maven::new().jar("org.example:engine:1.0", &[]).jar("org.example:engine:1.1", &[]).serve();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let outcome = fatwood.run("resolve --packages org.example:engine:RELEASE").exits(65);
    outcome.says(&["changes with time", "`--allow-dynamic`"]);
    let outcome = fatwood
        .run("resolve --packages org.example:engine:RELEASE --allow-dynamic -o manifest.json")
        .exits(0);
    outcome.says(&["org.example:engine:RELEASE is 1.1 now"]);
    let manifest = fatwood.read("manifest.json");
    assert!(manifest.contains("engine-1.1.jar") && manifest.contains("\"allowDynamic\": true"), "{manifest}");
    // The manifest is one that is read again.
    fatwood.run("populate manifest.json --volume volume").exits(0);
}

#[test]
fn a_snapshot_is_locked_as_a_build() {
    const DIRECTORY: &str = "/org/example/engine/1.0-SNAPSHOT";
    let list = "<metadata><versioning><snapshot><timestamp>20250102.030405</timestamp><buildNumber>7</buildNumber>\
                </snapshot><lastUpdated>20250102030405</lastUpdated></versioning></metadata>";
    let jar = Maven::new().jar("x:x:1", &[]).site().bytes("/x/x/1/x-1.jar");
    let file = |extension: &str| format!("{DIRECTORY}/engine-1.0-20250102.030405-7.{extension}");
    let site = Site::new()
        .file(&format!("{DIRECTORY}/maven-metadata.xml"), list)
        .file(&file("pom"), "<project/>")
        .file(&file("jar"), jar);
    let central = Server::start(site);
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let outcome = fatwood.run("resolve --packages org.example:engine:1.0-SNAPSHOT -o manifest.json").exits(0);
    outcome.says(&["org.example:engine:1.0-SNAPSHOT changes with time", "1.0-20250102.030405-7"]);
    let manifest: serde_json::Value = serde_json::from_str(&fatwood.read("manifest.json")).expect("JSON");
    let engine = &manifest["artifacts"][0];
    assert_eq!(engine["purl"], "pkg:maven/org.example/engine@1.0-20250102.030405-7");
    assert_eq!(engine["source"]["path"], file("jar").trim_start_matches('/'));
    fatwood.run("populate manifest.json --volume volume").exits(0);
}
