//! The times of split transfers of interrupt endpoints.
//!
//! A hub of high speed takes the start of such a transfer in one microframe, speaks to the device
//! in the next, and keeps what came for a few more (*USB 2.0*, §11.18). A driver that is called
//! late would lose it, and the report with it: so these transfers, which take less than a
//! frame, are waited for.
//!
//! Requests and bulk data have no such times (*USB 2.0*, §11.17).

use device::poll_for;

use crate::Dwc2;
use crate::job::Job;

const FRAME_NS: u64 = 1_000_000;
const MICROFRAMES: u32 = 8;
/// The count of frames begins again after so many.
const FRAMES: u32 = 1 << 14;

/// A start in one of the first microframes of a frame leaves time for the end (§11.18.4).
const STARTS: u32 = 4;
/// A hub can be asked from the second microframe after the start on, and until the fifth.
const FIRST_END: u32 = 2;
const LAST_END: u32 = 5;
/// A hub that speaks to a slow device of bulk data or requests is done by then, or never.
const LAST_UNTIMED_END: u32 = 32 * MICROFRAMES;

impl Dwc2 {
    /// Waits until the next part of a split transfer may begin. It goes out in the microframe
    /// after that.
    pub(crate) fn wait_for_microframe(&self, job: &Job) {
        let is_time = || match job.split_frame {
            None => self.frame() % MICROFRAMES < STARTS,
            Some(start) => self.since(start) + 1 >= FIRST_END,
        };
        // Late is no worse than not at all.
        let _ = poll_for(self.clock, FRAME_NS, || is_time().then_some(()));
    }

    /// Waits for a channel that has a microframe's work to do.
    pub(crate) fn wait_for_halt(&self, channel: usize) -> Option<u32> {
        poll_for(self.clock, FRAME_NS, || self.halted(channel))
    }

    /// Whether a hub that was given something in the frame `start` has forgotten it.
    pub(crate) fn is_too_late(&self, job: &Job, start: u32) -> bool {
        let last = if job.is_periodic() { LAST_END } else { LAST_UNTIMED_END };
        self.since(start) >= last
    }

    fn since(&self, start: u32) -> u32 {
        self.frame().wrapping_sub(start) % FRAMES
    }
}
