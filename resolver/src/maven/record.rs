//! What a manifest keeps of a closure: the rules, the releases with their reasons, and every POM by digest.

use super::driver;
use super::gav::Gav;
use super::graph::{Demand, Graph, Requester};
use super::request::Request;
use super::runtime::Runtime;
use crate::manifest::{self, Closure, Excluded, LockedPom, Release, Rules};
use crate::sources::Repository;

/// The record of a closure.
pub(super) fn record(
    request: &Request<'_>,
    closure: &driver::Closure,
    repositories: &[Repository],
) -> Closure {
    let graph = &closure.graph;
    let poms = graph.poms.iter().filter_map(|gav| {
        let origin = closure.origins.get(gav)?;
        let repository = repositories.get(origin.repository)?.id.clone();
        let release = closure.build(gav, None, "pom").to_string();
        Some(LockedPom { release, repository, sha256: origin.sha256 })
    });
    let releases = graph.nodes.iter().map(|node| Release {
        release: node.gav.to_string(),
        moved_from: node.moved_from.iter().map(Gav::to_string).collect(),
        demands: node.demands.iter().map(|demand| asked(graph, demand)).collect(),
    });
    // Nothing was ever asked of it, so its name is still as a POM has it.
    let excluded = graph
        .excluded
        .iter()
        .map(|excluded| Excluded { module: manifest::plain(&excluded.module), ..excluded.clone() });
    Closure {
        rules: as_they_held(request.rules),
        java: Runtime::of(request.target).java().to_owned(),
        releases: releases.collect(),
        excluded: excluded.collect(),
        poms: poms.collect(),
    }
}

/// Nothing is left to a default that may change.
fn as_they_held(rules: &Rules) -> Rules {
    Rules { spark_excludes: Some(rules.leave_spark_out()), ..rules.clone() }
}

fn asked(graph: &Graph, demand: &Demand) -> manifest::Demand {
    let by = match demand.by {
        Requester::Root(_) => None,
        Requester::Node(node) => graph.nodes.get(node).map(|node| node.gav.to_string()),
    };
    // A version that lost was never asked for, so it too is as a POM has it.
    let (version, declared) =
        (manifest::plain(&demand.version), demand.declared.as_deref().map(manifest::plain));
    manifest::Demand { by, version, declared }
}
