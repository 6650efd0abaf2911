//! The modules that spark-submit leaves out of every `--packages` (`MavenUtils.IVY_DEFAULT_EXCLUDES`
//! and `addExclusionRules`, Spark 2.4 to 4.1), since the image has them.
//!
//! It is Spark's list as it stands: `spark-streaming-kafka-0-10`, `spark-avro` and `spark-hive` are
//! not on it, nor is any library that Spark itself brings along, as Jackson or Guava.

use crate::requirements::Module;

/// What follows `spark-` in the name, before the Scala version.
const COMPONENTS: [&str; 15] = [
    "catalyst_",
    "core_",
    "graphx_",
    "kvstore_",
    "launcher_",
    "mllib_",
    "mllib-local_",
    "network-common_",
    "network-shuffle_",
    "repl_",
    "sketch_",
    "sql_",
    "streaming_",
    "tags_",
    "unsafe_",
];

/// Whether Spark leaves `module` out.
pub(super) fn provides(module: &Module) -> bool {
    let Module { group, artifact } = module;
    let component = artifact.strip_prefix("spark-");
    let is_spark = group == "org.apache.spark"
        && component.is_some_and(|rest| COMPONENTS.iter().any(|component| rest.starts_with(component)));
    is_spark || artifact == "scala-library"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_the_list_is_left_out() {
        let check = |group: &str, artifact: &str, expected: bool| {
            let module = Module { group: group.to_owned(), artifact: artifact.to_owned() };
            assert_eq!(provides(&module), expected, "{module}");
        };
        check("org.apache.spark", "spark-core_2.12", true);
        check("org.apache.spark", "spark-sql_2.13", true);
        check("org.apache.spark", "spark-mllib-local_2.12", true);
        check("org.scala-lang", "scala-library", true);
        check("org.apache.spark", "spark-sql-kafka-0-10_2.12", false);
        check("org.apache.spark", "spark-streaming-kafka-0-10_2.12", false);
        check("org.apache.spark", "spark-sql-api_2.13", false);
        check("org.apache.spark", "spark-avro_2.12", false);
        check("com.example", "spark-core_2.12", false);
        check("org.scala-lang", "scala-reflect", false);
    }
}
