//! A configuration, and what there is in it that can be driven.

use crate::UsbError;
use crate::descriptor::{EndpointDescriptor, Parts, configuration_bytes, kind};
use crate::host::{Kind, Speed};

/// The most functions of one device that are used; a keyboard with a mouse has two.
pub const FUNCTIONS_MAX: usize = 4;

/// The longest report descriptor that is asked for.
const REPORT_DESCRIPTOR_BYTES_MAX: u16 = 512;

/// What can be driven in one configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Configuration {
    /// What the device calls it.
    pub value: u8,
    /// What can be driven, the first places first.
    pub functions: [Option<Function>; FUNCTIONS_MAX],
}

/// Something that can be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// What it is.
    pub class: Class,
    /// The interface that requests go to.
    pub interface: u8,
    /// Where it speaks up.
    pub status: Option<EndpointDescriptor>,
}

/// What something is that can be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A hub.
    Hub,
    /// A keyboard that knows the boot protocol.
    Keyboard,
    /// A mouse that knows the boot protocol.
    Mouse,
    /// A device of reports, of which a descriptor of so many bytes says what they hold.
    Reports {
        /// How long the descriptor says that it is.
        descriptor_bytes: u16,
    },
    /// A network adapter.
    Ethernet(Ethernet),
}

/// What a network adapter says of itself (*CDC ECM 1.2*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// The string with its address.
    pub address_string: u8,
    /// The interface that frames go through, and its setting with the endpoints.
    pub data_interface: u8,
    /// See there.
    pub data_setting: u8,
    /// Frames come from here.
    pub receive: EndpointDescriptor,
    /// Frames go here.
    pub transmit: EndpointDescriptor,
}

/// One setting of one interface.
#[derive(Clone, Copy, Default)]
struct Setting {
    interface: u8,
    setting: u8,
    /// Class, subclass and protocol.
    class: [u8; 3],
    interrupt_in: Option<EndpointDescriptor>,
    bulk_in: Option<EndpointDescriptor>,
    bulk_out: Option<EndpointDescriptor>,
    report_bytes: u16,
    /// Of a network adapter: the interface with its data, and the string with its address.
    data_interface: Option<u8>,
    address_string: Option<u8>,
}

const HUB: u8 = 9;
const KEYBOARD: [u8; 3] = [3, 1, 1];
const MOUSE: [u8; 3] = [3, 1, 2];
const HID: u8 = 3;
const ETHERNET_CONTROL: [u8; 3] = [2, 6, 0];
const CDC_DATA: u8 = 0xa;

impl Class {
    /// What a person calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Keyboard => "keyboard",
            Self::Mouse => "mouse",
            Self::Reports { .. } => "tablet",
            Self::Ethernet(_) => "network adapter",
        }
    }
}

impl Configuration {
    /// Reads a configuration with all its parts.
    ///
    /// # Errors
    ///
    /// [`UsbError::Descriptor`] if a length is wrong or something is said that cannot be.
    #[inline(never)]
    pub fn read(bytes: &[u8], speed: Speed) -> Result<Self, UsbError> {
        let total = configuration_bytes(bytes)?;
        let bytes = bytes.get(..total).ok_or(UsbError::Descriptor)?;
        let mut found = Self { value: bytes[5], functions: [None; FUNCTIONS_MAX] };

        let mut current = Setting::default();
        // The control interface of a network adapter that waits for its data interface.
        let mut ethernet = None;
        for part in Parts::new(bytes) {
            let part = part?;
            if part[1] == kind::INTERFACE {
                found.add(current, &mut ethernet);
                current = Setting::read(part)?;
            } else {
                current.learn(part, speed)?;
            }
        }
        found.add(current, &mut ethernet);
        Ok(found)
    }

    fn add(&mut self, setting: Setting, ethernet: &mut Option<Setting>) {
        if setting.class == ETHERNET_CONTROL {
            *ethernet = Some(setting);
            return;
        }
        let function = match setting.class[0] {
            CDC_DATA => ethernet.and_then(|control| adapter(&control, &setting)),
            _ if setting.setting != 0 => None,
            _ => setting.function(),
        };
        let place = self.functions.iter_mut().find(|place| place.is_none());
        if let (Some(place), Some(_)) = (place, function) {
            *place = function;
        }
    }
}

impl Setting {
    fn read(bytes: &[u8]) -> Result<Self, UsbError> {
        let bytes: &[u8; 9] = bytes.first_chunk().ok_or(UsbError::Descriptor)?;
        Ok(Self {
            interface: bytes[2],
            setting: bytes[3],
            class: [bytes[5], bytes[6], bytes[7]],
            ..Self::default()
        })
    }

    /// Takes in a descriptor that belongs to this setting.
    fn learn(&mut self, part: &[u8], speed: Speed) -> Result<(), UsbError> {
        match part[1] {
            kind::ENDPOINT => {
                if let Some(endpoint) = EndpointDescriptor::read(part, speed)? {
                    self.learn_endpoint(endpoint);
                }
            }
            // *HID 1.11*, §6.2.1: the first descriptor that it announces is that of reports.
            kind::HID if self.class[0] == HID => {
                let bytes: &[u8; 9] = part.first_chunk().ok_or(UsbError::Descriptor)?;
                if bytes[6] == kind::REPORT {
                    self.report_bytes = u16::from_le_bytes([bytes[7], bytes[8]]);
                }
            }
            kind::CLASS_INTERFACE if self.class == ETHERNET_CONTROL => self.learn_adapter(part)?,
            _ => {}
        }
        Ok(())
    }

    fn learn_endpoint(&mut self, endpoint: EndpointDescriptor) {
        let place = match (endpoint.kind(), endpoint.is_in()) {
            (Kind::Interrupt, true) => &mut self.interrupt_in,
            (Kind::Bulk, true) => &mut self.bulk_in,
            (Kind::Bulk, false) => &mut self.bulk_out,
            _ => return,
        };
        place.get_or_insert(endpoint);
    }

    /// The functional descriptors of a network adapter (*CDC 1.2*, §5.2.3; *CDC ECM 1.2*, §5.4).
    fn learn_adapter(&mut self, part: &[u8]) -> Result<(), UsbError> {
        const UNION: u8 = 6;
        const ETHERNET: u8 = 15;
        match (part.get(2), part.len()) {
            (Some(&UNION), 5..) => self.data_interface = Some(part[4]),
            (Some(&ETHERNET), 13..) => self.address_string = Some(part[3]),
            (Some(&(UNION | ETHERNET)), _) => return Err(UsbError::Descriptor),
            _ => {}
        }
        Ok(())
    }

    fn function(&self) -> Option<Function> {
        let class = match self.class {
            KEYBOARD => Class::Keyboard,
            MOUSE => Class::Mouse,
            [HID, ..] if (1..=REPORT_DESCRIPTOR_BYTES_MAX).contains(&self.report_bytes) => {
                Class::Reports { descriptor_bytes: self.report_bytes }
            }
            [HUB, 0, _] => Class::Hub,
            _ => return None,
        };
        // Without it, none of these could say anything.
        self.interrupt_in?;
        Some(Function { class, interface: self.interface, status: self.interrupt_in })
    }
}

/// A network adapter of a control interface and a data interface that belong together.
fn adapter(control: &Setting, data: &Setting) -> Option<Function> {
    if control.data_interface != Some(data.interface) {
        return None;
    }
    let ethernet = Ethernet {
        address_string: control.address_string.filter(|&index| index != 0)?,
        data_interface: data.interface,
        data_setting: data.setting,
        receive: data.bulk_in?,
        transmit: data.bulk_out?,
    };
    Some(Function {
        class: Class::Ethernet(ethernet),
        interface: control.interface,
        status: control.interrupt_in,
    })
}

#[cfg(test)]
mod tests;
