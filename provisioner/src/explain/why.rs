//! Why a release is in a set, in that version; or why it is not there.

mod query;
mod reason;
mod text;

use std::collections::BTreeSet;

use fatwood_resolver::failure::Failure;
use serde::Serialize;
use thiserror::Error;

use self::query::Query;
use self::reason::reason;
pub use self::reason::{Asker, File, Pom, Reason, Rule};
use super::graph::Graph;

/// How many near names are suggested.
const MAX_NEAR: usize = 5;

/// How alike two names are that may be meant for each other, from 0 to 1: that of clap's suggestions.
const NEAR: f64 = 0.8;

/// Why what a POM declares may be neither in a set nor excluded.
const LEFT_OUT: &str =
    " (what POMs depend on in scope `provided` or `test`, or as `optional`, is left out of every set)";

/// What there is to say about what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What the set has of that name.
    pub present: Vec<Reason>,
    /// What the set does not have because it was excluded.
    pub excluded: Vec<Absence>,
    /// Where there is neither, names that may be meant.
    pub near: Vec<String>,
}

/// Why a module is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Absence {
    /// Which.
    pub module: String,
    /// By whom: releases, patterns of the user, or `spark`.
    pub by: Vec<String>,
    /// What depends on it.
    pub dependents: Vec<String>,
}

/// A name of nothing that is in the set or was excluded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "set `{set}` has nothing named `{query}`, and nothing of that name was excluded{}{}",
    suggestion(near),
    if *may_be_left_out { LEFT_OUT } else { "" }
)]
pub struct Unknown {
    set: String,
    query: String,
    near: Vec<String>,
    may_be_left_out: bool,
}

impl Unknown {
    /// That nothing in `graph` is named `query`.
    pub fn new(graph: &Graph<'_>, query: &str) -> Self {
        let set = graph.manifest.name.to_string();
        Self {
            set,
            query: query.chars().take(200).collect(),
            near: near(graph, query),
            may_be_left_out: graph.manifest.closure.is_some() && Query::of(query).may_be_package(),
        }
    }

    /// The same as an answer, which has nothing but names that may be meant.
    pub fn answer(&self) -> Answer {
        Answer { present: Vec::new(), excluded: Vec::new(), near: self.near.clone() }
    }

    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        Failure::Data
    }
}

fn suggestion(near: &[String]) -> String {
    match near {
        [] => "; `fatwood tree` shows what it has".to_owned(),
        near => format!("; did you mean `{}`?", near.join("`, `")),
    }
}

/// Why what `query` names is there, or is not.
///
/// A query is a module `group:artifact`, a release `group:artifact:version` (also one that moved, or one of
/// another version than the set's), an artifact or Python project with or without a version, a package URL, a
/// file's name or its path in the set, or the user's own words.
pub fn why(graph: &Graph<'_>, query: &str) -> Result<Answer, Unknown> {
    let asked = Query::of(query);
    let version = |node: usize| asked.version_of(&graph.nodes[node]);
    let present = find(graph, query).into_iter().map(|node| reason(graph, node, version(node))).collect();
    let excluded = find_excluded(graph, query).into_iter().map(|index| &graph.excluded[index]);
    let excluded = excluded.map(|excluded| Absence {
        module: excluded.module.clone(),
        by: excluded.by.clone(),
        dependents: excluded.dependents.clone(),
    });
    let answer = Answer { present, excluded: excluded.collect(), near: Vec::new() };
    if answer.present.is_empty() && answer.excluded.is_empty() {
        return Err(Unknown::new(graph, query));
    }
    Ok(answer)
}

/// The nodes that a query names, in order.
pub(super) fn find(graph: &Graph<'_>, query: &str) -> Vec<usize> {
    let query = Query::of(query);
    let nodes = graph.nodes.iter().enumerate();
    nodes.filter(|(_, node)| query.is_node(node)).map(|(index, _)| index).collect()
}

/// The excluded modules that a query names, by index.
pub(super) fn find_excluded(graph: &Graph<'_>, query: &str) -> Vec<usize> {
    let query = Query::of(query);
    let excluded = graph.excluded.iter().enumerate();
    excluded.filter(|(_, excluded)| query.is_module(&excluded.module)).map(|(index, _)| index).collect()
}

/// Names that may be meant by `query`: those that hold it, then those that are like it.
fn near(graph: &Graph<'_>, query: &str) -> Vec<String> {
    let wanted = Query::of(query).artifact().to_lowercase();
    let wanted = wanted.as_str();
    let nodes = graph.nodes.iter().map(|node| node.name.plain());
    let names: BTreeSet<&str> =
        nodes.chain(graph.excluded.iter().map(|excluded| excluded.module.as_str())).collect();
    let mut near: Vec<(f64, &str)> = Vec::new();
    for name in names {
        let artifact = name.rsplit(':').next().unwrap_or(name).to_lowercase();
        let holds = wanted.len() > 2 && artifact.contains(wanted);
        let likeness = if holds { 1.0 } else { strsim::jaro_winkler(wanted, &artifact) };
        if likeness > NEAR {
            near.push((likeness, name));
        }
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(MAX_NEAR).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests;
