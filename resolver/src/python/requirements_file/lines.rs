//! From the text of a requirements file to its logical lines, and what of a line may be shown.

use url::Url;

/// The logical lines that say something, each with the number of its first line, counted from 1.
///
/// As pip does it: a line that ends with `\` goes on in the next one, unless it is a comment from its
/// beginning; then `#` at the beginning or behind white space starts a comment.
pub(super) fn logical(text: &str) -> Vec<(usize, String)> {
    let mut logical = Vec::new();
    let mut joined: Option<(usize, String)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let continued = line.strip_suffix('\\').filter(|_| !is_comment);
        let (number, mut whole) = joined.take().unwrap_or((index + 1, String::new()));
        if is_comment && !whole.is_empty() {
            // So that the comment is seen as one when it ends a joined line.
            whole.push(' ');
        }
        whole.push_str(continued.unwrap_or(line));
        match continued {
            Some(_) => joined = Some((number, whole)),
            None => logical.push((number, whole)),
        }
    }
    logical.extend(joined);
    let said = logical.iter().map(|(number, line)| (*number, without_comment(line).trim().to_owned()));
    said.filter(|(_, line)| !line.is_empty()).collect()
}

fn without_comment(line: &str) -> &str {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').find(|(at, _)| begins(*at)).map_or(line, |(at, _)| &line[..at])
}

/// The text with `${NAME}` replaced, where the variable is set and its name is of capitals, digits and `_`.
pub(super) fn expanded(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let name = after.split_once('}').filter(|(name, _)| !name.is_empty() && name.chars().all(plain));
        let value = name.and_then(|(name, after)| Some((variable(name)?, after)));
        rest = if let Some((value, after)) = value {
            expanded.push_str(&value);
            after
        } else {
            expanded.push_str("${");
            after
        };
    }
    expanded.push_str(rest);
    expanded
}

/// The line without what may be a secret: of every URL the user information, and what follows its path.
///
/// Of a URL that is not well-formed nothing can be told apart, so the line is cut there.
pub(in crate::python) fn redacted(line: &str) -> String {
    let mut redacted = String::with_capacity(line.len());
    let mut rest = line;
    // One slash is enough for the parser of URLs.
    while let Some(colon) = rest.find(":/") {
        let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let start = rest[..colon].trim_end_matches(in_scheme).len();
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
        let end = rest[colon..].find(ends).map_or(rest.len(), |length| colon + length);
        redacted.push_str(&rest[..start]);
        let Some(url) = shown_url(&rest[start..end]) else {
            redacted.push('…');
            rest = "";
            break;
        };
        redacted.push_str(&url);
        rest = &rest[end..];
    }
    redacted.push_str(rest);
    redacted.chars().take(200).collect()
}

/// What of a URL may be shown; `None` where it is not well-formed.
fn shown_url(url: &str) -> Option<String> {
    // An option's name may stick to it, as in `-ihttps://host`; that dash begins no scheme.
    let dashes = url.len() - url.trim_start_matches('-').len();
    Url::parse(&url[dashes..]).ok()?;
    let (scheme, after) = url.split_once(':')?;
    let authority = after.trim_start_matches('/');
    let slashes = &after[..after.len() - authority.len()];
    let end = authority.find(['/', '\\', '?', '#']).unwrap_or(authority.len());
    let shown = &authority[authority[..end].rfind('@').map_or(0, |at| at + 1)..];
    let (shown, cut) = shown.find(['?', '#']).map_or((shown, ""), |at| (&shown[..at], "…"));
    Some(format!("{scheme}:{slashes}{shown}{cut}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_are_cut() {
        let check = |text: &str, expected: &[(usize, &str)]| {
            let lines = logical(text);
            let lines: Vec<_> = lines.iter().map(|(number, line)| (*number, line.as_str())).collect();
            assert_eq!(lines, expected, "{text:?}");
        };
        check("\u{feff}six\r\n\r\n\tseven", &[(1, "six"), (3, "seven")]);
        check("six>=1,\\\n<2\nx", &[(1, "six>=1,<2"), (3, "x")]);
        check("six \\\n  --hash=a \\\n  --hash=b", &[(1, "six   --hash=a   --hash=b")]);
        check("six \\\n# comment", &[(1, "six")]);
        check("six\\\n# comment", &[(1, "six")]);
        check("# comment \\\nsix", &[(2, "six")]);
        check("six # comment \\\n seven", &[(1, "six")]);
        check("six\\", &[(1, "six")]);
        check("six#x", &[(1, "six#x")]);
        check("six #x", &[(1, "six")]);
        check("a @ https://h/a.whl#sha256=0", &[(1, "a @ https://h/a.whl#sha256=0")]);
        check("", &[]);
    }

    #[test]
    fn only_set_variables_of_capitals_are_put_in() {
        let variable = |name: &str| (name == "USER_1").then(|| "me".to_owned());
        let check = |line: &str, expected: &str| assert_eq!(expanded(line, &variable), expected);
        check("a${USER_1}b${USER_1}", "amebme");
        check("${UNSET} ${user_1} $USER_1 ${} ${USER_1", "${UNSET} ${user_1} $USER_1 ${} ${USER_1");
        check("${${USER_1}}", "${me}");
    }

    #[test]
    fn secrets_are_cut_out() {
        let check = |line: &str, expected: &str| assert_eq!(redacted(line), expected);
        check("-i https://u:p@ss@host/simple", "-i https://host/simple");
        check("a @ https://token@host b://x@y", "a @ https://host b://y");
        check("a@b", "a@b");
        check(
            "six @ https://h/x.tar.gz?token=hunter2 ; os_name == 'x'",
            "six @ https://h/x.tar.gz… ; os_name == 'x'",
        );
        check("six @ https://h/x.whl#hunter2", "six @ https://h/x.whl…");
        check("-ihttps:/u:hunter2@h/simple", "-ihttps:/h/simple");
        check("-i 'https://u:p@h/simple' --pre", "-i 'https://h/simple' --pre");
        check("a @ git+ssh://git@h/x@main", "a @ git+ssh://h/x@main");
        check("--extra-index-url=https://h:hunter2", "--extra-index-url=…");
        check("-i https://u:hunter 2@h/simple", "-i …");
    }
}
