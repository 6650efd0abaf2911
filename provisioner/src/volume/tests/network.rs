//! Artifacts that come by HTTP, from a server on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use fatwood_resolver::fetch::{Fetcher, Location, Remote};
use fatwood_resolver::manifest::Source;
use fatwood_resolver::requirements::SetName;

use super::*;

/// Serves `files` by path until the process ends, a request for each connection; the base URL.
fn serve(files: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let path = head[0].split(' ').nth(1).unwrap();
            let found = files.iter().find(|(name, _)| path.strip_prefix('/') == Some(name));
            let (status, body) = found.map_or(("404 Not Found", &b""[..]), |(_, body)| ("200 OK", body));
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
                .unwrap();
            stream.write_all(body).unwrap();
        }
    });
    base
}

#[test]
fn bytes_come_from_where_configuration_says() {
    let mut ground = Ground::new();
    let manifest = ground.some();
    let path = |artifact: &Artifact| format!("org/{}", artifact.file);
    let mut files: Vec<(String, Vec<u8>)> = manifest
        .artifacts
        .iter()
        .map(|artifact| (path(artifact), ground.shelf.bytes[&artifact.purl].to_vec()))
        .collect();
    let one = serve(files.clone());
    files.retain(|(name, _)| name != "org/z.jar");
    let other = serve(files);
    let network = |base: String| {
        let fetcher = Fetcher::new();
        let supply = Network::new(fetcher.clone(), move |source| match source {
            Source::Repository { path, .. } => {
                Ok(Remote::Http(Location::new(format!("{base}/{path}").parse().unwrap())))
            }
            other => {
                Err(SupplyError::failed(Failure::Configuration, std::io::Error::other(other.to_string())))
            }
        });
        (fetcher, supply)
    };
    let options = ground.options(Existing::Believe);

    let (_, supply) = network(other);
    let error = runtime().block_on(populate(&manifest, &ground.volume, &supply, &options)).unwrap_err();
    assert!(matches!(&error, PopulateError::NotThere { file, .. } if file.as_str() == "z.jar"), "{error}");

    let (fetcher, supply) = network(one);
    runtime().block_on(populate(&manifest, &ground.volume, &supply, &options)).unwrap();
    assert_eq!(ground.findings(Scope::Set(&manifest)), "");
    let before = fetcher.traffic();
    runtime().block_on(populate(&manifest, &ground.volume, &supply, &options)).unwrap();
    assert_eq!(fetcher.traffic(), before, "a second run asks for nothing");

    let url = "https://example.org/key".parse().unwrap();
    let unknown = Artifact { source: Source::Url { url }, ..ground.artifact(Kind::File, "other", b"other") };
    let name: SetName = "other".parse().unwrap();
    let unknown =
        Manifest::new(name, manifest.target.clone(), manifest.inputs.clone(), vec![unknown]).unwrap();
    let error = runtime().block_on(populate(&unknown, &ground.volume, &supply, &options)).unwrap_err();
    assert_eq!(error.failure(), Failure::Configuration);
    assert_eq!(error.to_string(), "cannot fetch `other` from https://example.org/key");
}
