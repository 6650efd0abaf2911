//! Which groups of Maven modules a repository claims.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Groups that a repository claims: `com.acme` is that group alone, `com.acme.*` every group below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupPattern(String);

/// A text that is not a [`GroupPattern`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` claims no groups: expected a group as in `com.acme`, or `com.acme.*` for all groups below it", .0.escape_debug()
)]
pub struct InvalidGroupPattern(String);

impl GroupPattern {
    /// How closely the pattern fits `group`; `None` where it does not. The group itself is closer than any
    /// pattern, a longer pattern closer than a shorter one.
    pub fn closeness(&self, group: &str) -> Option<usize> {
        match self.0.strip_suffix('*') {
            Some(above) => group.starts_with(above).then_some(above.len()),
            None => (self.0 == group).then_some(usize::MAX),
        }
    }
}

impl FromStr for GroupPattern {
    type Err = InvalidGroupPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let group = text.strip_suffix(".*").unwrap_or(text);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
        let is_group = group.split('.').all(|part| !part.is_empty() && part.chars().all(plain));
        if is_group && text.len() <= 200 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidGroupPattern(text.chars().take(200).collect()))
        }
    }
}

impl TryFrom<String> for GroupPattern {
    type Error = InvalidGroupPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<GroupPattern> for String {
    fn from(pattern: GroupPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for GroupPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_group_or_all_below_one() {
        let check = |pattern: &str, group: &str, expected: Option<usize>| {
            let pattern: GroupPattern = pattern.parse().expect(pattern);
            assert_eq!(pattern.closeness(group), expected, "{pattern} {group}");
        };
        check("com.acme", "com.acme", Some(usize::MAX));
        check("com.acme", "com.acme.data", None);
        check("com.acme.*", "com.acme.data", Some(9));
        check("com.acme.*", "com.acme.data.x", Some(9));
        check("com.acme.*", "com.acme", None);
        check("com.acme.*", "com.acmetools", None);
        for bad in [
            "",
            "*",
            ".*",
            "com.*.x",
            "com.acme*",
            "com..acme",
            ".com",
            "com.",
            "a b",
            "a:b",
            "a/b",
            "com.*.*",
        ] {
            assert!(bad.parse::<GroupPattern>().is_err(), "{bad}");
        }
    }
}
