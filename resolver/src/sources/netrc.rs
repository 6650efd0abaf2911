//! The netrc file: credentials by host, as curl, pip and Git read it.

/// One `machine` or the `default` of a netrc file. `Debug` is left out: it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The host; `None` for `default`, which matches every host.
    pub machine: Option<String>,
    /// The user.
    pub login: String,
    /// The password.
    pub password: String,
}

/// Reads a netrc file; words that are not known are skipped with the word after them, as are macros.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let words = words(text);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "machine" => {
                // Without a name it is none: it must not stand for every host.
                let Some(machine) = words.next().map(str::to_lowercase) else { break };
                entries.push(Entry { machine: Some(machine), login: String::new(), password: String::new() });
            }
            "default" => {
                entries.push(Entry { machine: None, login: String::new(), password: String::new() });
            }
            _ => {
                let value = words.next().unwrap_or_default();
                match (word, entries.last_mut()) {
                    ("login", Some(entry)) => value.clone_into(&mut entry.login),
                    ("password", Some(entry)) => value.clone_into(&mut entry.password),
                    _ => {}
                }
            }
        }
    }
    entries
}

/// The entry for a host: the first of its name, or else the `default`.
pub(super) fn find<'a>(entries: &'a [Entry], host: &str) -> Option<&'a Entry> {
    let named = |entry: &&Entry| entry.machine.as_deref() == Some(host);
    entries.iter().find(named).or_else(|| entries.iter().find(|entry| entry.machine.is_none()))
}

/// The words of a file: quoted ones may hold blanks, and `\` takes the next character as it is. A `#`
/// that begins a word begins a comment, except where a value stands, since passwords hold such. A
/// `macdef` goes to the next empty line, but may be a value too.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_macro = false;
    // The key whose value comes next.
    let mut key: Option<&str> = None;
    for line in text.lines() {
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut characters = line.chars().peekable();
        loop {
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            match characters.peek() {
                None => break,
                Some('#') if matches!(key, None | Some("machine")) => break,
                Some(_) => {}
            }
            let word = word(&mut characters);
            if word == "macdef" && key.is_none() {
                in_macro = true;
                break;
            }
            key = match key {
                Some(_) => None,
                None => ["machine", "login", "password", "account"].into_iter().find(|key| *key == word),
            };
            words.push(word);
        }
    }
    words
}

fn word(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let quoted = characters.next_if_eq(&'"').is_some();
    let mut word = String::new();
    while let Some(c) = characters.next_if(|c| quoted || !c.is_whitespace()) {
        match c {
            '"' if quoted => break,
            '\\' => word.extend(characters.next()),
            c => word.push(c),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_host() {
        let text = "# a comment\nmachine a.example.org login ann password #hunter2 # b\nmachine B.example.org\n  \
                    login bob\n  account x\n  password \"two \\\" words\"\nmacdef init\n  machine evil\n\n\
                    default login anonymous password me@example.org\n";
        let entries = parse(text);
        let check = |host: &str, login: &str, password: &str| {
            let entry = find(&entries, host).expect(host);
            assert_eq!((entry.login.as_str(), entry.password.as_str()), (login, password), "{host}");
        };
        check("a.example.org", "ann", "#hunter2");
        check("b.example.org", "bob", "two \" words");
        check("evil", "anonymous", "me@example.org");
        assert!(find(&parse("machine a login b password c"), "x").is_none());
        assert!(find(&parse("machine a login b password c machine"), "x").is_none());
    }

    #[test]
    fn values_may_be_words_of_the_format() {
        let entry = |machine: &str, login: &str, password: &str| Entry {
            machine: Some(machine.to_owned()),
            login: login.to_owned(),
            password: password.to_owned(),
        };
        let check = |text: &str, expected: &[Entry]| assert!(parse(text) == expected, "{text}");
        check("machine macdef login macdef password macdef", &[entry("macdef", "macdef", "macdef")]);
        check("machine login login password password machine", &[entry("login", "password", "machine")]);
        let text = "machine a login b password login\nmacdef init\n  machine evil\n\nmachine c\n";
        check(text, &[entry("a", "b", "login"), entry("c", "", "")]);
        check("machine a login login # x\n", &[entry("a", "login", "")]);
    }
}
