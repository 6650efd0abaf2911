//! What a POM names, as far as the limit needs it: read by rules of its own, so that the resolver is not
//! measured against itself.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

/// What a POM names. Texts are as they stand there, properties and all.
#[derive(Debug, Default)]
pub(crate) struct Pom {
    /// `groupId`, `artifactId` and `version` of its own, where they are there.
    pub(crate) own: Fields,
    /// The same of its parent; empty where it has none.
    pub(crate) parent: Fields,
    /// Where the release has moved.
    pub(crate) relocation: Fields,
    /// Its properties, those of profiles where nobody else has them.
    pub(crate) properties: Fields,
    /// Its dependencies, those of profiles among them.
    pub(crate) mentions: Vec<Mention>,
}

/// Texts of elements by their name.
pub(crate) type Fields = HashMap<String, String>;

/// A dependency.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) role: Role,
    pub(crate) fields: Fields,
}

/// Where a dependency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is depended on.
    Dependency,
    /// It is managed.
    Managed,
    /// It is a BOM to import.
    Import,
}

/// Reads a POM; what cannot be read ends it.
pub(crate) fn read(bytes: &[u8]) -> Pom {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().check_end_names = false;
    let (mut pom, mut stack, mut fields, mut text) =
        (Pom::default(), Vec::<String>::new(), Fields::new(), String::new());
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                stack.push(tag.local_name().as_ref().to_owned());
                text.clear();
                if stack.last().is_some_and(|name| name == "dependency") {
                    fields.clear();
                }
            }
            Event::Text(piece) => text.push_str(&piece.xml10_content()),
            Event::End(_) => {
                let Some(name) = stack.pop() else { break };
                pom.take(&stack, name, &mut fields, text.trim());
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    pom
}

impl Pom {
    /// Takes the element `name`, which ends inside of `stack`.
    fn take(&mut self, stack: &[String], name: String, fields: &mut Fields, text: &str) {
        let text = text.to_owned();
        let stack: Vec<&str> = stack.iter().map(String::as_str).collect();
        match stack.as_slice() {
            ["project"] => drop(self.own.insert(name, text)),
            ["project", "parent"] => drop(self.parent.insert(name, text)),
            ["project", "properties"] => drop(self.properties.insert(name, text)),
            ["project", "profiles", "profile", "properties"] => {
                self.properties.entry(name).or_insert(text);
            }
            [.., "relocation"] => drop(self.relocation.insert(name, text)),
            [.., "dependency"] => drop(fields.insert(name, text)),
            within if name == "dependency" && !within.contains(&"build") => {
                let is_managed = within.contains(&"dependencyManagement");
                let is_import = is_managed && fields.get("scope").is_some_and(|scope| scope == "import");
                let role = match (is_import, is_managed) {
                    (true, _) => Role::Import,
                    (false, true) => Role::Managed,
                    (false, false) => Role::Dependency,
                };
                self.mentions.push(Mention { role, fields: std::mem::take(fields) });
            }
            _ => {}
        }
    }
}
