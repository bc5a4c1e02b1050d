//! Hubs: power for their ports, and what changes there.
//!
//! Source: *USB 2.0*, chapter 11; section numbers are that document's.

use crate::configuration::Function;
use crate::descriptor::{self, kind};
use crate::device::{Ear, HUBS_DEEP_MAX, Hub, Place};
use crate::host::{Host, Speed};
use crate::request::{GET_DESCRIPTOR, Request};
use crate::{Usb, UsbError};

/// Requests to a hub about itself and about a port (§11.24.2).
const GET_FROM_HUB: u8 = 0xa0;
const GET_FROM_PORT: u8 = 0xa3;
const SET_PORT: u8 = 0x23;
const GET_STATUS: u8 = 0;
const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;

/// Features of a port (§11.24.2, table 11-17).
const PORT_ENABLE: u16 = 1;
const PORT_RESET: u16 = 4;
const PORT_POWER: u16 = 8;
const FIRST_CHANGE: u16 = 16;

/// Bits of a port's status (§11.24.2.7), of which the upper half are those of changes.
const CONNECTION: u32 = 1 << 0;
const ENABLE: u32 = 1 << 1;
const LOW_SPEED: u32 = 1 << 9;
const HIGH_SPEED: u32 = 1 << 10;
const CONNECTION_CHANGED: u32 = 1 << 16;
const RESET_ENDED: u32 = 1 << 20;
const CHANGES: u16 = 5;

const MS_NS: u64 = 1_000_000;
/// What is plugged in may bounce for so long (§7.1.7.3).
pub(crate) const DEBOUNCE_NS: u64 = 100 * MS_NS;
const DEBOUNCES_MAX: u32 = 20;
/// A hub ends a reset by itself after 10 to 20 ms (§7.1.7.5).
const RESET_LOOK_NS: u64 = 10 * MS_NS;
const RESET_LOOKS_MAX: u32 = 30;
/// After a reset, a device may take so long (§7.1.7.5).
const RECOVERY_NS: u64 = 10 * MS_NS;

const HUB_DESCRIPTOR_BYTES: u16 = 9;
/// More than a report of changes has bits for.
const PORTS_MAX: u8 = 31;

/// Sets or clears a feature of a port.
pub(crate) const fn change(request: u8, feature: u16, port: u8) -> Request {
    Request::order(SET_PORT, request, feature, port as u16)
}

/// Turns a port off, so that what is there disturbs nobody.
pub(crate) const fn disable(port: u8) -> Request {
    change(CLEAR_FEATURE, PORT_ENABLE, port)
}

impl<H: Host + 'static> Usb<H> {
    /// Turns a new hub's ports on, and listens to it.
    pub(crate) async fn set_up_hub(
        &self,
        index: usize,
        function: &Function,
    ) -> Result<(), UsbError> {
        const DESCRIPTOR: Request = Request::new(
            GET_FROM_HUB,
            GET_DESCRIPTOR,
            (kind::HUB as u16) << 8,
            0,
            HUB_DESCRIPTOR_BYTES,
        );
        if self.lock().devices[index].is_none_or(|device| device.depth >= HUBS_DEEP_MAX) {
            return Err(UsbError::TooDeep);
        }
        let length_bytes = self.ask(index, DESCRIPTOR).await?;
        let (ports, power_ms) = descriptor::hub(self.lock().lane.data(length_bytes))?;
        let ports = ports.min(PORTS_MAX);

        for port in 1..=ports {
            self.ask(index, change(SET_FEATURE, PORT_POWER, port)).await?;
        }
        // What is plugged in has stopped to bounce by then, on all ports at once.
        self.pause(u64::from(power_ms) * MS_NS + DEBOUNCE_NS).await;
        let mut state = self.lock();
        if let Some(device) = &mut state.devices[index] {
            device.hub = Some(Hub::settled(ports));
        }
        state.listen_to(index, function, Ear::Hub, 0)
    }

    /// Looks at the ports of a hub that something changed on.
    ///
    /// # Errors
    ///
    /// Those of transfers, if the hub does not answer; it may have been pulled.
    pub(crate) async fn see_to_hub(&self, index: usize) -> Result<(), UsbError> {
        let Some(hub) = self.lock().take_changes(index) else { return Ok(()) };
        for port in 1..=hub.ports {
            if hub.changed >> port & 1 != 0 {
                self.see_to_port(index, port, hub.is_settled).await?;
            }
        }
        Ok(())
    }

    async fn see_to_port(&self, hub: usize, port: u8, is_settled: bool) -> Result<(), UsbError> {
        let mut status = self.look_at_port(hub, port).await?;
        let place = Place::Hub(hub as u8, port);
        let has_changed = status & CONNECTION_CHANGED != 0;
        let before = self.lock().device_at(place);
        match before {
            Some(_) if !has_changed && status & ENABLE != 0 => return Ok(()),
            Some(device) => self.lock().remove(device),
            // What did not come up is not tried again; its resets were the change.
            None if !has_changed && !is_settled => return Ok(()),
            None => {}
        }
        let mut looks_left = if is_settled { 0 } else { DEBOUNCES_MAX };
        // What is there must stay there for a while (§7.1.7.3).
        while status & CONNECTION != 0 && looks_left > 0 {
            self.pause(DEBOUNCE_NS).await;
            status = self.look_at_port(hub, port).await?;
            let is_settled = status & CONNECTION_CHANGED == 0;
            looks_left = if is_settled { 0 } else { looks_left - 1 };
        }
        if status & CONNECTION != 0 {
            self.attach(place).await;
        }
        Ok(())
    }

    /// How a port is; what changed there is then acknowledged.
    async fn look_at_port(&self, hub: usize, port: u8) -> Result<u32, UsbError> {
        let request = Request::new(GET_FROM_PORT, GET_STATUS, 0, port.into(), 4);
        let length_bytes = self.ask(hub, request).await?;
        let status = self.lock().lane.data(length_bytes).first_chunk().copied();
        let status = status.map(u32::from_le_bytes).ok_or(UsbError::Descriptor)?;
        for feature in FIRST_CHANGE..FIRST_CHANGE + CHANGES {
            if status >> feature & 1 != 0 {
                self.ask(hub, change(CLEAR_FEATURE, feature, port)).await?;
            }
        }
        Ok(status)
    }

    /// Resets what is on a port of a hub, and tells how fast it is.
    pub(crate) async fn reset_port(&self, hub: usize, port: u8) -> Result<Speed, UsbError> {
        self.ask(hub, change(SET_FEATURE, PORT_RESET, port)).await?;
        for _ in 0..RESET_LOOKS_MAX {
            self.pause(RESET_LOOK_NS).await;
            let status = self.look_at_port(hub, port).await?;
            if status & CONNECTION == 0 {
                return Err(UsbError::Gone);
            }
            if status & CONNECTION_CHANGED != 0 {
                break;
            }
            if status & RESET_ENDED != 0 && status & ENABLE != 0 {
                self.pause(RECOVERY_NS).await;
                return Ok(match status {
                    status if status & HIGH_SPEED != 0 => Speed::High,
                    status if status & LOW_SPEED != 0 => Speed::Low,
                    _ => Speed::Full,
                });
            }
        }
        Err(UsbError::Port)
    }
}
