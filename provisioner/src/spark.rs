//! Which operator's application a document is, and in which of its layouts.
//!
//! Recognising is all that happens here; where the wiring of each goes is said below
//! [`wiring`](crate::wiring), one file an operator.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

/// A document that some operator runs as a Spark application.
///
/// Closed, so that an operator that is added cannot be forgotten anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Application {
    /// `SparkApplication` of `spark.stackable.tech/v1alpha1`.
    Stackable(StackableLayout),
    /// `SparkApplicationTemplate` of `spark.stackable.tech/v1alpha1` (26.3 and later).
    StackableTemplate,
    /// `SparkApplication` of `sparkoperator.k8s.io/v1beta2`.
    Kubeflow,
    /// `ScheduledSparkApplication` of `sparkoperator.k8s.io/v1beta2`, which nests all under `spec.template`.
    KubeflowScheduled,
    /// `SparkApplication` of `spark.apache.org/v1` and its betas.
    Apache,
}

/// The two layouts that Stackable's `v1alpha1` has had under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackableLayout {
    /// 0.1 to 23.7: `sparkImage` is a string, a role holds its settings itself, executors are counted
    /// by `instances`.
    Flat,
    /// 23.11 to today: `sparkImage` is an object, a role's settings are below `config`, executors are
    /// counted by `replicas`.
    Config,
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stackable(_) => "Stackable `SparkApplication`",
            Self::StackableTemplate => "Stackable `SparkApplicationTemplate`",
            Self::Kubeflow => "Kubeflow `SparkApplication`",
            Self::KubeflowScheduled => "Kubeflow `ScheduledSparkApplication`",
            Self::Apache => "Apache `SparkApplication`",
        })
    }
}

/// A document that calls itself a Spark application, and is none that is known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unrecognised {
    /// The API version is unknown.
    #[error(
        "expected a `SparkApplication` of `{STACKABLE}`, got kind `{kind}` of apiVersion `{api_version}`; for other \
         ways to run Spark use `--plain`"
    )]
    Unknown {
        /// The document's `apiVersion`; empty where it has none.
        api_version: String,
        /// The document's `kind`.
        kind: String,
    },
    /// Stackable's, with nothing that tells its layout.
    #[error(
        "cannot tell which layout this Stackable `SparkApplication` has: expected `spec.sparkImage` (an object since \
         23.11, a string before), `spec.executor.replicas` or `spec.executor.instances`"
    )]
    Layout,
}

/// The API version of Stackable's applications, of every layout.
pub const STACKABLE: &str = "spark.stackable.tech/v1alpha1";

/// The kinds that are Spark applications by their name, whoever defines them.
const KINDS: [&str; 3] = ["SparkApplication", "ScheduledSparkApplication", "SparkApplicationTemplate"];

/// What application `document` is; `None` where it does not claim to be one.
pub fn recognise(document: &Value) -> Result<Option<Application>, Unrecognised> {
    let text = |key| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if !KINDS.contains(&kind) {
        return Ok(None);
    }
    let application = match (api_version, kind) {
        (STACKABLE, "SparkApplication") => {
            Application::Stackable(stackable_layout(document).ok_or(Unrecognised::Layout)?)
        }
        (STACKABLE, "SparkApplicationTemplate") => Application::StackableTemplate,
        ("sparkoperator.k8s.io/v1beta2", "SparkApplication") => Application::Kubeflow,
        ("sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication") => Application::KubeflowScheduled,
        ("spark.apache.org/v1" | "spark.apache.org/v1beta1", "SparkApplication") => Application::Apache,
        (api_version, kind) => {
            return Err(Unrecognised::Unknown { api_version: api_version.to_owned(), kind: kind.to_owned() });
        }
    };
    Ok(Some(application))
}

/// The image tells best, since every release demands it; `version` tells least, since 23.11 still took it.
fn stackable_layout(document: &Value) -> Option<StackableLayout> {
    let spec = document.get("spec")?;
    let executor = |key| spec.get("executor").and_then(|executor| executor.get(key)).is_some();
    match spec.get("sparkImage") {
        Some(Value::Object(_)) => Some(StackableLayout::Config),
        Some(Value::String(_)) => Some(StackableLayout::Flat),
        _ if executor("replicas") => Some(StackableLayout::Config),
        _ if executor("instances") || spec.get("version").is_some() => Some(StackableLayout::Flat),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str, expected: Result<Option<Application>, &str>) {
        let document: Value = fatwood_resolver::yaml::document(yaml).unwrap();
        let actual = recognise(&document).map_err(|error| error.to_string());
        match (actual, expected) {
            (Ok(actual), Ok(expected)) => assert_eq!(actual, expected, "{yaml}"),
            (Err(actual), Err(expected)) => assert!(actual.contains(expected), "{yaml}: {actual}"),
            (actual, expected) => panic!("{yaml}: {actual:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn layouts_of_stackable_are_told_apart() {
        let flat = Ok(Some(Application::Stackable(StackableLayout::Flat)));
        let config = Ok(Some(Application::Stackable(StackableLayout::Config)));
        let rows = [
            ("{sparkImage: 'spark:3.2.1'}", flat),
            ("{version: '1.0'}", flat),
            ("{executor: {instances: 3}}", flat),
            ("{version: '1.0', executor: {instances: 1}}", flat),
            ("{sparkImage: {productVersion: 3.5.1}}", config),
            ("{executor: {replicas: 3}}", config),
            ("{version: '1.0', sparkImage: {productVersion: 3.5.0}}", config),
            ("{version: '1.0', executor: {replicas: 1}}", config),
            ("{mode: cluster}", Err("cannot tell which layout")),
            ("", Err("cannot tell which layout")),
        ];
        for (spec, expected) in rows {
            check(&format!("apiVersion: {STACKABLE}\nkind: SparkApplication\nspec: {spec}\n"), expected);
        }
    }

    #[test]
    fn other_documents_are_named_or_let_be() {
        let rows = [
            ("{apiVersion: v1, kind: ConfigMap}", Ok(None)),
            ("{kind: {a: b}}", Ok(None)),
            ("just text", Ok(None)),
            ("", Ok(None)),
            (
                "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication}",
                Ok(Some(Application::Kubeflow)),
            ),
            (
                "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: ScheduledSparkApplication}",
                Ok(Some(Application::KubeflowScheduled)),
            ),
            ("{apiVersion: spark.apache.org/v1, kind: SparkApplication}", Ok(Some(Application::Apache))),
            (
                "{apiVersion: spark.stackable.tech/v1alpha1, kind: SparkApplicationTemplate}",
                Ok(Some(Application::StackableTemplate)),
            ),
            (
                "{apiVersion: example.com/v1, kind: SparkApplication}",
                Err("got kind `SparkApplication` of apiVersion `example.com/v1`"),
            ),
            ("kind: SparkApplication", Err("of apiVersion ``")),
        ];
        for (yaml, expected) in rows {
            check(yaml, expected);
        }
    }
}
