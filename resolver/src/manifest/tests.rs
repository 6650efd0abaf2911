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
        requested_by: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
    }
}

fn manifest(artifacts: Vec<Artifact>) -> Result<Manifest, ManifestError> {
    let inputs = Inputs {
        packages: vec!["org.example:z:1".to_owned(), "org.example:a:1".to_owned()],
        transitive: true,
        exclude_packages: vec!["z:z".to_owned(), "a:a".to_owned()],
        requirements: vec![],
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

#[test]
fn the_text_is_canonical_and_jars_keep_their_order() {
    let v1 = Manifest::parse(V1.as_bytes()).expect("version 1");
    assert_eq!(v1.to_json(), V1);
    assert_eq!(v1, Manifest { fatwood: 1, ..three() });
    assert_eq!(three().to_json(), V1.replace("\"fatwood\": 1", "\"fatwood\": 2"));
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
    fn no_text_panics(text in ".{0,200}") {
        let _ = Manifest::parse(text.as_bytes());
        let _ = text.parse::<FileName>();
        let _ = text.parse::<SourceId>();
    }
}
