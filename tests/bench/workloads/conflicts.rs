//! Three families that disagree about the versions of what they share.

use super::coordinates;
use crate::resolving::{Extent, Resolving};

pub(super) const WORKLOAD: Resolving = Resolving {
    name: "conflicts",
    about: "Kafka, Delta and HBase together",
    packages: |_| {
        coordinates(&[
            "org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.1",
            "io.delta:delta-spark_2.12:3.2.0",
            "org.apache.hbase:hbase-client:2.5.8",
        ])
    },
    extent: Extent::Closure,
};
