//! `entry_points.txt`: which scripts an installer has to write.
//!
//! <https://packaging.python.org/en/latest/specifications/entry-points/>

use std::collections::BTreeMap;

use fatwood_resolver::manifest::FileName;

use super::error::Fault;

/// The scripts of a wheel, by their name: console and graphical ones, which differ on Windows only.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct EntryPoints(BTreeMap<String, EntryPoint>);

/// What a script calls.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EntryPoint {
    module: String,
    /// The callable in the module: a name, or names with dots between.
    callable: String,
}

impl EntryPoints {
    /// Reads the file as `importlib.metadata` does: sections, `name = value`, whole-line comments.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut scripts = BTreeMap::new();
        let mut in_scripts = false;
        for (index, line) in text.lines().enumerate() {
            let fault = |reason| Fault::Syntax { line: index + 1, reason };
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                in_scripts = matches!(section.trim(), "console_scripts" | "gui_scripts");
            } else if in_scripts {
                let (name, value) = line.split_once('=').ok_or_else(|| fault("there is no `=`"))?;
                let name = script_name(name.trim()).ok_or_else(|| fault("the name is not a file name"))?;
                let entry = EntryPoint::parse(value)
                    .ok_or_else(|| fault("the value is not of the form `package.module:callable`"))?;
                scripts.insert(name.to_owned(), entry);
            }
        }
        Ok(Self(scripts))
    }

    /// Whether the script `file` is an older build tool's wrapper for one of these.
    pub(super) fn replaces(&self, file: &str) -> bool {
        let lower = file.to_lowercase();
        let suffix = [".exe", "-script.py", ".pya"].into_iter().find(|suffix| lower.ends_with(suffix));
        let stem = suffix.map_or(file, |suffix| file.get(..file.len() - suffix.len()).unwrap_or(file));
        self.0.contains_key(stem)
    }

    /// The scripts: their names and texts.
    pub(super) fn scripts(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, entry)| (name.as_str(), entry.script()))
    }
}

impl EntryPoint {
    /// Reads `module:callable [extras]`. Only identifiers are taken, since they become code.
    fn parse(value: &str) -> Option<Self> {
        let value = value.split_once('[').map_or(value, |(value, _)| value);
        let (module, callable) = value.split_once(':')?;
        let (module, callable) = (module.trim(), callable.trim());
        let is_path = |path: &str| path.split('.').all(is_identifier);
        (is_path(module) && is_path(callable))
            .then(|| Self { module: module.to_owned(), callable: callable.to_owned() })
    }

    fn script(&self) -> String {
        let Self { module, callable } = self;
        let import = callable.split('.').next().unwrap_or(callable);
        format!(
            "{INTERPRETER}import sys\nfrom {module} import {import}\nif __name__ == '__main__':\n    \
             sys.exit({callable}())\n"
        )
    }
}

/// The first line of every script. The image's Python finds the modules, because the tree is on its path.
pub(super) const INTERPRETER: &str = "#!/usr/bin/env python3\n";

/// A plain file name; anything else could leave the directory of the scripts.
fn script_name(name: &str) -> Option<&str> {
    let is_plain = !name.contains('/') && name.parse::<FileName>().is_ok();
    is_plain.then_some(name)
}

fn is_identifier(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_numeric())
        && word.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_both_groups_are_read_and_nothing_else() {
        let text = "\u{20}[console_scripts]\r\n# comment\nf2py = numpy.f2py.f2py2e:main\n\n; old comment\n\
                    [numba]\nrow = not a callable\n[gui_scripts]\nview=a.b : C.run [extra]\n";
        let points = EntryPoints::parse(text).unwrap();
        let scripts: Vec<_> = points.scripts().collect();
        assert_eq!(scripts.len(), 2);
        insta::assert_snapshot!(format!("{}: {}", scripts[1].0, scripts[1].1), @r"
        view: #!/usr/bin/env python3
        import sys
        from a.b import C
        if __name__ == '__main__':
            sys.exit(C.run())
        ");
        for (file, expected) in [
            ("f2py", true),
            ("f2py.EXE", true),
            ("f2py-script.py", true),
            ("view.pya", true),
            ("f2py3", false),
            ("row", false),
        ] {
            assert_eq!(points.replaces(file), expected, "{file}");
        }
    }

    #[test]
    fn what_would_become_other_code_or_another_file_is_refused() {
        let bad = [
            "x",
            "x = module",
            "x = module:",
            "x = :f",
            "x = m:f();import os",
            "x = m.1:f",
            "x = m..n:f",
            "x = m\u{a0}n:f",
            "../x = m:f",
            "a/b = m:f",
            ".. = m:f",
            " = m:f",
            "a\tb = m:f",
        ];
        for line in bad {
            let text = format!("[console_scripts]\n{line}\n");
            assert!(matches!(EntryPoints::parse(&text), Err(Fault::Syntax { line: 2, .. })), "{line}");
        }
    }
}
