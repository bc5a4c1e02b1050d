//! Descriptors: what a device says of itself, and none of which is believed.
//!
//! Source: *Universal Serial Bus Specification*, revision 2.0; section numbers are that
//! document's.

use core::num::NonZeroU32;

use crate::UsbError;
use crate::host::{Kind, Speed};

/// Types of descriptors (§9.4, table 9-5), and those of classes.
pub(crate) mod kind {
    pub(crate) const DEVICE: u8 = 1;
    pub(crate) const CONFIGURATION: u8 = 2;
    pub(crate) const STRING: u8 = 3;
    pub(crate) const INTERFACE: u8 = 4;
    pub(crate) const ENDPOINT: u8 = 5;
    pub(crate) const HID: u8 = 0x21;
    pub(crate) const REPORT: u8 = 0x22;
    pub(crate) const CLASS_INTERFACE: u8 = 0x24;
    pub(crate) const HUB: u8 = 0x29;
}

pub(crate) const DEVICE_BYTES: usize = 18;
pub(crate) const CONFIGURATION_BYTES: usize = 9;

/// What is of use in a device descriptor (§9.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceDescriptor {
    /// Who made it.
    pub vendor: u16,
    /// What the maker calls it.
    pub product: u16,
    /// How many configurations it has.
    pub configurations: u8,
}

impl DeviceDescriptor {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`UsbError::Descriptor`] if it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, UsbError> {
        let bytes = typed::<DEVICE_BYTES>(bytes, kind::DEVICE)?;
        Ok(Self {
            vendor: u16::from_le_bytes([bytes[8], bytes[9]]),
            product: u16::from_le_bytes([bytes[10], bytes[11]]),
            configurations: bytes[17],
        })
    }
}

/// The longest packet of endpoint 0, from the first 8 bytes of a device descriptor (§5.5.3).
///
/// # Errors
///
/// [`UsbError::Descriptor`] if it is none that a device of this speed may have.
pub fn control_packet_bytes(bytes: &[u8], speed: Speed) -> Result<u16, UsbError> {
    let bytes: &[u8; 8] = bytes.first_chunk().ok_or(UsbError::Descriptor)?;
    let is_allowed = match speed {
        Speed::High => bytes[7] == 64,
        Speed::Full => matches!(bytes[7], 8 | 16 | 32 | 64),
        Speed::Low => bytes[7] == 8,
    };
    if bytes[1] != kind::DEVICE || !is_allowed {
        return Err(UsbError::Descriptor);
    }
    Ok(bytes[7].into())
}

/// How long a configuration is with all its parts, from its first bytes (§9.6.3).
///
/// # Errors
///
/// [`UsbError::Descriptor`] if these are not those of one.
pub fn configuration_bytes(bytes: &[u8]) -> Result<usize, UsbError> {
    let bytes = typed::<CONFIGURATION_BYTES>(bytes, kind::CONFIGURATION)?;
    let total = u16::from_le_bytes([bytes[2], bytes[3]]).into();
    if total < CONFIGURATION_BYTES { Err(UsbError::Descriptor) } else { Ok(total) }
}

/// How many ports a hub has, and how long they take from being turned on to good power, in
/// milliseconds (§11.23.2.1).
///
/// # Errors
///
/// [`UsbError::Descriptor`] if it is no hub's descriptor.
pub fn hub(bytes: &[u8]) -> Result<(u8, u16), UsbError> {
    let bytes: &[u8; 7] = bytes.first_chunk().ok_or(UsbError::Descriptor)?;
    if bytes[1] != kind::HUB || bytes[2] == 0 {
        return Err(UsbError::Descriptor);
    }
    Ok((bytes[2], u16::from(bytes[5]) * 2))
}

/// The address of an adapter, from its string of 12 hexadecimal digits (*CDC ECM 1.2*, §5.4).
///
/// # Errors
///
/// [`UsbError::Descriptor`] if it is no such string, or the address of a group.
pub fn ethernet_address(bytes: &[u8]) -> Result<[u8; 6], UsbError> {
    let bytes = typed::<26>(bytes, kind::STRING)?;
    let mut address = [0; 6];
    for (byte, digits) in address.iter_mut().zip(bytes[2..].as_chunks::<4>().0) {
        *byte = hex_digit([digits[0], digits[1]])? << 4 | hex_digit([digits[2], digits[3]])?;
    }
    if address[0] & 1 != 0 || address == [0; 6] {
        return Err(UsbError::Descriptor);
    }
    Ok(address)
}

fn hex_digit([low, high]: [u8; 2]) -> Result<u8, UsbError> {
    let digit = char::from(low).to_digit(16).filter(|_| high == 0);
    digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(UsbError::Descriptor)
}

fn typed<const BYTES: usize>(bytes: &[u8], kind: u8) -> Result<&[u8; BYTES], UsbError> {
    let found: &[u8; BYTES] = bytes.first_chunk().ok_or(UsbError::Descriptor)?;
    if usize::from(found[0]) < BYTES || found[1] != kind {
        return Err(UsbError::Descriptor);
    }
    Ok(found)
}

/// The descriptors that stand one after the other in a configuration; the first of wrong length is
/// an error, and ends them.
pub(crate) struct Parts<'a> {
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<&'a [u8], UsbError>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(*self.bytes.first()?);
        match self.bytes.split_at_checked(length) {
            Some((part, rest)) if length >= 2 => {
                self.bytes = rest;
                Some(Ok(part))
            }
            _ => {
                self.bytes = &[];
                Some(Err(UsbError::Descriptor))
            }
        }
    }
}

/// What is of use in an endpoint descriptor (§9.6.6), in the least of room, since it is handed
/// around: the longest packet, and in the upper half the interval and the address; bit 31 says
/// that it is bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointDescriptor(NonZeroU32);

const PACKET_BYTES: u32 = 0x7ff;
const IS_BULK: u32 = 1 << 31;
const IS_IN: u32 = 1 << 30;
const NUMBER_SHIFT: u32 = 24;
const INTERVAL_SHIFT: u32 = 16;

impl EndpointDescriptor {
    /// Reads it; `None` if it is isochronous, which nothing here uses.
    ///
    /// # Errors
    ///
    /// [`UsbError::Descriptor`] if it is none, or says what cannot be.
    pub(crate) fn read(bytes: &[u8], speed: Speed) -> Result<Option<Self>, UsbError> {
        let bytes = typed::<7>(bytes, kind::ENDPOINT)?;
        // Bits above say how many packets there may be in a microframe; one is asked for.
        let packet_bytes = u16::from_le_bytes([bytes[4], bytes[5]]) & PACKET_BYTES as u16;
        let (bulk, is_allowed) = match bytes[3] & 0b11 {
            2 => (IS_BULK, is_bulk_packet(packet_bytes, speed)),
            3 => (0, (1..=1024).contains(&packet_bytes)),
            _ => return Ok(None),
        };
        let number = u32::from(bytes[2] & 0xf);
        if number == 0 || !is_allowed {
            return Err(UsbError::Descriptor);
        }
        let is_in = if bytes[2] & 0x80 != 0 { IS_IN } else { 0 };
        let packed = bulk
            | is_in
            | number << NUMBER_SHIFT
            | u32::from(bytes[6]) << INTERVAL_SHIFT
            | u32::from(packet_bytes);
        Ok(NonZeroU32::new(packed).map(Self))
    }

    /// Its number, 1 to 15.
    #[must_use]
    pub fn number(self) -> u8 {
        (self.0.get() >> NUMBER_SHIFT & 0xf) as u8
    }

    /// From the device, or to it.
    #[must_use]
    pub fn is_in(self) -> bool {
        self.0.get() & IS_IN != 0
    }

    /// How it moves data.
    #[must_use]
    pub fn kind(self) -> Kind {
        if self.0.get() & IS_BULK != 0 { Kind::Bulk } else { Kind::Interrupt }
    }

    /// The longest packet.
    #[must_use]
    pub fn packet_bytes(self) -> u16 {
        (self.0.get() & PACKET_BYTES) as u16
    }

    /// How often an interrupt endpoint wants to be asked, as a device of its speed says it.
    fn interval(self) -> u8 {
        (self.0.get() >> INTERVAL_SHIFT) as u8
    }

    /// How often it wants to be asked, in nanoseconds (§9.6.6): in frames, or for a fast device
    /// as a power of two of microframes.
    #[must_use]
    pub fn interval_ns(self, speed: Speed) -> u64 {
        const FRAME_NS: u64 = 1_000_000;
        const MICROFRAME_NS: u64 = 125_000;
        match speed {
            Speed::High => MICROFRAME_NS << (self.interval().clamp(1, 16) - 1),
            Speed::Full | Speed::Low => FRAME_NS * u64::from(self.interval().max(1)),
        }
    }
}

/// What §5.8.3 allows; some devices of full speed say 512 by mistake, and are of no use.
fn is_bulk_packet(bytes: u16, speed: Speed) -> bool {
    match speed {
        Speed::High => bytes == 512,
        Speed::Full => matches!(bytes, 8 | 16 | 32 | 64),
        Speed::Low => false,
    }
}

#[cfg(test)]
mod tests;
