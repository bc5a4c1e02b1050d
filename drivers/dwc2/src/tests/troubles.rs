use std::vec;
use std::vec::Vec;

use device::Ethernet;
use driver_usb::host::Speed;
use driver_usb::testing::{Trouble, samples};

use super::Bench;

#[test]
fn a_device_that_is_never_ready_is_given_up_and_its_channel_used_again() {
    let mut broken = samples::keyboard(Speed::Full);
    broken.troubles.insert(0, Trouble::NeverReady);
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, broken);
    hub.hub().plug(2, samples::tablet());
    let mut bench = Bench::with(hub);

    bench.rig.expect("it was not ready in time");
    bench.rig.expect("is a tablet");
    bench.rig.run_for(500);

    assert_eq!(bench.model.inner().running(), 0);
}

#[test]
fn stalls_babble_and_silence_are_told_apart() {
    let troubles = [
        (Trouble::Stall, "it refused a request"),
        (Trouble::Babble, "it said more than it was asked"),
        (Trouble::Silence, "it did not answer"),
    ];
    for (trouble, text) in troubles {
        let mut keyboard = samples::keyboard(Speed::Full);
        keyboard.troubles.insert(0, trouble);
        let mut bench = Bench::with(keyboard);

        bench.rig.expect(text);
    }
}

#[test]
fn a_packet_that_is_lost_twice_is_sent_again_with_the_same_mark() {
    for speed in [Speed::Full, Speed::High] {
        let mut bench = Bench::with(samples::adapter(speed));
        bench.rig.expect("is a network adapter");
        for length in [60, 1514, 64, 512, 61] {
            bench.wire.with(&[], |device| {
                device.troubles.insert(0x02, Trouble::Hiccups(2));
                device.troubles.insert(0x82, Trouble::Hiccups(2));
                device.adapter().to_host.push_back(vec![7; length]);
            });
            assert_eq!(bench.rig.receive(), vec![7; length]);
            bench.rig.send(&vec![9; length]);
            bench.rig.run_for(30);
            let sent = bench.wire.with(&[], |device| device.adapter().from_host.pop());
            assert_eq!(sent, Some(vec![9; length]));
        }
        assert_eq!(bench.wire.bus().wrong_marks, 0);
    }
}

#[test]
fn an_adapter_pulled_in_the_midst_of_a_frame_gives_its_channels_back() {
    let mut hub = samples::hub(Speed::High);
    hub.hub().plug(1, samples::adapter(Speed::High));
    let mut bench = Bench::with(hub);
    bench.rig.expect("is a network adapter");

    for round in 0..30 {
        bench.wire.with(&[1], |device| device.adapter().to_host.extend(vec![vec![1; 1000]; 20]));
        bench.rig.run_for(round % 5);
        bench.rig.send(&[2; 1514]);
        let adapter = bench.wire.with(&[], |hub| hub.hub().pull(1));
        bench.rig.news.clear();
        bench.rig.expect("was pulled");
        assert_eq!(bench.rig.usb.link(), None);
        assert_eq!(bench.model.inner().running(), 0);

        bench.wire.with(&[], |hub| hub.hub().plug(1, adapter.expect("it was there")));
        bench.rig.expect("is a network adapter");
        bench.wire.with(&[1], |device| device.adapter().to_host.clear());
    }

    while bench.rig.usb.receive().map(|frame| bench.rig.usb.give_back(frame)).is_some() {}
    bench.wire.with(&[1], |device| device.adapter().to_host.push_back(vec![3; 60]));
    let mut received = bench.rig.receive();
    while received != [3; 60] {
        received = bench.rig.receive();
    }
}

#[test]
fn all_that_is_pulled_off_the_port_comes_back_when_it_is_plugged_in() {
    let mut bench = Bench::with(samples::adapter(Speed::High));
    bench.rig.expect("is a network adapter");
    for _ in 0..5 {
        bench.wire.pull();
        bench.rig.news.clear();
        bench.rig.expect("was pulled");
        bench.wire.plug(samples::adapter(Speed::High));
        bench.rig.expect("is a network adapter");
    }
    bench.wire.with(&[], |device| device.adapter().to_host.push_back(vec![3; 60]));
    assert_eq!(bench.rig.receive(), [3; 60]);
}

#[test]
fn a_channel_that_does_not_halt_costs_a_reset_of_all_and_no_memory() {
    let mut hub = samples::hub(Speed::High);
    hub.hub().plug(1, samples::adapter(Speed::High));
    let mut bench = Bench::with(hub);
    bench.rig.expect("is a network adapter");
    bench.model.inner().is_patient = true;
    bench.model.inner().never_halts = true;
    let resets = bench.model.inner().resets;

    bench.wire.with(&[], |hub| hub.hub().pull(1));
    bench.rig.expect("was pulled");
    bench.model.inner().never_halts = false;
    bench.wire.with(&[], |hub| hub.hub().plug(1, samples::adapter(Speed::High)));
    bench.rig.news.clear();
    bench.rig.expect("is a network adapter");

    assert_eq!(bench.model.inner().resets, resets + 1);
    for _ in 0..40 {
        bench.wire.with(&[1], |device| device.adapter().to_host.push_back(vec![3; 60]));
        assert_eq!(bench.rig.receive(), [3; 60]);
        assert!(bench.rig.send(&[4; 60]));
        bench.rig.run_for(2);
    }
}

#[test]
fn an_adapter_that_takes_no_frames_is_stopped_after_a_second() {
    let mut adapter = samples::adapter(Speed::Full);
    adapter.troubles.insert(0x02, Trouble::NeverReady);
    let mut bench = Bench::with(adapter);
    bench.rig.expect("is a network adapter");
    let usb = bench.rig.usb;
    while bench.rig.send(&[1; 100]) {}

    assert!(
        !bench.rig.run_until(900, |_| usb.reserve().map(|frame| usb.give_back(frame)).is_some())
    );
    assert!(
        bench.rig.run_until(300, |_| usb.reserve().map(|frame| usb.give_back(frame)).is_some())
    );
}

#[test]
fn what_was_moved_before_a_packet_is_lost_is_kept() {
    for speed in [Speed::Full, Speed::High] {
        let mut bench = Bench::with(samples::adapter(speed));
        bench.rig.expect("is a network adapter");
        bench.wire.with(&[], |device| {
            device.troubles.insert(0x02, Trouble::Gaps(0));
            device.troubles.insert(0x82, Trouble::Gaps(0));
        });
        for length in 1450..1470 {
            let frame: Vec<u8> = (0..length).map(|index| (index / 64 + index) as u8).collect();
            bench.wire.with(&[], |device| device.adapter().to_host.push_back(frame.clone()));
            assert_eq!(bench.rig.receive(), frame);
            bench.rig.send(&frame);
            bench.rig.run_for(50);
            let sent = bench.wire.with(&[], |device| device.adapter().from_host.pop());
            assert_eq!(sent, Some(frame));
        }
        assert_eq!(bench.wire.bus().wrong_marks, 0);
    }
}

#[test]
fn a_device_that_gives_more_than_it_was_asked_for_is_given_up() {
    let mut long = samples::device(8, [0x0627, 1], 1);
    long.extend([0; 6]);
    let mut keyboard = samples::keyboard(Speed::Full).with(1, 0, &long);
    keyboard.troubles.insert(0, Trouble::Generous);
    let mut bench = Bench::with(keyboard);

    bench.rig.expect("it said more than it was asked");
}
