use std::vec;
use std::vec::Vec;

use ::device::Ethernet;

use crate::host::Speed;
use crate::testing::{Rig, StraightHost, Wire, samples};
use crate::{RECEIVED_MAX, SENDING_MAX};

fn plugged_in(speed: Speed) -> (Wire, Rig<StraightHost>) {
    let wire = Wire::to(samples::adapter(speed));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a network adapter");
    (wire, rig)
}

/// Some bytes that are not all the same.
fn frame(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + length) as u8).collect()
}

#[test]
fn frames_of_every_length_pass_both_ways_whole() {
    for speed in [Speed::Full, Speed::High] {
        let (wire, mut rig) = plugged_in(speed);
        for length in [14, 60, 63, 64, 65, 127, 128, 511, 512, 513, 1024, 1472, 1513, 1514] {
            wire.with(&[], |device| device.adapter().to_host.push_back(frame(length)));
            assert_eq!(rig.receive(), frame(length));

            assert!(rig.send(&frame(length)));
            let sent = wire.with(&[], |device| device.adapter().from_host.pop());
            assert_eq!(sent, Some(frame(length)));
        }
        assert_eq!(wire.bus().wrong_marks, 0);
    }
}

#[test]
fn frames_wait_for_their_reader_and_the_adapter_for_memory() {
    let (wire, mut rig) = plugged_in(Speed::Full);
    let frames: Vec<_> = (0..2 * RECEIVED_MAX).map(|index| frame(60 + index)).collect();
    wire.with(&[], |device| device.adapter().to_host.extend(frames.clone()));

    rig.run_for(100);
    let left = wire.with(&[], |device| device.adapter().to_host.len());
    assert_eq!(left, RECEIVED_MAX);

    let received: Vec<_> = frames.iter().map(|_| rig.receive()).collect();
    assert_eq!(received, frames);
}

#[test]
fn a_frame_longer_than_any_may_be_is_dropped_and_the_next_one_comes() {
    let (wire, mut rig) = plugged_in(Speed::Full);
    wire.with(&[], |device| device.adapter().to_host.extend([frame(1515), frame(60)]));

    assert_eq!(rig.receive(), frame(60));
}

#[test]
fn one_that_never_ends_is_dropped_too() {
    let (wire, mut rig) = plugged_in(Speed::Full);
    wire.with(&[], |device| device.adapter().to_host.extend([vec![1; 5000], frame(60)]));

    rig.run_for(200);

    assert_eq!(rig.receive(), frame(60));
}

#[test]
fn all_memory_to_send_from_comes_back() {
    let (wire, mut rig) = plugged_in(Speed::High);
    let held: Vec<_> = (0..SENDING_MAX).filter_map(|_| rig.usb.reserve()).collect();
    assert_eq!(held.len(), SENDING_MAX);
    assert!(rig.usb.reserve().is_none());

    held.into_iter().for_each(|frame| rig.usb.give_back(frame));
    for _ in 0..3 * SENDING_MAX {
        assert!(rig.send(&frame(100)));
    }

    assert_eq!(wire.with(&[], |device| device.adapter().from_host.len()), 3 * SENDING_MAX);
}

#[test]
fn the_wire_can_be_pulled_out_of_the_adapter() {
    let (wire, mut rig) = plugged_in(Speed::Full);
    let is_up = |rig: &mut Rig<StraightHost>| rig.usb.link().is_some_and(|link| link.is_up);

    wire.with(&[], |device| device.adapter().is_up = false);
    assert!(rig.run_until(600, |rig| !is_up(rig)));

    wire.with(&[], |device| device.adapter().is_up = true);
    assert!(rig.run_until(600, is_up));
}

#[test]
fn an_adapter_that_is_pulled_takes_its_frames_with_it_and_the_next_one_works() {
    let (wire, mut rig) = plugged_in(Speed::Full);
    wire.with(&[], |device| device.adapter().to_host.push_back(frame(60)));
    rig.run_for(10);
    let held = rig.usb.reserve().expect("there is memory");

    wire.pull();
    rig.expect("was pulled");
    assert_eq!(rig.usb.link(), None);
    assert!(rig.usb.receive().is_none());
    rig.usb.send(held);

    rig.news.clear();
    wire.plug(samples::adapter(Speed::Full));
    rig.expect("is a network adapter");
    assert_eq!(rig.usb.link().map(|link| link.adapter), Some(2));
    for _ in 0..2 * SENDING_MAX {
        assert!(rig.send(&frame(64)));
    }
    assert_eq!(wire.with(&[], |device| device.adapter().from_host.len()), 2 * SENDING_MAX);
}
