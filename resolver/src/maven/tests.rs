//! The driver against a repository on loopback.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::cache::Cache;
use crate::digest::{Digest, Hasher};
use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::manifest::{Kind, Source};
use crate::progress::Silent;
use crate::requirements::{Coordinate, Rules, Target};

/// Status and body by path; everything else is 404.
type Files = BTreeMap<String, (u16, Vec<u8>)>;

/// A server that answers by a table and remembers what it was asked for.
struct Server {
    repository: Repository,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(id: &str, files: Files) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/m2", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let task = tokio::spawn(async move {
        let files = Arc::new(files);
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&files), Arc::clone(&log)));
        }
    });
    let repository = Repository {
        id: id.parse().expect("an id"),
        url: url.parse().expect("a URL"),
        credentials: None,
        groups: Vec::new(),
        proxies: None,
    };
    Server { repository, asked, task }
}

async fn answer(mut stream: TcpStream, files: Arc<Files>, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.trim_start_matches("/m2/").to_owned();
    let missing = (404, Vec::new());
    let (status, body) = files.get(&path).unwrap_or(&missing);
    log.lock().expect("the log").push(path);
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // A client that has gone is the client's affair.
    let _ = stream.write_all(head.as_bytes()).await;
    if method != "HEAD" {
        let _ = stream.write_all(body).await;
    }
}

/// A jar is a zip archive: what ends as an empty one does.
fn jar(text: &str) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06".to_vec();
    bytes.extend([0; 18]);
    bytes.extend(text.as_bytes());
    bytes
}

fn path(artifact: &str, extension: &str) -> String {
    format!("g/{artifact}/1/{artifact}-1.{extension}")
}

fn release(files: &mut Files, artifact: &str, dependencies: &[&str]) {
    let dependencies = dependencies.iter().map(|name| {
        format!(
            "<dependency><groupId>g</groupId><artifactId>{name}</artifactId><version>1</version></dependency>"
        )
    });
    let dependencies = dependencies.collect::<Vec<_>>().concat();
    let pom = format!(
        "<project><groupId>g</groupId><artifactId>{artifact}</artifactId><version>1</version>\
         <dependencies>{dependencies}</dependencies></project>"
    );
    for (extension, bytes) in [("pom", pom.into_bytes()), ("jar", jar(artifact))] {
        files.insert(path(artifact, &format!("{extension}.sha1")), (200, sha1(&bytes)));
        files.insert(path(artifact, extension), (200, bytes));
    }
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(Some(crate::digest::Checksum::Sha1([0; 20])));
    hasher.update(bytes);
    let actual = hasher.finish().disagreement.expect("no file has this hash").actual.to_string();
    actual.trim_start_matches("sha1:").as_bytes().to_vec()
}

struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    async fn resolve(&self, packages: &[&str], servers: &[&Server]) -> Result<Vec<Artifact>, MavenError> {
        self.resolve_by(packages, servers, true, &Rules::default()).await
    }

    async fn resolve_by(
        &self,
        packages: &[&str],
        servers: &[&Server],
        transitive: bool,
        rules: &Rules,
    ) -> Result<Vec<Artifact>, MavenError> {
        let context = Context {
            fetcher: Fetcher::new(),
            cache: Cache::open(self.directory.path()).expect("a cache"),
            observer: Arc::new(Silent),
        };
        let packages: Vec<Coordinate> = packages.iter().map(|text| text.parse().expect(text)).collect();
        let repositories: Vec<Repository> = servers.iter().map(|server| server.repository.clone()).collect();
        let request =
            Request { packages: &packages, excludes: &[], transitive, target: &Target::default(), rules };
        resolve(&request, &repositories, &context).await.map(|locked| locked.artifacts)
    }
}

fn asked(server: &Server) -> Vec<String> {
    std::mem::take(&mut *server.asked.lock().expect("the log"))
}

#[tokio::test]
async fn jars_are_locked_in_order_from_where_their_pom_is() {
    let (mut first, mut second) = (Files::new(), Files::new());
    release(&mut first, "b", &[]);
    release(&mut second, "a", &["b", "c"]);
    release(&mut second, "b", &[]);
    release(&mut second, "c", &["b"]);
    let (first, second) = (serve("first", first).await, serve("second", second).await);
    let machine = Machine::new();
    let artifacts = machine.resolve(&["g:a:1"], &[&first, &second]).await.expect("artifacts");
    let rows: Vec<_> = artifacts
        .iter()
        .map(|artifact| {
            let Source::Repository { repository, .. } = &artifact.source else {
                panic!("{}", artifact.source)
            };
            format!("{} {} {} {}", artifact.purl, artifact.file, repository, artifact.requested_by.join(" "))
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    pkg:maven/g/a@1 a-1.jar second g:a:1
    pkg:maven/g/b@1 b-1.jar first pkg:maven/g/a@1 pkg:maven/g/c@1
    pkg:maven/g/c@1 c-1.jar second pkg:maven/g/a@1
    ");
    assert_eq!(artifacts[0].sha256, Digest::of(&jar("a")));
    assert_eq!(artifacts[0].kind, Kind::Jar);

    // A second time nothing but what a repository did not have is asked for.
    asked(&first);
    asked(&second);
    assert_eq!(machine.resolve(&["g:a:1"], &[&first, &second]).await.expect("artifacts"), artifacts);
    assert!(asked(&second).is_empty());
    let first: BTreeSet<String> = asked(&first).into_iter().collect();
    let absent = ["a", "c"].map(|name| [path(name, "pom"), path(name, "pom.sha1")]);
    assert_eq!(first, absent.into_iter().flatten().collect());
}

#[tokio::test]
async fn a_claimed_group_is_asked_where_it_is_claimed_and_nowhere_else() {
    let (mut first, mut second) = (Files::new(), Files::new());
    release(&mut first, "a", &[]);
    release(&mut second, "b", &["a"]);
    let (public, mut private) = (serve("public", first).await, serve("private", second).await);
    private.repository.groups = vec!["g".parse().expect("a group")];
    let error = Machine::new().resolve(&["g:b:1"], &[&public, &private]).await.expect_err("not there");
    insta::assert_snapshot!(error, @"the POM of `g:a:1` is in none of the repositories asked: `private`, since the group `g` is claimed (reached by g:b:1 > g:a:1); check the coordinate; if the release really has no POM, take its jar without dependencies: `--allow-missing-pom g:a:1`");
    assert!(asked(&public).is_empty(), "a name of the private group was told");
    asked(&private);
    let error = Machine::new().resolve(&["h:x:1"], &[&public, &private]).await.expect_err("not there");
    assert!(error.to_string().contains("asked: `public`, since the others claim other groups"), "{error}");
    assert!(asked(&private).is_empty(), "it claims `g` alone");
}

/// A build of the snapshot `g:s:1-SNAPSHOT`: its list of builds, its POM, its jar.
fn snapshot(files: &mut Files, build: &str, updated: &str) {
    let (timestamp, number) = build.split_once('-').expect(build);
    let list = format!(
        "<metadata><versioning><snapshot><timestamp>{timestamp}</timestamp><buildNumber>{number}</buildNumber>\
         </snapshot><lastUpdated>{updated}</lastUpdated></versioning></metadata>"
    );
    files.insert("g/s/1-SNAPSHOT/maven-metadata.xml".to_owned(), (200, list.into_bytes()));
    snapshot_files(files, build);
}

fn snapshot_files(files: &mut Files, build: &str) {
    let path = |extension: &str| format!("g/s/1-SNAPSHOT/s-1-{build}.{extension}");
    files.insert(path("pom"), (200, b"<project><version>1-SNAPSHOT</version></project>".to_vec()));
    files.insert(path("jar"), (200, jar(build)));
}

#[tokio::test]
async fn a_snapshot_is_its_newest_build_of_one_repository() {
    let (mut first, mut second) = (Files::new(), Files::new());
    snapshot(&mut first, "20250101.000000-9", "20250101000000");
    snapshot(&mut second, "20250202.000000-3", "20250202000000");
    let (first, second) = (serve("first", first).await, serve("second", second).await);
    let machine = Machine::new();
    let artifacts = machine.resolve(&["g:s:1-SNAPSHOT"], &[&first, &second]).await.expect("artifacts");
    let [artifact] = &artifacts[..] else { panic!("{artifacts:?}") };
    assert_eq!(artifact.purl, "pkg:maven/g/s@1-20250202.000000-3");
    assert_eq!(artifact.file.as_str(), "s-1-20250202.000000-3.jar");
    assert_eq!(artifact.sha256, Digest::of(&jar("20250202.000000-3")));
    let source = artifact.source.to_string();
    assert_eq!(source, "g/s/1-SNAPSHOT/s-1-20250202.000000-3.jar of repository second");

    // Warm, only the lists of builds are asked for: a build never changes.
    asked(&first);
    asked(&second);
    assert_eq!(machine.resolve(&["g:s:1-SNAPSHOT"], &[&first, &second]).await.expect("artifacts"), artifacts);
    for server in [&first, &second] {
        assert_eq!(asked(server), ["g/s/1-SNAPSHOT/maven-metadata.xml"]);
    }
    // A build is a release of its own.
    let named = machine.resolve(&["g:s:1-20250101.000000-9"], &[&first, &second]).await.expect("artifacts");
    assert_eq!(named[0].source.to_string(), "g/s/1-SNAPSHOT/s-1-20250101.000000-9.jar of repository first");
}

#[tokio::test]
async fn a_snapshot_without_a_list_of_builds_has_its_own_name_and_is_asked_for_again() {
    let mut files = Files::new();
    snapshot_files(&mut files, "SNAPSHOT");
    let server = serve("only", files).await;
    let machine = Machine::new();
    for _ in 0..2 {
        let artifacts = machine.resolve(&["g:s:1-SNAPSHOT"], &[&server]).await.expect("artifacts");
        assert_eq!(artifacts[0].purl, "pkg:maven/g/s@1-SNAPSHOT");
        let asked: BTreeSet<String> = asked(&server).into_iter().collect();
        for extension in ["pom", "jar"] {
            assert!(asked.contains(&format!("g/s/1-SNAPSHOT/s-1-SNAPSHOT.{extension}")), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn only_a_definite_absence_moves_on() {
    let mut whole = Files::new();
    release(&mut whole, "a", &[]);
    let second = serve("second", whole).await;
    for (status, failure) in [(403, Failure::Denied), (401, Failure::Denied)] {
        let first = serve("first", Files::from([(path("a", "pom"), (status, Vec::new()))])).await;
        let error = Machine::new().resolve(&["g:a:1"], &[&first, &second]).await.expect_err("a failure");
        assert_eq!(error.failure(), failure, "{error}");
        assert_eq!(error.to_string(), "cannot get the POM of `g:a:1` from repository `first`");
        assert!(asked(&second).is_empty());
    }
    let first = serve("first", Files::from([(path("a", "pom"), (410, Vec::new()))])).await;
    assert_eq!(Machine::new().resolve(&["g:a:1"], &[&first, &second]).await.expect("artifacts").len(), 1);
}

#[tokio::test]
async fn failures_say_what_and_where() {
    let mut files = Files::new();
    release(&mut files, "a", &["b"]);
    release(&mut files, "page", &[]);
    release(&mut files, "damaged", &[]);
    release(&mut files, "bare", &[]);
    files.insert(path("page", "pom"), (200, b"<!DOCTYPE html><html></html>".to_vec()));
    files.remove(&path("page", "pom.sha1"));
    files.insert(path("damaged", "pom.sha1"), (200, vec![b'0'; 40]));
    files.remove(&path("bare", "jar"));
    let (first, second) = (serve("first", files).await, serve("second", Files::new()).await);
    let check = async |package: &str, expected: &str| {
        let error = Machine::new().resolve(&[package], &[&first, &second]).await.expect_err(package);
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    let missing = "the POM of `g:b:1` is in none of the repositories asked: `first`, `second` (reached by g:a:1 > g:b:1)";
    check("g:a:1", missing).await;
    let own = "the POM of `g:no:1` is in none of the repositories asked: `first`, `second`; check the coordinate; \
               if the release really has no POM, take its jar without dependencies: `--allow-missing-pom g:no:1`";
    check("g:no:1", own).await;
    let latest = "the POM of `g:a:latest` is in none of the repositories asked: `first`, `second`; check the \
                  coordinate; for what Ivy means by that version, write `RELEASE` with `--allow-dynamic`";
    check("g:a:latest", latest).await;
    check("g:page:1", "the POM of `g:page:1` from repository `first` is a web page").await;
    check("g:damaged:1", "the POM of `g:damaged:1` from repository `first` does not have its checksum").await;
    check("g:bare:1", "repository `first` has the POM of `g:bare:1` but not its file `g/bare/1/bare-1.jar`")
        .await;
    let damaged = Machine::new().resolve(&["g:damaged:1"], &[&first]).await.expect_err("wrong bytes");
    assert_eq!(damaged.failure(), Failure::Data);
    let none = Machine::new().resolve(&["g:a:1"], &[]).await.expect_err("no repository");
    assert_eq!(none.failure(), Failure::Configuration);
}

#[tokio::test]
async fn nobody_is_said_to_have_a_pom_that_was_not_found() {
    let mut files = Files::new();
    release(&mut files, "bare", &[]);
    files.remove(&path("bare", "jar"));
    let server = serve("only", files).await;
    let check = async |package: &str, transitive: bool, expected: &str| {
        let rules =
            Rules { allow_missing_pom: ["g:no:1".parse().expect("a release")].into(), ..Rules::default() };
        let failed = Machine::new().resolve_by(&[package], &[&server], transitive, &rules).await;
        let error = failed.expect_err(package);
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.failure(), Failure::Data);
    };
    let nothing = "none of the repositories asked, `only`, has `g:no:1`: neither its POM nor its file \
                   `g/no/1/no-1.jar`; check group, artifact and version";
    check("g:no:1", false, nothing).await;
    check("g:no:1", true, nothing).await;
    let bare = "repository `only` has the POM of `g:bare:1` but not its file `g/bare/1/bare-1.jar`; check the \
                packaging and the classifier";
    check("g:bare:1", false, bare).await;
}

#[tokio::test]
async fn equal_file_names_get_their_group() {
    let mut files = Files::new();
    release(&mut files, "a", &[]);
    let (_, pom) = &files[&path("a", "pom")];
    let pom = String::from_utf8_lossy(pom).replacen("<groupId>g<", "<groupId>h<", 1).into_bytes();
    for (extension, bytes) in [("pom", pom), ("jar", jar("a"))] {
        files.insert(path("a", extension).replacen("g/", "h/", 1), (200, bytes));
    }
    let server = serve("only", files).await;
    let artifacts = Machine::new().resolve(&["g:a:1", "h:a:1"], &[&server]).await.expect("artifacts");
    let names: Vec<_> = artifacts.iter().map(|artifact| artifact.file.as_str()).collect();
    assert_eq!(names, ["g_a-1.jar", "h_a-1.jar"]);
}
