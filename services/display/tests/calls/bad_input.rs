//! What no guest should send, and some do.

use crate::machine::{FIRST, MEMORY_BYTES, RESULT_AT, Screen, Script, finish};
use crate::{SAMPLES, image};
use abi::Errno;
use abi::display::picture::{self, ARGB8888, PALETTE, RGB565, XRGB8888};

const OK: Errno = Errno::Success;

/// A picture of 2 by 2 pixels at 2112, see [`crate::SAMPLES`].
const IMAGE: [u32; 8] = [2112, 2, 2, 0, XRGB8888, 0, 0, 1];

fn run(script: &Script) {
    let step = finish(&mut Screen::new().start(1, script));
    assert_eq!(step, 0, "{}", script.module());
}

#[test]
fn every_call_is_well_with_its_sample() {
    let mut script = Script::open_whole().data(2048, &image(IMAGE));
    for sample in &SAMPLES {
        script = script.call(sample.name, sample.args, OK);
    }
    run(&script);
}

#[test]
fn every_pointer_past_the_guests_memory_is_the_guests_fault() {
    let mut script = Script::open_whole().data(2048, &image(IMAGE));
    for sample in &SAMPLES {
        for pointer in sample.pointers {
            for bad in [MEMORY_BYTES - 1, MEMORY_BYTES, u32::MAX - 3, u32::MAX] {
                let mut args = sample.args.to_vec();
                args[*pointer] = bad.into();
                script = script.call(sample.name, &args, Errno::Fault);
            }
        }
    }
    run(&script);
}

#[test]
fn every_length_past_the_guests_memory_is_the_guests_fault() {
    let past = i64::from(MEMORY_BYTES);
    let script = Script::open_whole()
        .call("open", &[1024, past, 64, 64, 0, 16], Errno::Fault)
        .call("open", &[1024, -1, 64, 64, 0, 16], Errno::Fault)
        .call("text", &[FIRST, 0, 0, 1024, past, 1, 9], Errno::Fault)
        .call("text", &[FIRST, 0, 0, 1024, -1, 1, 9], Errno::Fault)
        .call("text_extent", &[1024, past, 1, RESULT_AT.into()], Errno::Fault)
        .call("text", &[FIRST, 0, 0, 0, 4096, 1, 9], OK)
        .call("text", &[FIRST, 0, 0, 0, 4097, 1, 9], Errno::TooBig)
        .call("text_extent", &[0, 4097, 1, RESULT_AT.into()], Errno::TooBig);
    run(&script);
}

/// One numbers' end after the other for every number of every call.
#[test]
fn numbers_at_the_ends_of_all_are_drawn_without_trouble() {
    let ends = [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX].map(i64::from);
    let mut script = Script::open(64, 64).data(2048, &image(IMAGE));
    let drawn = SAMPLES.iter().filter(|sample| !sample.coordinates.is_empty());
    for (sample, end) in drawn.flat_map(|sample| ends.map(|end| (sample, end))) {
        for coordinate in sample.coordinates {
            let mut args = sample.args.to_vec();
            args[*coordinate] = end;
            script = script.call(sample.name, &args, OK);
        }
        let mut args = sample.args.to_vec();
        sample.coordinates.iter().for_each(|coordinate| args[*coordinate] = end);
        script = script.call(sample.name, &args, OK);
        let opposite = |index: usize| if index.is_multiple_of(2) { -1 - end } else { end };
        sample.coordinates.iter().for_each(|index| args[*index] = opposite(*index));
        script = script.call(sample.name, &args, OK);
    }
    run(&script);
}

#[test]
fn a_scale_at_the_end_of_all_numbers_is_as_large_as_a_screen() {
    let script = Script::open(64, 64)
        .call("text", &[FIRST, 0, 0, 1024, 7, 0, 9], OK)
        .call("text", &[FIRST, 0, 0, 1024, 7, -1, 9], OK)
        .call("text", &[FIRST, i32::MAX.into(), i32::MIN.into(), 1024, 7, -1, 9], OK)
        .call("text_extent", &[1024, 7, -1, RESULT_AT.into()], OK)
        .holds(RESULT_AT, -1)
        .holds(RESULT_AT + 4, -1);
    run(&script);
}

#[test]
fn a_style_that_there_is_not_is_invalid() {
    let script = Script::open(64, 64)
        .call("rectangle", &[FIRST, 0, 0, 9, 9, 0, 2, 9], Errno::Invalid)
        .call("circle", &[FIRST, 0, 0, 9, -1, 9], Errno::Invalid)
        .call("triangle", &[FIRST, 0, 0, 9, 9, 0, 9, 2, 9], Errno::Invalid);
    run(&script);
}

/// Which field of a picture's description is another, and what `blit` answers then.
const DESCRIPTIONS: &[(&[(u32, u32)], Errno)] = &[
    (&[], OK),
    (&[(picture::PIXELS, MEMORY_BYTES)], Errno::Fault),
    (&[(picture::PIXELS, MEMORY_BYTES - 15)], Errno::Fault),
    (&[(picture::PIXELS, MEMORY_BYTES - 16)], OK),
    (&[(picture::PIXELS, u32::MAX)], Errno::Fault),
    (&[(picture::WIDTH, 0)], Errno::Invalid),
    (&[(picture::HEIGHT, 0)], Errno::Invalid),
    (&[(picture::WIDTH, u32::MAX)], Errno::Fault),
    (&[(picture::WIDTH, 1 << 30)], Errno::Fault),
    (&[(picture::HEIGHT, u32::MAX)], Errno::Fault),
    (&[(picture::WIDTH, u32::MAX), (picture::HEIGHT, u32::MAX)], Errno::Fault),
    (&[(picture::WIDTH, 1 << 16), (picture::HEIGHT, 1 << 15)], Errno::Fault),
    (&[(picture::STRIDE, 7)], Errno::Invalid),
    (&[(picture::STRIDE, 8)], OK),
    (&[(picture::STRIDE, MEMORY_BYTES)], Errno::Fault),
    (&[(picture::STRIDE, u32::MAX), (picture::HEIGHT, u32::MAX)], Errno::Fault),
    (&[(picture::FORMAT, 4)], Errno::Invalid),
    (&[(picture::FORMAT, u32::MAX)], Errno::Invalid),
    (&[(picture::FORMAT, ARGB8888)], OK),
    (&[(picture::FORMAT, RGB565)], OK),
    (&[(picture::FORMAT, PALETTE)], OK),
    (&[(picture::FORMAT, PALETTE), (picture::COLOR_COUNT, 257)], Errno::Invalid),
    (&[(picture::FORMAT, PALETTE), (picture::COLOR_COUNT, u32::MAX)], Errno::Invalid),
    (&[(picture::COLOR_COUNT, u32::MAX), (picture::COLORS, u32::MAX)], OK),
    (
        &[
            (picture::FORMAT, PALETTE),
            (picture::COLOR_COUNT, 256),
            (picture::COLORS, MEMORY_BYTES - 1023),
        ],
        Errno::Fault,
    ),
    (
        &[
            (picture::FORMAT, PALETTE),
            (picture::COLOR_COUNT, 256),
            (picture::COLORS, MEMORY_BYTES - 1024),
        ],
        OK,
    ),
    (&[(picture::SCALE, 0)], Errno::Invalid),
    (&[(picture::SCALE, 16)], OK),
    (&[(picture::SCALE, 17)], Errno::Invalid),
    (&[(picture::SCALE, u32::MAX)], Errno::Invalid),
];

#[test]
fn a_picture_whose_description_makes_no_sense_is_refused() {
    let mut script = Script::open(64, 64);
    for (at, (changes, expected)) in (2048..).step_by(32).zip(DESCRIPTIONS) {
        let mut fields = IMAGE;
        fields[0] = 8192;
        changes.iter().for_each(|(field, value)| fields[*field as usize / 4] = *value);
        let args = [FIRST, 0, 0, i64::from(at)];
        script = script.data(at, &image(fields)).call("blit", &args, *expected);
    }
    run(&script);
}

#[test]
fn nothing_that_a_guest_can_say_panics() {
    let mut number = 54321_u32;
    let mut next = move || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        number >> 8
    };
    for _ in 0..40 {
        let mut bytes = vec![0; 4096];
        bytes.iter_mut().for_each(|byte| *byte = [0, 0, 0, 1, 2, 16, 255][next() as usize % 7]);
        let mut script = Script::open(200, 100).data(2048, &bytes);
        for _ in 0..300 {
            let sample = &SAMPLES[next() as usize % (SAMPLES.len() - 1)];
            let arg = |arg: &i64| match next() % 4 {
                0 => [0, 1, 3, 64, 2048, MEMORY_BYTES - 8, i32::MAX as u32][next() as usize % 7],
                1 => next().wrapping_mul(257),
                2 => (next() % 2048).wrapping_sub(1024),
                _ => *arg as u32,
            };
            let args = Vec::from_iter(sample.args.iter().map(arg));
            script = script.tries(sample.name, &args);
        }
        run(&script);
    }
}

#[test]
fn an_import_of_another_type_is_named() {
    let text = r#"(module (import "bramble_display" "fill" (func (param i64)))
        (memory (export "memory") 1) (func (export "_start")))"#;
    let screen = Screen::new();
    let client = service_display::calls::Client { app: 1, is_kiosk: false, seat: screen };

    let error = screen.load(client, text).err().map(|error| error.to_string());

    assert!(error.as_ref().is_some_and(|error| error.contains("fill")), "{error:?}");
}
