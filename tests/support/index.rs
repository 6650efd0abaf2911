//! A Python package index: describe the wheels that it publishes, then serve it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::json;
use sha2::Digest as _;

use super::archive::{sha256_hex, zip};
use super::server::Server;
use super::site::Site;

/// An index with the simple API as JSON (PEP 691), sizes (PEP 700), metadata beside each wheel
/// (PEP 658) and range requests.
#[derive(Debug, Default)]
pub struct Index {
    wheels: Vec<Wheel>,
    bare: bool,
}

impl Index {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Publishes a wheel.
    pub fn wheel(mut self, wheel: Wheel) -> Self {
        self.wheels.push(wheel);
        self
    }

    /// Publishes no metadata beside the wheels, as many mirrors do: it must be read from the wheels.
    pub fn without_metadata(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Serves it; the index' base is `/simple/`.
    pub fn serve(self) -> Server {
        let mut site = Site::new();
        let mut projects: BTreeMap<String, Vec<&Wheel>> = BTreeMap::new();
        for wheel in &self.wheels {
            projects.entry(normalized(&wheel.name)).or_default().push(wheel);
        }
        for (name, wheels) in projects {
            let files: Vec<_> = wheels.iter().map(|wheel| wheel.listing(self.bare)).collect();
            let page = json!({ "meta": { "api-version": "1.1" }, "name": name, "files": files });
            let content_type = "application/vnd.pypi.simple.v1+json";
            site = site.typed(&format!("/simple/{name}/"), content_type, page.to_string());
        }
        for wheel in &self.wheels {
            let path = wheel.path();
            if !self.bare {
                site = site.file(&format!("{path}.metadata"), wheel.metadata());
            }
            site = site.file(&path, wheel.bytes());
        }
        Server::start(site)
    }
}

/// A wheel: a real one, with METADATA, WHEEL and a RECORD that fits.
#[derive(Debug, Clone)]
pub struct Wheel {
    name: String,
    version: String,
    tag: String,
    requires_python: Option<String>,
    requires: Vec<String>,
    files: Vec<(String, String)>,
}

impl Wheel {
    /// A pure wheel for any Python 3 with one package whose `__init__.py` states its version.
    pub fn new(name: &str, version: &str) -> Self {
        let module = name.replace('-', "_");
        let files = vec![(format!("{module}/__init__.py"), format!("__version__ = \"{version}\"\n"))];
        let (name, version, tag) = (name.to_owned(), version.to_owned(), "py3-none-any".to_owned());
        Self { name, version, tag, requires_python: None, requires: Vec::new(), files }
    }

    /// Another tag, as in `cp310-cp310-manylinux_2_17_x86_64`.
    pub fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// States `Requires-Python`.
    pub fn python(mut self, specifiers: &str) -> Self {
        self.requires_python = Some(specifiers.to_owned());
        self
    }

    /// Requires something, as a line of `Requires-Dist`.
    pub fn requires(mut self, requirement: &str) -> Self {
        self.requires.push(requirement.to_owned());
        self
    }

    /// Holds one more file.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// The file's name.
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}.whl", self.name.replace('-', "_"), self.version, self.tag)
    }

    /// The path below the server's root.
    pub fn path(&self) -> String {
        format!("/files/{}", self.file_name())
    }

    /// The archive.
    pub fn bytes(&self) -> Bytes {
        let directory = format!("{}-{}.dist-info", self.name.replace('-', "_"), self.version);
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: fatwood tests\nRoot-Is-Purelib: {}\nTag: {}\n",
            self.tag.ends_with("-any"),
            self.tag
        );
        let mut entries = self.files.clone();
        entries.push((format!("{directory}/METADATA"), self.metadata()));
        entries.push((format!("{directory}/WHEEL"), wheel));
        let mut record = String::new();
        for (path, text) in &entries {
            let digest = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(text));
            writeln!(record, "{path},sha256={digest},{}", text.len()).expect("a string takes text");
        }
        writeln!(record, "{directory}/RECORD,,").expect("a string takes text");
        entries.push((format!("{directory}/RECORD"), record));
        zip(entries.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
    }

    fn metadata(&self) -> String {
        let mut text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version);
        if let Some(specifiers) = &self.requires_python {
            writeln!(text, "Requires-Python: {specifiers}").expect("a string takes text");
        }
        for requirement in &self.requires {
            writeln!(text, "Requires-Dist: {requirement}").expect("a string takes text");
        }
        text
    }

    /// Its entry in the project's page.
    fn listing(&self, bare: bool) -> serde_json::Value {
        let bytes = self.bytes();
        let mut listing = json!({
            "filename": self.file_name(),
            "url": format!("../..{}", self.path()),
            "hashes": { "sha256": sha256_hex(&bytes) },
            "size": bytes.len(),
            "yanked": false,
        });
        if let Some(specifiers) = &self.requires_python {
            listing["requires-python"] = json!(specifiers);
        }
        if !bare {
            listing["core-metadata"] = json!({ "sha256": sha256_hex(self.metadata().as_bytes()) });
        }
        listing
    }
}

/// A project's name as the simple API spells it (PEP 503).
fn normalized(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}
