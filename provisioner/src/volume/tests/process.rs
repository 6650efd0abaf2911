//! Populators as processes: killed, many at once, and on filesystems that refuse.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fatwood_resolver::manifest::Artifact;
use fatwood_resolver::progress::{Event, Observer};
use fatwood_resolver::publish::Sink;

use super::*;

/// Runs the ignored test `name` of this file as a process of its own, below `wrapper`.
fn child(name: &str, root: &Path, environment: &str, wrapper: &[&str]) -> Child {
    let test = std::env::current_exe().unwrap();
    let mut words = wrapper.iter().map(ToString::to_string).collect::<Vec<String>>();
    words.push(test.to_str().unwrap().to_owned());
    let name = format!("volume::tests::process::{name}");
    words.extend([name, "--exact".into(), "--ignored".into(), "--nocapture".into()]);
    Command::new(&words[0])
        .args(&words[1..])
        .env("FATWOOD_TEST_ROOT", root)
        .env("FATWOOD_TEST_AT", environment)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The volume that the parent names, and some artifacts for it.
fn child_ground() -> Option<(Ground, Manifest)> {
    let root = std::env::var_os("FATWOOD_TEST_ROOT")?;
    let mut ground = Ground::new();
    ground.volume = Volume::new(root);
    let manifest = ground.some();
    Some((ground, manifest))
}

/// Stands still for ever, after telling the parent, when the nth thing happens: an event, or bytes that come.
struct StandsStill {
    shelf: Shelf,
    left: AtomicUsize,
}

impl StandsStill {
    #[expect(clippy::print_stdout, reason = "tells the parent when to kill")]
    fn step(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            println!("stands still");
            loop {
                std::thread::park();
            }
        }
    }
}

impl Observer for StandsStill {
    fn event(&self, _: Event<'_>) {
        self.step();
    }
}

#[async_trait::async_trait]
impl Supply for StandsStill {
    async fn supply(&self, artifact: &Artifact, sink: &mut dyn Sink) -> Result<(), SupplyError> {
        self.step();
        self.shelf.supply(artifact, sink).await
    }
}

#[test]
#[ignore = "a process of its own for other tests"]
fn populates() {
    let Some((ground, manifest)) = child_ground() else { return };
    let at = std::env::var("FATWOOD_TEST_AT").unwrap().parse().unwrap_or(0);
    let options = ground.options(Existing::Believe);
    let supply = Arc::new(StandsStill { shelf: ground.shelf, left: AtomicUsize::new(at) });
    let options = Options { observer: Arc::clone(&supply) as Arc<dyn Observer>, ..options };
    runtime().block_on(populate(&manifest, &ground.volume, &*supply, &options)).unwrap();
}

#[test]
fn whoever_is_killed_the_next_run_heals() {
    let mut killed = 0;
    for at in 1.. {
        let mut ground = Ground::new();
        let manifest = ground.some();
        let mut child = child("populates", ground.volume.root(), &at.to_string(), &[]);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if !lines.any(|line| line.unwrap().contains("stands still")) {
            assert!(child.wait().unwrap().success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        ground.bury_the_dead();
        assert_eq!(ground.findings(Scope::Everything), "");
        ground.populate(&manifest).unwrap();
        assert_eq!(ground.findings(Scope::Everything), "");
        assert_eq!(ground.staged(), 0, "killed at {at}");
    }
    assert!(killed >= 15, "killed at only {killed} points");
}

/// Populates in a process, with `inject` done to one of its system calls; whether it succeeded.
fn injected(root: &Path, inject: &str) -> bool {
    let inject = format!("inject={inject}");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
    child("populates", root, "", &strace).wait_with_output().unwrap().status.success()
}

#[test]
#[ignore = "privileged: needs strace and ptrace; takes a minute"]
fn privileged_killed_at_any_system_call_the_next_run_heals() {
    let mut killed = 0;
    for call in ["mkdir", "flock", "linkat", "fsync", "fchmod", "unlink", "syncfs", "rename", "symlink"] {
        // strace counts for each thread, and threads share the work: none does more of one call than this.
        let survived = (1..60).find(|n| {
            let mut ground = Ground::new();
            let manifest = ground.some();
            if injected(ground.volume.root(), &format!("{call}:signal=KILL:when={n}")) {
                return true;
            }
            killed += 1;
            ground.bury_the_dead();
            assert_eq!(ground.findings(Scope::Everything), "", "killed at {call} {n}");
            ground.populate(&manifest).unwrap();
            assert_eq!(ground.findings(Scope::Everything), "", "killed at {call} {n}");
            assert_eq!(ground.staged(), 0, "killed at {call} {n}");
            false
        });
        assert!(survived > Some(1), "{call} is never called, or for ever: {survived:?}");
    }
    assert!(killed >= 20, "killed at only {killed} points");
}

#[test]
#[ignore = "privileged: needs strace and ptrace"]
fn privileged_where_links_are_not_to_be_had_files_are_copied() {
    for error in ["EPERM", "EMLINK", "EOPNOTSUPP"] {
        let mut ground = Ground::new();
        let manifest = ground.some();
        assert!(injected(ground.volume.root(), &format!("linkat:error={error}")));
        assert_eq!(ground.findings(Scope::Everything), "");
        let listed = listing(ground.volume.root());
        assert!(
            listed.contains("jars/a.jar 444 300 bytes, 1 links") && !listed.contains("2 links"),
            "{listed}"
        );
        assert_eq!(ground.populate(&manifest).unwrap().outcome, Outcome::AlreadyThere);
    }
}

#[test]
#[ignore = "privileged: needs strace and ptrace"]
fn privileged_what_cannot_be_synced_is_not_reported_as_done() {
    let mut failed = 0;
    for call in ["fsync", "syncfs"] {
        for n in 1..20 {
            let mut ground = Ground::new();
            let manifest = ground.some();
            if injected(ground.volume.root(), &format!("{call}:error=EIO:when={n}")) {
                break;
            }
            failed += 1;
            ground.populate(&manifest).unwrap();
            assert_eq!(ground.findings(Scope::Everything), "");
        }
    }
    assert!(failed >= 4, "failed at only {failed} points");
}

#[test]
fn processes_at_once_all_succeed() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let children: Vec<Child> = (0..4)
        .map(|_| child("populates", ground.volume.root(), "", &["sh", "-c", "umask 0077; exec \"$@\"", "sh"]))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(ground.findings(Scope::Everything), "");
    assert_eq!(ground.staged(), 0);
    let open = |line: &str| line.contains(" -> ") || line.contains(" 444 ") || line.ends_with(" 755");
    let listed = listing(ground.volume.root());
    assert!(listed.lines().all(open), "readable by any uid: {listed}");
    assert_eq!(ground.populate(&manifest).unwrap().outcome, Outcome::AlreadyThere);
}

fn in_namespace(name: &str, script: &str) {
    let ground = Ground::new();
    fs::create_dir(ground.volume.root()).unwrap();
    let script = format!("{script} && exec \"$@\"");
    let wrapper = ["unshare", "--mount", "sh", "-c", &script, "sh"];
    let mut child = child(name, ground.volume.root(), "", &wrapper);
    assert!(child.wait().unwrap().success(), "{name}: {script}");
}

#[test]
#[ignore = "privileged: mounts a small tmpfs in a mount namespace of its own"]
fn privileged_a_full_volume_is_told_and_heals() {
    in_namespace("is_full", "mount -t tmpfs -o size=2m none \"$FATWOOD_TEST_ROOT\"");
    in_namespace("is_full", "mount -t tmpfs -o nr_inodes=40 none \"$FATWOOD_TEST_ROOT\"");
}

#[test]
#[ignore = "a process of its own for other tests"]
fn is_full() {
    let Some((ground, manifest)) = child_ground() else { return };
    // Room for the preflight, but not for what comes after it.
    let free = nix::sys::statvfs::statvfs(ground.volume.root()).unwrap();
    let ballast = ground.volume.root().join("ballast");
    fs::create_dir(&ballast).unwrap();
    for i in 0..free.files_available().min(28) {
        fs::write(ballast.join(i.to_string()), b"").unwrap();
    }
    let bytes = usize::try_from(free.blocks_available() * free.fragment_size()).unwrap();
    if bytes < 4 << 20 {
        fs::write(ballast.join("0"), vec![1; bytes - (8 << 10)]).unwrap();
    }
    let error = ground.populate(&manifest).unwrap_err();
    assert_eq!(error.failure(), Failure::VolumeFull, "{error}");
    assert_eq!(ground.findings(Scope::Everything), "");
    fs::remove_dir_all(ballast).unwrap();
    ground.populate(&manifest).unwrap();
    assert_eq!(ground.findings(Scope::Everything), "");
}

#[test]
#[ignore = "privileged: mounts read-only in a mount namespace of its own"]
fn privileged_a_read_only_volume_is_told_unless_the_set_is_there() {
    in_namespace("is_read_only", "mount -t tmpfs none \"$FATWOOD_TEST_ROOT\"");
}

#[test]
#[ignore = "a process of its own for other tests"]
fn is_read_only() {
    let Some((mut ground, manifest)) = child_ground() else { return };
    let remount = |how: &str| {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", how]).arg(ground.volume.root()).status().unwrap().success());
    };
    remount("remount,ro");
    let error = ground.populate(&manifest).unwrap_err();
    assert_eq!(error.failure(), Failure::CannotCreate, "{error}");
    assert!(error.to_string().contains("read-only"), "{error}");
    remount("remount,rw");
    ground.populate(&manifest).unwrap();
    remount("remount,ro");
    assert_eq!(ground.populate(&manifest).unwrap().outcome, Outcome::AlreadyThere);
    let other = ground.artifact(Kind::File, "other", b"x");
    let error = ground.populate(&ground::manifest(vec![other])).unwrap_err();
    assert_eq!(error.failure(), Failure::CannotCreate, "{error}");
}
