use std::vec::Vec;

use super::*;
use crate::testing::samples::{adapter_configuration, configuration, endpoint, hid, interface};

fn functions(bytes: &[u8]) -> Result<Vec<Class>, UsbError> {
    let found = Configuration::read(bytes, Speed::Full)?;
    Ok(found.functions.iter().flatten().map(|function| function.class).collect())
}

#[test]
fn a_keyboard_with_a_mouse_has_both() {
    let status = endpoint(0x81, 3, 8, 10);
    let parts: [&[u8]; 6] = [
        &interface(0, 0, 1, [3, 1, 1]),
        &hid(63),
        &status,
        &interface(1, 0, 1, [3, 1, 2]),
        &hid(52),
        &endpoint(0x82, 3, 8, 10),
    ];

    assert_eq!(functions(&configuration(1, &parts)), Ok([Class::Keyboard, Class::Mouse].into()));
}

#[test]
fn an_adapter_is_two_interfaces_that_name_each_other() {
    let found = functions(&adapter_configuration(64)).expect("it is right");

    let [Class::Ethernet(ethernet)] = found[..] else { panic!("{found:?}") };
    assert_eq!((ethernet.data_interface, ethernet.data_setting), (1, 1));
    assert_eq!((ethernet.address_string, ethernet.receive.number()), (3, 2));
}

#[test]
fn an_adapter_whose_data_is_elsewhere_or_nowhere_is_none() {
    let bytes = adapter_configuration(64);
    let union = bytes.windows(3).position(|part| part == [5, 0x24, 6]).expect("it is there");
    let mut elsewhere = bytes.clone();
    elsewhere[union + 4] = 2;

    assert_eq!(functions(&elsewhere), Ok(Vec::new()));
    let parts: [&[u8]; 2] = [&interface(0, 0, 1, [2, 6, 0]), &[5, 0x24, 6, 0, 1]];
    assert_eq!(functions(&configuration(1, &parts)), Ok(Vec::new()));
}

#[test]
fn a_functional_descriptor_that_is_too_short_is_an_error() {
    for short in [&[4, 0x24, 6, 0][..], &[5, 0x24, 15, 3, 0]] {
        let parts: [&[u8]; 2] = [&interface(0, 0, 1, [2, 6, 0]), short];
        assert_eq!(functions(&configuration(1, &parts)), Err(UsbError::Descriptor));
    }
}

#[test]
fn a_total_beyond_what_came_is_an_error() {
    let bytes = adapter_configuration(64);

    for length in 0..bytes.len() {
        assert_eq!(functions(&bytes[..length]), Err(UsbError::Descriptor), "{length}");
    }
}

#[test]
fn no_single_wrong_byte_leads_anywhere_it_should_not() {
    let bytes = adapter_configuration(64);

    for place in 0..bytes.len() {
        for value in 0..=255 {
            let mut bytes = bytes.clone();
            bytes[place] = value;
            if let Ok(found) = functions(&bytes) {
                assert!(found.len() <= 1, "byte {place} is {value}: {found:?}");
            }
        }
    }
}

#[test]
fn more_functions_than_there_is_room_for_are_left_out() {
    let one = [&interface(0, 0, 1, [3, 1, 1])[..], &hid(63), &endpoint(0x81, 3, 8, 10)].concat();
    let parts = [&one[..]; 9];

    assert_eq!(functions(&configuration(1, &parts)).map(|found| found.len()), Ok(FUNCTIONS_MAX));
}

#[test]
fn what_cannot_speak_up_is_not_used() {
    let parts: [&[u8]; 2] = [&interface(0, 0, 0, [3, 1, 1]), &hid(63)];

    assert_eq!(functions(&configuration(1, &parts)), Ok(Vec::new()));
}
