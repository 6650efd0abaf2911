//! `fatwood verify`: hashes a volume again and prints what is not as it should be.

use std::fmt::Write as _;
use std::sync::Arc;

use indicatif::DecimalBytes;
use serde_json::json;

use super::arguments::Verify;
use super::error::CliError;
use super::input;
use super::terminal::{Terminal, counted, printable};
use crate::volume::{Scope, Volume, verify};

pub(super) async fn run(arguments: Verify, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let manifest = arguments.manifest.as_deref().map(input::manifest).transpose()?;
    let root = arguments.volume.clone();
    let volume = Volume::new(arguments.volume);
    let hashing = tokio::task::spawn_blocking(move || {
        verify(&volume, manifest.as_ref().map_or(Scope::Everything, Scope::Set))
    });
    let verified = hashing.await.map_err(|_| CliError::Stopped)??;
    let mut lines = String::new();
    for finding in &verified.findings {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}", printable(&finding.to_string()));
    }
    terminal.data(&lines)?;
    let (sets, files, bytes) = (verified.sets, verified.files, verified.bytes);
    if verified.findings.iter().any(|finding| !finding.problem.is_extra()) {
        let remedy = "`fatwood populate MANIFEST --repair` mends it";
        return Err(CliError::Damaged { findings: verified.findings.len(), remedy });
    }
    if !verified.findings.is_empty() {
        let remedy = "remove what does not belong there";
        return Err(CliError::Damaged { findings: verified.findings.len(), remedy });
    }
    if sets == 0 {
        let root = root.display();
        return Err(CliError::Input(format!(
            "`{root}` holds no set; populate it first, or name the volume's root"
        )));
    }
    terminal.done(
        &format!(
            "verified {}, {}, {}: all as the manifests say",
            counted(sets, "set"),
            counted(files, "file"),
            DecimalBytes(bytes)
        ),
        &json!({"sets": sets, "files": files, "bytes": bytes}),
    );
    Ok(())
}
