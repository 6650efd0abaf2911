//! Bytes to publish: real zip archives, the same at every run.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use bytes::Bytes;
use sha1::Digest as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A jar: a real archive with a manifest and one incompressible entry, so that it has about `size`
/// bytes, which depend on `seed` alone.
pub fn jar(seed: &str, size: usize) -> Bytes {
    let manifest = "Manifest-Version: 1.0\r\nCreated-By: fatwood tests\r\n\r\n";
    zip([("META-INF/MANIFEST.MF", manifest.as_bytes()), ("content.bin", &bytes_of(seed, size))])
}

/// An archive of these entries, in this order, without times.
pub fn zip<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Bytes {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, content) in entries {
        archive.start_file(name, options).expect("an entry begins");
        archive.write_all(content).expect("an entry is written");
    }
    archive.finish().expect("an archive ends").into_inner().into()
}

/// `size` bytes that no compression shortens and that depend on `seed` alone (SHA-256 in counter mode).
pub fn bytes_of(seed: &str, size: usize) -> Vec<u8> {
    let blocks = (0_u64..).flat_map(|count| sha2::Sha256::digest(format!("{seed} {count}")).to_vec());
    blocks.take(size).collect()
}

/// The SHA-1 in hexadecimal digits, as Maven repositories publish it.
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex(&sha1::Sha1::digest(bytes))
}

/// The SHA-256 in hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes text");
        text
    })
}
