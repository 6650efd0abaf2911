//! Locks of other tools: what is exported, and what is taken.

use fatwood_resolver::digest::Digest;
use serde_json::Value;

use crate::support::{Environment, Fatwood, Index, Server, Wheel, sha256_hex};

fn index() -> Index {
    Index::new()
        .wheel(Wheel::new("report", "1.0").requires("tables>=2,<3"))
        .wheel(Wheel::new("tables", "2.4.0").tag("cp310-cp310-manylinux_2_17_x86_64").requires("clock"))
        .wheel(Wheel::new("tables", "2.4.0").tag("cp311-cp311-manylinux_2_17_x86_64").requires("clock"))
        .wheel(Wheel::new("clock", "1.5"))
}

/// A machine on which `report` has been resolved into `manifest.json` for Python 3.10, and then forgotten.
fn resolved(pypi: &Server) -> (Fatwood, Value) {
    let fatwood = Fatwood::new(Environment::new().pypi(pypi));
    let manifest = fatwood.resolved("--requirement report --python 3.10");
    fatwood.forget_cache();
    (fatwood, manifest)
}

fn pinned(manifest: &Value) -> Vec<(&str, &str)> {
    let wheels = manifest["artifacts"].as_array().unwrap().iter();
    wheels.map(|wheel| (wheel["file"].as_str().unwrap(), wheel["sha256"].as_str().unwrap())).collect()
}

#[test]
fn an_exported_lock_is_taken_without_a_request() {
    let pypi = index().serve();
    let (fatwood, manifest) = resolved(&pypi);
    let asked = pypi.count("");
    fatwood.run("export manifest.json --format pylock -o pylock.toml").exits(0);
    fatwood.write(
        "set.yaml",
        "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: ad-hoc\nspec:\n  target:\n    \
         python: \"3.10\"\n  pylock: pylock.toml\n",
    );
    let again = fatwood.resolved("set.yaml");
    assert_eq!(again["artifacts"], manifest["artifacts"]);
    assert_eq!(again["inputs"]["pylock"]["sha256"], sha256_hex(fatwood.read("pylock.toml").as_bytes()));
    assert_eq!(fatwood.resolved("--pylock pylock.toml --python 3.10"), again);
    assert_eq!(pypi.count(""), asked, "{:#?}", pypi.exchanges());
    fatwood.run("populate manifest.json --volume volume").exits(0);
    fatwood.run("verify --volume volume").exits(0);
}

#[test]
fn a_lock_for_another_target_is_refused() {
    let pypi = index().serve();
    let (fatwood, _) = resolved(&pypi);
    fatwood.run("export manifest.json --format pylock -o pylock.toml").exits(0);
    let expected =
        ["pylock.toml: the lock is for Python `==3.10.*`", "the target is Python 3.11", "lock anew"];
    fatwood.run("resolve --pylock pylock.toml --python 3.11").exits(65).says(&expected);
    fatwood.run("resolve --pylock pylock.toml").exits(65).says(&["`--python`"]);
}

#[test]
fn a_lock_stands_alone_and_beside_its_set() {
    let pypi = index().serve();
    let (fatwood, _) = resolved(&pypi);
    fatwood.run("export manifest.json --format pylock -o pylock.toml").exits(0);
    let both = "resolve --pylock pylock.toml --requirement clock>=1 --python 3.10";
    fatwood
        .run(both)
        .exits(65)
        .says(&["--requirement[0]: `clock>=1` is asked for beside the lock `pylock.toml`"]);
    fatwood.run("resolve --pylock-extra x --python 3.10 --requirement clock").exits(64).says(&["`--pylock`"]);
    let extra = "resolve --pylock pylock.toml --pylock-extra x --python 3.10";
    fatwood.run(extra).exits(65).says(&["the lock has no extra `x`; it has none"]);
    for path in ["../pylock.toml", "/etc/passwd"] {
        fatwood.write(
            "set.yaml",
            format!(
                "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: x\nspec:\n  pylock:\n    \
                 file: {path}\n"
            ),
        );
        fatwood.run("resolve set.yaml").exits(65).says(&["spec.pylock", "beside it or below", "`--pylock`"]);
    }
}

#[test]
fn a_wheel_that_has_a_sha512_alone_is_streamed_once_and_checked() {
    let wheel = Wheel::new("clock", "1.5");
    let pypi = Index::new().wheel(wheel.clone()).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    let sha512 = |bytes: &[u8]| {
        use std::fmt::Write as _;
        let digest = <sha2::Sha512 as sha2::Digest>::digest(bytes);
        digest.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes text");
            hex
        })
    };
    let write = |sha512: &str| {
        let url = format!("{}{}", pypi.url(), wheel.path());
        let lock = format!(
            "lock-version = \"1.0\"\ncreated-by = \"test\"\n[[packages]]\nname = \"clock\"\nwheels = [{{url = \"{url}\", \
             hashes = {{sha512 = \"{sha512}\"}}}}]\n"
        );
        fatwood.write("pylock.toml", lock);
    };
    write(&sha512(b"other bytes"));
    fatwood.run("resolve --pylock pylock.toml --python 3.10").exits(65).says(&["clock-1.5-py3-none-any.whl"]);
    write(&sha512(&wheel.bytes()));
    let manifest = fatwood.resolved("--pylock pylock.toml --python 3.10");
    assert_eq!(
        pinned(&manifest),
        [("clock-1.5-py3-none-any.whl", Digest::of(&wheel.bytes()).to_string().as_str())]
    );
    assert_eq!(manifest["artifacts"][0]["requestedBy"][0], "pylock.toml");
}

#[test]
fn an_exported_requirements_file_gives_the_same_wheels_and_fetches_none() {
    let pypi = index().serve();
    let (fatwood, manifest) = resolved(&pypi);
    fatwood.run("export manifest.json --format requirements -o requirements.txt").exits(0);
    let again = fatwood.resolved("-r requirements.txt --python 3.10");
    assert_eq!(pinned(&again), pinned(&manifest));
    assert_eq!(pypi.count(".whl"), 0, "{:#?}", pypi.exchanges());
}

#[test]
fn a_hashed_file_whose_hash_no_wheel_has_is_named_with_its_line() {
    let pypi = index().serve();
    let (fatwood, _) = resolved(&pypi);
    let exported = fatwood.run("export manifest.json --format requirements").exits(0).stdout;
    let other = Digest::of(b"other").to_string();
    let tables = exported.lines().skip_while(|line| !line.starts_with("tables==")).nth(1).unwrap();
    fatwood.write("requirements.txt", exported.replace(tables, &format!("    --hash=sha256:{other}")));
    let number = 1 + exported.lines().position(|line| line.starts_with("tables==")).unwrap();
    fatwood.run("resolve -r requirements.txt --python 3.10").exits(65).says(&[
        &format!("`tables==2.4.0` (requirements.txt:{number})"),
        "no fitting wheel with one of the hashes given",
    ]);
    let without: String =
        exported.split_inclusive('\n').take_while(|line| !line.starts_with("tables==")).collect();
    fatwood.write("requirements.txt", without);
    let expected = ["tables 2.4.0 has no `--hash`", "requires `tables>=2,<3`"];
    fatwood.run("resolve -r requirements.txt --python 3.10").exits(65).says(&expected);
}
