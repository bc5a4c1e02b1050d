//! A network adapter as smoltcp wants one: a frame in, and room for an answer.

use device::{Ethernet, FRAME_BYTES_MAX, Frame};
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// The adapter, and the frames that are on their way between it and smoltcp.
pub(crate) struct Adapter {
    pub(crate) driver: &'static dyn Ethernet,
    /// What smoltcp is to look at next.
    received: Option<Frame>,
    /// Reserved for the next frame that smoltcp sends.
    spare: Option<Frame>,
}

impl Adapter {
    pub(crate) fn new(driver: &'static dyn Ethernet) -> Self {
        Self { driver, received: None, spare: None }
    }

    /// Whether a frame can be sent now. One that was received is taken only then, since it may
    /// need an answer.
    pub(crate) fn can_send(&mut self) -> bool {
        if self.spare.is_none() {
            self.spare = self.driver.reserve();
        }
        self.spare.is_some()
    }

    /// Sends `bytes` as a frame, if one [can be sent](Self::can_send).
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        if let Some(mut frame) = self.spare.take() {
            frame.truncate(bytes.len());
            frame.copy_from_slice(bytes);
            self.driver.send(frame);
        }
    }

    /// The next frame for smoltcp, which stays in here.
    pub(crate) fn take(&mut self) -> Option<&[u8]> {
        if self.received.is_none() {
            self.received = self.driver.receive();
        }
        self.received.as_deref()
    }

    /// Drops the frame that is next.
    pub(crate) fn skip(&mut self) {
        if let Some(frame) = self.received.take() {
            self.driver.give_back(frame);
        }
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        for frame in self.received.take().into_iter().chain(self.spare.take()) {
            self.driver.give_back(frame);
        }
    }
}

impl phy::Device for Adapter {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Received, Room<'_>)> {
        let frame = self.received.take()?;
        Some((
            Received { driver: self.driver, frame },
            Room { driver: self.driver, spare: &mut self.spare },
        ))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        self.can_send().then_some(Room { driver: self.driver, spare: &mut self.spare })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_BYTES_MAX;
        capabilities
    }
}

/// A frame that was received.
pub(crate) struct Received {
    driver: &'static dyn Ethernet,
    frame: Frame,
}

impl phy::RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let result = read(&self.frame);
        self.driver.give_back(self.frame);
        result
    }
}

/// Room for one frame to be sent.
pub(crate) struct Room<'a> {
    driver: &'static dyn Ethernet,
    spare: &'a mut Option<Frame>,
}

impl phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length_bytes: usize, write: F) -> R {
        // Both ways to a `Room` reserved a frame, and frames are as long as any that is sent.
        let mut frame = self.spare.take().expect("a frame is reserved");
        frame.truncate(length_bytes);
        let result = write(&mut frame);
        self.driver.send(frame);
        result
    }
}
