//! The manager: brings the controller up, then whatever is plugged in, and sees to what changes.

use crate::device::{DEVICES_MAX, Device, Hub, Place, STREAMS, Stream};
use crate::host::{Host, RESET_NS, Speed};
use crate::hub::{self, DEBOUNCE_NS};
use crate::news::{News, Report};
use crate::request::Request;
use crate::state::State;
use crate::{Usb, UsbError};

/// A controller that does not come up is tried so often.
const STARTS_MAX: u32 = 3;
/// A device that does not come up is tried so often.
const ATTEMPTS_MAX: u32 = 3;

const MS_NS: u64 = 1_000_000;
/// The root port's reset (*USB 2.0*, §7.1.7.5), with some to spare, and what a device may take
/// to recover from it.
const ROOT_RESET_NS: u64 = 60 * MS_NS;
const ROOT_RECOVERY_NS: u64 = 20 * MS_NS;
/// Before an endpoint that failed is told to go on.
const REVIVAL_NS: u64 = 50 * MS_NS;

/// Clears a feature of an endpoint: that it has halted (*USB 2.0*, §9.4.1, §9.4.5).
const SET_ENDPOINT: u8 = 0x02;
const CLEAR_FEATURE: u8 = 1;
const ENDPOINT_HALT: u16 = 0;

/// What there is to do.
enum Chore {
    /// What was on the root port is not there any more.
    StartAgain,
    /// Something changed on a hub.
    Hub(usize),
    /// A pipe does not go on.
    Pipe(usize),
    /// A keyboard is to show other lights; this tells it so.
    Lights(usize, Request),
}

impl<H: Host + 'static> Usb<H> {
    /// Does all that takes requests. It ends if the controller does not work.
    pub(crate) async fn manage(&self) {
        let mut starts = 0;
        while starts < STARTS_MAX {
            match self.serve().await {
                Ok(()) => starts = 0,
                Err(error) => {
                    starts += 1;
                    self.lock().tell_of_failure(error);
                }
            }
            self.lock().forget_all();
        }
    }

    /// Turns the controller on, and sees to one device on the root port and all behind it, until
    /// it is pulled.
    async fn serve(&self) -> Result<(), UsbError> {
        self.lock().host.reset()?;
        self.pause(RESET_NS).await;
        self.lock().host.turn_on()?;
        self.until(|state| state.host.port().is_connected.then_some(())).await;
        self.pause(DEBOUNCE_NS).await;
        self.attach(Place::Root).await;
        loop {
            // What does not answer any more was pulled, and the hub or the port that it was on
            // says so.
            let _ = match self.until(State::chore).await {
                Chore::StartAgain => return Ok(()),
                Chore::Hub(index) => self.see_to_hub(index).await,
                Chore::Pipe(pipe) => self.revive(pipe).await,
                // One that refuses is not asked again before other lights are wanted.
                Chore::Lights(device, request) => self.ask(device, request).await.map(drop),
            };
        }
    }

    /// Brings up what is plugged in there, or turns the port off.
    pub(crate) async fn attach(&self, place: Place) {
        let mut attempts_left = ATTEMPTS_MAX;
        loop {
            let Err(error) = self.enumerate(place).await else { return };
            self.lock().withdraw(place);
            attempts_left -= 1;
            let is_final = matches!(error, UsbError::TooMany | UsbError::Gone);
            if attempts_left > 0 && !is_final {
                continue;
            }
            let is_there = match place {
                Place::Root => self.lock().host.port().is_connected,
                Place::Hub(hub, port) => self.ask(hub.into(), hub::disable(port)).await.is_ok(),
            };
            if is_there && error != UsbError::Gone {
                self.lock().tell_of_failure(error);
            }
            return;
        }
    }

    pub(crate) async fn reset_root(&self) -> Result<Speed, UsbError> {
        self.lock().host.signal_reset(true);
        self.pause(ROOT_RESET_NS).await;
        self.lock().host.signal_reset(false);
        self.pause(ROOT_RECOVERY_NS).await;
        let port = self.lock().host.port();
        if port.is_enabled { Ok(port.speed) } else { Err(UsbError::Port) }
    }

    /// Tells an endpoint that failed to go on.
    async fn revive(&self, pipe: usize) -> Result<(), UsbError> {
        self.pause(REVIVAL_NS).await;
        // Only the manager closes pipes, so this one is still the same when it has been told.
        let Some((device, endpoint)) = self.lock().halted(pipe) else { return Ok(()) };
        let address = endpoint.into();
        let request = Request::order(SET_ENDPOINT, CLEAR_FEATURE, ENDPOINT_HALT, address);
        let result = self.ask(device, request).await;
        if let Some(stream) = &mut self.lock().streams[pipe] {
            stream.revive(result.is_ok());
        }
        Ok(())
    }
}

impl<H: Host> State<H> {
    fn chore(&mut self) -> Option<Chore> {
        let port = self.host.port();
        if !port.is_connected || (self.devices.iter().any(Option::is_some) && !port.is_enabled) {
            return Some(Chore::StartAgain);
        }
        let has_changed =
            |device: &Option<Device>| device.as_ref().is_some_and(Device::has_changed);
        if let Some(hub) = self.devices.iter().position(has_changed) {
            return Some(Chore::Hub(hub));
        }
        let is_halted =
            |stream: &Option<Stream>| stream.as_ref().is_some_and(Stream::wants_revival);
        let halted = self.streams[..STREAMS].iter().position(is_halted).map(Chore::Pipe);
        halted.or_else(|| self.order_lights().map(|(device, order)| Chore::Lights(device, order)))
    }

    /// The device of a pipe, and its endpoint's address.
    fn halted(&self, pipe: usize) -> Option<(usize, u8)> {
        let stream = self.streams[pipe].as_ref()?;
        Some((stream.device, stream.endpoint.address()))
    }

    pub(crate) fn take_changes(&mut self, index: usize) -> Option<Hub> {
        let hub = self.devices[index].as_mut()?.hub.as_mut()?;
        let before = *hub;
        (hub.changed, hub.is_settled) = (0, false);
        Some(before)
    }

    pub(crate) fn device_at(&self, place: Place) -> Option<usize> {
        let is_there =
            |device: &Option<Device>| device.as_ref().is_some_and(|device| device.place == place);
        self.devices.iter().position(is_there)
    }

    /// Takes back a device that did not come up, and so has no pipes.
    fn withdraw(&mut self, place: Place) {
        if let Some(index) = self.device_at(place) {
            self.devices[index] = None;
        }
    }

    fn forget_all(&mut self) {
        (0..DEVICES_MAX).for_each(|index| self.remove(index));
    }

    fn tell_of_failure(&mut self, error: UsbError) {
        let news = News::Fails(error);
        self.news.push(Report { device: 0, vendor: 0, product: 0, news });
    }
}
