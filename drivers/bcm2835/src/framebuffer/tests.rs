//! Tests of the screen against a firmware that answers tag by tag, as the wiki says, or not.

use core::cell::RefCell;
use std::boxed::Box;
use std::rc::Rc;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use device::{FlipError, Scanout as _};
use mmio::fake::{Bank, CoherentMemory};

use super::*;
use crate::mailbox::Message;

// Offsets as the wiki prints them.
const READ: usize = 0x00;
const READ_STATUS: usize = 0x18;
const WRITE: usize = 0x20;
const EMPTY: u32 = 1 << 30;

const VGA: Size = Size { width: 640, height: 480 };
/// What the VideoCore keeps of a gibibyte with `gpu_mem=64`.
const GPU_MEMORY: Range<usize> = 0x3b00_0000..0x3f00_0000;

/// A firmware: what it answers to a tag and its values, or `None` for a tag that it leaves alone.
type Answers = Box<dyn FnMut(u32, &[u32]) -> Option<Vec<u32>>>;

/// The tags and values that a firmware was asked.
type Asked = Rc<RefCell<Vec<(u32, Vec<u32>)>>>;

/// Answers each tag of a message, in the layout that the wiki gives.
fn answer(message: &Message, answers: &mut Answers) {
    let word = |index| message.get(index).unwrap();
    let mut at = 2;
    while word(at) != 0 {
        let value_words = word(at + 1) as usize / 4;
        let values: Vec<u32> = (0..value_words).map(|index| word(at + 3 + index)).collect();
        if let Some(answer) = answers(word(at), &values) {
            message.set(at + 2, 0x8000_0000 | (answer.len() * 4) as u32).unwrap();
            for (index, value) in answer.into_iter().take(value_words).enumerate() {
                message.set(at + 3 + index, value).unwrap();
            }
        }
        at += 3 + value_words;
    }
    message.set(1, 0x8000_0000).unwrap();
}

fn mailbox(answers: impl FnMut(u32, &[u32]) -> Option<Vec<u32>> + 'static) -> Mailbox {
    let message: &'static Message = Box::leak(Box::new(Message::zeroed()));
    let bank = Bank::zeroed();
    let answers: RefCell<Answers> = RefCell::new(Box::new(answers));
    bank.poke(READ_STATUS, EMPTY);
    bank.on_write(WRITE, move |letter| {
        answer(message, &mut answers.borrow_mut());
        bank.poke(READ, letter);
        bank.poke(READ_STATUS, 0);
    });
    bank.on_read(READ, move || {
        bank.poke(READ_STATUS, EMPTY);
        bank.peek(READ)
    });
    Mailbox::new(bank.mmio(), message, &CoherentMemory)
}

/// A firmware with a display of 1024 × 768 and `memory_bytes` for its picture. `change` may put
/// something else in the place of an answer.
fn firmware(
    memory_bytes: u32,
    mut change: impl FnMut(u32, &mut Vec<u32>) + 'static,
) -> (Mailbox, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let (mut width, mut rows) = (0, 0);
    let mailbox = mailbox(move |tag, values| {
        log.borrow_mut().push((tag, values.to_vec()));
        let mut answer = match tag {
            0x4_0003 => vec![1024, 768],
            0x4_0013 => vec![1],
            0x3_0020 => edid(),
            0x4_8004 => {
                (width, rows) = (values[0], values[1]);
                values.to_vec()
            }
            0x4_0001 if width * rows * 4 > memory_bytes => vec![0, 0],
            0x4_0001 => vec![0xfc10_0000, width * rows * 4],
            0x4_0008 => vec![width * 4],
            0x4_8003 | 0x4_8005..=0x4_8007 | 0x4_8009 => values.to_vec(),
            other => panic!("not a known tag: {other:x}"),
        };
        change(tag, &mut answer);
        Some(answer)
    });
    (mailbox, asked)
}

/// The answer to the question for block 0: number, status, and 128 bytes.
fn edid() -> Vec<u32> {
    let mut answer = vec![0, 0, 0xffff_ff00, 0x00ff_ffff];
    answer.resize(34, 0);
    answer
}

fn started(mailbox: &mut Mailbox, size: Option<Size>) -> Result<Screen, FramebufferError> {
    let size = size.map_or_else(|| preferred_size(mailbox), Ok)?;
    start(mailbox, size, &GPU_MEMORY, &CoherentMemory)
}

/// What comes of VGA with a firmware whose answer to `tag` is `answer`.
fn with_answer(tag: u32, answer: &'static [u32]) -> Result<Screen, FramebufferError> {
    let (mut mailbox, _) = firmware(64 << 20, move |asked, words| {
        if asked == tag {
            *words = answer.to_vec();
        }
    });
    started(&mut mailbox, Some(VGA))
}

#[test]
fn a_mode_is_one_message_of_tags() {
    let (mut mailbox, asked) = firmware(64 << 20, |_, _| ());

    let screen = started(&mut mailbox, Some(VGA)).unwrap();

    let geometry =
        Geometry { width: 640, height: 480, stride: 640, buffers: 2, order: PixelOrder::Rgb };
    assert_eq!(screen, Screen { base: 0x3c10_0000, geometry });
    // Tag, values, and words with the room for an answer.
    let expected: [(u32, &[u32], usize); 8] = [
        (0x4_8003, &[640, 480], 2),
        (0x4_8004, &[640, 960], 2),
        (0x4_8005, &[32], 1),
        (0x4_8006, &[0], 1),
        (0x4_8007, &[2], 1),
        (0x4_8009, &[0, 0], 2),
        (0x4_0001, &[4096], 2),
        (0x4_0008, &[], 1),
    ];
    let asked = asked.borrow();
    assert_eq!(asked.len(), expected.len());
    for ((tag, words), (expected_tag, values, words_in_all)) in asked.iter().zip(expected) {
        assert_eq!((*tag, words.len()), (expected_tag, words_in_all));
        assert_eq!(words[..values.len()], *values, "{tag:x}");
    }
}

#[test]
fn without_a_wish_the_mode_is_the_displays_own() {
    let (mut mailbox, _) = firmware(64 << 20, |_, _| ());

    let geometry = started(&mut mailbox, None).unwrap().geometry;

    assert_eq!((geometry.width, geometry.height, geometry.buffers), (1024, 768, 2));
}

#[test]
fn on_a_large_display_each_pixel_is_shown_as_several() {
    let drawn = |width, height| {
        let size = Size { width, height }.legible();
        (size.width, size.height)
    };

    assert_eq!([drawn(640, 480), drawn(1366, 768)], [(640, 480), (1366, 768)]);
    assert_eq!([drawn(1920, 1080), drawn(3840, 2160)], [(960, 540), (960, 540)]);
}

#[test]
fn there_is_one_buffer_where_two_do_not_fit() {
    let bytes = 1024 * 768 * 4;
    for (memory_bytes, buffers) in [(2 * bytes, 2), (2 * bytes - 1, 1), (bytes, 1)] {
        let (mut mailbox, _) = firmware(memory_bytes, |_, _| ());

        assert_eq!(started(&mut mailbox, None).unwrap().geometry.buffers, buffers);
    }

    let (mut mailbox, _) = firmware(bytes - 1, |_, _| ());
    assert_eq!(started(&mut mailbox, None), Err(FramebufferError::Refused));
}

#[test]
fn there_is_one_buffer_where_the_firmware_cuts_off_the_second() {
    // QEMU has at most 2560 rows.
    let screen = with_answer(0x4_8004, &[640, 959]).unwrap();
    assert_eq!(screen.geometry.buffers, 1);
}

#[test]
fn rows_may_be_longer_than_what_is_seen_of_them() {
    let screen = with_answer(0x4_0008, &[640 * 4 + 64]).unwrap();

    assert_eq!(screen.geometry.stride, 656);
    // The memory, which is for rows of 640, has no room for a second buffer of these.
    assert_eq!(screen.geometry.buffers, 1);
}

#[test]
fn a_firmware_that_keeps_its_order_of_colours_is_obeyed() {
    assert_eq!(with_answer(0x4_8006, &[1]).unwrap().geometry.order, PixelOrder::Bgr);
}

#[test]
fn what_is_not_the_mode_that_was_asked_for_is_refused() {
    let answers: [(u32, &[u32]); 13] = [
        (0x4_8003, &[800, 480]),
        (0x4_8003, &[640, 400]),
        (0x4_8003, &[]),
        (0x4_8004, &[640, 479]),
        (0x4_8004, &[]),
        (0x4_8005, &[16]),
        (0x4_8006, &[]),
        (0x4_0001, &[0, 640 * 480 * 8]),
        (0x4_0001, &[0xfc10_0000, 0]),
        (0x4_0001, &[]),
        (0x4_0008, &[0]),
        (0x4_0008, &[640 * 4 - 4]),
        (0x4_0008, &[640 * 4 + 2]),
    ];
    for (tag, answer) in answers {
        assert_eq!(with_answer(tag, answer), Err(FramebufferError::Refused), "{tag:x} {answer:?}");
    }
}

#[test]
fn numbers_that_cannot_be_are_refused_too() {
    assert_eq!(with_answer(0x4_0008, &[u32::MAX]), Err(FramebufferError::Refused));
    assert_eq!(with_answer(0x4_0008, &[0x8000_0000]), Err(FramebufferError::Refused));
}

#[test]
fn a_size_without_sense_is_refused_before_the_firmware_is_asked() {
    for (width, height) in [(0, 480), (640, 63), (4097, 480), (640, u32::MAX)] {
        let mut mailbox = mailbox(|tag, _| panic!("asked {tag:x}"));

        let screen = started(&mut mailbox, Some(Size { width, height }));
        assert_eq!(screen, Err(FramebufferError::Refused));
    }
}

#[test]
fn memory_is_at_its_physical_address_and_all_of_it_above_the_arms() {
    let bytes = 640 * 480 * 4 * 2;
    let [start, end] = [GPU_MEMORY.start, GPU_MEMORY.end].map(|address| address as u32);
    for (bus_address, is_in_reach) in [
        (start, true),
        (0xc000_0000 | start, true),
        (0x4000_0000 | (end - bytes), true),
        (start - 4096, false),
        (end - bytes + 4096, false),
        (0xc000_0000, false),
        (0xffff_f000, false),
        // Within a page.
        (start + 64, false),
    ] {
        let (mut mailbox, _) = firmware(64 << 20, move |tag, answer| {
            if tag == 0x4_0001 {
                answer[0] = bus_address;
            }
        });
        let base = (bus_address & 0x3fff_ffff) as usize;
        let expected = is_in_reach.then_some(base).ok_or(FramebufferError::OutOfReach);
        let base = started(&mut mailbox, Some(VGA)).map(|screen| screen.base);
        assert_eq!(base, expected, "{bus_address:x}");
    }
}

#[test]
fn a_display_without_a_size_is_none() {
    for answer in [vec![0, 0], vec![2, 2], vec![0, 768], vec![1024, 0], vec![]] {
        let (mut mailbox, _) = firmware(64 << 20, move |tag, words| {
            if tag == 0x4_0003 {
                words.clone_from(&answer);
            }
        });
        assert_eq!(started(&mut mailbox, None), Err(FramebufferError::NoDisplay));
    }
}

#[test]
fn a_firmware_that_knows_no_screens_refuses() {
    let mut mailbox = mailbox(|_, _| None);

    assert_eq!(started(&mut mailbox, None), Err(FramebufferError::NoDisplay));
    assert_eq!(started(&mut mailbox, Some(VGA)), Err(FramebufferError::Refused));
}

#[test]
fn a_firmware_that_does_not_answer_is_given_up() {
    let message: &'static Message = Box::leak(Box::new(Message::zeroed()));
    let bank = Bank::zeroed();
    bank.poke(READ_STATUS, EMPTY);
    let letters = bank.record_writes(WRITE);
    let mut silent = Mailbox::new(bank.mmio(), message, &CoherentMemory);

    let no_answer = FramebufferError::Mailbox(MailboxError::NoAnswer);
    assert_eq!(started(&mut silent, Some(VGA)), Err(no_answer));
    assert_eq!(letters.borrow().len(), 1);
    assert_eq!(no_answer.to_string(), "the firmware did not answer");
    assert_eq!(FramebufferError::Refused.to_string(), "the firmware refuses the mode");
}

#[test]
fn a_display_is_found_if_it_says_what_it_is() {
    let cases: [(u32, &[u32], bool); 6] = [
        // The answers as they are.
        (0, &[], true),
        (0x4_0013, &[0], false),
        (0x3_0020, &[0, 1, 0, 0], false),
        (0x3_0020, &[0, 0, 0, 0], false),
        // QEMU, or a firmware too old for the question.
        (0x3_0020, &[], true),
        (0x4_0013, &[], true),
    ];
    for (tag, answer, is_found) in cases {
        let (mut mailbox, _) = firmware(64 << 20, move |asked, words| {
            if asked == tag {
                *words = answer.to_vec();
            }
        });
        assert_eq!(is_display_found(&mut mailbox), Ok(is_found), "{tag:x} {answer:?}");
    }
}

std::thread_local! {
    /// The mailbox of a test, and the ranges of memory that were maintained.
    static MAILBOX: RefCell<Option<Mailbox>> = const { RefCell::new(None) };
    static CACHE: RefCell<Vec<(&'static str, usize, usize)>> = const { RefCell::new(Vec::new()) };
}

struct RecordingCache;

impl Dma for RecordingCache {
    fn bus_address(&self, address: usize) -> Option<u32> {
        CoherentMemory.bus_address(address)
    }
    fn clean(&self, address: usize, length_bytes: usize) {
        CACHE.with_borrow_mut(|cache| cache.push(("clean", address, length_bytes)));
    }
    fn invalidate(&self, address: usize, length_bytes: usize) {
        CACHE.with_borrow_mut(|cache| cache.push(("invalidate", address, length_bytes)));
    }
}

fn with_mailbox(body: &mut dyn FnMut(&mut Mailbox)) {
    MAILBOX.with_borrow_mut(|mailbox| mailbox.as_mut().map(body));
}

static SCANOUT: Scanout = Scanout::new(with_mailbox, &RecordingCache);

#[test]
fn what_the_caches_held_of_the_memory_is_dropped_at_the_start() {
    let (mut mailbox, _) = firmware(64 << 20, |_, _| ());

    start(&mut mailbox, VGA, &GPU_MEMORY, &RecordingCache).unwrap();

    let expected = ("invalidate", 0x3c10_0000, 640 * 480 * 4 * 2);
    CACHE.with_borrow(|cache| assert_eq!(*cache, [expected]));
}

#[test]
fn pixels_are_cleaned_where_they_are() {
    let pixels = [0; 5];

    SCANOUT.clean(&pixels[1..4]);

    let expected = ("clean", pixels.as_ptr() as usize + 4, 12);
    CACHE.with_borrow(|cache| assert_eq!(*cache, [expected]));
}

#[test]
fn another_buffer_is_shown_by_its_first_row() {
    let (mailbox, asked) = firmware(64 << 20, |_, _| ());
    MAILBOX.set(Some(mailbox));

    assert_eq!(SCANOUT.show_from_row(768), Ok(()));

    assert_eq!(*asked.borrow(), [(0x4_8009, vec![0, 768])]);
}

#[test]
fn a_buffer_that_the_firmware_does_not_show_is_an_error() {
    assert_eq!(SCANOUT.show_from_row(0), Err(FlipError));

    for answer in [&[0, 0][..], &[1, 768], &[]] {
        let answer = answer.to_vec();
        let (mailbox, _) = firmware(64 << 20, move |_, words| words.clone_from(&answer));
        MAILBOX.set(Some(mailbox));
        assert_eq!(SCANOUT.show_from_row(768), Err(FlipError));
    }
    assert_eq!(SCANOUT.show_from_row(usize::MAX), Err(FlipError));
}
