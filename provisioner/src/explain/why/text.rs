//! An answer as text.

use std::fmt;

use fatwood_resolver::manifest::Source;
use indicatif::DecimalBytes;

use super::reason::{is_dynamic, is_range_with};
use super::{Absence, Answer, Asker, File, Reason, Rule};

/// How many releases of a path are shown.
const MAX_PATH: usize = 40;

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for reason in &self.present {
            write!(f, "{separator}{reason}")?;
            separator = "\n";
        }
        for absence in &self.excluded {
            write!(f, "{separator}{absence}")?;
            separator = "\n";
        }
        Ok(())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.release)?;
        if let Some(asked) = &self.instead_of {
            writeln!(f, "  is what the set has instead of {asked}")?;
        }
        for from in &self.moved_from {
            writeln!(f, "  {from} has moved here")?;
        }
        if self.path.len() > 1 {
            writeln!(f, "\nreached by (the shortest path)")?;
            self.way(f)?;
        }
        if !self.asked_by.is_empty() {
            writeln!(f, "\nasked for by")?;
        }
        let labels: Vec<String> = self.asked_by.iter().map(label).collect();
        let width = labels.iter().map(String::len).max().unwrap_or_default();
        for (asker, label) in self.asked_by.iter().zip(&labels) {
            writeln!(f, "{}", format!("  {label:width$}  {}", wish(asker)).trim_end())?;
        }
        if let Some(rule) = self.rule {
            writeln!(f, "\nversion\n  {}", self.decided(rule))?;
            if !self.selected_over.is_empty() {
                writeln!(f, "  selected over {}", self.selected_over.join(", "))?;
            }
        }
        self.files(f)
    }
}

impl Reason {
    /// The path, without the middle of one that no real set has.
    fn way(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.path.len().saturating_sub(MAX_PATH);
        let (head, tail) = self.path.split_at(self.path.len().min(MAX_PATH / 2));
        let middle = (left_out > 0).then(|| format!("… {left_out} more"));
        let tail = tail.get(left_out..).unwrap_or_default();
        for (depth, release) in head.iter().chain(&middle).chain(tail).enumerate() {
            let arm = if depth == 0 { "" } else { "└── " };
            writeln!(f, "  {:1$}{arm}{release}", "", depth.saturating_sub(1) * 4)?;
        }
        Ok(())
    }

    fn files(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nfiles")?;
        if self.files.is_empty() {
            writeln!(f, "  none: it is there for its dependencies alone")?;
        }
        for File { path, installed_into, bytes, sha256, source } in &self.files {
            write!(f, "  {path}  {}", DecimalBytes(*bytes))?;
            installed_into.iter().try_for_each(|directory| write!(f, ", installed into {directory}/"))?;
            writeln!(f)?;
            writeln!(f, "    sha256 {sha256}")?;
            writeln!(f, "    from   {}", place(source))?;
        }
        if let Some(pom) = &self.pom {
            writeln!(f, "  its POM, from repository {}", pom.repository)?;
            writeln!(f, "    sha256 {}", pom.sha256)?;
        }
        Ok(())
    }

    fn decided(&self, rule: Rule) -> String {
        let decided = match rule {
            Rule::OnlyOne => "the only one that is asked for",
            Rule::Managed => "the one that the management of POMs nearer to the root sets",
            Rule::Pinned => "the one that you named, which is final",
            Rule::Range => return self.newest_of_ranges(),
            Rule::Dynamic => {
                let asked = self.asked(is_dynamic).join(" and ");
                return format!("{asked} stood for this one when the set was locked");
            }
            Rule::Highest => "the highest one that is asked for (mode spark)",
            Rule::Nearest => "the one declared nearest to what you named (mode maven)",
            Rule::Moved => {
                "what was asked for has moved here, or its versions ask for each other in a circle"
            }
        };
        decided.to_owned()
    }

    fn newest_of_ranges(&self) -> String {
        let version = self.release.rsplit(':').next().unwrap_or_default();
        let ranges = self.asked(|asked| is_range_with(asked, version));
        let allow = if ranges.len() == 1 { "allows" } else { "allow" };
        format!("the newest that {} {allow}", ranges.join(" and "))
    }

    /// The versions that are asked for and fulfil a condition, each once.
    fn asked(&self, condition: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut asked: Vec<&str> = Vec::new();
        for version in self.asked_by.iter().filter_map(|asker| asker.version.as_deref()) {
            if condition(version) && !asked.contains(&version) {
                asked.push(version);
            }
        }
        asked
    }
}

fn place(source: &Source) -> String {
    match source {
        Source::Store { store, .. } => format!("{source} of store {store}"),
        Source::Repository { .. } | Source::Index { .. } | Source::Url { .. } => source.to_string(),
    }
}

fn label(asker: &Asker) -> String {
    match (&asker.release, &asker.words) {
        (Some(release), _) => release.clone(),
        (None, Some(words)) => format!("you: {words}"),
        (None, None) => "you".to_owned(),
    }
}

impl Asker {
    /// Whether the user's words end with this version, which then need not be said again.
    fn has_said(&self, version: &str) -> bool {
        let words = self.words.as_deref().filter(|_| self.release.is_none());
        words.is_some_and(|words| words.trim().rsplit([':', '/']).next() == Some(version))
    }
}

fn wish(asker: &Asker) -> String {
    match (&asker.version, &asker.declared) {
        (None, _) => String::new(),
        (Some(version), None) if asker.has_said(version) => String::new(),
        (Some(version), None) => version.clone(),
        (Some(version), Some(declared)) => format!("{version}, managed; its own POM says {declared}"),
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n  is not in the set, because it was excluded", self.module)?;
        writeln!(f, "\nexcluded by")?;
        self.by.iter().try_for_each(|by| writeln!(f, "  {}", excluder(by)))?;
        if self.by.is_empty() {
            writeln!(f, "  a POM that is not known any more")?;
        }
        writeln!(f, "\nasked for by")?;
        self.dependents.iter().try_for_each(|dependent| writeln!(f, "  {dependent}"))
    }
}

/// Who excludes: a release, a pattern of the user, or Spark.
fn excluder(by: &str) -> String {
    match by {
        "spark" => "spark: the image has it; `--no-spark-excludes` takes it all the same".to_owned(),
        pattern if pattern.matches(':').count() == 1 => format!("you: excludePackages {pattern}"),
        release => release.to_owned(),
    }
}
