//! Reading YAML, with errors for people.

use std::fmt;

use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a text is not the YAML that it should be. `Display` gives `line:column: problem`, to stand
/// behind a file name and a colon.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct YamlFault {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong there; it names the field or the value.
    pub problem: String,
}

impl fmt::Display for YamlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.problem)
    }
}

/// Reads a text of one document.
pub fn document<T: DeserializeOwned>(yaml: &str) -> Result<T, YamlFault> {
    serde_saphyr::from_str(yaml).map_err(|error| fault(&error))
}

/// Reads each document of a text.
pub fn documents<T: DeserializeOwned>(yaml: &str) -> Result<Vec<T>, YamlFault> {
    serde_saphyr::from_multiple(yaml).map_err(|error| fault(&error))
}

/// The parser's message without its own place, picture and advice to programmers.
fn fault(error: &serde_saphyr::Error) -> YamlFault {
    let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
    let problem = match error.without_snippet() {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("key `{key}` stands there twice")
        }
        other => other.to_string(),
    };
    let problem = problem.strip_prefix("error: ").unwrap_or(&problem);
    let problem = problem.strip_prefix(&format!("line {line} column {column}: ")).unwrap_or(problem);
    let problem = problem.strip_suffix(&format!(" at line {line}, column {column}")).unwrap_or(problem);
    YamlFault { line, column, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn faults_name_their_place_once() {
        let check = |yaml: &str, expected: &str| {
            let fault = document::<BTreeMap<String, u8>>(yaml).expect_err(yaml);
            assert_eq!(fault.to_string(), expected);
        };
        check("a: 1\nb: 2\na: 3\n", "3:1: key `a` stands there twice");
        check("a: x\n", "1:4: invalid u8");
    }
}
