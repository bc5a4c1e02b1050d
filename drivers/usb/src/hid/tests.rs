use std::vec;
use std::vec::Vec;

use super::*;
use crate::UsbError;
use crate::testing::samples::TABLET_REPORT;

fn heard(hand: &mut Hand, report: &[u8]) -> Vec<InputEvent> {
    let mut events = Vec::new();
    hand.read(report, &mut |event| events.push(event));
    events
}

fn key(usage: u8, is_down: bool) -> InputEvent {
    InputEvent::Key { usage, is_down }
}

#[test]
fn a_key_goes_down_and_up_once() {
    let mut keyboard = Hand::keyboard();
    let h = [0, 0, 0x0b, 0, 0, 0, 0, 0];

    assert_eq!(heard(&mut keyboard, &h), [key(0x0b, true)]);
    assert_eq!(heard(&mut keyboard, &h), []);
    assert_eq!(heard(&mut keyboard, &[0; 8]), [key(0x0b, false)]);
}

#[test]
fn a_modifier_comes_before_its_key_and_each_has_a_number() {
    let mut keyboard = Hand::keyboard();

    let events = heard(&mut keyboard, &[0x82, 0, 4, 0, 0, 0, 0, 0]);

    assert_eq!(events, [key(0xe1, true), key(0xe7, true), key(4, true)]);
}

#[test]
fn a_key_that_changes_its_place_in_the_report_stays_down() {
    let mut keyboard = Hand::keyboard();
    heard(&mut keyboard, &[0, 0, 4, 5, 0, 0, 0, 0]);

    assert_eq!(heard(&mut keyboard, &[0, 0, 5, 0, 0, 0, 0, 0]), [key(4, false)]);
}

#[test]
fn too_many_keys_at_once_change_nothing() {
    let mut keyboard = Hand::keyboard();
    heard(&mut keyboard, &[0, 0, 4, 0, 0, 0, 0, 0]);

    assert_eq!(heard(&mut keyboard, &[0, 0, 1, 1, 1, 1, 1, 1]), []);
    assert_eq!(heard(&mut keyboard, &[0; 8]), [key(4, false)]);
}

#[test]
fn what_is_held_is_let_go_of() {
    let mut keyboard = Hand::keyboard();
    heard(&mut keyboard, &[1, 0, 4, 0, 0, 0, 0, 0]);
    let mut events = Vec::new();

    keyboard.release(&mut |event| events.push(event));

    assert_eq!(events, [key(4, false), key(0xe0, false)]);
}

#[test]
fn a_mouse_moves_clicks_and_turns_its_wheel() {
    let mut mouse = Hand::Mouse(0);

    let events = heard(&mut mouse, &[0b10, 0xff, 5, 0xfe]);

    let button = InputEvent::Button { number: 2, is_down: true };
    let motion = InputEvent::Motion { x: -1, y: 5 };
    assert_eq!(events, [motion, button, InputEvent::Wheel { notches: -2 }]);
    assert_eq!(heard(&mut mouse, &[0b10, 0, 0]), []);
}

#[test]
fn a_short_report_says_nothing() {
    assert_eq!(heard(&mut Hand::keyboard(), &[0, 0, 4]), []);
    assert_eq!(heard(&mut Hand::Mouse(0), &[1, 2]), []);
    let layout = Layout::from_descriptor(TABLET_REPORT).expect("it is a tablet");
    assert_eq!(heard(&mut Hand::Tablet(layout, 0), &[1, 0x39, 0x30, 0xd0]), []);
}

#[test]
fn a_tablet_is_where_its_report_says() {
    let layout = Layout::from_descriptor(TABLET_REPORT).expect("it is a tablet");
    let mut tablet = Hand::Tablet(layout, 0);

    let events = heard(&mut tablet, &[1, 0x39, 0x30, 0xd0, 0x07, 0xff]);

    let position = InputEvent::Position { x: 12_345, y: 2000 };
    let button = InputEvent::Button { number: 1, is_down: true };
    assert_eq!(events, [position, button, InputEvent::Wheel { notches: -1 }]);
}

#[test]
fn a_tablet_of_another_size_is_scaled_and_has_a_number() {
    // Report 7: X and Y of 12 bits, from 0 to 4095.
    let descriptor = [
        0x05, 0x01, 0x85, 0x07, 0x09, 0x30, 0x09, 0x31, 0x26, 0xff, 0x0f, 0x75, 0x0c, 0x95, 0x02,
        0x81, 0x02,
    ];
    let layout = Layout::from_descriptor(&descriptor).expect("it is a tablet");
    let mut tablet = Hand::Tablet(layout, 0);

    let events = heard(&mut tablet, &[7, 0xff, 0x0f, 0x80]);

    assert_eq!(events, [InputEvent::Position { x: 0x7fff, y: 0x4003 }]);
    assert_eq!(heard(&mut tablet, &[6, 0xff, 0x0f, 0x80]), []);
}

#[test]
fn what_moves_by_steps_is_no_tablet() {
    let mut descriptor = TABLET_REPORT.to_vec();
    let input = descriptor.windows(4).position(|item| item == [0x95, 0x02, 0x81, 0x02]);
    descriptor[input.expect("the places are there") + 3] = 0x06;

    assert_eq!(Layout::from_descriptor(&descriptor), Err(UsbError::Unknown));
    assert_eq!(Layout::from_descriptor(&[]), Err(UsbError::Unknown));
}

#[test]
fn a_report_descriptor_that_breaks_off_or_is_huge_is_an_error() {
    assert_eq!(Layout::from_descriptor(&[0x26, 0xff]), Err(UsbError::Descriptor));
    // Fields of 32 bits, 2^32 - 1 of them, and of no bits, as many.
    for size in [32, 0] {
        let huge = vec![0x75, size, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 0x02];
        assert_eq!(Layout::from_descriptor(&huge), Err(UsbError::Descriptor));
    }
}
