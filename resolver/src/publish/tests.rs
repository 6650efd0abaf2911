use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::sweep::tests::make_old;
use super::*;
use crate::digest::{Algorithm, Checksum, Digest};
use crate::failure::Failure;
use crate::manifest::Kind;

const JAR: &[u8] = b"PK\x03\x04 the bytes of a jar";

fn expected() -> Expected {
    Expected { name: "a.jar".into(), kind: Kind::Jar, size: None, sha256: None, checksum: None }
}

fn pinned() -> Expected {
    Expected { size: Some(JAR.len() as u64), sha256: Some(Digest::of(JAR)), ..expected() }
}

fn open(root: &Path) -> Staging {
    Staging::open(root, Durability::Durable).unwrap()
}

fn staged(staging: &Staging, expected: Expected, bytes: &[u8]) -> Result<CheckedFile, PublishError> {
    let mut file = staging.file(expected)?;
    bytes.chunks(20).try_for_each(|chunk| file.write(chunk))?;
    file.finish()
}

/// Everything below `root`: relative path, then mode and first bytes.
fn listing(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let relative = path.strip_prefix(root).unwrap().to_owned();
            let mode = metadata.permissions().mode() & 0o7777;
            if metadata.is_dir() {
                found.insert(relative, format!("{mode:o} directory"));
                todo.push(path);
            } else if metadata.is_symlink() {
                found.insert(relative, format!("link to {}", fs::read_link(&path).unwrap().display()));
            } else {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                found.insert(relative, format!("{mode:o} {text:?}"));
            }
        }
    }
    found
}

fn text_of(listing: &BTreeMap<PathBuf, String>) -> String {
    let lines: Vec<_> = listing.iter().map(|(path, what)| format!("{}: {what}", path.display())).collect();
    lines.join("\n")
}

/// The error and what follows it, with the root's name taken out.
fn message(error: &PublishError, root: &Path) -> String {
    format!("{error} [{:?}]", error.failure()).replace(root.to_str().unwrap(), "ROOT")
}

#[test]
fn a_file_appears_whole_and_read_only() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let at = root.path().join("blobs/sha256/x");
    assert_eq!(staged(&staging, pinned(), JAR).unwrap().publish(&at).unwrap(), Published::New);
    assert_eq!(fs::read(&at).unwrap(), JAR);
    assert_eq!(fs::metadata(&at).unwrap().nlink(), 1, "the staged name is gone");
    drop(staging);
    insta::assert_snapshot!(text_of(&listing(root.path())), @r#"
    blobs: 755 directory
    blobs/sha256: 755 directory
    blobs/sha256/x: 444 "PK\u{3}\u{4} the bytes of a jar"
    staging: 755 directory
    "#);
}

#[test]
fn who_comes_second_changes_nothing_unless_he_replaces() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let at = root.path().join("x");
    assert_eq!(staged(&staging, expected(), b"first").unwrap().publish(&at).unwrap(), Published::New);
    assert_eq!(
        staged(&staging, expected(), b"second").unwrap().publish(&at).unwrap(),
        Published::AlreadyThere
    );
    let mut reader = fs::File::open(&at).unwrap();
    staged(&staging, expected(), b"third").unwrap().replace(&at).unwrap();
    assert_eq!(fs::read(&at).unwrap(), b"third");
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert_eq!(read, "first", "a reader at work keeps what it has opened");
}

#[test]
fn wrong_bytes_are_refused() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let check = |expected: Expected, bytes: &[u8]| {
        let error = staged(&staging, expected, bytes).unwrap_err();
        message(&error, root.path())
    };
    let sha1 = Checksum::from_hex(Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    let four = || Expected { size: Some(4), ..expected() };
    let html = b"<!DOCTYPE html><p>Please log in";
    let all = [
        check(four(), b"abc"),
        check(four(), b"abcde"),
        check(Expected { sha256: Some(Digest::of(b"a")), ..expected() }, b"b"),
        check(Expected { checksum: sha1, ..expected() }, b"abcd"),
        check(four(), html),
        check(expected(), html),
        check(expected(), b" <?xml version='1.0'?><Error/>"),
        check(expected(), b""),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    `a.jar` must have 4 bytes, but 3 came [Data]
    `a.jar` must have 4 bytes, but more came [Data]
    `a.jar` must have SHA-256 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, but what came has 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d [Data]
    `a.jar` must have sha1:a9993e364706816aba3e25717850c26c9cd0d89d as its source states, but what came has sha1:81fe8bfe87576c3ecb22426f8e57847382917acf [Data]
    `a.jar` must have 4 bytes, but more came: it is an HTML page, so a proxy or a login page answered instead of the source [Data]
    `a.jar` must be a jar or wheel, but is none: it is an HTML page, so a proxy or a login page answered instead of the source [Data]
    `a.jar` must be a jar or wheel, but is none: it is an XML document, so the source answered with an error of its own [Data]
    `a.jar` must be a jar or wheel, but is none [Data]
    ");
    let left: Vec<_> = listing(&root.path().join("staging")).into_keys().collect();
    assert_eq!(left.len(), 2, "only the directory and its lock are left: {left:?}");
}

#[test]
fn what_a_source_vouches_for_may_be_a_page() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let html = b"<html>";
    let vouched = Expected { sha256: Some(Digest::of(html)), ..expected() };
    staged(&staging, vouched, html).unwrap();
    staged(&staging, Expected { kind: Kind::File, ..expected() }, html).unwrap();
}

#[test]
fn a_restart_forgets() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let mut file = staging.file(pinned()).unwrap();
    file.write(b"<html>longer").unwrap();
    file.restart().unwrap();
    file.write(JAR).unwrap();
    let at = root.path().join("x");
    assert_eq!(file.finish().unwrap().publish(&at).unwrap(), Published::New);
    assert_eq!(fs::read(&at).unwrap(), JAR);
}

#[test]
fn what_stands_in_the_way_is_named() {
    let root = TempDir::new().unwrap();
    let file = root.path().join("file");
    fs::write(&file, b"").unwrap();
    let below = |path: &str| {
        let error = Staging::open(&root.path().join(path), Durability::Durable).unwrap_err();
        message(&error, root.path())
    };
    insta::assert_snapshot!([below("file"), below("file/below")].join("\n"), @r"
    `ROOT/file` must be a directory, but is something else; name another directory or move it away [CannotCreate]
    cannot look at `ROOT/file/below`: a file is where a directory must be [CannotCreate]
    ");
    let staging = open(root.path());
    fs::create_dir_all(root.path().join("taken/by")).unwrap();
    let error = staging.replace_link(&root.path().join("taken"), Path::new("sets/x")).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"cannot replace by a link `ROOT/taken` [CannotCreate]");
    assert!(root.path().join("taken/by").is_dir());
}

#[test]
fn too_little_room_is_found_beforehand() {
    let root = TempDir::new().unwrap();
    check_room(root.path(), Room { bytes: 1, files: 1 }).unwrap();
    let needed = Room { bytes: u64::MAX, files: 2 };
    let error = check_room(root.path(), needed).unwrap_err();
    assert_eq!(error.failure(), Failure::VolumeFull);
    assert!(matches!(error, PublishError::NoRoom { needed: n, free, .. } if n == needed && free.bytes > 0));
    insta::assert_snapshot!(Room { bytes: 5 << 29, files: 3 }, @"2.5 GiB (2684354560 bytes) and 3 files");
    assert_eq!(Room::default().and_file(7).and_file(2), Room { bytes: 9, files: 2 });
}

#[test]
fn a_tree_appears_whole() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let blob = root.path().join("blob");
    assert_eq!(staged(&staging, pinned(), JAR).unwrap().publish(&blob).unwrap(), Published::New);
    let set = root.path().join("sets/one");
    let build = || {
        let tree = staging.tree().unwrap();
        tree.link(&blob, Path::new("jars/a.jar"), &pinned()).unwrap();
        tree.file(Path::new("python/bin/run"), Mode::Executable, |file| {
            file.write_all(b"run").map_err(PublishError::io("write", Path::new("run")))
        })
        .unwrap();
        tree.directory(Path::new("files")).unwrap();
        tree
    };
    fs::create_dir_all(&set).unwrap();
    assert_eq!(build().publish(&set).unwrap(), Published::New, "an empty directory is replaced");
    assert_eq!(build().publish(&set).unwrap(), Published::AlreadyThere);
    assert_eq!(fs::metadata(&blob).unwrap().ino(), fs::metadata(set.join("jars/a.jar")).unwrap().ino());
    insta::assert_snapshot!(text_of(&listing(&set)), @r#"
    files: 755 directory
    jars: 755 directory
    jars/a.jar: 444 "PK\u{3}\u{4} the bytes of a jar"
    python: 755 directory
    python/bin: 755 directory
    python/bin/run: 555 "run"
    "#);
}

#[test]
fn a_tree_takes_no_name_twice_and_keeps_no_failed_file() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let tree = staging.tree().unwrap();
    let fill = |_: &mut dyn Write| Ok::<(), PublishError>(());
    tree.file(Path::new("a"), Mode::Plain, fill).unwrap();
    let twice = tree.file(Path::new("a"), Mode::Plain, fill).unwrap_err();
    assert_eq!(twice.failure(), Failure::CannotCreate);
    let failed =
        tree.file(Path::new("b"), Mode::Plain, |_| Err::<(), _>(PublishError::Stopped { name: "b".into() }));
    assert!(matches!(failed, Err(PublishError::Stopped { .. })));
    assert!(tree.path().join("a").exists() && !tree.path().join("b").exists());
    let path = tree.path().to_owned();
    drop(tree);
    assert!(!path.exists());
}

#[test]
fn a_damaged_tree_is_mended_where_it_is() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let set = root.path().join("set");
    let build = || {
        let tree = staging.tree().unwrap();
        for name in ["a/damaged", "a/missing", "b/missing", "manifest.json", "sound"] {
            let fill = |file: &mut dyn Write| {
                file.write_all(name.as_bytes()).map_err(PublishError::io("write", Path::new(name)))
            };
            tree.file(Path::new(name), Mode::Plain, fill).unwrap();
        }
        tree
    };
    assert_eq!(build().publish(&set).unwrap(), Published::New);
    let sound = fs::metadata(set.join("sound")).unwrap().ino();
    fs::remove_file(set.join("a/missing")).unwrap();
    fs::remove_dir_all(set.join("b")).unwrap();
    for wrong in ["a/damaged", "manifest.json"] {
        fs::write(set.join(wrong), b"x").unwrap();
    }
    fs::write(set.join("extra"), b"x").unwrap();
    let mut reader = fs::File::open(set.join("a/damaged")).unwrap();
    let mended = build().mend(&set, Path::new("manifest.json")).unwrap();
    assert_eq!(mended, ["a/damaged", "a/missing", "b/missing", "manifest.json"].map(PathBuf::from));
    assert_eq!(fs::metadata(set.join("sound")).unwrap().ino(), sound, "a sound file is left alone");
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert_eq!(read, "x", "a reader at work keeps what it has opened");
    assert_eq!(build().mend(&set, Path::new("manifest.json")).unwrap(), [""; 0].map(PathBuf::from));
    drop(staging);
    insta::assert_snapshot!(text_of(&listing(&set)), @r#"
    a: 755 directory
    a/damaged: 444 "a/damaged"
    a/missing: 444 "a/missing"
    b: 755 directory
    b/missing: 444 "b/missing"
    extra: 644 "x"
    manifest.json: 444 "manifest.json"
    sound: 444 "sound"
    "#);
}

#[test]
fn a_link_is_replaced_in_one_step() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let link = root.path().join("name");
    for target in ["sets/a", "sets/b", "sets/b"] {
        staging.replace_link(&link, Path::new(target)).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new(target));
    }
}

#[test]
fn outputs_are_replaced_and_keep_their_mode() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("manifest.json");
    write_file(&path, b"one").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = root.path().join("link");
    std::os::unix::fs::symlink("manifest.json", &link).unwrap();
    write_file(&link, b"two").unwrap();
    write_file(Path::new("/dev/null"), b"three").unwrap();
    insta::assert_snapshot!(text_of(&listing(root.path())), @r#"
    link: link to manifest.json
    manifest.json: 640 "two"
    "#);
    let error = write_file(&root.path().join("no/such"), b"").unwrap_err();
    assert_eq!(error.failure(), Failure::CannotCreate);
}

#[test]
fn leftovers_of_the_dead_are_swept_and_the_living_are_not() {
    let root = TempDir::new().unwrap();
    let all = root.path().join("staging");
    let living = open(root.path());
    let file = living.file(expected()).unwrap();
    let leftover = |name: &str, lock: bool| {
        fs::create_dir_all(all.join(name)).unwrap();
        fs::write(all.join(name).join("0"), b"x").unwrap();
        if lock {
            fs::write(all.join(name).join("lock"), b"").unwrap();
        }
        all.join(name)
    };
    let mount = sweep::mount_of(&all);
    let (name, elsewhere) = (sweep::name, "000000000000.1");
    let other_mount = mount.replace('.', ".1");
    let dead_here = leftover(&name(&mount, 1), true);
    let other_mount_here = leftover(&name(&other_mount, 2), true);
    let just_begun_here = leftover(&name(&mount, 3), false);
    let young_elsewhere = leftover(&name(elsewhere, 4), true);
    let old_elsewhere = leftover(&name(elsewhere, 5), true);
    make_old(&old_elsewhere);
    let also_living = open(root.path());
    for (path, stays) in [
        (dead_here, false),
        (other_mount_here, true),
        (just_begun_here, true),
        (young_elsewhere, true),
        (old_elsewhere, false),
    ] {
        assert_eq!(path.exists(), stays, "{}", path.display());
    }
    assert_eq!(
        file.finish().map(|_| ()).map_err(|error| error.failure()),
        Err(Failure::Data),
        "empty, but there"
    );
    drop((living, also_living));
    assert_eq!(fs::read_dir(&all).unwrap().count(), 3);
}

#[test]
fn what_no_populator_has_made_is_not_swept() {
    let root = TempDir::new().unwrap();
    let all = root.path().join("staging");
    let elsewhere = root.path().join("elsewhere");
    let here = sweep::mount_of(root.path());
    let make = |name: &str, files: &[&str]| {
        let path = all.join(name);
        fs::create_dir_all(&path).unwrap();
        for file in files {
            fs::write(path.join(file), b"").unwrap();
        }
        path
    };
    fs::create_dir_all(elsewhere.join("deep")).unwrap();
    fs::write(elsewhere.join("lock"), b"").unwrap();
    let mut stay = vec![
        make("my-project", &["lock", "a"]),
        make("my-project-0000000000000001", &["lock"]),
        make("000000000000-0000000000000001", &["lock"]),
        make(&sweep::name(&here, 1), &["a"]),
        make(&sweep::name("unknown", 1), &["a"]),
    ];
    let lock_is_a_link = make(&sweep::name(&here, 2), &[]);
    std::os::unix::fs::symlink(elsewhere.join("lock"), lock_is_a_link.join("lock")).unwrap();
    let lock_is_a_directory = make(&sweep::name(&here, 3), &[]);
    fs::create_dir(lock_is_a_directory.join("lock")).unwrap();
    stay.extend([lock_is_a_link, lock_is_a_directory]);
    let go = [make(&sweep::name(&here, 4), &[]), make(&sweep::name("unknown", 4), &["lock", "0"])];
    stay.iter().chain(&go).for_each(|path| make_old(path));
    let link = all.join(sweep::name(&here, 5));
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    drop(open(root.path()));
    for path in &stay {
        assert!(path.exists(), "{}", path.display());
    }
    assert!(link.is_symlink() && elsewhere.join("lock").exists() && elsewhere.join("deep").exists());
    assert!(go.iter().all(|path| !path.exists()));
}

#[test]
fn a_staging_directory_that_is_a_link_is_refused() {
    let root = TempDir::new().unwrap();
    let elsewhere = TempDir::new().unwrap();
    let leftover = elsewhere.path().join(sweep::name("unknown", 1));
    fs::create_dir(&leftover).unwrap();
    fs::write(leftover.join("lock"), b"").unwrap();
    make_old(&leftover);
    std::os::unix::fs::symlink(elsewhere.path(), root.path().join("staging")).unwrap();
    let error = Staging::open(root.path(), Durability::Durable).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"`ROOT/staging` must be a directory, but is a symbolic link; remove it, or move what it names to its place [CannotCreate]");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    fs::remove_file(root.path().join("staging")).unwrap();
    fs::write(root.path().join("staging"), b"").unwrap();
    let error = Staging::open(root.path(), Durability::Durable).unwrap_err();
    assert!(matches!(error, PublishError::NotADirectory { .. }), "{error}");
}

#[test]
fn a_root_behind_a_link_is_used() {
    let root = TempDir::new().unwrap();
    let link = root.path().join("link");
    fs::create_dir(root.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    publish_all(&link).unwrap();
    assert!(root.path().join("real/sets/x/manifest.json").exists());
    let (blobs, elsewhere) = (link.join("blobs"), root.path().join("elsewhere"));
    fs::rename(&blobs, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &blobs).unwrap();
    let error = publish_all(&link).unwrap_err();
    assert!(matches!(&error, PublishError::Link { path } if *path == blobs), "{error}");
}

#[test]
fn nothing_is_mended_through_a_link() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let (set, elsewhere) = (root.path().join("set"), root.path().join("elsewhere"));
    let build = || {
        let tree = staging.tree().unwrap();
        for name in ["a/b/one", "c/two", "d/three"] {
            let at = Path::new(name);
            let fill =
                |file: &mut dyn Write| file.write_all(name.as_bytes()).map_err(PublishError::io("write", at));
            tree.file(at, Mode::Plain, fill).unwrap();
        }
        tree
    };
    assert_eq!(build().publish(&set).unwrap(), Published::New);
    // One has the right bytes, but they are not the set's own.
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(set.join("a/b"), elsewhere.join("b")).unwrap();
    fs::remove_dir(set.join("a")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, set.join("a")).unwrap();
    fs::rename(set.join("c"), root.path().join("c")).unwrap();
    std::os::unix::fs::symlink("nowhere", set.join("c")).unwrap();
    fs::rename(set.join("d"), root.path().join("d")).unwrap();
    fs::write(set.join("d"), b"a file").unwrap();
    let before = listing(&elsewhere);
    let mended = build().mend(&set, Path::new("d/three")).unwrap();
    assert_eq!(mended, ["a/b/one", "c/two", "d/three"].map(PathBuf::from));
    assert_eq!(listing(&elsewhere), before);
    insta::assert_snapshot!(text_of(&listing(&set)), @r#"
    a: 755 directory
    a/b: 755 directory
    a/b/one: 444 "a/b/one"
    c: 755 directory
    c/two: 444 "c/two"
    d: 755 directory
    d/three: 444 "d/three"
    "#);
    let link = root.path().join("link");
    std::os::unix::fs::symlink("set", &link).unwrap();
    let error = build().mend(&link, Path::new("d/three")).unwrap_err();
    assert!(matches!(error, PublishError::Link { .. }), "{error}");
}

#[test]
fn a_group_that_shares_a_volume_may_write_everywhere() {
    let root = TempDir::new().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o2775)).unwrap();
    publish_all(root.path()).unwrap();
    insta::assert_snapshot!(text_of(&listing(root.path())), @r#"
    blobs: 2775 directory
    blobs/x: 444 "PK\u{3}\u{4} the bytes of a jar"
    sets: 2775 directory
    sets/x: 2775 directory
    sets/x/jars: 2775 directory
    sets/x/jars/a.jar: 444 "PK\u{3}\u{4} the bytes of a jar"
    sets/x/manifest.json: 444 "{}"
    staging: 2775 directory
    "#);
}

#[test]
fn one_of_many_publishes_and_all_succeed() {
    let root = TempDir::new().unwrap();
    let blob = root.path().join("blobs/sha256/x");
    let set = root.path().join("sets/x");
    let won: Vec<(Published, Published)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let staging = open(root.path());
                    let file = staged(&staging, pinned(), JAR).unwrap().publish(&blob).unwrap();
                    let tree = staging.tree().unwrap();
                    tree.link(&blob, Path::new("a.jar"), &pinned()).unwrap();
                    (file, tree.publish(&set).unwrap())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|(file, _)| *file == Published::New).count(), 1);
    assert_eq!(won.iter().filter(|(_, tree)| *tree == Published::New).count(), 1);
    assert_eq!(fs::read(set.join("a.jar")).unwrap(), JAR);
    assert_eq!(fs::read_dir(root.path().join("staging")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_sink_writes_and_tells_what_went_wrong() {
    let root = TempDir::new().unwrap();
    let staging = open(root.path());
    let at = root.path().join("x");
    let mut sink = FileSink::new(staging.file(pinned()).unwrap());
    sink.write("garbage".into()).await.unwrap();
    sink.restart().await.unwrap();
    for chunk in JAR.chunks(1) {
        sink.write(chunk.into()).await.unwrap();
    }
    let file = sink.finish().await.unwrap();
    assert_eq!(file.publish(&at).unwrap(), Published::New);

    let mut sink = FileSink::new(staging.file(pinned()).unwrap());
    let error = loop {
        if let Err(error) = sink.write(JAR.into()).await {
            break error;
        }
    };
    assert!(matches!(error, PublishError::WrongSize { actual: Came::More, .. }), "{error}");
    assert!(matches!(sink.write(JAR.into()).await, Err(PublishError::Stopped { .. })));
    assert!(matches!(sink.finish().await, Err(PublishError::Stopped { .. })));
}

/// Runs the ignored test `name` of this file as a process of its own, below `wrapper`.
fn child(name: &str, root: &Path, wrapper: &[&str]) -> Child {
    let test = std::env::current_exe().unwrap();
    let mut words = wrapper.iter().map(ToString::to_string).collect::<Vec<String>>();
    words.push(test.to_str().unwrap().to_owned());
    words.extend([
        format!("publish::tests::{name}"),
        "--exact".into(),
        "--ignored".into(),
        "--nocapture".into(),
    ]);
    Command::new(&words[0])
        .args(&words[1..])
        .env("FATWOOD_TEST_ROOT", root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn child_root() -> Option<PathBuf> {
    std::env::var_os("FATWOOD_TEST_ROOT").map(PathBuf::from)
}

#[test]
fn the_umask_decides_nothing() {
    let root = TempDir::new().unwrap();
    let mut child = child("publishes", root.path(), &["sh", "-c", "umask 0077; exec \"$@\"", "sh"]);
    assert!(child.wait().unwrap().success());
    insta::assert_snapshot!(text_of(&listing(root.path())), @r#"
    blobs: 755 directory
    blobs/x: 444 "PK\u{3}\u{4} the bytes of a jar"
    sets: 755 directory
    sets/x: 755 directory
    sets/x/jars: 755 directory
    sets/x/jars/a.jar: 444 "PK\u{3}\u{4} the bytes of a jar"
    sets/x/manifest.json: 444 "{}"
    staging: 755 directory
    "#);
}

#[test]
#[ignore = "a process of its own for other tests"]
fn publishes() {
    let Some(root) = child_root() else { return };
    publish_all(&root).unwrap();
}

fn publish_all(root: &Path) -> Result<(), PublishError> {
    let staging = Staging::open(root, Durability::Durable)?;
    let (Published::New | Published::AlreadyThere) =
        staged(&staging, pinned(), JAR)?.publish(&root.join("blobs/x"))?;
    let tree = staging.tree()?;
    tree.link(&root.join("blobs/x"), Path::new("jars/a.jar"), &pinned())?;
    let at = Path::new("manifest.json");
    tree.file(at, Mode::Plain, |file| file.write_all(b"{}").map_err(PublishError::io("write", at)))?;
    let (Published::New | Published::AlreadyThere) = tree.publish(&root.join("sets/x"))?;
    Ok(())
}

#[test]
fn what_a_killed_process_has_left_is_swept() {
    let root = TempDir::new().unwrap();
    let mut child = child("is_killed", root.path(), &[]);
    let out = BufReader::new(child.stdout.take().unwrap());
    assert!(out.lines().any(|line| line.unwrap().contains("staged")), "the child has staged a file");
    assert!(listing(&root.path().join("staging")).len() > 2);
    child.kill().unwrap();
    child.wait().unwrap();
    publish_all(root.path()).unwrap();
    assert_eq!(fs::read_dir(root.path().join("staging")).unwrap().count(), 0);
}

#[test]
#[ignore = "a process of its own for other tests"]
#[expect(clippy::print_stdout, reason = "tells the parent when to kill")]
fn is_killed() {
    let Some(root) = child_root() else { return };
    let staging = open(&root);
    let mut file = staging.file(expected()).unwrap();
    file.write(JAR).unwrap();
    println!("staged");
    loop {
        std::thread::park();
    }
}

#[test]
#[ignore = "privileged: mounts a small tmpfs in a mount namespace of its own"]
fn privileged_a_full_filesystem_is_reported() {
    for options in ["size=8k", "nr_inodes=6"] {
        let root = TempDir::new().unwrap();
        let script = format!("mount -t tmpfs -o {options} none \"$FATWOOD_TEST_ROOT\" && exec \"$@\"");
        let mut child =
            child("finds_it_full", root.path(), &["unshare", "--mount", "sh", "-c", &script, "sh"]);
        assert!(child.wait().unwrap().success(), "{options}");
    }
}

#[test]
#[ignore = "a process of its own for other tests"]
fn finds_it_full() {
    let Some(root) = child_root() else { return };
    let fill = || -> Result<(), PublishError> {
        let staging = Staging::open(&root, Durability::Durable)?;
        (0..9).try_for_each(|i| {
            let mut file = staging.file(Expected { kind: Kind::File, ..expected() })?;
            file.write(&[0; 4000])?;
            file.finish()?.publish(&root.join(i.to_string())).map(|_| ())
        })
    };
    let error = fill().unwrap_err();
    assert_eq!(error.failure(), Failure::VolumeFull, "{error}");
    assert_eq!(
        check_room(&root, Room { bytes: 99 << 10, files: 9 }).unwrap_err().failure(),
        Failure::VolumeFull
    );
    for i in 0..9 {
        let _ = fs::remove_file(root.join(i.to_string()));
    }
    publish_all(&root)
        .map_err(|error| error.failure())
        .or_else(|failure| {
            // Six inodes are too few for the whole, whoever frees what.
            if failure == Failure::VolumeFull { Ok(()) } else { Err(failure) }
        })
        .unwrap();
}

#[test]
#[ignore = "privileged: mounts read-only in a mount namespace of its own"]
fn privileged_a_read_only_filesystem_is_reported() {
    let root = TempDir::new().unwrap();
    let script = "mount -t tmpfs -o ro none \"$FATWOOD_TEST_ROOT\" && exec \"$@\"";
    let mut child =
        child("finds_it_read_only", root.path(), &["unshare", "--mount", "sh", "-c", script, "sh"]);
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "a process of its own for other tests"]
fn finds_it_read_only() {
    let Some(root) = child_root() else { return };
    let error = Staging::open(&root, Durability::Durable).unwrap_err();
    assert_eq!(
        message(&error, &root),
        "cannot create directory `ROOT/staging`: the filesystem is read-only; mount it writable [CannotCreate]"
    );
}

/// `close` fails at every point in turn: the run either does not close what it writes at that point, or says so.
#[test]
#[ignore = "privileged: needs strace and ptrace"]
fn privileged_a_failed_close_is_reported() {
    let mut told = 0;
    for n in 10..60 {
        let root = TempDir::new().unwrap();
        let inject = format!("inject=close:error=ENOSPC:when={n}");
        let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=close", "-e", &inject];
        let mut child = child("closes", root.path(), &strace);
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.wait().unwrap();
        if out.contains("cannot close") {
            assert!(out.contains("VolumeFull"), "{out}");
            told += 1;
        }
        if told == 2 {
            return;
        }
    }
    panic!("a failed close was told {told} times; a blob and a file of a tree are closed");
}

#[test]
#[ignore = "a process of its own for other tests"]
#[expect(clippy::print_stdout, reason = "tells the parent what happened")]
fn closes() {
    let Some(root) = child_root() else { return };
    // strace counts for each thread; the loader's closes, in the main thread, must have passed by then.
    for _ in 0..10 {
        drop(fs::File::open(&root));
    }
    if let Err(error) = publish_all(&root) {
        println!("{}", message(&error, &root));
    }
}
