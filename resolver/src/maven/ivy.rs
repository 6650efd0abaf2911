//! Versions as Ivy writes them, which users of Spark know and no Maven repository has.

/// What to write here for a version of Ivy's; none where it is not one.
pub(super) fn instead(version: &str) -> Option<String> {
    if version == "latest.integration" {
        return Some("`LATEST` with `--allow-dynamic`".to_owned());
    }
    if version == "latest" || version == "+" || version.starts_with("latest.") {
        return Some("`RELEASE` with `--allow-dynamic`".to_owned());
    }
    let least = version.strip_suffix('+')?.trim_end_matches('.');
    let (above, last) = least.rsplit_once('.').map_or(("", least), |(above, last)| (above, last));
    let next = last.parse::<u32>().ok().and_then(|last| last.checked_add(1));
    let dot = if above.is_empty() { "" } else { "." };
    Some(next.map_or_else(
        || "a range such as `[1.0,2.0)`".to_owned(),
        |next| format!("the range `[{least},{above}{dot}{next})`"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_ivy_have_an_equivalent() {
        let check = |version: &str, expected: Option<&str>| {
            assert_eq!(instead(version).as_deref(), expected, "{version}");
        };
        check("42.7.+", Some("the range `[42.7,42.8)`"));
        check("42.7+", Some("the range `[42.7,42.8)`"));
        check("42.+", Some("the range `[42,43)`"));
        check("1.x.+", Some("a range such as `[1.0,2.0)`"));
        check("4294967295.+", Some("a range such as `[1.0,2.0)`"));
        check("+", Some("`RELEASE` with `--allow-dynamic`"));
        check("latest", Some("`RELEASE` with `--allow-dynamic`"));
        check("latest.release", Some("`RELEASE` with `--allow-dynamic`"));
        check("latest.integration", Some("`LATEST` with `--allow-dynamic`"));
        check("1.0+build", None);
        check("RELEASE", None);
        check("[1,2)", None);
    }
}
