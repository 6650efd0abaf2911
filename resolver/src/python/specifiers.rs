//! Version specifiers and requirements: what PEP 440 says they hold, and the spellings of old wheels.
//!
//! [`VersionSpecifiers::contains`] of `pep440_rs` 0.7.3 pads no release with zeros (`==1.1.*` takes `1`)
//! and lets `<1.0rc2` drop `1.0rc1`. So the rule of `packaging`, which pip uses, is written here once.

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use pep508_rs::{Pep508Error, Requirement};
use thiserror::Error;
use url::Url;

/// The longest requirement that is read, in bytes. The longest ones of real wheels have about 600; the parser
/// of markers works in time that is not linear.
const MAX_REQUIREMENT: usize = 4096;
/// The deepest nesting of parentheses that is read: the parser of markers recurses.
const MAX_DEPTH: usize = 32;

/// Whether `version` satisfies all of `specifiers`.
pub(super) fn contains(specifiers: &VersionSpecifiers, version: &Version) -> bool {
    specifiers.iter().all(|specifier| satisfies(specifier, version))
}

fn satisfies(specifier: &VersionSpecifier, version: &Version) -> bool {
    let wanted = specifier.version();
    // A specifier without a local part looks at the public version alone.
    let seen = || if wanted.is_local() { version.clone() } else { version.clone().without_local() };
    match specifier.operator() {
        Operator::Equal => seen() == *wanted,
        Operator::NotEqual => seen() != *wanted,
        Operator::EqualStar => begins_with(version, wanted, wanted.release().len()),
        Operator::NotEqualStar => !begins_with(version, wanted, wanted.release().len()),
        Operator::TildeEqual => {
            seen() >= *wanted && begins_with(version, wanted, wanted.release().len().saturating_sub(1))
        }
        Operator::ExactEqual => version.to_string() == wanted.to_string(),
        Operator::GreaterThanEqual => seen() >= *wanted,
        Operator::LessThanEqual => seen() <= *wanted,
        Operator::LessThan => {
            let pre_of_it = version.any_prerelease() && !wanted.any_prerelease();
            version < wanted && !(pre_of_it && is_same_release(version, wanted))
        }
        Operator::GreaterThan => {
            let post_of_it = version.is_post() && !wanted.is_post();
            version > wanted && !((post_of_it || version.is_local()) && is_same_release(version, wanted))
        }
    }
}

/// Whether the first `length` numbers of both releases are the same, missing ones counting as 0.
fn begins_with(version: &Version, wanted: &Version, length: usize) -> bool {
    let padded = version.release().iter().copied().chain(std::iter::repeat(0));
    version.epoch() == wanted.epoch()
        && wanted.release().iter().copied().take(length).zip(padded).all(|(wanted, actual)| wanted == actual)
}

fn is_same_release(a: &Version, b: &Version) -> bool {
    let release = |version: &Version| Version::new(version.release()).with_epoch(version.epoch());
    release(a) == release(b)
}

/// Whether a specifier names a pre-release, which lets pip take pre-releases of that project.
pub(super) fn names_prerelease(specifiers: &VersionSpecifiers) -> bool {
    specifiers.iter().any(|specifier| {
        let excludes = matches!(specifier.operator(), Operator::NotEqual | Operator::NotEqualStar);
        !excludes && specifier.version().any_prerelease()
    })
}

/// Whether a specifier names one version exactly, which lets pip take a yanked release (PEP 592).
pub(super) fn is_pinned(specifiers: &VersionSpecifiers) -> bool {
    specifiers.iter().any(|specifier| matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual))
}

/// A text that is not a requirement, or not a version specifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub(super) struct InvalidRequirement {
    reason: String,
}

/// Reads a requirement as PEP 508 has it.
pub(super) fn parse_requirement(text: &str) -> Result<Requirement<Url>, InvalidRequirement> {
    let invalid = |reason: &str| InvalidRequirement { reason: reason.to_owned() };
    // The parser's error slices by characters where it means bytes, so that it panics when displayed.
    if !text.is_ascii() {
        return Err(invalid("it has a character outside ASCII"));
    }
    if text.len() > MAX_REQUIREMENT {
        return Err(invalid("it is longer than 4096 bytes"));
    }
    if text.bytes().filter(|byte| *byte == b'(').count() > MAX_DEPTH {
        return Err(invalid("it has more than 32 parentheses"));
    }
    if is_intricate(text) {
        return Err(invalid("its marker has too many `and`s and `or`s"));
    }
    if !names_are_whole(text) {
        return Err(invalid("a name in it does not begin and end with a letter or digit"));
    }
    let reason = |error: Pep508Error<Url>| InvalidRequirement {
        // The first line says what is wrong; some messages go on with a drawing of the place.
        reason: error.message.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    Requirement::from_str(text).map_err(reason)
}

/// Whether a marker may take too long to read: the parser builds a decision diagram, which grows with 2 to the
/// power of the comparisons where `and` and `or` alternate. Of random markers of 8 `and`s and 23 `or`s the worst
/// took 3.4 s, of the sizes taken here about 0.3 s (debug build). 75,000 requirements of public wheels have at
/// most 4 `and`s; long lists are joined by `or` alone.
fn is_intricate(requirement: &str) -> bool {
    let (ands, ors) = joints(requirement);
    let most = match ands {
        0 => 128,
        1 | 2 => 32,
        3..=8 => 16,
        _ => 0,
    };
    ands + ors + 1 > most
}

/// About how many nodes the parser of markers builds for that of a requirement; 0 for a short one.
///
/// [`parse_requirement`] bounds one requirement; who reads many bounds the sum of this. A list that is joined by `or`
/// alone makes a diagram of one more node for each comparison, and all of them are kept.
pub(super) fn marker_cost(requirement: &str) -> usize {
    /// The longest marker that counts as short.
    const SHORT: usize = 4;
    /// What a comparison stands for where there is an `and`.
    const NODES: usize = 128;
    let (ands, ors) = joints(requirement);
    match ands + ors + 1 {
        ..=SHORT => 0,
        comparisons if ands > 0 => comparisons * NODES,
        comparisons => comparisons * comparisons / 2,
    }
}

/// How many `and`s and `or`s the marker of a requirement has.
fn joints(requirement: &str) -> (usize, usize) {
    let marker = requirement.split_once(';').map_or("", |(_, marker)| marker);
    let count = |word| marker.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| *w == word).count();
    (count("and"), count("or"))
}

/// Whether the names of the project and of its extras begin and end as they must: `pep508_rs` 0.9.2 panics on
/// `a_>=1` and on `a[b-]`.
fn names_are_whole(text: &str) -> bool {
    let end = text.find(['<', '>', '=', '!', '~', '(', '@', ';']).unwrap_or(text.len());
    let separates = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let names = text[..end].split(separates).filter(|name| !name.is_empty());
    names.map(str::as_bytes).all(|bytes| {
        bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// Reads a requirement of a wheel's METADATA, where old spellings are mended: `pytz>dev`, `>=1.0.*`, a
/// missing or a trailing comma, brackets and quotes around versions.
pub(super) fn parse_legacy_requirement(text: &str) -> Result<Requirement<Url>, InvalidRequirement> {
    let strict = parse_requirement(text);
    let Err(fault) = strict else { return strict };
    parse_requirement(&mended_requirement(text)).map_err(|_| fault)
}

fn mended_requirement(text: &str) -> String {
    let (head, marker) = text.split_once(';').unwrap_or((text, ""));
    let begins = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~' | '(');
    let (name, specifiers) = head.split_at(head.find(begins).unwrap_or(head.len()));
    let separator = if marker.is_empty() { "" } else { " ;" };
    format!("{}{}{separator}{marker}", name.trim_end(), mended_specifiers(specifiers))
}

/// Reads version specifiers of an index page or of METADATA, where old spellings are mended.
pub(super) fn parse_legacy_specifiers(text: &str) -> Result<VersionSpecifiers, InvalidRequirement> {
    if text.len() > MAX_REQUIREMENT || !text.is_ascii() {
        return Err(InvalidRequirement { reason: "it is no list of version specifiers".to_owned() });
    }
    VersionSpecifiers::from_str(text).or_else(|error| {
        let reason = error.to_string().lines().next().unwrap_or_default().to_owned();
        VersionSpecifiers::from_str(&mended_specifiers(text)).map_err(|_| InvalidRequirement { reason })
    })
}

fn mended_specifiers(text: &str) -> String {
    let is_operator = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~');
    let mut mended = Vec::new();
    let mut rest = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','));
    while !rest.is_empty() {
        let version_at = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
        let (operator, tail) = rest.split_at(version_at);
        let end = tail.find(|c| is_operator(c) || c == ',').unwrap_or(tail.len());
        let (version, tail) = tail.split_at(end);
        mended.push(mended_specifier(operator, version));
        rest = tail.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    mended.join(",")
}

fn mended_specifier(operator: &str, version: &str) -> String {
    let version = version.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'));
    let version = match (operator, version.strip_suffix(".*")) {
        ("==" | "!=", _) | (_, None) => version,
        (_, Some(prefix)) => prefix,
    };
    let version = if version == "dev" { "0.dev0" } else { version };
    format!("{operator}{version}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn specifiers(text: &str) -> VersionSpecifiers {
        VersionSpecifiers::from_str(text).expect(text)
    }

    #[test]
    fn specifiers_hold_what_packaging_says() {
        let check = |text: &str, version: &str, expected: bool| {
            let version = Version::from_str(version).expect(version);
            assert_eq!(contains(&specifiers(text), &version), expected, "{text} {version}");
        };
        for equal in ["1.0", "1.0.0", "v1.0", "1"] {
            check("==1.0", equal, true);
        }
        check("==1.0", "1.0+l", true);
        check("===1.0", "1.0+l", false);
        check("===1.0", "1.0", true);
        check("!=1.0", "1.0+l", false);
        check("==1.0+l", "1.0", false);
        check("<=1.0", "1.0+l", true);
        check(">1.0", "1.0.post1", false);
        check(">1.0", "1.0+l", false);
        check(">1.0", "1.0.1", true);
        check(">1.0.post1", "1.0.post2", true);
        check("<5.0", "5.0rc1", false);
        check("<5.0", "4.9rc1", true);
        check("<5.0rc2", "5.0rc1", true);
        check(">=5.0a1,<5.0", "5.0rc1", false);
        check("<1.0.post1", "1.0", true);
        check("~=1.0", "1.9", true);
        check("~=1.0", "2.0", false);
        check("~=1.0.0", "1.0.5", true);
        check("~=1.0.0", "1.1", false);
        check("~=1.1.0", "1", false);
        check("==1.*", "1.5rc1", true);
        check("!=1.*", "1.5", false);
        check("!=1.*", "2", true);
        check("==1.1.*", "1", false);
        check("==1.0.*", "1", true);
        check("!=1.1.*", "1", true);
        check(">2024.1", "1!0.5", true);
        check("==0.*", "1!0.5", false);
        assert!(VersionSpecifiers::from_str("~=1").is_err());
    }

    #[test]
    fn pins_and_named_prereleases() {
        assert!(is_pinned(&specifiers("==1.0")) && is_pinned(&specifiers("===1.0")));
        assert!(!is_pinned(&specifiers("==1.*")) && !is_pinned(&specifiers(">=1,<=1")));
        assert!(names_prerelease(&specifiers(">=1.0rc1")) && names_prerelease(&specifiers("<2.dev0")));
        assert!(!names_prerelease(&specifiers("!=1.0rc1,>=1")));
    }

    #[test]
    fn legacy_spellings_are_mended() {
        let check = |text: &str, expected: &str| {
            let requirement = parse_legacy_requirement(text).expect(text);
            assert_eq!(requirement.to_string(), expected);
        };
        check("pytz>dev", "pytz>0.dev0");
        check("six>=1.0.*", "six>=1.0");
        check("six (>=1)", "six>=1");
        check("six>=1,", "six>=1");
        check("six>=1<2", "six>=1,<2");
        check("six[a, b] >= '1.0' ; python_version < '4'", "six[a,b]>=1.0 ; python_full_version < '4'");
        assert!(parse_legacy_requirement("six=1").is_err());
        assert_eq!(parse_legacy_specifiers(">=3.6.*,").map(|s| s.to_string()), Ok(">=3.6".to_owned()));
    }

    #[test]
    fn what_would_exhaust_the_parser_is_refused() {
        let nested = format!("a; {}os_name == 'x'{}", "(".repeat(5000), ")".repeat(5000));
        let pairs: Vec<_> =
            (0..40).map(|n| format!("'a{n}' in os_name and 'b{n}' in sys_platform")).collect();
        let intricate = format!("a; {}", pairs.join(" or "));
        let clause = format!("({})", ["os_name == 'a'"; 8].join(" or "));
        let product = format!("a; {}", vec![clause; 9].join(" and "));
        let alternatives = format!("a; {}", ["(os_name>'a' and os_name<'c')"; 22].join(" or "));
        let long = format!("a; os_name == '{}'", "x".repeat(5000));
        for text in [
            nested.as_str(),
            intricate.as_str(),
            product.as_str(),
            alternatives.as_str(),
            long.as_str(),
            "ä>=1",
            "a; os_name == 'ä",
            "a_>=1",
            "a[b-]",
            "a.:",
        ] {
            assert!(parse_legacy_requirement(text).is_err());
            assert!(parse_requirement(text).is_err());
        }
        let list = format!("a; {}", ["extra == 'x'"; 100].join(" or "));
        assert!(parse_requirement(&list).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[ -~]{0,40}", marker in "[a-z_ ()'\"<>=!~0-9.]{0,40}") {
            let _ = parse_legacy_requirement(&text);
            let _ = parse_legacy_requirement(&format!("a ; {marker}"));
            let _ = parse_legacy_specifiers(&text);
        }
    }
}
