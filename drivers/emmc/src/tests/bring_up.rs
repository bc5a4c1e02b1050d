//! From power to a card that is ready, or the reason why not.

use std::cell::RefCell;
use std::rc::Rc;
use std::string::ToString;
use std::vec::Vec;

use device::{BlockDevice, BlockError, Clock};

use super::slot::{ADDRESS, CONTROL0, CONTROL1, Card, FakeSlot, INTERRUPT, Trouble};

const CMDTM: usize = 0x0c;
const STATUS: usize = 0x24;

#[test]
fn a_card_is_brought_up_in_the_order_of_the_specification() {
    let slot = FakeSlot::with(Card::high_capacity());

    assert_eq!(slot.emmc.revive(), Ok(()));

    let expected = [
        (0, 0),
        (8, 0x1aa),
        (55, 0),
        (41, 0x4030_0000),
        (2, 0),
        (3, 0),
        (9, ADDRESS),
        (7, ADDRESS),
        (16, 512),
        (55, ADDRESS),
        (51, 0),
        (55, ADDRESS),
        (6, 2),
        (6, 0x00ff_fff1),
        (6, 0x80ff_fff1),
    ];
    assert_eq!(slot.card().commands, expected);
    assert_eq!(slot.emmc.blocks(), 8192);
    assert!(!slot.emmc.is_read_only());
}

#[test]
fn the_card_is_described_once_it_is_up() {
    let slot = FakeSlot::with(Card::high_capacity());
    assert_eq!(slot.emmc.card(), None);
    assert_eq!(slot.emmc.blocks(), 0);

    slot.emmc.revive().unwrap();

    assert_eq!(slot.emmc.card().unwrap().to_string(), "SU08G, 4 MiB, 50 MHz");
}

#[test]
fn an_old_card_is_asked_for_no_more_than_it_knows() {
    let slot = FakeSlot::with(Card::old());

    assert_eq!(slot.emmc.revive(), Ok(()));

    let conditions = slot.card().commands.iter().find(|(number, _)| *number == 41).copied();
    assert_eq!(conditions, Some((41, 0x0030_0000)));
    let numbers = slot.card().take_numbers();
    assert_eq!(numbers, [0, 8, 55, 41, 2, 3, 9, 7, 16, 55, 51, 55, 6]);
    assert_eq!(slot.emmc.blocks(), 8192);
}

#[test]
fn a_card_with_high_speed_gets_50_mhz_and_four_lines() {
    let slot = FakeSlot::ready(Card::high_capacity());

    // 200 MHz by 2 × 2, on; the longest timeout.
    assert_eq!(slot.bank.peek(CONTROL1), 0x000e_0207);
    assert_eq!(slot.bank.peek(CONTROL0), 0x0f02);
}

#[test]
fn a_card_without_stays_at_25_mhz() {
    let slot = FakeSlot::ready(Card { has_high_speed: false, ..Card::high_capacity() });

    assert_eq!(slot.bank.peek(CONTROL1), 0x000e_0407);
}

#[test]
fn a_card_that_does_not_change_after_all_stays_at_25_mhz_too() {
    let slot = FakeSlot::ready(Card { refuses_high_speed: true, ..Card::high_capacity() });

    assert_eq!(slot.bank.peek(CONTROL1), 0x000e_0407);
}

#[test]
fn a_card_with_one_line_is_not_asked_for_four() {
    let slot = FakeSlot::with(Card { configuration: [2, 0x31, 0, 0, 0, 0, 0, 0], ..Card::old() });

    slot.emmc.revive().unwrap();

    let asked = slot.card().commands.contains(&(6, 2));
    assert!(!asked);
    assert_eq!(slot.bank.peek(CONTROL0), 0x0f00);
}

#[test]
fn a_card_is_found_with_400_khz() {
    let slot = FakeSlot::with(Card { is_present: false, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Absent));

    // 200 MHz by 2 × 250.
    assert_eq!(slot.bank.peek(CONTROL1), 0x000e_fa07);
}

#[test]
fn the_first_command_comes_a_millisecond_and_74_clocks_after_power() {
    let slot = FakeSlot::with(Card::high_capacity());
    let times = Rc::new(RefCell::new(Vec::new()));
    let (clock, seen) = (slot.clock, times.clone());
    slot.bank.on_write(CONTROL0, move |_| seen.borrow_mut().push(clock.now_ns()));
    let seen = times.clone();
    slot.bank.on_write(CMDTM, move |_| seen.borrow_mut().push(clock.now_ns()));

    // Nothing is behind CMDTM now.
    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));

    let times = times.borrow();
    let (voltage_ns, power_ns, command_ns) = (times[0], times[1], times[2]);
    assert!(voltage_ns < power_ns);
    assert!(command_ns - power_ns >= 1_000_000 + 74 * 2_500);
}

#[test]
fn two_writes_to_registers_are_four_clocks_of_the_card_apart() {
    let slot = FakeSlot::with_steps(Card::high_capacity(), 100);
    let times = Rc::new(RefCell::new(Vec::new()));
    for register in [0x04, 0x08, CONTROL0, 0x34, 0x38] {
        let (clock, seen) = (slot.clock, times.clone());
        slot.bank.on_write(register, move |_| seen.borrow_mut().push(clock.now_ns()));
    }

    let _ = slot.emmc.revive();

    let times = times.borrow();
    // The first commands, at 400 kHz.
    let gaps = times[..8].windows(2).map(|pair| pair[1] - pair[0]);
    assert!(gaps.min().unwrap() >= 4 * 2_500);
}

#[test]
fn a_slot_without_a_card_is_absent() {
    let slot = FakeSlot::with(Card { is_present: false, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Absent));

    assert_eq!(slot.emmc.read(0, &mut [0; 512]), Err(BlockError::Absent));
    assert_eq!(slot.emmc.write(0, &[0; 512]), Err(BlockError::Absent));
    assert_eq!(slot.emmc.flush(), Err(BlockError::Absent));
}

#[test]
fn a_controller_that_never_ends_its_reset_is_given_up() {
    let slot = FakeSlot::with(Card::high_capacity());
    slot.bank.on_write(CONTROL1, |_| {});

    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));
}

#[test]
fn a_clock_that_never_becomes_stable_is_given_up() {
    let slot = FakeSlot::with(Card::high_capacity());
    let bank = slot.bank;
    bank.on_write(CONTROL1, move |value| bank.poke(CONTROL1, value & !(0b111 << 24 | 0b10)));

    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));
}

#[test]
fn lines_that_are_never_free_are_given_up() {
    let slot = FakeSlot::with(Card::high_capacity());
    slot.bank.poke(STATUS, 1);

    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));

    assert_eq!(slot.card().take_numbers(), []);
}

#[test]
fn a_controller_full_of_ones_is_no_card() {
    let slot = FakeSlot::with(Card::high_capacity());
    for register in [STATUS, CONTROL1, INTERRUPT] {
        slot.bank.on_read(register, || u32::MAX);
    }

    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));
}

#[test]
fn a_card_that_stays_busy_is_given_up_after_a_second() {
    let slot = FakeSlot::with(Card { operating_conditions: 0x00ff_8000, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Timeout));

    assert!((1_000_000_000..1_100_000_000).contains(&slot.clock.now_ns()));
}

#[test]
fn a_checksum_that_fails_on_the_way_begins_it_all_again_twice() {
    let slot = FakeSlot::with(Card::high_capacity());
    slot.card().troubles = [(51, Trouble::Checksum); 5].into_iter().collect();

    assert_eq!(slot.emmc.revive(), Err(BlockError::Corrupt));
    assert_eq!(slot.emmc.revive(), Ok(()));
}

#[test]
fn a_card_for_another_voltage_is_of_no_use() {
    let slot = FakeSlot::with(Card { operating_conditions: 0xc000_8000, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Unsupported));
}

#[test]
fn a_card_that_gives_back_another_pattern_is_of_no_use() {
    let slot = FakeSlot::with(Card::high_capacity());
    slot.card().troubles = [(8, Trouble::Answer(0x1ff))].into_iter().collect();

    assert_eq!(slot.emmc.revive(), Err(BlockError::Unsupported));
}

#[test]
fn a_card_that_takes_no_application_command_gets_none() {
    let slot = FakeSlot::with(Card::high_capacity());
    slot.card().troubles = [(55, Trouble::Answer(0x900))].into_iter().collect();

    assert_eq!(slot.emmc.revive(), Err(BlockError::Failed));

    assert_eq!(slot.card().take_numbers(), [0, 8, 55]);
}

#[test]
fn a_locked_card_is_of_no_use() {
    let slot = FakeSlot::with(Card { status: 1 << 25, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Unsupported));
}

#[test]
fn a_card_of_an_unknown_layout_is_of_no_use() {
    let slot = FakeSlot::with(Card { specific_data: 2 << 126, ..Card::high_capacity() });

    assert_eq!(slot.emmc.revive(), Err(BlockError::Unsupported));
}
