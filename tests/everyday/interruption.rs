//! Killed in the middle, two at once, damaged later: the next run heals.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{Environment, Fatwood, Fault, Maven, Server, Volume};

const GEAR: &str = "/org/example/gear/2.1/gear-2.1.jar";
const POPULATE: &str = "populate manifest.json --volume volume";

fn central() -> Server {
    Maven::new()
        .jar_of("org.example:engine:1.0", &["org.example:gear:2.1"], 50_000)
        .jar_of("org.example:gear:2.1", &[], 400_000)
        .serve()
}

/// A machine that has the manifest and nothing of what it names.
fn machine(central: &Server) -> Fatwood {
    let fatwood = Fatwood::new(Environment::new().central(central));
    fatwood.resolved("--packages org.example:engine:1.0");
    fatwood.forget_cache();
    central.forget();
    fatwood
}

#[track_caller]
fn assert_whole(volume: &Volume, central: &Server) {
    assert_eq!(volume.names("jars"), ["engine-1.0.jar", "gear-2.1.jar"]);
    assert!(volume.read("jars/gear-2.1.jar") == central.published(GEAR), "other bytes");
}

#[test]
fn killed_in_the_middle_of_a_file_the_next_run_heals() {
    for after in [0, 1, 200_000, 399_999] {
        let central = central();
        let fatwood = machine(&central);
        central.fail(GEAR, [Fault::Stall { after }]);
        let mut populator = fatwood.start(POPULATE);
        central.wait_for(GEAR, after);
        populator.kill().expect("SIGKILL is sent");
        populator.wait().expect("it ends");

        let volume = Volume::at(fatwood.path("volume"));
        assert!(volume.sets().is_empty(), "a set is visible that is not whole");
        fatwood.run(POPULATE).exits(0);
        assert_whole(&volume, &central);
        fatwood.run("verify --volume volume").exits(0);
    }
}

/// A stalled server would hold it for 12 s and more; a signal does not wait for that.
#[test]
fn stopped_by_a_signal_it_says_so_and_leaves_nothing_staged() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let central = central();
        let fatwood = machine(&central);
        central.always(GEAR, Fault::Stall { after: 200_000 });
        let mut populator = fatwood.start(POPULATE);
        central.wait_for(GEAR, 200_000);
        let id = populator.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("`kill` runs").success());
        assert_eq!(populator.wait().expect("it ends").code(), Some(code));
        let volume = Volume::at(fatwood.path("volume"));
        assert!(volume.sets().is_empty(), "a set is visible that is not whole");
        volume.assert_nothing_half_made();
        assert!(central.count(GEAR) == 1, "it was asked for again, so nobody heard the signal");
    }
}

#[test]
fn two_populators_fill_one_volume_at_once() {
    let central = central();
    let (one, two) = (machine(&central), machine(&central));
    let shared = one.path("volume");
    let words = format!("populate manifest.json --volume {}", shared.display());
    // Both are in the middle of the same file before either can end.
    central.fail(GEAR, [Fault::Stall { after: 200_000 }]);
    let first = one.start(&words);
    central.wait_for(GEAR, 200_000);
    two.run(&words).exits(0);
    Fatwood::finish(&words, first).exits(0);
    let volume = Volume::at(shared);
    assert_whole(&volume, &central);
    volume.assert_staging_empty();
}

#[test]
fn four_populators_race_and_all_succeed() {
    let central = central();
    let machines: Vec<_> = (0..4).map(|_| machine(&central)).collect();
    let shared = machines[0].path("volume");
    let words = format!("populate manifest.json --volume {}", shared.display());
    let running: Vec<_> = machines.iter().map(|fatwood| fatwood.start(&words)).collect();
    for child in running {
        Fatwood::finish(&words, child).exits(0);
    }
    let volume = Volume::at(shared);
    assert_whole(&volume, &central);
    volume.assert_staging_empty();
}

#[test]
fn damage_on_the_volume_is_found_and_mended() {
    let check = |damage: &dyn Fn(&mut Vec<u8>)| {
        let central = central();
        let fatwood = machine(&central);
        fatwood.run(POPULATE).exits(0);
        let volume = Volume::at(fatwood.path("volume"));
        let jar = volume.set().join("jars/gear-2.1.jar");
        let mut bytes = fs::read(&jar).expect("the jar");
        damage(&mut bytes);
        fs::set_permissions(&jar, fs::Permissions::from_mode(0o644)).expect("a mode");
        // In place, as a failing disk does it: the hard link and the blob are one file.
        fs::write(&jar, bytes).expect("the damage");

        let found = fatwood.run("verify --volume volume").exits(65).says(&["--repair"]);
        assert!(found.stdout.contains("gear-2.1.jar"), "{}", found.stdout);
        assert!(!found.stdout.contains("engine-1.0.jar"), "{}", found.stdout);
        fatwood.forget_cache();
        fatwood.run(&format!("{POPULATE} --repair")).exits(0);
        assert_whole(&volume, &central);
        fatwood.run("verify --volume volume").exits(0);
    };
    check(&|bytes| bytes[200_000] ^= 1);
    check(&|bytes| bytes.truncate(1_000));
    check(&Vec::clear);
}
