//! Bad input: one clear message with the place and the remedy, the documented exit code, and
//! nothing half-made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Environment, Fatwood, Index, Maven, Outcome, Server, Volume, Wheel};

const RESOLVE: &str = "resolve --packages org.example:engine:1.0 -o manifest.json";
const POPULATE: &str = "populate manifest.json --volume volume";
const SET: &str = "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: bad\n";
const APPLICATION: &str = "apiVersion: spark.stackable.tech/v1alpha1\nkind: SparkApplication\nmetadata:\n  \
    name: report\nspec:\n  version: \"1.0\"\n  mode: cluster\n  sparkImage: report:1\n  driver:\n    cores: 1\n  \
    executor:\n    cores: 1\n    instances: 1\n";

fn central() -> Server {
    Maven::new().jar_of("org.example:engine:1.0", &[], 20_000).serve()
}

fn machine(central: &Server) -> Fatwood {
    Fatwood::new(Environment::new().central(central))
}

/// A failure is said once, on stderr, and nothing of a result is on stdout.
#[track_caller]
fn refused(outcome: Outcome, code: i32, texts: &[&str]) {
    let outcome = outcome.exits(code).says(texts);
    assert_eq!(outcome.stdout, "");
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn malformed_arguments_are_a_matter_of_usage() {
    let check = |words: &str, texts: &[&str]| {
        let fatwood = Fatwood::new(Environment::new());
        refused(fatwood.run(words), 64, texts);
    };
    check("resolve --packages org.example:engine", &["org.example:engine", "group:artifact:version"]);
    check(
        "resolve --packages org.example:engine:1.0 --exclude-packages engine",
        &["engine", "group:artifact"],
    );
    check("resolve --file ftp://host/x.jar", &["ftp://host/x.jar", "s3://"]);
    check("resolve --file s3://bucket", &["s3://bucket", "no key"]);
    check("resolve --requirement report===", &["report==="]);
    check("resolve", &[]);
    check("populate --volume volume", &[]);
    check("light", &["light"]);
}

#[test]
fn a_malformed_set_is_refused_with_file_line_and_field() {
    let check = |spec: &str, texts: &[&str]| {
        let fatwood = Fatwood::new(Environment::new());
        fatwood.write("set.yaml", format!("{SET}{spec}"));
        let texts = [&["set.yaml"], texts].concat();
        refused(fatwood.run("resolve set.yaml"), 65, &texts);
    };
    check("spec:\n  packages: [\n", &["set.yaml:6:13:"]);
    check("spec:\n  packages:\n    - org.example:engine\n", &["org.example:engine", ":7:"]);
    check("spec:\n  package:\n    - org.example:engine:1.0\n", &["package", ":6:"]);
    check("spec:\n  target:\n    python: 2.7\n  requirements:\n    - report\n", &["2.7", ":7:"]);
    check("spec:\n  files:\n    - s3://bucket\n", &["s3://bucket", ":7:"]);
    check("spec:\n  packages: []\n", &["asks for nothing"]);
}

#[test]
fn a_malformed_requirement_is_refused_with_its_place() {
    let pypi = Index::new().wheel(Wheel::new("clock", "1.5")).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    let set = "spec:\n  target:\n    python: \"3.10\"\n  requirements:\n    - clock\n    - 'report ~~ 1'\n";
    fatwood.write("set.yaml", format!("{SET}{set}"));
    refused(fatwood.run("resolve set.yaml"), 65, &["spec.requirements[1]", "report ~~ 1"]);
    let flags = "resolve --python 3.11 --requirement clock --requirement report===";
    refused(fatwood.run(flags), 64, &["--requirement[1]", "report==="]);
    assert_eq!(pypi.exchanges().len(), 0, "nothing is asked for before all is understood");
}

#[test]
fn a_requirements_file_is_refused_with_file_and_line() {
    let pypi = Index::new().wheel(Wheel::new("clock", "1.5")).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    fatwood.write("requirements.txt", "# what the report needs\nclock\nreport ~~ 1\n");
    refused(
        fatwood.run("resolve -r requirements.txt --python 3.11"),
        65,
        &["requirements.txt", "3", "report"],
    );
}

#[test]
fn input_that_is_not_there_is_named() {
    let fatwood = Fatwood::new(Environment::new());
    for words in ["resolve absent.yaml", "populate absent.json --volume volume"] {
        refused(fatwood.run(words), 64, &["absent."]);
    }
    Volume::at(fatwood.path("volume")).assert_nothing_half_made();
}

#[test]
fn what_does_not_exist_is_refused_with_who_was_asked() {
    let central = central();
    let fatwood = machine(&central);
    let check = |words: &str, texts: &[&str]| refused(fatwood.run(words), 65, texts);
    check("resolve --packages org.example:absent:1.0", &["org.example:absent:1.0", "central"]);
    check("resolve --packages org.example:engine:9.9", &["org.example:engine:9.9", "central"]);
    fatwood.write("case/set.yaml", format!("{SET}spec:\n  packages:\n    - org.example:absent:1.0\n"));
    fatwood.write("case/app.yaml", APPLICATION);
    check("provision case --claim pvc-ksv --volume volume", &["org.example:absent:1.0", "central"]);
    Volume::at(fatwood.path("volume")).assert_nothing_half_made();

    let pypi = Index::new().wheel(Wheel::new("clock", "1.5")).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    let check = |requirement: &str, texts: &[&str]| {
        refused(fatwood.run(&format!("resolve --python 3.11 --requirement {requirement}")), 65, texts);
    };
    check("absent", &["absent", "pypi"]);
    check("clock==9.9", &["clock", "9.9"]);
}

#[test]
fn a_source_that_nothing_configures_is_named_with_the_remedy() {
    let fatwood = Fatwood::new(Environment::new());
    refused(fatwood.run(RESOLVE), 78, &["central", "settings.xml"]);
    refused(fatwood.run("resolve --python 3.11 --requirement clock"), 78, &["pypi", "PIP_INDEX_URL"]);
    assert!(!fatwood.path("manifest.json").exists());
}

#[test]
fn a_manifest_edited_by_hand_is_refused_before_anything_is_fetched() {
    let check = |from: &str, to: &str, texts: &[&str]| {
        let central = central();
        let fatwood = machine(&central);
        fatwood.run(RESOLVE).exits(0);
        fatwood.forget_cache();
        central.forget();
        let manifest = fatwood.read("manifest.json");
        assert!(manifest.contains(from), "nothing to edit: `{from}` in\n{manifest}");
        fatwood.write("manifest.json", manifest.replacen(from, to, 1));
        refused(fatwood.run(POPULATE), 65, texts);
        assert_eq!(central.exchanges().len(), 0);
        Volume::at(fatwood.path("volume")).assert_nothing_half_made();
    };
    check("\n  \"name\"", "\n   \"name\"", &["changed by hand", "fatwood resolve"]);
    check("engine-1.0.jar", "../engine-1.0.jar", &["fatwood resolve"]);
    check("\"fatwood\": 2", "\"fatwood\": 3", &["version 3"]);
    check("\"artifacts\"", "\"extras\"", &["fatwood resolve"]);
    check("{", "", &["fatwood resolve"]);
}

#[test]
fn a_digest_or_size_that_does_not_fit_is_refused() {
    let check = |from: &dyn Fn(&serde_json::Value) -> String, to: &str| {
        let central = central();
        let fatwood = machine(&central);
        let manifest = fatwood.resolved("--packages org.example:engine:1.0");
        fatwood.forget_cache();
        let from = from(&manifest["artifacts"][0]);
        let edited = fatwood.read("manifest.json").replacen(&from, to, 1);
        // Still canonical, so only the bytes can tell.
        fatwood.write("manifest.json", edited);
        refused(fatwood.run(POPULATE), 65, &["engine-1.0.jar", "central"]);
        Volume::at(fatwood.path("volume")).assert_nothing_half_made();
    };
    check(&|artifact| artifact["sha256"].as_str().unwrap().to_owned(), &"0".repeat(64));
    check(&|artifact| format!("\"size\": {}", artifact["size"]), "\"size\": 1");
    check(&|artifact| format!("\"size\": {}", artifact["size"]), "\"size\": 99999999");
}

#[test]
fn a_volume_that_is_no_directory_is_refused() {
    let central = central();
    let fatwood = machine(&central);
    fatwood.run(RESOLVE).exits(0);
    fatwood.write("volume", "a file");
    refused(fatwood.run(POPULATE), 73, &["volume"]);
    assert_eq!(fatwood.read("volume"), "a file");
}

#[test]
fn a_volume_that_cannot_be_written_is_refused() {
    // Root writes whatever the mode says, so the refusal comes from a filesystem that takes no files.
    let central = central();
    let fatwood = machine(&central);
    fatwood.run(RESOLVE).exits(0);
    refused(fatwood.run("populate manifest.json --volume /proc/fatwood"), 73, &["/proc/fatwood"]);

    let closed = fatwood.path("closed");
    fs::create_dir(&closed).expect("a directory");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("a mode");
    if fs::write(closed.join("probe"), "").is_err() {
        let outcome = fatwood.run("populate manifest.json --volume closed/volume").says(&["closed/volume"]);
        assert!(matches!(outcome.code, Some(73 | 77)), "{outcome:?}");
    }
}

#[test]
fn an_application_that_cannot_be_wired_is_refused() {
    let check = |application: &str, flags: &str, code: i32, texts: &[&str]| {
        let central = central();
        let fatwood = machine(&central);
        fatwood.run(RESOLVE).exits(0);
        fatwood.write("app.yaml", application);
        refused(fatwood.run(&format!("wire app.yaml --manifest manifest.json {flags}")), code, texts);
    };
    let good = "--claim pvc-ksv --mount-path /dependencies";
    check("kind: [\n", good, 65, &["app.yaml"]);
    check("apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n", good, 65, &["app.yaml", "Pod"]);
    check("apiVersion: sparkoperator.k8s.io/v9\nkind: SparkApplication\n", good, 65, &["app.yaml", "v9"]);
    check(APPLICATION, "--claim Pvc_Ksv --mount-path /dependencies", 64, &["Pvc_Ksv"]);
    check(APPLICATION, "--claim pvc-ksv --mount-path dependencies", 64, &["dependencies", "/"]);
    check(APPLICATION, "--claim pvc-ksv --mount-path /a:b", 64, &["/a:b"]);
}
