//! A Maven repository: describe what it publishes, then serve it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::archive::{jar, sha1_hex};
use super::server::Server;
use super::site::Site;

/// The size of a jar that a test does not care about, in bytes.
const ANY_SIZE: usize = 2_000;

/// A repository in the default layout, with `.sha1` beside every file and `maven-metadata.xml`.
#[derive(Debug, Default)]
pub struct Maven {
    site: Site,
    versions: BTreeMap<(String, String), Vec<String>>,
    /// Whether `.sha1` files are published.
    unvouched: bool,
}

impl Maven {
    /// An empty repository.
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on publishes files without a checksum beside them.
    pub fn without_checksums(mut self) -> Self {
        self.unvouched = true;
        self
    }

    /// Publishes `group:artifact:version` with a small jar that depends on these coordinates.
    pub fn jar(self, coordinate: &str, dependencies: &[&str]) -> Self {
        self.jar_of(coordinate, dependencies, ANY_SIZE)
    }

    /// Publishes a jar of about `size` bytes.
    pub fn jar_of(self, coordinate: &str, dependencies: &[&str], size: usize) -> Self {
        let listed = dependencies.iter().fold(String::new(), |mut text, dependency| {
            let [group, artifact, version] = parts(dependency);
            write!(
                text,
                "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
                 <version>{version}</version></dependency>"
            )
            .expect("a string takes text");
            text
        });
        self.described(coordinate, &format!("<dependencies>{listed}</dependencies>"), size)
    }

    /// Publishes a jar of about `size` bytes whose POM has this below its own coordinates.
    pub fn described(self, coordinate: &str, below: &str, size: usize) -> Self {
        let path = path_of(coordinate, "jar");
        let bytes = jar(coordinate, size);
        self.pom(coordinate, "jar", below).publish(&path, bytes.to_vec())
    }

    /// Publishes a POM alone, as parents and BOMs are.
    pub fn parent(self, coordinate: &str, below: &str) -> Self {
        self.pom(coordinate, "pom", below)
    }

    /// Publishes bytes at the place of a coordinate's file with this extension.
    pub fn bytes(self, coordinate: &str, extension: &str, bytes: &[u8]) -> Self {
        self.publish(&path_of(coordinate, extension), bytes.to_vec())
    }

    /// What it serves.
    pub fn site(mut self) -> Site {
        for ((group, artifact), versions) in std::mem::take(&mut self.versions) {
            let listed = format!("<version>{}</version>", versions.join("</version><version>"));
            let newest = versions.last().expect("a module has a version");
            let metadata = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata><groupId>{group}</groupId>\
                 <artifactId>{artifact}</artifactId><versioning><latest>{newest}</latest>\
                 <release>{newest}</release><versions>{listed}</versions></versioning></metadata>\n"
            );
            let path = format!("/{}/{artifact}/maven-metadata.xml", group.replace('.', "/"));
            self = self.publish(&path, metadata.into_bytes());
        }
        self.site
    }

    /// Serves it.
    pub fn serve(self) -> Server {
        Server::start(self.site())
    }

    fn pom(mut self, coordinate: &str, packaging: &str, below: &str) -> Self {
        let [group, artifact, version] = parts(coordinate);
        let known = self.versions.entry((group.to_owned(), artifact.to_owned())).or_default();
        known.push(version.to_owned());
        let pom = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n\
             <modelVersion>4.0.0</modelVersion>\n<groupId>{group}</groupId>\n<artifactId>{artifact}</artifactId>\n\
             <version>{version}</version>\n<packaging>{packaging}</packaging>\n{below}\n</project>\n"
        );
        self.publish(&path_of(coordinate, "pom"), pom.into_bytes())
    }

    fn publish(mut self, path: &str, bytes: Vec<u8>) -> Self {
        if !self.unvouched {
            self.site = self.site.file(&format!("{path}.sha1"), sha1_hex(&bytes));
        }
        self.site = self.site.file(path, bytes);
        self
    }
}

fn parts(coordinate: &str) -> [&str; 3] {
    let parts: Vec<&str> = coordinate.split(':').collect();
    parts.try_into().unwrap_or_else(|_| panic!("`{coordinate}` is not `group:artifact:version`"))
}

fn path_of(coordinate: &str, extension: &str) -> String {
    let [group, artifact, version] = parts(coordinate);
    format!("/{}/{artifact}/{version}/{artifact}-{version}.{extension}", group.replace('.', "/"))
}
