//! The rules of Maven resolution that a user may choose.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ReleaseName;

/// By which rules packages are resolved. All of it is recorded in the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rules {
    /// How conflicts are decided, and how far management and exclusions reach.
    pub mode: Mode,
    /// Whether a named version is final. If not, other packages may change it: in mode `maven` only by a
    /// range.
    pub pin_roots: bool,
    /// Whether the modules that spark-submit leaves out of every `--packages` are left out, since the
    /// image has them. Where nothing is said, mode `spark` leaves them out and mode `maven` does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spark_excludes: Option<bool>,
    /// Whether `LATEST` and `RELEASE` stand for the version that the repositories list as such when the set
    /// is resolved. If not, they are refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_dynamic: bool,
    /// The releases that are taken without dependencies where no repository has their POM.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_missing_pom: BTreeSet<ReleaseName>,
}

impl Rules {
    /// Whether Spark's own modules are left out.
    pub fn leave_spark_out(&self) -> bool {
        self.spark_excludes.unwrap_or(self.mode == Mode::Spark)
    }
}

/// How conflicts are decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As users of `--packages` expect it: the highest version wins, a POM's management reaches its whole
    /// subtree, and a module is left out only if every path to it excludes it.
    #[default]
    Spark,
    /// As Maven 3 does it: the declaration nearest to the root wins, the first of equally near ones, with the
    /// exclusions of its path, and a POM's management reaches its own dependencies alone.
    Maven,
}
