//! Options of a requirements file.

use super::{IndexRole, lines};

/// What the options of one line say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Files of requirements.
    pub requirements: Vec<String>,
    /// Files of constraints.
    pub constraints: Vec<String>,
    /// Indexes.
    pub indexes: Vec<(IndexRole, String)>,
    /// `--pre`.
    pub prereleases: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
}

impl Options {
    /// Reads a line of options; the error says why one is refused.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words(line)?.into_iter();
        while let Some(word) = words.next() {
            let (name, attached) = split_option(&word);
            let mut value = || {
                let value = attached.clone().or_else(|| words.next()).filter(|value| !value.is_empty());
                value.ok_or_else(|| format!("`{name}` lacks its value"))
            };
            match name {
                "-r" | "--requirement" => options.requirements.push(value()?),
                "-c" | "--constraint" => options.constraints.push(value()?),
                "-i" | "--index-url" | "--pypi-url" => options.indexes.push((IndexRole::Default, value()?)),
                "--extra-index-url" => options.indexes.push((IndexRole::Extra, value()?)),
                "-f" | "--find-links" => options.indexes.push((IndexRole::Links, value()?)),
                "--pre" => options.prereleases = true,
                "--require-hashes" => options.require_hashes = true,
                // Only wheels are taken anyway.
                "--prefer-binary" => {}
                "--only-binary" => drop(value()?),
                _ => return Err(refusal(name)),
            }
        }
        Ok(options)
    }
}

/// `--name=value` and `-rvalue` into name and value.
fn split_option(word: &str) -> (&str, Option<String>) {
    if word.starts_with("--") {
        return word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value.to_owned())));
    }
    match word.get(..2) {
        Some(name) if word.len() > 2 => (name, Some(word[2..].trim_start_matches('=').to_owned())),
        _ => (word, None),
    }
}

/// Why an option is refused, and what to do instead.
fn refusal(name: &str) -> String {
    match name {
        "-e" | "--editable" => {
            "an editable install is no fixed file; build a wheel, put it on an index or at a URL, \
                                and name that"
                .to_owned()
        }
        "--no-binary" => {
            "nothing is built, because what is built here may not run there; build a wheel on the \
                          target's platform and put it on an index of your own"
                .to_owned()
        }
        "--trusted-host" => {
            "it would turn off the check of certificates; give the host a certificate that the \
                             machine trusts"
                .to_owned()
        }
        "--no-index" => {
            "what may be asked is said by the set; list under `indexes` nothing but `findLinks: URL`, and take \
             this out"
                .to_owned()
        }
        _ => {
            let name = lines::redacted(name);
            format!("option `{name}` is unknown, or is for building and installing; take it out")
        }
    }
}

/// Cuts a requirement's options off, which begin with the first word that begins with `--`, or with `-` and a letter.
pub(super) fn split_off(line: &str) -> (&str, &str) {
    let begins = |at: usize| {
        let mut after = line[at..].trim_start().chars();
        after.next() == Some('-') && after.next().is_some_and(|c| c == '-' || c.is_ascii_alphabetic())
    };
    let at = line.match_indices(char::is_whitespace).map(|(at, _)| at).find(|at| begins(*at));
    let (text, options) = line.split_at(at.unwrap_or(line.len()));
    (text.trim_end(), options)
}

/// The words of a line as a shell splits them: by white space, with quotes and backslashes.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("a quotation mark is not closed".to_owned()) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_in_several_ways() {
        let ways =
            ["-r a.txt", "-ra.txt", "--requirement a.txt", "--requirement=a.txt", "-r 'a.txt'", "-r=a.txt"];
        for line in ways {
            assert_eq!(
                Options::parse(line).map(|options| options.requirements),
                Ok(vec!["a.txt".to_owned()]),
                "{line}"
            );
        }
        let spaces = Options::parse(r#"-c "a b.txt" -r c\ d"#).expect("two files");
        assert_eq!(
            (spaces.constraints, spaces.requirements),
            (vec!["a b.txt".to_owned()], vec!["c d".to_owned()])
        );
    }

    #[test]
    fn what_changes_nothing_is_taken_and_the_rest_is_refused() {
        for line in ["--prefer-binary", "--only-binary :all:", "--only-binary=six", "--pre --require-hashes"]
        {
            assert!(Options::parse(line).is_ok(), "{line}");
        }
        let check = |line: &str, reason: &str| {
            let error = Options::parse(line).expect_err(line);
            assert!(error.contains(reason), "{error}");
        };
        check("-e .", "editable");
        check("--no-binary :all:", "nothing is built");
        check("--trusted-host h", "certificate");
        check("--no-index", "`findLinks: URL`");
        check("--frobnicate", "`--frobnicate` is unknown");
        check("-r", "lacks its value");
        check("-r 'a", "not closed");
    }

    #[test]
    fn options_of_a_requirement_are_cut_off() {
        let check =
            |line: &str, text: &str, options: &str| assert_eq!(split_off(line), (text, options), "{line}");
        check("six==1 --hash=a", "six==1", " --hash=a");
        check("six-x - y", "six-x - y", "");
        check("a @ https://h/a--b.whl", "a @ https://h/a--b.whl", "");
    }
}
