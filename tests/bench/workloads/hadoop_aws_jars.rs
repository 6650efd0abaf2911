//! The same with its jars, of which one has 281 MB: the recording grows by as much.

use super::hadoop_aws;
use crate::resolving::{Extent, Resolving};

pub(super) const WORKLOAD: Resolving = Resolving {
    name: "hadoop-aws-jars",
    about: "a few POMs, and 282 MB of jars to hash",
    packages: hadoop_aws::WORKLOAD.packages,
    extent: Extent::Jars,
};
