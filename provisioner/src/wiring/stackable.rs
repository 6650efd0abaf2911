//! Stackable's `SparkApplication`, in both of its layouts.
//!
//! | | `Flat`, 0.1 to 23.7 | `Config`, 23.11 to today |
//! |---|---|---|
//! | volume | `spec.volumes` | `spec.volumes` |
//! | mounts | `spec.{driver,executor}.volumeMounts` | `spec.{driver,executor}.config.volumeMounts` |
//! | class path | `spec.sparkConf` | `spec.sparkConf`, with the operator's `extra-jars` behind |
//! | `PYTHONPATH` | `spec.sparkConf` | `spec.sparkConf` |
//!
//! **Extra jars.** Operators from 23.4 set both class paths to `/stackable/spark/extra-jars/*`, and a
//! value of the user's replaces that: the images' log layout is lost. So the entry is kept behind ours
//! in the `Config` layout. In the `Flat` layout it is not, because nothing in the document tells 23.4
//! and 23.7 from the older operators, which set no class path and whose images have no such directory;
//! users of those two releases add the entry themselves, and it is kept.
//!
//! **`PYTHONPATH`.** The configuration is the one channel that reaches both roles in every release:
//! `spec.env` loses to the variable that the operator sets for `deps.requirements`, and `envOverrides`
//! is read only since 24.11. What Spark's keys replace (`envOverrides`, the requirements' directory,
//! `spec.env`, the strongest of them first) is carried over behind our entry.
//!
//! **The submit pod** (`spec.job`) gets no mount. In cluster mode, the only one that the operator
//! supports, spark-submit reads neither class path; a mount there would bind a `ReadWriteOnce` volume to
//! one more node, and operators before 24.3 do not know the field.

use serde_json::Value;

use super::conf::{self, PathList};
use super::place::{Node, Place, Refusal};
use super::{Plan, pod};
use crate::spark::StackableLayout;

/// What operators from 23.4 set both class paths to.
const EXTRA_JARS: &str = "/stackable/spark/extra-jars/*";

/// Where the operator installs `deps.requirements`.
const REQUIREMENTS: &str = "/stackable/spark/requirements";

/// Driver and executors, in the order of [`conf::CLASS_PATHS`] and [`conf::PYTHON_PATHS`].
const ROLES: [&str; 2] = ["driver", "executor"];

/// Wires one application.
pub(super) fn wire(application: &mut Value, layout: StackableLayout, plan: &Plan) -> Result<(), Refusal> {
    let last = match layout {
        StackableLayout::Flat => None,
        StackableLayout::Config => Some(EXTRA_JARS),
    };
    let python: &[String] = plan.python.as_slice();
    let mut lists = Vec::new();
    for key in conf::CLASS_PATHS {
        lists.push(PathList { key, ours: &plan.jars, inherited: None, last });
    }
    for (key, role) in conf::PYTHON_PATHS.into_iter().zip(ROLES) {
        let inherited = if python.is_empty() { None } else { python_path(application, role, key)? };
        lists.push(PathList { key, ours: python, inherited, last: None });
    }

    pod::put_volume(spec(application)?.child("volumes")?, plan)?;
    for role in ROLES {
        let role = spec(application)?.child(role)?;
        let container = match layout {
            StackableLayout::Flat => role,
            StackableLayout::Config => role.child("config")?,
        };
        pod::put_mount(container.child("volumeMounts")?, plan)?;
    }
    let adds_none = plan.jars.is_empty() && python.is_empty();
    if adds_none && application["spec"].get("sparkConf").is_none() {
        return Ok(());
    }
    for list in &lists {
        conf::put(spec(application)?.child("sparkConf")?, list, plan)?;
    }
    Ok(())
}

fn spec(application: &mut Value) -> Result<Node<'_>, Refusal> {
    Node::root(application).child("spec")
}

/// The `PYTHONPATH` that pods of `role` have by other means than Spark's configuration.
fn python_path(application: &Value, role: &str, key: &str) -> Result<Option<String>, Refusal> {
    let spec = application.get("spec");
    let field =
        |keys: &[&str]| spec.and_then(|spec| keys.iter().try_fold(spec, |value, key| value.get(*key)));

    let place = Place::of(&["spec", role, "envOverrides"]);
    let overriding = conf::text_of(field(&[role, "envOverrides"]), &place, "PYTHONPATH")?;
    let (place, text) = if let Some(text) = overriding {
        (place.key("PYTHONPATH"), text.to_owned())
    } else if field(&["deps", "requirements"])
        .and_then(Value::as_array)
        .is_some_and(|lines| !lines.is_empty())
    {
        return Ok(Some(REQUIREMENTS.to_owned()));
    } else {
        let is_python_path =
            |variable: &&Value| variable.get("name").and_then(Value::as_str) == Some("PYTHONPATH");
        let variables = field(&["env"]).and_then(Value::as_array);
        let Some(variable) = variables.and_then(|variables| variables.iter().rev().find(is_python_path))
        else {
            return Ok(None);
        };
        let text = variable.get("value").and_then(Value::as_str);
        // Taken from a secret or a field: only the cluster knows it.
        (Place::of(&["spec", "env"]), text.unwrap_or("$").to_owned())
    };
    if conf::survives_shell(&text) {
        Ok(Some(text).filter(|text| !text.is_empty()))
    } else {
        Err(place.refuse(format!(
            "sets a `PYTHONPATH` that cannot be carried over behind the set's; write what it stands for into \
             `spec.sparkConf.\"{key}\"`"
        )))
    }
}
