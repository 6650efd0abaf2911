//! Lines of a pip requirements file.
//!
//! pip's rules, in pip's order: lines that end with `\` are joined, comments are cut.
//!
//! In two things this is narrower than pip, because a set may come from somebody else, while the environment
//! and the files of the machine that resolves it belong to who runs it. pip puts `${VAR}` in everywhere, so that
//! a line could carry any secret of the environment to a host of its author's choice, or into the manifest.
//! Here it is put into nothing but the URL of an index, where credentials belong, and only in files that the
//! user names. What comes from a set has no variables, and no files but those beside it and below. What is
//! shown of a line is always as it was written.
//!
//! What a set of wheels for another machine cannot mean (editable installs, version control, local paths,
//! options of builds) is refused with its place and what to do instead.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>

mod lines;
mod options;

use std::fmt;
use std::path::{Component, Path};

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, MarkerTree, PackageName, Requirement, VersionOrUrl};
use thiserror::Error;
use url::Url;

pub(super) use self::lines::redacted;
use self::options::Options;
use super::specifiers;
use super::wheel_name::WheelName;
use crate::digest::{Algorithm, Checksum};
use crate::failure::Failure;
use crate::requirements::FileUrl;

/// The deepest nesting of files that include each other.
const MAX_DEPTH: usize = 32;

/// The most files that are read: where each includes the next one twice, the depth alone would leave 2^32.
const MAX_FILES: usize = 512;

/// Why a directory of wheels is refused.
const LOCAL_LINKS: &str = "a directory of this machine means nothing to who populates the volume; serve it over \
                           https (a listing by any web server will do), and name its URL";

/// Why another scheme is refused.
const NO_HTTP: &str = "only `https` and `http` URLs can be asked";

/// What requirements files and lists of requirements ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// What is to be installed, in order.
    pub wanted: Vec<Wanted>,
    /// What holds for a project only if something else wants it (`-c`).
    pub constraints: Vec<Wanted>,
    /// Whether pre-releases are taken like any other release (`--pre`).
    pub prereleases: bool,
    /// Where hash mode was turned on: then every file must have one of the hashes given for its project.
    pub hash_mode: Option<Place>,
    /// Indexes that the files name, in order. Their URLs may hold credentials.
    pub indexes: Vec<IndexLine>,
}

/// One requirement or constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The requirement as the user wrote it, without hashes and comment.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// The project.
    pub project: PackageName,
    /// The extras.
    pub extras: Vec<ExtraName>,
    /// The versions, or the one wheel.
    pub which: Which,
    /// When it counts.
    pub marker: MarkerTree,
    /// The hashes, one of which the file must have; none where hash mode is off.
    pub hashes: Vec<Checksum>,
}

/// Which releases of a project a line takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Those of these versions.
    Versions(VersionSpecifiers),
    /// The wheel at this URL, which holds no secret.
    Wheel(Url),
}

/// An index named by a requirements file.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexLine {
    /// The URL, maybe with credentials.
    pub url: Url,
    /// Whether it stands for the default index (`--index-url`) or is asked before it (`--extra-index-url`).
    pub role: IndexRole,
    /// Where it stands.
    pub place: Place,
}

/// What an index of a requirements file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexRole {
    /// Instead of the default one.
    Default,
    /// Beside it.
    Extra,
    /// One page of links to files of any projects (`--find-links`), looked at before all indexes.
    Links,
}

impl fmt::Debug for IndexLine {
    /// The URL is left out: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexLine")
            .field("role", &self.role)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Where a line stands: `requirements.txt:3`, or `spec.requirements[0]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// The place of something that stands in no file: a field, or a flag.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What surrounds the lines: other files, and the environment.
pub trait Surroundings {
    /// The text of an included file.
    fn read(&self, path: &str) -> std::io::Result<String>;
    /// The value of an environment variable; asked for in URLs of indexes alone.
    fn variable(&self, name: &str) -> Option<String>;
}

/// Lines that cannot be used.
#[derive(Debug, Error)]
pub enum RequirementsError {
    /// An included file cannot be read.
    #[error("{place}: cannot read `{path}`")]
    Unreadable {
        /// Where it is included.
        place: Place,
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file includes itself, or files are nested too deep.
    #[error("{place}: `{path}` includes itself, or files are nested more than {MAX_DEPTH} deep")]
    Loop {
        /// Where it is included.
        place: Place,
        /// Its path.
        path: String,
    },
    /// Files that include others without measure.
    #[error("{place}: `{path}` is one file too many: more than {MAX_FILES} files are included")]
    TooManyFiles {
        /// Where it is included.
        place: Place,
        /// Its path.
        path: String,
    },
    /// A line that means nothing here.
    #[error("{place}: `{text}` is refused: {reason}")]
    Refused {
        /// Where it stands.
        place: Place,
        /// The line, without credentials.
        text: String,
        /// Why, and what to do instead.
        reason: String,
    },
}

impl RequirementsError {
    /// Wrong input, or a file that cannot be read.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Unreadable { .. }
            | Self::Loop { .. }
            | Self::TooManyFiles { .. }
            | Self::Refused { .. } => Failure::Data,
        }
    }
}

impl Requirements {
    /// Reads lines that stand in no file, as `spec.requirements` lists them; `field` names the list.
    ///
    /// Neither they nor the files that they include see the environment, or a file that is not beside them.
    pub fn of_list(
        lines: &[String],
        field: &str,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, RequirementsError> {
        let mut reader = Reader::new(surroundings, Author::Anyone);
        for (index, text) in lines.iter().enumerate() {
            let place = format!("{field}[{index}]");
            let several = text.trim_end().contains('\n');
            let at = |line| Place(if several { format!("{place}:{line}") } else { place.clone() });
            reader.read_text(text, "", Role::Wanted, &at)?;
        }
        Ok(reader.requirements)
    }

    /// Reads a requirements file that the user names.
    pub fn of_file(path: &str, surroundings: &dyn Surroundings) -> Result<Self, RequirementsError> {
        let mut reader = Reader::new(surroundings, Author::User);
        reader.read_file(path, Role::Wanted, &Place::named("--requirements"))?;
        Ok(reader.requirements)
    }

    /// Adds what `other` asks for.
    pub fn extend(&mut self, other: Self) {
        let Self { wanted, constraints, prereleases, hash_mode, indexes } = other;
        self.wanted.extend(wanted);
        self.constraints.extend(constraints);
        self.prereleases |= prereleases;
        self.hash_mode = self.hash_mode.take().or(hash_mode);
        self.indexes.extend(indexes);
    }
}

/// Whether lines ask for something, or constrain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Wanted,
    Constraint,
}

/// Who wrote the lines, which says what they may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    /// Whoever wrote the set: no variables, and no files but those beside it and below.
    Anyone,
    /// The user, who named the file.
    User,
}

struct Reader<'a> {
    surroundings: &'a dyn Surroundings,
    author: Author,
    requirements: Requirements,
    /// The files that are being read, outermost first.
    open: Vec<String>,
    /// How many files have been read.
    files: usize,
}

impl<'a> Reader<'a> {
    fn new(surroundings: &'a dyn Surroundings, author: Author) -> Self {
        Self { surroundings, author, requirements: Requirements::default(), open: Vec::new(), files: 0 }
    }

    fn read_file(&mut self, path: &str, role: Role, place: &Place) -> Result<(), RequirementsError> {
        if self.open.len() >= MAX_DEPTH || self.open.iter().any(|open| open == path) {
            return Err(RequirementsError::Loop { place: place.clone(), path: path.to_owned() });
        }
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(RequirementsError::TooManyFiles { place: place.clone(), path: path.to_owned() });
        }
        let text = self.surroundings.read(path).map_err(|source| RequirementsError::Unreadable {
            place: place.clone(),
            path: path.to_owned(),
            source,
        })?;
        self.open.push(path.to_owned());
        self.read_text(&text, path, role, &|line| Place(format!("{path}:{line}")))?;
        self.open.pop();
        Ok(())
    }

    fn read_text(
        &mut self,
        text: &str,
        path: &str,
        role: Role,
        at: &dyn Fn(usize) -> Place,
    ) -> Result<(), RequirementsError> {
        for (number, line) in lines::logical(text) {
            let place = at(number);
            if line.starts_with('-') {
                self.read_options(&line, path, role, &place)?;
            } else {
                let wanted = self.read_requirement(&line, role, &place)?;
                match role {
                    Role::Wanted => self.requirements.wanted.push(wanted),
                    Role::Constraint => self.requirements.constraints.push(wanted),
                }
            }
        }
        Ok(())
    }

    fn read_options(
        &mut self,
        line: &str,
        path: &str,
        role: Role,
        place: &Place,
    ) -> Result<(), RequirementsError> {
        let options = Options::parse(line).map_err(|reason| refused(place, line, reason))?;
        let refuse = |reason| refused(place, line, reason);
        let includes = options.requirements.iter().map(|file| (file, role));
        let includes = includes.chain(options.constraints.iter().map(|file| (file, Role::Constraint)));
        for (file, role) in includes {
            self.read_file(&beside(path, file, self.author).map_err(refuse)?, role, place)?;
        }
        for (index_role, written) in options.indexes {
            if index_role == IndexRole::Links && !written.contains("://") {
                return Err(refuse(LOCAL_LINKS));
            }
            let url = self.index_url(&written).map_err(refuse)?;
            if !matches!(url.scheme(), "https" | "http") {
                return Err(refuse(if index_role == IndexRole::Links { LOCAL_LINKS } else { NO_HTTP }));
            }
            self.requirements.indexes.push(IndexLine { url, role: index_role, place: place.clone() });
        }
        self.requirements.prereleases |= options.prereleases;
        if options.require_hashes {
            self.requirements.hash_mode.get_or_insert_with(|| place.clone());
        }
        Ok(())
    }

    fn index_url(&self, written: &str) -> Result<Url, &'static str> {
        let url = match self.author {
            Author::User => lines::expanded(written, &|name| self.surroundings.variable(name)),
            Author::Anyone if lines::expanded(written, &|_| Some(String::new())) != written => {
                return Err(
                    "variables are put in only in files that `fatwood resolve -r FILE` names, since a set \
                            may be another's; give the index's credentials in pip's configuration or in netrc",
                );
            }
            Author::Anyone => written.to_owned(),
        };
        Url::parse(&url).map_err(|_| "its URL is not well-formed")
    }

    fn read_requirement(
        &mut self,
        line: &str,
        role: Role,
        place: &Place,
    ) -> Result<Wanted, RequirementsError> {
        let (text, options) = options::split_off(line);
        let refuse = |reason: &str| refused(place, text, reason);
        let hashes = read_hashes(options).map_err(|reason| refused(place, line, reason))?;
        if !hashes.is_empty() {
            self.requirements.hash_mode.get_or_insert_with(|| place.clone());
        }
        if let Some(reason) = unusable(text) {
            return Err(refuse(reason));
        }
        let requirement = parse(text).map_err(|reason| refuse(&reason))?;
        let which = match requirement.version_or_url {
            None => Which::Versions(VersionSpecifiers::empty()),
            Some(VersionOrUrl::VersionSpecifier(versions)) => Which::Versions(versions),
            Some(VersionOrUrl::Url(url)) => {
                Which::Wheel(wheel_url(&url, &requirement.name).map_err(|reason| refuse(&reason))?)
            }
        };
        if role == Role::Constraint {
            if !requirement.extras.is_empty() {
                return Err(refuse("a constraint cannot have extras; name them in a requirement"));
            }
            if matches!(which, Which::Wheel(_)) {
                return Err(refuse("a constraint cannot be a URL; make it a requirement"));
            }
        }
        Ok(Wanted {
            text: text.to_owned(),
            place: place.clone(),
            project: requirement.name,
            extras: requirement.extras,
            which,
            marker: requirement.marker,
            hashes,
        })
    }
}

fn refused(place: &Place, text: &str, reason: impl Into<String>) -> RequirementsError {
    RequirementsError::Refused { place: place.clone(), text: redacted(text), reason: reason.into() }
}

/// A path beside the including file, as pip has it.
fn beside(including: &str, path: &str, author: Author) -> Result<String, &'static str> {
    if path.contains("://") {
        return Err("a file on a server may change unseen; fetch it and name the local file");
    }
    // Errors show lines of what they read, so a set must not name any file of the machine.
    let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if author == Author::Anyone && !Path::new(path).components().all(is_below) {
        return Err(
            "a set may include only files beside it or below; name such a file, or give a file elsewhere by \
                    `fatwood resolve -r FILE`",
        );
    }
    match including.rsplit_once('/') {
        Some((directory, _)) if !path.starts_with('/') => Ok(format!("{directory}/{path}")),
        _ => Ok(path.to_owned()),
    }
}

/// Why a text that is no PEP 508 requirement, but that pip takes, cannot be taken.
fn unusable(text: &str) -> Option<&'static str> {
    let head = text.split([' ', '@', ';']).next().unwrap_or_default();
    let after_at = text.split_once('@').map_or("", |(_, url)| url.trim_start());
    let is_vcs = |text: &str| ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| text.starts_with(scheme));
    if is_vcs(head) || is_vcs(after_at) {
        return Some(
            "a checkout is no fixed file, and building it needs the target's machine; build a wheel of it, put \
             it on an index or at a URL, and name that",
        );
    }
    let is_path = |text: &str| text.starts_with(['.', '/', '~']) || text.starts_with("file:");
    if is_path(head) || is_path(after_at) || (head.contains(['/', '\\']) && !head.contains("://")) {
        return Some(
            "a path of this machine means nothing to who populates the volume; put the wheel on an index or at \
             a URL, and name that",
        );
    }
    if head.to_ascii_lowercase().ends_with(".whl") && !head.contains("://") {
        return Some(
            "a local wheel means nothing to who populates the volume; put it on an index or at a URL",
        );
    }
    None
}

fn parse(text: &str) -> Result<Requirement<Url>, String> {
    let bare_url = text.starts_with("https://") || text.starts_with("http://");
    let named = bare_url.then(|| {
        let url = text.split([' ', ';']).next().unwrap_or_default();
        let wheel = Url::parse(url).ok().and_then(|url| wheel_of(&url));
        wheel.map(|wheel| format!("{} @ {text}", wheel.project))
    });
    let text = match &named {
        Some(None) => return Err("only wheels can be named by a URL".to_owned()),
        Some(Some(named)) => named,
        None => text,
    };
    specifiers::parse_requirement(text).map_err(|error| {
        format!("{error}; expected a requirement as in `name[extra]>=1.0,<2 ; python_version < \"3.11\"`")
    })
}

fn wheel_url(url: &Url, project: &PackageName) -> Result<Url, String> {
    let text = url.to_string();
    // Its rules on credentials and signatures hold here too; only the fragment is ours to keep, for the hash.
    text.parse::<FileUrl>().map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only `https` and `http` URLs can be fetched".to_owned());
    }
    let wheel = wheel_of(url)
        .ok_or("only wheels can be named by a URL, and its last part is no wheel's file name")?;
    if wheel.project != *project {
        return Err(format!("the wheel is of project `{}`", wheel.project));
    }
    Ok(url.clone())
}

/// What the last part of a URL says, where it is a wheel's file name.
pub(super) fn wheel_of(url: &Url) -> Option<WheelName> {
    WheelName::parse(&file_name_of(url)?)
}

/// The last part of a URL, decoded.
pub(super) fn file_name_of(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    Some(percent_encoding::percent_decode_str(last).decode_utf8().ok()?.into_owned())
}

/// The hashes that follow a requirement.
fn read_hashes(options: &str) -> Result<Vec<Checksum>, String> {
    let words = options::words(options)?;
    let mut words = words.iter().map(String::as_str);
    let mut hashes = Vec::new();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--hash") {
            Some("") => words.next().unwrap_or_default(),
            Some(value) => value.strip_prefix('=').ok_or_else(|| unknown_option(word))?,
            None => return Err(unknown_option(word)),
        };
        hashes.push(read_hash(value)?);
    }
    Ok(hashes)
}

fn unknown_option(word: &str) -> String {
    let option = redacted(word.split('=').next().unwrap_or_default());
    format!("`{option}` is for builds, or unknown; of the options of a requirement only `--hash` is taken")
}

fn read_hash(text: &str) -> Result<Checksum, String> {
    let (name, hex) = text.split_once(':').unwrap_or((text, ""));
    let algorithm = match name {
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        _ => return Err(format!("a hash by `{name}` is not taken; give `--hash=sha256:…`, or sha512")),
    };
    Checksum::from_hex(algorithm, hex).ok_or_else(|| format!("`{hex}` is no {name}"))
}

#[cfg(test)]
mod tests;
