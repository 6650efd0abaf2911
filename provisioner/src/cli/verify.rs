//! `fatwood verify`: hashes a volume again and prints what is not as it should be.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;

use super::arguments::Verify;
use super::error::CliError;
use super::input;
use super::terminal::Terminal;
use crate::volume::{Scope, Volume, verify};

pub(super) async fn run(arguments: Verify, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    let manifest = arguments.manifest.as_deref().map(input::manifest).transpose()?;
    let volume = Volume::new(arguments.volume);
    let hashing = tokio::task::spawn_blocking(move || {
        verify(&volume, manifest.as_ref().map_or(Scope::Everything, Scope::Set))
    });
    let verified = hashing.await.map_err(|_| CliError::Stopped)??;
    let mut lines = String::new();
    for finding in &verified.findings {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{finding}");
    }
    terminal.data(&lines)?;
    let (sets, files, bytes) = (verified.sets, verified.files, verified.bytes);
    if verified.failure().is_some() {
        return Err(CliError::Damaged { findings: verified.findings.len(), files });
    }
    terminal.done(
        &format!("verified {sets} sets, {files} files, {bytes} bytes: all as the manifests say"),
        &json!({"sets": sets, "files": files, "bytes": bytes}),
    );
    Ok(())
}
