use serde_json::json;

use super::super::samples;
use super::*;

fn text(edit: impl Fn(&mut Value)) -> String {
    diff(&samples::engine_room(), &samples::edited(edit)).to_string()
}

#[test]
fn one_manifest_does_not_differ_from_itself() {
    let same = diff(&samples::engine_room(), &samples::engine_room());
    assert!(same.is_empty() && same.to_string().is_empty());
}

#[test]
fn versions_go_up_and_down_by_the_order_of_their_world() {
    let edit = |json: &mut Value| {
        json["artifacts"][1]["purl"] = "pkg:maven/org.example/gauge@1.0-rc1".into();
        json["artifacts"][4]["purl"] = "pkg:maven/org.example.fluids/oil@0.10".into();
        json["artifacts"][5]["purl"] = "pkg:pypi/clock@1.5.post1".into();
        json["artifacts"][5]["requestedBy"] = json!(["pkg:pypi/report@2.0rc1"]);
        json["artifacts"][6]["purl"] = "pkg:pypi/report@2.0rc1".into();
    };
    insta::assert_snapshot!(text(edit), @"
    ↓ org.example:gauge 1.0 -> 1.0-rc1  (asked for by you, org.example:engine:1.0)
    ↑ org.example.fluids:oil 0.4 -> 0.10  (asked for by org.example:engine:1.0, org.example:gear:2.1)
    ↑ clock 1.5 -> 1.5.post1  (asked for by report==2.0rc1)
    ↓ report 2.0 -> 2.0rc1  (asked for by you)
    ");
}

#[test]
fn other_bytes_under_the_same_name_are_loud() {
    let zero = "0".repeat(64);
    let edit = |json: &mut Value| {
        json["artifacts"][2]["sha256"] = zero.clone().into();
        json["closure"]["poms"][3]["sha256"] = zero.clone().into();
        json["closure"]["poms"][3]["repository"] = "mirror".into();
    };
    insta::assert_snapshot!(text(edit), @"
    ! org.example:gear 2.1: SAME VERSION, OTHER BYTES
        sha256 1cd588b2d66ae72e6cefcad025369d4d6a09d0761b0ed68d856861cf6a8ce032
            -> 0000000000000000000000000000000000000000000000000000000000000000
    ! org.example:gear:2.1: SAME RELEASE, ANOTHER POM
        sha256 f5b12f953b55407736e63c1a765d1b88761fad64313d2d99321a26fa72546818
            -> 0000000000000000000000000000000000000000000000000000000000000000
        from repository central -> mirror
    ");
    assert_eq!(diff(&samples::engine_room(), &samples::edited(edit)).replaced(), 2);
}

#[test]
fn what_came_went_and_moved_is_said() {
    let edit = |json: &mut Value| {
        json["artifacts"][0]["source"]["repository"] = "mirror".into();
        json["artifacts"].as_array_mut().unwrap().remove(7);
        json["artifacts"][3]["purl"] = "pkg:maven/org.example/gear@2.1?classifier=other".into();
    };
    insta::assert_snapshot!(text(edit), @"
    ~ org.example:engine 1.0: the same bytes from another place
        jars/engine-1.0.jar from org/example/engine/1.0/engine-1.0.jar of repository central
        -> jars/engine-1.0.jar from org/example/engine/1.0/engine-1.0.jar of repository mirror
    + org.example:gear (other) 2.1 1.02 kB  (asked for by org.example:engine:1.0)
    - org.example:gear (native) 2.1
    - models/model.bin
    ");
}

#[test]
fn settings_and_the_order_of_the_class_path_are_compared() {
    let edit = |json: &mut Value| {
        json["inputs"]["packages"] = json!(["org.example:gauge:0.9", "org.example:engine:1.0"]);
        json["inputs"]["requirements"] = json!(["report>=1", "zebra"]);
        json["target"]["python"] = "3.11".into();
        json["closure"]["rules"]["mode"] = "maven".into();
        json["closure"]["java"] = "21".into();
        json["artifacts"].as_array_mut().unwrap().swap(0, 1);
    };
    insta::assert_snapshot!(text(edit), @"
    ~ closure.java: 17 -> 21
    ~ inputs.packages: another order
    + inputs.requirements: zebra
    ~ resolution.mode: spark -> maven
    ~ target.python: 3.10 -> 3.11
    ~ class path: another order, from gauge-1.0.jar on, where engine-1.0.jar was
    ");
}

#[test]
fn what_an_older_format_does_not_say_did_not_change() {
    let old = samples::version_1();
    let difference = diff(&old, &samples::engine_room());
    assert!(
        difference
            .settings
            .iter()
            .all(|setting| !CLOSURE.iter().any(|prefix| setting.name.starts_with(prefix)))
    );
    assert!(difference.poms.is_empty());
}
