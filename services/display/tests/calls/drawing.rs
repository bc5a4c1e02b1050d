//! What guests draw is what is drawn, all at once or in bands.

use crate::machine::{FIRST, FUEL, RESULT_AT, SCREEN, Screen, Script, canvas, finish, parked};
use crate::windows::{drag, press};
use crate::{SAMPLES, image};
use abi::Errno;
use abi::display::picture::{ARGB8888, PALETTE, RGB565, XRGB8888};
use runtime::{End, Events, Guest, Turn, Until};
use service_display::picture::{Format, Picture as Image};
use service_display::shapes::{self, Style};
use service_display::{Area, Canvas, Point, Size, look, text};
use service_wasi::Wasi;
use std::sync::atomic::Ordering::Relaxed;

const OK: Errno = Errno::Success;
const WIDE: i64 = SCREEN.width as i64;
const HIGH: i64 = SCREEN.height as i64;

/// What is on the screen when all of it is one surface on which `drawing` has drawn.
fn expected(drawing: impl FnOnce(&mut Canvas<'_>)) -> Vec<u32> {
    let mut pixels = vec![look::PANEL; (SCREEN.width * SCREEN.height) as usize];
    drawing(&mut canvas(&mut pixels));
    pixels
}

/// What is on the screen after a guest has drawn on all of it.
fn drawn(script: &Script) -> Vec<u32> {
    let screen = Screen::new();
    let mut guest = screen.start(1, script);
    assert_eq!(finish(&mut guest), 0);
    screen.shown()
}

#[test]
fn what_a_guest_draws_is_what_is_drawn_without_one() {
    let description = image([2112, 2, 2, 0, XRGB8888, 0, 0, 16]);
    let mut script =
        Script::open_whole().data(2048, &description).data(2112, &[0x55; 16]).holds(RESULT_AT, 3);
    for sample in &SAMPLES[1..12] {
        script = script.call(sample.name, sample.args, OK);
    }
    let title = b"A title";

    assert_eq!(
        drawn(&script),
        expected(|canvas| {
            canvas.fill(&Area::new(0, 0, 640, 480), 0x24_2a_34);
            canvas.fill(&Area::new(20, 20, 100, 60), 0x8f_b5_73);
            shapes::line(canvas, Point::new(10, 200), Point::new(300, 90), 0xe8_c4_7a);
            let frame = Area::new(150, 20, 100, 60);
            shapes::rectangle(canvas, &frame, 12, Style::Outlined, 0x6f_a8_c9);
            shapes::circle(canvas, Point::new(320, 240), 80, Style::Filled, 0xd9_75_6c);
            let corners = [Point::new(400, 50), Point::new(600, 100), Point::new(450, 300)];
            shapes::triangle(canvas, corners, Style::Filled, 0x9a_8c_c9);
            text::draw(canvas, Point::new(40, 400), title, 2, 0xe8_e4_da);
            canvas.fill(&Area::new(500, 400, 32, 32), 0x55_55_55_55);
            canvas.scroll(&Area::new(0, 0, 640, 480), 30, -20);
        })
    );
}

#[test]
fn every_format_is_read_from_the_guests_memory() {
    let formats = [(XRGB8888, 24, 4), (ARGB8888, 24, 4), (RGB565, 12, 2), (PALETTE, 9, 1)];
    let bytes: Vec<u8> = (0..60).map(|byte: u8| byte.wrapping_mul(37)).collect();
    let colors = [0x11_22_33, 0x44_55_66];
    let mut script =
        Script::open_whole().data(4096, &bytes).data(8192, &colors.map(u32::to_le_bytes).concat());
    for (index, (format, stride, _)) in (0..).zip(formats) {
        let description = image([4096, 5, 2, stride, format, 8192, 2, 3]);
        let at = 2048 + 32 * index;
        let y = 20 * i64::from(index);
        script = script.data(at, &description).call("blit", &[FIRST, -4, y, at.into()], OK);
    }

    let mut palette = [0; 256];
    palette[..2].copy_from_slice(&colors);
    assert_eq!(
        drawn(&script),
        expected(|canvas| {
            for (index, (format, stride, _)) in (0..).zip(formats) {
                let format = match format {
                    XRGB8888 => Format::Xrgb8888,
                    ARGB8888 => Format::Argb8888,
                    RGB565 => Format::Rgb565,
                    _ => Format::Palette(&palette),
                };
                let image = Image::new(&bytes, Size::new(5, 2), stride as usize, format).unwrap();
                image.draw(canvas, Point::new(-4, 20 * index), 3);
            }
        })
    );
}

/// A call, its arguments behind the surface, and what it draws.
type Sketch = (&'static str, Vec<i64>, fn(&mut Canvas<'_>));

/// Drawing that is much.
fn much() -> Vec<Sketch> {
    vec![
        ("clear", vec![0x12_34_56], |canvas| canvas.fill(&canvas.clip(), 0x12_34_56)),
        ("fill", vec![-5, -5, 9999, 9999, 7], |canvas| canvas.fill(&canvas.clip(), 7)),
        ("circle", vec![320, 240, 400, 0, 9], |canvas| {
            shapes::circle(canvas, Point::new(320, 240), 400, Style::Filled, 9);
        }),
        ("rectangle", vec![3, 4, 630, 470, 99, 0, 9], |canvas| {
            shapes::rectangle(canvas, &Area::new(3, 4, 630, 470), 99, Style::Filled, 9);
        }),
        ("triangle", vec![-70, 3, 700, 90, 300, 900, 0, 9], |canvas| {
            let corners = [Point::new(-70, 3), Point::new(700, 90), Point::new(300, 900)];
            shapes::triangle(canvas, corners, Style::Filled, 9);
        }),
        ("text", vec![-9, -9, 1024, 7, 30, 9], |canvas| {
            text::draw(canvas, Point::new(-9, -9), b"A title", 30, 9);
        }),
    ]
}

#[test]
fn what_is_much_takes_several_turns_and_is_the_same() {
    for (name, mut args, drawing) in much() {
        let screen = Screen::new();
        args.insert(0, FIRST);
        let mut guest = screen.start(1, &Script::open_whole().call(name, &args, OK));
        let mut turns = 0;
        while !matches!(guest.turn(FUEL), Turn::Ended(End::Exit(0))) {
            turns += 1;
        }

        assert!(turns >= 3, "{name} took {turns} turns");
        assert_eq!(screen.shown(), expected(drawing), "{name}");
    }
}

/// A guest with a pattern on its surface, which it then scrolls.
fn scrolls(right: i64, down: i64) -> Script {
    let script = Script::open_whole().call("triangle", &[FIRST, 0, 0, 639, 99, 60, 479, 0, 9], OK);
    script.call("scroll", &[FIRST, 7, 5, 620, 460, right, down], OK)
}

#[test]
fn what_is_scrolled_in_bands_is_where_it_would_be_at_once() {
    for (right, down) in [(0, 33), (0, -33), (-21, 300), (21, -300), (13, 0), (-13, 1)] {
        let corners = [Point::new(0, 0), Point::new(639, 99), Point::new(60, 479)];
        let scrolled = expected(|canvas| {
            shapes::triangle(canvas, corners, Style::Filled, 9);
            canvas.scroll(&Area::new(7, 5, 620, 460), right as i32, down as i32);
        });
        assert!(drawn(&scrolls(right, down)) == scrolled, "{right} and {down}");
    }
}

/// A guest that shows a picture of so many pixels out of its memory, the first row of which is at
/// 1 MiB, and the pixels of the rest black.
fn shows(width: u32, height: u32, scale: u32) -> Script {
    let row: Vec<u8> = (0..width).flat_map(|x| (x * 0x01_03_05).to_le_bytes()).collect();
    Script::open_whole()
        .data(1 << 20, &row)
        .data(2048, &image([1 << 20, width, height, 0, XRGB8888, 0, 0, scale]))
        .call("blit", &[FIRST, 0, 0, 2048], OK)
}

#[test]
fn a_picture_of_the_whole_screen_is_shown_in_a_few_turns() {
    for (width, height, scale) in [(640, 480, 1), (320, 240, 2)] {
        let screen = Screen::new();
        let mut guest = screen.start(1, &shows(width, height, scale));
        let mut turns = 0;
        while !matches!(guest.turn(FUEL), Turn::Ended(End::Exit(0))) {
            turns += 1;
        }

        assert!((3..=7).contains(&turns), "{turns} turns at {scale}");
        let row = (0..640).map(|x| x / scale * 0x01_03_05);
        let picture = screen.shown();
        assert!(picture[..640].iter().copied().eq(row), "at {scale}");
        assert!(picture[640 * scale as usize..].iter().all(|pixel| *pixel == 0));
    }
}

/// Gives turns until a surface is open and the first of what is drawn on it is there.
fn begin(screen: &Screen, guest: &mut Guest<Wasi>) {
    while screen.with(|desktop| desktop.event_count(1, 1)) == 0 {
        guest.turn(FUEL);
    }
    while !screen.with(|desktop| desktop.is_unfinished()) {
        assert!(!matches!(guest.turn(FUEL), Turn::Ended(_)), "it has drawn");
    }
}

#[test]
fn a_surface_that_is_resized_between_two_bands_is_drawn_as_far_as_it_goes() {
    for to in [(300, 200), (616, 432)] {
        let screen = Screen::new();
        let script = Script::open(600, 400)
            .call("fill", &[FIRST, 0, 0, WIDE, HIGH, 9], OK)
            .call("size", &[FIRST, RESULT_AT.into()], OK)
            .holds(RESULT_AT, to.0)
            .holds(RESULT_AT + 4, to.1);
        let mut guest = screen.start(1, &script);
        begin(screen, &mut guest);

        screen.with(|desktop| {
            drag(desktop, Point::new(24 + 599, 48 + 399), (to.0 - 600) as i16, (to.1 - 400) as i16);
        });

        assert_eq!(finish(&mut guest), 0);
    }
}

#[test]
fn a_surface_that_is_closed_between_two_bands_is_a_bad_descriptor() {
    let screen = Screen::new();
    let script = Script::open_whole().call("clear", &[FIRST, 9], Errno::BadDescriptor);
    let mut guest = screen.start(1, &script);
    begin(screen, &mut guest);

    screen.with(|desktop| desktop.close_all(1));

    assert_eq!(finish(&mut guest), 0);
}

#[test]
fn who_draws_without_end_pays_for_it_and_has_short_turns() {
    for (name, args) in [
        ("clear", vec![FIRST, 1]),
        ("circle", vec![FIRST, 320, 240, 400, 0, 9]),
        ("text", vec![FIRST, 0, 0, 0, 4096, 4, 9]),
        ("line", vec![FIRST, 0, 0, 640, 480, 9]),
        ("blit", vec![FIRST, 0, 0, 2048]),
        ("scroll", vec![FIRST, 0, 0, 640, 480, 1, 1]),
    ] {
        let screen = Screen::new();
        let picture = image([4096, 640, 480, 0, ARGB8888, 0, 0, 1]);
        let opens = Script::open_whole().data(2048, &picture);
        let mut guest = screen.start(1, &opens.call(name, &args, OK).forever());
        for turn in 0..300 {
            let before = guest.fuel_used();
            guest.turn(FUEL);
            let used = guest.fuel_used() - before;
            // What is owed for the last band of a turn is paid in the next.
            assert!(used < 3 * FUEL, "{name} used {used} in turn {turn}");
        }
        assert!(guest.fuel_used() > 100 * FUEL / 2, "{name} paid {}", guest.fuel_used());
    }
}

#[test]
fn text_that_is_no_utf_8_is_drawn_as_the_replacement_character() {
    let broken = b"a\xff\xe2\x82b\xc3";
    let script = Script::open_whole()
        .data(4096, broken)
        .call("text", &[FIRST, 9, 9, 4096, broken.len() as i64, 1, 9], OK)
        .call("text_extent", &[4096, broken.len() as i64, 1, RESULT_AT.into()], OK)
        .holds(RESULT_AT, 5 * 8)
        .holds(RESULT_AT + 4, 16);

    let told = "a\u{fffd}\u{fffd}b\u{fffd}".as_bytes();
    assert_eq!(drawn(&script), expected(|canvas| text::draw(canvas, Point::new(9, 9), told, 1, 9)));
}

#[test]
fn who_waits_for_a_frame_is_parked_until_it_is_due() {
    let screen = Screen::new();
    let script = Script::open(64, 64).reads(FIRST, 200, OK).call("wait_frame", &[FIRST], OK).call(
        "wait_frame",
        &[FIRST],
        OK,
    );
    let mut guest = screen.start(1, &script);
    let until = Until { at_ns: Some(1000), events: Events::DISPLAY };

    assert_eq!(parked(&mut guest), until);
    assert_eq!(parked(&mut guest), until, "another window has an event");
    screen.frame_ns.store(2000, Relaxed);
    assert_eq!(parked(&mut guest), Until { at_ns: Some(2000), ..until });
    screen.with(|desktop| press(desktop, 4));
    assert_eq!(finish(&mut guest), 0);
}
