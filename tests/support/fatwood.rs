//! Runs the real binary.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::environment::Environment;

/// The binary with a home, a cache and a working directory of its own.
pub struct Fatwood {
    place: TempDir,
    environment: Environment,
}

impl Fatwood {
    /// Runs see this environment and nothing else.
    pub fn new(environment: Environment) -> Self {
        let place = TempDir::new().expect("a temporary directory");
        for name in ["home", "work"] {
            fs::create_dir(place.path().join(name)).expect("a directory");
        }
        environment.write_below(&place.path().join("home"));
        Self { place, environment }
    }

    /// The same directories, and another environment for the runs to come.
    pub fn with(self, environment: Environment) -> Self {
        environment.write_below(&self.place.path().join("home"));
        Self { environment, ..self }
    }

    /// A path in the working directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join("work").join(name)
    }

    /// Writes a file into the working directory.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    /// Reads a file of the working directory.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Throws the cache away, as if the next run were on another machine.
    pub fn forget_cache(&self) {
        let cache = self.place.path().join("home/.cache");
        if cache.exists() {
            fs::remove_dir_all(cache).expect("the cache is removed");
        }
    }

    /// Runs to the end; the words are split at blanks.
    pub fn run(&self, words: &str) -> Outcome {
        let output = self.command(words).output().expect("the binary runs");
        Outcome::of(words, output)
    }

    /// Starts and does not wait.
    pub fn start(&self, words: &str) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    /// Waits for what was started.
    pub fn finish(words: &str, child: Child) -> Outcome {
        Outcome::of(words, child.wait_with_output().expect("the binary ends"))
    }

    /// What `resolve` of these words writes, kept as `manifest.json`.
    pub fn resolved(&self, words: &str) -> serde_json::Value {
        self.run(&format!("resolve {words} -o manifest.json")).exits(0);
        serde_json::from_str(&self.read("manifest.json")).expect("a manifest is JSON")
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fatwood"));
        command.args(words.split_whitespace()).env_clear().stdin(Stdio::null());
        command.current_dir(self.place.path().join("work")).env("HOME", self.place.path().join("home"));
        // Whoever names a Maven has no other: the machine's own is not looked for.
        command.env("MAVEN_HOME", self.place.path().join("no-maven"));
        command.envs(self.environment.variables());
        command
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    words: String,
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote as data.
    pub stdout: String,
    /// What it wrote as talk.
    pub stderr: String,
}

impl Outcome {
    fn of(words: &str, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the binary writes UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { words: words.to_owned(), code: output.status.code(), stdout, stderr }
    }

    /// Fails the test, with all that was said, where the code is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "`fatwood {}`\n--- stdout\n{}--- stderr\n{}",
            self.words,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Fails the test where the talk lacks one of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "`fatwood {}` does not say `{text}`:\n{}",
                self.words,
                self.stderr
            );
        }
        self
    }
}
