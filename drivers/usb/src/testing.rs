//! Devices that behave, and that go wrong as a test wants it; a bus with them; and a host
//! controller that hands each transfer straight to them.
//!
//! What is on the bus is changed through [`Wire`], which tests and models of controllers share.

mod adapter;
mod clock;
mod device;
mod host;
mod hub;
mod rig;
pub mod samples;

pub use adapter::Adapter;
pub use clock::SteppingClock;
pub use device::{Answer, Device, Function, Packet, Token, Trouble};
pub use host::StraightHost;
pub use hub::Hub;
pub use rig::Rig;

use crate::host::Speed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is plugged into the root port, for all who want to look at it.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Bus>>);

/// What is plugged into the root port.
#[derive(Default)]
pub struct Bus {
    /// The device there.
    pub root: Option<Device>,
    /// It was pulled or plugged in, and nobody has asked since.
    pub has_changed: bool,
    /// Packets whose mark was not that of the device's turn.
    pub wrong_marks: usize,
}

impl Wire {
    /// A wire with a device at its end.
    #[must_use]
    pub fn to(device: Device) -> Self {
        let wire = Self::default();
        wire.plug(device);
        wire
    }

    /// The bus, to look at or to change.
    pub fn bus(&self) -> MutexGuard<'_, Bus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plugs a device in.
    pub fn plug(&self, device: Device) {
        let mut bus = self.bus();
        (bus.root, bus.has_changed) = (Some(device), true);
    }

    /// Pulls what is there.
    pub fn pull(&self) {
        let mut bus = self.bus();
        (bus.root, bus.has_changed) = (None, true);
    }

    /// Calls `body` with the device that `path` leads to, by ports of hubs from the root on.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn with<T>(&self, path: &[u8], body: impl FnOnce(&mut Device) -> T) -> T {
        let mut bus = self.bus();
        let mut device = bus.root.as_mut().expect("something is plugged in");
        for &port in path {
            device = device.hub().device_mut(port).expect("something is plugged in there");
        }
        body(device)
    }
}

impl Bus {
    /// Sends a packet, and gives what comes back.
    pub fn send(&mut self, packet: &Packet<'_>) -> Answer {
        let Some(device) = self.find(packet.address) else { return Answer::Silence };
        let answer = device.take(packet);
        self.wrong_marks += usize::from(matches!(answer, Answer::WrongMark));
        answer
    }

    /// The device with an address, if packets reach it.
    pub fn find(&mut self, address: u8) -> Option<&mut Device> {
        self.root.as_mut()?.find(address)
    }

    /// How fast the device with an address is, and the hub of high speed and its port that speak
    /// to it, if it needs one; `None` if packets do not reach it.
    #[must_use]
    pub fn way_to(&self, address: u8) -> Option<(Speed, Option<(u8, u8)>)> {
        self.root.as_ref()?.way_to(address, None)
    }

    /// Resets what is on the root port.
    pub fn reset(&mut self) {
        if let Some(device) = &mut self.root {
            device.reset();
        }
    }
}
