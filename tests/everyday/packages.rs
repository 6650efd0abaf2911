//! Maven coordinates: resolve, populate, verify.

use crate::support::{Environment, Fatwood, Maven, Server, Volume, sha256_hex};

const ENGINE: &str = "/org/example/engine/1.0/engine-1.0.jar";

/// `engine` needs `gear`, which needs `oil`.
fn repository() -> Maven {
    Maven::new()
        .jar_of("org.example:engine:1.0", &["org.example:gear:2.1"], 60_000)
        .jar("org.example:gear:2.1", &["org.example:oil:0.3"])
        .jar("org.example:oil:0.3", &[])
}

fn machine(central: &Server) -> Fatwood {
    Fatwood::new(Environment::new().central(central))
}

#[test]
fn the_closure_reaches_the_volume_byte_for_byte() {
    let central = repository().serve();
    let fatwood = machine(&central);
    let manifest = fatwood.resolved("--packages org.example:engine:1.0");

    let files: Vec<_> = manifest["artifacts"].as_array().unwrap().iter().map(|one| &one["file"]).collect();
    assert_eq!(files, ["engine-1.0.jar", "gear-2.1.jar", "oil-0.3.jar"]);
    let engine = central.published(ENGINE);
    assert_eq!(manifest["artifacts"][0]["sha256"], sha256_hex(&engine));
    assert_eq!(manifest["artifacts"][0]["size"], engine.len());

    fatwood.run("populate manifest.json --volume volume").exits(0);
    let volume = Volume::at(fatwood.path("volume"));
    assert_eq!(volume.names("jars"), ["engine-1.0.jar", "gear-2.1.jar", "oil-0.3.jar"]);
    assert!(volume.read("jars/engine-1.0.jar") == engine, "the jar on the volume is not the published one");
    assert_eq!(volume.read("manifest.json"), fatwood.read("manifest.json").as_bytes());
    volume.assert_staging_empty();

    fatwood.run("verify --volume volume manifest.json").exits(0);
    fatwood.run("verify --volume volume").exits(0);
}

#[test]
fn without_the_closure_only_the_named_jar_is_taken() {
    let central = repository().serve();
    let fatwood = machine(&central);
    fatwood.write(
        "set.yaml",
        "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: alone\nspec:\n  \
         transitive: false\n  packages:\n    - org.example:engine:1.0\n",
    );
    let manifest = fatwood.resolved("set.yaml");
    assert_eq!(manifest["artifacts"].as_array().unwrap().len(), 1);
}

#[test]
fn excluded_modules_are_left_out() {
    let central = repository().serve();
    let manifest =
        machine(&central).resolved("--packages org.example:engine:1.0 --exclude-packages org.example:oil");
    assert_eq!(manifest["artifacts"].as_array().unwrap().len(), 2);
}

#[test]
fn resolving_twice_gives_identical_bytes() {
    let central = repository().serve();
    let first = machine(&central).run("resolve --packages org.example:engine:1.0").exits(0).stdout;
    let second = machine(&central).run("resolve --packages org.example:engine:1.0").exits(0).stdout;
    assert_eq!(first, second);
    assert!(!first.contains("127.0.0.1"), "the manifest names a host:\n{first}");
}

#[test]
fn populating_after_resolving_on_one_machine_fetches_nothing_more() {
    let central = repository().serve();
    let fatwood = machine(&central);
    fatwood.resolved("--packages org.example:engine:1.0");
    assert_eq!(central.count(ENGINE), 1, "the jar is streamed once, for its SHA-256");
    central.forget();
    fatwood.run("populate manifest.json --volume volume").exits(0);
    assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
}

#[test]
fn populating_elsewhere_asks_for_the_artifacts_alone() {
    let central = repository().serve();
    let fatwood = machine(&central);
    fatwood.resolved("--packages org.example:engine:1.0");
    fatwood.forget_cache();
    central.forget();
    fatwood.run("populate manifest.json --volume volume").exits(0);
    let mut asked: Vec<_> = central.exchanges().into_iter().map(|exchange| exchange.path).collect();
    asked.sort();
    assert_eq!(
        asked,
        [ENGINE, "/org/example/gear/2.1/gear-2.1.jar", "/org/example/oil/0.3/oil-0.3.jar"],
        "populating resolves nothing"
    );
}

#[test]
fn populating_again_fetches_nothing_and_says_so() {
    let central = repository().serve();
    let fatwood = machine(&central);
    fatwood.resolved("--packages org.example:engine:1.0");
    fatwood.run("populate manifest.json --volume volume").exits(0);
    fatwood.forget_cache();
    central.forget();
    fatwood.run("populate manifest.json --volume volume").exits(0).says(&["0 bytes"]);
    assert_eq!(central.exchanges().len(), 0, "{:#?}", central.exchanges());
}

#[test]
fn a_manifest_is_populated_through_another_mirror() {
    let (central, mirror) = (repository().serve(), repository().serve());
    let here = machine(&central);
    here.resolved("--packages org.example:engine:1.0");
    let there = machine(&mirror);
    there.write("manifest.json", here.read("manifest.json"));
    central.forget();
    there.run("populate manifest.json --volume volume").exits(0);
    assert_eq!(central.exchanges().len(), 0, "the first repository is not asked");
    assert_eq!(Volume::at(there.path("volume")).names("jars").len(), 3);
}

#[test]
fn files_without_a_checksum_beside_them_are_pinned_all_the_same() {
    let central = Maven::new().without_checksums().jar("org.example:engine:1.0", &[]).serve();
    let manifest = machine(&central).resolved("--packages org.example:engine:1.0");
    assert_eq!(manifest["artifacts"][0]["sha256"], sha256_hex(&central.published(ENGINE)));
}

#[test]
fn a_second_repository_is_asked_for_what_the_first_lacks() {
    let central = Maven::new().jar("org.example:engine:1.0", &["org.private:gear:2.1"]).serve();
    let private = Maven::new().jar("org.private:gear:2.1", &[]).serve();
    let fatwood = Fatwood::new(Environment::new().central(&central).repository("private", &private.url()));
    fatwood.write(
        "set.yaml",
        "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: two\nspec:\n  \
         packages:\n    - org.example:engine:1.0\n  repositories:\n    - central\n    - private\n",
    );
    let manifest = fatwood.resolved("set.yaml");
    let gear = &manifest["artifacts"][1]["source"];
    assert_eq!(gear["repository"], "private", "{gear}");
}

#[test]
fn a_set_says_which_repository_has_a_group() {
    let public = Maven::new().jar("org.example:engine:1.0", &[]).jar("com.acme:gear:2.1", &[]).serve();
    let private = Maven::new().jar("com.acme:gear:2.1", &["org.example:engine:1.0"]).serve();
    let fatwood = Fatwood::new(Environment::new().central(&public).repository("private", &private.url()));
    fatwood.write(
        "set.yaml",
        "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: routed\nspec:\n  packages:\n    \
         - com.acme:gear:2.1\n  repositories:\n    - central\n    - id: private\n      groups: [com.acme, com.acme.*]\n",
    );
    let manifest = fatwood.resolved("set.yaml");
    assert_eq!(manifest["artifacts"][0]["source"]["repository"], "private");
    assert_eq!(manifest["artifacts"][1]["source"]["repository"], "central");
    let of_acme = |server: &Server| server.exchanges().iter().any(|exchange| exchange.path.contains("acme"));
    assert!(!of_acme(&public) && of_acme(&private));
    assert!(private.exchanges().iter().all(|exchange| exchange.path.contains("acme")));
}

#[test]
fn a_jar_without_a_pom_is_taken_where_that_is_allowed() {
    let jar = Maven::new().jar("x:x:1", &[]).site().bytes("/x/x/1/x-1.jar");
    let central = Maven::new().bytes("org.example:bare:1.0", "jar", &jar).serve();
    let fatwood = machine(&central);
    let flag = "--allow-missing-pom org.example:bare:1.0";
    fatwood.run("resolve --packages org.example:bare:1.0").exits(65).says(&[flag]);
    let outcome =
        fatwood.run(&format!("resolve --packages org.example:bare:1.0 {flag} -o manifest.json")).exits(0);
    outcome.says(&["org.example:bare:1.0 has no POM and is taken without dependencies"]);
    let manifest = fatwood.read("manifest.json");
    assert!(manifest.contains("bare-1.0.jar") && manifest.contains("allowMissingPom"), "{manifest}");
    fatwood.run(&format!("resolve --packages org.example:bare:1.0 {flag} --offline")).exits(0);
}

#[test]
fn a_package_that_nobody_has_is_said_to_be_nowhere() {
    let central = Maven::new().jar("org.example:engine:1.0", &[]).serve();
    let fatwood = machine(&central);
    let check = |arguments: &str, expected: &str| {
        fatwood.run(&format!("resolve --packages {arguments}")).exits(65).says(&[expected]);
    };
    let nothing = "has `org.example:engine:1.00`: neither its POM nor its file";
    check("org.example:engine:1.00 --no-transitive", nothing);
    check("org.example:engine:1.00 --allow-missing-pom org.example:engine:1.00", nothing);
    check("org.example:engine:1.00", "`central`; check the coordinate; if the release really has no POM");
    check("org.example:engine:[7,8)", "list (`1.0`) satisfies `[7,8)`");
    check("org.example:engine:1.+", "in Ivy's way; write the range `[1,2)`");
    let idle = "resolve --packages org.example:engine:1.0, --exclude-packages org.exmaple:engin";
    fatwood.run(idle).exits(0).says(&["excluding `org.exmaple:engin` left nothing out"]);
}

#[test]
fn proxies_of_maven_settings_are_gone_by() {
    let proxy = repository().serve();
    let port = proxy.url().rsplit(':').next().expect("a port").to_owned();
    let fatwood = Fatwood::new(Environment::new());
    fatwood.write(
        "settings.xml",
        format!(
            "<settings><proxies><proxy><host>127.0.0.1</host><port>{port}</port><username>ann</username>\
             <password>hunter2</password></proxy></proxies></settings>"
        ),
    );
    let command = "resolve --packages org.example:engine:1.0 --repositories central=http://repo.example.org/ \
                   --maven-settings settings.xml";
    fatwood.run(command).exits(78).says(&["not encrypted", "`--allow-http central`"]);
    let command = format!("{command} --allow-http central");
    let outcome = fatwood.run(&command).exits(0);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    assert!(proxy.count("engine-1.0.pom") == 1 && proxy.count(".jar") == 3, "{:#?}", proxy.exchanges());
    for exchange in proxy.exchanges() {
        // `ann` and `hunter2`, in Base64.
        let given = exchange.headers.get("proxy-authorization").map(|value| value.to_str().expect("text"));
        assert_eq!(given, Some("Basic YW5uOmh1bnRlcjI="));
    }
    fatwood.run(&command.replace("settings.xml", "nowhere.xml")).exits(74).says(&["nowhere.xml"]);
}

#[test]
fn the_comma_of_a_range_separates_nothing() {
    let central = repository().serve();
    let manifest =
        machine(&central).resolved("--packages org.example:oil:[0.1,0.2),[0.3,1),org.example:gear:2.1");
    let inputs: Vec<_> = manifest["inputs"]["packages"].as_array().unwrap().iter().collect();
    assert_eq!(inputs, ["org.example:oil:[0.1,0.2),[0.3,1)", "org.example:gear:2.1"]);
}
