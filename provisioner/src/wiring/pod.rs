//! A pod's volumes and volume mounts, which look the same wherever an operator keeps them.

use serde_json::{Value, json};

use super::Plan;
use super::place::{Node, Refusal, Step};

/// Puts the claim among the volumes, or makes our volume there what it must be.
pub(super) fn put_volume(volumes: Node<'_>, plan: &Plan) -> Result<(), Refusal> {
    let place = volumes.place.clone();
    let name = plan.volume();
    let claim = json!({ "claimName": plan.claim.to_string(), "readOnly": true });
    let ours = json!({ "name": name, "persistentVolumeClaim": claim });
    let volumes = volumes.sequence()?;
    for (index, volume) in volumes.iter_mut().enumerate() {
        if volume.get("name").and_then(Value::as_str) != Some(&name) {
            continue;
        }
        if volume.get("persistentVolumeClaim").is_none() {
            return Err(place.then(Step::Item(index)).refuse(format!(
                "is named `{name}`, which fatwood needs for the claim at `{}`, and is no claim; rename \
                 it, or choose another mount path",
                plan.mount
            )));
        }
        *volume = ours;
        return Ok(());
    }
    volumes.push(ours);
    Ok(())
}

/// Puts the mount among a container's volume mounts, or makes our mount there what it must be.
pub(super) fn put_mount(mounts: Node<'_>, plan: &Plan) -> Result<(), Refusal> {
    let place = mounts.place.clone();
    let name = plan.volume();
    let ours = json!({
        "name": name,
        "mountPath": plan.mount.as_str(),
        "subPath": plan.sub_path(),
        "readOnly": true,
    });
    let mounts = mounts.sequence()?;
    let mut position = None;
    for (index, mount) in mounts.iter().enumerate() {
        let volume = mount.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = mount.get("mountPath").and_then(Value::as_str).unwrap_or_default();
        let path = path.trim_end_matches('/');
        let below = path.strip_prefix(plan.mount.as_str());
        match below {
            Some("") if volume == name => position = Some(index),
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                return Err(place.then(Step::Item(index)).refuse(format!(
                    "mounts volume `{volume}` at `{path}`, where fatwood's volume must go; remove it, or choose \
                     another mount path than `{}`",
                    plan.mount
                )));
            }
            Some(_) | None => {}
        }
    }
    match position {
        Some(index) => mounts[index] = ours,
        None => mounts.push(ours),
    }
    Ok(())
}
