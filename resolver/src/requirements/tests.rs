use proptest::prelude::*;

use super::*;

const WHOLE: &str = r#"
apiVersion: fatwood.dev/v1alpha1
kind: DependencySet
metadata:
  name: whole
  labels: {team: data}
spec:
  target:
    spark: 3.5.1
    python: "3.10"
    platform: linux/arm64
  packages:
    - org.apache.hadoop:hadoop-aws:3.3.4
  transitive: false
  excludePackages: ["*:scala-library"]
  repositories:
    - central
    - https://repo.example.org/maven
    - id: internal
      url: https://nexus.example.org/maven
  requirements: ["pandas>=2,<3"]
  files: [s3a://bucket/models/]
"#;

#[test]
fn a_whole_document_is_read() {
    let set = DependencySet::parse(WHOLE, "set.yaml").expect("a set");
    assert_eq!(set.metadata.name.as_str(), "whole");
    assert!(!set.spec.transitive);
    assert_eq!(set.spec.packages[0].to_string(), "org.apache.hadoop:hadoop-aws:3.3.4");
    assert_eq!(set.spec.repositories.len(), 3);
    assert!(matches!(set.spec.repositories[0], NamedUrl::Id(_)));
    assert_eq!(set.spec.files[0].to_string(), "s3://bucket/models/");
}

/// Every refusal names the file, the line, and the field or value.
#[test]
fn what_is_wrong_is_named_with_its_place() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let yaml = WHOLE.replace(from, to);
        assert_ne!(yaml, WHOLE, "{from}");
        let error = DependencySet::parse(&yaml, "set.yaml").expect_err(to).to_string();
        for part in ["set.yaml:"].iter().chain(expected) {
            assert!(error.contains(part), "`{part}` is not in: {error}");
        }
    };
    check("transitive", "transitiv", &["transitiv", ":14:"]);
    check("hadoop-aws:3.3.4", "hadoop-aws", &["org.apache.hadoop:hadoop-aws", "2 parts", ":13:"]);
    check("name: whole", "name: Whole", &["Whole", ":5:"]);
    check("\"3.10\"", "2.7", &["Python version", ":10:"]);
    check("v1alpha1", "v9", &["fatwood.dev/v9"]);
    check("kind: DependencySet", "kind: Deployment", &["Deployment", "DependencySet"]);
    check("s3a://bucket/models/", "ftp://x/y", &["ftp://x/y", "`s3://`"]);
    check("  transitive: false", "\ttransitive: false", &[":13:"]);
    check("  files:", "  packages: []\n  files:", &["packages"]);
}

#[test]
fn a_set_that_asks_for_nothing_is_refused() {
    let yaml = "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata: {name: x}\nspec: {}\n";
    let error = DependencySet::parse(yaml, "set.yaml").expect_err("empty").to_string();
    assert!(error.contains("asks for nothing"), "{error}");
}

proptest! {
    #[test]
    fn no_text_panics_and_what_parses_round_trips(text in ".{0,80}") {
        let _ = DependencySet::parse(&text, "set.yaml");
        if let Ok(coordinate) = text.parse::<Coordinate>() {
            prop_assert_eq!(coordinate.to_string().parse(), Ok(coordinate));
        }
        if let Ok(url) = text.parse::<FileUrl>() {
            prop_assert_eq!(url.to_string().parse(), Ok(url));
        }
        if let Ok(pattern) = text.parse::<ModulePattern>() {
            prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
    }

    #[test]
    fn coordinates_round_trip(parts in proptest::collection::vec("[a-z0-9][a-z0-9_.+-]{0,8}", 3..=5)) {
        if let Ok(coordinate) = parts.join(":").parse::<Coordinate>() {
            prop_assert_eq!(coordinate.to_string().parse(), Ok(coordinate));
        }
    }
}
