//! Channels: each moves one piece of a transfer at a time.

use device::poll_for;
use driver_usb::host::{Kind, Speed, Translator};
use tock_registers::fields::FieldValue;
use tock_registers::interfaces::{ReadWriteable, Readable, Writeable};

use crate::Dwc2;
use crate::job::{Job, Piece};
use crate::registers::{Hcchar, Hcint, Hcsplt, Hctsiz, Hfnum};

/// A channel halts within a microframe or two.
const HALT_NS_MAX: u64 = 1_000_000;

impl Dwc2 {
    /// Takes a free channel. Requests have one of their own: what QEMU goes on with after a halt
    /// ends there with the next request, and does no harm to others.
    pub(crate) fn take_channel(&mut self, kind: Kind) -> Option<usize> {
        const REQUESTS: u16 = 1;
        let allowed = if kind == Kind::Control { REQUESTS } else { !REQUESTS };
        let free = self.free_channels & allowed;
        let channel = free.trailing_zeros();
        self.free_channels &= !(free & free.wrapping_neg());
        (free != 0).then_some(channel as usize)
    }

    /// Begins a piece on a channel that has halted and been looked at.
    pub(crate) fn begin(&self, channel: usize, job: &Job, piece: Piece) {
        let registers = &self.registers.channels[channel];
        let is_end = job.split_frame.is_some();
        // The hub has the data already when it is asked how it went.
        let bytes = if is_end && !job.endpoint.is_in { 0 } else { piece.bytes };
        if let Some(translator) = job.endpoint.translator {
            registers.hcsplt.write(split(translator, is_end));
        }
        registers.hctsiz.write(
            Hctsiz::XFERSIZE.val(bytes as u32)
                + Hctsiz::PKTCNT.val(piece.packets as u32)
                + Hctsiz::PID.val(job.mark as u32),
        );
        registers.hcdma.set(job.bus_address());
        registers.hcchar.set(self.characteristics(job));
    }

    /// Where the channel sends to, and that it begins.
    fn characteristics(&self, job: &Job) -> u32 {
        let endpoint = &job.endpoint;
        let mut value = Hcchar::MPS.val(endpoint.packet_bytes.into())
            + Hcchar::EPNUM.val(endpoint.number.into())
            + Hcchar::EPDIR.val(endpoint.is_in.into())
            + Hcchar::LSPDDEV.val((endpoint.speed == Speed::Low).into())
            + Hcchar::EPTYPE.val(endpoint.kind as u32)
            + Hcchar::EC.val(1)
            + Hcchar::DEVADDR.val(endpoint.device.into())
            + Hcchar::CHENA::SET;
        if job.is_periodic() {
            // It goes out in the next frame.
            value += Hcchar::ODDFRM.val(!self.frame() & 1);
        }
        value.value
    }

    /// The number of the frame, or of the microframe on a port of high speed.
    pub(crate) fn frame(&self) -> u32 {
        self.registers.hfnum.read(Hfnum::FRNUM)
    }

    /// What a channel that has halted says, once; `None` if it has not.
    pub(crate) fn halted(&self, channel: usize) -> Option<u32> {
        let registers = &self.registers.channels[channel];
        let hcint = registers.hcint.get();
        if hcint & Hcint::CHHLTD::SET.mask() == 0 {
            return None;
        }
        registers.hcint.set(hcint);
        Some(hcint)
    }

    /// Lets the channel interrupt when it halts, or not.
    pub(crate) fn await_halt(&self, channel: usize, is_awaited: bool) {
        self.registers.channels[channel].hcintmsk.write(Hcint::CHHLTD.val(is_awaited.into()));
    }

    /// Halts a channel before its time, and tells whether it has.
    pub(crate) fn halt(&self, channel: usize) -> bool {
        let registers = &self.registers.channels[channel];
        self.await_halt(channel, false);
        if registers.hcchar.is_set(Hcchar::CHENA) {
            registers.hcchar.modify(Hcchar::CHENA::SET + Hcchar::CHDIS::SET);
            return poll_for(self.clock, HALT_NS_MAX, || self.halted(channel)).is_some();
        }
        // It may have halted by itself.
        self.halted(channel);
        true
    }

    /// How many bytes a piece has moved that is complete.
    pub(crate) fn moved_bytes(&self, channel: usize, job: &Job, piece: Piece) -> usize {
        // What goes out is all gone; the core does not count its bytes.
        let left = match job.endpoint.is_in {
            true => self.registers.channels[channel].hctsiz.read(Hctsiz::XFERSIZE) as usize,
            false => 0,
        };
        piece.bytes.saturating_sub(left)
    }

    /// How many packets of a piece have been moved.
    pub(crate) fn moved_packets(&self, channel: usize, piece: Piece) -> usize {
        let left = self.registers.channels[channel].hctsiz.read(Hctsiz::PKTCNT) as usize;
        piece.packets.saturating_sub(left)
    }

    /// Gives a channel back, for whatever transfer comes next.
    pub(crate) fn release(&mut self, job: &mut Job) {
        if let Some(channel) = job.channel.take() {
            self.free_channels |= 1 << channel;
            if job.is_split() {
                self.registers.channels[channel].hcsplt.set(0);
            }
        }
    }
}

fn split(translator: Translator, is_end: bool) -> FieldValue<u32, Hcsplt::Register> {
    Hcsplt::PRTADDR.val(translator.port.into())
        + Hcsplt::HUBADDR.val(translator.hub.into())
        + Hcsplt::XACTPOS::All
        + Hcsplt::COMPSPLT.val(is_end.into())
        + Hcsplt::SPLTENA::SET
}
