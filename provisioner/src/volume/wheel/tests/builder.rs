//! Builds archives, sound ones and every kind of unsound one, byte by byte.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fatwood_resolver::digest::Digest;

/// The wheel that most tests build.
pub(super) const FILE: &str = "demo-1.0-py3-none-any.whl";

/// One of the two headers of a member.
#[derive(Clone)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) crc: u32,
    pub(super) compressed: u32,
    pub(super) size: u32,
    pub(super) extra: Vec<u8>,
}

/// A member: its bytes as they lie in the archive, and what both headers say about them.
#[derive(Clone)]
pub(super) struct Entry {
    data: Vec<u8>,
    attributes: u32,
    local: Header,
    central: Header,
    /// How many bytes after the member before it this one begins, where it lies over that one.
    over: Option<usize>,
}

/// A regular file, stored.
pub(super) fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Entry {
    let (name, data) = (name.as_ref().to_vec(), data.as_ref().to_vec());
    let size = u32::try_from(data.len()).unwrap();
    let crc = crc32(&data);
    let header =
        Header { name, flags: 1 << 11, method: 0, time: 0, crc, compressed: size, size, extra: Vec::new() };
    Entry { data, attributes: 0o100_644 << 16, local: header.clone(), central: header, over: None }
}

impl Entry {
    pub(super) fn mode(mut self, mode: u32) -> Self {
        self.attributes = mode << 16;
        self
    }

    pub(super) fn local(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.local);
        self
    }

    pub(super) fn central(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.central);
        self
    }

    pub(super) fn both(self, change: impl Fn(&mut Header)) -> Self {
        self.local(&change).central(&change)
    }

    /// Deflated, in one stored block: RFC 1951, 3.2.4.
    pub(super) fn deflated(mut self) -> Self {
        let length = u16::try_from(self.data.len()).unwrap();
        let mut data = vec![1];
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.append(&mut self.data);
        self.data = data;
        let compressed = u32::try_from(self.data.len()).unwrap();
        self.both(|header| (header.method, header.compressed) = (8, compressed))
    }

    pub(super) fn local_header(&self) -> &Header {
        &self.local
    }

    /// Other bytes than the headers say.
    pub(super) fn damaged(mut self) -> Self {
        let last = self.data.len() - 1;
        self.data[last] ^= 1;
        self
    }

    /// Lies over the member before it, and begins `offset` bytes after that one.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.over = Some(offset);
        self
    }
}

/// An archive of `entries`, with `prefix` before them and `gap` between them and the directory.
pub(super) fn zip_around(prefix: &[u8], entries: &[Entry], gap: &[u8]) -> Vec<u8> {
    let mut zip = prefix.to_vec();
    let mut directory = Vec::new();
    let mut offset = 0;
    for entry in entries {
        if let Some(over) = entry.over {
            offset += over;
        } else {
            offset = zip.len() - prefix.len();
            zip.extend(local(&entry.local));
            zip.extend(&entry.data);
        }
        directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend(common(&entry.central));
        directory.extend([0; 6]);
        directory.extend(entry.attributes.to_le_bytes());
        directory.extend(u32::try_from(offset).unwrap().to_le_bytes());
        directory.extend(&entry.central.name);
        directory.extend(&entry.central.extra);
    }
    zip.extend(gap);
    let start = u32::try_from(zip.len() - prefix.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap();
    zip.extend(directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count, count].concat());
    zip.extend(length.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

/// A local header: APPNOTE.TXT 4.3.7.
pub(super) fn local(header: &Header) -> Vec<u8> {
    [b"PK\x03\x04\x14\x00".as_slice(), &common(header), &header.name, &header.extra].concat()
}

/// The fields that both headers have in the same order.
fn common(header: &Header) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [header.flags, header.method, header.time, 0x5a21] {
        bytes.extend(word.to_le_bytes());
    }
    for long in [header.crc, header.compressed, header.size] {
        bytes.extend(long.to_le_bytes());
    }
    bytes.extend(u16::try_from(header.name.len()).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(header.extra.len()).unwrap().to_le_bytes());
    bytes
}

/// The entries of a sound wheel `stem` with `content` in it.
pub(super) fn entries(stem: &str, content: &[Entry]) -> Vec<Entry> {
    let (name, version) = stem.split_once('-').unwrap();
    let mut entries = content.to_vec();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: other\n");
    entries.push(file(format!("{stem}.dist-info/METADATA"), metadata));
    entries.push(file(format!("{stem}.dist-info/WHEEL"), "Wheel-Version: 1.0\nGenerator: test\n"));
    let record: String = entries.iter().map(row).collect();
    entries.push(file(format!("{stem}.dist-info/RECORD"), format!("{record}{stem}.dist-info/RECORD,,\n")));
    entries
}

fn row(entry: &Entry) -> String {
    let name = String::from_utf8_lossy(&entry.central.name);
    if name.ends_with('/') {
        return String::new();
    }
    let start = entry.data.len() - usize::try_from(entry.central.size).unwrap().min(entry.data.len());
    let data = &entry.data[start..];
    format!("\"{name}\",sha256={},{}\n", URL_SAFE_NO_PAD.encode(Digest::of(data).as_bytes()), data.len())
}

/// A sound wheel, [`FILE`], with `content` in it.
pub(super) fn wheel(content: &[Entry]) -> Vec<u8> {
    zip_around(b"", &entries("demo-1.0", content), b"")
}

/// [`FILE`] with other bytes in the file of its `.dist-info` named `name`; `None` leaves it out.
pub(super) fn wheel_but(name: &str, data: Option<&str>) -> Vec<u8> {
    let path = format!("demo-1.0.dist-info/{name}");
    let mut entries = entries("demo-1.0", &[file("demo.py", "1")]);
    entries.retain(|entry| entry.central.name != path.as_bytes());
    entries.extend(data.map(|data| file(&path, data)));
    zip_around(b"", &entries, b"")
}

/// CRC-32 as zip has it, bit by bit.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
