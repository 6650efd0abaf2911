//! An S3 server in the test's own process: s3s over a directory.

use std::fs;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::path::S3Path;
use s3s::service::S3ServiceBuilder;
use s3s::{S3Result, s3_error};
use tempfile::TempDir;

use super::server::{Backend, Server};

/// A server with signatures checked. The bucket [`S3::PUBLIC`] can be read without one.
pub struct S3 {
    directory: TempDir,
    /// The listener.
    pub server: Server,
}

impl S3 {
    /// The access key that may do everything.
    pub const ACCESS_KEY: &str = "AKIAFATWOODTESTS";
    /// Its secret.
    pub const SECRET_KEY: &str = "fatwood-tests-secret-canary";
    /// The bucket that anybody may read.
    pub const PUBLIC: &str = "public";

    /// Starts a server without a bucket.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let files = s3s_fs::FileSystem::new(directory.path()).expect("a directory of objects");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        service.set_access(Access);
        let server = Server::start(Backend::S3(service.build()));
        Self { directory, server }
    }

    /// Puts an object; its bucket is made where it is not there.
    pub fn object(self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.directory.path().join(bucket).join(key);
        fs::create_dir_all(path.parent().expect("an object lies in a bucket")).expect("a bucket");
        fs::write(path, bytes).expect("an object");
        self
    }
}

/// Signed requests may do everything, others may read the public bucket.
struct Access;

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let bucket = match context.s3_path() {
            S3Path::Root => None,
            S3Path::Bucket { bucket } | S3Path::Object { bucket, .. } => Some(&**bucket),
        };
        if context.credentials().is_some() || bucket == Some(S3::PUBLIC) {
            Ok(())
        } else {
            Err(s3_error!(AccessDenied, "a signature is required"))
        }
    }
}
