//! What can be wrong with a package, in words that say what to do.

use std::fmt;
use std::io;

use super::super::format::counted;
use super::super::limits::thousands;

/// Whether something keeps a package from being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It can be sent; a word is due.
    Warn,
    /// It is not sent.
    Refuse,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PackageProblem {
    /// It could not be read.
    Unreadable { reason: String },
    /// It is something else.
    NotZip { found: Option<&'static str> },
    /// There is nothing in it.
    Empty,
    /// The directory of the ZIP, or the ZIP, is broken.
    Damaged { reason: String },
    /// One file in it is broken.
    DamagedEntry { path: String, reason: String },
    /// The ZIP itself is larger than what Lambda may unpack.
    TooLarge { size: u64, limit: u64 },
    /// Its contents are.
    TooLargeUnpacked { size: u64, limit: u64 },
    /// It can only go through S3.
    NeedsS3 { size: u64, limit: u64 },
    /// More entries than any package has.
    TooManyEntries { count: usize, limit: usize },
    /// A file is larger than its header says.
    Bomb { path: String, declared: u64 },
    /// It unpacks to many times its size.
    Ratio { ratio: u64 },
    /// A path leaves the package.
    Escapes { path: String },
    /// A link leaves the package.
    LinkEscapes { path: String, target: String },
    /// A name that begins as a drive of Windows does.
    Drive { path: String },
    /// Made on Windows with `\` between folders.
    Backslash { path: String },
    /// No path at all.
    BadName { path: String },
    /// One path twice.
    Duplicate { path: String },
    /// A password is needed.
    Encrypted { path: String },
    /// A compression that Lambda does not unpack.
    Method { path: String, method: String },
    /// Only its owner may read it, and Lambda's user is not the owner.
    NotReadable { path: String, others: usize },
    /// The handler's file is not there.
    HandlerMissing {
        handler: String,
        wanted: Vec<String>,
        elsewhere: Option<String>,
    },
    /// The handler's file is there, but not the function in it.
    NameMissing {
        path: String,
        name: String,
        defined: Vec<String>,
    },
    /// Everything is inside one folder, the handler's file too.
    InsideFolder { folder: String, wanted: String },
    /// `bootstrap` is not executable.
    NotExecutable { path: String, known: bool },
    /// The file was changed between the check and its use.
    Changed,
    /// The person stopped it.
    Cancelled,
}

impl From<io::Error> for PackageProblem {
    fn from(error: io::Error) -> Self {
        Self::Unreadable {
            reason: error.to_string(),
        }
    }
}

impl PackageProblem {
    /// Whether it keeps the package from being sent.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NeedsS3 { .. }
            | Self::Ratio { .. }
            | Self::NotReadable { .. }
            | Self::LinkEscapes { .. }
            | Self::Drive { .. }
            | Self::HandlerMissing { .. }
            | Self::NameMissing { .. }
            | Self::InsideFolder { .. }
            | Self::NotExecutable { .. } => Severity::Warn,
            _ => Severity::Refuse,
        }
    }
}

/// Bytes in MB, rounded up, so that what is over a limit never reads as the limit itself.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    match tenths % 10 {
        0 => format!("{} MB", thousands(tenths / 10)),
        rest => format!("{}.{rest} MB", thousands(tenths / 10)),
    }
}

impl fmt::Display for PackageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { reason } => write!(f, "It can't be read: {reason}."),
            Self::NotZip { found: Some(found) } => write!(f, "It is {found}, not a ZIP archive."),
            Self::NotZip { found: None } => f.write_str("It is not a ZIP archive."),
            Self::Empty => f.write_str("It holds no files."),
            Self::Damaged { reason } => write!(f, "The ZIP archive is damaged: {reason}."),
            Self::DamagedEntry { path, reason } => write!(f, "{path} is damaged: {reason}."),
            Self::TooLarge { size, limit } => write!(
                f,
                "It has {}: more than the {} that a package may have unpacked. Use a container image instead.",
                megabytes(*size),
                megabytes(*limit)
            ),
            Self::TooLargeUnpacked { size, limit } => write!(
                f,
                "Unpacked it has at least {}; Lambda allows {} with all layers.",
                megabytes(*size),
                megabytes(*limit)
            ),
            Self::NeedsS3 { size, limit } => write!(
                f,
                "It has {}: above {} a package goes up through an S3 bucket.",
                megabytes(*size),
                megabytes(*limit)
            ),
            Self::TooManyEntries { count, limit } => {
                write!(
                    f,
                    "It holds {}; more than {} are not looked at.",
                    counted(*count, "file"),
                    thousands(*limit as u64)
                )
            }
            Self::Bomb { path, declared } => write!(
                f,
                "{path} says that it has {} bytes and unpacks to more: the archive is damaged or made to do harm.",
                thousands(*declared)
            ),
            Self::Ratio { ratio } => {
                write!(f, "It unpacks to {} times its size.", thousands(*ratio))
            }
            Self::Escapes { path } => write!(f, "{path} leads out of the package."),
            Self::LinkEscapes { path, target } => {
                write!(
                    f,
                    "The link {path} leads out of the package: in Lambda it is what {target} is there."
                )
            }
            Self::Drive { path } => write!(
                f,
                "{path} is named as on a drive of Windows, which Linux takes for part of the name."
            ),
            Self::Backslash { path } => write!(
                f,
                "{path} has \\ between its folders, which Linux takes for part of the name. Pack it again with /."
            ),
            Self::BadName { path } => write!(f, "“{path}” is no path."),
            Self::Duplicate { path } => write!(
                f,
                "{path} is in it twice: which one would run is not certain."
            ),
            Self::Encrypted { path } => write!(f, "{path} is encrypted; Lambda can't unpack it."),
            Self::Method { path, method } => {
                write!(
                    f,
                    "{path} is compressed with {method}; Lambda unpacks Deflate and Stored."
                )
            }
            Self::NotReadable { path, others: 0 } => {
                write!(
                    f,
                    "{path} is not readable for everyone (chmod 644): Lambda may be refused to read it."
                )
            }
            Self::NotReadable { path, others } => write!(
                f,
                "{path} and {} are not readable for everyone (chmod 644): Lambda may be refused to read them.",
                counted(*others, "other")
            ),
            Self::HandlerMissing {
                handler,
                wanted,
                elsewhere,
            } => {
                write!(
                    f,
                    "The handler {handler} needs {} in the package.",
                    wanted.join(" or ")
                )?;
                match elsewhere {
                    Some(path) => write!(f, " There is {path}."),
                    None => Ok(()),
                }
            }
            Self::NameMissing {
                path,
                name,
                defined,
            } => write!(
                f,
                "{path} is there, but {name} is not in it. It defines {}.",
                defined.join(", ")
            ),
            Self::InsideFolder { folder, wanted } => write!(
                f,
                "Everything is inside the folder {folder}: pack what is in it, so that {wanted} is at the top."
            ),
            Self::NotExecutable { path, known: true } => {
                write!(f, "{path} is not executable (chmod 755).")
            }
            Self::NotExecutable { path, known: false } => write!(
                f,
                "The archive does not say whether {path} is executable; made on Windows, it may not start."
            ),
            Self::Changed => {
                f.write_str("The file was changed after it was checked. Choose it again.")
            }
            Self::Cancelled => f.write_str("Cancelled."),
        }
    }
}

impl std::error::Error for PackageProblem {}
