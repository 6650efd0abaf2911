//! What a source does wrong on its way: passing faults are survived, wrong bytes are refused.

use crate::support::{Environment, Fatwood, Fault, Index, Maven, S3, Server, Volume, Wheel, bytes_of};

const JAR: &str = "/org/example/engine/1.0/engine-1.0.jar";
const SIZE: usize = 400_000;

fn central() -> Server {
    Maven::new().jar_of("org.example:engine:1.0", &[], SIZE).serve()
}

fn machine(central: &Server) -> Fatwood {
    Fatwood::new(Environment::new().central(central))
}

/// A machine that has the manifest and nothing of what it names.
fn elsewhere(central: &Server) -> Fatwood {
    let fatwood = machine(central);
    fatwood.resolved("--packages org.example:engine:1.0");
    fatwood.forget_cache();
    central.forget();
    fatwood
}

#[test]
fn passing_faults_do_not_fail_a_run() {
    let check = |faults: Vec<Fault>| {
        let central = central();
        let fatwood = elsewhere(&central);
        let named = format!("{faults:?}");
        central.fail(JAR, faults);
        fatwood.run("populate manifest.json --volume volume").exits(0);
        central.assert_script_played();
        let volume = Volume::at(fatwood.path("volume"));
        assert!(volume.read("jars/engine-1.0.jar") == central.published(JAR), "{named}: other bytes");
        volume.assert_staging_empty();
    };
    check(vec![Fault::status(503)]);
    check(vec![Fault::status(500), Fault::status(502), Fault::status(504)]);
    check(vec![Fault::Status { code: 429, retry_after: Some(1) }]);
    for after in [0, 1, 1024, SIZE as u64 / 2, SIZE as u64 - 1] {
        check(vec![Fault::Reset { after }]);
        check(vec![Fault::Cut { after }]);
    }
    check(vec![Fault::Cut { after: 100_000 }, Fault::status(503), Fault::Reset { after: 100_000 }]);
}

#[test]
fn a_body_that_was_cut_is_resumed_where_it_stopped() {
    let central = central();
    let fatwood = elsewhere(&central);
    central.fail(JAR, [Fault::Cut { after: 300_000 }]);
    fatwood.run("populate manifest.json --volume volume").exits(0);
    let jar: Vec<_> = central.exchanges().into_iter().filter(|exchange| exchange.path == JAR).collect();
    let [first, second] = &jar[..] else { panic!("two requests were to do: {jar:#?}") };
    assert_eq!((first.sent, second.status), (300_000, 206));
    assert_eq!(first.sent + second.sent, central.published(JAR).len() as u64, "no byte is fetched twice");
}

#[test]
fn a_stalled_server_is_given_up_and_asked_for_the_rest() {
    let central = central();
    let fatwood = elsewhere(&central);
    central.fail(JAR, [Fault::Stall { after: 250_000 }]);
    fatwood.run("populate manifest.json --volume volume").exits(0);
    central.assert_script_played();
}

#[test]
fn wrong_bytes_are_refused_wherever_they_are() {
    let check = |fault: Fault| {
        let central = central();
        let fatwood = elsewhere(&central);
        let named = format!("{fault:?}");
        central.always(JAR, fault);
        let outcome = fatwood.run("populate manifest.json --volume volume").exits(65);
        let outcome = outcome.says(&["engine-1.0.jar", "central"]);
        assert_eq!(outcome.stdout, "", "{named}");
        Volume::at(fatwood.path("volume")).assert_nothing_half_made();
    };
    let published = central().published(JAR);
    for at in [0, 1024, published.len() as u64 / 2, published.len() as u64 - 1] {
        check(Fault::Flip { at });
    }
    check(Fault::Html);
    check(Fault::Body(bytes_of("published again", published.len()).into()));
    check(Fault::Body(published.slice(..published.len() - 1)));
    check(Fault::Body([&published[..], b"x"].concat().into()));
    check(Fault::Body(Vec::new().into()));
}

#[test]
fn html_instead_of_a_jar_is_refused_when_resolving() {
    let central = central();
    central.always(JAR, Fault::Html);
    let fatwood = machine(&central);
    let outcome = fatwood.run("resolve --packages org.example:engine:1.0").exits(65);
    let outcome = outcome.says(&["engine-1.0.jar", &central.url(), "HTML page"]);
    assert_eq!(outcome.stdout, "", "a manifest is written whole or not at all");
}

#[test]
fn html_without_a_checksum_beside_it_is_no_jar_either() {
    let central = Maven::new()
        .without_checksums()
        .parent("org.example:engine:1.0", "<packaging>jar</packaging>")
        .bytes("org.example:engine:1.0", "jar", b"<!DOCTYPE html><html>sign in</html>")
        .serve();
    machine(&central).run("resolve --packages org.example:engine:1.0").exits(65).says(&["engine-1.0.jar"]);
}

#[test]
fn a_checksum_beside_an_artifact_is_compared() {
    let central = central();
    central.always(&format!("{JAR}.sha1"), Fault::Body("da39a3ee5e6b4b0d3255bfef95601890afd80709".into()));
    let outcome = machine(&central).run("resolve --packages org.example:engine:1.0").exits(65);
    outcome.says(&["engine-1.0.jar", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]);
}

#[test]
fn a_source_that_stays_down_is_named_and_can_be_tried_again() {
    let central = central();
    let fatwood = elsewhere(&central);
    central.always(JAR, Fault::status(503));
    fatwood.run("populate manifest.json --volume volume").exits(69).says(&["engine-1.0.jar", "503"]);
    Volume::at(fatwood.path("volume")).assert_nothing_half_made();
}

#[test]
fn a_redirect_to_another_origin_takes_no_credentials_along() {
    let elsewhere = central();
    let jar = elsewhere.published(JAR);
    let site = Maven::new().jar_of("org.example:engine:1.0", &[], SIZE).site();
    // `canary` and `hunter2`, in Base64.
    let central = Server::start(site.protected("Basic Y2FuYXJ5Omh1bnRlcjI="));
    central.always(JAR, Fault::Redirect(format!("{}{JAR}", elsewhere.url())));
    let environment = Environment::new().central(&central).credentials("central", "canary", "hunter2");
    let fatwood = Fatwood::new(environment);
    fatwood.resolved("--packages org.example:engine:1.0");
    fatwood.forget_cache();
    let outcome = fatwood.run("populate manifest.json --volume volume").exits(0);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    assert!(Volume::at(fatwood.path("volume")).read("jars/engine-1.0.jar") == jar, "other bytes");
    assert!(elsewhere.count(JAR) > 0);
    for exchange in elsewhere.exchanges() {
        assert!(!exchange.headers.contains_key("authorization"), "{exchange:#?}");
    }
}

#[test]
fn wheels_and_objects_are_checked_as_jars_are() {
    let check = |environment: Environment, server: &Server, set: &str, path: &str| {
        let fatwood = Fatwood::new(environment);
        let head =
            "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: checked\nspec:\n";
        fatwood.write("set.yaml", format!("{head}{set}"));
        fatwood.resolved("set.yaml");
        fatwood.forget_cache();
        server.always(path, Fault::Flip { at: 100 });
        fatwood.run("populate manifest.json --volume volume").exits(65);
        Volume::at(fatwood.path("volume")).assert_nothing_half_made();
    };
    let pypi = Index::new().wheel(Wheel::new("clock", "1.5")).serve();
    let set = "  target:\n    python: \"3.11\"\n  requirements:\n    - clock\n";
    check(Environment::new().pypi(&pypi), &pypi, set, ".whl");

    let s3 = S3::start().object("data", "table.csv", bytes_of("table", 2_000));
    check(Environment::new().s3(&s3), &s3.server, "  files:\n    - s3://data/table.csv\n", "/table.csv");
}
