//! The little of HTML that an index page needs: the attributes of its anchors.

use std::collections::BTreeMap;

/// The attributes of an element, by lower-case name, with entities decoded.
pub(super) type Attributes = BTreeMap<String, String>;

/// What a page holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The anchors, in order.
    pub anchors: Vec<Attributes>,
    /// Where relative links start from, where the page says so.
    pub base: Option<String>,
    /// The version of the protocol, where the page says so.
    pub version: Option<String>,
    /// Whether the page says of itself that it lists links, even where there are none.
    pub is_index: bool,
}

/// Reads a page. No text fails: what is no element is passed over, as browsers do.
pub(super) fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        rest = if let Some(comment) = after.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else {
            read_element(after, &mut page)
        };
    }
    page
}

/// Reads the element that begins here, and gives what comes behind it.
fn read_element<'a>(text: &'a str, page: &mut Page) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        // A closing tag, a declaration, or a `<` that stands for itself.
        return text;
    }
    let name = name.to_ascii_lowercase();
    let (mut attributes, rest) = read_attributes(rest);
    match name.as_str() {
        "a" => page.anchors.push(attributes),
        "base" if page.base.is_none() => page.base = attributes.remove("href"),
        "meta" if attributes.get("name").is_some_and(|name| name == "pypi:repository-version") => {
            page.version = attributes.remove("content");
            page.is_index = true;
        }
        "title" => page.is_index |= begins_with(rest.trim_start(), "links for"),
        // Their content is no markup.
        "script" | "style" => {
            let mut closings = rest.match_indices("</").map(|(at, _)| &rest[at..]);
            return closings.find(|closing| begins_with(&closing[2..], &name)).unwrap_or("");
        }
        _ => {}
    }
    rest
}

fn begins_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Reads attributes up to the `>`, and gives what comes behind it.
fn read_attributes(text: &str) -> (Attributes, &str) {
    let mut attributes = Attributes::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        let end = rest.find(ends).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(value) => read_value(value.trim_start()),
            None => ("", after),
        };
        if after.len() == rest.len() {
            // A stray `=` with neither name nor value cannot stop the page, nor can the end of the text.
            return (attributes, after);
        }
        // The first of two attributes of one name counts.
        attributes.entry(name.to_ascii_lowercase()).or_insert_with(|| decoded(value));
        rest = after;
    }
}

fn read_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

/// The text with its character references decoded: numbers, and the five names that matter in attributes.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        rest = if let Some((character, after)) = reference {
            decoded.push(character);
            after
        } else {
            decoded.push('&');
            after
        };
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hrefs(text: &str) -> Vec<String> {
        read(text).anchors.iter().map(|anchor| anchor.get("href").cloned().unwrap_or_default()).collect()
    }

    #[test]
    fn anchors_are_read_however_they_are_written() {
        let check = |text: &str, expected: &[&str]| assert_eq!(hrefs(text), expected, "{text}");
        check("<a href='x'>x</a><A HREF=\"y\">", &["x", "y"]);
        check("<a\n  href = x data-yanked>z</a>", &["x"]);
        check("<a href=x/y.whl>", &["x/y.whl"]);
        check("<!-- <a href=no> --><a href=yes>", &["yes"]);
        check("<script>'<a href=no>'</script><a href=yes>", &["yes"]);
        check("<abbr href=no><address href=no>", &[]);
        check("<a href='a&amp;b&#43;&#x2B;&nope;&'>", &["a&b++&nope;&"]);
        check("<a =x href=y>", &["y"]);
        check("<a href='unclosed", &["unclosed"]);
        check("a < b <a href=x", &["x"]);
        check("<a href=first href=second>", &["first"]);
    }

    #[test]
    fn the_page_says_what_it_is() {
        let page = read("<base href=/f/><meta name='pypi:repository-version' content='1.1'>");
        assert_eq!(
            (page.base.as_deref(), page.version.as_deref(), page.is_index),
            (Some("/f/"), Some("1.1"), true)
        );
        assert!(read("<title>Links for x</title>").is_index);
        assert!(!read("<title>Log in</title>").is_index);
    }

    proptest! {
        #[test]
        fn no_text_panics_or_hangs(text in "[<>a='\"& /;#xé!-]{0,60}") {
            read(&text);
        }
    }
}
