use std::vec;
use std::vec::Vec;

use ::device::InputEvent;

use crate::host::Speed;
use crate::testing::{Device, Rig, Trouble, Wire, samples};

const NUM: u8 = 1;
const CAPS: u8 = 2;
const SCROLL: u8 = 4;

/// Sets a keyboard's lights, as *HID 1.11* prints it (§7.2.2): an output report of one byte.
const SET_REPORT: [u8; 8] = [0x21, 9, 0, 2, 0, 0, 1, 0];

/// A hub with these in its ports from 1 on.
fn hub_with(devices: Vec<Device>) -> Wire {
    let mut hub = samples::hub(Speed::High);
    for (port, device) in (1..).zip(devices) {
        hub.hub().plug(port, device);
    }
    Wire::to(hub)
}

/// What the device there was told to show, and how often it was asked to.
fn told(wire: &Wire, path: &[u8]) -> (Vec<u8>, usize) {
    wire.with(path, |device| {
        let asked = device.requests.iter().filter(|request| request[..2] == SET_REPORT[..2]);
        (device.told.clone(), asked.count())
    })
}

#[test]
fn lights_arrive_on_all_keyboards_in_one_byte_each() {
    let wire =
        hub_with(vec![samples::keyboard(Speed::Low), samples::mouse(Speed::Full), typewriter()]);
    let mut rig = Rig::straight(&wire);
    rig.run_for(2000);
    assert_eq!(rig.news.iter().filter(|line| line.contains("is a keyboard")).count(), 2);

    rig.usb.set_lights(NUM);
    rig.usb.set_lights(NUM | CAPS);
    rig.run_for(100);
    rig.usb.set_lights(0);
    rig.run_for(100);

    assert_eq!(told(&wire, &[1]), (vec![NUM, NUM | CAPS, 0], 3));
    assert_eq!(wire.with(&[1], |keyboard| keyboard.requests.pop()), Some(SET_REPORT));
    assert_eq!(told(&wire, &[3]), (vec![NUM, NUM | CAPS, 0], 3));
    let of_interface_2 = [0x21, 9, 0, 2, 2, 0, 1, 0];
    assert_eq!(wire.with(&[3], |keyboard| keyboard.requests.pop()), Some(of_interface_2));
    assert_eq!(wire.bus().wrong_marks, 0);
}

/// A keyboard that is not its device's first interface.
fn typewriter() -> Device {
    let parts: [&[u8]; 4] = [
        &samples::interface(0, 0, 0, [0xff, 0, 0]),
        &samples::interface(2, 0, 1, [3, 1, 1]),
        &samples::hid(1),
        &samples::endpoint(0x81, 3, 8, 10),
    ];
    samples::keyboard(Speed::Full).with(2, 0, &samples::configuration(1, &parts))
}

#[test]
fn lights_that_shine_already_are_not_sent_again() {
    let wire = Wire::to(samples::keyboard(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");

    rig.usb.set_lights(0);
    rig.run_for(500);
    assert_eq!(told(&wire, &[]), (vec![], 0));

    for _ in 0..5 {
        rig.usb.set_lights(SCROLL);
        rig.run_for(100);
    }
    assert_eq!(told(&wire, &[]), (vec![SCROLL], 1));
}

#[test]
fn lights_are_sent_when_they_are_set_and_wait_for_nothing() {
    let wire = Wire::to(samples::keyboard(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");

    rig.usb.set_lights(NUM);

    assert_eq!(told(&wire, &[]), (vec![NUM], 1));
}

#[test]
fn a_keyboard_that_is_plugged_in_later_shows_the_same_lights() {
    let wire = hub_with(vec![]);
    let mut rig = Rig::straight(&wire);
    rig.usb.set_lights(CAPS);
    rig.expect("is a hub");

    for _ in 0..2 {
        rig.news.clear();
        wire.with(&[], |hub| hub.hub().plug(1, samples::keyboard(Speed::Low)));
        rig.expect("is a keyboard");
        rig.run_for(100);

        assert_eq!(told(&wire, &[1]), (vec![CAPS], 1));
        wire.with(&[], |hub| hub.hub().pull(1));
        rig.expect("was pulled");
    }
}

#[test]
fn a_keyboard_that_refuses_is_asked_once_and_nothing_else_suffers() {
    let wire = hub_with(vec![samples::keyboard(Speed::Full), samples::keyboard(Speed::Full)]);
    let mut rig = Rig::straight(&wire);
    rig.run_for(2000);
    wire.with(&[1], |keyboard| keyboard.troubles.insert(0, Trouble::Stall));
    rig.news.clear();

    rig.usb.set_lights(NUM);
    rig.run_for(2000);
    wire.with(&[1], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
    rig.run_for(30);

    assert_eq!(told(&wire, &[1]), (vec![], 1));
    assert_eq!(told(&wire, &[2]), (vec![NUM], 1));
    assert_eq!(rig.events, [InputEvent::Key { usage: 4, is_down: true }]);
    assert!(rig.news.is_empty(), "{:#?}", rig.news);
}

#[test]
fn a_keyboard_that_refused_is_asked_again_for_other_lights_or_once_it_was_pulled() {
    let wire = hub_with(vec![samples::keyboard(Speed::Full)]);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");
    wire.with(&[1], |keyboard| keyboard.troubles.insert(0, Trouble::Stall));
    rig.usb.set_lights(NUM);
    rig.run_for(500);
    wire.with(&[1], |keyboard| keyboard.troubles.clear());

    rig.usb.set_lights(CAPS);
    rig.run_for(100);
    assert_eq!(told(&wire, &[1]), (vec![CAPS], 2));

    rig.news.clear();
    let keyboard = wire.with(&[], |hub| hub.hub().pull(1)).expect("it was there");
    rig.expect("was pulled");
    wire.with(&[], |hub| hub.hub().plug(1, keyboard));
    rig.expect("is a keyboard");
    rig.run_for(100);
    assert_eq!(told(&wire, &[1]), (vec![CAPS, CAPS], 3));
}

#[test]
fn without_a_keyboard_nobody_is_asked_for_lights() {
    let wire = hub_with(vec![
        samples::mouse(Speed::Full),
        samples::tablet(),
        samples::adapter(Speed::High),
    ]);
    let mut rig = Rig::straight(&wire);
    rig.run_for(3000);
    let paths: [&[u8]; 4] = [&[], &[1], &[2], &[3]];
    let requests = |wire: &Wire| paths.map(|path| wire.with(path, |device| device.requests.len()));
    let before = requests(&wire);

    rig.usb.set_lights(NUM | CAPS | SCROLL);
    rig.run_for(1000);

    assert_eq!(requests(&wire), before);
}
