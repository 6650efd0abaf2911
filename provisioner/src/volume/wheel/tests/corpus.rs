//! The corpus: archives, and what must become of each.

use fatwood_resolver::failure::Failure;

use super::builder::{Entry, FILE, Header, crc32, entries, file, local, wheel, wheel_but, zip_around};
use super::{Ground, RecordCheck};

/// What must become of an archive.
enum Verdict {
    /// Installed, with this file in the tree.
    Accept(&'static str),
    /// Refused, with an error that says this and names the wheel.
    Reject(&'static str),
}
use Verdict::{Accept, Reject};

type Case = (&'static str, Vec<u8>, Verdict);

#[test]
fn every_archive_is_judged_as_marked() {
    let cases = [names(), kinds(), headers(), sizes(), layouts(), documents()];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 60, "{}", cases.len());
    let ground = Ground::new();
    for (reason, bytes, verdict) in cases {
        let result = ground.install(&[(FILE, &bytes)], RecordCheck::Note);
        match (result, verdict) {
            (Ok(tree), Accept(path)) => {
                assert!(tree.files.contains_key(path), "{reason}: {}", tree.listing());
            }
            (Err(error), Reject(expected)) => {
                let text = chain(&error);
                assert!(text.contains(FILE) && text.contains(expected), "{reason}: {text}");
                assert_eq!(error.failure(), Failure::Data, "{reason}: {text}");
            }
            (Ok(tree), Reject(_)) => panic!("{reason}: must be refused, but gave {}", tree.listing()),
            (Err(error), Accept(_)) => panic!("{reason}: must be accepted, but: {}", chain(&error)),
        }
    }
}

/// An error and its sources, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let source = error.source().map_or_else(String::new, |source| format!(": {}", chain(source)));
    format!("{error}{source}")
}

fn one(entry: Entry) -> Vec<u8> {
    wheel(&[entry])
}

fn named(name: impl AsRef<[u8]>) -> Vec<u8> {
    one(file(name, "1"))
}

fn names() -> Vec<Case> {
    let deep = "d/".repeat(63);
    let plain = "must have a plain relative path";
    vec![
        ("a plain file", named("demo.py"), Accept("demo.py")),
        ("a deep file, at the limit", named(format!("{deep}x")), Accept("demo-1.0.dist-info/RECORD")),
        ("spaces, quotes and commas", named("a \"b\", c.py"), Accept("a \"b\", c.py")),
        ("UTF-8", named("ünï.py"), Accept("ünï.py")),
        ("dots that are no parent", named("...x/..y"), Accept("...x/..y")),
        ("too deep", named(format!("d/{deep}x")), Reject("must be at most 64 directories deep")),
        ("absolute", named("/etc/passwd"), Reject("member `/etc/passwd` has an absolute path")),
        ("absolute twice", named("//etc/passwd"), Reject("has an absolute path")),
        ("parent", named("../canary"), Reject(plain)),
        ("parent within", named("demo/../../canary"), Reject(plain)),
        ("parent at the end", named("demo/.."), Reject(plain)),
        ("parent alone", named(".."), Reject(plain)),
        ("parent as a directory", one(file("../", "").mode(0o040_755)), Reject(plain)),
        ("here", named("./demo.py"), Reject(plain)),
        ("empty component", named("demo//x.py"), Reject(plain)),
        ("empty name", named(""), Reject(plain)),
        ("backslash", named("..\\canary"), Reject("a control character or a backslash")),
        ("drive letter", named("C:\\canary"), Reject("a control character or a backslash")),
        ("NUL", named("demo.py\0.txt"), Reject("member `demo.py\\0.txt`")),
        ("newline", named("de\nmo.py"), Reject("a control character or a backslash")),
        ("escape sequence", named("\u{1b}[2J"), Reject("a control character or a backslash")),
        ("a component of 256 bytes", named("x".repeat(256)), Reject("longer than 255 bytes")),
        ("a path of 3000 bytes", named("long/".repeat(600) + "x"), Reject("longer than 2048 bytes")),
        ("not UTF-8", named(b"d\xe9mo.py"), Reject("must have a name in UTF-8")),
        (
            "UTF-8 that is not marked so",
            one(file("dé.py", "1").both(|header| header.flags = 0)),
            Reject("must have a name in UTF-8 and be marked so"),
        ),
        (
            "a second name",
            one(file("demo.py", "1").both(second_name)),
            Reject("has a second name in an extra field"),
        ),
    ]
}

/// The Unicode path extra field (0x7075) of Info-ZIP: its version, the CRC of the name that it replaces, and `Demo.py`.
fn second_name(header: &mut Header) {
    header.flags = 0;
    let crc = crc32(&header.name).to_le_bytes();
    header.extra = [b"\x75\x70\x0c\x00\x01".as_slice(), &crc, b"Demo.py"].concat();
}

fn kinds() -> Vec<Case> {
    let mode = |mode| one(file("demo.py", "1").mode(mode));
    vec![
        ("no mode at all", mode(0), Accept("demo.py")),
        ("a mode without type", mode(0o755), Accept("demo.py")),
        ("set-uid is dropped", mode(0o104_755), Accept("demo.py")),
        (
            "symbolic link",
            mode(0o120_777),
            Reject("must be a regular file or a directory, but is a symbolic link"),
        ),
        ("pipe", mode(0o010_644), Reject("but is a pipe")),
        ("character device", mode(0o020_644), Reject("but is a device")),
        ("block device", mode(0o060_644), Reject("but is a device")),
        ("socket", mode(0o140_644), Reject("but is a socket")),
        ("unknown type", mode(0o050_644), Reject("but is a file of unknown type")),
        ("a directory by mode alone", mode(0o040_755), Reject("but is a directory named as a file")),
        (
            "a directory by name alone",
            one(file("demo/", "").mode(0o100_644)),
            Reject("but is a regular file named as a directory"),
        ),
        (
            "a directory with content",
            one(file("demo/", "1").mode(0)),
            Reject("is a directory, but has content"),
        ),
        ("a directory that is deflated", one(file("demo/", "").mode(0).deflated()), Reject("has content")),
        ("encrypted", one(file("demo.py", "1").both(|header| header.flags |= 1)), Reject("is encrypted")),
        (
            "encrypted strongly",
            one(file("demo.py", "1").both(|header| header.flags |= 1 | 1 << 6)),
            Reject("is encrypted"),
        ),
        (
            "zstd",
            one(file("demo.py", "1").both(|header| header.method = 93)),
            Reject("must be stored or deflated"),
        ),
        (
            "bzip2",
            one(file("demo.py", "1").both(|header| header.method = 12)),
            Reject("must be stored or deflated"),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let local = |change: fn(&mut Header)| one(file("demo.py", "1").local(change));
    let differ = "the local header of member `demo.py` must agree with the central directory";
    let hidden = file("evil.py", "x");
    let two = |first: &str, second: &str| wheel(&[file(first, "1"), file(second, "1")]);
    vec![
        ("another name", local(|header| header.name = b"dem0.py".to_vec()), Reject(differ)),
        ("a longer name", local(|header| header.name = b"demo.pyc".to_vec()), Reject(differ)),
        ("another size", local(|header| header.size = 2), Reject(differ)),
        ("another compressed size", local(|header| header.compressed = 2), Reject(differ)),
        ("another CRC", local(|header| header.crc = 2), Reject(differ)),
        ("another method", local(|header| header.method = 8), Reject(differ)),
        ("other flags", local(|header| header.flags |= 8), Reject(differ)),
        ("encrypted in the local header alone", local(|header| header.flags |= 1), Reject(differ)),
        ("another time", local(|header| header.time = 9), Reject(differ)),
        (
            "another name in the central directory",
            one(file("demo.py", "1").central(|header| header.name = b"dem0.py".to_vec())),
            Reject("member `dem0.py`"),
        ),
        ("the same name twice", two("demo.py", "demo.py"), Reject("member `demo.py` is there twice")),
        ("names that differ by case alone", two("demo.py", "Demo.py"), Reject("cannot both go to")),
        ("case beyond ASCII", two("ä.py", "Ä.py"), Reject("cannot both go to")),
        ("a file and a directory", two("demo", "demo/x.py"), Reject("cannot both go to")),
        (
            "two members for one place",
            two("demo.py", "demo-1.0.data/purelib/demo.py"),
            Reject("cannot both go to `demo.py`"),
        ),
        ("two members over the same bytes", nested(0), Reject("local header of member `demo.py`")),
        ("a member within another's bytes", nested(31), Reject("archive contains overlapping entries")),
        (
            "a member that the directory does not list",
            zip_around(b"", &entries("demo-1.0", &[]), &hidden_member(&hidden)),
            Reject("is not a sound zip archive"),
        ),
        (
            "bytes before the first member",
            zip_around(b"#!/bin/sh\n", &entries("demo-1.0", &[]), b""),
            Reject("it must begin with a member"),
        ),
        ("not a zip archive", b"<html>login</html>".to_vec(), Reject("is not a sound zip archive")),
        ("an empty file", Vec::new(), Reject("is not a sound zip archive")),
        ("cut in half", cut(&named("demo.py")), Reject("is not a sound zip archive")),
        ("cut at the front", named("demo.py").split_off(40), Reject("wheel `demo-1.0-py3-none-any.whl`")),
        ("no members", zip_around(b"", &[], b""), Reject("must have `METADATA`")),
    ]
}

/// Two members, the second of which begins `offset` bytes after the first; the first holds it at 31.
fn nested(offset: usize) -> Vec<u8> {
    let inner = file("demo.py", "1");
    let outer = file("a", [local(inner.local_header()), b"1".to_vec()].concat());
    wheel(&[outer, inner.at(offset)])
}

fn hidden_member(entry: &Entry) -> Vec<u8> {
    let mut bytes = local(entry.local_header());
    bytes.push(b'x');
    bytes
}

fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

fn sizes() -> Vec<Case> {
    let declares = |entry: Entry, size: u32| one(entry.both(|header| header.size = size));
    let unpacked = "member `demo.py` of wheel";
    vec![
        ("deflated", one(file("demo.py", "12345").deflated()), Accept("demo.py")),
        ("an empty file, deflated", one(file("demo.py", "").deflated()), Accept("demo.py")),
        ("other bytes than its CRC", one(file("demo.py", "1").damaged()), Reject(unpacked)),
        (
            "other deflated bytes than its CRC",
            one(file("demo.py", "1").deflated().damaged()),
            Reject(unpacked),
        ),
        ("more than declared", declares(file("demo.py", "123").deflated(), 2), Reject(unpacked)),
        ("less than declared", declares(file("demo.py", "123").deflated(), 4), Reject(unpacked)),
        ("stored, less than declared", declares(file("demo.py", "123"), 4), Reject(unpacked)),
        ("stored, more than declared", declares(file("demo.py", "123"), 2), Reject(unpacked)),
        (
            "bytes that do not inflate",
            one(file("demo.py", "\x07\x07").both(|h| h.method = 8)),
            Reject(unpacked),
        ),
        (
            "one member over the limit",
            declares(file("demo.py", "1").deflated(), (512 << 20) + 1),
            Reject("must have at most 536870912 bytes (the larger of 512 MiB and 20 times the archive)"),
        ),
        (
            "many members over the limit together",
            wheel(&vec_of(600, |index| {
                file(format!("x{index}"), "1").deflated().both(|header| header.size = 1 << 20)
            })),
            Reject("must have at most 536870912 bytes"),
        ),
    ]
}

fn vec_of(count: usize, make: impl Fn(usize) -> Entry) -> Vec<Entry> {
    (0..count).map(make).collect()
}

fn layouts() -> Vec<Case> {
    let mut two = entries("demo-1.0", &[]);
    two.extend(entries("other-1.0", &[]));
    vec![
        ("no files of its own", wheel(&[]), Accept("demo-1.0.dist-info/INSTALLER")),
        ("a known key", named("demo-1.0.data/data/etc/x.conf"), Accept("etc/x.conf")),
        ("another spelling of the project", named("Demo-1.0.0.data/scripts/x"), Accept("bin/x")),
        (
            "an unknown key",
            named("demo-1.0.data/stdlib/x"),
            Reject("in one of `purelib`, `platlib`, `scripts`"),
        ),
        ("a key in other case", named("demo-1.0.data/Scripts/x"), Reject("in one of `purelib`")),
        ("no key", named("demo-1.0.data/x"), Reject("in one of `purelib`")),
        (
            "data of another project",
            named("other-1.0.data/data/x"),
            Reject("named like the wheel's file name"),
        ),
        (
            "data of another version",
            named("demo-1.1.data/data/x"),
            Reject("named like the wheel's file name"),
        ),
        (
            "a RECORD of its own",
            named("demo-1.0.data/purelib/demo-1.0.dist-info/RECORD"),
            Reject("cannot both go"),
        ),
        ("two dist-info", zip_around(b"", &two, b""), Reject("one `.dist-info` directory, but has")),
        (
            "dist-info of another project",
            zip_around(b"", &entries("other-1.0", &[]), b""),
            Reject("member `other-1.0.dist-info` must be below a directory named like"),
        ),
        (
            "dist-info of another version",
            zip_around(b"", &entries("demo-1.1", &[]), b""),
            Reject("named like the wheel's file name"),
        ),
    ]
}

fn documents() -> Vec<Case> {
    let metadata = |text| wheel_but("METADATA", text);
    let version = |text| wheel_but("WHEEL", text);
    let points = |text| wheel_but("entry_points.txt", Some(text));
    let says = "must say `Wheel-Version: 1.0`, but says";
    vec![
        ("headers in any case", metadata(Some("NAME:  Demo\r\nversion: 1\r\n")), Accept("demo.py")),
        ("no METADATA", metadata(None), Reject("must have `METADATA`")),
        (
            "METADATA of another project",
            metadata(Some("Name: x\nVersion: 1.0\n")),
            Reject("but says `Name: x` and `Version: 1.0`"),
        ),
        (
            "METADATA of another version",
            metadata(Some("Name: demo\nVersion: 2\n")),
            Reject("says `Name: demo` and `Version: 2`"),
        ),
        (
            "a name in the description",
            metadata(Some("\nName: demo\nVersion: 1.0\n")),
            Reject("says `Name: ` and `Version: `"),
        ),
        ("a newer minor version", version(Some("Wheel-Version: 1.9\n")), Accept("demo.py")),
        ("no WHEEL", version(None), Reject("must have `WHEEL`")),
        ("a newer major version", version(Some("Wheel-Version: 2.0\n")), Reject(says)),
        ("an older major version", version(Some("Wheel-Version: 0.9\n")), Reject(says)),
        ("no version", version(Some("Generator: x\n")), Reject("but says nothing")),
        ("a version in words", version(Some("Wheel-Version: one\n")), Reject(says)),
        ("no RECORD", wheel_but("RECORD", None), Reject("must have `RECORD`")),
        ("a RECORD that is no text", wheel_but("RECORD", Some("\0\u{1}\"")), Accept("demo.py")),
        ("no entry points", points(""), Accept("demo.py")),
        ("a script", points("[console_scripts]\nx = a:b\n"), Accept("bin/x")),
        (
            "a script that leaves bin",
            points("[console_scripts]\n../x = a:b\n"),
            Reject("in line 2: the name"),
        ),
        ("a script with code in it", points("[gui_scripts]\n\nx = a:b;c\n"), Reject("in line 3: the value")),
        ("a script without callable", points("[console_scripts]\nx = a\n"), Reject("in line 2: the value")),
        (
            "a huge METADATA",
            metadata(Some(&format!("Name: demo\nVersion: 1.0\n{}", "x".repeat(4 << 20)))),
            Reject("METADATA` must have at most 4194304 bytes"),
        ),
    ]
}
