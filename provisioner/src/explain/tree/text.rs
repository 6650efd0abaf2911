//! A tree as text, drawn as `cargo tree` draws it.

use std::fmt;

use indicatif::DecimalBytes;

use super::{Below, Release, Row, Tree, What};

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.inverted {
            let plural = if self.artifacts == 1 { "" } else { "s" };
            writeln!(f, "{} ({} artifact{plural}, {})", self.set, self.artifacts, DecimalBytes(self.bytes))?;
        }
        // A tree that leads upwards begins with what was asked about; others hang on the set.
        let first = usize::from(self.inverted);
        let mut is_last: Vec<bool> = Vec::new();
        for row in &self.rows {
            is_last.truncate(row.depth);
            is_last.push(row.is_last);
            let bars = is_last.get(first..).unwrap_or_default();
            if let Some((own, above)) = bars.split_last() {
                for ended in above {
                    f.write_str(if *ended { "    " } else { "│   " })?;
                }
                f.write_str(if *own { "└── " } else { "├── " })?;
            }
            self.line(f, row)?;
        }
        Ok(())
    }
}

impl Tree {
    fn line(&self, f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
        let release = match &row.what {
            What::Release(release) => release,
            What::Excluded { module, by } if by.is_empty() => return writeln!(f, "✗ {module} (excluded)"),
            What::Excluded { module, by } => {
                return writeln!(f, "✗ {module} (excluded by {})", by.join(", "));
            }
        };
        f.write_str(&release.release)?;
        if let Some(bytes) = release.bytes.filter(|_| self.with_sizes) {
            write!(f, "  {}", DecimalBytes(bytes))?;
        }
        let notes = self.notes(release);
        if !notes.is_empty() {
            write!(f, " ({})", notes.join("; "))?;
        }
        f.write_str(match release.below {
            Below::Shown => "",
            Below::Elsewhere => " (*)",
            Below::Continued => " (continued below)",
            Below::Cut => " …",
        })?;
        writeln!(f)
    }

    fn notes(&self, release: &Release) -> Vec<String> {
        let mut notes = Vec::new();
        let asks = if self.inverted { "asks for" } else { "asked for" };
        match (&release.asked, &release.declared) {
            (Some(asked), None) => notes.push(format!("{asks} {asked}")),
            (None, Some(declared)) => notes.push(format!("{asks} {declared}, managed")),
            (Some(asked), Some(declared)) => notes.push(format!("{asks} {declared}, managed to {asked}")),
            (None, None) => {}
        }
        match &release.named {
            Some(words) if *words != release.release => notes.push(format!("named {words}")),
            Some(_) if self.inverted => notes.push("named".to_owned()),
            _ => {}
        }
        notes.extend(release.moved_from.iter().map(|from| format!("moved from {from}")));
        if release.bytes.is_none() {
            notes.push("no file".to_owned());
        }
        notes
    }
}
