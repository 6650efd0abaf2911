mod ground;
mod network;
mod process;

use std::fs;
use std::os::unix::fs::MetadataExt;

use fatwood_resolver::cache::Cache;
use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::Kind;

use self::ground::*;
use super::*;

fn tally(files: u64, bytes: u64) -> Tally {
    Tally { files, bytes }
}

#[test]
fn a_set_has_its_layout() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let populated = ground.populate(&manifest).unwrap();
    assert_eq!(populated.outcome, Outcome::Published);
    assert_eq!(populated.set, ground.set(&manifest));
    assert_eq!(populated.totals.fetched.files, 5);
    assert_eq!(populated.totals.fetched.bytes, manifest.total_size());
    insta::assert_snapshot!(listing(&populated.set), @r"
    files/ 755
    files/conf/ 755
    files/conf/x.csv 444 4 bytes, 2 links
    files/empty 444 0 bytes, 2 links
    jars/ 755
    jars/a.jar 444 300 bytes, 2 links
    jars/z.jar 444 2000 bytes, 2 links
    manifest.json 444 1944 bytes, 1 links
    python/ 755
    python/demo-1.0.dist-info/ 755
    python/demo-1.0.dist-info/INSTALLER 444 8 bytes, 1 links
    python/demo-1.0.dist-info/METADATA 444 46 bytes, 1 links
    python/demo-1.0.dist-info/RECORD 444 414 bytes, 1 links
    python/demo-1.0.dist-info/WHEEL 444 75 bytes, 1 links
    python/demo/ 755
    python/demo/__init__.py 444 6 bytes, 1 links
    python/demo/data.txt 444 4 bytes, 1 links
    ");
    let all = listing(ground.volume.root()).replace(&manifest.digest().to_string(), "SET");
    let top: Vec<_> =
        all.lines().filter(|line| !line.starts_with("sets/SET/") && !line.starts_with("blobs/s")).collect();
    insta::assert_snapshot!(top.join("\n"), @r"
    blobs/ 755
    demo -> sets/SET
    sets/ 755
    staging/ 755
    ");
    assert_eq!(fs::read_dir(ground.volume.blobs()).unwrap().count(), 5);
    assert_eq!(
        fs::read(ground.volume.link(&manifest.name).join("manifest.json")).unwrap(),
        manifest.to_json().as_bytes()
    );
    assert_eq!(ground.findings(Scope::Set(&manifest)), "");
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn a_second_run_does_nothing() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    ground.populate(&manifest).unwrap();
    ground.shelf.asked();
    let before = inodes(ground.volume.root());
    for existing in [Existing::Believe, Existing::CheckAndMend] {
        let populated = ground.populate_with(&manifest, &ground.options(existing)).unwrap();
        assert_eq!(populated.outcome, Outcome::AlreadyThere);
        assert_eq!(populated.totals, Totals::default());
    }
    assert!(ground.shelf.asked().is_empty());
    assert_eq!(inodes(ground.volume.root()), before);
}

#[test]
fn wrong_bytes_never_get_a_name_and_the_next_run_heals() {
    let faults = [
        Fault::Cut(0),
        Fault::Cut(1024),
        Fault::Cut(1999),
        Fault::Flipped(0),
        Fault::Flipped(1024),
        Fault::Flipped(1999),
        Fault::Page,
        Fault::Endless,
        Fault::NotThere,
        Fault::Down,
    ];
    let mut told = Vec::new();
    for fault in faults {
        let mut ground = Ground::new();
        let manifest = ground.some();
        ground.shelf.fault("pkg:generic/z.jar", Some(fault));
        let error = ground.populate(&manifest).unwrap_err();
        let cause = std::error::Error::source(&error).filter(|_| error.failure() == Failure::Data);
        let cause = cause.map(|cause| format!(", because {cause}")).unwrap_or_default();
        told.push(format!("{fault:?}: {}{cause}", ground.error(&error)));
        assert!(!ground.set(&manifest).exists() && !ground.volume.link(&manifest.name).exists());
        assert_eq!(ground.findings(Scope::Everything), "", "{fault:?}");
        assert_eq!(ground.staged(), 0, "{fault:?}");
        ground.shelf.fault("pkg:generic/z.jar", None);
        let populated = ground.populate(&manifest).unwrap();
        assert_eq!(populated.outcome, Outcome::Published);
        assert_eq!(ground.findings(Scope::Set(&manifest)), "");
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    Cut(0): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have 2000 bytes, but 0 came
    Cut(1024): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have 2000 bytes, but 1024 came
    Cut(1999): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have 2000 bytes, but 1999 came
    Flipped(0): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have SHA-256 b7b50a23967701da65453501b9495bf2f40c8453d6c89670b8a1369958c24da3, but what came has 732c0748cc6a40ec4bc66d8249c0a4f0ed485e48d6da7e408811b8a75a493910
    Flipped(1024): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have SHA-256 b7b50a23967701da65453501b9495bf2f40c8453d6c89670b8a1369958c24da3, but what came has 58f19e10ec588a06094fda09c1863e4f0c8083b13e89fdfc94d49f9e0f1b9716
    Flipped(1999): `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have SHA-256 b7b50a23967701da65453501b9495bf2f40c8453d6c89670b8a1369958c24da3, but what came has 06e01fcdf1b5a2a6a5f877473b59fa073bc369af76ba2c2cd3baa8fbfc1fc9ca
    Page: `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have 2000 bytes, but 31 came: it is an HTML page, so a proxy or a login page answered instead of the source
    Endless: `z.jar` came with other bytes from org/z.jar of repository own; nothing of it was kept [Data], because `z.jar` must have 2000 bytes, but more came
    NotThere: `z.jar` is not at org/z.jar of repository own; configure a mirror that has it, or write the manifest anew with `fatwood resolve` [Data]
    Down: cannot fetch `z.jar` from org/z.jar of repository own [Unavailable]
    ");
}

#[test]
fn a_source_may_begin_again() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    ground.shelf.fault("pkg:generic/z.jar", Some(Fault::Restarted));
    ground.populate(&manifest).unwrap();
    assert_eq!(ground.findings(Scope::Set(&manifest)), "");
}

#[test]
fn blobs_are_shared_between_sets_and_within_them() {
    let mut ground = Ground::new();
    let first = ground.artifact(Kind::Jar, "a.jar", &jar(1, 100));
    let copy = ground.artifact(Kind::Jar, "copy-of-a.jar", &jar(1, 100));
    let second = ground.artifact(Kind::Jar, "b.jar", &jar(2, 50));
    let one = manifest(vec![first.clone(), copy]);
    let two = manifest(vec![first, second]);
    assert_eq!(ground.populate(&one).unwrap().totals.fetched, tally(1, 100));
    ground.shelf.asked();
    let populated = ground.populate(&two).unwrap();
    assert_eq!((populated.totals.present, populated.totals.fetched), (tally(1, 100), tally(1, 50)));
    assert_eq!(ground.shelf.asked(), ["pkg:generic/b.jar"]);
    let verified = verify(&ground.volume, Scope::Everything).unwrap();
    assert_eq!((verified.sets, verified.failure()), (2, None));
    let manifests = (one.to_json().len() + two.to_json().len()) as u64;
    assert_eq!(verified.bytes, 150 + manifests, "what is linked is hashed once");
    let link = ground.volume.link(&two.name);
    assert_eq!(link.canonicalize().unwrap(), ground.set(&two).canonicalize().unwrap(), "the newest");
}

#[test]
fn a_damaged_blob_is_replaced_before_it_is_used() {
    let mut ground = Ground::new();
    let first = ground.artifact(Kind::Jar, "a.jar", &jar(1, 100));
    let second = ground.artifact(Kind::Jar, "b.jar", &jar(2, 50));
    let one = manifest(vec![first.clone()]);
    let two = manifest(vec![first.clone(), second]);
    ground.populate(&one).unwrap();
    damage(&ground.volume.blob(&first.sha256), |bytes| bytes[50] ^= 1);
    assert_eq!(ground.populate(&two).unwrap().totals.fetched, tally(2, 150));
    assert_eq!(ground.findings(Scope::Set(&two)), "");
    let findings = verify(&ground.volume, Scope::Everything).unwrap().findings;
    let places: Vec<_> = findings.iter().map(|finding| finding.path.clone()).collect();
    let still = Path::new("sets").join(one.digest().to_string()).join("jars/a.jar");
    assert_eq!(places, [still], "the other set holds a link to the damaged file");
    let mended = ground.populate_with(&one, &ground.options(Existing::CheckAndMend)).unwrap();
    assert_eq!(mended.outcome, Outcome::Mended(vec!["jars/a.jar".into()]));
    assert_eq!(mended.totals.fetched, tally(0, 0));
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn the_cache_saves_fetching_and_is_not_believed() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let cache = Cache::open(&ground.directory.path().join("cache")).unwrap();
    let keep = |file: &str| {
        let artifact = manifest.artifacts.iter().find(|artifact| artifact.file.as_str() == file).unwrap();
        let mut staged = cache.stage(expected(artifact)).unwrap();
        staged.write(&ground.shelf.bytes[&artifact.purl]).unwrap();
        cache.keep_blob(staged.finish().unwrap()).unwrap()
    };
    keep("a.jar");
    damage(&keep("z.jar"), |bytes| bytes[7] ^= 1);
    damage(&keep("conf/x.csv"), Vec::clear);
    let options = Options { cache: Some(cache), ..ground.options(Existing::Believe) };
    let totals = ground.populate_with(&manifest, &options).unwrap().totals;
    assert_eq!((totals.cached, totals.fetched.files), (tally(1, 300), 4));
    assert_eq!(ground.findings(Scope::Set(&manifest)), "");
    let mut notes = ground.notes.0.lock().unwrap().clone();
    notes.sort();
    insta::assert_snapshot!(notes.join("\n"), @r"
    `conf/x.csv` is damaged in the local cache and is fetched again
    `z.jar` is damaged in the local cache and is fetched again
    ");
    let (blob, cached) = (ground.volume.blob(&manifest.artifacts[1].sha256), options.cache.unwrap());
    let cached = cached.blob(&manifest.artifacts[1].sha256).unwrap();
    assert_ne!(fs::metadata(blob).unwrap().ino(), fs::metadata(cached).unwrap().ino(), "a copy, not a link");
}

#[test]
fn many_at_once_all_succeed_and_one_publishes() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| ground.populate(&manifest).unwrap().outcome)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Published).count(), 1);
    assert!(outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Mended(_))));
    assert_eq!(ground.findings(Scope::Everything), "");
    assert_eq!(ground.staged(), 0);
}

#[test]
fn a_run_that_is_dropped_leaves_whole_blobs_and_nothing_else() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    ground.shelf.fault("pkg:generic/z.jar", Some(Fault::Stuck));
    let options = ground.options(Existing::Believe);
    runtime().block_on(async {
        let run = populate(&manifest, &ground.volume, &ground.shelf, &options);
        let others_are_there = async {
            let blobs = manifest.artifacts.iter().filter(|artifact| artifact.file.as_str() != "z.jar");
            let blobs: Vec<_> = blobs.map(|artifact| ground.volume.blob(&artifact.sha256)).collect();
            while !blobs.iter().all(|blob| blob.exists()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = run => panic!("one artifact never comes"),
            () = others_are_there => {}
        }
    });
    assert_eq!(ground.staged(), 0);
    ground.shelf.fault("pkg:generic/z.jar", None);
    ground.shelf.asked();
    let totals = ground.populate(&manifest).unwrap().totals;
    assert_eq!((totals.present.files, totals.fetched.files), (4, 1));
}

#[test]
fn every_damage_is_found_and_mended_in_place() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let set = ground.populate(&manifest).unwrap().set;
    let directory = fs::metadata(&set).unwrap().ino();
    damage(&set.join("jars/a.jar"), |bytes| bytes[299] ^= 1);
    damage(&set.join("jars/z.jar"), |bytes| bytes.truncate(1000));
    damage(&set.join("python/demo/data.txt"), |bytes| bytes[0] ^= 1);
    damage(&set.join("python/demo-1.0.dist-info/RECORD"), |bytes| bytes.push(b'\n'));
    fs::remove_file(set.join("python/demo/__init__.py")).unwrap();
    fs::remove_file(set.join("files/conf/x.csv")).unwrap();
    fs::remove_file(set.join("files/empty")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", set.join("files/empty")).unwrap();
    fs::write(set.join("jars/extra.jar"), b"x").unwrap();
    fs::write(ground.volume.blobs().join("stray"), b"x").unwrap();
    let digest = manifest.digest().to_string();
    insta::assert_snapshot!(ground.findings(Scope::Set(&manifest)).replace(&digest, "SET"), @r"
    `sets/SET/files/conf/x.csv` is missing
    `sets/SET/files/empty` must be a regular file, but is none
    `sets/SET/jars/a.jar` must have SHA-256 f6245e8973e01df3e44ea202aed4722d13f2894f53120e08bce5d804e5db70ec, but has 474ba7c1f6185315d9adbc20530eacb78dae8dc7a03070cbf90eea65cd43ee84
    `sets/SET/jars/extra.jar` does not belong there
    `sets/SET/jars/z.jar` must have 2000 bytes, but has 1000
    `sets/SET/python/demo/__init__.py` is missing
    `sets/SET/python/demo/data.txt` must have SHA-256 3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7, but has 8c4c695a0a02fc1f0d4f18059d9b88cc424a6b15ec7ed4a021168f0f385bbb76
    `sets/SET/python/demo-1.0.dist-info/RECORD` must have 414 bytes, but has 415
    ");
    let options = ground.options(Existing::CheckAndMend);
    let Outcome::Mended(names) = ground.populate_with(&manifest, &options).unwrap().outcome else {
        panic!("the set is damaged");
    };
    assert_eq!(names.len(), 7, "{names:?}");
    assert_eq!(fs::metadata(&set).unwrap().ino(), directory, "who has it mounted sees what was mended");
    insta::assert_snapshot!(ground.findings(Scope::Everything).replace(&digest, "SET"), @r"
    `blobs/sha256/stray` does not belong there
    `sets/SET/jars/extra.jar` does not belong there
    ");
    assert_eq!(ground.populate_with(&manifest, &options).unwrap().outcome, Outcome::AlreadyThere);
}

#[test]
fn what_a_set_says_of_itself_is_checked() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    assert_eq!(
        ground.findings(Scope::Set(&manifest)),
        format!("`sets/{}` is missing", manifest.digest()),
        "a set that was never there"
    );
    let set = ground.populate(&manifest).unwrap().set;
    damage(&set.join("manifest.json"), |bytes| bytes[30] ^= 1);
    let digest = manifest.digest().to_string();
    let findings = ground.findings(Scope::Everything);
    assert!(
        findings.starts_with(&format!("`sets/{digest}/manifest.json` must have SHA-256 {digest}")),
        "{findings}"
    );
    // Without its manifest a set is not believed, and what it is named after puts it right.
    let populated = ground.populate(&manifest).unwrap();
    assert_eq!(populated.outcome, Outcome::Mended(vec!["manifest.json".into()]));
    fs::remove_file(set.join("manifest.json")).unwrap();
    fs::remove_file(set.join("jars/a.jar")).unwrap();
    let populated = ground.populate(&manifest).unwrap();
    assert_eq!(populated.outcome, Outcome::Mended(vec!["jars/a.jar".into(), "manifest.json".into()]));
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn an_archive_that_cannot_vouch_for_what_it_installed_is_told() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    ground.populate(&manifest).unwrap();
    let wheel = manifest.of_kind(Kind::Wheel).next().unwrap();
    fs::remove_file(ground.volume.blob(&wheel.sha256)).unwrap();
    let missing = format!("`blobs/sha256/{}` is missing", wheel.sha256);
    assert_eq!(ground.findings(Scope::Set(&manifest)), missing);
    ground.populate_with(&manifest, &ground.options(Existing::CheckAndMend)).unwrap();
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn an_empty_directory_in_the_place_of_a_set_is_no_set() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    fs::create_dir_all(ground.set(&manifest)).unwrap();
    assert_eq!(ground.populate(&manifest).unwrap().outcome, Outcome::Published);
}

#[test]
fn the_people_s_link_stops_nothing() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    fs::create_dir_all(ground.volume.link(&manifest.name)).unwrap();
    ground.populate(&manifest).unwrap();
    assert_eq!(ground.findings(Scope::Set(&manifest)), "");
    assert_eq!(ground.notes.0.lock().unwrap().len(), 1);
}

#[test]
fn a_volume_that_cannot_be_one_is_told() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    fs::write(ground.volume.root(), b"").unwrap();
    let file = ground.populate(&manifest).unwrap_err();
    fs::remove_file(ground.volume.root()).unwrap();
    fs::create_dir(ground.volume.root()).unwrap();
    fs::write(ground.volume.root().join("blobs"), b"").unwrap();
    let blobs = ground.populate(&manifest).unwrap_err();
    let huge = Artifact { size: 1 << 60, ..ground.artifact(Kind::File, "huge", b"x") };
    let room = Ground::new();
    let full = room.populate(&ground::manifest(vec![huge])).unwrap_err();
    assert_eq!(full.failure(), Failure::VolumeFull);
    assert!(room.shelf.asked().is_empty(), "found before anything was fetched");
    insta::assert_snapshot!([ground.error(&file), ground.error(&blobs)].join("\n"), @r"
    cannot look at `DIR/volume/blobs`: a file is where a directory must be [CannotCreate]
    `DIR/volume/blobs` must be a directory, but is something else; name another directory or move it away [CannotCreate]
    ");
}

#[test]
fn declared_sizes_beyond_every_disk_are_too_much() {
    let mut ground = Ground::new();
    let huge = ["one", "two"].map(|file| {
        let artifact = ground.artifact(Kind::File, file, file.as_bytes());
        Artifact { size: 1 << 63, ..artifact }
    });
    let error = ground.populate(&manifest(huge.to_vec())).unwrap_err();
    assert_eq!(error.failure(), Failure::VolumeFull, "{error}");
    assert!(ground.shelf.asked().is_empty());
}

#[test]
fn directories_of_the_volume_that_are_links_are_refused() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let set = ground.populate(&manifest).unwrap().set;
    let elsewhere = ground.directory.path().join("elsewhere");
    for path in [ground.volume.root().join("blobs"), ground.volume.blobs(), ground.volume.sets(), set] {
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let before = inodes(&elsewhere);
        for existing in [Existing::Believe, Existing::CheckAndMend] {
            let error = ground.populate_with(&manifest, &ground.options(existing)).unwrap_err();
            let expected = format!(
                "`{}` must be a directory, but is a symbolic link; remove it, or move what it names to its place",
                path.display()
            );
            assert_eq!((error.to_string(), error.failure()), (expected, Failure::CannotCreate));
        }
        assert_eq!(inodes(&elsewhere), before);
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
    }
    assert_eq!(ground.populate(&manifest).unwrap().outcome, Outcome::AlreadyThere);
}

#[test]
fn a_set_is_not_mended_out_of_the_volume() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let set = ground.populate(&manifest).unwrap().set;
    let elsewhere = ground.directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::remove_dir_all(set.join("files")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, set.join("files")).unwrap();
    let populated = ground.populate_with(&manifest, &ground.options(Existing::CheckAndMend)).unwrap();
    assert_eq!(populated.outcome, Outcome::Mended(vec!["files/conf/x.csv".into(), "files/empty".into()]));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn a_manifest_that_is_a_pipe_is_none() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let path = ground.populate(&manifest).unwrap().set.join("manifest.json");
    fs::remove_file(&path).unwrap();
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
    let populated = ground.populate(&manifest).unwrap();
    assert_eq!(populated.outcome, Outcome::Mended(vec!["manifest.json".into()]));
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
fn wheels_that_claim_one_file_are_both_named() {
    let mut ground = Ground::new();
    let artifacts = ["one", "two"].map(|name| {
        let bytes = wheel(name, &[("shared/__init__.py", name)]);
        ground.artifact(Kind::Wheel, &format!("{name}-1.0-py3-none-any.whl"), &bytes)
    });
    let manifest = manifest(artifacts.to_vec());
    let error = ground.populate(&manifest).unwrap_err();
    insta::assert_snapshot!(ground.error(&error), @"wheels `one-1.0-py3-none-any.whl` and `two-1.0-py3-none-any.whl` both write `shared/__init__.py`, with different bytes; exclude one of them [Data]");
    assert!(!ground.set(&manifest).exists());
    assert_eq!(ground.staged(), 0);
}
