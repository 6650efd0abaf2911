//! XML read into a small tree: POMs, version lists, settings, listings of objects.
//!
//! Real POMs are looser than the standard: element names such as `Xlint:-unchecked`, HTML entities
//! without a document type, ISO-8859-1, a byte order mark. Namespaces are not looked at. What
//! makes XML dangerous is refused: document types, and anything beyond the limits below.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use thiserror::Error;

/// The largest document that is read, in bytes: the largest POM among 1,608 has 141 kB, and the
/// `maven-metadata.xml` of the most published modules about 1 MB.
pub(crate) const MAX_SIZE: usize = 4 << 20;
/// The deepest nesting: real POMs stay below 20.
const MAX_DEPTH: usize = 64;
/// The most elements, so that 4 MiB of `<a/>` do not become 100 MB of tree.
const MAX_ELEMENTS: usize = 200_000;

/// An element. It borrows of the document what stands there as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    tag: BytesStart<'a>,
    /// Its own text as it stands, without that of its children and white space after one of these.
    pub(crate) text: Cow<'a, str>,
    pub(crate) children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    fn new(tag: BytesStart<'a>) -> Self {
        Self { tag, text: Cow::Borrowed(""), children: Vec::new() }
    }

    pub(crate) fn name(&self) -> &str {
        self.tag.name().into_inner()
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name() == name)
    }

    /// The text of the first child of that name, where there is any.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::trimmed).filter(|text| !text.is_empty())
    }

    /// Its own text without white space around it.
    pub(crate) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// The elements `inner` in every child `outer`, as in `<mirrors><mirror>…`.
    pub(crate) fn list<'b>(&'b self, outer: &'b str, inner: &'b str) -> impl Iterator<Item = &'b Self> {
        let outer = self.children.iter().filter(move |child| child.name() == outer);
        outer.flat_map(|list| &list.children).filter(move |child| child.name() == inner)
    }

    /// The children of the first child of that name: the items of a list.
    pub(crate) fn items(&self, name: &str) -> &[Self] {
        self.child(name).map_or(&[], |list| &list.children)
    }

    fn push(&mut self, piece: Cow<'a, str>) {
        let is_between = !self.children.is_empty() && piece.trim_start().is_empty();
        if self.text.is_empty() {
            self.text = piece;
        } else if !is_between {
            self.text.to_mut().push_str(&piece);
        }
    }

    /// The five entities of XML and character references; any other, as HTML's, stays as it is written.
    fn push_reference(&mut self, reference: &BytesRef<'_>) {
        let text = self.text.to_mut();
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return text.push(character);
        }
        let name: &str = reference;
        if let Some(known) = quick_xml::escape::resolve_predefined_entity(name) {
            text.push_str(known);
        } else {
            text.extend(["&", name, ";"]);
        }
    }

    fn into_owned(self) -> Element<'static> {
        Element {
            tag: self.tag.into_owned(),
            text: Cow::Owned(self.text.into_owned()),
            children: self.children.into_iter().map(Element::into_owned).collect(),
        }
    }
}

/// Why a document was refused. It completes a sentence that begins with the document's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlFault {
    /// Larger than is read.
    #[error("has {size} bytes, more than the {MAX_SIZE} that are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Nested too deeply.
    #[error("is nested more than {MAX_DEPTH} elements deep")]
    TooDeep,
    /// Too many elements.
    #[error("has more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    /// A document type, with which a file may pull in others or grow without bound.
    #[error("declares a document type (DOCTYPE), which nothing that is read here needs")]
    Doctype,
    /// A web page, as log-in portals and error pages come with status 200.
    #[error("is a web page, not XML; check the URL that it came from, and the credentials for it")]
    WebPage,
    /// Not well-formed.
    #[error("is not well-formed XML at byte {position}: {reason}")]
    Syntax {
        /// Where, in bytes.
        position: u64,
        /// What the parser says.
        reason: String,
    },
    /// Well-formed, but something else.
    #[error("has the root element `{found}`, expected `{expected}`")]
    Root {
        /// The element that it should be.
        expected: &'static str,
        /// The element that it is.
        found: String,
    },
}

/// Reads a document whose root element must be `root`.
pub(crate) fn parse<'a>(bytes: &'a [u8], root: &'static str) -> Result<Element<'a>, XmlFault> {
    parse_parts(bytes, root, |_, _| true)
}

/// Reads those parts of a document whose root element must be `root` that somebody looks at.
///
/// `is_read` is asked by the names of a parent and a child. What it declines must be well-formed and within
/// the limits all the same.
pub(crate) fn parse_parts<'a>(
    bytes: &'a [u8],
    root: &'static str,
    is_read: fn(&str, &str) -> bool,
) -> Result<Element<'a>, XmlFault> {
    if bytes.len() > MAX_SIZE {
        return Err(XmlFault::TooLarge { size: bytes.len() });
    }
    let element = match decode(bytes) {
        Cow::Borrowed(text) => tree(text, is_read)?,
        Cow::Owned(text) => tree(&text, is_read)?.into_owned(),
    };
    if element.name().eq_ignore_ascii_case("html") {
        Err(XmlFault::WebPage)
    } else if element.name() == root {
        Ok(element)
    } else {
        Err(XmlFault::Root { expected: root, found: element.name().chars().take(80).collect() })
    }
}

/// Text of whatever encoding, without a byte order mark.
///
/// Undecodable bytes become U+FFFD, as they do in Java's readers: they occur in people's names, and
/// a coordinate that holds one is refused later.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |from: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFE, 0xFF, ..] => utf16(u16::from_be_bytes),
        [0xFF, 0xFE, ..] => utf16(u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ if is_declared_latin1(bytes) => bytes.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Whether the XML declaration names a one-byte encoding of western Europe. Windows-1252 differs from
/// ISO-8859-1 only where neither occurs in a coordinate.
fn is_declared_latin1(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().take(200).position(|byte| *byte == b'>') else { return false };
    let declaration = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let encodings = ["iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15"];
    declaration.trim_start().starts_with("<?xml") && encodings.iter().any(|name| declaration.contains(name))
}

fn tree(text: &str, is_read: fn(&str, &str) -> bool) -> Result<Element<'_>, XmlFault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    // The last is the innermost open element; the first stands for the document.
    let mut open = vec![Element::new(BytesStart::new(""))];
    let mut elements = 0;
    // How many elements are open that nobody reads, all within each other.
    let mut unread = 0;
    loop {
        let event = reader.read_event().map_err(|error| syntax(&reader, text, &error.to_string()))?;
        let depth = open.len() + unread;
        let Some(top) = open.last_mut() else { return Err(syntax(&reader, text, "too many end tags")) };
        match event {
            Event::Start(_) | Event::Empty(_) if elements == MAX_ELEMENTS => {
                return Err(XmlFault::TooManyElements);
            }
            Event::Start(_) if depth > MAX_DEPTH => return Err(XmlFault::TooDeep),
            Event::Start(tag) => {
                elements += 1;
                if unread > 0 || !is_read(top.name(), tag.name().as_ref()) {
                    unread += 1;
                    continue;
                }
                open.push(Element::new(tag));
            }
            Event::Empty(tag) => {
                elements += 1;
                if unread > 0 || !is_read(top.name(), tag.name().as_ref()) {
                    continue;
                }
                top.children.push(Element::new(tag));
            }
            Event::End(_) if unread > 0 => unread -= 1,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if unread > 0 => {}
            Event::End(_) => {
                let Some(closed) = open.pop() else { return Err(syntax(&reader, text, "too many end tags")) };
                if let Some(parent) = open.last_mut() {
                    parent.children.push(closed);
                }
            }
            Event::Text(piece) => top.push(piece.xml10_content()),
            Event::CData(piece) => top.push(piece.xml10_content()),
            Event::GeneralRef(reference) => top.push_reference(&reference),
            Event::DocType(declared) => {
                let is_page = declared.trim_start().to_ascii_lowercase().starts_with("html");
                return Err(if is_page { XmlFault::WebPage } else { XmlFault::Doctype });
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.len(), open.pop().and_then(|document| document.children.into_iter().next())) {
        (1, Some(root)) => Ok(root),
        (1, None) => Err(syntax(&reader, text, "there is no element in it")),
        _ => Err(syntax(&reader, text, "it ends before its root element does")),
    }
}

fn syntax(reader: &Reader<&[u8]>, text: &str, reason: &str) -> XmlFault {
    let start = text.trim_start().get(..100).unwrap_or(text).to_ascii_lowercase();
    if start.starts_with("<html") {
        return XmlFault::WebPage;
    }
    // Only what the reader itself finds has a place; else it is where the reader has come to.
    let position = reader.error_position().max(reader.buffer_position());
    XmlFault::Syntax { position, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_poms_are_read() {
        let check = |bytes: &[u8]| {
            let element = parse(bytes, "project").expect("a document");
            assert_eq!(element.text_of("artifactId"), Some("a"), "{}", String::from_utf8_lossy(bytes));
        };
        check(b"<project><artifactId>a</artifactId></project>");
        check(b"\xEF\xBB\xBF<?xml version='1.0'?><project><artifactId>\n  a\t</artifactId></project>\n");
        check(b"<project xmlns='x' xsi:y='z'><c><Xlint:-unchecked/></c><artifactId>a</artifactId></project>");
        check(b"<project><n>Bj&oslash;rn & &#246; &amp;</n><artifactId><![CDATA[a]]></artifactId></project>");
        check(b"<?xml version='1.0' encoding='ISO-8859-1'?><project><n>\xF8</n><artifactId>a</artifactId></project>");
        check(b"<!-- licence --><project><n>\xF8</n><artifactId>&#97;<!-- it --></artifactId></project>");
        let utf16: Vec<u8> = "\u{FEFF}<project><artifactId>a</artifactId></project>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        check(&utf16);
    }

    #[test]
    fn what_nobody_reads_is_not_kept_and_must_be_well_formed() {
        fn read(text: &str) -> Result<Element<'_>, XmlFault> {
            parse_parts(text.as_bytes(), "a", |parent, child| (parent, child) != ("a", "b"))
        }
        let element = read("<a><b><c>x</c>y&amp;<a/></b><c><b>z</b></c><b/>t</a>").expect("a document");
        assert_eq!(element, parse(b"<a><c><b>z</b></c>t</a>", "a").expect("a document"));
        for (text, expected) in [
            ("<a><b><c></b></a>", "well-formed"),
            ("<a><b>", "well-formed"),
            ("<a><b></b></b></a>", "well-formed"),
            (&format!("<a><b>{}", "<c>".repeat(64)), "64 elements deep"),
            (&format!("<a><b>{}", "<c/>".repeat(MAX_ELEMENTS)), "200000 elements"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.to_string().contains(expected), "{fault}");
        }
    }

    #[test]
    fn entities_become_characters_where_xml_knows_them() {
        let element = parse(b"<p>a&lt;&#x41;&oslash;</p>", "p").expect("a document");
        assert_eq!(element.trimmed(), "a<A&oslash;");
    }

    #[test]
    fn everything_else_is_refused_and_says_why() {
        let check = |text: &str, expected: &str| {
            let fault = parse(text.as_bytes(), "project").expect_err(text);
            assert!(fault.to_string().contains(expected), "{fault}");
        };
        check("<!DOCTYPE project [<!ENTITY a 'b'>]><project/>", "DOCTYPE");
        check("<!DOCTYPE html><html><body>Not here</body></html>", "web page");
        check("<html><head><meta></head></html>", "web page");
        check("<HTML></HTML>", "web page");
        check("<metadata/>", "root element `metadata`, expected `project`");
        check("<project><a></project>", "well-formed");
        check("<project>", "well-formed");
        check("", "well-formed");
        check("not xml", "well-formed");
        check("</project>", "well-formed");
        check(&"<a>".repeat(1000), "64 elements deep");
        check(&format!("<project>{}</project>", "<a/>".repeat(MAX_ELEMENTS + 1)), "200000 elements");
        check(&" ".repeat(MAX_SIZE + 1), "4194305 bytes");
    }
}
