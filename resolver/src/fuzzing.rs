//! Every parser of this crate that reads something from outside, and what holds of it whatever the bytes.
//!
//! No part of the interface: it is there in tests and with the feature `fuzzing`. How it is run, and how a
//! parser is added, is said in `fuzz/README.md`.

use crate::digest::{Algorithm, Checksum};
use crate::manifest::Manifest;
use crate::requirements::{Coordinate, DependencySet, FileUrl, ModulePattern};
use crate::{fetch, maven, object, python, sources};

/// Feeds bytes to a parser and asserts what must hold of what comes out.
pub type Check = fn(&[u8]);

/// All checks, by the names of their seeds' directories.
pub const TARGETS: &[(&str, Check)] = &[
    ("pom", maven::fuzzing::pom),
    ("maven-metadata", maven::fuzzing::metadata),
    ("maven-version", maven::fuzzing::version),
    ("maven-range", maven::fuzzing::range),
    ("coordinate", coordinate),
    ("file-url", file_url),
    ("dependency-set", dependency_set),
    ("manifest", manifest),
    ("checksum-file", checksum_file),
    ("requirements-file", python::fuzzing::requirements_file),
    ("requirement", python::fuzzing::requirement),
    ("pylock", python::pylock::fuzzing::pylock),
    ("wheel-metadata", python::fuzzing::metadata),
    ("simple-html", python::fuzzing::simple_html),
    ("simple-json", python::fuzzing::simple_json),
    ("wheel-name", python::fuzzing::wheel_name),
    ("wheel-parts", python::fuzzing::wheel_parts),
    ("maven-settings", sources::fuzzing::maven_settings),
    ("pip-conf", sources::fuzzing::pip_conf),
    ("netrc", sources::fuzzing::netrc),
    ("http-headers", fetch::fuzzing::http_headers),
    ("s3-listing", fetch::fuzzing::s3_listing),
    ("object-keys", object::fuzzing::object_keys),
];

/// A coordinate round-trips, and nothing in it can lead out of a directory; nor can what a pattern takes.
fn coordinate(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(pattern) = text.parse::<ModulePattern>() {
        assert_eq!(pattern.to_string().parse(), Ok(pattern));
    }
    let Ok(coordinate) = text.parse::<Coordinate>() else { return };
    assert_eq!(coordinate.to_string().parse(), Ok(coordinate.clone()));
    let Coordinate { module, packaging, classifier, version } = &coordinate;
    for part in [&module.group, &module.artifact, packaging, version].into_iter().chain(classifier) {
        assert!(!part.is_empty() && !part.contains(['/', '\\', ':', '%', '\0', '\n']), "{part:?}");
        assert!(!part.contains("..") && !part.starts_with('.'), "{part:?}");
    }
    let exact = module.to_string().parse::<ModulePattern>();
    assert!(exact.is_ok_and(|pattern| pattern.matches(module)), "{module}");
}

/// A URL round-trips and shows no user information.
fn file_url(bytes: &[u8]) {
    let Ok(url) = String::from_utf8_lossy(bytes).parse::<FileUrl>() else { return };
    assert_eq!(url.to_string().parse(), Ok(url.clone()));
    match &url {
        FileUrl::S3 { bucket, key } => assert!(!bucket.contains(['/', '@']) && !key.starts_with('/')),
        FileUrl::Http(url) => assert!(url.username().is_empty() && url.password().is_none()),
    }
}

/// A set asks for something, and means the same when it is written and read again.
fn dependency_set(bytes: &[u8]) {
    let yaml = String::from_utf8_lossy(bytes);
    let set = match DependencySet::parse(&yaml, "set.yaml") {
        Ok(set) => set,
        Err(error) => {
            assert!(error.to_string().starts_with("set.yaml:"));
            return;
        }
    };
    let json = serde_json::to_string(&set);
    let again = json.ok().and_then(|json| DependencySet::parse(&json, "set.json").ok());
    assert_eq!(again.as_ref(), Some(&set));
}

/// Whatever is taken is canonical: it is written as the very bytes that were read.
fn manifest(bytes: &[u8]) {
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    assert_eq!(manifest.to_json().as_bytes(), bytes);
    for artifact in &manifest.artifacts {
        let file = artifact.file.as_str();
        assert!(file.split('/').all(|component| !matches!(component, "" | "." | "..")), "{file}");
    }
}

/// A checksum that is found stands in the file, and is read alone as the same.
fn checksum_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let Some(checksum) = Checksum::parse_file(algorithm, &text) else { continue };
        assert_eq!(checksum.algorithm(), algorithm);
        let shown = checksum.to_string();
        let hex = shown.split_once(':').map_or("", |(_, hex)| hex);
        assert!(text.to_ascii_lowercase().contains(hex));
        assert_eq!(Checksum::from_hex(algorithm, hex), Some(checksum));
    }
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[test]
fn seeds_and_their_mutations_hold() {
    replay::replay(TARGETS);
}
