//! Manifests for tests.

use fatwood_resolver::manifest::Manifest;
use serde_json::Value;

/// A manifest of each kind of reason, and one without any.
const V2: &str = include_str!("../../../resolver/src/manifest/fixtures/v2.json");
const V1: &str = include_str!("../../../resolver/src/manifest/fixtures/v1.json");

pub(super) fn engine_room() -> Manifest {
    Manifest::parse(V2.as_bytes()).expect("canonical")
}

pub(super) fn version_1() -> Manifest {
    Manifest::parse(V1.as_bytes()).expect("canonical")
}

/// The manifest of the engine room after an edit that keeps it canonical.
pub(super) fn edited(edit: impl Fn(&mut Value)) -> Manifest {
    let mut json = serde_json::from_str(V2).expect("JSON");
    edit(&mut json);
    let text = serde_json::to_string_pretty(&json).expect("JSON") + "\n";
    Manifest::parse(text.as_bytes()).expect("canonical")
}

/// A set of releases `org.example:aN:1`, the first one named, where `asks` says by index who asks for whom.
pub(super) fn releases(count: usize, asks: &[(usize, usize)]) -> Manifest {
    edited(|json| {
        let name = |index: usize| format!("org.example:a{index}:1");
        let releases = (0..count).map(|index| {
            let user = (index == 0).then(|| serde_json::json!({"version": "1"}));
            let others = asks.iter().filter(|(_, to)| *to == index);
            let others = others.map(|(from, _)| serde_json::json!({"by": name(*from), "version": "1"}));
            let demands: Vec<Value> = user.into_iter().chain(others).collect();
            serde_json::json!({"release": name(index), "demands": demands})
        });
        let releases: Vec<Value> = releases.collect();
        json["closure"]["releases"] = releases.into();
        json["closure"].as_object_mut().expect("an object").shift_remove("excluded");
        json["closure"]["poms"] = Value::Array(Vec::new());
        json["artifacts"] = Value::Array(Vec::new());
    })
}
