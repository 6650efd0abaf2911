//! What holds of the parsers of the user's configuration: [`crate::fuzzing`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Environment;
use super::ini::Ini;
pub(crate) use super::maven::fuzzing::maven_settings;
use super::netrc;

/// An environment in which one variable is set.
pub(super) fn environment() -> Environment {
    let variables = BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]);
    Environment { variables, home: Some("/home/ann".into()), ..Environment::default() }
}

/// What was read, written out plainly, is read as the same.
pub(crate) fn pip_conf(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(ini) = Ini::parse(&text) else { return };
    let mut plain = String::new();
    for (section, values) in ini.sections() {
        // Writing to a string cannot fail.
        let _ = writeln!(plain, "[{section}]");
        for (key, value) in values {
            let _ = writeln!(plain, "{key} = {}", value.replace('\n', "\n  "));
        }
    }
    assert!(Ini::parse(&plain).is_ok_and(|again| again == ini), "{plain}");
}

/// What was read, written out with every word in quotes, is read as the same.
pub(crate) fn netrc(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let entries = netrc::parse(&text);
    let quoted = |word: &str| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
    let mut plain = String::new();
    for entry in &entries {
        let machine = entry.machine.as_deref().map(|machine| format!("machine {}", quoted(machine)));
        let (login, password) = (quoted(&entry.login), quoted(&entry.password));
        let machine = machine.as_deref().unwrap_or("default");
        let _ = writeln!(plain, "{machine} login {login} password {password}");
    }
    assert!(netrc::parse(&plain) == entries, "{plain}");
    for entry in &entries {
        let host = entry.machine.as_deref().unwrap_or("other.example.org");
        assert!(netrc::find(&entries, host).is_some());
    }
}
