//! The devices on the bus, and the pipes to them.

use crate::hid::Hand;
use crate::host::{Endpoint, Kind, Mark, PIPES_MAX, Speed, Translator};

/// How many devices there may be, hubs among them.
pub const DEVICES_MAX: usize = 16;

/// Hubs one behind the other (*USB 2.0*, §4.1.1).
pub(crate) const HUBS_DEEP_MAX: u8 = 5;

/// Functions that speak up by themselves; each has the pipe of its number.
pub(crate) const LISTENERS_MAX: usize = 16;
pub(crate) const RECEIVE: usize = LISTENERS_MAX;
pub(crate) const TRANSMIT: usize = LISTENERS_MAX + 1;
/// All that are not for requests.
pub(crate) const STREAMS: usize = LISTENERS_MAX + 2;
pub(crate) const CONTROL: usize = LISTENERS_MAX + 2;
const _: () = assert!(CONTROL < PIPES_MAX);

/// How often a function that cannot be reached any more is tried again.
const FAILURES_MAX: u8 = 3;

/// Where a device is plugged in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the host's own port.
    Root,
    /// On a port, from 1, of the hub with this number.
    Hub(u8, u8),
}

/// A device that has an address.
#[derive(Clone, Copy)]
pub(crate) struct Device {
    pub(crate) place: Place,
    /// Its endpoint 0, to the device.
    pub(crate) control: Endpoint,
    /// Hubs between it and the host.
    pub(crate) depth: u8,
    pub(crate) vendor: u16,
    pub(crate) product: u16,
    pub(crate) hub: Option<Hub>,
}

/// What a hub has besides.
#[derive(Clone, Copy)]
pub(crate) struct Hub {
    pub(crate) ports: u8,
    /// Ports to look at, from bit 1 on.
    pub(crate) changed: u32,
    /// What is plugged in there does not bounce any more.
    pub(crate) is_settled: bool,
}

impl Hub {
    /// One whose ports are all to be looked at.
    pub(crate) fn settled(ports: u8) -> Self {
        let hub = Self { ports, changed: 0, is_settled: true };
        Self { changed: hub.all(), ..hub }
    }

    /// The bits of all its ports.
    pub(crate) fn all(&self) -> u32 {
        u32::MAX >> (31 - self.ports) & !1
    }
}

impl Device {
    /// Its endpoint 0 before it has an address (*USB 2.0*, §5.5.3, §9.2.6.3).
    pub(crate) fn newcomer(speed: Speed, translator: Option<Translator>) -> Endpoint {
        let packet_bytes = if speed == Speed::High { 64 } else { 8 };
        let kind = Kind::Control;
        Endpoint { device: 0, number: 0, is_in: false, kind, packet_bytes, speed, translator }
    }

    pub(crate) fn has_changed(&self) -> bool {
        self.hub.is_some_and(|hub| hub.changed != 0)
    }

    /// Who speaks to a device of this speed on a port of this hub (*USB 2.0*, §11.14).
    pub(crate) fn translator(&self, port: u8, speed: Speed) -> Option<Translator> {
        match self.control.speed {
            Speed::High if speed == Speed::High => None,
            Speed::High => Some(Translator { hub: self.control.device, port }),
            _ => self.control.translator,
        }
    }
}

/// A pipe that carries data for as long as its device is there.
pub(crate) struct Stream {
    /// The number of its device.
    pub(crate) device: usize,
    pub(crate) endpoint: Endpoint,
    pub(crate) mark: Mark,
    pub(crate) is_busy: bool,
    /// Its device is gone; it is as well, once it is not busy.
    pub(crate) is_closed: bool,
    /// A transfer failed, and nothing goes on before the endpoint is told so.
    pub(crate) is_halted: bool,
    failures: u8,
}

impl Stream {
    pub(crate) fn new(device: usize, endpoint: Endpoint) -> Self {
        Self {
            device,
            endpoint,
            mark: Mark::Data0,
            is_busy: false,
            is_closed: false,
            is_halted: false,
            failures: 0,
        }
    }

    /// Whether a transfer can begin.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_busy && !self.is_closed && !self.is_halted
    }

    /// Whether the endpoint is to be told to go on.
    pub(crate) fn wants_revival(&self) -> bool {
        self.is_halted && !self.is_closed && self.failures <= FAILURES_MAX
    }

    pub(crate) fn succeed(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn fail(&mut self) {
        self.is_halted = true;
        self.failures = self.failures.saturating_add(1);
    }

    /// The endpoint was told to go on, and begins anew (*USB 2.0*, §9.4.5), or could not be told.
    pub(crate) fn revive(&mut self, was_told: bool) {
        if was_told {
            (self.is_halted, self.mark) = (false, Mark::Data0);
        } else {
            self.failures = u8::MAX;
        }
    }
}

/// Who hears what a function says, and when it is asked next.
pub(crate) struct Listener {
    pub(crate) ear: Ear,
    pub(crate) interface: u8,
    /// What it was last told to show, if it is a keyboard. A reset has turned all off.
    pub(crate) lights: u8,
    pub(crate) interval_ns: u64,
    pub(crate) due_ns: u64,
}

/// Who hears what a function says.
pub(crate) enum Ear {
    Hub,
    Hand(Hand),
    Adapter,
}
