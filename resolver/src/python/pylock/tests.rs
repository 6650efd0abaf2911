use proptest::prelude::*;

use super::*;
use crate::manifest::{Inputs, Manifest, Source};
use crate::python::export::{Format, export};

const HASHES: &str =
    "hashes = {sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"}";

fn target(python: &str) -> Target {
    Target { python: Some(python.parse().expect(python)), ..Target::default() }
}

fn parse(text: &str) -> Result<Pylock, PylockError> {
    Pylock::parse(text.to_owned(), "locks/pylock.toml")
}

fn taken_of(lock: &Pylock, target: &Target) -> Result<Vec<Taken>, PythonError> {
    select::select(lock, target, target.python.expect("a Python"), &provided(target)?)
}

fn files(lock: &Pylock, target: &Target) -> Result<Vec<String>, String> {
    let taken = taken_of(lock, target).map_err(|error| error.to_string())?;
    Ok(taken.iter().map(|taken| taken.file.to_string()).collect())
}

/// One package with these lines and these wheels, whose size is given so that no server is asked.
fn package(name: &str, lines: &str, wheels: &[&str]) -> String {
    let wheel = |file: &&str| format!("{{url = \"https://files.example.org/{file}\", size = 1, {HASHES}}}");
    let wheels: Vec<_> = wheels.iter().map(wheel).collect();
    format!("[[packages]]\nname = \"{name}\"\n{lines}\nwheels = [{}]\n", wheels.join(", "))
}

fn lock(body: &str) -> Pylock {
    parse(&format!("lock-version = \"1.0\"\ncreated-by = \"test\"\n{body}")).expect("a lock")
}

#[test]
fn what_counts_for_the_target_is_taken() {
    let one = package("one", "version = \"1.0\"", &["one-1.0-py3-none-any.whl"]);
    let check = |head: &str, lines: &str, python: &str, expected: Result<&[&str], &str>| {
        let two = package("two", lines, &["two-2-py3-none-any.whl"]);
        let found = files(&lock(&format!("{head}\n{one}{two}")), &target(python));
        match expected {
            Ok(files) => assert_eq!(
                found.as_deref(),
                Ok(files.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
            ),
            Err(text) => assert!(found.as_ref().is_err_and(|error| error.contains(text)), "{found:?}"),
        }
    };
    let (first, both): (&[_], &[_]) =
        (&["one-1.0-py3-none-any.whl"], &["one-1.0-py3-none-any.whl", "two-2-py3-none-any.whl"]);
    check("", "", "3.10", Ok(both));
    check("", "marker = \"python_version < '3.9'\"", "3.10", Ok(first));
    check("", "marker = \"'x' in extras\"", "3.10", Ok(first));
    check("default-groups = [\"main\"]", "marker = \"'main' in dependency_groups\"", "3.10", Ok(both));
    check("", "marker = \"python_full_version >= '3.10.7'\"", "3.10", Err("locks/pylock.toml:8: the marker"));
    check("", "marker = \"python_full_version >= '3.10.7'\"", "3.10.8", Ok(both));
    check("", "marker = \"what == 'x'\"", "3.10", Err("locks/pylock.toml:8: cannot read `what == 'x'`"));
    check(
        "",
        "requires-python = \">=3.11\"",
        "3.10",
        Err("it requires Python `>=3.11`, and the target has 3.10"),
    );
    check(
        "requires-python = \">=3.11\"",
        "",
        "3.10",
        Err("the lock is for Python `>=3.11`, and the target is Python 3.10 on"),
    );
    check("requires-python = \">=3.10.1\"", "", "3.10", Err("depends on its patch version"));
    check("environments = [\"os_name == 'nt'\", \"os_name == 'posix'\"]", "", "3.10", Ok(both));
    check("environments = [\"os_name == 'nt'\"]", "", "3.10", Err("the lock is for `os_name == 'nt'`"));
}

#[test]
fn extras_and_groups_are_those_that_are_asked_for() {
    let text = format!(
        "extras = [\"plot\"]\ndependency-groups = [\"dev\", \"main\"]\ndefault-groups = [\"main\"]\n{}{}{}",
        package("a", "marker = \"'plot' in extras\"", &["a-1-py3-none-any.whl"]),
        package("b", "marker = \"'main' in dependency_groups\"", &["b-1-py3-none-any.whl"]),
        package("c", "marker = \"'dev' in dependency_groups\"", &["c-1-py3-none-any.whl"]),
    );
    let check = |extras: &[&str], groups: Option<&[&str]>, expected: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let lock = lock(&text).with(owned(extras), groups.map(owned)).expect("what it has");
        let found = files(&lock, &target("3.10")).expect("wheels");
        let names: Vec<_> = found.iter().map(|file| &file[..1]).collect();
        assert_eq!(names, expected);
    };
    check(&[], None, &["b"]);
    check(&["Plot"], None, &["a", "b"]);
    check(&[], Some(&["dev"]), &["c"]);
    check(&["plot"], Some(&[]), &["a"]);
    let error = lock(&text).with(vec!["x".to_owned()], None).expect_err("no such extra");
    assert_eq!(error.to_string(), "locks/pylock.toml: the lock has no extra `x`; it has plot");
    let error = lock("packages = []").with(vec![], Some(vec!["d".to_owned()])).expect_err("no such group");
    assert_eq!(error.to_string(), "locks/pylock.toml: the lock has no dependency group `d`; it has none");
}

#[test]
fn of_the_wheels_the_best_is_taken() {
    let check = |wheels: &[&str], expected: &str| {
        assert_eq!(files(&lock(&package("a", "", wheels)), &target("3.10")), Ok(vec![expected.to_owned()]));
    };
    let native = "a-1-cp310-cp310-manylinux_2_17_x86_64.whl";
    check(&["a-1-py3-none-any.whl", native, "a-1-cp310-cp310-win_amd64.whl"], native);
    check(&["a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl"], "a-1-10-py3-none-any.whl");
}

#[test]
fn what_cannot_be_taken_is_refused_with_its_line_and_a_remedy() {
    let check = |lines: &str, expected: &[&str]| {
        let error =
            files(&lock(&format!("[[packages]]\nname = \"a\"\n{lines}")), &target("3.10")).expect_err(lines);
        assert!(error.starts_with("locks/pylock.toml:3: package `a` is refused: "), "{error}");
        for text in expected {
            assert!(error.contains(text), "{error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
    };
    let wheel = |fields: &str| format!("wheels = [{{{fields}}}]");
    let file = "a-1-py3-none-any.whl";
    check(
        "vcs = {type = \"git\", url = \"https://u:hunter2@h/a\", commit-id = \"x\"}",
        &["a checkout", "build a wheel"],
    );
    check("directory = {path = \".\"}", &["a directory of the machine"]);
    check(
        &format!("archive = {{url = \"https://h/a-1.tar.gz\", {HASHES}}}"),
        &["only sources", "spec.target.provided"],
    );
    check(
        &format!("sdist = {{url = \"https://h/a-1.tar.gz\", {HASHES}}}"),
        &["only sources", "spec.target.provided"],
    );
    check("wheels = []", &["only sources"]);
    check(&wheel(&format!("path = \"../{file}\", {HASHES}")), &["at a path of the machine", "lock that"]);
    check(&wheel(&format!("url = \"file:///tmp/{file}\", {HASHES}")), &["neither `https` nor `http`"]);
    check(
        &wheel(&format!("url = \"https://u:hunter2@h/{file}\", {HASHES}")),
        &["holds credentials", "netrc"],
    );
    check(&wheel(&format!("url = \"https://h/{file}?sig=hunter2\", {HASHES}")), &["signed"]);
    check(&wheel(&format!("name = \"{file}\", url = \"{file}\", {HASHES}")), &["no well-formed URL"]);
    check(&wheel(&format!("url = \"https://h/{file}\"")), &["has none; lock anew"]);
    check(
        &wheel(&format!("url = \"https://h/{file}\", hashes = {{md5 = \"00\", sha1 = \"00\"}}")),
        &["has md5, sha1"],
    );
    check(
        &wheel(&format!("url = \"https://h/{file}\", hashes = {{sha256 = \"00\"}}")),
        &["malformed sha256: `00`"],
    );
    check(
        &wheel(&format!("name = \"../{file}\", url = \"https://h/{file}\", {HASHES}")),
        &["no file name of a wheel"],
    );
    check(
        &wheel(&format!("url = \"https://h/b-1-py3-none-any.whl\", {HASHES}")),
        &["one of its wheels is of `b 1`"],
    );
    check(
        &format!("version = \"2\"\n{}", wheel(&format!("url = \"https://h/{file}\", {HASHES}"))),
        &["is of `a 1`"],
    );
    check(
        &wheel(&format!("url = \"https://h/a-1-cp39-cp39-win32.whl\", {HASHES}")),
        &["only for cp39-cp39-win32", "lock anew"],
    );
}

#[test]
fn a_wheel_that_the_user_named_by_its_url_is_one() {
    let text = format!(
        "[[packages]]\nname = \"a\"\narchive = {{url = \"https://h/a-1-py3-none-any.whl\", {HASHES}}}"
    );
    assert_eq!(files(&lock(&text), &target("3.10")), Ok(vec!["a-1-py3-none-any.whl".to_owned()]));
}

#[test]
fn one_package_of_a_name_counts() {
    let text = |marker: &str| {
        let first = package("A.b", "", &["a_b-1-py3-none-any.whl"]);
        format!(
            "{first}{}",
            package("a-b", &format!("marker = \"os_name == '{marker}'\""), &["a_b-2-py3-none-any.whl"])
        )
    };
    assert_eq!(files(&lock(&text("nt")), &target("3.10")), Ok(vec!["a_b-1-py3-none-any.whl".to_owned()]));
    let error = files(&lock(&text("posix")), &target("3.10")).expect_err("two");
    assert!(
        error.starts_with(
            "locks/pylock.toml:7: package `a-b` stands there twice for the target, first in line 3"
        ),
        "{error}"
    );
}

#[test]
fn what_the_image_has_is_left_out_and_must_be_the_same() {
    let text = format!(
        "{}[[packages]]\nname = \"pyspark\"\nversion = \"3.5.1\"\nsdist = {{url = \"https://h/pyspark-3.5.1.tar.gz\", {HASHES}}}\n",
        package("a", "dependencies = [{name = \"pyspark\"}]", &["a-1-py3-none-any.whl"])
    );
    let with = |version: &str| Target { provided: vec![format!("pyspark=={version}")], ..target("3.10") };
    assert_eq!(files(&lock(&text), &with("3.5.1")), Ok(vec!["a-1-py3-none-any.whl".to_owned()]));
    let error = files(&lock(&text), &with("3.4.0")).expect_err("another version");
    assert!(error.contains("the lock has 3.5.1, and the image has 3.4.0"), "{error}");
}

#[test]
fn a_text_that_is_no_lock_says_where_and_why() {
    let check = |text: &str, expected: &str| assert_eq!(parse(text).expect_err(text).to_string(), expected);
    let shape =
        |line: usize, problem: &str| format!("locks/pylock.toml:{line}: this is no `pylock.toml`: {problem}");
    check("packages = []", &shape(1, "missing field `lock-version`"));
    check(
        "lock-version = \"2.0\"",
        "locks/pylock.toml: expected `lock-version` 1.0, got `2.0`; have your tool write that",
    );
    check("lock-version = \"1.0\"", &shape(1, "missing field `packages`"));
    check(
        "lock-version = \"1.0\"\n\n[[packages]]\nname = 7",
        &shape(4, "invalid type: integer `7`, expected a string"),
    );
    let secret = "lock-version = \"1.0\"\npackages = \"https://u:hunter2@h/x\"";
    assert!(!parse(secret).expect_err("a text").to_string().contains("hunter2"));
    let error = parse(&" ".repeat(MAX_SIZE + 1)).expect_err("too large");
    assert!(error.to_string().contains("more than the 8388608 that are read"), "{error}");
}

#[test]
fn who_asked_is_said_by_the_lock() {
    let text = format!(
        "{}{}",
        package(
            "a",
            "dependencies = [{name = \"B\"}, {name = \"a\"}, {name = \"c\"}, {url = \"x\"}]",
            &["a-1-py3-none-any.whl"]
        ),
        package("b", "", &["b-1-py3-none-any.whl"])
    );
    let taken = taken_of(&lock(&text), &target("3.10")).expect("wheels");
    let asked: Vec<_> = taken.iter().map(|taken| taken.requested_by.clone()).collect();
    assert_eq!(asked, [["pylock.toml"], ["pkg:pypi/a@1"]]);
}

fn artifact(
    name: &str,
    place: usize,
    (of_index, has_metadata): (bool, bool),
    requested_by: Vec<String>,
) -> Artifact {
    let tags = ["py3-none-any", "cp310-cp310-manylinux_2_17_x86_64", "cp38-abi3-linux_x86_64"][place % 3];
    let file = format!("{name}-1.{place}-{tags}.whl");
    let url = format!("https://files.example.org/{file}").parse().expect("a URL");
    let source = if of_index {
        Source::Index { index: "own".parse().expect("an id"), url }
    } else {
        Source::Url { url }
    };
    let digest = Digest::of(file.as_bytes());
    Artifact {
        purl: format!("pkg:pypi/{name}@1.{place}"),
        kind: Kind::Wheel,
        file: file.parse().expect("a file name"),
        source,
        size: 1 + place as u64,
        sha256: digest,
        metadata_sha256: has_metadata.then_some(digest),
        requested_by,
    }
}

fn arbitrary_artifacts() -> impl Strategy<Value = Vec<Artifact>> {
    let one = (any::<(bool, bool)>(), proptest::collection::vec(0_usize..8, 0..3), ".{1,12}");
    proptest::collection::vec(one, 0..8).prop_map(|wheels| {
        let names = ["a", "b-c", "d", "e", "f", "g", "h", "i"];
        let purl = |place: usize| format!("pkg:pypi/{}@1.{place}", names[place]);
        let count = wheels.len();
        let artifacts = wheels.into_iter().enumerate().map(|(place, (flags, requesters, text))| {
            let others = requesters.into_iter().filter(|other| *other < count && *other != place);
            let requested_by = others.map(purl).chain([text]).collect();
            let mut artifact = artifact(&names[place].replace('-', "_"), place, flags, requested_by);
            artifact.purl = purl(place);
            artifact
        });
        artifacts.collect()
    })
}

proptest! {
    /// A manifest that is exported and read again for its target has the same wheels, byte for byte.
    #[test]
    fn what_is_exported_is_read_as_the_same(artifacts in arbitrary_artifacts()) {
        let inputs = Inputs {
            packages: vec![],
            transitive: true,
            exclude_packages: vec![],
            requirements: vec![],
            pylock: None,
            files: vec![],
        };
        let manifest = Manifest::new("demo".parse().expect("a name"), target("3.10"), inputs, artifacts).expect("a manifest");
        let lock = parse(&export(&manifest, Format::Pylock).expect("a lock")).expect("a lock");
        let taken = taken_of(&lock, &manifest.target).expect("wheels");
        let mut of_lock: Vec<Artifact> = taken.into_iter().map(|taken| Artifact {
            purl: taken.purl,
            kind: Kind::Wheel,
            file: taken.file,
            source: taken.source,
            size: taken.size.expect("a size"),
            sha256: taken.sha256.expect("a hash"),
            metadata_sha256: taken.metadata_sha256,
            requested_by: taken.requested_by,
        }).collect();
        of_lock.sort_by(|a, b| a.file.cmp(&b.file));
        prop_assert_eq!(of_lock, manifest.artifacts);
    }
}
