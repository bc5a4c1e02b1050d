use std::vec;

use ::device::{Ethernet, InputEvent};

use crate::host::Speed;
use crate::testing::{Rig, Trouble, Wire, samples};

#[test]
fn a_device_that_refuses_requests_is_given_up() {
    let mut keyboard = samples::keyboard(Speed::Full);
    keyboard.troubles.insert(0, Trouble::Stall);
    let mut rig = Rig::straight(&Wire::to(keyboard));

    rig.expect("it refused a request");
}

#[test]
fn a_device_that_says_too_much_is_given_up() {
    let mut keyboard = samples::keyboard(Speed::Full);
    keyboard.troubles.insert(0, Trouble::Babble);
    let mut rig = Rig::straight(&Wire::to(keyboard));

    rig.expect("it said more than it was asked");
}

#[test]
fn a_device_that_does_not_answer_is_given_up() {
    let mut keyboard = samples::keyboard(Speed::Full);
    keyboard.troubles.insert(0, Trouble::Silence);
    let mut rig = Rig::straight(&Wire::to(keyboard));

    rig.expect("it did not answer");
}

#[test]
fn a_device_that_does_not_answer_now_and_then_is_asked_again() {
    let mut keyboard = samples::keyboard(Speed::Full);
    keyboard.troubles.insert(0, Trouble::Hiccups(3));
    let mut rig = Rig::straight(&Wire::to(keyboard));

    rig.expect("is a keyboard");
}

#[test]
fn an_endpoint_that_has_halted_is_told_to_go_on() {
    let wire = Wire::to(samples::adapter(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a network adapter");
    // Both directions have moved an odd number of packets.
    wire.with(&[], |device| device.adapter().to_host.push_back(vec![1; 60]));
    rig.receive();
    rig.send(&[1; 60]);

    wire.with(&[], |device| {
        device.troubles.insert(0x82, Trouble::Stall);
        device.troubles.insert(0x02, Trouble::Stall);
    });
    rig.send(&[2; 60]);
    rig.run_for(300);

    wire.with(&[], |device| device.adapter().to_host.push_back(vec![3; 60]));
    assert_eq!(rig.receive(), [3; 60]);
    rig.send(&[4; 60]);
    let last = wire.with(&[], |device| device.adapter().from_host.pop());
    assert_eq!(last, Some(vec![4; 60]));
    assert_eq!(wire.bus().wrong_marks, 0);
}

#[test]
fn an_endpoint_that_halts_again_and_again_is_left_alone() {
    let mut adapter = samples::adapter(Speed::Full);
    adapter.troubles.insert(0x82, Trouble::Babble);
    let wire = Wire::to(adapter);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a network adapter");

    rig.run_for(5000);

    let told = |request: &&[u8; 8]| request[..2] == [2, 1];
    let count = wire.with(&[], |device| device.requests.iter().filter(told).count());
    assert_eq!(count, 3);
}

#[test]
fn an_adapter_that_takes_no_frames_loses_them_and_holds_up_nobody() {
    let mut hub = samples::hub(Speed::Full);
    let mut adapter = samples::adapter(Speed::Full);
    adapter.troubles.insert(0x02, Trouble::NeverReady);
    hub.hub().plug(1, adapter);
    hub.hub().plug(2, samples::keyboard(Speed::Full));
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");

    while rig.send(&[1; 100]) {}
    wire.with(&[2], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
    rig.run_for(30);
    assert_eq!(rig.events, [InputEvent::Key { usage: 4, is_down: true }]);

    assert!(rig.run_until(3000, |rig| rig.usb.reserve().is_some_and(|frame| {
        rig.usb.give_back(frame);
        true
    })));
}

#[test]
fn a_device_that_vanishes_while_it_is_brought_up_is_forgotten() {
    let wire = Wire::to(samples::hub(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a hub");

    for delay_ms in (100..200).step_by(3) {
        wire.with(&[], |hub| hub.hub().plug(1, samples::adapter(Speed::Full)));
        rig.run_for(delay_ms);
        wire.with(&[], |hub| hub.hub().pull(1));
        rig.run_for(900);
    }

    rig.news.clear();
    wire.with(&[], |hub| hub.hub().plug(1, samples::adapter(Speed::Full)));
    rig.expect("device 2 (0525:a4a2) is a network adapter");
}
