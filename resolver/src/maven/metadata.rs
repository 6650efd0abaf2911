//! `maven-metadata.xml`: which versions of a module a repository has.

use crate::xml::{self, XmlFault};

/// The versions that the document lists, in its order.
pub(super) fn versions(bytes: &[u8]) -> Result<Vec<String>, XmlFault> {
    let metadata = xml::parse(bytes, "metadata")?;
    let list =
        metadata.child("versioning").map(|versioning| versioning.items("versions")).unwrap_or_default();
    let texts = list.iter().filter(|item| item.name == "version").map(xml::Element::trimmed);
    Ok(texts.filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_what_stands_under_versions() {
        let check = |text: &str, expected: &[&str]| {
            let expected = expected.iter().map(|version| (*version).to_owned()).collect();
            assert_eq!(versions(text.as_bytes()), Ok(expected));
        };
        check(
            "<metadata><groupId>g</groupId><versioning><latest>2</latest><versions><version>1</version>\
             <version> 2 </version><version/></versions></versioning></metadata>",
            &["1", "2"],
        );
        check("<metadata/>", &[]);
        assert!(versions(b"<project/>").is_err());
    }
}
