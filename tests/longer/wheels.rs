//! Installs real wheels as pip does and as fatwood does, and compares the trees.
//!
//! Needs pip and a directory of wheels for the running Python; pip's own is not to be among them, because pip renames
//! its scripts after that Python:
//!
//! ```text
//! python3 -m pip download --no-deps --only-binary :all: --dest wheels six requests numpy pandas pyarrow boto3
//! FATWOOD_WHEELS=$PWD/wheels cargo test --test longer-wheels -- --ignored
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, which tells what it did")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use fatwood::volume::wheel::{RecordCheck, WheelFile, install};
use fatwood_resolver::manifest::FileName;
use fatwood_resolver::publish::{Durability, Staging, Tree as _};

type Tree = BTreeMap<String, (bool, Vec<u8>)>;

#[test]
#[ignore = "needs pip, and a directory of wheels in FATWOOD_WHEELS"]
fn the_tree_is_the_one_that_pip_makes() {
    let directory =
        PathBuf::from(env::var_os("FATWOOD_WHEELS").expect("FATWOOD_WHEELS names a directory of wheels"));
    let ground = tempfile::tempdir().unwrap();
    let staging = Staging::open(&ground.path().join("volume"), Durability::Rebuildable).unwrap();
    let mut compared = 0;
    for path in sorted(&directory).into_iter().filter(|path| path.extension().is_some_and(|it| it == "whl")) {
        let name: FileName = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let theirs = ground.path().join(name.as_str());
        pip_install(name.as_str(), &directory, &theirs);
        let tree = staging.tree().unwrap();
        let installed = install(&[WheelFile { file: &name, path: &path }], RecordCheck::Note, &tree).unwrap();
        let files = compare(name.as_str(), &read(&theirs), &read(tree.path()));
        assert_eq!(installed.files, files as u64);
        for note in &installed.notes {
            println!("{note}");
        }
        println!("{name}: {files} files, as pip installs them");
        compared += 1;
    }
    assert!(compared > 0, "{} has no wheels", directory.display());
}

fn pip_install(wheel: &str, directory: &Path, target: &Path) {
    let mut parts = wheel.split('-');
    let requirement = format!("{}=={}", parts.next().unwrap(), parts.next().unwrap());
    let status = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--no-index", "--find-links"])
        .arg(directory)
        .arg("--target")
        .arg(target)
        .arg(requirement)
        .status()
        .unwrap();
    assert!(status.success(), "pip cannot install {wheel}");
}

/// Compares but for the differences that `volume::wheel` declares; how many files fatwood installed.
fn compare(wheel: &str, theirs: &Tree, ours: &Tree) -> usize {
    let theirs: Tree = theirs
        .iter()
        .filter(|(path, _)| !is_of_dist_info(path, "REQUESTED"))
        .map(|(path, file)| (declared_place(path), file.clone()))
        .collect();
    let missing: Vec<_> = theirs.keys().filter(|path| !ours.contains_key(*path)).collect();
    let added: Vec<_> = ours.keys().filter(|path| !theirs.contains_key(*path)).collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "{wheel}: {missing:?} are missing, {added:?} are too many"
    );
    for (path, (executable, bytes)) in ours {
        let (their_executable, their_bytes) = &theirs[path];
        let file = format!("{path} of {wheel}");
        if is_of_dist_info(path, "INSTALLER") {
            assert_eq!(
                (bytes.as_slice(), their_bytes.as_slice()),
                (&b"fatwood\n"[..], &b"pip\n"[..]),
                "{file}"
            );
        } else if is_of_dist_info(path, "RECORD") {
            assert_eq!(rows(bytes), rows(their_bytes), "{file}");
        } else if path.starts_with("bin/") {
            assert!(*executable, "{file}");
            assert_eq!(script(bytes), script(their_bytes), "{file}");
        } else {
            assert!(bytes == their_bytes, "the bytes of {file} differ");
            assert_eq!(executable, their_executable, "the mode of {file}");
        }
    }
    ours.len()
}

/// Whether this is `file` of the wheel's own `.dist-info`; packages carry others of those that they vendor.
fn is_of_dist_info(path: &str, file: &str) -> bool {
    path.split_once('/').is_some_and(|(top, rest)| top.ends_with(".dist-info") && rest == file)
}

/// pip puts headers below `include/python`.
fn declared_place(path: &str) -> String {
    path.strip_prefix("include/python/").map_or_else(|| path.to_owned(), |rest| format!("include/{rest}"))
}

/// A script without its interpreter, and without pip's line that cuts `.exe` off.
fn script(bytes: &[u8]) -> Vec<&[u8]> {
    let is_interpreter =
        |line: &[u8]| line.starts_with(b"#!") && line.windows(6).any(|part| part == b"python");
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(index, line)| *index > 0 || !is_interpreter(line))
        .filter(|(_, line)| !line.starts_with(b"    sys.argv[0] = "))
        .map(|(_, line)| line)
        .collect()
}

/// The rows of a RECORD: paths as they are in the tree, without what differs by declaration.
fn rows(record: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(record).unwrap();
    let mut rows: Vec<String> = text
        .lines()
        .map(|row| row.strip_prefix("../../").unwrap_or(row))
        .filter(|row| {
            let path = row.split(',').next().unwrap_or(row);
            !is_of_dist_info(path, "INSTALLER") && !is_of_dist_info(path, "REQUESTED")
        })
        .map(|row| {
            if row.starts_with("bin/") { row.split(',').next().unwrap_or(row) } else { row }.to_owned()
        })
        .map(|row| declared_place(&row))
        .collect();
    rows.sort();
    rows
}

fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for path in sorted(&directory) {
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                directories.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            tree.insert(name, (metadata.permissions().mode() & 0o100 != 0, fs::read(&path).unwrap()));
        }
    }
    tree
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
