use proptest::prelude::*;

use super::*;

fn artifact(purl: &str, kind: Kind, file: &str, size: u64) -> Artifact {
    Artifact {
        purl: purl.to_owned(),
        kind,
        file: file.parse().expect("a file name"),
        source: Source::Repository {
            repository: "central".parse().expect("an id"),
            path: format!("org/example/{file}").parse().expect("a path"),
        },
        size,
        sha256: Digest::of(file.as_bytes()),
        metadata_sha256: None,
        requested_by: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
    }
}

fn manifest(artifacts: Vec<Artifact>) -> Result<Manifest, ManifestError> {
    let inputs = Inputs {
        packages: vec!["org.example:z:1".to_owned(), "org.example:a:1".to_owned()],
        transitive: true,
        exclude_packages: vec!["z:z".to_owned(), "a:a".to_owned()],
        requirements: vec![],
        pylock: None,
        files: vec![],
    };
    Manifest::new("demo".parse().expect("a name"), Target::default(), inputs, artifacts)
}

fn three() -> Manifest {
    let artifacts = vec![
        artifact("pkg:generic/x", Kind::File, "x.csv", 0),
        artifact("pkg:maven/org.example/z@1", Kind::Jar, "z-1.jar", 7),
        artifact("pkg:maven/org.example/a@1", Kind::Jar, "a-1.jar", 8),
    ];
    manifest(artifacts).expect("a manifest")
}

/// A manifest of format version 1, kept for ever: what was locked once must stay readable.
const V1: &str = include_str!("fixtures/v1.json");

/// The same of version 2, which has a closure.
const V2: &str = include_str!("fixtures/v2.json");

#[test]
fn version_2_is_read_for_ever() {
    let v2 = Manifest::parse(V2.as_bytes()).expect("version 2");
    assert_eq!(v2.to_json(), V2);
    let closure = v2.closure.expect("a closure");
    assert_eq!(
        (closure.rules, closure.java.as_str()),
        (Rules { spark_excludes: Some(true), ..Rules::default() }, "17")
    );
    let oil = &closure.releases[4];
    assert_eq!(oil.moved_from, ["org.example:oil:0.4"]);
    let managed = Demand {
        by: Some("org.example:engine:1.0".to_owned()),
        version: "0.4".to_owned(),
        declared: Some("0.2".to_owned()),
    };
    assert_eq!(oil.demands[0], managed);
    assert_eq!(closure.releases[0].demands[0].by, None);
    assert_eq!(closure.excluded[0].by, ["spark"]);
    assert_eq!(closure.poms.len(), 7);
    let wheels: Vec<_> = v2.artifacts.iter().filter(|artifact| artifact.kind == Kind::Wheel).collect();
    assert_eq!(wheels[0].requested_by, ["pkg:pypi/report@2.0"]);
}

#[test]
fn a_closure_holds_no_text_that_a_terminal_obeys_and_leads_nowhere_else() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(V2.contains(from), "nothing to edit: {from}");
        let error = Manifest::parse(V2.replacen(from, to, 1).as_bytes()).expect_err(expected);
        assert!(error.to_string().contains(expected) && !error.to_string().contains('\u{9b}'), "{error}");
    };
    let long = format!("\"{}\"", "9".repeat(2_000));
    check("\"[2,3)\"", "\"2\u{9b}31m\"", "not printed");
    check("\"[2,3)\"", "\"2\\u001b[31m\"", "not printed");
    check("\"[2,3)\"", "\"2\\n3\"", "not printed");
    check("\"[2,3)\"", "\"2\u{202e}3\"", "not printed");
    check("\"[2,3)\"", &long, "too long");
    check("\"declared\": \"0.2\"", "\"declared\": \"\u{9b}\"", "not printed");
    check("\"17\"", "\"\u{9b}\"", "not printed");
    check("\"spark\"\n      ", "\"\u{9b}\"\n      ", "not printed");
    check("\"module\": \"org.example:paint\"", "\"module\": \"org.example:paint\u{9b}\"", "not printed");
    check("\"release\": \"org.example:kit:5\"", "\"release\": \"org.example:kit\"", "group:artifact:version");
    check(
        "\"release\": \"org.example:kit:5\"",
        "\"release\": \"org.example:k\u{f6}:5\"",
        "group:artifact:version",
    );
    check("\"release\": \"org.example:kit:5\"", "\"release\": \"org.example:gear:2.1\"", "twice");
    check("\"by\": \"org.example:kit:5\"", "\"by\": \"org.example:kit:6\"", "none of the closure");
    check("\"fatwood\": 2", "\"fatwood\": 1", "changed by hand");
}

#[test]
fn what_a_pom_says_is_made_harmless_before_it_is_recorded() {
    assert_eq!(plain("[1.0, 2)"), "[1.0, 2)");
    assert_eq!(plain("1\u{9b}\n\u{202e}"), "1\\u{9b}\\u{a}\\u{202e}");
    assert!(plain(&"\u{9b}".repeat(10_000)).len() < 1_024);
}

#[test]
fn the_text_is_canonical_and_jars_keep_their_order() {
    let v1 = Manifest::parse(V1.as_bytes()).expect("version 1");
    assert_eq!(v1.to_json(), V1);
    assert_eq!(v1, Manifest { fatwood: 1, ..three() });
    assert_eq!(three().to_json(), V1.replace("\"fatwood\": 1", "\"fatwood\": 2"));
}

#[test]
fn version_1_has_no_hash_of_metadata() {
    let of = |metadata_sha256| Artifact { metadata_sha256, ..artifact("p", Kind::Wheel, "a.whl", 1) };
    let with = manifest(vec![of(Some(Digest::of(b"METADATA")))]).expect("a manifest");
    assert_eq!(Manifest::parse(with.to_json().as_bytes()).expect("version 2"), with);
    let as_v1 = |manifest: &Manifest| manifest.to_json().replace("\"fatwood\": 2", "\"fatwood\": 1");
    let error = Manifest::parse(as_v1(&with).as_bytes()).expect_err("a field that version 1 has not");
    assert!(matches!(error, ManifestError::NotCanonical { .. }), "{error}");
    let without = manifest(vec![of(None)]).expect("a manifest");
    assert!(Manifest::parse(as_v1(&without).as_bytes()).is_ok());
}

#[test]
fn what_is_written_is_read() {
    let manifest = three();
    let parsed = Manifest::parse(manifest.to_json().as_bytes()).expect("canonical");
    assert_eq!(parsed, manifest);
    assert_eq!(parsed.digest(), manifest.digest());
    assert_eq!(manifest.total_size(), 15);
}

#[test]
fn a_change_by_hand_is_found() {
    let json = three().to_json();
    let check = |text: String, expected: &str| {
        let error = Manifest::parse(text.as_bytes()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(json.replace("  \"transitive\"", "   \"transitive\""), "line 13");
    check(json.replace("\"demo\"", "\"de\\u006do\""), "line 3");
    check(json.trim_end().to_owned(), "changed by hand");
    check(json.replace("\"fatwood\": 2", "\"fatwood\": 3"), "format version 3");
    check(json.replace("\"name\"", "\"nom\""), "not a manifest");
    check(json.replace("x.csv\",", "../x.csv\","), "not a manifest");
    check("{}".to_owned(), "not a manifest");
    check(String::new(), "not a manifest");
}

#[test]
fn two_artifacts_cannot_claim_one_place() {
    let check = |first: Artifact, second: Artifact| {
        assert!(matches!(manifest(vec![first, second]), Err(ManifestError::Clash { .. })));
    };
    check(artifact("a", Kind::Jar, "x.jar", 1), artifact("b", Kind::Jar, "X.jar", 1));
    check(artifact("a", Kind::Jar, "x.jar", 1), artifact("a", Kind::Jar, "y.jar", 1));
    check(artifact("a", Kind::File, "x", 1), artifact("b", Kind::File, "X/y", 1));
}

#[test]
fn a_source_that_holds_a_secret_or_leads_astray_is_refused() {
    let check = |source: Source| {
        let mut artifact = artifact("a", Kind::File, "x", 1);
        artifact.source = source;
        let error = manifest(vec![artifact]).expect_err("a refusal");
        assert!(matches!(error, ManifestError::Source { .. }) && !error.to_string().contains("hunter2"));
    };
    let url = |text: &str| text.parse().expect("a URL");
    let index: SourceId = "pypi".parse().expect("an id");
    check(Source::Url { url: url("https://user:hunter2@example.org/x") });
    check(Source::Index { index: index.clone(), url: url("https://example.org/x?X-Amz-Signature=hunter2") });
    check(Source::Url { url: url("file:///etc/passwd") });
    let store = |bucket: &str, key: &str| Source::Store {
        store: index.clone(),
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    };
    check(store("a/../../b?x=", "k"));
    check(store("bucket", "\u{1b}[31m"));
}

proptest! {
    #[test]
    fn any_changed_byte_is_refused_or_changes_the_digest(at in 0_usize..1_000, to in any::<u8>()) {
        let manifest = three();
        let mut json = manifest.to_json().into_bytes();
        let at = at % json.len();
        prop_assume!(json[at] != to);
        json[at] = to;
        if let Ok(changed) = Manifest::parse(&json) {
            prop_assert_ne!(changed.digest(), manifest.digest());
        }
    }

    #[test]
    fn any_changed_byte_of_a_closure_is_refused_or_changes_the_digest(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut json = V2.as_bytes().to_vec();
        let at = at.index(json.len());
        prop_assume!(json[at] != to);
        json[at] = to;
        if let Ok(changed) = Manifest::parse(&json) {
            prop_assert!(changed.to_json().as_bytes() == json);
            prop_assert_ne!(changed.digest(), Digest::of(V2.as_bytes()));
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Manifest::parse(text.as_bytes());
        let _ = text.parse::<FileName>();
        let _ = text.parse::<SourceId>();
    }
}
