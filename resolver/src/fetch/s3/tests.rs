use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::server::{Script, Server, keys};
use super::*;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::fetch::{DownloadError, Remote};
use crate::publish::{PublishError, Sink};

/// A sink into memory.
#[derive(Default)]
struct Memory(Vec<u8>);

#[async_trait]
impl Sink for Memory {
    async fn restart(&mut self) -> Result<(), PublishError> {
        self.0.clear();
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), PublishError> {
        self.0.extend_from_slice(&bytes);
        Ok(())
    }
}

async fn download(
    store: &Arc<Store>,
    key: &str,
    validator: Option<&str>,
) -> Result<Option<Vec<u8>>, DownloadError> {
    let mut sink = Memory::default();
    let remote = Remote::S3 {
        store: Arc::clone(store),
        bucket: "lake".to_owned(),
        key: key.to_owned(),
        validator: validator.map(str::to_owned),
    };
    let found = Fetcher::new().download(&remote, &mut sink).await?;
    Ok(found.map(|()| sink.0))
}

fn anonymous(endpoint: Option<&str>, addressing: Addressing) -> Store {
    Store::new(StoreSettings {
        id: "s3".parse().expect("an id"),
        endpoint: endpoint.map(|url| url.parse().expect("a URL")),
        region: "us-east-1".to_owned(),
        addressing,
        credentials: StoreCredentials::Anonymous,
    })
}

#[test]
fn urls_are_those_that_are_signed() {
    use Addressing::{Path, Virtual};

    let check = |endpoint: Option<&str>, region: &str, addressing, key: &str, expected: &str| {
        let mut store = anonymous(endpoint, addressing);
        region.clone_into(&mut store.settings.region);
        assert_eq!(store.url("lake", key).expect(key).as_str(), expected);
    };
    check(None, "eu-west-1", Virtual, "a/x.csv", "https://lake.s3.eu-west-1.amazonaws.com/a/x.csv");
    check(None, "eu-west-1", Path, "x", "https://s3.eu-west-1.amazonaws.com/lake/x");
    check(None, "cn-north-1", Virtual, "x", "https://lake.s3.cn-north-1.amazonaws.com.cn/x");
    let own = Some("http://minio:9000/");
    check(own, "r", Path, "", "http://minio:9000/lake/");
    check(own, "r", Path, "a b/ü+%?#&=~", "http://minio:9000/lake/a%20b/%C3%BC%2B%25%3F%23%26%3D~");
    check(own, "r", Path, "a//b", "http://minio:9000/lake/a//b");
    check(own, "r", Virtual, "x", "http://lake.minio:9000/x");
    check(Some("https://host/s3/"), "r", Path, "x", "https://host/s3/lake/x");
    let dotted = anonymous(None, Virtual).url("my.lake", "x").expect("a URL");
    assert_eq!(dotted.as_str(), "https://s3.us-east-1.amazonaws.com/my.lake/x");
}

#[tokio::test]
async fn objects_are_described_and_streamed() {
    let server = Server::start().await;
    let store = server.store();
    let key = "a b/ü+%.csv";
    server.put("lake", key, b"1,2\n");
    let fetcher = Fetcher::new();
    let head = fetcher.head(&store, "lake", key).await.expect("a head").expect("an object");
    assert_eq!((head.size, head.sha256), (Some(4), None));
    assert!(head.validator.is_some());
    server.state_sha256("lake", key, Digest::of(b"1,2\n"));
    let head = fetcher.head(&store, "lake", key).await.expect("a head").expect("an object");
    assert_eq!(head.sha256, Some(Digest::of(b"1,2\n")));
    assert_eq!(
        download(&store, key, head.validator.as_deref()).await.expect("bytes"),
        Some(b"1,2\n".to_vec())
    );
    assert_eq!(download(&store, "none", None).await.expect("an answer"), None);
    assert_eq!(fetcher.head(&store, "lake", "none").await.expect("an answer"), None);
}

#[tokio::test]
async fn listings_are_paged_and_bounded() {
    let server = Server::start().await;
    let store = server.store();
    for number in 0..1100 {
        server.put("lake", &format!("a/{number:04} +ü"), b"x");
    }
    server.put("lake", "b", b"x");
    let fetcher = Fetcher::new();
    let objects = fetcher.list(&store, "lake", "a/", 2000).await.expect("a listing");
    assert_eq!(objects.len(), 1100);
    assert_eq!((objects[1099].key.as_str(), objects[1099].size), ("a/1099 +ü", 1));
    assert_eq!(fetcher.traffic().requests, 2);
    assert!(fetcher.list(&store, "lake", "c/", 2000).await.expect("a listing").is_empty());
    let error = fetcher.list(&store, "lake", "a/", 1050).await.expect_err("too many");
    insta::assert_snapshot!(error, @"s3://lake/a/ stands for more than 1050 objects; name a longer prefix");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let server = Server::start().await;
    server.put("lake", "x", b"x");
    let check = async |store: Arc<Store>, bucket: &str, part: &str, failure: Failure| {
        let error = Fetcher::new().list(&store, bucket, "", 10).await.expect_err(part);
        assert_eq!(error.failure(), failure, "{error}");
        assert!(error.to_string().contains(part), "{error}");
        let error = download(&store, "x", None).await.err().map(|error| error.to_string());
        assert!(error.as_deref().is_none_or(|error| error.contains(part)), "{error:?}");
    };
    check(server.store(), "none", "there is no bucket `none`", Failure::Configuration).await;
    let wrong = server.store_with(keys("AKID", "wrong"));
    check(wrong, "lake", "AWS_ACCESS_KEY_ID, AWS_PROFILE", Failure::Denied).await;
    let anonymous = server.store_with(StoreCredentials::Anonymous);
    check(anonymous, "lake", "leave `--s3-anonymous` out", Failure::Denied).await;
    let missing = server.store_with(StoreCredentials::Missing);
    check(missing, "lake", "there are no credentials", Failure::Configuration).await;
    let unfit = server.store_with(keys("AKID\n", "secret"));
    check(unfit, "lake", "that HTTP cannot carry", Failure::Configuration).await;
    let error = Fetcher::new().head(&server.store(), "none", "x").await.expect_err("no bucket").to_string();
    assert!(error.contains("there is no bucket `none`"), "{error}");
}

#[tokio::test]
async fn public_buckets_need_no_signature() {
    let server = Server::start_public().await;
    server.put("lake", "x", b"x");
    let store = server.store_with(StoreCredentials::Anonymous);
    assert_eq!(download(&store, "x", None).await.expect("bytes"), Some(b"x".to_vec()));
}

#[tokio::test]
async fn the_region_that_the_store_names_is_named() {
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>";
    let script = Script::start(vec![
        Script::answer("301 Moved Permanently", "x-amz-bucket-region: eu-north-1\r\n", ""),
        Script::answer("400 Bad Request", "", malformed),
    ])
    .await;
    for _ in 0..2 {
        let error = download(&script.store(), "x", None).await.expect_err("another region");
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the bucket of s3://lake/x is not in region `us-east-1`, it is in `eu-north-1`; set AWS_REGION or `--s3-region`");
        }
    }
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_broke() {
    let script = Script::start(vec![
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\netag: \"1\"\r\n\r\nabc".to_owned(),
        Script::answer("206 Partial Content", "etag: \"1\"\r\ncontent-range: bytes 3-5/6\r\n", "def"),
    ])
    .await;
    let bytes = download(&script.store(), "x", None).await.expect("bytes").expect("an object");
    assert_eq!(bytes, b"abcdef");
    let requests = script.requests();
    assert!(!requests[0].contains("range:") && !requests[0].contains("if-match:"), "{requests:?}");
    assert!(
        requests[1].contains("range: bytes=3-") && requests[1].contains("if-match: \"1\""),
        "{requests:?}"
    );
}

#[tokio::test]
async fn an_object_that_changed_is_noticed() {
    let script = Script::start(vec![
        Script::answer("412 Precondition Failed", "", ""),
        // A store that does not know `If-Match`.
        Script::answer("200 OK", "etag: \"2\"\r\n", "new"),
    ])
    .await;
    for _ in 0..2 {
        let error = download(&script.store(), "x", Some("\"1\"")).await.expect_err("changed");
        assert_eq!(error.failure(), Failure::Temporary);
        assert_eq!(error.to_string(), "s3://lake/x was changed while it was read; resolve again");
    }
    assert!(script.requests().iter().all(|request| request.contains("if-match: \"1\"")));
}

#[tokio::test]
async fn checksums_of_parts_are_not_the_objects() {
    let sha256 = "x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let check = async |headers: String, expected: bool| {
        let script = Script::start(vec![Script::answer("200 OK", &headers, "")]).await;
        let head =
            Fetcher::new().head(&script.store(), "lake", "x").await.expect("a head").expect("an object");
        assert_eq!(head.sha256, expected.then(|| Digest::of(b"")), "{headers}");
        assert!(script.requests()[0].contains("x-amz-checksum-mode: ENABLED"));
    };
    check(format!("{sha256}\r\n"), true).await;
    check(format!("{sha256}\r\nx-amz-checksum-type: FULL_OBJECT\r\n"), true).await;
    check(format!("{sha256}-2\r\n"), false).await;
    check(format!("{sha256}\r\nx-amz-checksum-type: COMPOSITE\r\n"), false).await;
}

#[tokio::test]
async fn listings_that_are_none_are_refused() {
    let check = async |body: &str, part: &str| {
        let script = Script::start(vec![Script::answer("200 OK", "", body)]).await;
        let error = Fetcher::new().list(&script.store(), "lake", "a/", 10).await.expect_err(part).to_string();
        assert!(
            error.contains("the listing of s3://lake/a/ cannot be read") && error.contains(part),
            "{error}"
        );
    };
    check("<html><body>Sign in</body></html>", "web page").await;
    check("{}", "there is no element in it").await;
    check("<!DOCTYPE a><ListBucketResult/>", "document type").await;
    check("<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>", "no `Key`").await;
    check("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "NextContinuationToken")
        .await;
}

#[tokio::test]
async fn temporary_credentials_are_fetched_over_our_client_and_kept() {
    let credentials = "{\"AccessKeyId\":\"TEMP\",\"SecretAccessKey\":\"s\",\"Token\":\"t0ken\",\
                       \"Expiration\":\"2999-01-01T00:00:00Z\"}";
    let metadata = Script::start(vec![
        Script::answer("200 OK", "", "imds"),
        Script::answer("200 OK", "", "role"),
        Script::answer("200 OK", "", credentials),
    ])
    .await;
    let script =
        Script::start(vec![Script::answer("200 OK", "", "x"), Script::answer("200 OK", "", "y")]).await;
    let endpoint = Some(metadata.endpoint());
    let mut settings = script.store().settings.clone();
    settings.credentials = StoreCredentials::Instance { endpoint };
    let store = Arc::new(Store::new(settings));
    for expected in [b"x", b"y"] {
        assert_eq!(download(&store, "x", None).await.expect("bytes"), Some(expected.to_vec()));
    }
    let requests = script.requests();
    assert!(requests.iter().all(|request| request.contains("Credential=TEMP/")), "{requests:?}");
    assert!(requests.iter().all(|request| request.contains("x-amz-security-token: t0ken")), "{requests:?}");
    assert_eq!(metadata.requests().len(), 3);
}

#[test]
fn keys_that_a_url_cannot_carry_are_refused() {
    let store = anonymous(None, Addressing::Path);
    for key in ["../x", "a/./b", "a/.."] {
        let error = store.url("lake", key).expect_err(key).to_string();
        assert!(error.contains("component `.` or `..`"), "{error}");
    }
}
