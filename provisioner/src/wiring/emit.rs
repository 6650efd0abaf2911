//! New values as YAML, to be put into a document's tree.

use serde_json::Value;
use yaml_edit::{Document, YamlNode};

use crate::classpath::is_inert;

/// A value as a tree of its own, quoted as what it replaces is; `None` where it cannot be written,
/// which [`rewrite`](super::document::rewrite) finds when it reads the result.
pub(super) fn literal(value: &Value, replaced: Option<&YamlNode>) -> Option<YamlNode> {
    let quote = match replaced {
        Some(YamlNode::Scalar(scalar)) => scalar.value().chars().next(),
        _ => None,
    };
    let text = match (value, quote) {
        (Value::String(text), Some('\'')) => format!("'{}'", text.replace('\'', "''")),
        (Value::String(_), Some('"')) => value.to_string(),
        (value, _) => {
            let mut text = String::new();
            emit(value, 0, &mut text);
            text
        }
    };
    let document: Document = text.parse().ok()?;
    let mapping = document.as_mapping().map(YamlNode::Mapping);
    let sequence = || document.as_sequence().map(YamlNode::Sequence);
    mapping.or_else(sequence).or_else(|| document.as_scalar().map(YamlNode::Scalar))
}

/// Writes a value in block style, beginning at the current column, which is `indent`.
fn emit(value: &Value, indent: usize, text: &mut String) {
    let line = |text: &mut String, position: usize| {
        if position > 0 {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
        }
    };
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (position, (key, value)) in entries.iter().enumerate() {
                line(text, position);
                text.push_str(&scalar(key));
                let is_nested = value.as_object().is_some_and(|entries| !entries.is_empty())
                    || value.as_array().is_some_and(|items| !items.is_empty());
                text.push_str(if is_nested { ":\n" } else { ": " });
                text.push_str(&" ".repeat(if is_nested { indent + 2 } else { 0 }));
                emit(value, indent + 2, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                line(text, position);
                text.push_str("- ");
                emit(item, indent + 2, text);
            }
        }
        Value::String(string) => text.push_str(&scalar(string)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            text.push_str(&value.to_string());
        }
    }
}

/// A string as a scalar: plain where no reader of YAML 1.1 or 1.2 takes it for anything else.
fn scalar(text: &str) -> String {
    /// What one version or the other reads as a boolean or null.
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    let plain = |c: char| is_inert(c) && c != '@' || matches!(c, '/' | '*' | ':');
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if begins_well && !text.ends_with(':') && text.chars().all(plain) && !is_word {
        text.to_owned()
    } else {
        // Every JSON string is a double-quoted one of YAML.
        Value::from(text).to_string()
    }
}
