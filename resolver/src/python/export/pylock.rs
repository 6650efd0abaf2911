//! `pylock.toml` (PEP 751), version 1.0.
//!
//! What the format has no place for stands in `tool.fatwood`, so that reading it again gives the same artifacts: the
//! index's id, the hash of METADATA, and the user's requirements.

use std::collections::BTreeMap;
use std::fmt::Display;

use pep508_rs::PackageName;
use toml::Value;

use super::Wheel;
use crate::manifest::{Architecture, Manifest, PythonVersion, Target};

/// The text, in the order of keys that the specification has.
pub(super) fn text(manifest: &Manifest, wheels: &[Wheel<'_>]) -> String {
    let mut requires: BTreeMap<&PackageName, Vec<&Wheel<'_>>> = BTreeMap::new();
    for wheel in wheels {
        for project in &wheel.required_by {
            requires.entry(project).or_default().push(wheel);
        }
    }
    let target = &manifest.target;
    let mut lines = vec![
        format!("# Written by `fatwood export`: wheels for {}.", target.described()),
        r#"lock-version = "1.0""#.to_owned(),
        format!("environments = [{}]", quoted(&environment(target))),
    ];
    lines.extend(
        target.python.map(|python| format!("requires-python = {}", quoted(&requires_python(python)))),
    );
    lines.push(r#"created-by = "fatwood""#.to_owned());
    if wheels.is_empty() {
        lines.push("packages = []".to_owned());
    }
    for wheel in wheels {
        let required = requires.get(&wheel.name.project).map(Vec::as_slice).unwrap_or_default();
        lines.extend(package(wheel, required));
    }
    let digest = format!("manifest = {}\n", quoted(&manifest.digest()));
    lines.extend([String::new(), "[tool.fatwood]".to_owned(), digest]);
    lines.join("\n")
}

fn package(wheel: &Wheel<'_>, required: &[&Wheel<'_>]) -> Vec<String> {
    let Wheel { artifact, name, index, url, asked_by, .. } = wheel;
    let mut lines = vec![
        String::new(),
        "[[packages]]".to_owned(),
        format!("name = {}", quoted(&name.project)),
        format!("version = {}", quoted(&name.version)),
    ];
    if !required.is_empty() {
        let names = required.iter().map(|wheel| format!("{{ name = {} }}", quoted(&wheel.name.project)));
        lines.push(format!("dependencies = [{}]", names.collect::<Vec<_>>().join(", ")));
    }
    lines.push(format!(
        "wheels = [{{ name = {}, url = {}, size = {}, hashes = {{ sha256 = {} }} }}]",
        quoted(&artifact.file),
        quoted(url),
        artifact.size,
        quoted(&artifact.sha256)
    ));
    let mut ours = Vec::new();
    ours.extend(index.map(|index| format!("index = {}", quoted(index))));
    ours.extend(artifact.metadata_sha256.map(|sha256| format!("metadata-sha256 = {}", quoted(&sha256))));
    if !asked_by.is_empty() {
        let texts: Vec<_> = asked_by.iter().map(quoted).collect();
        ours.push(format!("requested-by = [{}]", texts.join(", ")));
    }
    if !ours.is_empty() {
        lines.extend([String::new(), "[packages.tool.fatwood]".to_owned()]);
        lines.append(&mut ours);
    }
    lines
}

/// A TOML string.
fn quoted(text: &impl Display) -> String {
    Value::String(text.to_string()).to_string()
}

/// What markers can say of the target; its glibc is in the wheels' tags.
fn environment(target: &Target) -> String {
    let machine = match target.platform.architecture {
        Architecture::Amd64 => "x86_64",
        Architecture::Arm64 => "aarch64",
    };
    let platform = format!("sys_platform == 'linux' and platform_machine == '{machine}'");
    let Some(python) = target.python else { return platform };
    let name = if python.patch.is_some() { "python_full_version" } else { "python_version" };
    format!("implementation_name == 'cpython' and {name} == '{python}' and {platform}")
}

fn requires_python(python: PythonVersion) -> String {
    match python.patch {
        Some(_) => format!("=={python}"),
        None => format!("=={python}.*"),
    }
}
