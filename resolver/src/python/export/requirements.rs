//! A requirements file with hashes, as `pip-compile --generate-hashes` writes it.

use super::Wheel;
use crate::manifest::Manifest;

/// The text: each wheel pinned by version or URL, with the one hash that it may have, and who asked for it.
pub(super) fn text(manifest: &Manifest, wheels: &[Wheel<'_>]) -> String {
    let target = manifest.target.described();
    let head = format!(
        "# Written by `fatwood export` from manifest {}:\n# wheels for {target}, each with the one hash that it has.\n",
        manifest.digest()
    );
    std::iter::once(head).chain(wheels.iter().map(line)).collect()
}

fn line(wheel: &Wheel<'_>) -> String {
    let (project, hash) = (&wheel.name.project, wheel.artifact.sha256);
    let pin = match wheel.index {
        Some(_) => format!("{project}=={}", wheel.name.version),
        None => format!("{project} @ {}", wheel.url),
    };
    format!("{pin} \\\n    --hash=sha256:{hash}\n{}", via(wheel))
}

fn via(wheel: &Wheel<'_>) -> String {
    let projects = wheel.required_by.iter().map(ToString::to_string);
    // A manifest may hold any text here, and a line's end would end the comment.
    let lines = wheel.asked_by.iter().map(|text| text.replace(char::is_control, " "));
    let via: Vec<String> = lines.chain(projects).collect();
    match via.as_slice() {
        [] => String::new(),
        [one] => format!("    # via {one}\n"),
        several => {
            let lines = several.iter().map(|one| format!("    #   {one}\n"));
            std::iter::once("    # via\n".to_owned()).chain(lines).collect()
        }
    }
}
