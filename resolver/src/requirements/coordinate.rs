//! Maven coordinates and patterns of modules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::manifest::is_name_character;

/// A Maven module: group and artifact, without a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Module {
    /// The group, as in `org.apache.hadoop`.
    pub group: String,
    /// The artifact, as in `hadoop-aws`.
    pub artifact: String,
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.group, self.artifact)
    }
}

/// A Maven coordinate: `group:artifact[:packaging[:classifier]]:version`.
///
/// The order is that of `mvn dependency:get` (Maven's `DefaultArtifact`); Spark's own three parts
/// are a special case, and `/` stands for `:` as Spark takes it. Blanks around the whole are
/// ignored, blanks inside are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Coordinate {
    /// The module.
    pub module: Module,
    /// The packaging, `jar` unless said otherwise.
    pub packaging: String,
    /// The classifier, as in `shaded`.
    pub classifier: Option<String>,
    /// The version as written: a plain one, a range, or `LATEST`.
    pub version: String,
}

/// A text that is not a [`Coordinate`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` is no Maven coordinate: {reason}; expected `group:artifact:version` or \
     `group:artifact:packaging[:classifier]:version`",
    text.escape_debug()
)]
pub struct InvalidCoordinate {
    text: String,
    reason: String,
}

impl FromStr for Coordinate {
    type Err = InvalidCoordinate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason: String| InvalidCoordinate { text: text.chars().take(200).collect(), reason };
        // A range may hold `,` and `[`, never `/` or `:`, so splitting on both is safe.
        let parts: Vec<&str> = text.trim().split([':', '/']).collect();
        for (index, part) in parts.iter().enumerate() {
            let is_version = index + 1 == parts.len();
            if let Some(fault) = part_fault(part, is_version) {
                return Err(invalid(format!("part {} {fault}", index + 1)));
            }
        }
        let (packaging, classifier) = match parts.len() {
            3 => ("jar", None),
            4 => (parts[2], None),
            5 => (parts[2], Some(parts[3].to_owned())),
            1 => return Err(invalid("it has one part".to_owned())),
            count => return Err(invalid(format!("it has {count} parts"))),
        };
        Ok(Self {
            module: Module { group: parts[0].to_owned(), artifact: parts[1].to_owned() },
            packaging: packaging.to_owned(),
            classifier,
            version: parts[parts.len() - 1].to_owned(),
        })
    }
}

/// Why a part cannot be one: it becomes a path in a repository and a file name on the volume.
fn part_fault(part: &str, is_version: bool) -> Option<&'static str> {
    let of_range = |c: char| is_version && matches!(c, '[' | ']' | '(' | ')' | ',' | ' ');
    if part.is_empty() {
        Some("is empty")
    } else if part.trim_start().starts_with(['[', '(']) && !part.trim_end().ends_with([']', ')']) {
        Some("begins a range and does not close it, as `[1.0,2.0)` does")
    } else if part.len() > 200 {
        Some("is longer than 200 characters")
    } else if !part.chars().all(|c| is_name_character(c) || of_range(c)) {
        Some("has a character that no Maven name has")
    } else if part.contains("..") || part.starts_with('.') || part.trim().is_empty() {
        Some("begins with a dot, has two in a row, or is blank")
    } else {
        None
    }
}

impl Coordinate {
    /// Reads coordinates that are separated by commas. A comma within the brackets of a range, or between two
    /// ranges of one version, separates nothing; one at the very end is ignored, as Spark does.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, InvalidCoordinate> {
        let (mut coordinates, mut start, mut depth) = (Vec::new(), 0, 0_usize);
        for (at, c) in text.char_indices() {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 && !text[at + 1..].trim_start().starts_with(['[', '(']) => {
                    coordinates.push(text[start..at].parse()?);
                    start = at + 1;
                }
                _ => {}
            }
        }
        let last = &text[start..];
        if coordinates.is_empty() || !last.trim().is_empty() {
            coordinates.push(last.parse()?);
        }
        Ok(coordinates)
    }
}

impl TryFrom<String> for Coordinate {
    type Error = InvalidCoordinate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Coordinate> for String {
    fn from(coordinate: Coordinate) -> Self {
        coordinate.to_string()
    }
}

impl fmt::Display for Coordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.module)?;
        match &self.classifier {
            Some(classifier) => write!(f, ":{}:{classifier}", self.packaging)?,
            None if self.packaging != "jar" => write!(f, ":{}", self.packaging)?,
            None => {}
        }
        write!(f, ":{}", self.version)
    }
}

/// A pattern of modules: `group:artifact`, where `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModulePattern {
    group: String,
    artifact: String,
}

/// A text that is not a [`ModulePattern`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no module to exclude: expected `group:artifact`, where `*` stands for anything", .0.escape_debug())]
pub struct InvalidModulePattern(String);

impl ModulePattern {
    /// Whether the pattern covers `module`.
    pub fn matches(&self, module: &Module) -> bool {
        glob_matches(&self.group, &module.group) && glob_matches(&self.artifact, &module.artifact)
    }

    /// Whether the pattern may be meant for `module`, which it does not cover: the group is another one, or the
    /// artifact has a suffix, as that of a Scala version.
    pub fn is_near(&self, module: &Module) -> bool {
        let has_suffix = || {
            let suffix = module.artifact.strip_prefix(self.artifact.as_str());
            suffix.is_some_and(|suffix| suffix.starts_with(['_', '-']))
        };
        self.artifact == module.artifact || (glob_matches(&self.group, &module.group) && has_suffix())
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

impl FromStr for ModulePattern {
    type Err = InvalidModulePattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |c: char| is_name_character(c) || c == '*';
        match text.trim().split_once([':', '/']) {
            Some((group, artifact))
                if [group, artifact].iter().all(|part| !part.is_empty() && part.chars().all(plain)) =>
            {
                Ok(Self { group: group.to_owned(), artifact: artifact.to_owned() })
            }
            _ => Err(InvalidModulePattern(text.chars().take(200).collect())),
        }
    }
}

impl TryFrom<String> for ModulePattern {
    type Error = InvalidModulePattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModulePattern> for String {
    fn from(pattern: ModulePattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for ModulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.group, self.artifact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_read_and_written_back() {
        let check = |text: &str, canonical: &str| {
            let coordinate: Coordinate = text.parse().expect(text);
            assert_eq!(coordinate.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(coordinate));
        };
        check("g:a:v", "g:a:v");
        check(" g/a/v ", "g:a:v");
        check("g:a:jar:v", "g:a:v");
        check("g:a:pom:v", "g:a:pom:v");
        check("g:a:jar:shaded:v", "g:a:jar:shaded:v");
        check("g:a_2.12:[1.0, 2.0)", "g:a_2.12:[1.0, 2.0)");
    }

    #[test]
    fn lists_are_split_at_the_commas_outside_of_ranges() {
        let check = |text: &str, expected: &[&str]| {
            let coordinates = Coordinate::parse_list(text).expect(text);
            assert_eq!(coordinates.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        };
        check("g:a:1", &["g:a:1"]);
        check("g:a:1, h:b:2", &["g:a:1", "h:b:2"]);
        check("g:a:[1,2),h:b:1", &["g:a:[1,2)", "h:b:1"]);
        check("g:a:(,1),(1,),h:b:[1]", &["g:a:(,1),(1,)", "h:b:[1]"]);
        check("g:a:[1,2), (3,4],h:b:1", &["g:a:[1,2), (3,4]", "h:b:1"]);
        check("g:a:1,h:b:2, ", &["g:a:1", "h:b:2"]);
        for bad in ["", ",", "g:a:1,,", "g:a:1,,h:b:1"] {
            assert!(Coordinate::parse_list(bad).is_err(), "{bad}");
        }
        for unclosed in ["g:a:[42.6,", "g:a:[1,h:b:1", "g:a:[1,2,h:b:1"] {
            let error = Coordinate::parse_list(unclosed).expect_err(unclosed).to_string();
            assert!(error.contains("part 3 begins a range and does not close it"), "{error}");
        }
    }

    #[test]
    fn what_is_no_coordinate_says_why() {
        let check = |text: &str, reason: &str| {
            let error = text.parse::<Coordinate>().expect_err(text);
            assert!(error.to_string().contains(reason), "{error}");
        };
        check("g:a", "2 parts");
        check("g::v", "part 2 is empty");
        check("g:a: ", "part 3");
        check("g:a:v:", "part 4 is empty");
        check("../x:a:v", "part 1");
        check("g:a:v/../w", "part 4");
        check("g:a:b:c:d:e", "6 parts");
        check("g:a:%2f", "part 3");
        check("3)", "one part");
        check("g:a:[2", "part 3 begins a range and does not close it");
        check(" ", "part 1 is empty");
        check("g\u{0}:a:v", "part 1");
    }

    #[test]
    fn patterns_match_as_globs() {
        let check = |pattern: &str, group: &str, artifact: &str, expected: bool| {
            let module = Module { group: group.to_owned(), artifact: artifact.to_owned() };
            let pattern: ModulePattern = pattern.parse().expect(pattern);
            assert_eq!(pattern.matches(&module), expected, "{pattern} {module}");
        };
        check("g:a", "g", "a", true);
        check("g:a", "g", "ab", false);
        check("*:scala-library", "org.scala-lang", "scala-library", true);
        check("org.apache.spark:spark-core_*", "org.apache.spark", "spark-core_2.12", true);
        check("org.apache.spark:spark-core_*", "org.apache.spark", "spark-sql_2.12", false);
        check("g:*a*b", "g", "xaybzb", true);
        check("g:a*a", "g", "a", false);
    }
}
