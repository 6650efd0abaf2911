//! The smallest closure that matters: what lets Spark read from S3.

use super::coordinates;
use crate::resolving::{Extent, Resolving};

pub(super) const WORKLOAD: Resolving = Resolving {
    name: "hadoop-aws",
    about: "a few POMs",
    packages: |_| coordinates(&["org.apache.hadoop:hadoop-aws:3.3.4"]),
    extent: Extent::Closure,
};
