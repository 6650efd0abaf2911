//! Places in a document, and a walk that remembers where it is.

use std::fmt;

use serde_json::{Map, Value};

/// A place in a document, as steps from its root. `Display` gives the dotted form that users know,
/// with a key that holds a dot itself in quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(pub Vec<Step>);

/// One step of a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a sequence, counted from 0.
    Item(usize),
}

impl Place {
    pub(super) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Step::Key((*key).to_owned())).collect())
    }

    pub(super) fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    pub(super) fn refuse(&self, problem: impl Into<String>) -> Refusal {
        Refusal { place: self.clone(), problem: problem.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            match step {
                Step::Key(key) if key.contains('.') => write!(f, "{dot}\"{key}\"")?,
                Step::Key(key) => write!(f, "{dot}{key}")?,
                Step::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

/// Why a document is not wired, and where; the problem continues a sentence that begins with the place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) place: Place,
    pub(super) problem: String,
}

/// A value that is being changed, and where it is.
pub(super) struct Node<'a> {
    pub(super) value: &'a mut Value,
    pub(super) place: Place,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a mut Value) -> Self {
        Self { value, place: Place::default() }
    }

    /// The value of `key`, null where there is none yet.
    pub(super) fn child(self, key: &str) -> Result<Self, Refusal> {
        let place = self.place.key(key);
        let value = self.mapping()?.entry(key).or_insert(Value::Null);
        Ok(Self { value, place })
    }

    /// This as a mapping; Kubernetes reads null as an absent field, so null becomes an empty one.
    pub(super) fn mapping(self) -> Result<&'a mut Map<String, Value>, Refusal> {
        if self.value.is_null() {
            *self.value = Value::Object(Map::new());
        }
        match self.value {
            Value::Object(mapping) => Ok(mapping),
            other => Err(self.place.refuse(format!("must be a mapping, got {}; correct it", kind_of(other)))),
        }
    }

    /// This as a sequence; null becomes an empty one.
    pub(super) fn sequence(self) -> Result<&'a mut Vec<Value>, Refusal> {
        if self.value.is_null() {
            *self.value = Value::Array(Vec::new());
        }
        match self.value {
            Value::Array(sequence) => Ok(sequence),
            other => Err(self.place.refuse(format!("must be a list, got {}; correct it", kind_of(other)))),
        }
    }
}

/// What a value is, in the words of a message.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false (quote it if it is text)",
        Value::Number(_) => "a number (quote it if it is text)",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
