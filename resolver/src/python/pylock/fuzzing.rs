//! What holds of the reader of locks: [`crate::fuzzing`].

use std::collections::{BTreeMap, BTreeSet};

use super::{Pylock, select};
use crate::manifest::{Source, Target};

/// What is taken of a lock is at a URL without a secret, hashed, of a name that is no path, and there once.
pub(crate) fn pylock(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let Ok(python) = "3.10.14".parse() else { return };
    let target = Target { python: Some(python), ..Target::default() };
    let Ok(lock) = Pylock::parse(text, "pylock.toml") else { return };
    let Ok(taken) = select::select(&lock, &target, python, &BTreeMap::new()) else { return };
    let mut purls = BTreeSet::new();
    for taken in &taken {
        assert!(matches!(taken.source, Source::Url { .. } | Source::Index { .. }), "{}", taken.source);
        if let Source::Url { url } | Source::Index { url, .. } = &taken.source {
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
            assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        }
        assert!(taken.sha256.is_some() || taken.checksum.is_some());
        assert!(!taken.file.as_str().contains('/') && !taken.requested_by.is_empty());
        assert!(purls.insert(&taken.purl), "{}", taken.purl);
    }
}
