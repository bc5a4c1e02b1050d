use std::vec::Vec;

use device::{Ethernet, InputEvent};
use driver_usb::host::Speed;
use driver_usb::testing::{Device, samples};

use super::Bench;
use super::model::HAINT;

/// What QEMU plugs in.
fn all() -> Device {
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, samples::adapter(Speed::Full));
    hub.hub().plug(2, samples::keyboard(Speed::Full));
    hub.hub().plug(3, samples::tablet());
    hub
}

fn frame(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + length) as u8).collect()
}

#[test]
fn all_that_qemu_plugs_in_comes_up_and_works() {
    for mut bench in [Bench::with(all()), Bench::eager(all())] {
        bench.rig.expect("is a tablet");

        bench.wire.with(&[2], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
        bench.wire.with(&[3], |tablet| tablet.report(&[0, 0xff, 0x7f, 0, 0, 0]));
        bench.wire.with(&[1], |device| device.adapter().to_host.push_back(frame(64)));
        assert_eq!(bench.rig.receive(), frame(64));
        bench.rig.run_for(30);

        assert!(bench.rig.events.contains(&InputEvent::Key { usage: 4, is_down: true }));
        assert!(bench.rig.events.contains(&InputEvent::Position { x: 0x7fff, y: 0 }));
        assert_eq!(bench.wire.bus().wrong_marks, 0);
    }
}

#[test]
fn frames_of_every_length_pass_both_ways_whole() {
    for speed in [Speed::Full, Speed::High] {
        for mut bench in
            [Bench::with(samples::adapter(speed)), Bench::eager(samples::adapter(speed))]
        {
            bench.rig.expect("is a network adapter");
            for length in [14, 63, 64, 65, 128, 511, 512, 513, 1024, 1514] {
                bench.wire.with(&[], |device| device.adapter().to_host.push_back(frame(length)));
                assert_eq!(bench.rig.receive(), frame(length));
                bench.rig.send(&frame(length));
                bench.rig.run_for(20);
                let sent = bench.wire.with(&[], |device| device.adapter().from_host.pop());
                assert_eq!(sent, Some(frame(length)));
            }
            assert_eq!(bench.wire.bus().wrong_marks, 0);
        }
    }
}

#[test]
fn many_frames_in_a_row_arrive_in_their_order() {
    let mut bench = Bench::with(samples::adapter(Speed::High));
    bench.rig.expect("is a network adapter");
    let frames: Vec<_> = (0..100).map(|index| frame(60 + index * 3)).collect();
    bench.wire.with(&[], |device| device.adapter().to_host.extend(frames.clone()));

    let received: Vec<_> = frames.iter().map(|_| bench.rig.receive()).collect();
    assert_eq!(received, frames);

    let mut left = &frames[..];
    let usb = bench.rig.usb;
    assert!(bench.rig.run_until(1000, |rig| {
        while let Some((first, rest)) = left.split_first()
            && rig.send(first)
        {
            left = rest;
        }
        left.is_empty()
    }));
    bench.rig.run_for(20);
    assert_eq!(bench.wire.with(&[], |device| device.adapter().from_host.clone()), frames);
    assert!(usb.reserve().is_some());
}

#[test]
fn one_channel_waits_for_frames_with_room_for_more_than_1536_bytes_and_is_never_halted() {
    let mut bench = Bench::with(samples::adapter(Speed::Full));
    bench.rig.expect("is a network adapter");
    bench.rig.run_for(1000);

    let mut model = bench.model.inner();
    let receiving = |begun: &&super::model::Begun| begun.endpoint() == 2 && begun.is_in();
    let waiting: Vec<_> = model.begun.iter().filter(receiving).copied().collect();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].bytes, 2048);
    assert_eq!(model.running(), 1);
    model.begun.clear();
}

#[test]
fn what_goes_to_a_device_of_full_speed_goes_packet_by_packet_and_to_a_fast_one_in_one() {
    for (speed, pieces) in [(Speed::Full, 24), (Speed::High, 1)] {
        let mut bench = Bench::with(samples::adapter(speed));
        bench.rig.expect("is a network adapter");
        bench.model.inner().begun.clear();

        bench.rig.send(&frame(1514));
        bench.rig.run_for(20);

        let sending = |begun: &&super::model::Begun| begun.endpoint() == 2 && !begun.is_in();
        assert_eq!(bench.model.inner().begun.iter().filter(sending).count(), pieces);
    }
}

#[test]
fn requests_have_a_channel_of_their_own() {
    let mut bench = Bench::with(all());
    bench.rig.expect("is a tablet");

    for begun in &bench.model.inner().begun {
        assert_eq!(begun.channel == 0, begun.endpoint() == 0, "{begun:?}");
    }
}

#[test]
fn a_channel_interrupts_only_if_it_takes_its_time_and_until_it_was_looked_at() {
    let mut bench = Bench::with(samples::keyboard(Speed::Full));
    bench.rig.expect("is a keyboard");
    let bank = bench.model.inner().bank;
    let usb = bench.rig.usb;
    bench.rig.run_until(100, |_| {
        usb.poll();
        assert_eq!(bank.peek(HAINT), 0);
        false
    });
    assert!(!bench.model.inner().awaits_nothing());

    bench.wire.with(&[], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
    bench.rig.run_for(30);
    assert_eq!(bench.rig.events.len(), 1);
}

#[test]
fn reports_go_out_in_the_other_half_of_frames() {
    let mut bench = Bench::with(samples::keyboard(Speed::Full));
    bench.rig.expect("is a keyboard");
    bench.rig.run_for(300);

    let model = bench.model.inner();
    let asked = model.begun.iter().filter(|begun| begun.endpoint() == 1);
    for begun in asked {
        let is_odd = begun.characteristics >> 29 & 1;
        assert_eq!(is_odd, (begun.frame + 1) % 2, "{begun:?}");
    }
}

#[test]
fn lights_reach_keyboards_as_one_byte_after_their_request() {
    for speed in [Speed::Full, Speed::Low] {
        for mut bench in
            [Bench::with(samples::keyboard(speed)), Bench::eager(samples::keyboard(speed))]
        {
            bench.rig.expect("is a keyboard");
            bench.model.inner().begun.clear();

            bench.rig.usb.set_lights(0b010);
            bench.rig.run_for(30);

            assert_eq!(bench.wire.with(&[], |keyboard| keyboard.told.clone()), [0b010]);
            let model = bench.model.inner();
            let stages = model.begun.iter().filter(|begun| begun.endpoint() == 0);
            let stages: Vec<_> = stages.map(|begun| (begun.is_in(), begun.bytes)).collect();
            assert_eq!(stages, [(false, 8), (false, 1), (true, 0)]);
            assert_eq!(bench.wire.bus().wrong_marks, 0);
        }
    }
}
