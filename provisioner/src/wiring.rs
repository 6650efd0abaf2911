//! Wiring: what a Spark application must say to run with a set.
//!
//! Pure: text in, text out. For a document that an operator runs, [`wire`] adds the volume, its
//! mounts on driver and executors, the class paths and `PYTHONPATH`; for plain spark-submit,
//! [`plain`] tells the same as configuration.
//!
//! What holds of [`wire`]:
//!
//! - Nothing else changes: every comment, quote, anchor and blank line outside what is edited stays,
//!   and the result is parsed again and compared with the input plus exactly the intended change;
//!   where they differ, it is an error.
//! - It merges. The user's own class path and `PYTHONPATH` stay, behind ours.
//! - Doing it again changes nothing, and wiring another set at the same mount path replaces what
//!   was wired there.
//!
//! What is ours is told by the mount path: the volume's name is [made from it](Plan::volume), and class
//! path entries below its `jars` are ours. So one mount path has one set, and an application may have
//! several sets at several paths.

mod conf;
mod document;
mod emit;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod place;
mod pod;
mod stackable;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use fatwood_resolver::digest::Digest;
use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::Manifest;
use thiserror::Error;

pub use self::document::DocumentError;
use self::place::Refusal;
pub use self::place::{Place, Step};
use crate::classpath::{self, ClassPathError, Mount, SEPARATOR};
use crate::spark::{self, Application, Unrecognised};

/// What is to be wired: one set, on one claim, at one mount path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    claim: ClaimName,
    mount: Mount,
    set: Digest,
    jars: Vec<String>,
    python: Option<String>,
}

impl Plan {
    /// A plan for the set that `manifest` locks.
    pub fn new(manifest: &Manifest, claim: ClaimName, mount: Mount) -> Result<Self, ClassPathError> {
        let jars = classpath::jars(manifest, &mount)?;
        let python = classpath::python(manifest, &mount);
        Ok(Self { claim, mount, set: manifest.digest(), jars, python })
    }

    /// The directory of the set on the volume, which is all that a pod sees of it.
    pub fn sub_path(&self) -> String {
        format!("sets/{}", self.set)
    }

    /// The volume's name, made from the mount path: `fatwood-dependencies` for `/dependencies`.
    ///
    /// An RFC 1123 label, as Kubernetes demands; without a dot and not beginning with
    /// `spark-local-dir-`, as Spark demands of a name in its configuration. Where the path does not
    /// fit into a label as it is, the beginning of its digest keeps names apart.
    pub fn volume(&self) -> String {
        const LONGEST_LABEL: usize = 63;
        let path = &self.mount.as_str()[1..];
        let plain = path.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let name = format!("fatwood-{path}");
        if plain && name.len() <= LONGEST_LABEL {
            return name;
        }
        let words: Vec<_> =
            path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let digest = Digest::of(path.as_bytes()).to_string();
        let mut name = format!("fatwood-{}", words.join("-").to_ascii_lowercase());
        name.truncate(LONGEST_LABEL - 9);
        format!("{}-{}", name.trim_end_matches('-'), &digest[..8])
    }
}

/// The name of a `PersistentVolumeClaim`: an RFC 1123 subdomain of at most 253 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimName(String);

/// A text that is not a [`ClaimName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{}` cannot be the name of a claim: expected 1 to 253 lower-case letters, digits, `-` or `.`, each part \
     between dots beginning and ending with a letter or digit",
    .0.escape_debug()
)]
pub struct InvalidClaimName(String);

impl InvalidClaimName {
    /// A claim's name comes from the command line.
    pub fn failure(&self) -> Failure {
        Failure::Usage
    }
}

impl FromStr for ClaimName {
    type Err = InvalidClaimName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let part = |part: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !part.is_empty() && part.chars().all(plain) && !part.starts_with('-') && !part.ends_with('-')
        };
        if name.len() <= 253 && name.split('.').all(part) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidClaimName(name.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document that cannot be wired. Lines count from 1.
#[derive(Debug, Error)]
pub enum WireError {
    /// The text cannot be read, or not be edited without loss.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// No document of the file is a Spark application.
    #[error(
        "expected a `SparkApplication` of `{}`, found {}; for other ways to run Spark use `--plain`",
        spark::STACKABLE,
        if found.is_empty() { "no object at all".to_owned() } else { format!("only {}", found.join(", ")) }
    )]
    NoApplication {
        /// Kind and API version of each object in the file.
        found: Vec<String>,
    },
    /// A Spark application of no operator that is known.
    #[error("line {line}: {problem}")]
    Unrecognised {
        /// The line at which the document begins.
        line: usize,
        /// What it is.
        problem: Unrecognised,
    },
    /// A Spark application that is known and not wired.
    #[error(
        "line {line}: a {application} is not wired yet; use `--plain` and put its lines into its Spark configuration"
    )]
    NotWired {
        /// The line at which the document begins.
        line: usize,
        /// What it is.
        application: Application,
    },
    /// Something in the document is in the way.
    #[error("line {line}: `{place}` {problem}")]
    Refused {
        /// The line of the nearest thing that the document has.
        line: usize,
        /// Where in the document.
        place: Place,
        /// What is in the way, and what to do.
        problem: String,
    },
}

impl WireError {
    /// Always wrong input.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Document(error) => error.failure(),
            Self::NoApplication { .. }
            | Self::Unrecognised { .. }
            | Self::NotWired { .. }
            | Self::Refused { .. } => Failure::Data,
        }
    }
}

/// Wires every Spark application in `yaml`; other documents stay as they are, byte for byte.
pub fn wire(yaml: &str, plan: &Plan) -> Result<String, WireError> {
    let documents = document::read(yaml)?;
    let mut wanted = documents.clone();
    let mut is_wired = false;
    for (index, document) in wanted.iter_mut().enumerate() {
        let line = |place: &Place| document::line_of(yaml, index, place);
        let application = spark::recognise(document)
            .map_err(|problem| WireError::Unrecognised { line: line(&Place::default()), problem })?;
        let result = match application {
            None => continue,
            Some(Application::Stackable(layout)) => stackable::wire(document, layout, plan),
            Some(
                application @ (Application::StackableTemplate
                | Application::Kubeflow
                | Application::KubeflowScheduled
                | Application::Apache),
            ) => return Err(WireError::NotWired { line: line(&Place::default()), application }),
        };
        result.map_err(|Refusal { place, problem }| WireError::Refused {
            line: line(&place),
            place,
            problem,
        })?;
        is_wired = true;
    }
    if !is_wired {
        return Err(WireError::NoApplication {
            found: documents.iter().filter_map(document::title).collect(),
        });
    }
    Ok(document::rewrite(yaml, &wanted)?)
}

/// The configuration for plain spark-submit, or for an operator that is not wired: one `key=value` a
/// line, each of them an argument of `--conf`, and all of them lines of a `spark-defaults.conf`.
///
/// It replaces what the application has for the same keys: class path and `PYTHONPATH` of the user's
/// own must be put behind ours by hand. Spark 3.4.0, and it alone, refuses one claim for several
/// executors in this form; there, use a pod template.
pub fn plain(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for role in ["driver", "executor"] {
        let volume = format!("spark.kubernetes.{role}.volumes.persistentVolumeClaim.{}", plan.volume());
        lines.push(format!("{volume}.options.claimName={}", plan.claim));
        lines.push(format!("{volume}.mount.path={}", plan.mount));
        lines.push(format!("{volume}.mount.subPath={}", plan.sub_path()));
        lines.push(format!("{volume}.mount.readOnly=true"));
    }
    if !plan.jars.is_empty() {
        let jars = plan.jars.join(&SEPARATOR.to_string());
        lines.extend(conf::CLASS_PATHS.map(|key| format!("{key}={jars}")));
    }
    if let Some(python) = &plan.python {
        lines.extend(conf::PYTHON_PATHS.map(|key| format!("{key}={python}")));
    }
    lines.push(String::new());
    lines.join("\n")
}
