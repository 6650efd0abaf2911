//! The driver against servers on loopback.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write as _};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::requirements_file::Surroundings;
use super::*;
use crate::cache::Cache;
use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::progress::Silent;
use crate::requirements::{NamedUrl, Spec};
use crate::sources::{Environment, Flags};

/// What a server answers at a path.
#[derive(Clone)]
struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

/// A server of fixed answers that notes what it is asked.
struct Server {
    base: String,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// Whether it serves ranges.
    ranges: bool,
}

impl Server {
    async fn start(ranges: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Self { base, answers: Arc::default(), asked: Arc::default(), ranges };
        let (answers, asked) = (Arc::clone(&server.answers), Arc::clone(&server.asked));
        // It ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&asked), ranges));
            }
        });
        server
    }

    fn put(&self, path: &str, status: u16, content_type: &'static str, body: &[u8]) {
        let answer = Answer { status, content_type, body: body.to_vec() };
        self.answers.lock().expect("answers").insert(path.to_owned(), answer);
    }

    /// Puts a project's page with these files, and the files.
    fn project(&self, name: &str, files: &[(&str, &[u8], &str)]) {
        let listed = files.iter().map(|(file, bytes, fields)| {
            self.put(&format!("/files/{file}"), 200, "application/octet-stream", bytes);
            let (size, sha256) = (bytes.len(), Digest::of(bytes));
            format!(
                r#"{{"filename": "{file}", "url": "../../files/{file}", "size": {size},
                    "hashes": {{"sha256": "{sha256}"}}{fields}}}"#
            )
        });
        let listed: Vec<_> = listed.collect();
        let page = format!(r#"{{"meta": {{"api-version": "1.0"}}, "files": [{}]}}"#, listed.join(", "));
        let path = format!("/simple/{name}/");
        self.put(&path, 200, "application/vnd.pypi.simple.v1+json", page.as_bytes());
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("what was asked"))
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    ranges: bool,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().expect("what was asked").push(path.clone());
    let answer = answers.lock().expect("answers").get(&path).cloned();
    let answer = answer.unwrap_or(Answer { status: 404, content_type: "text/plain", body: Vec::new() });
    let wanted =
        request.lines().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let (status, range, body) = match wanted {
        Some(wanted) if ranges && answer.status == 200 => {
            let total = answer.body.len();
            let (from, to) = match wanted.split_once('-').expect("a range") {
                ("", last) => (total.saturating_sub(last.parse().expect("a length")), total),
                (from, to) => (
                    from.parse().expect("an offset"),
                    (to.parse::<usize>().expect("an offset") + 1).min(total),
                ),
            };
            let header = format!("content-range: bytes {from}-{}/{total}\r\n", to - 1);
            (206, header, answer.body[from..to].to_vec())
        }
        _ => (answer.status, String::new(), answer.body),
    };
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: {}\r\n{range}content-length: {}\r\nconnection: close\r\n\r\n",
        answer.content_type,
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
}

/// A wheel with these lines of METADATA behind its name and version.
fn wheel(name: &str, version: &str, headers: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.start_file(format!("{name}-{version}.dist-info/METADATA"), options).expect("a member");
    write!(writer, "Name: {name}\nVersion: {version}\n{headers}\n").expect("METADATA");
    writer.finish().expect("a wheel").into_inner()
}

struct Nothing;

impl Surroundings for Nothing {
    fn read(&self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// A machine with a cache of its own.
struct Machine {
    cache: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { cache: TempDir::new().expect("a directory") }
    }

    async fn resolve(&self, lines: &[&str], servers: &[&Server]) -> Result<Vec<Artifact>, PythonError> {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        let requirements =
            Requirements::of_list(&lines, "spec.requirements", &Nothing).expect("requirements");
        let target = Target { python: "3.10".parse().ok(), ..Target::default() };
        let indexes = servers.iter().enumerate().map(|(number, server)| NamedUrl::Entry {
            id: format!("index{number}").parse().expect("an id"),
            url: Some(format!("{}/simple", server.base).parse().expect("a URL")),
            allow_http: true,
            groups: Vec::new(),
            packages: Vec::new(),
        });
        let spec = Spec { indexes: indexes.collect(), ..Spec::default() };
        let sources = Sources::discover(&spec, &Flags::default(), &Environment::default()).expect("sources");
        let indexes = sources.indexes().expect("indexes");
        let cache = Cache::open(self.cache.path()).expect("a cache");
        let context = Context { fetcher: Fetcher::new(), cache, observer: Arc::new(Silent) };
        let request = Request { requirements: &requirements, target: &target };
        sent(resolve(&request, &indexes, &sources, &context)).await
    }
}

/// The operator resolves in tasks, which may move between threads.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

/// The message with everything behind it.
fn told(error: &PythonError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn wheels_are_locked_and_the_next_time_only_pages_are_asked_for() {
    let server = Server::start(true).await;
    let (one, two) = (wheel("one", "1.0", "Requires-Dist: two>=1\n"), wheel("two", "2.0", ""));
    server.project("one", &[("one-1.0-py3-none-any.whl", &one, "")]);
    server.project("two", &[("two-2.0-py3-none-any.whl", &two, "")]);
    let machine = Machine::new();
    let artifacts = machine.resolve(&["One >= 1"], &[&server]).await.expect("artifacts");
    let shown: Vec<_> = artifacts
        .iter()
        .map(|artifact| (artifact.purl.as_str(), artifact.file.as_str(), artifact.requested_by.clone()))
        .collect();
    assert_eq!(
        shown,
        [
            ("pkg:pypi/one@1.0", "one-1.0-py3-none-any.whl", vec!["One >= 1".to_owned()]),
            ("pkg:pypi/two@2.0", "two-2.0-py3-none-any.whl", vec!["pkg:pypi/one@1.0".to_owned()]),
        ]
    );
    assert_eq!((artifacts[1].size, artifacts[1].sha256), (two.len() as u64, Digest::of(&two)));
    assert_eq!(server.asked().len(), 4);
    assert_eq!(machine.resolve(&["One >= 1"], &[&server]).await.expect("artifacts"), artifacts);
    assert_eq!(server.asked(), ["/simple/one/", "/simple/two/"]);
}

#[tokio::test]
async fn metadata_comes_by_three_routes_and_its_hash_is_locked() {
    const INSIDE: &[u8] = b"Name: one\nVersion: 1.0\n\n";
    let bytes = wheel("one", "1.0", "");
    let file = "one-1.0-py3-none-any.whl";
    let metadata = b"Name: one\nVersion: 1.0\n";
    let beside = format!(r#", "core-metadata": {{"sha256": "{}"}}"#, Digest::of(metadata));
    let page = "/simple/one/".to_owned();
    let at = format!("/files/{file}");
    let beside_at = format!("{at}.metadata");
    for (ranges, fields, is_there, expected) in [
        (true, beside.as_str(), true, vec![page.clone(), beside_at.clone()]),
        (true, beside.as_str(), false, vec![page.clone(), beside_at.clone(), at.clone()]),
        (true, "", true, vec![page.clone(), at.clone()]),
        (false, "", true, vec![page.clone(), at.clone(), at.clone()]),
    ] {
        let server = Server::start(ranges).await;
        server.project("one", &[(file, &bytes, fields)]);
        if is_there {
            server.put(&beside_at, 200, "text/plain", metadata);
        }
        let artifacts = Machine::new().resolve(&["one"], &[&server]).await.expect("artifacts");
        let read: &[u8] = if expected == [page.clone(), beside_at.clone()] { metadata } else { INSIDE };
        let metadata_sha256: Vec<_> = artifacts.iter().map(|artifact| artifact.metadata_sha256).collect();
        assert_eq!(metadata_sha256, [Some(Digest::of(read))]);
        assert_eq!(server.asked(), expected, "ranges: {}", server.ranges);
    }
}

#[tokio::test]
async fn wrong_bytes_are_refused() {
    let server = Server::start(true).await;
    let (bytes, file) = (wheel("one", "1.0", ""), "one-1.0-py3-none-any.whl");
    let beside = format!(r#", "core-metadata": {{"sha256": "{}"}}"#, Digest::of(b"other"));
    server.project("one", &[(file, &bytes, &beside)]);
    server.put(&format!("/files/{file}.metadata"), 200, "text/plain", b"Name: one\nVersion: 1.0\n");
    let error = Machine::new().resolve(&["one"], &[&server]).await.expect_err("another digest");
    assert!(told(&error).contains("damaged or replaced"), "{}", told(&error));
    assert_eq!(error.failure(), Failure::Data);
    server.project("one", &[(file, &bytes, "")]);
    server.put(&format!("/files/{file}"), 200, "text/html", b"<html>log in</html>");
    let error = Machine::new().resolve(&["one"], &[&server]).await.expect_err("no archive");
    assert!(told(&error).contains("no whole zip archive"), "{}", told(&error));
    server.put(&format!("/files/{file}"), 404, "text/html", b"");
    let error = Machine::new().resolve(&["one"], &[&server]).await.expect_err("no file");
    assert!(told(&error).contains("not where it should be"), "{}", told(&error));
}

#[tokio::test]
async fn the_first_index_that_has_a_project_wins() {
    let (first, second) = (Server::start(true).await, Server::start(true).await);
    first.project("mine", &[("mine-1.0-py3-none-any.whl", &wheel("mine", "1.0", ""), "")]);
    second.project("mine", &[("mine-9.0-py3-none-any.whl", &wheel("mine", "9.0", ""), "")]);
    second.project("other", &[("other-1.0-py3-none-any.whl", &wheel("other", "1.0", ""), "")]);
    let artifacts = Machine::new().resolve(&["mine", "other"], &[&first, &second]).await.expect("artifacts");
    let purls: Vec<_> = artifacts.iter().map(|artifact| artifact.purl.as_str()).collect();
    assert_eq!(purls, ["pkg:pypi/mine@1.0", "pkg:pypi/other@1.0"]);
    assert!(!second.asked().contains(&"/simple/mine/".to_owned()), "the name of a private project leaks");
}

#[tokio::test]
async fn an_index_that_fails_is_not_passed_over() {
    let (first, second) = (Server::start(true).await, Server::start(true).await);
    second.project("mine", &[("mine-9.0-py3-none-any.whl", &wheel("mine", "9.0", ""), "")]);
    let check = async |status, body: &str, message: &str, failure| {
        first.put("/simple/mine/", status, "text/html", body.as_bytes());
        let error = Machine::new().resolve(&["mine"], &[&first, &second]).await.expect_err(message);
        assert!(told(&error).contains(message), "{}", told(&error));
        assert_eq!(error.failure(), failure);
        assert!(second.asked().is_empty());
    };
    check(403, "", "index index0 answers 403 Forbidden for project `mine`", Failure::Denied).await;
    check(200, "<title>Log in</title>", "a login or an error page?", Failure::Protocol).await;
    check(200, "<title>Links for mine</title>", "index index0 has no release of mine", Failure::Data).await;
    let error = Machine::new().resolve(&["nowhere"], &[&first, &second]).await.expect_err("no such project");
    assert!(told(&error).contains("no index has nowhere; asked: index0, index1"), "{}", told(&error));
    assert_eq!(error.failure(), Failure::Data);
}

#[tokio::test]
async fn a_wheel_named_by_its_url_is_locked_by_its_bytes() {
    let server = Server::start(true).await;
    let bytes = wheel("one", "1.0", "");
    server.put("/one-1.0-py3-none-any.whl", 200, "application/octet-stream", &bytes);
    let url = format!("{}/one-1.0-py3-none-any.whl", server.base);
    let artifacts =
        Machine::new().resolve(&[&format!("one @ {url}"), "one>=1"], &[&server]).await.expect("artifacts");
    assert_eq!(artifacts[0].sha256, Digest::of(&bytes));
    assert_eq!(artifacts[0].source.to_string(), url);
    let error = Machine::new()
        .resolve(&[&format!("one @ {url}"), "one>1"], &[&server])
        .await
        .expect_err("a conflict");
    assert!(told(&error).contains("the URL has 1 release of one"), "{}", told(&error));
}
