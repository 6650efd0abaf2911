//! What a set adds to the class path and to `PYTHONPATH`, as a pod sees it.
//!
//! Both follow from the manifest and the mount path alone, so they can be told before, after or
//! far from the volume.

use std::fmt;
use std::str::FromStr;

use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::{Kind, Manifest};
use thiserror::Error;

/// What joins the entries of a class path and of `PYTHONPATH`, on every system that runs in a pod.
pub const SEPARATOR: char = ':';

/// The path at which pods see a set, as in `/dependencies`.
///
/// Absolute and clean: no `.`, `..`, empty component or trailing `/`, not the root itself, and only
/// characters that mean nothing to a class path, to a shell or to Spark's configuration, because
/// the path ends up in all three. `Display` and `FromStr` agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount(String);

/// A text that is not a [`Mount`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` cannot be a mount path: expected an absolute path such as `/dependencies`, of ASCII letters, digits, \
     `.`, `_`, `-`, `+`, `~` and `@`, without `.`, `..`, an empty component or a final `/`",
    .0.escape_debug()
)]
pub struct InvalidMount(String);

impl InvalidMount {
    /// A mount path comes from the command line.
    pub fn failure(&self) -> Failure {
        Failure::Usage
    }
}

impl Mount {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the pod sees the artifacts of one kind, as in `/dependencies/jars`.
    pub fn directory(&self, kind: Kind) -> String {
        format!("{self}/{}", kind.directory())
    }
}

impl FromStr for Mount {
    type Err = InvalidMount;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let clean =
            |component: &str| !matches!(component, "" | "." | "..") && component.chars().all(is_inert);
        match path.strip_prefix('/') {
            Some(rest) if rest.split('/').all(clean) => Ok(Self(path.to_owned())),
            _ => Err(InvalidMount(path.chars().take(200).collect())),
        }
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a character of a file name means nothing to a class path (where `:` separates and `*` is a
/// wildcard), to the shell that Stackable's submit pod passes `sparkConf` through, or to Spark, which
/// replaces `${…}`.
pub(crate) fn is_inert(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '@')
}

/// A set whose jars cannot be put on a class path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClassPathError {
    /// A jar's name has a character that would not survive.
    #[error(
        "jar `{}` of `{purl}` cannot be put on a class path: expected ASCII letters, digits, `/`, `.`, `_`, `-`, \
         `+`, `~` and `@`, got `{}`; exclude it, or take it under another name",
        name.escape_debug(),
        character.escape_debug()
    )]
    Name {
        /// The jar's file name.
        name: String,
        /// Its purl.
        purl: String,
        /// The first character that is in the way.
        character: char,
    },
}

impl ClassPathError {
    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Name { .. } => Failure::Data,
        }
    }
}

/// The jars of a set as a pod sees them, in the manifest's order.
///
/// Each jar is named: `jars/*` would leave the order to the file system, and an earlier jar shadows
/// a later one.
pub fn jars(manifest: &Manifest, mount: &Mount) -> Result<Vec<String>, ClassPathError> {
    let directory = mount.directory(Kind::Jar);
    let path = |artifact: &fatwood_resolver::manifest::Artifact| {
        let name = artifact.file.as_str();
        match name.chars().find(|c| *c != '/' && !is_inert(*c)) {
            None => Ok(format!("{directory}/{name}")),
            Some(character) => {
                Err(ClassPathError::Name { name: name.to_owned(), purl: artifact.purl.clone(), character })
            }
        }
    };
    manifest.of_kind(Kind::Jar).map(path).collect()
}

/// The one directory that a set adds to `PYTHONPATH`; `None` where it has no wheels.
pub fn python(manifest: &Manifest, mount: &Mount) -> Option<String> {
    let has_wheels = manifest.of_kind(Kind::Wheel).next().is_some();
    has_wheels.then(|| mount.directory(Kind::Wheel))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wiring::samples::{jar, manifest, wheel};

    #[test]
    fn only_clean_absolute_paths_are_mounts() {
        for good in ["/dependencies", "/opt/fatwood/deps", "/a.b_c-d+e~f@g", "/..."] {
            assert_eq!(good.parse::<Mount>().map(|mount| mount.to_string()), Ok(good.to_owned()));
        }
        let bad = [
            "",
            "/",
            "dependencies",
            "/a/",
            "//a",
            "/a//b",
            "/a/./b",
            "/a/..",
            "/a:b",
            "/a b",
            "/a*",
            "/$HOME",
            "/a\n",
            "/ä",
            "/`x`",
            "/a,b",
            "/a\"",
        ];
        for path in bad {
            assert!(path.parse::<Mount>().is_err(), "{path:?}");
        }
    }

    #[test]
    fn jars_keep_the_order_of_the_manifest() {
        let mount = "/dependencies".parse().unwrap();
        let set = manifest(vec![jar("z.jar"), wheel("six.whl"), jar("a-1.0+b.jar")]);
        let expected =
            vec!["/dependencies/jars/z.jar".to_owned(), "/dependencies/jars/a-1.0+b.jar".to_owned()];
        assert_eq!(jars(&set, &mount), Ok(expected));
        assert_eq!(python(&set, &mount), Some("/dependencies/python".to_owned()));
        assert_eq!(python(&manifest(vec![jar("a.jar")]), &mount), None);
    }

    #[test]
    fn a_name_that_no_class_path_can_hold_is_refused() {
        for (name, character) in
            [("a:b.jar", ':'), ("*.jar", '*'), ("a b.jar", ' '), ("a$b.jar", '$'), ("ä.jar", 'ä')]
        {
            let error = jars(&manifest(vec![jar(name)]), &"/d".parse().unwrap()).unwrap_err();
            let ClassPathError::Name { character: actual, .. } = &error;
            assert_eq!(*actual, character, "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_is_safe_and_prints_as_it_was(path in "[/a.:* $-]{0,8}") {
            if let Ok(mount) = path.parse::<Mount>() {
                prop_assert_eq!(mount.as_str(), &path);
                prop_assert!(path.starts_with('/') && !path.contains([':', '*', ' ', '$']));
                prop_assert!(!path.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")));
            }
        }
    }
}
