//! A corpus of wheels, each marked as accepted or refused, with a canary outside the root; and what is installed.

mod builder;
mod corpus;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fatwood_resolver::failure::Failure;
use fatwood_resolver::publish::{Durability, Staging, Tree as _};

use self::builder::{FILE, entries, file, wheel, wheel_but, zip_around};
use super::*;

/// A directory with a volume in it and a canary beside it.
struct Ground {
    directory: tempfile::TempDir,
    staging: Staging,
}

impl Ground {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("canary"), "sings").unwrap();
        let staging = Staging::open(&directory.path().join("volume"), Durability::Rebuildable).unwrap();
        Self { directory, staging }
    }

    /// Installs wheels, given by file name and bytes; what is in the tree then, and the notes.
    fn install(&self, wheels: &[(&str, &[u8])], check: RecordCheck) -> Result<Tree, WheelError> {
        let source = tempfile::tempdir().unwrap();
        let files: Vec<(FileName, PathBuf)> = wheels
            .iter()
            .enumerate()
            .map(|(index, (name, bytes))| {
                let path = source.path().join(index.to_string());
                fs::write(&path, bytes).unwrap();
                (name.parse().unwrap(), path)
            })
            .collect();
        let wheels: Vec<WheelFile<'_>> = files.iter().map(|(file, path)| WheelFile { file, path }).collect();
        let tree = self.staging.tree().unwrap();
        let installed = install(&wheels, check, &tree);
        self.is_unharmed();
        let installed = installed?;
        let notes = installed.notes.iter().map(ToString::to_string).collect();
        let files = read_tree(tree.path());
        Ok(Tree { files, notes, count: installed.files })
    }

    /// Nothing is beside the volume but the canary, and the canary sings.
    fn is_unharmed(&self) {
        let mut names: Vec<_> =
            fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["canary", "volume"]);
        assert_eq!(fs::read_to_string(self.directory.path().join("canary")).unwrap(), "sings");
    }
}

/// What was installed: mode and bytes by path, and the notes.
#[derive(Debug)]
struct Tree {
    files: BTreeMap<String, (u32, Vec<u8>)>,
    notes: Vec<String>,
    count: u64,
}

impl Tree {
    fn text(&self, path: &str) -> &str {
        std::str::from_utf8(&self.files[path].1).unwrap()
    }

    fn listing(&self) -> String {
        let lines = self.files.iter().map(|(path, (mode, _))| format!("{mode:04o} {path}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn read_tree(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut files = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let metadata = fs::symlink_metadata(entry.path()).unwrap();
            if metadata.is_dir() {
                directories.push(entry.path());
                continue;
            }
            assert!(metadata.is_file(), "{}", entry.path().display());
            let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let mode = metadata.permissions().mode() & 0o7777;
            files.insert(name, (mode, fs::read(entry.path()).unwrap()));
        }
    }
    files
}

#[test]
fn every_kind_of_member_has_its_place() {
    let points = "[console_scripts]\ndemo = demo.cli:main\n";
    let bytes = wheel(&[
        file("demo/", "").mode(0o040_755),
        file("demo/__init__.py", "x = 1\n").deflated(),
        file("demo/native.so", "\x7fELF").mode(0o100_755),
        file("top.py", "").mode(0o100_600),
        file("old.pth", "import old"),
        file("demo/inner.pth", ""),
        file("demo-1.0.data/purelib/pure.py", "p"),
        file("demo-1.0.data/platlib/demo/plat.py", "q"),
        file("demo-1.0.data/data/share/demo/x.json", "{}"),
        file("demo-1.0.data/headers/demo.h", "h"),
        file("demo-1.0.data/scripts/tool", "#!python\nprint()\n"),
        file("demo-1.0.data/scripts/run.sh", "#!/bin/sh\n").mode(0o100_755),
        file("demo-1.0.data/scripts/demo", "#!python\nwrapper of an old build tool"),
        file("demo-1.0.dist-info/entry_points.txt", points),
        file("demo-1.0.dist-info/INSTALLER", "pip\n"),
    ]);
    let tree = Ground::new().install(&[(FILE, &bytes)], RecordCheck::Refuse).unwrap();
    insta::assert_snapshot!(tree.listing(), @r"
    0555 bin/demo
    0555 bin/run.sh
    0555 bin/tool
    0444 demo-1.0.dist-info/INSTALLER
    0444 demo-1.0.dist-info/METADATA
    0444 demo-1.0.dist-info/RECORD
    0444 demo-1.0.dist-info/WHEEL
    0444 demo-1.0.dist-info/entry_points.txt
    0444 demo/__init__.py
    0444 demo/inner.pth
    0555 demo/native.so
    0444 demo/plat.py
    0444 include/demo/demo.h
    0444 old.pth
    0444 pure.py
    0444 share/demo/x.json
    0444 top.py
    ");
    assert_eq!(tree.count, tree.files.len() as u64);
    assert_eq!(tree.text("bin/tool"), "#!/usr/bin/env python3\nprint()\n");
    assert_eq!(tree.text("demo-1.0.dist-info/INSTALLER"), "fatwood\n");
    insta::assert_snapshot!(tree.text("bin/demo"), @r"
    #!/usr/bin/env python3
    import sys
    from demo.cli import main
    if __name__ == '__main__':
        sys.exit(main())
    ");
    insta::assert_snapshot!(tree.text("demo-1.0.dist-info/RECORD").replace("\r\n", "\n"), @r"
    bin/demo,sha256=dcfz4rupKRju--IMSjSU70imP1IcmkNBmFwakaC0s2I,108
    bin/run.sh,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10
    bin/tool,sha256=mgduGPyH8972FVYCZu40BzzhUIlDmeVXVuIy2B-L4Hw,31
    demo-1.0.dist-info/INSTALLER,sha256=6SDA1RP4UVrjnkeK0aNHCXIRsqq-OBnMRNvGbLPdNZA,8
    demo-1.0.dist-info/METADATA,sha256=OgqWuA5Oty9fNzorqhNE8lLftn2kofDxMmXj7tzfHK4,59
    demo-1.0.dist-info/RECORD,,
    demo-1.0.dist-info/WHEEL,sha256=ld3tYS4a104eGjRJxDIXOYkHk9Dh9iqfn7EeY0G73-I,35
    demo-1.0.dist-info/entry_points.txt,sha256=SBeOYCCEMp4CBMQTQcSGSx_t5sBRlxUUI5Jj_HzRffc,39
    demo/__init__.py,sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q,6
    demo/inner.pth,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
    demo/native.so,sha256=O9u0_oOXzSuEJDCznM_wGoZjx1GUXvXpoJ4mf7ix01k,4
    demo/plat.py,sha256=jjXCzTv2ZBvbDiBQt2kyy7LmA0oN2swdm-qCprpX988,1
    include/demo/demo.h,sha256=qqlAJmTxpB9A67xSyZk-tmrrNmYClY_fqig7ceZNsSM,1
    old.pth,sha256=KUAtiACT6X-gh9xcICc55skqATyNUgkqBXfFRU4t-CU,10
    pure.py,sha256=FI3pxaekTRnlbNmuGlVL9nhHr7DFj24S-imsfd_KmUA,1
    share/demo/x.json,sha256=RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o,2
    top.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
    ");
    insta::assert_snapshot!(tree.notes.join("\n"), @"wheel `demo-1.0-py3-none-any.whl` has `old.pth`, which Python does not read from PYTHONPATH; if the package needs it, bake it into the image");
}

#[test]
fn a_wheel_that_disagrees_with_its_record_is_noted_or_refused() {
    let ground = Ground::new();
    let hash = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let files = "demo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/WHEEL,,\n";
    let check = |record: &str, expected: &str| {
        let bytes = wheel_but("RECORD", Some(record));
        let tree = ground.install(&[(FILE, &bytes)], RecordCheck::Note).unwrap();
        assert!(tree.notes.join("\n").contains(expected), "{:?} {expected}", tree.notes);
        assert!(tree.text("demo-1.0.dist-info/RECORD").starts_with("demo-1.0.dist-info/INSTALLER,sha256="));
        let error = ground.install(&[(FILE, &bytes)], RecordCheck::Refuse).unwrap_err();
        assert!(matches!(error, WheelError::Record { .. }), "{error}");
        assert_eq!(error.failure(), Failure::Data);
    };
    check("", "RECORD must list `demo.py`, but does not");
    check(
        &format!("demo.py,{hash},1\n{files}"),
        "RECORD must state the hash of `demo.py`: expected sha256:e3b0",
    );
    check(&format!("demo.py,,7\n{files}"), "the size of `demo.py`: expected 7 bytes, got 1");
    check(&format!("demo.py,,1\n{files}"), "must state the SHA-256 or SHA-512 of `demo.py`");
    check(&format!("demo.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,\n{files}"), "SHA-512 of `demo.py`");
    check(&format!("demo.py,{hash},0\n\"demo.py\",{hash},0\n{files}"), "RECORD lists `demo.py` twice");
    check(&format!("gone\u{202e}\n.py,{hash},0\n{files}"), "which the wheel does not have");
    check("a\nb\nc\nd\ne\nf\n", "disagrees with its RECORD in 4 more places");
}

#[test]
fn two_wheels_may_share_a_file_only_if_it_is_the_same() {
    let ground = Ground::new();
    let other = "other-2.0-py3-none-any.whl";
    let install = |first: &[builder::Entry], second: &[builder::Entry]| {
        let first = zip_around(b"", &entries("demo-1.0", first), b"");
        let second = zip_around(b"", &entries("other-2.0", second), b"");
        ground.install(&[(FILE, &first), (other, &second)], RecordCheck::Refuse)
    };
    let tree = install(
        &[file("google/__init__.py", "same"), file("google/a.py", "a")],
        &[file("google/__init__.py", "same").deflated(), file("google/b.py", "b")],
    );
    let tree = tree.unwrap();
    assert!(
        ["google/__init__.py", "google/a.py", "google/b.py"]
            .iter()
            .all(|name| tree.files.contains_key(*name))
    );
    assert!(tree.text("other-2.0.dist-info/RECORD").contains("google/__init__.py,sha256="));

    let clash = |first, second, how: &str| {
        let error = install(&[first], &[second]).unwrap_err();
        assert_eq!(error.failure(), Failure::Data);
        let text = error.to_string();
        assert!(text.contains(FILE) && text.contains(other) && text.contains(how), "{text}");
    };
    clash(file("a.py", "1"), file("a.py", "2"), "both write `a.py`, with different bytes");
    clash(file("a.py", "1"), file("A.py", "1"), "both write `A.py`, in names that differ by case alone");
    clash(file("a", "1"), file("a/b", "1"), "once as a file and once as a directory");
    clash(file("a/b/c", "1"), file("A", "1"), "once as a directory and once as a file");
    clash(file("x.py", "1"), file("other-2.0.data/purelib/x.py", "2"), "both write `x.py`");
}

#[test]
fn a_wheel_that_is_exchanged_after_planning_is_noticed() {
    let ground = Ground::new();
    let path = ground.directory.path().join("volume/wheel");
    fs::write(&path, wheel(&[file("demo.py", "1")])).unwrap();
    let name: FileName = FILE.parse().unwrap();
    let plans = plan(&[WheelFile { file: &name, path: &path }]).unwrap();
    fs::write(&path, wheel(&[file("dem0.py", "1")])).unwrap();
    let tree = ground.staging.tree().unwrap();
    let error = plans[0].unpack(RecordCheck::Note, &tree).unwrap_err();
    assert!(matches!(error, WheelError::Changed { .. }), "{error}");
    fs::remove_file(&path).unwrap();
    let error = plans[0].unpack(RecordCheck::Note, &tree).unwrap_err();
    assert_eq!(error.failure(), Failure::Io);
}

#[test]
fn plans_can_be_unpacked_at_once() {
    let ground = Ground::new();
    let stems: Vec<String> = (0..8).map(|index| format!("demo{index}-1.0")).collect();
    let files: Vec<(FileName, PathBuf)> = stems
        .iter()
        .map(|stem| {
            let shared = file("shared/__init__.py", "same");
            let own = file(format!("shared/{stem}.py"), stem);
            let path = ground.directory.path().join("volume").join(stem);
            fs::write(&path, zip_around(b"", &entries(stem, &[shared, own]), b"")).unwrap();
            (format!("{stem}-py3-none-any.whl").parse().unwrap(), path)
        })
        .collect();
    let wheels: Vec<WheelFile<'_>> = files.iter().map(|(file, path)| WheelFile { file, path }).collect();
    let plans = plan(&wheels).unwrap();
    let tree = ground.staging.tree().unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            plans.iter().map(|plan| scope.spawn(|| plan.unpack(RecordCheck::Refuse, &tree))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().unwrap().files, 6);
        }
    });
    assert_eq!(read_tree(tree.path()).len(), 8 * 5 + 1);
}

#[test]
fn a_directory_of_any_length_is_read_no_further_than_its_limit() {
    let ground = Ground::new();
    let refused = |bytes: &[u8]| {
        let error = ground.install(&[(FILE, bytes)], RecordCheck::Note).unwrap_err();
        assert_eq!(error.failure(), Failure::Data);
        error.to_string()
    };
    // An unknown extra field of 60,000 bytes in every header of the central directory.
    let padding = [b"\xff\xff\x5c\xea".as_slice(), &vec![0; 59_996]].concat();
    let padded = |index| file(format!("{index}"), "").central(|header| header.extra.clone_from(&padding));
    let fits: Vec<_> = (0..500).map(padded).collect();
    ground.install(&[(FILE, &wheel(&fits))], RecordCheck::Note).unwrap();
    let exceeds: Vec<_> = (0..530).map(padded).collect();
    assert!(refused(&wheel(&exceeds)).contains("must list at most 100000 members, but is longer"));

    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..=archive::MAX_MEMBERS {
        writer.start_file(index.to_string(), zip::write::SimpleFileOptions::default()).unwrap();
    }
    let many = writer.finish().unwrap().into_inner();
    assert!(refused(&many).contains("must have at most 100000 members, but has 100001"));
}

#[test]
fn a_file_that_is_not_named_like_a_wheel_is_refused() {
    let bytes = wheel(&[]);
    let error = Ground::new().install(&[("demo-1.0.zip", &bytes)], RecordCheck::Note).unwrap_err();
    assert!(matches!(error, WheelError::Name { .. }), "{error}");
}
