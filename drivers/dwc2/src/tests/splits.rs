use std::vec;
use std::vec::Vec;

use device::InputEvent;
use driver_usb::host::Speed;
use driver_usb::testing::{Device, Trouble, samples};

use super::Bench;
use super::model::Begun;

/// A fast hub with a device in its port 3.
fn behind_a_hub(device: Device) -> Device {
    let mut hub = samples::hub(Speed::High);
    hub.hub().plug(3, device);
    hub
}

fn frame(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + length) as u8).collect()
}

#[test]
fn a_slow_keyboard_behind_a_fast_hub_works() {
    let mut bench = Bench::with(behind_a_hub(samples::keyboard(Speed::Low)));
    bench.rig.expect("is a keyboard");

    for usage in 4..30 {
        bench.wire.with(&[3], |keyboard| keyboard.report(&[0, 0, usage, 0, 0, 0, 0, 0]));
        bench.wire.with(&[3], |keyboard| keyboard.report(&[0; 8]));
        bench.rig.run_for(40);
        let last = bench.rig.events[bench.rig.events.len() - 2..].to_vec();
        assert_eq!(last, [true, false].map(|is_down| InputEvent::Key { usage, is_down }));
    }
    assert_eq!((bench.model.inner().lost, bench.wire.bus().wrong_marks), (0, 0));
}

#[test]
fn lights_reach_a_slow_keyboard_behind_a_fast_hub() {
    let mut bench = Bench::with(behind_a_hub(samples::keyboard(Speed::Low)));
    bench.rig.expect("is a keyboard");

    for lights in [0b001, 0b011, 0b000] {
        bench.rig.usb.set_lights(lights);
        bench.rig.run_for(40);
    }

    let told = bench.wire.with(&[3], |keyboard| keyboard.told.clone());
    assert_eq!(told, [0b001, 0b011, 0b000]);
    assert_eq!((bench.model.inner().lost, bench.wire.bus().wrong_marks), (0, 0));
}

#[test]
fn the_hub_its_port_and_both_parts_are_named() {
    let mut bench = Bench::with(behind_a_hub(samples::keyboard(Speed::Low)));
    bench.rig.expect("is a keyboard");
    bench.rig.run_for(30);

    let model = bench.model.inner();
    let to_keyboard = model.begun.iter().filter(|begun| begun.address() == 2);
    let parts: Vec<u32> = to_keyboard.map(|begun| begun.split).collect();
    // The first byte is the port, then comes the hub, all of the data, and the part.
    let start = 1 << 31 | 0b11 << 14 | 1 << 7 | 3;
    assert!(parts.len() > 20);
    for pair in parts.chunks_exact(2) {
        assert_eq!(pair, [start, start | 1 << 16]);
    }
    let to_hub = |begun: &&Begun| begun.address() == 1;
    assert!(model.begun.iter().filter(to_hub).all(|begun| begun.split == 0));
}

#[test]
fn a_device_behind_a_slow_hub_behind_a_fast_one_is_spoken_to_by_the_fast_one() {
    let mut slow = samples::hub(Speed::Full);
    slow.hub().plug(5, samples::keyboard(Speed::Low));
    let mut bench = Bench::with(behind_a_hub(slow));

    bench.rig.expect("is a keyboard");

    let model = bench.model.inner();
    let mut splits = model.begun.iter().filter(|begun| begun.address() == 3);
    assert!(splits.all(|begun| begun.split & 0x3fff == 1 << 7 | 3));
}

#[test]
fn a_hub_that_is_not_done_is_asked_again() {
    let mut bench = Bench::with(behind_a_hub(samples::keyboard(Speed::Low)));
    for _ in 0..100 {
        bench.model.inner().not_yet = 2;
        bench.rig.run_for(5);
    }
    bench.rig.expect("is a keyboard");

    bench.wire.with(&[3], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
    bench.model.inner().not_yet = 2;
    bench.rig.run_for(30);

    assert_eq!(bench.rig.events, [InputEvent::Key { usage: 4, is_down: true }]);
    assert_eq!((bench.model.inner().lost, bench.wire.bus().wrong_marks), (0, 0));
}

#[test]
fn a_hub_that_is_never_done_is_given_up() {
    let mut bench = Bench::with(behind_a_hub(samples::keyboard(Speed::Low)));
    bench.rig.expect("is a hub");
    bench.model.inner().not_yet = u32::MAX;

    bench.rig.expect("is not used: it ");
}

#[test]
fn frames_pass_through_a_hub_that_translates_them() {
    let mut bench = Bench::with(behind_a_hub(samples::adapter(Speed::Full)));
    bench.rig.expect("is a network adapter");

    for length in [60, 64, 65, 1514] {
        bench.wire.with(&[3], |device| device.adapter().to_host.push_back(frame(length)));
        assert_eq!(bench.rig.receive(), frame(length));
        bench.rig.send(&frame(length));
        bench.rig.run_for(40);
        let sent = bench.wire.with(&[3], |device| device.adapter().from_host.pop());
        assert_eq!(sent, Some(frame(length)));
    }
    assert_eq!(bench.wire.bus().wrong_marks, 0);
}

#[test]
fn troubles_behind_a_hub_are_found_like_others() {
    let troubles = [
        (Trouble::NeverReady, "it was not ready in time"),
        (Trouble::Stall, "it refused a request"),
        (Trouble::Babble, "it said more than it was asked"),
        (Trouble::Silence, "it did not answer"),
    ];
    for (trouble, text) in troubles {
        let mut keyboard = samples::keyboard(Speed::Low);
        keyboard.troubles.insert(0, trouble);
        let mut bench = Bench::with(behind_a_hub(keyboard));

        bench.rig.expect(text);
    }
}

#[test]
fn packets_that_are_lost_behind_a_hub_are_sent_again() {
    let mut bench = Bench::with(behind_a_hub(samples::adapter(Speed::Full)));
    bench.rig.expect("is a network adapter");

    bench.wire.with(&[3], |device| {
        device.troubles.insert(0x02, Trouble::Hiccups(2));
        device.troubles.insert(0x82, Trouble::Hiccups(2));
        device.adapter().to_host.push_back(vec![7; 200]);
    });
    assert_eq!(bench.rig.receive(), vec![7; 200]);
    bench.rig.send(&[9; 200]);
    bench.rig.run_for(40);

    let sent = bench.wire.with(&[3], |device| device.adapter().from_host.pop());
    assert_eq!(sent, Some(vec![9; 200]));
    assert_eq!(bench.wire.bus().wrong_marks, 0);
}
