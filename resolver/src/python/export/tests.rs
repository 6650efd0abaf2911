use super::*;
use crate::digest::Digest;
use crate::manifest::{Inputs, Target};

fn wheel(file: &str, source: Source, requested_by: &[&str]) -> Artifact {
    let name = WheelName::parse(file).expect("a wheel's name");
    Artifact {
        purl: format!("pkg:pypi/{}@{}", name.project, name.version),
        kind: Kind::Wheel,
        file: file.parse().expect("a file name"),
        source,
        size: 7,
        sha256: Digest::of(file.as_bytes()),
        metadata_sha256: None,
        requested_by: requested_by.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn of_index(file: &str) -> Source {
    let url = format!("https://files.example.org/{}", file.replace('+', "%2B"));
    Source::Index { index: "pypi".parse().expect("an id"), url: url.parse().expect("a URL") }
}

fn manifest(python: &str, artifacts: Vec<Artifact>) -> Manifest {
    let inputs = Inputs {
        packages: vec![],
        transitive: true,
        exclude_packages: vec![],
        requirements: vec![],
        pylock: None,
        files: vec![],
    };
    let target = Target { python: python.parse().ok(), ..Target::default() };
    Manifest::new("demo".parse().expect("a name"), target, inputs, artifacts).expect("a manifest")
}

/// `tables` is asked for, and requires `clock`, which is also named by the user; `direct` is at a URL.
fn three() -> Manifest {
    let (clock, tables) = ("clock-1.5-py3-none-any.whl", "tables-2.4.0+x.1-cp310-cp310-linux_x86_64.whl");
    let direct =
        Source::Url { url: "https://example.org/d/direct-1-py3-none-any.whl".parse().expect("a URL") };
    let metadata_sha256 = Some(Digest::of(b"METADATA"));
    manifest(
        "3.10",
        vec![
            wheel(
                "direct-1-py3-none-any.whl",
                direct,
                &["direct @ https://example.org/d/direct-1-py3-none-any.whl"],
            ),
            Artifact {
                metadata_sha256,
                ..wheel(tables, of_index(tables), &["Tables >= 2 ; os_name == 'posix'"])
            },
            wheel(
                clock,
                of_index(clock),
                &["clock\n--index-url x", "pkg:pypi/tables@2.4.0+x.1", "pkg:pypi/direct@1"],
            ),
        ],
    )
}

#[test]
fn a_pylock_has_all_that_the_manifest_has() {
    let text = export(&three(), Format::Pylock).expect("a lock");
    insta::assert_snapshot!(text, @r##"
# Written by `fatwood export`: wheels for Python 3.10 on linux/amd64 with glibc 2.28.
lock-version = "1.0"
environments = ["implementation_name == 'cpython' and python_version == '3.10' and sys_platform == 'linux' and platform_machine == 'x86_64'"]
requires-python = "==3.10.*"
created-by = "fatwood"

[[packages]]
name = "clock"
version = "1.5"
wheels = [{ name = "clock-1.5-py3-none-any.whl", url = "https://files.example.org/clock-1.5-py3-none-any.whl", size = 7, hashes = { sha256 = "eabc28f11313948ddbc9673c54c308a8c54849c8b567f4c944794d073202d7a9" } }]

[packages.tool.fatwood]
index = "pypi"
requested-by = ["""
clock
--index-url x"""]

[[packages]]
name = "direct"
version = "1"
dependencies = [{ name = "clock" }]
wheels = [{ name = "direct-1-py3-none-any.whl", url = "https://example.org/d/direct-1-py3-none-any.whl", size = 7, hashes = { sha256 = "1d38d71b0bc32607216987bf6612595a1206005520b66ab49356c64fc5b8e1c6" } }]

[packages.tool.fatwood]
requested-by = ["direct @ https://example.org/d/direct-1-py3-none-any.whl"]

[[packages]]
name = "tables"
version = "2.4.0+x.1"
dependencies = [{ name = "clock" }]
wheels = [{ name = "tables-2.4.0+x.1-cp310-cp310-linux_x86_64.whl", url = "https://files.example.org/tables-2.4.0%2Bx.1-cp310-cp310-linux_x86_64.whl", size = 7, hashes = { sha256 = "4fb2e58abdae5bddec7a13f4591c2cd305d8b6f457a176e82dc81cde356fade9" } }]

[packages.tool.fatwood]
index = "pypi"
metadata-sha256 = "c9dd5b7a9c6d6bd1c5a5db7a6d278bd8df8052220e0360f13ee500671a7ef626"
requested-by = ["Tables >= 2 ; os_name == 'posix'"]

[tool.fatwood]
manifest = "5ef2a3c18c8aae5bbbb5579f273668b0063c41354e12a126a071f074426fc230"
"##);
}

#[test]
fn a_requirements_file_has_hashes_and_says_who_asked() {
    let text = export(&three(), Format::Requirements).expect("a file");
    insta::assert_snapshot!(text, @r"
# Written by `fatwood export` from manifest 5ef2a3c18c8aae5bbbb5579f273668b0063c41354e12a126a071f074426fc230:
# wheels for Python 3.10 on linux/amd64 with glibc 2.28, each with the one hash that it has.
clock==1.5 \
    --hash=sha256:eabc28f11313948ddbc9673c54c308a8c54849c8b567f4c944794d073202d7a9
    # via
    #   clock --index-url x
    #   direct
    #   tables
direct @ https://example.org/d/direct-1-py3-none-any.whl \
    --hash=sha256:1d38d71b0bc32607216987bf6612595a1206005520b66ab49356c64fc5b8e1c6
    # via direct @ https://example.org/d/direct-1-py3-none-any.whl
tables==2.4.0+x.1 \
    --hash=sha256:4fb2e58abdae5bddec7a13f4591c2cd305d8b6f457a176e82dc81cde356fade9
    # via Tables >= 2 ; os_name == 'posix'
");
}

#[test]
fn the_target_is_in_the_lock() {
    let check = |python: &str, expected: &[&str]| {
        let text = export(&manifest(python, vec![]), Format::Pylock).expect("a lock");
        for line in expected {
            assert!(text.contains(line), "{text}");
        }
    };
    check("3.9.18", &["python_full_version == '3.9.18'", "requires-python = \"==3.9.18\"", "packages = []"]);
    check("none", &[r#"environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]"#]);
    assert!(!export(&manifest("none", vec![]), Format::Pylock).expect("a lock").contains("requires-python"));
}

#[test]
fn what_other_tools_cannot_install_is_refused() {
    let check = |artifacts: Vec<Artifact>, expected: &str| {
        for format in [Format::Pylock, Format::Requirements] {
            let error = export(&manifest("3.10", artifacts.clone()), format).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    };
    let file = "a-1-py3-none-any.whl";
    let store = Source::Store {
        store: "s3".parse().expect("an id"),
        bucket: "bucket".to_owned(),
        key: file.to_owned(),
    };
    check(vec![wheel(file, store, &[])], "`pkg:pypi/a@1`: it is at s3://bucket/a-1-py3-none-any.whl");
    let unnamed = Artifact { file: "a.whl".parse().expect("a name"), ..wheel(file, of_index(file), &[]) };
    check(vec![unnamed], "`a.whl` is no file name of a wheel");
    let other = "a-2-py3-none-any.whl";
    check(
        vec![wheel(file, of_index(file), &[]), wheel(other, of_index(other), &[])],
        "both `pkg:pypi/a@1` and `pkg:pypi/a@2`",
    );
}
