//! The environment that a run of the binary sees: nothing of the machine's, only what a test names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::s3::S3;
use super::server::Server;

/// Where a run finds its sources. It is written as users' other tools have it: `settings.xml`,
/// `pip.conf`, and the variables of the AWS tools.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    mirrors: Vec<String>,
    servers: Vec<String>,
    index: Option<String>,
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Nothing is configured.
    pub fn new() -> Self {
        Self::default()
    }

    /// The repository `central` is this server.
    pub fn central(self, server: &Server) -> Self {
        self.repository("central", &server.url())
    }

    /// The repository of this id has this URL.
    pub fn repository(mut self, id: &str, url: &str) -> Self {
        self.mirrors.push(format!("<mirror><id>{id}</id><mirrorOf>{id}</mirrorOf><url>{url}</url></mirror>"));
        self
    }

    /// The repository of this id wants these credentials.
    pub fn credentials(mut self, id: &str, username: &str, password: &str) -> Self {
        let login = format!("<username>{username}</username><password>{password}</password>");
        self.servers.push(format!("<server><id>{id}</id>{login}</server>"));
        self
    }

    /// The index `pypi` is this server.
    pub fn pypi(mut self, server: &Server) -> Self {
        self.index = Some(format!("{}/simple/", server.url()));
        self
    }

    /// S3 is this server, with its key.
    pub fn s3(self, s3: &S3) -> Self {
        self.s3_without_key(s3)
            .variable("AWS_ACCESS_KEY_ID", S3::ACCESS_KEY)
            .variable("AWS_SECRET_ACCESS_KEY", S3::SECRET_KEY)
    }

    /// S3 is this server, and there is no key.
    pub fn s3_without_key(self, s3: &S3) -> Self {
        self.variable("AWS_ENDPOINT_URL_S3", &s3.server.url()).variable("AWS_REGION", "us-east-1")
    }

    /// A variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes the files of configuration into a home directory.
    pub fn write_below(&self, home: &Path) {
        if !self.mirrors.is_empty() {
            let (servers, mirrors) = (self.servers.concat(), self.mirrors.concat());
            let settings =
                format!("<settings><servers>{servers}</servers><mirrors>{mirrors}</mirrors></settings>\n");
            write(&home.join(".m2/settings.xml"), &settings);
        }
        if let Some(url) = &self.index {
            write(&home.join(".config/pip/pip.conf"), &format!("[global]\nindex-url = {url}\n"));
        }
    }

    /// The variables, by name.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        // A request that is not for loopback must fail: nothing listens on port 1.
        for name in ["http_proxy", "https_proxy"] {
            variables.insert(name.to_owned(), "http://127.0.0.1:1".to_owned());
        }
        variables.insert("no_proxy".to_owned(), "127.0.0.1".to_owned());
        if self.index.is_none() {
            // Else pip's rules would find the machine's own configuration below /etc.
            variables.insert("PIP_CONFIG_FILE".to_owned(), "/dev/null".to_owned());
        }
        variables
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory");
    fs::write(path, text).expect("a file");
}
