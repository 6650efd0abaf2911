//! Small XML documents as trees: settings, listings, an embedded POM.
//!
//! A document type is refused, and with it every entity of a document's own; so are depth and size
//! beyond what such documents have. Namespaces are ignored, as the tools that define these formats
//! ignore them.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use thiserror::Error;

/// The largest document that is read, in bytes. A listing of 1,000 objects has at most 2 MiB.
pub(crate) const MAX_SIZE: usize = 4 << 20;

/// How deep elements may be nested; no such document needs more than ten.
const MAX_DEPTH: usize = 64;

/// An element with its text and its child elements. Attributes and comments are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// The name, without a namespace prefix.
    pub name: String,
    /// The text directly in it, entities replaced, otherwise as it stands.
    pub text: String,
    /// The elements directly in it, in order.
    pub children: Vec<Element>,
}

/// A text that is not such a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at byte {position}: {reason}")]
pub(crate) struct InvalidXml {
    position: u64,
    reason: String,
}

impl Element {
    /// Reads a document and gives its root element.
    pub(crate) fn parse(document: &str) -> Result<Self, InvalidXml> {
        let mut reader = Reader::from_str(document);
        if document.len() > MAX_SIZE {
            return Err(invalid(&reader, format!("it is larger than the {MAX_SIZE} bytes that are read")));
        }
        // The outermost element of the stack is the document itself; its one child is the root.
        let mut stack = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|error| invalid(&reader, error.to_string()))?;
            match event {
                Event::Start(start) if stack.len() > MAX_DEPTH => {
                    let name = start.local_name().into_inner().to_owned();
                    return Err(invalid(&reader, format!("`{name}` is nested deeper than {MAX_DEPTH}")));
                }
                Event::Start(start) => stack.push(Self::named(&start)),
                Event::Empty(start) => adopt(&mut stack, Self::named(&start)),
                Event::End(_) => {
                    if let Some(element) = stack.pop() {
                        adopt(&mut stack, element);
                    }
                }
                Event::Text(text) => append(&mut stack, &text.xml10_content()),
                Event::CData(text) => append(&mut stack, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let name = reference.xml10_content().into_owned();
                    let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let text = character.or_else(|| resolve_xml_entity(&name).map(str::to_owned));
                    let text = text.ok_or_else(|| invalid(&reader, format!("unknown entity `&{name};`")))?;
                    append(&mut stack, &text);
                }
                Event::DocType(_) => {
                    return Err(invalid(&reader, "a document type is not allowed".to_owned()));
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        let root = match stack.len() {
            1 => stack.pop().and_then(|document| document.children.into_iter().next()),
            _ => None,
        };
        root.ok_or_else(|| invalid(&reader, "it ends before its root element is closed".to_owned()))
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements `inner` in every child `outer`, as in `<mirrors><mirror>…`.
    pub(crate) fn list<'a>(&'a self, outer: &'a str, inner: &'a str) -> impl Iterator<Item = &'a Self> {
        let outer = self.children.iter().filter(move |child| child.name == outer);
        outer.flat_map(|list| &list.children).filter(move |child| child.name == inner)
    }

    /// The text of the first child of this name without white space around it; `None` where it is empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    fn named(start: &BytesStart<'_>) -> Self {
        Self { name: start.local_name().into_inner().to_owned(), ..Self::default() }
    }
}

fn adopt(stack: &mut [Element], child: Element) {
    if let Some(parent) = stack.last_mut() {
        parent.children.push(child);
    }
}

fn append(stack: &mut [Element], text: &str) {
    if let Some(element) = stack.last_mut() {
        element.text.push_str(text);
    }
}

fn invalid(reader: &Reader<&[u8]>, reason: String) -> InvalidXml {
    InvalidXml { position: reader.error_position().max(reader.buffer_position()), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_become_trees() {
        let text = "<?xml version='1.0'?><!-- a --><s:a xmlns:s='urn:s'><b> 1 &amp; &#50;<![CDATA[<3>]]></b><b/>\
                    <c><d>x</d></c><c><d>y</d></c></s:a>";
        let root = Element::parse(text).expect("a document");
        assert_eq!((root.name.as_str(), root.text_of("b")), ("a", Some("1 & 2<3>")));
        assert_eq!(root.children.len(), 4);
        let all: Vec<&str> = root.list("c", "d").map(|d| d.text.as_str()).collect();
        assert_eq!(all, ["x", "y"]);
    }

    #[test]
    fn hostile_and_broken_documents_are_refused() {
        let check = |text: &str, reason: &str| {
            let error = Element::parse(text).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        };
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type");
        check("<a>&b;</a>", "unknown entity");
        check("<a><b></a>", "byte");
        check("<a>", "ends before");
        check("", "ends before");
        check(&"<a>".repeat(70), "nested deeper");
        check(&" ".repeat(MAX_SIZE + 1), "larger");
    }
}
