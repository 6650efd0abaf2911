//! Which Python projects an index claims.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Projects that an index claims: `torch` is that project alone, `nvidia-*` every one whose name begins so.
/// Names are normalised (PEP 503), so that `Nvidia_*` is the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectPattern(String);

/// A text that is not a [`ProjectPattern`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` claims no projects: expected a name as in `torch`, or `nvidia-*` for all names that begin so", .0.escape_debug()
)]
pub struct InvalidProjectPattern(String);

impl ProjectPattern {
    /// How closely the pattern fits `project`, a normalised name; `None` where it does not. The name itself
    /// is closer than any pattern, a longer pattern closer than a shorter one.
    pub fn closeness(&self, project: &str) -> Option<usize> {
        match self.0.strip_suffix('*') {
            Some(beginning) => project.starts_with(beginning).then_some(beginning.len()),
            None => (self.0 == project).then_some(usize::MAX),
        }
    }
}

impl FromStr for ProjectPattern {
    type Err = InvalidProjectPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, star) = text.strip_suffix('*').map_or((text, ""), |name| (name, "*"));
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let ends = !star.is_empty() || name.ends_with(|c: char| c.is_ascii_alphanumeric());
        if !(is_plain && begins && ends && text.len() <= 200) {
            return Err(InvalidProjectPattern(text.chars().take(200).collect()));
        }
        let mut normalised = String::new();
        for c in name.chars() {
            match c {
                '-' | '_' | '.' if normalised.ends_with('-') => {}
                '-' | '_' | '.' => normalised.push('-'),
                c => normalised.push(c.to_ascii_lowercase()),
            }
        }
        Ok(Self(normalised + star))
    }
}

impl TryFrom<String> for ProjectPattern {
    type Error = InvalidProjectPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProjectPattern> for String {
    fn from(pattern: ProjectPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for ProjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_names() {
        let check = |pattern: &str, project: &str, expected: Option<usize>| {
            let pattern: ProjectPattern = pattern.parse().expect(pattern);
            assert_eq!(pattern.closeness(project), expected, "{pattern} {project}");
        };
        check("torch", "torch", Some(usize::MAX));
        check("Torch.Vision", "torch-vision", Some(usize::MAX));
        check("torch", "torchvision", None);
        check("nvidia-*", "nvidia-cuda", Some(7));
        check("NVIDIA_*", "nvidia-cuda", Some(7));
        check("nvidia-*", "nvidia", None);
        check("torch*", "torch", Some(5));
        for bad in ["", "*", "-*", "torch-", "to*rch", "torch**", "a b", "torch==2", "a/b", "ünï"] {
            assert!(bad.parse::<ProjectPattern>().is_err(), "{bad}");
        }
    }
}
