//! A difference as text. What no release should ever have is in capitals.

use std::fmt;

use indicatif::DecimalBytes;

use super::{ArtifactChange, Change, Diff, Setting};

/// How many of those who ask for a release are named in a line.
const MAX_ASKERS: usize = 2;

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for setting in &self.settings {
            setting.write(f)?;
        }
        for artifact in &self.artifacts {
            artifact.write(f)?;
        }
        if let Some(order) = &self.class_path {
            writeln!(f, "~ class path: another order, from {} on, where {} was", order.new, order.old)?;
        }
        for pom in &self.poms {
            writeln!(f, "! {}: SAME RELEASE, ANOTHER POM", pom.release)?;
            writeln!(f, "    sha256 {}\n        -> {}", pom.old, pom.new)?;
            if let Some([old, new]) = &pom.repositories {
                writeln!(f, "    from repository {old} -> {new}")?;
            }
        }
        Ok(())
    }
}

impl Setting {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (self.old.as_slice(), self.new.as_slice()) {
            ([], []) => writeln!(f, "~ {name}: another order"),
            ([old], [new]) => writeln!(f, "~ {name}: {old} -> {new}"),
            (old, new) => {
                old.iter().try_for_each(|value| writeln!(f, "- {name}: {value}"))?;
                new.iter().try_for_each(|value| writeln!(f, "+ {name}: {value}"))
            }
        }
    }
}

impl ArtifactChange {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.classifier {
            Some(classifier) => format!("{} ({classifier})", self.name),
            None => self.name.clone(),
        };
        let at = |version: &Option<String>| {
            version.as_ref().map_or(String::new(), |version| format!(" {version}"))
        };
        let askers = self.askers();
        match &self.change {
            Change::Added { version, bytes } => {
                writeln!(f, "+ {name}{} {}{askers}", at(version), DecimalBytes(*bytes))
            }
            Change::Removed { version } => writeln!(f, "- {name}{}", at(version)),
            Change::Upgraded { old, new } => writeln!(f, "↑ {name} {old} -> {new}{askers}"),
            Change::Downgraded { old, new } => writeln!(f, "↓ {name} {old} -> {new}{askers}"),
            Change::Replaced { version, old, new } => {
                writeln!(f, "! {name}{}: SAME VERSION, OTHER BYTES", at(version))?;
                writeln!(f, "    sha256 {old}\n        -> {new}")
            }
            Change::Moved { version, old, new } => {
                writeln!(f, "~ {name}{}: the same bytes from another place", at(version))?;
                writeln!(f, "    {old}\n    -> {new}")
            }
        }
    }

    fn askers(&self) -> String {
        let named = self.asked_by.iter().take(MAX_ASKERS).cloned().collect::<Vec<_>>().join(", ");
        match self.asked_by.len().saturating_sub(MAX_ASKERS) {
            0 if named.is_empty() => String::new(),
            0 => format!("  (asked for by {named})"),
            more => format!("  (asked for by {named} and {more} more)"),
        }
    }
}
