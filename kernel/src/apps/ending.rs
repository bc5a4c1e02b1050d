//! How an app's life, or its start, comes to its end.

use alloc::string::String;
use core::fmt;
use runtime::{End, LoadError};

/// Why an app was not started.
pub(super) enum Refusal {
    /// Its module cannot run here.
    Module(LoadError),
    /// Something that its manifest grants is not there; the rest of a sentence.
    Missing(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(error) => write!(f, "{error}"),
            Self::Missing(why) => f.write_str(why),
        }
    }
}

/// How an app's life, or its start, came to its end.
pub(super) enum Ending {
    Ended(End),
    Refused(Refusal),
    /// Somebody wanted it.
    Killed,
    /// The host wanted it.
    #[cfg(feature = "run")]
    Stopped,
}

impl Ending {
    pub(super) fn is_failure(&self) -> bool {
        !matches!(self, Self::Ended(End::Exit(0)))
    }

    /// For the host: the kind of ending, then what there is to say.
    #[cfg(feature = "run")]
    pub(super) fn result(&self) -> HostResult<'_> {
        HostResult(self)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(end) => write!(f, "{end}"),
            Self::Refused(refusal) => write!(f, "was refused: it {refusal}"),
            Self::Killed => f.write_str("was killed"),
            #[cfg(feature = "run")]
            Self::Stopped => f.write_str("was stopped by the host"),
        }
    }
}

/// An ending as `bramble run` reads it.
#[cfg(feature = "run")]
pub(super) struct HostResult<'a>(&'a Ending);

#[cfg(feature = "run")]
impl fmt::Display for HostResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ending::Ended(End::Exit(code)) => write!(f, "exit {code}"),
            Ending::Ended(end) => write!(f, "trap {end}"),
            Ending::Refused(refusal) => write!(f, "refused {refusal}"),
            Ending::Killed | Ending::Stopped => f.write_str("stopped"),
        }
    }
}
