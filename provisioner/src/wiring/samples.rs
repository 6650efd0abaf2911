//! Manifests for tests.

use fatwood_resolver::digest::Digest;
use fatwood_resolver::manifest::{Artifact, Inputs, Kind, Manifest, Source};
use fatwood_resolver::requirements::Target;

use super::Plan;

/// The two jars of the blog, in the order of its class path.
pub(crate) fn blog() -> Manifest {
    manifest(vec![jar("hadoop-aws-3.2.0.jar"), jar("aws-java-sdk-bundle-1.11.375.jar")])
}

pub(crate) fn plan(manifest: &Manifest) -> Plan {
    Plan::new(manifest, "pvc-ksv".parse().unwrap(), "/dependencies".parse().unwrap()).unwrap()
}

pub(crate) fn jar(name: &str) -> Artifact {
    artifact(Kind::Jar, name)
}

pub(crate) fn wheel(name: &str) -> Artifact {
    artifact(Kind::Wheel, name)
}

pub(crate) fn manifest(artifacts: Vec<Artifact>) -> Manifest {
    let inputs = Inputs {
        packages: Vec::new(),
        transitive: false,
        exclude_packages: Vec::new(),
        requirements: Vec::new(),
        pylock: None,
        files: Vec::new(),
    };
    Manifest::new("sample".parse().unwrap(), Target::default(), inputs, artifacts).unwrap()
}

fn artifact(kind: Kind, name: &str) -> Artifact {
    Artifact {
        purl: format!("pkg:generic/{}@1", name.escape_debug()),
        kind,
        file: name.parse().unwrap(),
        source: Source::Repository { repository: "central".parse().unwrap(), path: name.parse().unwrap() },
        size: 1,
        sha256: Digest::of(name.as_bytes()),
        metadata_sha256: None,
        requested_by: vec!["test".to_owned()],
    }
}
