//! pip requirements: wheels for the target, installed without any Python.

use crate::support::{Environment, Fatwood, Index, Server, Volume, Wheel, sha256_hex};

/// `report` needs `tables`, which exists for several Pythons and platforms.
fn index() -> Index {
    let tables = |tag: &str| {
        let wheel = Wheel::new("tables", "2.4.0").tag(tag).requires("clock>=1");
        wheel.file("tables/built_for.py", &format!("TAG = \"{tag}\"\n"))
    };
    Index::new()
        .wheel(Wheel::new("report", "1.0").requires("tables>=2,<3").requires("absent; python_version < '3'"))
        .wheel(Wheel::new("tables", "1.9.0"))
        .wheel(tables("cp310-cp310-manylinux_2_17_x86_64"))
        .wheel(tables("cp310-cp310-manylinux_2_34_x86_64"))
        .wheel(tables("cp310-cp310-musllinux_1_2_x86_64"))
        .wheel(tables("cp310-cp310-win_amd64"))
        .wheel(tables("cp311-cp311-manylinux_2_17_x86_64"))
        .wheel(tables("cp311-cp311-manylinux_2_17_aarch64"))
        .wheel(Wheel::new("tables", "3.0.0"))
        .wheel(Wheel::new("clock", "1.5"))
        .wheel(Wheel::new("clock", "2.0").python(">=3.12"))
}

/// A machine with a set that wants `report` on this Python and platform.
fn machine(pypi: &Server, python: &str, platform: &str) -> Fatwood {
    let fatwood = Fatwood::new(Environment::new().pypi(pypi));
    fatwood.write(
        "set.yaml",
        format!(
            "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: report\nspec:\n  target:\n    \
             python: \"{python}\"\n    platform: {platform}\n  requirements:\n    - report==1.0\n"
        ),
    );
    fatwood
}

fn wheels(manifest: &serde_json::Value) -> Vec<&str> {
    manifest["artifacts"].as_array().unwrap().iter().map(|wheel| wheel["file"].as_str().unwrap()).collect()
}

#[test]
fn wheels_fit_the_target_and_not_the_host() {
    let check = |python: &str, platform: &str, tables: &str| {
        let pypi = index().serve();
        let manifest = machine(&pypi, python, platform).resolved("set.yaml");
        let expected = ["clock-1.5-py3-none-any.whl", "report-1.0-py3-none-any.whl", tables];
        assert_eq!(wheels(&manifest), expected, "{python} {platform}");
    };
    check("3.10", "linux/amd64", "tables-2.4.0-cp310-cp310-manylinux_2_17_x86_64.whl");
    check("3.11", "linux/amd64", "tables-2.4.0-cp311-cp311-manylinux_2_17_x86_64.whl");
    check("3.11", "linux/arm64", "tables-2.4.0-cp311-cp311-manylinux_2_17_aarch64.whl");
}

#[test]
fn wheels_are_installed_as_a_site_packages_directory() {
    let pypi = index().serve();
    let fatwood = machine(&pypi, "3.10", "linux/amd64");
    fatwood.resolved("set.yaml");
    fatwood.run("populate manifest.json --volume volume").exits(0);

    let volume = Volume::at(fatwood.path("volume"));
    let built_for = String::from_utf8(volume.read("python/tables/built_for.py")).unwrap();
    assert_eq!(built_for, "TAG = \"cp310-cp310-manylinux_2_17_x86_64\"\n");
    for metadata in ["report-1.0", "tables-2.4.0", "clock-1.5"] {
        let text = volume.read(&format!("python/{metadata}.dist-info/METADATA"));
        assert!(text.starts_with(b"Metadata-Version"), "{metadata}");
    }
    volume.assert_staging_empty();
    fatwood.run("verify --volume volume").exits(0);
}

#[test]
fn resolving_fetches_no_wheel_where_the_index_vouches_for_it() {
    let pypi = index().serve();
    machine(&pypi, "3.10", "linux/amd64").resolved("set.yaml");
    assert_eq!(pypi.count(".whl"), 0, "{:#?}", pypi.exchanges());
    assert!(pypi.count(".metadata") >= 3);
}

#[test]
fn an_index_without_metadata_beside_its_wheels_gives_the_same_manifest() {
    let (with, without) = (index().serve(), index().without_metadata().serve());
    let expected = machine(&with, "3.10", "linux/amd64").resolved("set.yaml");
    let manifest = machine(&without, "3.10", "linux/amd64").resolved("set.yaml");
    let pinned = |manifest: &serde_json::Value| {
        let artifacts = manifest["artifacts"].as_array().unwrap().iter();
        artifacts.map(|wheel| (wheel["file"].clone(), wheel["sha256"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(pinned(&manifest), pinned(&expected));
}

#[test]
fn digests_are_those_of_the_published_wheels() {
    let wheel = Wheel::new("clock", "1.5");
    let pypi = Index::new().wheel(wheel.clone()).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    fatwood.write(
        "set.yaml",
        "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: clock\nspec:\n  target:\n    \
         python: \"3.11\"\n  requirements:\n    - clock\n",
    );
    let manifest = fatwood.resolved("set.yaml");
    assert_eq!(manifest["artifacts"][0]["sha256"], sha256_hex(&wheel.bytes()));
}
