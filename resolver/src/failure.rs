//! What kind of failure an error is: the one thing that callers decide by.

/// The kind of a failure, after sysexits(3). It decides the exit code, and with it what a
/// Job's `podFailurePolicy` retries.
///
/// Every error enum of this workspace answers with one of these from its `failure` method, by
/// an exhaustive match, so that a new variant cannot be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The command line is wrong.
    Usage,
    /// The user's input, or bytes from a source, are not what they must be.
    Data,
    /// A source does not answer or is overloaded; another try may succeed.
    Unavailable,
    /// A file or directory cannot be created where it must be.
    CannotCreate,
    /// The disk failed while reading or writing.
    Io,
    /// Something passing; another try is likely to succeed.
    Temporary,
    /// A server answers, but not in the protocol it should speak.
    Protocol,
    /// A server or the filesystem refuses access.
    Denied,
    /// The configuration lacks something or contradicts itself.
    Configuration,
    /// The volume has no room, in bytes or in inodes.
    VolumeFull,
}

impl Failure {
    /// The process exit code that stands for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Data => 65,
            Self::Unavailable => 69,
            Self::CannotCreate => 73,
            Self::Io => 74,
            Self::Temporary => 75,
            Self::Protocol => 76,
            Self::Denied => 77,
            Self::Configuration => 78,
            Self::VolumeFull => 79,
        }
    }

    /// The kind of an I/O error met while creating or writing a file.
    pub fn of_write(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::VolumeFull,
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotADirectory
            | ErrorKind::NotFound
            | ErrorKind::AlreadyExists => Self::CannotCreate,
            _ => Self::Io,
        }
    }
}
