use super::super::samples;
use super::*;
use fatwood_resolver::manifest::Source;

fn text(query: &str) -> String {
    let manifest = samples::engine_room();
    why(&Graph::of(&manifest), query).unwrap().to_string()
}

#[test]
fn a_release_has_its_way_its_askers_its_rule_and_its_files() {
    insta::assert_snapshot!(text("oil"), @"
    org.example.fluids:oil:0.4
      org.example:oil:0.4 has moved here

    reached by (the shortest path)
      org.example:engine:1.0
      └── org.example.fluids:oil:0.4

    asked for by
      org.example:engine:1.0  0.4, managed; its own POM says 0.2
      org.example:gear:2.1    0.3
      org.example:kit:5       0.4

    version
      the highest one that is asked for (mode spark)
      selected over 0.3

    files
      jars/oil-0.4.jar  1.01 kB
        sha256 7e88246f9e7c7c4e8a26643b9839be5e4410d0c901a9df92a39a4ca19c2c3563
        from   org/example/fluids/oil/0.4/oil-0.4.jar of repository central
      its POM, from repository central
        sha256 035a2c65bec1a60cca974b81891395dec13212f0053491a10283b0fce7cdb84d
    ");
}

#[test]
fn a_named_release_that_was_raised_says_so() {
    insta::assert_snapshot!(text("org.example:gauge:0.9"), @"
    org.example:gauge:1.0
      is what the set has instead of 0.9

    asked for by
      you: org.example:gauge:0.9
      org.example:engine:1.0      1.0

    version
      the highest one that is asked for (mode spark)
      selected over 0.9

    files
      jars/gauge-1.0.jar  1.01 kB
        sha256 ac300ad25f29a602e700c5a6426dc053bbd567eb8be9404b97e425af6d7db2ac
        from   org/example/gauge/1.0/gauge-1.0.jar of repository central
      its POM, from repository central
        sha256 659ac6933729b0ff80245d01b5dfefa92c51c643ade5ad96c2f4cfc88498d8f3
    ");
}

#[test]
fn what_is_excluded_says_by_whom_and_below_whom() {
    insta::assert_snapshot!(text("org.example:rust"), @"
    org.example:rust
      is not in the set, because it was excluded

    excluded by
      org.example:engine:1.0

    asked for by
      org.example:gear:2.1
    ");
    assert!(text("paint").contains("you: excludePackages org.example:paint"));
    assert!(text("spark-core_2.12").contains("--no-spark-excludes"));
}

#[test]
fn wheels_and_files_are_found_by_name() {
    insta::assert_snapshot!(text("Clock"), @"
    clock==1.5

    reached by (the shortest path)
      report==2.0
      └── clock==1.5

    asked for by
      report==2.0

    files
      clock-1.5-py3-none-any.whl  500 B, installed into python/
        sha256 eabc28f11313948ddbc9673c54c308a8c54849c8b567f4c944794d073202d7a9
        from   https://files.example.org/clock-1.5-py3-none-any.whl of index pypi
    ");
    let manifest = samples::engine_room();
    let graph = Graph::of(&manifest);
    let check = |query: &str, release: &str| {
        let answer = why(&graph, query).expect(query);
        assert_eq!(
            answer.present.iter().map(|reason| reason.release.as_str()).collect::<Vec<_>>(),
            [release]
        );
    };
    check("clock-1.5-py3-none-any.whl", "clock==1.5");
    check("report==2.0", "report==2.0");
    check("model.bin", "models/model.bin");
    check("models/model.bin", "models/model.bin");
    check("gear-2.1-native.jar", "org.example:gear:2.1");
    check("org.example:gear:2.1", "org.example:gear:2.1");
    check("org.example:oil", "org.example.fluids:oil:0.4");
    check("kit", "org.example:kit:5");
    check("jars/oil-0.4.jar", "org.example.fluids:oil:0.4");
    check("python/clock-1.5-py3-none-any.whl", "clock==1.5");
    check("files/models/model.bin", "models/model.bin");
    check("gear:2.1", "org.example:gear:2.1");
    check("pkg:maven/org.example/gear@2.1", "org.example:gear:2.1");
    check("pkg:maven/org.example/gear@2.1?classifier=native", "org.example:gear:2.1");
    check("pkg:pypi/clock@1.5", "clock==1.5");
    check("report>=1", "report==2.0");
    check("s3://bucket/models/", "models/model.bin");
    assert!(text("gear:2.0").contains("instead of 2.0") && !text("gear:2.1").contains("instead"));
    assert!(text("pkg:maven/org.example/gear@2.0").contains("instead of 2.0"));
    assert!(text("pkg:maven/org.example/paint@1").contains("was excluded"));
    assert!(text("paint:1").contains("was excluded"));
}

#[test]
fn the_rule_is_the_one_that_decided() {
    let rule = |query: &str, edit: &dyn Fn(&mut serde_json::Value)| {
        let manifest = samples::edited(edit);
        let answer = why(&Graph::of(&manifest), query).expect(query);
        answer.present[0].rule
    };
    let plain = |_: &mut serde_json::Value| {};
    assert_eq!(rule("engine", &plain), Some(Rule::OnlyOne));
    assert_eq!(rule("gear", &plain), Some(Rule::Range));
    assert_eq!(rule("gauge", &plain), Some(Rule::Highest));
    assert_eq!(rule("clock", &plain), None);
    let demands = |index: usize, demands: serde_json::Value| {
        move |json: &mut serde_json::Value| json["closure"]["releases"][index]["demands"] = demands.clone()
    };
    let (user, engine) = (serde_json::json!({"version": "1.0"}), "org.example:engine:1.0");
    let newer = serde_json::json!([user, {"by": engine, "version": "1.1"}]);
    let pinned = |json: &mut serde_json::Value| {
        demands(1, newer.clone())(json);
        json["closure"]["rules"]["pinRoots"] = true.into();
    };
    assert_eq!(rule("gauge", &pinned), Some(Rule::Pinned));
    let maven = |json: &mut serde_json::Value| json["closure"]["rules"]["mode"] = "maven".into();
    assert_eq!(rule("oil", &maven), Some(Rule::Nearest));
    let in_a_range = |json: &mut serde_json::Value| {
        maven(json);
        let near = serde_json::json!({"by": engine, "version": "5"});
        demands(3, serde_json::json!([near, {"by": engine, "version": "[4,6)"}]))(json);
    };
    assert_eq!(rule("kit", &in_a_range), Some(Rule::Nearest), "not the newest of the range");
    let latest_and_range = |json: &mut serde_json::Value| {
        maven(json);
        demands(1, serde_json::json!([{"version": "LATEST"}, {"by": engine, "version": "[1,2)"}]))(json);
    };
    assert_eq!(rule("gauge", &latest_and_range), Some(Rule::Dynamic), "what was named is final");
    let managed = serde_json::json!([{"by": engine, "version": "5", "declared": "4"}]);
    assert_eq!(rule("kit", &demands(3, managed)), Some(Rule::Managed));
    let latest = serde_json::json!([{"version": "LATEST"}]);
    assert_eq!(rule("gauge", &demands(1, latest)), Some(Rule::Dynamic));
    let outside = serde_json::json!([{"by": engine, "version": "[6,7)"}]);
    assert_eq!(rule("kit", &demands(3, outside)), Some(Rule::Moved));
    let elsewhere = serde_json::json!([{"by": engine, "version": "6"}]);
    assert_eq!(rule("kit", &demands(3, elsewhere)), Some(Rule::Moved));
}

#[test]
fn what_stood_for_the_version_or_allows_it_is_not_what_it_was_selected_over() {
    let check = |demands: serde_json::Value, expected: &str| {
        let manifest = samples::edited(|json| {
            json["inputs"]["packages"][1] = "org.example:gauge:LATEST".into();
            json["closure"]["releases"][1]["demands"] = demands.clone();
        });
        let text = why(&Graph::of(&manifest), "org.example:gauge:LATEST").unwrap().to_string();
        let version = text.split("version\n  ").nth(1).and_then(|rest| rest.split("\n\n").next());
        assert_eq!(version, Some(expected), "{text}");
        assert!(!text.contains("instead of"), "{text}");
    };
    let (user, engine) = (serde_json::json!({"version": "LATEST"}), "org.example:engine:1.0");
    check(serde_json::json!([user]), "LATEST stood for this one when the set was locked");
    let older = serde_json::json!({"by": engine, "version": "0.8"});
    check(
        serde_json::json!([user, older]),
        "LATEST stood for this one when the set was locked\n  selected over 0.8",
    );
    let range = |range: &str| serde_json::json!({"by": engine, "version": range});
    check(serde_json::json!([range("[1,2)")]), "the newest that [1,2) allows");
    check(serde_json::json!([range("[1,2)"), range("(,1]")]), "the newest that [1,2) and (,1] allow");
    check(serde_json::json!([range("[1,2)"), older]), "the newest that [1,2) allows\n  selected over 0.8");
}

#[test]
fn what_is_not_there_is_said_with_what_may_be_meant() {
    let manifest = samples::engine_room();
    let graph = Graph::of(&manifest);
    let check = |query: &str, expected: &str| {
        let error = why(&graph, query).expect_err(query).to_string();
        assert!(error.contains(&format!("nothing named `{query}`")) && error.contains(expected), "{error}");
    };
    check("org.example:gaug", "did you mean `org.example:gauge`?");
    check("egnine", "did you mean `org.example:engine`?");
    check("spark-core", "`org.apache.spark:spark-core_2.12`");
    check("zzz", "`fatwood tree` shows");
    check("org.example:lombok", "scope `provided` or `test`, or as `optional`, is left out");
    let file = why(&graph, "absent-1.0.whl").expect_err("absent").to_string();
    assert!(!file.contains("scope"), "{file}");
    let near = why(&graph, "egnine").expect_err("absent").answer();
    assert_eq!((near.present.len(), near.excluded.len()), (0, 0));
    assert_eq!(near.near, ["org.example:engine"]);
}

#[test]
fn no_path_is_shown_longer_than_people_read() {
    let asks: Vec<(usize, usize)> = (1..1_000).map(|index| (index - 1, index)).collect();
    let manifest = samples::releases(1_000, &asks);
    let text = why(&Graph::of(&manifest), "a999").unwrap().to_string();
    assert!(text.contains("… 960 more\n") && text.contains("── org.example:a999:1\n"), "{text}");
    assert!(text.lines().count() < 60);
}

#[test]
fn a_circle_has_an_end() {
    let manifest = samples::releases(3, &[(1, 2), (2, 1), (1, 1)]);
    let answer = why(&Graph::of(&manifest), "a2").unwrap();
    assert_eq!(answer.present[0].path, ["org.example:a2:1"], "nothing named leads to it");
}

#[test]
fn a_build_of_a_snapshot_is_a_file_of_its_release() {
    let mut manifest = samples::releases(1, &[]);
    let (snapshot, build) = ("1-SNAPSHOT", "1-20260102.030405-6");
    if let Some(closure) = &mut manifest.closure {
        closure.releases[0].release = format!("org.example:a0:{snapshot}");
    }
    let mut artifact = samples::engine_room().artifacts[0].clone();
    artifact.purl = format!("pkg:maven/org.example/a0@{build}");
    artifact.source = Source::Repository {
        repository: "central".parse().unwrap(),
        path: format!("org/example/a0/{snapshot}/a0-{build}.jar").parse().unwrap(),
    };
    manifest.artifacts.push(artifact);
    let text = why(&Graph::of(&manifest), "a0").unwrap().to_string();
    assert!(
        text.starts_with("org.example:a0:1-SNAPSHOT") && text.contains(&format!("a0-{build}.jar")),
        "{text}"
    );
}
