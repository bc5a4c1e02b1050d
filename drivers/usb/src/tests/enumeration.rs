use ::device::{Ethernet, InputEvent, Link};

use crate::host::Speed;
use crate::testing::{Device, Function, Rig, Wire, samples};

#[test]
fn all_that_qemu_plugs_in_comes_up_behind_its_hub() {
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, samples::adapter(Speed::Full));
    hub.hub().plug(2, samples::keyboard(Speed::Full));
    hub.hub().plug(3, samples::tablet());
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);

    rig.expect("is a tablet");

    let names = ["a hub", "a network adapter", "a keyboard", "a tablet"];
    for (line, name) in rig.news.iter().zip(names) {
        assert!(line.ends_with(name), "{:#?}", rig.news);
    }
    assert_eq!(rig.news[1], "device 2 (0525:a4a2) is a network adapter");
    assert_eq!(wire.bus().wrong_marks, 0);
    wire.with(&[1], |adapter| assert_eq!(adapter.configuration, 1));
}

#[test]
fn a_network_adapter_behind_a_hub_is_there_within_half_a_second() {
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, samples::adapter(Speed::Full));
    let mut rig = Rig::straight(&Wire::to(hub));

    rig.expect("is a network adapter");

    let now_ms = rig.clock.peek_ns() / 1_000_000;
    assert!(now_ms < 450, "it took {now_ms} ms");
    let link = Link { address: samples::ADDRESS, is_up: true, adapter: 1 };
    assert_eq!(rig.usb.link(), Some(link));
}

#[test]
fn each_device_is_asked_for_what_it_needs_and_no_more() {
    let wire = Wire::to(samples::keyboard(Speed::Low));
    let mut rig = Rig::straight(&wire);

    rig.expect("is a keyboard");

    let requests = wire.with(&[], |keyboard| keyboard.requests.clone());
    let expected = [
        [0x80, 6, 0, 1, 0, 0, 8, 0],
        [0, 5, 1, 0, 0, 0, 0, 0],
        [0x80, 6, 0, 1, 0, 0, 18, 0],
        [0x80, 6, 0, 2, 0, 0, 9, 0],
        [0x80, 6, 0, 2, 0, 0, 34, 0],
        [0, 9, 1, 0, 0, 0, 0, 0],
        [0x21, 11, 0, 0, 0, 0, 0, 0],
        [0x21, 10, 0, 0, 0, 0, 0, 0],
    ];
    assert_eq!(requests, expected);
}

#[test]
fn what_is_typed_and_pointed_at_arrives() {
    let mut hub = samples::hub(Speed::High);
    hub.hub().plug(4, samples::keyboard(Speed::Low));
    hub.hub().plug(7, samples::mouse(Speed::Full));
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a mouse");

    wire.with(&[4], |keyboard| keyboard.report(&[0, 0, 0x0b, 0, 0, 0, 0, 0]));
    wire.with(&[7], |mouse| mouse.report(&[0, 3, 0, 0]));
    rig.run_for(30);

    assert!(rig.events.contains(&InputEvent::Key { usage: 0x0b, is_down: true }));
    assert!(rig.events.contains(&InputEvent::Motion { x: 3, y: 0 }));
}

#[test]
fn a_device_that_nothing_can_use_is_told_of_once() {
    let stranger = Device::new(Speed::Full, Function::None)
        .with(1, 0, &samples::device(64, [0x1234, 0x5678], 1))
        .with(2, 0, &samples::configuration(1, &[&samples::interface(0, 0, 0, [8, 6, 0x50])]));
    let mut rig = Rig::straight(&Wire::to(stranger));

    rig.run_for(3000);

    assert_eq!(rig.news, ["device 1 (1234:5678) is not used: nothing here can use it"]);
}

#[test]
fn a_second_network_adapter_is_not_used() {
    let mut hub = samples::hub(Speed::High);
    hub.hub().plug(1, samples::adapter(Speed::High));
    hub.hub().plug(2, samples::adapter(Speed::High));
    let mut rig = Rig::straight(&Wire::to(hub));

    rig.expect("there are too many");

    assert_eq!(rig.usb.link().map(|link| link.adapter), Some(1));
}

/// A keyboard of which one descriptor is another.
fn liar(kind: u8, bytes: &[u8]) -> Device {
    samples::keyboard(Speed::Full).with(kind, 0, bytes)
}

#[test]
fn lies_of_a_device_are_found_and_it_is_tried_three_times() {
    let right = samples::device(8, [0x0627, 1], 1);
    let lies: [&[u8]; 4] = [&right[..7], &right[..17], &samples::device(7, [0; 2], 1), &[]];
    for lie in lies {
        let wire = Wire::to(liar(1, lie));
        let mut rig = Rig::straight(&wire);

        rig.run_for(3000);

        assert_eq!(rig.news, ["device 0 (0000:0000) is not used: what it says of itself is wrong"]);
        let first = |request: &&[u8; 8]| request[..2] == [0x80, 6] && request[6] == 8;
        let attempts = wire.with(&[], |device| device.requests.iter().filter(first).count());
        assert_eq!(attempts, 3, "{lie:?}");
    }
}

#[test]
fn lies_of_a_configuration_are_found() {
    let right = samples::keyboard(Speed::Full).descriptors[&(2, 0)].clone();
    let with = |place: usize, value: u8| {
        let mut bytes = right.clone();
        bytes[place] = value;
        bytes
    };
    // Too long in all, shorter than its head, longer than memory, and parts of no length, of too
    // much, and with an endpoint 0.
    let lies = [with(2, 35), with(2, 8), with(3, 255), with(9, 0), with(9, 200), with(29, 0x80)];
    for lie in lies {
        let mut rig = Rig::straight(&Wire::to(liar(2, &lie)));

        rig.run_for(3000);

        let told = "device 0 (0000:0000) is not used: what it says of itself is wrong";
        assert_eq!(rig.news, [told]);
    }
}

#[test]
fn an_adapter_without_a_good_address_is_not_used() {
    let adapter = samples::adapter(Speed::Full).with(3, 3, &samples::string("ffffffffffff"));
    let mut rig = Rig::straight(&Wire::to(adapter));

    rig.expect("what it says of itself is wrong");

    assert_eq!(rig.usb.link(), None);
}
