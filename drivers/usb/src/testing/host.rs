use std::vec::Vec;

use super::{Answer, Packet, Token, Wire};
use crate::host::{
    Completion, Host, HostError, Kind, Mark, NEVER, PIPES_MAX, Port, Speed, Transfer, TransferError,
};

/// Devices that are not ready are asked again after this.
const RETRY_NS: u64 = 125_000;
const ERRORS_MAX: u32 = 3;

/// A host controller that hands each transfer straight to the devices.
pub struct StraightHost {
    wire: Wire,
    running: [Option<Running>; PIPES_MAX],
    done: Vec<(usize, Completion)>,
    is_on: bool,
    is_enabled: bool,
    now_ns: u64,
}

struct Running {
    transfer: Transfer,
    moved_bytes: usize,
    errors: u32,
    is_waiting: bool,
}

impl StraightHost {
    /// The controller at the other end of a wire.
    #[must_use]
    pub fn on(wire: &Wire) -> Self {
        let running = [const { None }; PIPES_MAX];
        let (wire, done) = (wire.clone(), Vec::new());
        Self { wire, running, done, is_on: false, is_enabled: false, now_ns: 0 }
    }

    fn see_to_changes(&mut self) {
        let mut bus = self.wire.bus();
        if std::mem::take(&mut bus.has_changed) {
            self.is_enabled = false;
        }
    }

    fn finish(&mut self, pipe: usize, result: Result<(), TransferError>) {
        let Some(Running { transfer, moved_bytes, .. }) = self.running[pipe].take() else { return };
        let Transfer { memory, mark, .. } = transfer;
        self.done.push((pipe, Completion { memory, mark, result: result.map(|()| moved_bytes) }));
    }

    /// Moves packets until the transfer is complete or the device is not ready.
    fn go_on(&mut self, pipe: usize) {
        while let Some(running) = &mut self.running[pipe] {
            let answer = if self.is_enabled { running.send(&self.wire) } else { Answer::Silence };
            if let Some(result) = running.take(answer) {
                return self.finish(pipe, result);
            }
            if running.is_waiting {
                return;
            }
        }
    }
}

impl Running {
    fn send(&self, wire: &Wire) -> Answer {
        let Transfer { endpoint, mark, memory, length_bytes, .. } = &self.transfer;
        let end = (*length_bytes).min(self.moved_bytes + usize::from(endpoint.packet_bytes));
        let token = match mark {
            Mark::Setup => Token::Setup,
            _ if endpoint.is_in => Token::In,
            _ => Token::Out,
        };
        let data = if endpoint.is_in { &[][..] } else { &memory[self.moved_bytes..end] };
        let (address, endpoint) = (endpoint.device, endpoint.number);
        wire.bus().send(&Packet { address, endpoint, token, mark: *mark, data })
    }

    /// How the transfer ends with this answer; `None` if it goes on.
    fn take(&mut self, answer: Answer) -> Option<Result<(), TransferError>> {
        self.is_waiting = false;
        let packet_bytes = usize::from(self.transfer.endpoint.packet_bytes);
        let count = match answer {
            Answer::Taken => packet_bytes.min(self.transfer.length_bytes - self.moved_bytes),
            Answer::Data(data) if data.len() > packet_bytes => {
                return Some(Err(TransferError::Babble));
            }
            Answer::Data(data) => {
                let end = self.moved_bytes + data.len();
                if end > self.transfer.length_bytes {
                    return Some(Err(TransferError::Babble));
                }
                self.transfer.memory[self.moved_bytes..end].copy_from_slice(&data);
                data.len()
            }
            Answer::Stall => return Some(Err(TransferError::Stall)),
            Answer::NotReady => {
                (self.errors, self.is_waiting) = (0, true);
                let is_interrupt = self.transfer.endpoint.kind == Kind::Interrupt;
                return is_interrupt.then_some(Err(TransferError::NothingNew));
            }
            Answer::Silence | Answer::WrongMark => {
                self.errors += 1;
                return (self.errors > ERRORS_MAX).then_some(Err(TransferError::NoAnswer));
            }
        };
        self.errors = 0;
        self.moved_bytes += count;
        self.transfer.mark = self.transfer.mark.after(1);
        let is_full = self.moved_bytes == self.transfer.length_bytes;
        let owes_empty = is_full
            && count == packet_bytes
            && self.transfer.ends_short
            && !self.transfer.endpoint.is_in;
        let is_done = count < packet_bytes || (is_full && !owes_empty);
        is_done.then_some(Ok(()))
    }
}

impl Host for StraightHost {
    fn reset(&mut self) -> Result<(), HostError> {
        (self.is_on, self.is_enabled) = (false, false);
        (0..PIPES_MAX).for_each(|pipe| self.finish(pipe, Err(TransferError::Cancelled)));
        Ok(())
    }

    fn turn_on(&mut self) -> Result<(), HostError> {
        self.is_on = true;
        Ok(())
    }

    fn port(&mut self) -> Port {
        self.see_to_changes();
        let bus = self.wire.bus();
        let speed = bus.root.as_ref().map_or(Speed::Full, |device| device.speed);
        let is_connected = self.is_on && bus.root.is_some();
        Port { is_connected, is_enabled: is_connected && self.is_enabled, speed }
    }

    fn signal_reset(&mut self, is_on: bool) {
        self.see_to_changes();
        if is_on {
            self.wire.bus().reset();
        } else {
            self.is_enabled = true;
        }
    }

    fn submit(&mut self, pipe: usize, transfer: Transfer) {
        self.running[pipe] =
            Some(Running { transfer, moved_bytes: 0, errors: 0, is_waiting: false });
        self.go_on(pipe);
    }

    fn cancel(&mut self, pipe: usize) {
        self.finish(pipe, Err(TransferError::Cancelled));
    }

    fn poll(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
        self.see_to_changes();
        for pipe in 0..PIPES_MAX {
            let is_late = |running: &Running| running.transfer.limit_ns <= now_ns;
            if self.running[pipe].as_ref().is_some_and(is_late) {
                self.finish(pipe, Err(TransferError::Timeout));
            }
            self.go_on(pipe);
        }
    }

    fn due_ns(&self) -> u64 {
        if self.running.iter().any(Option::is_some) { self.now_ns + RETRY_NS } else { NEVER }
    }

    fn completion(&mut self) -> Option<(usize, Completion)> {
        if self.done.is_empty() { None } else { Some(self.done.remove(0)) }
    }
}
