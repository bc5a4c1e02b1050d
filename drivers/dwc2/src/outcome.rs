//! How a channel halted.

use driver_usb::host::TransferError;

use crate::registers::Hcint;

/// How a channel halted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was moved, or a short packet came.
    Complete,
    /// A hub has taken what it is to translate.
    Taken,
    /// A hub has not translated yet.
    NotYet,
    /// The device is not ready.
    NotReady,
    /// Nothing that could be understood came back, or it came at the wrong time.
    Garbled,
    /// There is no use in another attempt.
    Failed(TransferError),
}

/// What the bits of HCINT mean, the most decisive first. `is_start` says that a hub was to take a
/// packet.
pub(crate) fn outcome(hcint: u32, is_start: bool) -> Outcome {
    let decisive = [
        (Hcint::AHBERR::SET, Outcome::Failed(TransferError::Memory)),
        (Hcint::STALL::SET, Outcome::Failed(TransferError::Stall)),
        (Hcint::BBLERR::SET, Outcome::Failed(TransferError::Babble)),
        (Hcint::XACTERR::SET, Outcome::Garbled),
        (Hcint::DATATGLERR::SET, Outcome::Garbled),
        (Hcint::FRMOVRUN::SET, Outcome::Garbled),
        (Hcint::XFERCOMPL::SET, Outcome::Complete),
        (Hcint::NAK::SET, Outcome::NotReady),
        (Hcint::NYET::SET, Outcome::NotYet),
        (Hcint::ACK::SET, if is_start { Outcome::Taken } else { Outcome::Garbled }),
    ];
    let found = decisive.iter().find(|(bit, _)| hcint & bit.mask() != 0);
    found.map_or(Outcome::Garbled, |&(_, outcome)| outcome)
}
