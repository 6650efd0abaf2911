//! Files of `key = value` lines in `[sections]`, as Python's `ConfigParser` reads them: pip's
//! configuration and AWS' profiles.

use std::collections::BTreeMap;

/// Sections by name, in each the values by key in lower case.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Ini(BTreeMap<String, BTreeMap<String, String>>);

/// The first line, counted from 1, that is none of a section, a key, a continuation, a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidLine(pub usize);

impl Ini {
    /// Reads a file. An indented line continues the value above it, with a line break between; a later
    /// key replaces an earlier one of the same name.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidLine> {
        let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut section: Option<String> = None;
        let mut key: Option<String> = None;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let (content, invalid) = (line.trim(), InvalidLine(index + 1));
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            let values = section.as_ref().and_then(|section| sections.get_mut(section));
            match (values, &key) {
                (Some(values), Some(key)) if line.starts_with([' ', '\t']) => {
                    let value = values.entry(key.clone()).or_default();
                    value.push('\n');
                    value.push_str(content);
                }
                (_, _) if content.starts_with('[') => {
                    let name = content.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                    let name = name.ok_or(invalid)?.0.trim().to_owned();
                    sections.entry(name.clone()).or_default();
                    (section, key) = (Some(name), None);
                }
                (Some(values), _) => {
                    let (name, value) = content.split_once(['=', ':']).ok_or(invalid)?;
                    let name = name.trim_end().to_lowercase();
                    values.insert(name.clone(), value.trim_start().to_owned());
                    key = Some(name);
                }
                (None, _) => return Err(invalid),
            }
        }
        Ok(Self(sections))
    }

    /// A value.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.0.get(section)?.get(key).map(String::as_str)
    }

    /// All sections.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn sections(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.0
    }

    /// All values of a section.
    pub(super) fn section(&self, section: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_config_parser_reads_them() {
        let text = "\u{feff}# a\n[global]\nIndex-URL = https://a/simple # not a comment\nextra-index-url =\n  \
                    https://b\n\n  https://c\n[profile x]\ns3 =\n  addressing_style = path\nkey: a=b\n";
        let ini = Ini::parse(text).expect("a file");
        assert_eq!(ini.get("global", "index-url"), Some("https://a/simple # not a comment"));
        assert_eq!(ini.get("global", "extra-index-url"), Some("\nhttps://b\nhttps://c"));
        assert_eq!(ini.get("profile x", "s3"), Some("\naddressing_style = path"));
        assert_eq!(ini.get("profile x", "key"), Some("a=b"));
        assert_eq!(ini.get("none", "key"), None);
    }

    #[test]
    fn a_broken_line_is_named() {
        for (text, line) in [("key = value", 1), ("[a]\n\nnonsense", 3), ("[a", 1)] {
            assert_eq!(Ini::parse(text).err(), Some(InvalidLine(line)), "{text}");
        }
    }
}
