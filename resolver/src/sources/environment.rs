//! What is looked at outside of the process: variables, files, installed programs.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::SourcesError;

/// The largest configuration file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// How long an asked program may take: a cold interpreter on a loaded machine needs 2 to 3 s.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(20);

/// How often a running program is looked at.
const PROGRAM_POLL: Duration = Duration::from_millis(10);

/// The largest answer of a program, in bytes.
const MAX_ANSWER: u64 = 16 << 10;

/// Where configuration is looked for. Tests make one of a temporary directory.
#[derive(Clone, Default)]
pub struct Environment {
    /// The environment variables; one that is empty counts as not set.
    pub variables: BTreeMap<String, String>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// What stands for `/` where a path of the system is looked at, as `/etc/pip.conf`.
    pub root: PathBuf,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, home: std::env::home_dir(), root: PathBuf::from("/") }
    }

    /// A variable that is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set.
    pub(super) fn first_variable(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// A path below the home directory.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }

    /// A path of the system, given without its leading `/`.
    pub(super) fn in_root(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A path that a user wrote: `~/` is the home directory.
    pub(super) fn expand(&self, path: &str) -> PathBuf {
        path.strip_prefix("~/").and_then(|rest| self.in_home(rest)).unwrap_or_else(|| PathBuf::from(path))
    }

    /// The path of a program, looked for in `PATH`.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.variable("PATH")?;
        std::env::split_paths(path)
            .filter(|directory| directory.is_absolute())
            .map(|directory| directory.join(name))
            .find(|program| is_executable(program))
    }

    /// Runs a program and gives the first line that it prints.
    ///
    /// It gets these arguments as they are, the variables of this environment, no input, and
    /// 20 seconds.
    pub(super) fn ask(&self, program: &Path, arguments: &[&str]) -> Result<String, SourcesError> {
        let failed = |reason: &str, source: Option<std::io::Error>| SourcesError::Program {
            program: program.to_owned(),
            reason: reason.to_owned(),
            source,
        };
        let mut child = Command::new(program)
            .args(arguments.iter().map(OsStr::new))
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed("it cannot be run", Some(error)))?;
        let started = Instant::now();
        let status = loop {
            match child.try_wait().map_err(|error| failed("it cannot be waited for", Some(error)))? {
                Some(status) => break status,
                None if started.elapsed() > PROGRAM_TIMEOUT => {
                    // Whether or not killing succeeds, nothing waits for it any longer.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(failed("it does not end within 20 seconds", None));
                }
                None => std::thread::sleep(PROGRAM_POLL),
            }
        };
        if !status.success() {
            return Err(failed("it fails", None));
        }
        let mut answer = String::new();
        let output = child.stdout.take().ok_or_else(|| failed("it prints nothing", None))?;
        output
            .take(MAX_ANSWER)
            .read_to_string(&mut answer)
            .map_err(|error| failed("it prints no text", Some(error)))?;
        let line = answer.lines().next().map(str::trim).filter(|line| !line.is_empty());
        line.map(str::to_owned).ok_or_else(|| failed("it prints nothing", None))
    }
}

impl fmt::Debug for Environment {
    /// The variables hold secrets, so that only their number is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variables, home, root } = self;
        let variables = variables.len();
        f.debug_struct("Environment")
            .field("variables", &variables)
            .field("home", home)
            .field("root", root)
            .finish()
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A configuration file as text; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, SourcesError> {
    let unreadable = |source: std::io::Error| SourcesError::Unreadable { path: path.to_owned(), source };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE {
        return Err(SourcesError::malformed(path, format!("it is larger than {MAX_FILE} bytes")));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_and_asked() {
        let directory = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink("/bin/sh", directory.path().join("tell")).expect("a link");
        std::fs::write(directory.path().join("data"), "").expect("a file");
        let path = format!("relative:{}", directory.path().display());
        let variables = [("PATH".to_owned(), path), ("NAME".to_owned(), "value".to_owned())];
        let environment = Environment { variables: variables.into(), ..Environment::default() };
        let found = environment.program("tell").expect("the program");
        let answer = environment.ask(&found, &["-c", "echo \"$1 $NAME\"; echo more", "sh", "$(a) b"]);
        assert_eq!(answer.expect("an answer"), "$(a) b value");
        assert_eq!(environment.program("data"), None);
        for (script, reason) in [("exit 1", "it fails"), ("exit 0", "prints nothing")] {
            let error = environment.ask(&found, &["-c", script]).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn variables_are_not_shown() {
        let variables = BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]);
        let environment = Environment { variables, ..Environment::default() };
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
