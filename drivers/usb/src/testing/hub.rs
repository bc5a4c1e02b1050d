use std::collections::VecDeque;
use std::vec::Vec;

use super::{Answer, Device};
use crate::host::Speed;

/// A hub's ports.
pub struct Hub {
    ports: Vec<Port>,
}

#[derive(Default)]
struct Port {
    device: Option<Device>,
    has_power: bool,
    is_enabled: bool,
    /// Bits of what changed (*USB 2.0*, table 11-22).
    changes: u16,
}

const CONNECTION: u16 = 1 << 0;
const ENABLE: u16 = 1 << 1;
const RESET: u16 = 1 << 4;
const POWER: u16 = 1 << 8;
const LOW_SPEED: u16 = 1 << 9;
const HIGH_SPEED: u16 = 1 << 10;

impl Hub {
    /// A hub of so many empty ports.
    #[must_use]
    pub fn of(ports: usize) -> Self {
        Self { ports: (0..ports).map(|_| Port::default()).collect() }
    }

    /// Plugs a device into a port, from 1.
    pub fn plug(&mut self, port: u8, device: Device) {
        let port = &mut self.ports[usize::from(port) - 1];
        (port.device, port.is_enabled) = (Some(device), false);
        port.changes |= CONNECTION;
    }

    /// Pulls what is in a port.
    pub fn pull(&mut self, port: u8) -> Option<Device> {
        let port = &mut self.ports[usize::from(port) - 1];
        port.is_enabled = false;
        port.changes |= CONNECTION;
        port.device.take()
    }

    /// What is in a port.
    pub fn device_mut(&mut self, port: u8) -> Option<&mut Device> {
        self.ports[usize::from(port) - 1].device.as_mut()
    }

    /// Whether packets pass through a port.
    #[must_use]
    pub fn is_enabled(&self, port: u8) -> bool {
        self.ports[usize::from(port) - 1].is_enabled
    }

    pub(super) fn turn_off(&mut self) {
        for port in &mut self.ports {
            (port.has_power, port.is_enabled) = (false, false);
            port.changes = if port.device.is_some() { CONNECTION } else { 0 };
        }
    }

    pub(super) fn find(&mut self, address: u8) -> Option<&mut Device> {
        let enabled = self.ports.iter_mut().filter(|port| port.is_enabled && port.has_power);
        enabled.filter_map(|port| port.device.as_mut()?.find(address)).next()
    }

    pub(super) fn way_to(
        &self,
        address: u8,
        translator: impl Fn(u8) -> Option<(u8, u8)>,
    ) -> Option<(Speed, Option<(u8, u8)>)> {
        (1..)
            .zip(&self.ports)
            .filter(|(_, port)| port.is_enabled && port.has_power)
            .find_map(|(number, port)| port.device.as_ref()?.way_to(address, translator(number)))
    }

    /// The report of changes (*USB 2.0*, §11.12.4).
    pub(super) fn changes(&self) -> Answer {
        let powered = self.ports.iter().enumerate().filter(|(_, port)| port.has_power);
        let bits = powered
            .fold(0u32, |bits, (index, port)| bits | u32::from(port.changes != 0) << (index + 1));
        let length = self.ports.len() / 8 + 1;
        match bits {
            0 => Answer::NotReady,
            _ => Answer::Data(bits.to_le_bytes()[..length].to_vec()),
        }
    }

    /// Carries a request about a port out; `None` if it is about something else.
    pub(super) fn answer_to(&mut self, request: [u8; 8]) -> Option<VecDeque<u8>> {
        let port = self.ports.get_mut(usize::from(request[4]).checked_sub(1)?);
        let feature = request[2];
        match (request[0], request[1]) {
            (0xa3, 0) => {
                let [a, b] = port.as_ref()?.status().to_le_bytes();
                let [c, d] = port?.changes.to_le_bytes();
                Some([a, b, c, d].into())
            }
            (0x23, 1) => {
                port?.clear(feature);
                Some(VecDeque::new())
            }
            (0x23, 3) => {
                port?.set(feature);
                Some(VecDeque::new())
            }
            _ => None,
        }
    }
}

impl Port {
    fn status(&self) -> u16 {
        let speed = match self.device.as_ref().map(|device| device.speed) {
            Some(Speed::Low) => LOW_SPEED,
            Some(Speed::High) => HIGH_SPEED,
            _ => 0,
        };
        let connected = if self.device.is_some() { CONNECTION | speed } else { 0 };
        let enabled = if self.is_enabled { ENABLE } else { 0 };
        if self.has_power { POWER | connected | enabled } else { 0 }
    }

    fn clear(&mut self, feature: u8) {
        match feature {
            1 => self.is_enabled = false,
            16..32 => self.changes &= !(1 << (feature - 16)),
            _ => {}
        }
    }

    fn set(&mut self, feature: u8) {
        match feature {
            8 => self.has_power = true,
            4 => {
                self.changes |= RESET;
                if let Some(device) = &mut self.device {
                    device.reset();
                    self.is_enabled = true;
                }
            }
            _ => {}
        }
    }
}
