//! What the command line takes. Doc comments here are the help text, so they hold no Markdown.

#![expect(clippy::doc_markdown, reason = "the help text shows backticks as they are")]

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use fatwood_resolver::manifest::SourceId;
use fatwood_resolver::python::export;
use fatwood_resolver::requirements::{
    Coordinate, GlibcVersion, InvalidCoordinate, Mode, ModulePattern, Platform, PythonVersion, ReleaseName,
    SetName,
};

use crate::classpath::Mount;
use crate::wiring::ClaimName;

/// Dependencies for Spark on Kubernetes, in place before the driver exists: resolve, lock, populate, wire.
#[derive(Debug, Parser)]
#[command(name = "fatwood", version, max_term_width = 110, subcommand_required = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 different (diff --exit-code), 64 usage, 65 wrong bytes or bad input, 69 a source does not answer, \
    73 cannot create, 74 I/O error, 75 temporary, 76 protocol, 77 access denied, 78 configuration, 79 volume full, \
    130 and 143 stopped by SIGINT and SIGTERM."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// How to talk on stderr.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "FATWOOD_LOG_FORMAT")]
    log_format: LogFormat,
    /// Say nothing but errors.
    #[arg(short, long, global = true)]
    quiet: bool,
}

/// How to talk on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Progress bars on a terminal, plain lines otherwise.
    Text,
    /// One JSON object a line.
    Json,
}

/// How to talk on stderr, decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Talk {
    /// Errors alone.
    Quiet,
    /// Bars or lines.
    Text,
    /// JSON lines.
    Json,
    /// Errors alone, as JSON lines.
    QuietJson,
}

impl Arguments {
    pub(super) fn talk(&self) -> Talk {
        match (self.log_format, self.quiet) {
            (LogFormat::Json, true) => Talk::QuietJson,
            (LogFormat::Json, false) => Talk::Json,
            (LogFormat::Text, true) => Talk::Quiet,
            (LogFormat::Text, false) => Talk::Text,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Resolve a dependency set into a manifest that locks every artifact by SHA-256.
    Resolve(Resolve),
    /// Populate a volume with exactly the artifacts of a manifest.
    Populate(Populate),
    /// Hash everything on a volume again and report what is not as the manifests say.
    Verify(Verify),
    /// Put a volume's jars and packages into a SparkApplication: class path, PYTHONPATH, volume, mounts.
    Wire(Wire),
    /// Write the wheels of a manifest in a format that pip and uv read.
    Export(Export),
    /// Resolve, populate a directory, and wire, in one command.
    Provision(Provision),
    /// Show a set as a tree, from what was named to what that depends on.
    Tree(Tree),
    /// Say why something is in a set, in that version and from there; or why it is not.
    Why(Why),
    /// Say what changed from one manifest to another.
    Diff(Diff),
}

#[derive(Debug, Args)]
pub(super) struct Resolve {
    /// A DependencySet file, or a directory that holds one; `-` is stdin.
    pub(super) set: Option<PathBuf>,
    /// Write the manifest here instead of to stdout.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) wanted: Wanted,
    #[command(flatten)]
    pub(super) sources: SourceFlags,
}

/// What is wanted, beside or instead of what a DependencySet file says.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What is wanted")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub(super) struct Wanted {
    /// Maven coordinates `group:artifact[:packaging[:classifier]]:version`, separated by commas.
    #[arg(long, value_name = "COORDINATES")]
    pub(super) packages: Vec<Packages>,
    /// Modules `group:artifact` to leave out, `*` allowed, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "MODULES")]
    pub(super) exclude_packages: Vec<ModulePattern>,
    /// Take the named packages alone, without their dependencies.
    #[arg(long)]
    pub(super) no_transitive: bool,
    /// How conflicts of packages are decided.
    #[arg(long, value_enum, value_name = "MODE")]
    pub(super) mode: Option<ResolutionMode>,
    /// Take the named packages in exactly the named versions, whatever others ask for.
    #[arg(long)]
    pub(super) pin_roots: bool,
    /// Take also the modules that spark-submit always leaves out, since the image has them: Spark's own and
    /// scala-library.
    #[arg(long)]
    pub(super) no_spark_excludes: bool,
    /// Take LATEST and RELEASE for the versions that the repositories list as such now, and lock those.
    #[arg(long)]
    pub(super) allow_dynamic: bool,
    /// A release `group:artifact:version` to take without dependencies where no repository has its POM; may be
    /// repeated.
    #[arg(long, value_name = "RELEASE")]
    pub(super) allow_missing_pom: Vec<ReleaseName>,
    /// A pip requirement, as in `pandas>=2,<3`; may be repeated.
    #[arg(long, value_name = "REQUIREMENT")]
    pub(super) requirement: Vec<String>,
    /// A pip requirements file; may be repeated.
    #[arg(short = 'r', long, value_name = "FILE")]
    pub(super) requirements: Vec<PathBuf>,
    /// A `pylock.toml` (PEP 751) that another tool wrote, instead of requirements: its wheels for the image are
    /// taken as they are locked.
    #[arg(long, value_name = "FILE")]
    pub(super) pylock: Option<PathBuf>,
    /// An extra of the lock; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(super) pylock_extra: Vec<String>,
    /// A dependency group of the lock, in the place of its default ones; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(super) pylock_group: Vec<String>,
    /// An object, prefix or glob at `s3://`, or a file at `https://`; may be repeated.
    #[arg(long, value_name = "URL")]
    pub(super) file: Vec<String>,
    /// The set's name.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<SetName>,
    /// The Python version of the image, as in 3.10.
    #[arg(long, value_name = "VERSION")]
    pub(super) python: Option<PythonVersion>,
    /// The platform of the image: linux/amd64 or linux/arm64.
    #[arg(long, value_name = "PLATFORM")]
    pub(super) platform: Option<Platform>,
    /// The oldest glibc of the image, as in 2.28.
    #[arg(long, value_name = "VERSION")]
    pub(super) glibc: Option<GlibcVersion>,
    /// The Spark version of the image, as in 3.5.1.
    #[arg(long, value_name = "VERSION")]
    pub(super) spark: Option<String>,
}

/// The value of one `--packages`.
#[derive(Debug, Clone)]
pub(super) struct Packages(pub(super) Vec<Coordinate>);

impl FromStr for Packages {
    type Err = InvalidCoordinate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Coordinate::parse_list(text).map(Self)
    }
}

/// How conflicts of packages are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ResolutionMode {
    /// The highest version wins, as users of --packages expect.
    Spark,
    /// The nearest declaration wins, as in Maven 3.
    Maven,
}

impl From<ResolutionMode> for Mode {
    fn from(mode: ResolutionMode) -> Self {
        match mode {
            ResolutionMode::Spark => Self::Spark,
            ResolutionMode::Maven => Self::Maven,
        }
    }
}

/// Where things come from. URLs are read later: the parser of arguments would show a wrong one whole, and
/// with it the password that it may hold.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Where from")]
pub(super) struct SourceFlags {
    /// Maven repositories, asked in this order and before those of the set (`central` where it has none),
    /// separated by commas: URLs, ids, or `id=URL`.
    #[arg(long, value_delimiter = ',', value_name = "REPOSITORIES")]
    pub(super) repositories: Vec<String>,
    /// The id of a repository or index that may be at plain `http://`; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(super) allow_http: Vec<SourceId>,
    /// The user's settings.xml, where it is not ~/.m2/settings.xml: mirrors, servers, proxies, active profiles.
    #[arg(long, value_name = "FILE")]
    pub(super) maven_settings: Option<PathBuf>,
    /// The Python package index: the URL of its simple API.
    #[arg(long, value_name = "URL")]
    pub(super) index_url: Option<String>,
    /// A further Python package index, asked before the others, so that a private project is never taken from a
    /// public index; may be repeated.
    #[arg(long, value_name = "URL")]
    pub(super) extra_index_url: Vec<String>,
    /// A page of links to wheels of any projects, looked at before the indexes; may be repeated.
    #[arg(long, value_name = "URL")]
    pub(super) find_links: Vec<String>,
    /// The S3 endpoint, where it is not AWS.
    #[arg(long, value_name = "URL")]
    pub(super) s3_endpoint: Option<String>,
    /// The S3 region.
    #[arg(long, value_name = "REGION")]
    pub(super) s3_region: Option<String>,
    /// How S3 buckets are addressed, where that is not to be found out.
    #[arg(long, value_enum, value_name = "STYLE")]
    pub(super) s3_addressing: Option<S3Addressing>,
    /// The profile of the AWS configuration that has the credentials and settings for S3.
    #[arg(long, value_name = "PROFILE")]
    pub(super) aws_profile: Option<String>,
    /// Ask S3 without credentials.
    #[arg(long)]
    pub(super) s3_anonymous: bool,
    /// Ask nobody: take what the cache has, version lists as they were last seen, and fail where something is
    /// missing.
    #[arg(long, env = "FATWOOD_OFFLINE", value_parser = FalseyValueParser::new(), hide_env_values = true)]
    pub(super) offline: bool,
    /// Where artifacts and metadata are cached on this machine.
    #[arg(long, env = "FATWOOD_CACHE", value_name = "DIR")]
    pub(super) cache: Option<PathBuf>,
}

/// Where a bucket stands in an S3 URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum S3Addressing {
    /// `https://endpoint/bucket/key`
    Path,
    /// `https://bucket.endpoint/key`
    Virtual,
}

#[derive(Debug, Args)]
pub(super) struct Populate {
    /// The manifest that `fatwood resolve` wrote; `-` is stdin.
    pub(super) manifest: PathBuf,
    /// The volume's root directory.
    #[arg(long, value_name = "DIR")]
    pub(super) volume: PathBuf,
    /// Hash what is on the volume already, and mend what is damaged.
    #[arg(long)]
    pub(super) repair: bool,
    #[command(flatten)]
    pub(super) sources: SourceFlags,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Verify the set of this manifest alone; without it, every set of the volume.
    pub(super) manifest: Option<PathBuf>,
    /// The volume's root directory.
    #[arg(long, value_name = "DIR")]
    pub(super) volume: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Wire {
    /// The file with the SparkApplication; `-` is stdin.
    #[arg(required_unless_present = "plain")]
    pub(super) application: Option<PathBuf>,
    /// The manifest of the set.
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: PathBuf,
    #[command(flatten)]
    pub(super) mount: MountFlags,
    /// Print the confs for a plain spark-submit instead.
    #[arg(long, conflicts_with = "application")]
    pub(super) plain: bool,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The manifest that `fatwood resolve` wrote; `-` is stdin.
    pub(super) manifest: PathBuf,
    /// What to write.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: ExportFormat,
    /// Write it here instead of to stdout.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// A format that other tools read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// A pip requirements file with hashes.
    Requirements,
}

impl From<ExportFormat> for export::Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Pylock => Self::Pylock,
            ExportFormat::Requirements => Self::Requirements,
        }
    }
}

/// Where the volume is in the pods.
#[derive(Debug, Args)]
pub(super) struct MountFlags {
    /// The PersistentVolumeClaim that holds the volume.
    #[arg(long, value_name = "NAME")]
    pub(super) claim: ClaimName,
    /// Where the pods mount the set.
    #[arg(long, value_name = "PATH", default_value = "/dependencies")]
    pub(super) mount_path: Mount,
}

#[derive(Debug, Args)]
pub(super) struct Provision {
    /// A directory with a DependencySet, and with what is to be wired: a SparkApplication and its claim; or a
    /// DependencySet file alone.
    pub(super) directory: Option<PathBuf>,
    /// The volume's root directory.
    #[arg(long, value_name = "DIR")]
    pub(super) volume: PathBuf,
    /// The claim; without it, the one PersistentVolumeClaim of the directory.
    #[arg(long, value_name = "NAME")]
    pub(super) claim: Option<ClaimName>,
    /// Where the pods mount the set.
    #[arg(long, value_name = "PATH", default_value = "/dependencies")]
    pub(super) mount_path: Mount,
    #[command(flatten)]
    pub(super) wanted: Wanted,
    #[command(flatten)]
    pub(super) sources: SourceFlags,
}

/// How an answer is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// Which manifest is explained.
#[derive(Debug, Args)]
pub(super) struct Explained {
    /// The manifest, or a directory that holds it, as a set on a volume does; `-` is stdin.
    #[arg(value_name = "MANIFEST", default_value = "manifest.json")]
    positional: PathBuf,
    /// The manifest, named in this way.
    #[arg(short = 'm', long = "manifest", value_name = "FILE", conflicts_with = "positional")]
    option: Option<PathBuf>,
}

impl Explained {
    pub(super) fn path(&self) -> &Path {
        self.option.as_deref().unwrap_or(&self.positional)
    }
}

#[derive(Debug, Args)]
pub(super) struct Tree {
    #[command(flatten)]
    pub(super) manifest: Explained,
    /// Show this many levels below what was named.
    #[arg(long, value_name = "LEVELS")]
    pub(super) depth: Option<usize>,
    /// Show what leads to this release instead, named as for `fatwood why`.
    #[arg(short, long, value_name = "COORDINATE")]
    pub(super) invert: Option<String>,
    /// Show also what was excluded, below what depends on it, and by whom; --invert shows it without this.
    #[arg(long)]
    pub(super) excluded: bool,
    /// Show the size of each release's files.
    #[arg(long)]
    pub(super) size: bool,
    /// How the answer is written to stdout.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Why {
    /// `group:artifact`, an artifact or Python project alone, each with or without a version, a package URL, or a
    /// file's name.
    pub(super) coordinate: String,
    #[command(flatten)]
    pub(super) manifest: Explained,
    /// How the answer is written to stdout.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The manifest before, or a directory that holds it; `-` is stdin.
    pub(super) old: PathBuf,
    /// The manifest after, or a directory that holds it.
    pub(super) new: PathBuf,
    /// Exit with 1 where they differ.
    #[arg(long)]
    pub(super) exit_code: bool,
    /// How the answer is written to stdout.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}
