//! What a person may want to know of the bus.

use core::fmt;

use crate::UsbError;

/// One thing that happened, as a line for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The device's address, 0 before it has one.
    pub device: u8,
    /// Who made it, 0 before that is known.
    pub vendor: u16,
    /// What the maker calls it.
    pub product: u16,
    /// What happened.
    pub news: News,
}

/// What happened to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is used, as this.
    Is(&'static str),
    /// It is not used, or not all of it.
    Fails(UsbError),
    /// It was pulled.
    Gone,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, vendor, product, news } = self;
        let (what, why) = match news {
            News::Is(name) => ("is a ", *name),
            News::Fails(error) => ("is not used: ", error.text()),
            News::Gone => ("was pulled", ""),
        };
        write!(f, "device {device} ({vendor:04x}:{product:04x}) {what}{why}")
    }
}
