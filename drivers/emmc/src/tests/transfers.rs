//! Blocks there and back.

use std::vec;
use std::vec::Vec;

use device::{BlockDevice, BlockError};

use super::slot::{ADDRESS, Card, FakeSlot, pattern};

#[test]
fn one_block_is_read_by_its_number() {
    let slot = FakeSlot::ready(Card::high_capacity());
    let mut buffer = [0; 512];

    assert_eq!(slot.emmc.read(8191, &mut buffer), Ok(()));

    assert_eq!(buffer, slot.memory(8191, 1)[..]);
    assert_eq!(slot.card().commands, [(17, 8191)]);
}

#[test]
fn an_old_card_gets_addresses_in_bytes() {
    let slot = FakeSlot::ready(Card::old());
    let mut buffer = vec![0; 1024];

    assert_eq!(slot.emmc.read(3, &mut buffer[..512]), Ok(()));
    assert_eq!(slot.emmc.write(5, &pattern(1)), Ok(()));
    assert_eq!(slot.emmc.read(4, &mut buffer), Ok(()));

    assert_eq!(buffer, slot.memory(4, 2));
    let expected = [(17, 3 * 512), (24, 5 * 512), (13, ADDRESS), (18, 4 * 512)];
    assert_eq!(slot.card().commands, expected);
}

#[test]
fn several_blocks_are_announced_to_a_card_that_takes_their_count() {
    let slot = FakeSlot::ready(Card::high_capacity());
    let mut buffer = vec![0; 5 * 512];
    slot.card().words.clear();

    assert_eq!(slot.emmc.read(100, &mut buffer), Ok(()));

    assert_eq!(buffer, slot.memory(100, 5));
    assert_eq!(slot.card().commands, [(23, 5), (18, 100)]);
    assert_eq!(slot.card().words, [0x171a_0000, 0x123a_0032]);
}

#[test]
fn for_another_card_the_controller_ends_the_transfer() {
    let card = Card { configuration: [0x02, 0x35, 0, 0, 0, 0, 0, 0], ..Card::high_capacity() };
    let slot = FakeSlot::ready(card);
    slot.card().words.clear();

    assert_eq!(slot.emmc.read(100, &mut vec![0; 5 * 512]), Ok(()));
    assert_eq!(slot.emmc.write(100, &pattern(2)), Ok(()));

    assert_eq!(slot.card().words[..2], [0x123a_0036, 0x193a_0026]);
}

#[test]
fn what_is_written_is_on_the_card_and_nothing_else_is() {
    let slot = FakeSlot::ready(Card::high_capacity());
    let before = slot.memory(0, 8192);

    assert_eq!(slot.emmc.write(7, &pattern(1)), Ok(()));
    assert_eq!(slot.emmc.write(4000, &pattern(9)), Ok(()));

    let mut expected = before;
    expected[7 * 512..8 * 512].copy_from_slice(&pattern(1));
    expected[4000 * 512..4009 * 512].copy_from_slice(&pattern(9));
    assert!(slot.memory(0, 8192) == expected);
}

#[test]
fn a_write_ends_when_the_card_has_written() {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().busy_answers = 3;

    assert_eq!(slot.emmc.write(7, &pattern(2)), Ok(()));

    assert_eq!(slot.card().take_numbers(), [23, 25, 13, 13, 13, 13]);
}

#[test]
fn a_long_transfer_takes_several_commands() {
    let slot = FakeSlot::ready(Card::high_capacity());
    let data = pattern(2100);
    let mut back = vec![0; data.len()];

    assert_eq!(slot.emmc.write(1000, &data), Ok(()));
    assert_eq!(slot.emmc.read(1000, &mut back), Ok(()));

    assert!(back == data);
    let reads: Vec<_> =
        slot.card().commands.iter().copied().filter(|(number, _)| *number == 18).collect();
    assert_eq!(reads, [(18, 1000), (18, 2024), (18, 3048)]);
}

#[test]
fn nothing_is_read_or_written_without_a_command() {
    let slot = FakeSlot::ready(Card::high_capacity());

    assert_eq!(slot.emmc.read(8192, &mut []), Ok(()));
    assert_eq!(slot.emmc.write(0, &[]), Ok(()));

    assert_eq!(slot.card().take_numbers(), []);
}

#[test]
fn what_does_not_fit_the_card_does_not_reach_it() {
    let slot = FakeSlot::ready(Card::high_capacity());
    let past_the_end = Err(BlockError::OutOfRange { block: 8192 });

    assert_eq!(slot.emmc.read(8191, &mut [0; 1024]), past_the_end);
    assert_eq!(slot.emmc.write(8191, &[0; 1024]), past_the_end);
    assert_eq!(slot.emmc.read(0, &mut [0; 100]), Err(BlockError::Unaligned));
    assert_eq!(slot.emmc.write(0, &[0; 513]), Err(BlockError::Unaligned));

    assert_eq!(slot.card().take_numbers(), []);
}

#[test]
fn a_protected_card_is_not_written_to() {
    let card = Card::high_capacity();
    let specific_data = card.specific_data | 1 << 12;
    let slot = FakeSlot::ready(Card { specific_data, ..card });

    assert_eq!(slot.emmc.write(0, &pattern(1)), Err(BlockError::ReadOnly));

    assert!(slot.emmc.is_read_only());
    assert_eq!(slot.card().take_numbers(), []);
}

#[test]
fn a_flush_sees_whether_the_card_is_still_there() {
    let slot = FakeSlot::ready(Card::high_capacity());

    assert_eq!(slot.emmc.flush(), Ok(()));
    slot.card().is_present = false;
    assert_eq!(slot.emmc.flush(), Err(BlockError::Absent));
}
