//! `${…}` in a POM.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::runtime::Runtime;

/// The longest text that a value may grow to, in bytes; no part of a coordinate comes near it. With
/// each property computed once, it bounds what nested properties can cost.
const MAX_LENGTH: usize = 4096;

/// Replaces `${…}` in the texts of one POM.
///
/// The order of the sources is Maven's (`AbstractStringBasedModelInterpolator`): the model's own
/// fields by their full name, its properties, the declared machine's, the fields by their bare name.
/// The environment is never read. What has no value, refers to itself or grows too long stays as it
/// is written, and is an error only where it is used.
pub(super) struct Interpolator<'a> {
    fields: BTreeMap<&'static str, &'a str>,
    /// The POM's own, then those of its parents.
    properties: Vec<&'a BTreeMap<String, String>>,
    runtime: &'a Runtime,
    /// Values of properties that have been computed.
    known: RefCell<BTreeMap<String, String>>,
    /// Every name that has been looked up.
    used: RefCell<BTreeSet<String>>,
}

/// Names that texts depend on, with what stands behind each.
pub(super) type Used = BTreeMap<String, Option<String>>;

impl<'a> Interpolator<'a> {
    /// `fields` are named without `project.`, as in `version` and `parent.version`.
    pub(super) fn new(
        fields: BTreeMap<&'static str, &'a str>,
        properties: Vec<&'a BTreeMap<String, String>>,
        runtime: &'a Runtime,
    ) -> Self {
        Self { fields, properties, runtime, known: RefCell::default(), used: RefCell::default() }
    }

    /// What the texts that were given to [`Self::apply`] depend on.
    pub(super) fn used(&self) -> Used {
        let used = self.used.borrow();
        used.iter().map(|name| (name.clone(), self.raw(name).map(str::to_owned))).collect()
    }

    /// Whether texts that depend on `used` come to the same here as in the POM's parent, where `used` is from.
    pub(super) fn agrees(&self, used: &Used) -> bool {
        let is_field = |name: &str| {
            let field = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")).unwrap_or(name);
            self.fields.contains_key(field) || field.starts_with("parent.")
        };
        // All else is the same for a child, but for what it says itself.
        let own = self
            .properties
            .first()
            .into_iter()
            .flat_map(|own| own.keys())
            .filter_map(|name| used.get_key_value(name));
        let fields = used.iter().filter(|(name, _)| is_field(name));
        own.chain(fields).all(|(name, raw)| self.raw(name) == raw.as_deref())
    }

    /// `text` with everything replaced that has a value, trimmed.
    pub(super) fn apply(&self, text: &str) -> String {
        if text.contains("${") {
            self.expand(text, &mut BTreeSet::new()).trim().to_owned()
        } else {
            text.trim().to_owned()
        }
    }

    fn expand(&self, text: &str, open: &mut BTreeSet<String>) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            result.push_str(before);
            match self.value(name.trim(), open) {
                Some(value) => result.push_str(&value),
                None => result.extend(["${", name, "}"]),
            }
            if result.len() > MAX_LENGTH {
                return text.to_owned();
            }
            rest = after;
        }
        result.push_str(rest);
        result
    }

    /// The value of one name; none where it is being computed further up, so that a circle stays
    /// visible in the text.
    fn value(&self, name: &str, open: &mut BTreeSet<String>) -> Option<String> {
        if !self.used.borrow().contains(name) {
            self.used.borrow_mut().insert(name.to_owned());
        }
        if let Some(known) = self.known.borrow().get(name) {
            return Some(known.clone());
        }
        let raw = self.raw(name)?;
        if !raw.contains("${") {
            return Some(raw.to_owned());
        }
        // A real chain of properties has three links or so; the bound keeps hostile ones off the stack.
        if open.len() > 64 || !open.insert(name.to_owned()) {
            return None;
        }
        let value = self.expand(raw, open);
        open.remove(name);
        self.known.borrow_mut().insert(name.to_owned(), value.clone());
        Some(value)
    }

    fn raw(&self, name: &str) -> Option<&str> {
        let field = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        let by_full_name = field.and_then(|field| self.fields.get(field).copied());
        let property = || self.properties.iter().find_map(|own| own.get(name)).map(String::as_str);
        by_full_name
            .or_else(property)
            .or_else(|| self.runtime.property(name))
            .or_else(|| self.fields.get(name).copied())
    }
}

/// Whether something in `text` was left without a value.
pub(super) fn is_open(text: &str) -> bool {
    text.contains("${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::Target;

    fn apply(text: &str, properties: &[(&str, &str)]) -> String {
        let properties = properties.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let fields = BTreeMap::from([("version", "2"), ("groupId", "g"), ("parent.version", "3")]);
        Interpolator::new(fields, vec![&properties], &Runtime::of(&Target::default())).apply(text)
    }

    #[test]
    fn every_spelling_is_known() {
        let check =
            |text: &str, expected: &str| assert_eq!(apply(text, &[("a", "${b}"), ("b", "1")]), expected);
        check(" plain\n", "plain");
        check("${project.version}", "2");
        check("${pom.version}", "2");
        check("${version}", "2");
        check("${project.parent.version}-${parent.version}", "3-3");
        check("${a}.${b}", "1.1");
        check("${ a }", "1");
        check("${java.version}", "17");
        check("${nope}", "${nope}");
        check("${env.PATH}", "${env.PATH}");
        check("${a", "${a");
        check("$a}", "$a}");
    }

    #[test]
    fn own_properties_come_before_the_machine_and_bare_names() {
        let own = [("java.version", "1.5"), ("version", "9"), ("project.version", "8"), ("project.x", "7")];
        assert_eq!(apply("${java.version}", &own), "1.5");
        assert_eq!(apply("${version}", &own), "9");
        assert_eq!(apply("${project.version}", &own), "2");
        assert_eq!(apply("${project.x}", &own), "7");
    }

    #[test]
    fn circles_and_bombs_end_and_stay_visible() {
        assert!(is_open(&apply("${a}", &[("a", "${b}"), ("b", "${a}")])));
        assert!(is_open(&apply("${a}", &[("a", "x${a}")])));
        let names: Vec<String> = (0..200).map(|index| format!("p{index}")).collect();
        let values: Vec<String> = (1..=200).map(|index| format!("${{p{index}}}").repeat(10)).collect();
        let bomb: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        assert!(is_open(&apply("${p0}", &bomb)));
        let chain: Vec<(&str, &str)> = names
            .iter()
            .map(String::as_str)
            .zip(values.iter().map(|value| value.split_inclusive('}').next().unwrap()))
            .collect();
        assert!(is_open(&apply("${p0}", &chain)));
    }
}
