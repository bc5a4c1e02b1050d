use ::device::{Ethernet, InputEvent};

use crate::host::Speed;
use crate::testing::{Rig, Wire, samples};

#[test]
fn hubs_work_five_deep_and_no_deeper() {
    let mut innermost = samples::hub(Speed::Full);
    innermost.hub().plug(1, samples::keyboard(Speed::Full));
    let mut hub = innermost;
    for depth in 0..5 {
        let mut outer = samples::hub(Speed::Full);
        outer.hub().plug(1, hub);
        if depth == 0 {
            // Beside the sixth hub, which is one too many, behind five.
            outer.hub().plug(2, samples::keyboard(Speed::Full));
        }
        hub = outer;
    }
    let mut rig = Rig::straight(&Wire::to(hub));

    rig.expect("is a keyboard");
    rig.run_for(2000);

    let count = |text: &str| rig.news.iter().filter(|line| line.contains(text)).count();
    assert_eq!((count("is a hub"), count("too many hubs"), count("is a keyboard")), (5, 1, 1));
}

#[test]
fn what_is_plugged_in_later_comes_up_and_what_is_pulled_goes() {
    let wire = Wire::to(samples::hub(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a hub");

    for _ in 0..50 {
        rig.news.clear();
        wire.with(&[], |hub| hub.hub().plug(3, samples::keyboard(Speed::Low)));
        rig.expect("is a keyboard");
        wire.with(&[], |hub| hub.hub().pull(3));
        rig.expect("was pulled");
    }
}

#[test]
fn a_key_that_is_held_goes_up_when_its_keyboard_is_pulled() {
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, samples::keyboard(Speed::Full));
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");
    wire.with(&[1], |keyboard| keyboard.report(&[0, 0, 4, 0, 0, 0, 0, 0]));
    rig.run_for(30);

    wire.with(&[], |hub| hub.hub().pull(1));
    rig.expect("was pulled");

    let [down, up] = [true, false].map(|is_down| InputEvent::Key { usage: 4, is_down });
    assert_eq!(rig.events, [down, up]);
}

#[test]
fn a_device_changed_for_another_between_two_looks_is_noticed() {
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, samples::keyboard(Speed::Full));
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");

    wire.with(&[], |hub| {
        hub.hub().pull(1);
        hub.hub().plug(1, samples::tablet());
    });

    rig.expect("is a tablet");
    assert!(rig.news.iter().any(|line| line.contains("was pulled")));
}

#[test]
fn a_hub_that_is_pulled_takes_all_behind_it_along() {
    let mut inner = samples::hub(Speed::Full);
    inner.hub().plug(1, samples::adapter(Speed::Full));
    inner.hub().plug(2, samples::keyboard(Speed::Full));
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(5, inner);
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.expect("is a keyboard");

    let inner = wire.with(&[], |hub| hub.hub().pull(5)).expect("it was there");
    rig.expect("(0525:a4a2) was pulled");
    assert_eq!(rig.news.iter().filter(|line| line.contains("was pulled")).count(), 3);
    assert_eq!(rig.usb.link(), None);

    rig.news.clear();
    wire.with(&[], |hub| hub.hub().plug(5, inner));
    rig.expect("is a keyboard");
    assert!(rig.usb.link().is_some());
}

#[test]
fn more_devices_than_there_is_room_for_are_told_of() {
    let mut hub = samples::hub(Speed::High);
    for port in 1..=3 {
        let mut inner = samples::hub(Speed::High);
        (1..=8).for_each(|port| inner.hub().plug(port, samples::keyboard(Speed::Low)));
        hub.hub().plug(port, inner);
    }
    let mut rig = Rig::straight(&Wire::to(hub));

    rig.expect("there are too many");
    rig.run_for(5000);

    let keyboards = rig.news.iter().filter(|line| line.contains("is a keyboard")).count();
    assert_eq!(keyboards, crate::device::DEVICES_MAX - 4);
}

#[test]
fn a_device_that_never_comes_up_is_turned_off_and_its_neighbour_works() {
    use crate::testing::Trouble;
    let mut broken = samples::keyboard(Speed::Full);
    broken.troubles.insert(0, Trouble::NeverReady);
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, broken);
    hub.hub().plug(2, samples::keyboard(Speed::Full));
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);

    rig.expect("is a keyboard");

    assert_eq!(rig.news[1], "device 0 (0000:0000) is not used: it was not ready in time");
    wire.with(&[], |hub| assert!(!hub.hub().is_enabled(1) && hub.hub().is_enabled(2)));
}

#[test]
fn what_did_not_come_up_is_left_alone_until_it_is_changed_for_another() {
    use crate::testing::Trouble;
    let mut broken = samples::keyboard(Speed::Full);
    broken.troubles.insert(0, Trouble::Silence);
    let mut hub = samples::hub(Speed::Full);
    hub.hub().plug(1, broken);
    let wire = Wire::to(hub);
    let mut rig = Rig::straight(&wire);
    rig.run_for(5000);
    assert_eq!(rig.news.len(), 2, "{:#?}", rig.news);

    wire.with(&[], |hub| hub.hub().pull(1));
    rig.run_for(500);
    wire.with(&[], |hub| hub.hub().plug(1, samples::keyboard(Speed::Full)));

    rig.expect("is a keyboard");
}

#[test]
fn what_is_plugged_in_has_to_stay_before_it_is_reset() {
    let wire = Wire::to(samples::hub(Speed::Full));
    let mut rig = Rig::straight(&wire);
    rig.expect("is a hub");
    wire.with(&[], |hub| hub.requests.clear());

    wire.with(&[], |hub| hub.hub().plug(3, samples::keyboard(Speed::Full)));
    rig.expect("is a keyboard");

    let requests = wire.with(&[], |hub| hub.requests.clone());
    let reset = requests.iter().position(|request| *request == [0x23, 3, 4, 0, 3, 0, 0, 0]);
    let before = &requests[..reset.expect("the port was reset")];
    let looks = before.iter().filter(|request| **request == [0xa3, 0, 0, 0, 3, 0, 4, 0]).count();
    assert_eq!(looks, 2);
}
