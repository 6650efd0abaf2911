//! What holds of the names of listed objects: [`crate::fuzzing`].

use super::selection::Selection;

/// The pattern on the first line gives no key of the other lines a file name that leads out of a directory.
pub(crate) fn object_keys(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, keys) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(selection) = Selection::new("lake", pattern) else { return };
    // Keys may hold line breaks, so a blank parts them.
    for key in keys.split([' ']).take(64) {
        if !selection.takes(key) {
            continue;
        }
        assert!(!key.ends_with('/'));
        match selection.name(key) {
            Ok(name) => {
                let mut components = name.as_str().split('/');
                assert!(components.all(|component| !matches!(component, "" | "." | "..")), "{name}");
            }
            Err(error) => assert!(!error.to_string().contains(['\n', '\u{1b}'])),
        }
    }
}
