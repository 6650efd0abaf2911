//! Reading YAML, and changing it without loss.
//!
//! Two parsers look at every text: `serde-saphyr` says what it means, `yaml-edit` holds it as a lossless
//! tree. A change is wanted as values; the difference between what a text means and what it should
//! mean becomes edits of the tree, and the result is read again, by the first parser. So a fault of
//! the second can be seen, and is an error, never a damaged document.

use fatwood_resolver::failure::Failure;
use fatwood_resolver::yaml::{self, YamlFault};
use serde_json::{Map, Value};
use thiserror::Error;
use yaml_edit::{Document, YamlFile, YamlNode};

use super::emit::literal;
use super::place::{Place, Step};

/// How often the tree is edited before giving up. One round is the rule; what an anchor shares takes
/// a second one. After the last the result is only compared.
const MAX_ROUNDS: usize = 4;

/// A text that cannot be read or edited.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// Not YAML, or not of the sort that Kubernetes takes.
    #[error("line {line}: this is not YAML that Kubernetes takes: {problem}")]
    Syntax {
        /// The line of the fault.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// The lossless parser does not take what the other takes.
    #[error("this YAML cannot be edited without loss: {problem}; write that part in a simpler style")]
    Style {
        /// What is in the way.
        problem: String,
    },
}

impl DocumentError {
    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Syntax { .. } | Self::Style { .. } => Failure::Data,
        }
    }
}

/// What each document of a file means, with aliases and merge keys resolved. Null documents, as
/// between two `---`, are left out.
pub(super) fn read(yaml: &str) -> Result<Vec<Value>, DocumentError> {
    let documents: Vec<Value> = yaml::documents(yaml)
        .map_err(|YamlFault { line, problem, .. }| DocumentError::Syntax { line, problem })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// What an object is, for a message; `None` where it is no object of Kubernetes'.
pub(super) fn title(document: &Value) -> Option<String> {
    let kind = document.get("kind")?.as_str()?;
    let api_version = document.get("apiVersion")?.as_str()?;
    Some(format!("`{kind}` of `{api_version}`"))
}

/// The line, from 1, of the nearest thing on the way to `place` that the document writes out.
pub(super) fn line_of(yaml: &str, index: usize, place: &Place) -> usize {
    let Ok(file) = yaml.parse::<YamlFile>() else { return 1 };
    let Some(document) = content(&file).nth(index) else { return 1 };
    let mapping = document.as_mapping();
    // A document begins with its `---` and comments, before the first key.
    let mut offset = mapping.as_ref().map_or(0, |mapping| mapping.byte_range().start);
    let mut node = mapping.map(YamlNode::Mapping);
    for step in &place.0 {
        node = match (node, step) {
            (Some(YamlNode::Mapping(mapping)), Step::Key(key)) => {
                let entry = mapping.find_entry_by_key(key.as_str());
                if let Some(YamlNode::Scalar(key)) =
                    entry.as_ref().and_then(yaml_edit::MappingEntry::key_node)
                {
                    offset = key.byte_range().start;
                }
                entry.and_then(|entry| entry.value_node())
            }
            (Some(YamlNode::Sequence(sequence)), Step::Item(item)) => sequence.get(*item),
            (Some(_) | None, _) => break,
        };
        if let (Some(YamlNode::Mapping(mapping)), Step::Item(_)) = (&node, step) {
            offset = mapping.byte_range().start;
        }
    }
    let before = yaml.as_bytes().get(..offset as usize).unwrap_or_default();
    before.split(|byte| *byte == b'\n').count()
}

/// The documents of a file that have content.
fn content(file: &YamlFile) -> impl Iterator<Item = Document> {
    file.documents().filter(|document| {
        document.as_mapping().is_some()
            || document.as_sequence().is_some()
            || document.as_scalar().is_some_and(|scalar| !scalar.is_null())
            || document.as_tagged().is_some()
    })
}

/// `yaml` with each document changed so that it means what `wanted` says, and nothing else changed.
pub(super) fn rewrite(yaml: &str, wanted: &[Value]) -> Result<String, DocumentError> {
    let style = |problem: String| DocumentError::Style { problem };
    let damaged = || style("an edit does not do what it must".to_owned());
    let mut text = yaml.to_owned();
    let mut actual = read(yaml)?;
    for _ in 0..=MAX_ROUNDS {
        if actual == wanted {
            return match lost_comment(yaml, &text) {
                None => Ok(text),
                Some(comment) => Err(style(format!("the comment `{comment}` would be lost"))),
            };
        }
        let file: YamlFile = text.parse().map_err(|error: yaml_edit::YamlError| style(error.to_string()))?;
        let documents: Vec<_> = content(&file).collect();
        if documents.len() != wanted.len() || actual.len() != wanted.len() {
            return Err(style("it is not clear where one document ends and another begins".to_owned()));
        }
        for ((document, actual), wanted) in documents.iter().zip(&actual).zip(wanted) {
            if let (Some(tree), Value::Object(actual), Value::Object(wanted)) =
                (document.as_mapping(), actual, wanted)
            {
                edit_mapping(&tree, actual, wanted);
            }
        }
        text = file.to_string();
        actual = read(&text).map_err(|_| damaged())?;
    }
    Err(damaged())
}

/// The first comment of `before` that is no longer there, in its order, in `after`.
fn lost_comment(before: &str, after: &str) -> Option<String> {
    let comments = |text: &str| -> Vec<String> {
        let file = text.parse::<YamlFile>();
        file.map_or_else(
            |_| Vec::new(),
            |file| file.comments().map(|comment| comment.text().to_owned()).collect(),
        )
    };
    let after = comments(after);
    let mut rest = after.iter();
    comments(before).into_iter().find(|comment| !rest.any(|other| other == comment))
}

/// Edits one mapping. What is written as an alias, or comes by a merge key, is written out here, so
/// that whatever else shares it keeps it as it is.
fn edit_mapping(tree: &yaml_edit::Mapping, actual: &Map<String, Value>, wanted: &Map<String, Value>) {
    for (key, value) in wanted {
        let before = actual.get(key);
        if before == Some(value) {
            continue;
        }
        match (tree.get(key.as_str()), before, value) {
            (Some(YamlNode::Mapping(tree)), Some(Value::Object(before)), Value::Object(value)) => {
                edit_mapping(&tree, before, value);
            }
            (Some(YamlNode::Sequence(tree)), Some(Value::Array(before)), Value::Array(value)) => {
                edit_sequence(&tree, before, value);
            }
            (node, _, value) => {
                if let Some(value) = literal(value, node.as_ref()) {
                    tree.set(key.as_str(), value);
                }
            }
        }
    }
    for key in actual.keys().filter(|key| !wanted.contains_key(*key)) {
        tree.remove(key.as_str());
    }
}

/// Edits one sequence; wiring only changes and appends items.
fn edit_sequence(tree: &yaml_edit::Sequence, actual: &[Value], wanted: &[Value]) {
    for (index, value) in wanted.iter().enumerate() {
        match (tree.get(index), actual.get(index), value) {
            (_, Some(before), value) if before == value => {}
            (Some(YamlNode::Mapping(tree)), Some(Value::Object(before)), Value::Object(value)) => {
                edit_mapping(&tree, before, value);
            }
            (Some(node), _, value) => {
                if let Some(value) = literal(value, Some(&node)) {
                    tree.set(index, value);
                }
            }
            (None, _, value) => {
                if let Some(value) = literal(value, None) {
                    tree.push(value);
                }
            }
        }
    }
}
