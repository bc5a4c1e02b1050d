//! Devices as QEMU has them, and some more, byte by byte as they describe themselves.

use std::collections::VecDeque;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::{Adapter, Device, Function, Hub};
use crate::host::Speed;

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const STRING: u8 = 3;
const REPORT: u8 = 0x22;
const HUB: u8 = 0x29;

/// The address of [`adapter`].
pub const ADDRESS: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

/// A device descriptor.
#[must_use]
pub fn device(packet_bytes: u8, [vendor, product]: [u16; 2], configurations: u8) -> Vec<u8> {
    let ([v, w], [p, q]) = (vendor.to_le_bytes(), product.to_le_bytes());
    vec![18, DEVICE, 0, 2, 0, 0, 0, packet_bytes, v, w, p, q, 0, 1, 0, 0, 0, configurations]
}

/// A configuration of these parts.
#[must_use]
pub fn configuration(value: u8, parts: &[&[u8]]) -> Vec<u8> {
    let total = u16::try_from(9 + parts.concat().len()).expect("it is short").to_le_bytes();
    let header = [9, CONFIGURATION, total[0], total[1], 1, value, 0, 0xc0, 0];
    [&header[..], &parts.concat()].concat()
}

/// An interface descriptor.
#[must_use]
pub fn interface(number: u8, setting: u8, endpoints: u8, class: [u8; 3]) -> [u8; 9] {
    [9, 4, number, setting, endpoints, class[0], class[1], class[2], 0]
}

/// An endpoint descriptor; 2 is bulk, 3 is interrupt.
#[must_use]
pub fn endpoint(address: u8, kind: u8, packet_bytes: u16, interval: u8) -> [u8; 7] {
    let [low, high] = packet_bytes.to_le_bytes();
    [7, 5, address, kind, low, high, interval]
}

/// A descriptor of a human interface device whose report descriptor has so many bytes.
#[must_use]
pub fn hid(report_bytes: u16) -> [u8; 9] {
    let [low, high] = report_bytes.to_le_bytes();
    [9, 0x21, 0x11, 1, 0, 1, REPORT, low, high]
}

/// A string descriptor.
#[must_use]
pub fn string(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u8::try_from(units.len() + 2).expect("it is short");
    [&[length, STRING], &units[..]].concat()
}

/// A hub of 8 ports, as QEMU's but for its speed.
#[must_use]
pub fn hub(speed: Speed) -> Device {
    let status = endpoint(0x81, 3, 2, if speed == Speed::High { 12 } else { 255 });
    let parts: [&[u8]; 2] = [&interface(0, 0, 1, [9, 0, 0]), &status];
    Device::new(speed, Function::Hub(Hub::of(8)))
        .with(DEVICE, 0, &device(if speed == Speed::High { 64 } else { 8 }, [0x0409, 0x55aa], 1))
        .with(CONFIGURATION, 0, &configuration(1, &parts))
        .with(HUB, 0, &[11, HUB, 8, 0x0a, 0, 1, 0, 0, 0, 0xff, 0xff])
}

fn reports(speed: Speed, class: [u8; 3], packet_bytes: u16, report: &[u8]) -> Device {
    let report_bytes = u16::try_from(report.len()).expect("it is short");
    let status = endpoint(0x81, 3, packet_bytes, 10);
    let parts: [&[u8]; 3] = [&interface(0, 0, 1, class), &hid(report_bytes), &status];
    Device::new(speed, Function::Reports(VecDeque::new()))
        .with(DEVICE, 0, &device(8, [0x0627, 1], 1))
        .with(CONFIGURATION, 0, &configuration(1, &parts))
        .with(REPORT, 0, report)
}

/// A keyboard.
#[must_use]
pub fn keyboard(speed: Speed) -> Device {
    reports(speed, [3, 1, 1], 8, &[0])
}

/// A mouse.
#[must_use]
pub fn mouse(speed: Speed) -> Device {
    reports(speed, [3, 1, 2], 4, &[0])
}

/// The report descriptor of QEMU's tablet: three buttons, two places, a wheel.
pub const TABLET_REPORT: &[u8] = &[
    0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x01, 0xa1, 0x00, 0x05, 0x09, 0x19, 0x01, 0x29, 0x03,
    0x15, 0x00, 0x25, 0x01, 0x95, 0x03, 0x75, 0x01, 0x81, 0x02, 0x95, 0x01, 0x75, 0x05, 0x81, 0x01,
    0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x15, 0x00, 0x26, 0xff, 0x7f, 0x35, 0x00, 0x46, 0xff, 0x7f,
    0x75, 0x10, 0x95, 0x02, 0x81, 0x02, 0x05, 0x01, 0x09, 0x38, 0x15, 0x81, 0x25, 0x7f, 0x35, 0x00,
    0x45, 0x00, 0x75, 0x08, 0x95, 0x01, 0x81, 0x06, 0xc0, 0xc0,
];

/// A tablet.
#[must_use]
pub fn tablet() -> Device {
    reports(Speed::Full, [3, 0, 0], 8, TABLET_REPORT)
}

/// The parts of the configuration of [`adapter`], with packets of this length.
#[must_use]
pub fn adapter_configuration(packet_bytes: u16) -> Vec<u8> {
    let parts: [&[u8]; 9] = [
        &interface(0, 0, 1, [2, 6, 0]),
        &[5, 0x24, 0, 0x10, 1],
        &[5, 0x24, 6, 0, 1],
        &[13, 0x24, 15, 3, 0, 0, 0, 0, 0xea, 5, 0, 0, 0],
        &endpoint(0x81, 3, 16, 32),
        &interface(1, 0, 0, [10, 0, 0]),
        &interface(1, 1, 2, [10, 0, 0]),
        &endpoint(0x82, 2, packet_bytes, 0),
        &endpoint(0x02, 2, packet_bytes, 0),
    ];
    configuration(1, &parts)
}

/// A network adapter: like QEMU's it has another configuration first, which nothing here can use.
#[must_use]
pub fn adapter(speed: Speed) -> Device {
    let packet_bytes = if speed == Speed::High { 512 } else { 64 };
    let other: [&[u8]; 4] = [
        &interface(0, 0, 1, [2, 2, 0xff]),
        &endpoint(0x81, 3, 16, 32),
        &interface(1, 0, 2, [10, 0, 0]),
        &endpoint(0x82, 2, packet_bytes, 0),
    ];
    let digits: String = ADDRESS.iter().map(|byte| std::format!("{byte:02X}")).collect();
    Device::new(speed, Function::Adapter(Adapter::new(packet_bytes.into())))
        .with(DEVICE, 0, &device(64, [0x0525, 0xa4a2], 2))
        .with(CONFIGURATION, 0, &configuration(2, &other))
        .with(CONFIGURATION, 1, &adapter_configuration(packet_bytes))
        .with(STRING, 3, &string(&digits))
}
