//! Cards that answer badly, late, or not at all.

use std::vec;

use device::{BlockDevice, BlockError, Clock};

use super::slot::{Card, FakeSlot, Trouble, pattern};

/// A card that is up, whose next commands with the given numbers go wrong.
fn troubled(troubles: &[(u32, Trouble)]) -> FakeSlot {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().troubles = troubles.iter().copied().collect();
    slot
}

#[test]
fn a_read_that_fails_its_checksum_is_tried_again() {
    let slot = troubled(&[(18, Trouble::Checksum), (18, Trouble::Checksum)]);
    let mut buffer = vec![0; 1024];

    assert_eq!(slot.emmc.read(9, &mut buffer), Ok(()));

    assert_eq!(buffer, slot.memory(9, 2));
}

#[test]
fn a_read_that_fails_its_checksum_three_times_is_corrupt() {
    let slot = troubled(&[(17, Trouble::Checksum); 3]);

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Corrupt));

    // The card is stopped each time, and works on.
    let numbers = slot.card().take_numbers();
    assert_eq!(numbers, [17, 13, 12, 13, 17, 13, 12, 13, 17, 13, 12, 13]);
    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Ok(()));
}

#[test]
fn after_a_fault_the_command_line_and_the_data_lines_are_reset() {
    let slot = troubled(&[(17, Trouble::Checksum)]);
    slot.card().control1_bits = 0;

    slot.emmc.read(9, &mut [0; 512]).unwrap();

    assert_eq!(slot.card().control1_bits >> 24, 0b110);
}

#[test]
fn a_write_that_fails_its_checksum_is_written_again() {
    let slot = troubled(&[(25, Trouble::Checksum)]);

    assert_eq!(slot.emmc.write(9, &pattern(3)), Ok(()));

    assert_eq!(slot.memory(9, 3), pattern(3));
}

#[test]
fn data_that_does_not_come_within_100_ms_is_late() {
    let slot = troubled(&[(18, Trouble::Stall); 3]);
    let start_ns = slot.clock.now_ns();

    assert_eq!(slot.emmc.read(9, &mut [0; 1024]), Err(BlockError::Timeout));

    let took_ms = (slot.clock.now_ns() - start_ns) / 1_000_000;
    assert!((300..400).contains(&took_ms), "{took_ms} ms");
}

#[test]
fn data_that_is_not_taken_within_500_ms_is_late() {
    let slot = troubled(&[(25, Trouble::Stall); 3]);
    let start_ns = slot.clock.now_ns();

    assert_eq!(slot.emmc.write(9, &pattern(2)), Err(BlockError::Timeout));

    let took_ms = (slot.clock.now_ns() - start_ns) / 1_000_000;
    assert!((1500..1700).contains(&took_ms), "{took_ms} ms");
}

#[test]
fn a_card_that_never_ends_its_writing_is_late() {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().busy_answers = u32::MAX;

    assert_eq!(slot.emmc.write(9, &pattern(1)), Err(BlockError::Timeout));
}

#[test]
fn a_command_that_goes_unheard_once_is_repeated() {
    let slot = troubled(&[(17, Trouble::Silence), (13, Trouble::Silence)]);

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Ok(()));

    assert_eq!(slot.card().take_numbers(), [17, 13, 13, 13, 17]);
}

#[test]
fn a_card_that_is_pulled_gives_an_error_until_it_is_revived() {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().is_present = false;

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Absent));
    assert_eq!(slot.emmc.card(), None);
    assert_eq!(slot.emmc.blocks(), 0);
    slot.card().is_present = true;
    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Absent));

    assert_eq!(slot.emmc.revive(), Ok(()));
    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Ok(()));
}

#[test]
fn a_controller_that_stops_with_its_card_gone_tells_of_it_too() {
    let slot = troubled(&[(17, Trouble::Standstill)]);

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Absent));
}

#[test]
fn a_card_that_was_pulled_and_put_back_unseen_is_not_taken_for_the_same() {
    let slot = FakeSlot::ready(Card::high_capacity());
    *slot.card() = Card::high_capacity();

    assert_eq!(slot.emmc.write(9, &pattern(1)), Err(BlockError::Absent));

    assert_ne!(slot.memory(9, 1), pattern(1));
}

#[test]
fn a_card_in_a_state_that_nobody_brought_it_to_is_not_used() {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().deselect();

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Absent));
}

#[test]
fn a_revival_without_a_card_leaves_the_slot_empty() {
    let slot = FakeSlot::ready(Card::high_capacity());
    slot.card().is_present = false;

    assert_eq!(slot.emmc.revive(), Err(BlockError::Absent));

    assert_eq!(slot.emmc.card(), None);
}

#[test]
fn a_write_to_a_protected_part_is_not_tried_again() {
    let slot = troubled(&[(24, Trouble::Status(1 << 26))]);

    assert_eq!(slot.emmc.write(9, &pattern(1)), Err(BlockError::ReadOnly));

    assert_eq!(slot.card().take_numbers(), [24, 13, 12, 13]);
}

#[test]
fn an_error_that_the_card_tells_after_the_write_is_not_lost() {
    let failed = (13, Trouble::Status(1 << 19));
    // Each attempt asks for the status once; after an error the card is asked for its state.
    let slot = troubled(&[failed]);
    slot.card().busy_answers = 1;

    assert_eq!(slot.emmc.write(9, &pattern(1)), Ok(()));

    assert_eq!(slot.card().take_numbers(), [24, 13, 13, 13, 13, 24, 13]);
}

#[test]
fn a_card_that_says_each_time_that_it_failed_has_failed() {
    let slot = troubled(&[(17, Trouble::Status(1 << 20)); 3]);

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Failed));
}

#[test]
fn what_the_card_cannot_correct_is_corrupt() {
    let slot = troubled(&[(17, Trouble::Status(1 << 21)); 3]);

    assert_eq!(slot.emmc.read(9, &mut [0; 512]), Err(BlockError::Corrupt));
}

#[test]
fn after_a_long_transfer_fails_the_blocks_before_it_are_there() {
    let slot = troubled(&[]);
    let data = pattern(1025);
    slot.card().troubles = [(24, Trouble::Checksum); 3].into_iter().collect();

    assert_eq!(slot.emmc.write(0, &data), Err(BlockError::Corrupt));

    assert!(slot.memory(0, 1024) == data[..1024 * 512]);
}
