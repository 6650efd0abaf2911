use std::sync::Arc;

use super::*;
use crate::cache::Cache;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::fetch::s3_server::{Script, Server};
use crate::progress::Silent;
use crate::requirements::Spec;
use crate::sources::{Environment, Flags};

/// A run against a store at an endpoint.
struct Run {
    context: Context,
    sources: Sources,
    _cache: tempfile::TempDir,
}

impl Run {
    fn new(endpoint: &str) -> Self {
        let cache = tempfile::tempdir().expect("a directory");
        let context = Context {
            fetcher: Fetcher::new(),
            cache: Cache::open(cache.path()).expect("a cache"),
            observer: Arc::new(Silent),
        };
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL_S3", endpoint),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let environment = Environment { variables, ..Environment::default() };
        let sources = Sources::discover(&Spec::default(), &Flags::default(), &environment).expect("sources");
        Self { context, sources, _cache: cache }
    }

    async fn resolve(&self, urls: &[&str]) -> Result<Vec<Artifact>, ObjectError> {
        let urls: Vec<FileUrl> = urls.iter().map(|url| url.parse().expect(url)).collect();
        resolve(&self.context, &self.sources, &urls).await
    }

    async fn names(&self, urls: &[&str]) -> Vec<String> {
        let artifacts = self.resolve(urls).await.expect("artifacts");
        artifacts.into_iter().map(|artifact| artifact.file.into()).collect()
    }
}

#[tokio::test]
async fn urls_become_artifacts() {
    let server = Server::start().await;
    for key in ["in/data/x.csv", "in/data/y.csv", "in/data/deep/z.csv", "in/conf/x.csv", "app.jar"] {
        server.put("lake", key, key.as_bytes());
    }
    let run = Run::new(&server.endpoint());
    assert_eq!(run.names(&["s3://lake/in/data/x.csv", "s3a://lake/app.jar"]).await, ["app.jar", "x.csv"]);
    let all = ["data/deep/z.csv", "data/x.csv", "data/y.csv"];
    assert_eq!(run.names(&["s3://lake/in/data/"]).await, all);
    assert_eq!(run.names(&["s3://lake/in/data/*.csv"]).await, all[1..]);
    assert_eq!(run.names(&["s3://lake/in/data/**/*.csv"]).await, all);
    assert_eq!(run.names(&["s3://lake/in/[cd]*/x.csv"]).await, ["in/conf/x.csv", "in/data/x.csv"]);
    assert_eq!(run.names(&["s3://lake/*.jar"]).await, ["lake/app.jar"]);

    // What two URLs stand for under one name comes once; under two names, twice.
    let urls = ["s3://lake/in/conf/", "s3://lake/in/conf/*", "s3://lake/in/conf/x.csv"];
    let artifacts = run.resolve(&urls).await.expect("artifacts");
    let [whole, single] = artifacts.as_slice() else { panic!("{artifacts:?}") };
    insta::assert_snapshot!(serde_json::to_string_pretty(whole).expect("JSON"), @r#"
    {
      "purl": "pkg:generic/conf/x.csv?download_url=s3:%2F%2Flake%2Fin%2Fconf%2Fx.csv",
      "kind": "file",
      "file": "conf/x.csv",
      "source": {
        "store": "s3",
        "bucket": "lake",
        "key": "in/conf/x.csv"
      },
      "size": 13,
      "sha256": "34290918a47952edffc1b25cb9f5ad16aa6273f65a6ecdb2254dee90d68890b8",
      "requestedBy": [
        "s3://lake/in/conf/",
        "s3://lake/in/conf/*"
      ]
    }
    "#);
    assert_eq!(whole.sha256, Digest::of(b"in/conf/x.csv"));
    assert_ne!(whole.purl, single.purl);
}

#[tokio::test]
async fn what_the_store_vouches_for_is_not_streamed() {
    let server = Server::start().await;
    server.put("lake", "x.csv", b"bytes");
    let stated = Digest::of(b"what the store states");
    server.state_sha256("lake", "x.csv", stated);
    let run = Run::new(&server.endpoint());
    let artifacts = run.resolve(&["s3://lake/x.csv"]).await.expect("artifacts");
    assert_eq!((artifacts[0].size, artifacts[0].sha256), (5, stated));
    assert_eq!(run.context.fetcher.traffic().bytes, 0);
}

#[tokio::test]
async fn nothing_is_streamed_twice() {
    let server = Server::start().await;
    server.put("lake", "a/x.csv", b"bytes");
    let run = Run::new(&server.endpoint());
    let first = run.resolve(&["s3://lake/a/"]).await.expect("artifacts");
    let requests = run.context.fetcher.traffic().requests;
    assert_eq!(run.resolve(&["s3://lake/a/"]).await.expect("artifacts"), first);
    // The listing, and what it does not say: this store lists no `ETag`.
    assert_eq!(run.context.fetcher.traffic().requests, requests + 2);
}

#[tokio::test]
async fn what_a_listing_says_is_not_asked_again() {
    let body = "<ListBucketResult><Contents><Key>a/x</Key><Size>3</Size><ETag>\"1\"</ETag></Contents>\
                </ListBucketResult>";
    let script = Script::start(vec![
        Script::answer("200 OK", "", body),
        Script::answer("200 OK", "etag: \"1\"\r\n", "abc"),
    ])
    .await;
    let run = Run::new(&script.endpoint());
    let artifacts = run.resolve(&["s3://lake/a/"]).await.expect("artifacts");
    assert_eq!((artifacts[0].size, artifacts[0].sha256), (3, Digest::of(b"abc")));
    // The bytes are those of the object that was listed.
    assert!(script.requests()[1].contains("if-match: \"1\""), "{:?}", script.requests());
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let server = Server::start().await;
    server.put("lake", "a/x.csv", b"x");
    std::fs::create_dir_all(server.path("lake/empty")).expect("a directory");
    let run = Run::new(&server.endpoint());
    let check = async |url: &str, part: &str, failure: Failure| {
        let error = run.resolve(&[url]).await.expect_err(url);
        assert_eq!(error.failure(), failure, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    check("s3://lake/a/y.csv", "there is no s3://lake/a/y.csv", Failure::Data).await;
    check("s3://lake/b/", "no object matches s3://lake/b/", Failure::Data).await;
    check("s3://lake/*.csv", "no object matches s3://lake/*.csv", Failure::Data).await;
    check("s3://none/x.csv", "there is no bucket `none`", Failure::Configuration).await;
    check("s3://none/", "there is no bucket `none`", Failure::Configuration).await;
    let http = format!("{}/none/x.csv", server.endpoint());
    check(&http, "answers 403", Failure::Denied).await;
}

#[tokio::test]
async fn hostile_keys_of_a_listing_are_refused() {
    let check = async |key: &str, reason: &str| {
        let body = format!(
            "<ListBucketResult><Contents><Key>a/</Key><Size>0</Size></Contents>\
             <Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>"
        );
        let script = Script::start(vec![Script::answer("200 OK", "", &body)]).await;
        let run = Run::new(&script.endpoint());
        let error = run.resolve(&["s3://lake/a/"]).await.expect_err(key);
        assert_eq!(error.failure(), Failure::Data);
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(script.requests().len(), 1);
    };
    check("a/../../etc/passwd", "`..`").await;
    check("a//x", "empty component").await;
    check("a/x\\y", "backslash").await;
    check("a/x&#1;", "control character").await;
    check("a/x&#27;[2J", "control character").await;
}

#[tokio::test]
async fn http_files_are_named_by_their_last_component() {
    let check = async |path: &str, expected: Result<&str, &str>| {
        let answer = || Script::answer("200 OK", "etag: \"1\"\r\n", "x");
        let script = Script::start(vec![answer(), answer()]).await;
        let run = Run::new(&script.endpoint());
        let url = format!("{}/{path}", script.endpoint());
        match (run.resolve(&[&url]).await, expected) {
            (Ok(artifacts), Ok(name)) => {
                assert_eq!(artifacts[0].file.as_str(), name);
                assert!(artifacts[0].purl.starts_with("pkg:generic/"), "{}", artifacts[0].purl);
                assert_eq!(artifacts[0].requested_by, [url]);
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    };
    check("a/x.csv?version=1", Ok("x.csv")).await;
    check("a%20b.csv", Ok("a b.csv")).await;
    check("a%2Fb.csv", Err("holds a `/`")).await;
    check("..%2F..%2Fetc", Err("`..`")).await;
    check("x%0A.csv", Err("control character")).await;
    check("x%FF.csv", Err("utf-8")).await;
}
