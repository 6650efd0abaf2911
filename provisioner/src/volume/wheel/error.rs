//! What can be wrong with a wheel.

use std::io::{self, ErrorKind};

use fatwood_resolver::failure::Failure;
use fatwood_resolver::manifest::InvalidFileName;
use fatwood_resolver::publish::PublishError;
use thiserror::Error;
use zip::result::ZipError;

use super::archive::{MAX_DEPTH, MAX_MEMBERS, MIN_SIZE_LIMIT, RATIO_LIMIT};
use super::record::RecordProblem;

/// A wheel that cannot be installed.
#[derive(Debug, Error)]
pub enum WheelError {
    /// The file name is not a wheel's.
    #[error("`{wheel}` must be named like `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`")]
    Name {
        /// The file name.
        wheel: String,
    },
    /// The file cannot be read from the disk.
    #[error("cannot read wheel `{wheel}`")]
    Io {
        /// The wheel's file name.
        wheel: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not a zip archive, or one that is damaged.
    #[error("wheel `{wheel}` is not a sound zip archive; take another build of it")]
    Archive {
        /// The wheel's file name.
        wheel: String,
        /// What is wrong with it.
        #[source]
        source: ZipError,
    },
    /// The archive as a whole is not as a wheel must be.
    #[error("wheel `{wheel}` is refused: {fault}; take another build of it")]
    Refused {
        /// The wheel's file name.
        wheel: String,
        /// What is wrong.
        fault: Fault,
    },
    /// A member is not as a wheel's must be.
    #[error("wheel `{wheel}` is refused: member `{}` {fault}; take another build of it", member.escape_debug())]
    Member {
        /// The wheel's file name.
        wheel: String,
        /// The member's name in the archive.
        member: String,
        /// What is wrong, worded to follow the member's name.
        fault: Fault,
    },
    /// A member's headers contradict each other.
    #[error(
        "wheel `{wheel}` is refused: the local header of member `{}` must agree with the central directory; \
         take another build of it",
        member.escape_debug()
    )]
    Headers {
        /// The wheel's file name.
        wheel: String,
        /// The member's name in the central directory.
        member: String,
        /// In what they differ.
        #[source]
        source: ZipError,
    },
    /// A member's bytes do not inflate, or are not those that its headers declare.
    #[error("member `{}` of wheel `{wheel}` cannot be unpacked; take another build of it", member.escape_debug())]
    Content {
        /// The wheel's file name.
        wheel: String,
        /// The member's name.
        member: String,
        /// What is wrong with them.
        #[source]
        source: io::Error,
    },
    /// The wheel disagrees with its RECORD, and that was to be refused.
    #[error(
        "wheel `{wheel}` is refused: {problem}; take another build of it, or do not check RECORD strictly"
    )]
    Record {
        /// The wheel's file name.
        wheel: String,
        /// In what.
        problem: Box<RecordProblem>,
    },
    /// Two wheels claim one place.
    #[error("wheels `{first}` and `{second}` both write `{place}`, {how}; exclude one of them")]
    Clash {
        /// The file name of the wheel that comes first.
        first: String,
        /// The file name of the other.
        second: String,
        /// The path in the tree.
        place: String,
        /// How their claims differ.
        how: &'static str,
    },
    /// The file on the disk was exchanged while it was being installed.
    #[error("wheel `{wheel}` changed while it was being installed; run again")]
    Changed {
        /// The wheel's file name.
        wheel: String,
    },
    /// The tree cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// What is wrong with an archive or with one of its members.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Bytes before the first member: readers disagree about where such an archive begins.
    #[error("it must begin with a member, but has other bytes before it")]
    Prefix,
    /// A central directory that is longer than one of [`MAX_MEMBERS`] can be.
    #[error("its central directory must list at most {MAX_MEMBERS} members, but is longer")]
    Directory,
    /// More than [`MAX_MEMBERS`].
    #[error("it must have at most {MAX_MEMBERS} members, but has {0}")]
    Members(usize),
    /// The declared sizes exceed the limit: [`MIN_SIZE_LIMIT`] or [`RATIO_LIMIT`] times the archive.
    #[error(
        "its files must have at most {limit} bytes (the larger of {} MiB and {RATIO_LIMIT} times the archive), \
         but have {declared}",
        MIN_SIZE_LIMIT >> 20
    )]
    Size {
        /// The limit in bytes.
        limit: u64,
        /// The sum of the declared sizes in bytes.
        declared: u64,
    },
    /// Readers take such a name for the file system's root.
    #[error("has an absolute path")]
    Absolute,
    /// Not a plain relative path.
    #[error("must have a plain relative path: {0}")]
    FileName(InvalidFileName),
    /// Neither ASCII nor marked as UTF-8, so that readers decode it differently.
    #[error("must have a name in UTF-8 and be marked so")]
    Encoding,
    /// A second name in an extra field.
    #[error("has a second name in an extra field")]
    SecondName,
    /// More components than [`MAX_DEPTH`].
    #[error("must be at most {MAX_DEPTH} directories deep")]
    Depth,
    /// Encrypted.
    #[error("is encrypted")]
    Encrypted,
    /// Compressed by another method than those of a wheel.
    #[error("must be stored or deflated, but is compressed otherwise")]
    Compression,
    /// Neither a regular file nor a directory.
    #[error("must be a regular file or a directory, but is a {0}")]
    Special(&'static str),
    /// A directory with content.
    #[error("is a directory, but has content")]
    DirectoryContent,
    /// A name that the central directory lists twice.
    #[error("is there twice")]
    Twice,
    /// Two members of one wheel that go to one place.
    #[error(
        "and `{other}` cannot both go to `{place}`: their places are one, but for case, or one is below the other"
    )]
    SamePlace {
        /// The other member.
        other: String,
        /// The place of this one.
        place: String,
    },
    /// Below `.data`, but not below one of the directories that wheels may have there.
    #[error("must be below `{0}/` in one of `purelib`, `platlib`, `scripts`, `data`, `headers`")]
    DataKey(String),
    /// A `.data` or `.dist-info` directory of another project or version than the file name says.
    #[error("must be below a directory named like the wheel's file name")]
    OtherProject,
    /// No `.dist-info` directory, or one without this file.
    #[error("it must have `{0}` in its one `.dist-info` directory")]
    Missing(&'static str),
    /// More than one `.dist-info` directory.
    #[error("it must have one `.dist-info` directory, but has `{0}` and `{1}`")]
    TwoDistInfo(String, String),
    /// A metadata file that is too long to be one.
    #[error("must have at most {0} bytes")]
    TooLong(u64),
    /// A metadata file that does not say what it must.
    #[error("must say {expected}, but says {actual}")]
    Metadata {
        /// What it must say.
        expected: String,
        /// What it says.
        actual: String,
    },
    /// A metadata file that cannot be read.
    #[error("cannot be read in line {line}: {reason}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl WheelError {
    /// The kind of this failure: wrong input, unless the disk failed.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Archive { source: ZipError::Io(source), .. }
            | Self::Headers { source: ZipError::Io(source), .. }
            | Self::Content { source, .. } => of_read(source),
            Self::Name { .. }
            | Self::Archive { .. }
            | Self::Refused { .. }
            | Self::Member { .. }
            | Self::Headers { .. }
            | Self::Record { .. }
            | Self::Clash { .. } => Failure::Data,
            Self::Io { .. } => Failure::Io,
            Self::Changed { .. } => Failure::Temporary,
            Self::Publish(error) => error.failure(),
        }
    }
}

/// Tells damage of the archive from damage of the disk.
fn of_read(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => Failure::Data,
        _ => Failure::Io,
    }
}
