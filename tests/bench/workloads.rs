//! The workloads, one file each.

mod conflicts;
mod deequ;
mod hadoop_aws;
mod hadoop_aws_jars;
mod spring_boot;

use fatwood_resolver::requirements::Coordinate;

use super::resolving::{Extent, Resolving};

/// In the order of the table.
const ALL: [&Resolving; 5] = [
    &hadoop_aws::WORKLOAD,
    &deequ::WORKLOAD,
    &spring_boot::WORKLOAD,
    &conflicts::WORKLOAD,
    &hadoop_aws_jars::WORKLOAD,
];

/// The workloads of these names; without one, all that need no jars. Fails with the name that is none.
pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Resolving>, String> {
    if names.is_empty() {
        return Ok(ALL.into_iter().filter(|workload| workload.extent == Extent::Closure).collect());
    }
    let find = |name: &String| ALL.into_iter().find(|workload| workload.name == name).ok_or(name.clone());
    names.iter().map(find).collect()
}

/// All names, for people.
pub(crate) fn names() -> String {
    ALL.map(|workload| format!("`{}`", workload.name)).join(", ")
}

fn coordinates(texts: &[&str]) -> Vec<Coordinate> {
    texts.iter().map(|text| text.parse().expect("a coordinate")).collect()
}
