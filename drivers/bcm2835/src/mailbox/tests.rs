//! Tests of the mailbox against a firmware that answers as the wiki says, or does not.

use std::boxed::Box;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use mmio::fake::{Bank, CoherentMemory};

use super::*;

// Offsets as the wiki prints them, on purpose not taken from `Registers`.
const READ: usize = 0x00;
const READ_STATUS: usize = 0x18;
const WRITE: usize = 0x20;
const WRITE_STATUS: usize = 0x38;

const EMPTY: u32 = 1 << 30;
const FULL: u32 = 1 << 31;

/// A mailbox whose firmware does `answer` to each message and sends it back.
fn mailbox(answer: impl Fn(&Message) + 'static) -> (Bank, Mailbox) {
    let message: &'static Message = Box::leak(Box::new(Message::zeroed()));
    let bank = Bank::zeroed();
    bank.poke(READ_STATUS, EMPTY);
    bank.on_write(WRITE, move |letter| {
        answer(message);
        bank.poke(READ, letter);
        bank.poke(READ_STATUS, 0);
    });
    // Reading the letter empties the mailbox.
    bank.on_read(READ, move || {
        bank.poke(READ_STATUS, EMPTY);
        bank.peek(READ)
    });
    (bank, Mailbox::new(bank.mmio(), message, &CoherentMemory))
}

/// The first `count` words of the message.
fn words(message: &Message, count: usize) -> Vec<u32> {
    (0..count).map(|index| message.get(index).unwrap()).collect()
}

/// Answers a message of one tag with `values`, as the firmware does.
fn reply(message: &Message, values: &[u32]) {
    reply_with_length(message, values, values.len() * 4);
}

fn reply_with_length(message: &Message, values: &[u32], length_bytes: usize) {
    message.set(1, 0x8000_0000).unwrap();
    message.set(4, 0x8000_0000 | length_bytes as u32).unwrap();
    for (index, &value) in values.iter().enumerate() {
        message.set(5 + index, value).unwrap();
    }
}

/// Text as words, the way the firmware writes it.
fn text_words(text: &[u8]) -> Vec<u32> {
    let word = |bytes: &[u8]| {
        let mut padded = [0; 4];
        padded[..bytes.len()].copy_from_slice(bytes);
        u32::from_le_bytes(padded)
    };
    text.chunks(4).map(word).collect()
}

#[test]
fn a_question_is_one_tag_between_a_header_and_an_end_tag() {
    let (_, mut mailbox) = mailbox(|message| {
        assert_eq!(words(message, 7), [28, 0, 0x0001_0002, 4, 0, 0, 0]);
        reply(message, &[0x00a0_2082]);
    });

    assert_eq!(mailbox.board_revision(), Ok(0x00a0_2082));
}

#[test]
fn the_letter_is_the_messages_bus_address_and_the_property_channel() {
    let (bank, mut mailbox) = mailbox(|message| reply(message, &[1]));
    let address = mailbox.message.address();

    mailbox.firmware_revision().unwrap();

    let bus_address = CoherentMemory.bus_address(address).unwrap();
    assert_eq!(bus_address % 16, 0);
    assert_eq!(bank.peek(WRITE), bus_address | 8);
}

#[test]
fn each_question_has_the_number_and_the_values_that_the_wiki_gives() {
    let (_, mut mailbox) = mailbox(|message| {
        let answer = match words(message, 8)[2..] {
            [0x0000_0001, 4, 0, ..] => vec![346_337],
            [0x0001_0005, 8, 0, ..] => vec![0, 0x3c00_0000],
            [0x0003_8002, 12, 0, 2, 48_000_000, 1] => vec![2, 47_999_000],
            [0x0003_0002, 8, 0, 12, ..] => vec![12, 100_000_000],
            [0x0002_8001, 8, 0, 0, 3, ..] => vec![0, 1],
            [0x0003_8041, 8, 0, 132, 0, ..] => vec![132, 0],
            ref other => panic!("not a known question: {other:x?}"),
        };
        reply(message, &answer);
    });

    assert_eq!(mailbox.firmware_revision(), Ok(346_337));
    assert_eq!(mailbox.arm_memory(), Ok(ArmMemory { base: 0, length_bytes: 0x3c00_0000 }));
    assert_eq!(mailbox.set_clock_rate_hz(Clock::Uart, 48_000_000), Ok(47_999_000));
    assert_eq!(mailbox.clock_rate_hz(Clock::Emmc2), Ok(100_000_000));
    assert_eq!(mailbox.turn_on(Supply::SdCard), Ok(true));
    assert_eq!(mailbox.drive(ExpanderPin(4), false), Ok(()));
}

#[test]
fn one_request_carries_several_tags() {
    let (_, mut mailbox) = mailbox(|message| {
        assert_eq!(words(message, 12), [48, 0, 0x0001_0002, 4, 0, 0, 0x0003_0002, 8, 0, 2, 0, 0]);
        message.set(1, 0x8000_0000).unwrap();
        message.set(4, 0x8000_0004).unwrap();
        message.set(5, 7).unwrap();
        message.set(8, 0x8000_0008).unwrap();
        message.set(10, 9).unwrap();
    });

    let mut request = mailbox.request();
    let board = request.add(0x0001_0002, &[], 1).unwrap();
    let clock = request.add(0x0003_0002, &[2], 2).unwrap();
    let response = request.send().unwrap();

    assert_eq!(response.words(board), Ok([7]));
    assert_eq!(response.words(clock), Ok([2, 9]));
}

#[test]
fn the_command_line_ends_before_its_zero_byte() {
    let (_, mut mailbox) =
        mailbox(|message| reply_with_length(message, &text_words(b"test=1 quiet\0"), 13));

    assert_eq!(mailbox.command_line(&mut [0; 64]), Ok("test=1 quiet"));
}

#[test]
fn the_command_line_may_lack_a_zero_byte_or_be_empty() {
    let (_, mut with_five_bytes) =
        mailbox(|message| reply_with_length(message, &text_words(b"helloXYZ"), 5));
    let (_, mut empty) = mailbox(|message| reply_with_length(message, &[0x41], 0));

    assert_eq!(with_five_bytes.command_line(&mut [0; 5]), Ok("hello"));
    assert_eq!(empty.command_line(&mut [0; 5]), Ok(""));
}

#[test]
fn a_command_line_longer_than_its_place_is_an_error() {
    let (_, mut longer_than_buffer) =
        mailbox(|message| reply_with_length(message, &text_words(b"hello"), 5));
    let (_, mut longer_than_message) =
        mailbox(|message| reply_with_length(message, &[0x4141_4141], 0x7fff_ffff));

    assert_eq!(longer_than_buffer.command_line(&mut [0; 4]), Err(MailboxError::TooLong));
    assert_eq!(longer_than_message.command_line(&mut [0; 4096]), Err(MailboxError::TooLong));
}

#[test]
fn a_command_line_that_is_not_utf_8_is_an_error() {
    let (_, mut mailbox) = mailbox(|message| reply(message, &[0xffff_ffff]));

    assert_eq!(mailbox.command_line(&mut [0; 64]), Err(MailboxError::NotText));
}

#[test]
fn a_tag_that_the_firmware_leaves_alone_is_unsupported() {
    let (_, mut mailbox) = mailbox(|message| {
        message.set(1, 0x8000_0000).unwrap();
    });

    assert_eq!(mailbox.board_revision(), Err(MailboxError::Unsupported));
}

#[test]
fn a_tag_that_qemu_answers_with_nothing_is_unsupported() {
    let (_, mut mailbox) = mailbox(|message| reply(message, &[]));

    assert_eq!(mailbox.set_clock_rate_hz(Clock::Uart, 48_000_000), Err(MailboxError::Unsupported));
}

#[test]
fn a_message_that_the_firmware_cannot_read_is_refused() {
    let (_, mut refused) = mailbox(|message| message.set(1, 0x8000_0001).unwrap());
    let (_, mut untouched) = mailbox(|_| ());

    assert_eq!(refused.board_revision(), Err(MailboxError::Refused));
    assert_eq!(untouched.board_revision(), Err(MailboxError::Refused));
}

#[test]
fn a_firmware_that_never_answers_is_given_up() {
    let (bank, mut mailbox) = mailbox(|_| ());
    bank.on_write(WRITE, |_| ());

    assert_eq!(mailbox.board_revision(), Err(MailboxError::NoAnswer));
}

#[test]
fn a_mailbox_that_stays_full_is_given_up() {
    let (bank, mut mailbox) = mailbox(|_| ());
    bank.poke(WRITE_STATUS, FULL);

    assert_eq!(mailbox.board_revision(), Err(MailboxError::Stuck));
}

#[test]
fn a_mailbox_that_never_empties_is_given_up() {
    let (bank, mut mailbox) = mailbox(|_| ());
    bank.on_read(READ_STATUS, || 0);

    assert_eq!(mailbox.board_revision(), Err(MailboxError::Stuck));
}

#[test]
fn letters_of_other_channels_are_passed_over() {
    let (bank, mut mailbox) = mailbox(|_| ());
    let message = mailbox.message;
    bank.on_write(WRITE, move |letter| {
        reply(message, &[5]);
        let mut letters = vec![letter, 0x1231, 0x4563];
        bank.poke(READ_STATUS, 0);
        bank.on_read(READ, move || letters.pop().unwrap());
    });

    assert_eq!(mailbox.board_revision(), Ok(5));
}

#[test]
fn a_late_answer_is_not_taken_for_the_next() {
    let (bank, mut mailbox) = mailbox(|message| reply(message, &[5]));
    bank.poke(READ, 0xdead_0008);
    bank.poke(READ_STATUS, 0);

    assert_eq!(mailbox.board_revision(), Ok(5));
}

#[test]
fn a_message_out_of_the_firmwares_reach_is_not_sent() {
    struct FarMemory;
    impl Dma for FarMemory {
        fn bus_address(&self, _: usize) -> Option<u32> {
            None
        }
        fn clean(&self, _: usize, _: usize) {}
        fn invalidate(&self, _: usize, _: usize) {}
    }
    let (bank, near) = mailbox(|_| ());
    let mut far = Mailbox::new(bank.mmio(), near.message, &FarMemory);

    assert_eq!(far.board_revision(), Err(MailboxError::OutOfReach));
    assert_eq!(bank.peek(WRITE), 0);
}

#[test]
fn a_question_longer_than_a_message_is_an_error_and_adds_nothing() {
    let (_, mut mailbox) = mailbox(|message| reply(message, &[5]));
    let mut request = mailbox.request();
    let room_words = request.room_words();

    assert_eq!(request.add(1, &[], room_words + 1).err(), Some(MailboxError::TooLong));
    let answer = request.add(1, &[], room_words).unwrap();
    assert_eq!(request.room_words(), 0);
    assert_eq!(request.add(2, &[], 0).err(), Some(MailboxError::TooLong));
    assert_eq!(request.send().unwrap().words(answer), Ok([5]));
}

#[test]
fn an_error_says_what_happened_in_words() {
    assert_eq!(MailboxError::NoAnswer.to_string(), "the firmware did not answer");
}
