//! Objects of an S3 server, and files by plain HTTP.

use std::collections::BTreeMap;

use crate::support::{Environment, Fatwood, S3, Server, Site, Volume, bytes_of, sha256_hex};

/// A private bucket with three tables, two of them CSV, and an object beside their prefix.
fn store() -> S3 {
    S3::start()
        .object("data", "tables/january.csv", "day,trips\n1,2\n")
        .object("data", "tables/february.csv", "day,trips\n1,3\n")
        .object("data", "tables/notes.txt", "none\n")
        .object("data", "tables.md", "about\n")
        .object(S3::PUBLIC, "open/zones.csv", "zone\nA\n")
}

/// The SHA-256 of each file of a manifest by the last component of its name.
fn digests(manifest: &serde_json::Value) -> BTreeMap<String, String> {
    let artifacts = manifest["artifacts"].as_array().unwrap().iter();
    let named = artifacts.map(|artifact| {
        let file = artifact["file"].as_str().unwrap();
        let last = file.rsplit('/').next().unwrap();
        (last.to_owned(), artifact["sha256"].as_str().unwrap().to_owned())
    });
    named.collect()
}

#[test]
fn an_object_a_prefix_and_a_glob_name_what_they_say() {
    let check = |url: &str, expected: &[(&str, &str)]| {
        let s3 = store();
        let fatwood = Fatwood::new(Environment::new().s3(&s3));
        let manifest = fatwood.resolved(&format!("--file {url}"));
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(name, text)| ((*name).to_owned(), sha256_hex(text.as_bytes()))).collect();
        assert_eq!(digests(&manifest), expected, "{url}");
    };
    let (january, february) = (("january.csv", "day,trips\n1,2\n"), ("february.csv", "day,trips\n1,3\n"));
    check("s3://data/tables/january.csv", &[january]);
    check("s3a://data/tables/january.csv", &[january]);
    check("s3://data/tables/", &[january, february, ("notes.txt", "none\n")]);
    check("s3://data/tables/*.csv", &[january, february]);
    check("s3://data/tables/j*.csv", &[january]);
}

#[test]
fn objects_reach_the_volume() {
    let s3 = store();
    let fatwood = Fatwood::new(Environment::new().s3(&s3));
    let manifest = fatwood.resolved("--file s3://data/tables/");
    fatwood.run("populate manifest.json --volume volume").exits(0);
    let volume = Volume::at(fatwood.path("volume"));
    for artifact in manifest["artifacts"].as_array().unwrap() {
        let file = artifact["file"].as_str().unwrap();
        assert_eq!(artifact["sha256"], sha256_hex(&volume.read(&format!("files/{file}"))), "{file}");
    }
    fatwood.run("verify --volume volume").exits(0);
}

#[test]
fn a_public_bucket_is_read_without_a_key() {
    let s3 = store();
    let anonymous = Environment::new().s3_without_key(&s3).variable("AWS_SKIP_SIGNATURE", "true");
    let fatwood = Fatwood::new(anonymous);
    fatwood.resolved("--file s3://public/open/zones.csv");
    fatwood.run("populate manifest.json --volume volume").exits(0);
    let signed = s3.server.exchanges().into_iter().filter(|one| one.headers.contains_key("authorization"));
    assert_eq!(signed.count(), 0, "an anonymous request carries no signature");
}

#[test]
fn a_private_bucket_refuses_who_has_no_key() {
    let s3 = store();
    let anonymous = Environment::new().s3_without_key(&s3).variable("AWS_SKIP_SIGNATURE", "true");
    let fatwood = Fatwood::new(anonymous);
    fatwood
        .run("resolve --file s3://data/tables/january.csv")
        .exits(77)
        .says(&["s3://data/tables/january.csv"]);
}

#[test]
fn no_secret_reaches_manifest_or_talk() {
    let s3 = store();
    let fatwood = Fatwood::new(Environment::new().s3(&s3));
    let outcome = fatwood.run("resolve --file s3://data/tables/ -o manifest.json").exits(0);
    let said = format!("{}{}{}", outcome.stdout, outcome.stderr, fatwood.read("manifest.json"));
    assert!(!said.contains(S3::SECRET_KEY), "{said}");
    assert!(s3.server.exchanges().iter().all(|one| !one.query.contains(S3::SECRET_KEY)));
}

#[test]
fn a_file_comes_by_plain_http() {
    let bytes = bytes_of("zones", 300_000);
    let site = Server::start(Site::new().file("/zones/taxi.parquet", bytes.clone()));
    let fatwood = Fatwood::new(Environment::new());
    let manifest = fatwood.resolved(&format!("--file {}/zones/taxi.parquet", site.url()));
    assert_eq!(digests(&manifest)["taxi.parquet"], sha256_hex(&bytes));
    fatwood.run("populate manifest.json --volume volume").exits(0);
    assert!(Volume::at(fatwood.path("volume")).read("files/taxi.parquet") == bytes, "other bytes");
}
