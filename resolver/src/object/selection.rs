//! Which objects a URL stands for, and what their files are called.

use globset::{GlobBuilder, GlobMatcher};

use super::ObjectError;
use crate::manifest::FileName;

/// What begins a pattern in a key; `FileUrl` takes a key for a glob by the first three.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Which objects a URL stands for.
///
/// - An object by its whole key, called by the key's last component: `s3://bucket/a/x.csv` is `x.csv`.
/// - All objects whose keys begin with a prefix that ends with `/`.
/// - All objects whose keys match a glob: `*` and `?` match within a component, `**` matches any number
///   of them, `[ab]` one of these characters, `{a,b}` one of these texts.
///
/// Objects of prefixes and globs keep their path from the last literal directory on, so that two URLs
/// rarely clash: `s3://bucket/in/data/` and `s3://bucket/in/data/*.csv` both give `data/x.csv`. Above a
/// whole bucket that directory is the bucket itself.
///
/// Keys that end with `/` are left out: tools make them to show an empty directory.
#[derive(Debug)]
pub(super) struct Selection {
    bucket: String,
    /// What keys are listed by; `None` for a single object.
    prefix: Option<String>,
    glob: Option<GlobMatcher>,
}

impl Selection {
    pub(super) fn new(bucket: &str, key: &str) -> Result<Self, ObjectError> {
        let bucket = bucket.to_owned();
        let is_glob = key.contains(['*', '?', '[']);
        if !is_glob {
            let prefix = (key.is_empty() || key.ends_with('/')).then(|| key.to_owned());
            return Ok(Self { bucket, prefix, glob: None });
        }
        let glob = GlobBuilder::new(key).literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| ObjectError::Glob {
            url: format!("s3://{bucket}/{key}"),
            reason: error.kind().to_string(),
        })?;
        let literal = key.split(SPECIAL).next().unwrap_or_default().to_owned();
        Ok(Self { bucket, prefix: Some(literal), glob: Some(glob.compile_matcher()) })
    }

    /// What keys are to be listed by; `None` for a single object.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// Whether a listed object is meant.
    pub(super) fn takes(&self, key: &str) -> bool {
        !key.ends_with('/') && self.glob.as_ref().is_none_or(|glob| glob.is_match(key))
    }

    /// The file name of an object that is meant.
    pub(super) fn name(&self, key: &str) -> Result<FileName, ObjectError> {
        let base = self.prefix.as_deref().unwrap_or(key);
        let name = match base.rsplit_once('/') {
            // The directory that ends at the last `/` of the literal part, and what is below it.
            Some((directories, _)) if self.prefix.is_some() => {
                let start = directories.rfind('/').map_or(0, |at| at + 1);
                key.get(start..).unwrap_or_default().to_owned()
            }
            None if self.prefix.is_some() => format!("{}/{key}", self.bucket),
            _ => key.rsplit('/').next().unwrap_or_default().to_owned(),
        };
        name.parse().map_err(|error: crate::manifest::InvalidFileName| ObjectError::Name {
            url: format!("s3://{}/{}", self.bucket, key.escape_debug()),
            reason: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_chosen_and_named() {
        let check = |pattern: &str, prefix: Option<&str>, key: &str, expected: Option<&str>| {
            let selection = Selection::new("lake", pattern).expect(pattern);
            assert_eq!(selection.prefix(), prefix, "{pattern}");
            let name = selection.takes(key).then(|| selection.name(key).expect(key).to_string());
            assert_eq!(name.as_deref(), expected, "{pattern} {key}");
        };
        check("a/x.csv", None, "a/x.csv", Some("x.csv"));
        check("x{1}.csv", None, "x{1}.csv", Some("x{1}.csv"));
        check("a/b/", Some("a/b/"), "a/b/c/x.csv", Some("b/c/x.csv"));
        check("a/b/", Some("a/b/"), "a/b/", None);
        check("a/b/", Some("a/b/"), "a/b/c/", None);
        check("", Some(""), "a/x.csv", Some("lake/a/x.csv"));
        check("a/*.csv", Some("a/"), "a/x.csv", Some("a/x.csv"));
        check("a/*.csv", Some("a/"), "a/b/x.csv", None);
        check("a/**/x.csv", Some("a/"), "a/b/c/x.csv", Some("a/b/c/x.csv"));
        check("a/part-?.csv", Some("a/part-"), "a/part-1.csv", Some("a/part-1.csv"));
        check("a/part-?.csv", Some("a/part-"), "a/part-/.csv", None);
        check("*.csv", Some(""), "x.csv", Some("lake/x.csv"));
        check("a/{x,y}[12]", Some("a/"), "a/y2", Some("a/y2"));
        check("a/[*]", Some("a/"), "a/*", Some("a/*"));
        check("a/[*]", Some("a/"), "a/x", None);
    }

    #[test]
    fn hostile_keys_are_refused_with_the_reason() {
        let check = |pattern: &str, key: &str, reason: &str| {
            let error = Selection::new("lake", pattern).expect(pattern).name(key).expect_err(key).to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains(['\n', '\u{1b}']), "{error}");
        };
        check("a/", "a/../../etc/passwd", "`..`");
        check("a/", "a//b", "empty component");
        check("", "/etc/passwd", "empty component");
        check("a/*", "a/x\n\u{1b}[2J", "control character");
        check("a/", "a/x\\y", "backslash");
        check("a/", &format!("a/{}", "x".repeat(256)), "255 bytes");
        check("a/..", "a/..", "`..`");
    }

    #[test]
    fn a_broken_glob_is_named() {
        let error = Selection::new("lake", "a/[x").expect_err("a broken glob").to_string();
        assert!(error.contains("s3://lake/a/[x is no glob"), "{error}");
    }
}
