//! Path lists in Spark's configuration. Keys hold dots: each is one literal key.

use fatwood_resolver::manifest::Kind;
use serde_json::Value;

use super::Plan;
use super::place::{Node, Place, Refusal, kind_of};
use crate::classpath::{SEPARATOR, is_inert};

/// The class paths of driver and executors: that of the system class loader, before Spark's own jars.
pub(super) const CLASS_PATHS: [&str; 2] = ["spark.driver.extraClassPath", "spark.executor.extraClassPath"];

/// `PYTHONPATH` of driver and executors. Spark appends these to the environment that a pod template
/// brings, and of two variables of one name the later counts.
pub(super) const PYTHON_PATHS: [&str; 2] =
    ["spark.kubernetes.driverEnv.PYTHONPATH", "spark.executorEnv.PYTHONPATH"];

/// A list of paths in the configuration, and what must be in it.
pub(super) struct PathList<'a> {
    /// The key.
    pub(super) key: &'static str,
    /// Our entries, which come first.
    pub(super) ours: &'a [String],
    /// What pods have where the user has no such key: setting the key would take it from them.
    pub(super) inherited: Option<String>,
    /// What the operator puts there itself, and any value replaces.
    pub(super) last: Option<&'static str>,
}

/// The value of `key` in `spec.sparkConf`, as it stands.
pub(super) fn text_of<'a>(
    conf: Option<&'a Value>,
    place: &Place,
    key: &str,
) -> Result<Option<&'a str>, Refusal> {
    match conf.and_then(|conf| conf.get(key)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            Err(place.key(key).refuse(format!("must be text, got {}; correct it", kind_of(other))))
        }
    }
}

/// Puts `list` into the configuration: ours, then what the user or the pods have, then the operator's.
/// Our entries of an earlier wiring go; a list that is left empty goes with its key.
pub(super) fn put(conf: Node<'_>, list: &PathList<'_>, plan: &Plan) -> Result<(), Refusal> {
    let place = conf.place.clone();
    let text = text_of(Some(&*conf.value), &place, list.key)?.map(ToOwned::to_owned);
    let mut entries = text.as_deref().map_or_else(Vec::new, |text| theirs(text, plan));
    if !list.ours.is_empty() {
        if entries.is_empty() {
            entries.extend(list.inherited.iter().flat_map(|inherited| inherited.split(SEPARATOR)));
        }
        let last = list.last.filter(|last| !entries.contains(last));
        entries.extend(last);
        entries.splice(..0, list.ours.iter().map(String::as_str));
    } else if text.is_none() {
        return Ok(());
    }
    let conf = conf.mapping()?;
    if entries.is_empty() {
        conf.shift_remove(list.key);
    } else {
        conf.insert(list.key.to_owned(), entries.join(&SEPARATOR.to_string()).into());
    }
    Ok(())
}

/// The entries of a path list that no wiring at this mount path has put there.
fn theirs<'a>(list: &'a str, plan: &Plan) -> Vec<&'a str> {
    let jars = format!("{}/", plan.mount.directory(Kind::Jar));
    let python = plan.mount.directory(Kind::Wheel);
    let is_ours = |entry: &str| entry == python || entry.strip_prefix(&jars).is_some_and(|jar| jar != "*");
    if list.trim().is_empty() {
        return Vec::new();
    }
    list.trim().split(SEPARATOR).filter(|entry| !is_ours(entry)).collect()
}

/// Whether a path list can go through the shell that runs spark-submit and stay what it is.
pub(super) fn survives_shell(list: &str) -> bool {
    list.chars().all(|c| is_inert(c) || matches!(c, '/' | SEPARATOR))
}
