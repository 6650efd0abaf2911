//! A library of data quality, and all of Spark below it.

use super::coordinates;
use crate::resolving::{Extent, Resolving};

pub(super) const WORKLOAD: Resolving = Resolving {
    name: "deequ",
    about: "all of Spark",
    packages: |_| coordinates(&["com.amazon.deequ:deequ:2.0.7-spark-3.5"]),
    extent: Extent::Closure,
};
