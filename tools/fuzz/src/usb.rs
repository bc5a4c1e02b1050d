//! Bytes as what a USB device says of itself: read as each kind of descriptor, and by a bus that
//! the device is plugged into.
//!
//! There is one bus for all inputs, since each keeps its memory for good. Every device is pulled in
//! the end, after which nothing of it may be left.

use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use device::Ethernet;
use driver_usb::SENDING_MAX;
use driver_usb::configuration::Configuration;
use driver_usb::descriptor;
use driver_usb::hid::{Hand, Layout};
use driver_usb::host::Speed;
use driver_usb::testing::{Adapter, Device, Function, Hub, Rig, StraightHost, Wire, samples};

/// Longer than it takes to give a device up.
const PLUGGED_IN_MS: u64 = 3000;
/// Longer than it takes to notice that it was pulled.
const PULLED_MS: u64 = 300;

const SPEEDS: [Speed; 3] = [Speed::High, Speed::Full, Speed::Low];

thread_local! {
    static BUS: RefCell<Option<(Wire, Rig<StraightHost>)>> = const { RefCell::new(None) };
}

/// Reads `input` as descriptors, and plugs a device in that has them.
///
/// # Panics
///
/// If a pulled device is still there, or something was lost with it.
pub fn try_input(input: &[u8]) {
    read_all(input);
    if let Ok(device) = made_up(&mut Unstructured::new(input)) {
        BUS.with_borrow_mut(|bus| {
            let (wire, rig) = bus.get_or_insert_with(empty_bus);
            plug_and_pull(wire, rig, device);
        });
    }
}

/// Reads bytes as each kind of descriptor there is, and reports of the layout they describe.
fn read_all(bytes: &[u8]) {
    let _ = descriptor::DeviceDescriptor::read(bytes);
    let _ = descriptor::hub(bytes);
    let _ = descriptor::ethernet_address(bytes);
    for speed in SPEEDS {
        let _ = descriptor::control_packet_bytes(bytes, speed);
        let _ = Configuration::read(bytes, speed);
    }
    if let Ok(layout) = Layout::from_descriptor(bytes) {
        let mut hand = Hand::Tablet(layout, 0);
        for length in 0..bytes.len().min(64) {
            hand.read(&bytes[..length], &mut |_| ());
        }
    }
}

/// A device whose descriptors are those of a good one, or the input's.
fn made_up(input: &mut Unstructured<'_>) -> arbitrary::Result<Device> {
    let speed = *input.choose(&SPEEDS)?;
    let mut device = match input.int_in_range(0..=3)? {
        0 => samples::keyboard(speed),
        1 => samples::tablet(),
        2 => samples::adapter(speed),
        _ => samples::hub(speed),
    };
    device.function = match input.int_in_range(0..=3)? {
        0 => Function::None,
        1 => Function::Reports(Vec::arbitrary(input)?.into()),
        2 => Function::Adapter(adapter(input)?),
        _ => Function::Hub(hub()),
    };
    let descriptors: Vec<_> = device.descriptors.keys().copied().collect();
    for key in descriptors {
        if bool::arbitrary(input)? {
            device.descriptors.insert(key, Vec::arbitrary(input)?);
        }
    }
    Ok(device)
}

fn adapter(input: &mut Unstructured<'_>) -> arbitrary::Result<Adapter> {
    let mut adapter = Adapter::new(input.int_in_range(1..=600)?);
    adapter.to_host = Vec::arbitrary(input)?.into();
    Ok(adapter)
}

fn hub() -> Hub {
    let mut hub = Hub::of(3);
    hub.plug(2, samples::keyboard(Speed::Low));
    hub
}

fn empty_bus() -> (Wire, Rig<StraightHost>) {
    let wire = Wire::default();
    let mut rig = Rig::straight(&wire);
    rig.run_for(PULLED_MS);
    (wire, rig)
}

fn plug_and_pull(wire: &Wire, rig: &mut Rig<StraightHost>, device: Device) {
    wire.plug(device);
    rig.run_for(PLUGGED_IN_MS);
    while let Some(frame) = rig.usb.receive() {
        rig.usb.give_back(frame);
    }
    wire.pull();
    rig.run_for(PULLED_MS);

    assert_eq!(rig.usb.link(), None, "it was pulled");
    let frames: Vec<_> = (0..SENDING_MAX).filter_map(|_| rig.usb.reserve()).collect();
    assert_eq!(frames.len(), SENDING_MAX, "memory is lost");
    frames.into_iter().for_each(|frame| rig.usb.give_back(frame));
    rig.news.clear();
    rig.events.clear();
}
