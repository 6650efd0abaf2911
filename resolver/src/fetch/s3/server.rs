//! Stores for tests: a real one in this process, and one that says what it is told to say.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Addressing, Secret, Store, StoreCredentials, StoreSettings};
use crate::digest::Digest;

/// `s3s-fs` on a directory: it checks signatures, pages, and serves ranges.
pub(crate) struct Server {
    root: tempfile::TempDir,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// A store that takes the keys `AKID` and `secret` alone.
    pub(crate) async fn start() -> Self {
        Self::serve(Some(SimpleAuth::from_single("AKID", "secret"))).await
    }

    /// A store that takes requests without a signature alone.
    pub(crate) async fn start_public() -> Self {
        Self::serve(None).await
    }

    async fn serve(auth: Option<SimpleAuth>) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let mut service = S3ServiceBuilder::new(FileSystem::new(root.path()).expect("a store"));
        if let Some(auth) = auth {
            service.set_auth(auth);
        }
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            while let Ok((stream, _)) = listener.accept().await {
                let connection = builder.serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(connection.into_owned());
            }
        });
        Self { root, address, task }
    }

    /// Makes an object, and its bucket where it is missing.
    pub(crate) fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let path = self.root.path().join(bucket).join(key);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, bytes).expect("an object");
    }

    /// Where a bucket or object is on the disk.
    pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path)
    }

    /// Lets the store state a SHA-256 of an object, whether it is right or not.
    pub(crate) fn state_sha256(&self, bucket: &str, key: &str, sha256: Digest) {
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let name = format!(".bucket-{}.object-{}.internal.json", encode(bucket), encode(key));
        let checksum = BASE64_STANDARD.encode(sha256.as_bytes());
        let json = serde_json::json!({ "checksum_sha256": checksum }).to_string();
        std::fs::write(self.root.path().join(name), json).expect("a checksum");
    }

    /// The store with the right keys.
    pub(crate) fn store(&self) -> Arc<Store> {
        store(self.address, keys("AKID", "secret"))
    }

    /// The store with these credentials.
    pub(crate) fn store_with(&self, credentials: StoreCredentials) -> Arc<Store> {
        store(self.address, credentials)
    }

    /// Its endpoint.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server that gives each connection the next answer, and closes it.
pub(crate) struct Script {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Script {
    /// A server with these answers, each a whole HTTP response as it stands on the wire.
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => break,
                        Ok(length) => request.extend_from_slice(&buffer[..length]),
                    }
                }
                seen.lock().expect("a lock").push(String::from_utf8_lossy(&request).into_owned());
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, requests, task }
    }

    /// An answer with a body.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
    }

    /// The store with some keys.
    pub(crate) fn store(&self) -> Arc<Store> {
        store(self.address, keys("AKID", "secret"))
    }

    /// Its endpoint.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far: line and headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("a lock").clone()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keys as they are configured.
pub(crate) fn keys(key_id: &str, secret: &str) -> StoreCredentials {
    StoreCredentials::Keys { key_id: key_id.to_owned(), secret: Secret::new(secret), token: None }
}

fn store(address: SocketAddr, credentials: StoreCredentials) -> Arc<Store> {
    Arc::new(Store::new(StoreSettings {
        id: "s3".parse().expect("an id"),
        endpoint: Some(format!("http://{address}").parse().expect("a URL")),
        region: "us-east-1".to_owned(),
        addressing: Addressing::Path,
        credentials,
    }))
}
