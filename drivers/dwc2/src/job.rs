//! One transfer, as far as it has come: in pieces that a channel moves by itself.

use driver_usb::host::{Completion, Endpoint, Kind, Mark, Speed, Transfer, TransferError};
use mmio::{Dma, Lent};

/// A transfer that is under way or complete.
pub(crate) struct Job {
    pub(crate) endpoint: Endpoint,
    pub(crate) mark: Mark,
    pub(crate) limit_ns: u64,
    length_bytes: usize,
    pub(crate) moved_bytes: usize,
    /// An empty packet is still to follow.
    owes_empty: bool,
    /// The memory; `None` once it is complete.
    lent: Option<Lent>,
    pub(crate) done: Option<Completion>,
    pub(crate) channel: Option<usize>,
    /// What its channel moves, if it has begun.
    pub(crate) piece: Option<Piece>,
    /// The hub has taken the start of a split piece, in this frame, and is asked for its end.
    pub(crate) split_frame: Option<u32>,
    /// The channel interrupts when it halts.
    pub(crate) is_awaited: bool,
    /// Before this it does not go on.
    pub(crate) not_before_ns: u64,
    /// Pieces that failed one after the other.
    errors: u8,
}

/// What a channel moves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) bytes: usize,
    pub(crate) packets: usize,
}

/// Pieces that fail one after the other before the device is given up. The core has tried each of
/// them three times.
const ERRORS_MAX: u8 = 3;

impl Job {
    pub(crate) fn new(transfer: Transfer, dma: &dyn Dma) -> Self {
        let Transfer { endpoint, mark, memory, length_bytes, ends_short, limit_ns } = transfer;
        let length_bytes = length_bytes.min(memory.len());
        let used_bytes = if endpoint.is_in { memory.len() } else { length_bytes };
        let packet_bytes = usize::from(endpoint.packet_bytes);
        let is_whole = packet_bytes != 0 && length_bytes.is_multiple_of(packet_bytes);
        let mut job = Self {
            endpoint,
            mark,
            limit_ns,
            length_bytes,
            moved_bytes: 0,
            owes_empty: ends_short && !endpoint.is_in && is_whole && length_bytes > 0,
            lent: None,
            done: None,
            channel: None,
            piece: None,
            split_frame: None,
            is_awaited: false,
            not_before_ns: 0,
            errors: 0,
        };
        // A device that sends more than it was asked for must find room for a whole packet.
        let is_room = packet_bytes != 0 && (!endpoint.is_in || packet_bytes <= memory.len());
        match Lent::new(memory, used_bytes, dma) {
            Ok(lent) if is_room || length_bytes == 0 => job.lent = Some(lent),
            Ok(lent) => job.fail_at_once(lent.take_back(0, dma)),
            Err(memory) => job.fail_at_once(memory),
        }
        job
    }

    fn fail_at_once(&mut self, memory: &'static mut [u8]) {
        self.done =
            Some(Completion { memory, mark: self.mark, result: Err(TransferError::Memory) });
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.done.is_some()
    }

    /// When to look at it again if its channel does not interrupt; one that waits for a channel
    /// gets it when another transfer is done.
    pub(crate) fn due_ns(&self) -> Option<u64> {
        let waits = self.channel.is_none() && self.not_before_ns > 0;
        let limit_ns = if waits { self.limit_ns.min(self.not_before_ns) } else { self.limit_ns };
        (!self.is_complete()).then_some(limit_ns)
    }

    /// Ends it.
    pub(crate) fn finish(&mut self, result: Result<(), TransferError>, dma: &dyn Dma) {
        let Some(lent) = self.lent.take() else { return };
        let read_bytes = if self.endpoint.is_in { self.moved_bytes } else { 0 };
        let result = result.map(|()| self.moved_bytes);
        let memory = lent.take_back(read_bytes, dma);
        self.done = Some(Completion { memory, mark: self.mark, result });
    }

    /// Where the next piece is in memory, as the controller sees it.
    pub(crate) fn bus_address(&self) -> u32 {
        self.lent.as_ref().map_or(0, |lent| lent.bus_address() + self.moved_bytes as u32)
    }

    /// Whether hubs have to translate.
    pub(crate) fn is_split(&self) -> bool {
        self.endpoint.translator.is_some()
    }

    /// Whether hubs translate it at times that matter: they forget what they were told.
    pub(crate) fn is_timed_split(&self) -> bool {
        self.is_split() && self.is_periodic()
    }

    /// Whether it has its time in the frame.
    pub(crate) fn is_periodic(&self) -> bool {
        self.endpoint.kind == Kind::Interrupt
    }

    /// The next piece. A channel moves all that is left, but for two cases: a hub translates one
    /// packet at a time, and QEMU moves the second packet of what goes to a device of full speed
    /// only 250 µs after the first.
    pub(crate) fn next_piece(&self) -> Piece {
        let packet_bytes = usize::from(self.endpoint.packet_bytes);
        let left = self.length_bytes - self.moved_bytes;
        let is_slow_out = self.endpoint.speed != Speed::High && !self.endpoint.is_in;
        let bytes = if self.is_split() || is_slow_out { left.min(packet_bytes) } else { left };
        let packets = bytes.div_ceil(packet_bytes).max(1);
        // The core wants room for whole packets. There is: memory is a multiple of each length
        // that bulk endpoints may have, and others move one packet or end with a short one.
        let bytes = if self.endpoint.is_in && left > 0 { packets * packet_bytes } else { bytes };
        let room = self.lent.as_ref().map_or(0, Lent::length_bytes) - self.moved_bytes;
        Piece { bytes: bytes.min(room), packets }
    }

    /// Takes account of what a piece has moved, and tells whether that was all.
    ///
    /// # Errors
    ///
    /// [`TransferError::Babble`] if more came than was asked for.
    pub(crate) fn advance(&mut self, piece: Piece, bytes: usize) -> Result<bool, TransferError> {
        let is_in = self.endpoint.is_in;
        self.errors = 0;
        self.mark = self.mark.after(self.packets_of(piece, bytes));
        self.moved_bytes += bytes;
        if self.moved_bytes > self.length_bytes {
            self.moved_bytes = self.length_bytes;
            return Err(TransferError::Babble);
        }
        let is_short = is_in && bytes < piece.bytes;
        let is_all = is_short || self.moved_bytes == self.length_bytes;
        let is_done = is_all && !(self.owes_empty && piece.bytes > 0);
        Ok(is_done)
    }

    /// How many packets a complete piece was: one that falls short by whole packets had an empty
    /// one at its end.
    fn packets_of(&self, piece: Piece, bytes: usize) -> usize {
        if !self.endpoint.is_in || bytes >= piece.bytes {
            return piece.packets;
        }
        bytes / usize::from(self.endpoint.packet_bytes) + 1
    }

    /// Takes account of the whole packets of a piece that failed then.
    pub(crate) fn keep(&mut self, packets: usize) {
        let bytes = packets * usize::from(self.endpoint.packet_bytes);
        if packets > 0 && self.moved_bytes + bytes < self.length_bytes {
            self.errors = 0;
            self.mark = self.mark.after(packets);
            self.moved_bytes += bytes;
        }
    }

    /// Counts a failure, and tells whether it is worth another attempt.
    pub(crate) fn may_try_again(&mut self) -> bool {
        self.errors += 1;
        self.errors < ERRORS_MAX
    }
}
