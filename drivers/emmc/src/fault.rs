//! What goes wrong between controller and card, before it is known what it means.

use device::BlockError;

use crate::status::CardStatus;

/// Why one command failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The card did not answer the command, within the 64 clocks that it has.
    NoAnswer,
    /// The answer or the data came damaged.
    Damaged,
    /// The card or the controller took longer than it may.
    TooSlow,
    /// The card answered that it could not do it.
    Refused(CardStatus),
}

impl Fault {
    /// Whether another attempt may help.
    pub(crate) fn may_pass(self) -> bool {
        !matches!(self, Self::Refused(status) if status.is_write_protected())
    }
}

impl From<Fault> for BlockError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoAnswer | Fault::TooSlow => Self::Timeout,
            Fault::Damaged => Self::Corrupt,
            Fault::Refused(status) if status.is_write_protected() => Self::ReadOnly,
            Fault::Refused(status) if status.is_beyond_correction() => Self::Corrupt,
            Fault::Refused(_) => Self::Failed,
        }
    }
}
