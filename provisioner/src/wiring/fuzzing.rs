//! What holds of wiring: [`crate::fuzzing`].

use fatwood_resolver::manifest::Manifest;

use super::{Plan, document, wire};

/// A set of one jar and one wheel.
const MANIFEST: &str = include_str!("fuzzing/manifest.json");

/// What is wired mounts the claim, wiring it again changes nothing, and what is no Spark application stays as it is.
pub(crate) fn spark_application(bytes: &[u8]) {
    let yaml = String::from_utf8_lossy(bytes);
    let Some(plan) = plan() else { return };
    let wired = match wire(&yaml, &plan) {
        Ok(wired) => wired,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(wired.contains("pvc-fuzz") && wired.contains(&plan.sub_path()));
    let again = wire(&wired, &plan);
    assert!(again.as_ref().is_ok_and(|again| *again == wired), "{wired}\n{again:?}");
    let (Ok(before), Ok(after)) = (document::read(&yaml), document::read(&wired)) else { return };
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        let kind = before.get("kind").and_then(|kind| kind.as_str());
        assert!(kind == Some("SparkApplication") || before == after);
        assert_eq!(before.get("metadata"), after.get("metadata"));
    }
}

fn plan() -> Option<Plan> {
    let manifest = Manifest::parse(MANIFEST.as_bytes()).ok()?;
    Plan::new(&manifest, "pvc-fuzz".parse().ok()?, "/dependencies".parse().ok()?).ok()
}
