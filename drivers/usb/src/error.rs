//! Why something on the bus is not used.

use core::fmt;

use crate::host::{HostError, TransferError};

/// Why a device, or a part of it, is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsbError {
    /// It refused a request.
    Stall,
    /// It said more than it was asked.
    Babble,
    /// It was not ready in time.
    Timeout,
    /// It did not answer.
    NoAnswer,
    /// What it says of itself is wrong.
    Descriptor,
    /// It is of no kind that is known here.
    Unknown,
    /// There is room for no more.
    TooMany,
    /// It is behind more than five hubs.
    TooDeep,
    /// It was pulled meanwhile, or changed for another.
    Gone,
    /// Its port did not come out of the reset.
    Port,
    /// There is no host controller.
    Absent,
    /// The host controller does not react.
    Stuck,
}

impl From<TransferError> for UsbError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Stall => Self::Stall,
            TransferError::Babble => Self::Babble,
            TransferError::Timeout => Self::Timeout,
            _ => Self::NoAnswer,
        }
    }
}

impl From<HostError> for UsbError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Absent => Self::Absent,
            HostError::Stuck => Self::Stuck,
        }
    }
}

impl UsbError {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Stall => "it refused a request",
            Self::Babble => "it said more than it was asked",
            Self::Timeout => "it was not ready in time",
            Self::NoAnswer => "it did not answer",
            Self::Descriptor => "what it says of itself is wrong",
            Self::Unknown => "nothing here can use it",
            Self::TooMany => "there are too many",
            Self::TooDeep => "it is behind too many hubs",
            Self::Gone => "it was pulled",
            Self::Port => "its port could not be reset",
            Self::Absent => "there is no controller",
            Self::Stuck => "the controller hangs",
        }
    }
}

impl fmt::Display for UsbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
