//! What each transfer does next: it waits for a channel, its channel moves a piece, or it is done.

use driver_usb::host::{PIPES_MAX, TransferError};

use tock_registers::interfaces::Readable;

use crate::Dwc2;
use crate::job::{Job, Piece};
use crate::outcome::{Outcome, outcome};

/// Before a device behind a hub that was not ready is asked again.
const NOT_READY_NS: u64 = 1_000_000;

/// What comes of a channel that has halted.
enum Next {
    /// Another piece, or the same again.
    Piece,
    /// The same again, a little later.
    Pause,
    /// Nothing.
    Done(Result<(), TransferError>),
}

impl Dwc2 {
    /// Goes on with all transfers that can, and ends those that are late.
    pub(crate) fn see_to_jobs(&mut self, now_ns: u64) {
        let halted = self.registers.haint.get();
        for pipe in 0..PIPES_MAX {
            let Some(job) = self.jobs[pipe].as_ref().filter(|job| !job.is_complete()) else {
                continue;
            };
            let is_due = now_ns >= job.not_before_ns;
            if job.channel.is_some_and(|channel| halted >> channel & 1 != 0) {
                self.go_on(pipe);
            } else if now_ns >= job.limit_ns {
                self.stop(pipe, TransferError::Timeout);
            } else if job.channel.is_none() && is_due {
                self.go_on(pipe);
            }
        }
    }

    /// Goes on with a transfer until its channel takes time, it has to wait, or it is done.
    pub(crate) fn go_on(&mut self, pipe: usize) {
        let Some(mut job) = self.jobs[pipe].take() else { return };
        job.not_before_ns = 0;
        while !job.is_complete() {
            let kind = job.endpoint.kind;
            let Some(channel) = job.channel.or_else(|| self.take_channel(kind)) else { break };
            job.channel = Some(channel);
            let piece = job.piece.unwrap_or_else(|| self.begin_next(channel, &job));
            job.piece = Some(piece);
            let Some(hcint) = self.look(channel, &mut job) else { break };
            job.piece = None;
            match self.next(hcint, channel, &mut job, piece) {
                Next::Piece => {}
                Next::Pause => {
                    job.not_before_ns = self.clock.now_ns() + NOT_READY_NS;
                    self.release(&mut job);
                    break;
                }
                Next::Done(result) => {
                    self.release(&mut job);
                    job.finish(result, self.dma);
                }
            }
        }
        self.jobs[pipe] = Some(job);
    }

    /// Ends a transfer before its time.
    pub(crate) fn stop(&mut self, pipe: usize, error: TransferError) {
        let Some(mut job) = self.jobs[pipe].take() else { return };
        let is_running = job.piece.is_some() && !job.is_complete();
        if let Some(channel) = job.channel.filter(|_| is_running) {
            self.is_stuck = self.is_stuck || !self.halt(channel);
        }
        // While the channel may still move data, its memory stays where it is.
        if !(is_running && self.is_stuck) {
            self.release(&mut job);
            job.finish(Err(error), self.dma);
        }
        self.jobs[pipe] = Some(job);
    }

    /// Ends all transfers, after a reset.
    pub(crate) fn abandon_all(&mut self) {
        for job in self.jobs.iter_mut().flatten() {
            (job.channel, job.piece) = (None, None);
            job.finish(Err(TransferError::Cancelled), self.dma);
        }
    }

    fn begin_next(&self, channel: usize, job: &Job) -> Piece {
        if job.is_timed_split() {
            self.wait_for_microframe(job);
        }
        let piece = job.next_piece();
        self.begin(channel, job, piece);
        piece
    }

    /// What a channel that has halted says; one that has not will interrupt.
    fn look(&self, channel: usize, job: &mut Job) -> Option<u32> {
        let halted =
            if job.is_timed_split() { self.wait_for_halt(channel) } else { self.halted(channel) };
        let is_awaited = halted.is_none();
        if job.is_awaited != is_awaited {
            self.await_halt(channel, is_awaited);
            job.is_awaited = is_awaited;
        }
        halted
    }

    fn next(&self, hcint: u32, channel: usize, job: &mut Job, piece: Piece) -> Next {
        let started = job.split_frame.take();
        let is_start = job.is_split() && started.is_none();
        match (outcome(hcint, is_start), started) {
            (Outcome::Complete, _) if !is_start => {
                let bytes = self.moved_bytes(channel, job, piece);
                match job.advance(piece, bytes) {
                    Ok(false) => Next::Piece,
                    Ok(true) => Next::Done(Ok(())),
                    Err(error) => Next::Done(Err(error)),
                }
            }
            (Outcome::Taken, _) => {
                job.split_frame = Some(self.frame());
                Next::Piece
            }
            (Outcome::NotYet, Some(frame)) if !self.is_too_late(job, frame) => {
                job.split_frame = Some(frame);
                Next::Piece
            }
            (Outcome::NotReady, _) if job.is_periodic() => {
                Next::Done(Err(TransferError::NothingNew))
            }
            (Outcome::NotReady, _) => {
                self.keep_progress(channel, job, piece);
                Next::Pause
            }
            (Outcome::Failed(error), _) => Next::Done(Err(error)),
            _ => {
                self.keep_progress(channel, job, piece);
                let may_try_again = job.may_try_again();
                if may_try_again { Next::Pause } else { Next::Done(Err(TransferError::NoAnswer)) }
            }
        }
    }

    fn keep_progress(&self, channel: usize, job: &mut Job, piece: Piece) {
        if !job.is_split() {
            job.keep(self.moved_packets(channel, piece));
        }
    }
}
