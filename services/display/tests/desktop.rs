//! The desktop as a person sees it, and as the apps in its windows do.

use device::InputEvent;
use embedded_graphics::prelude::{Point, Size};
use picture::Picture;
use runtime::Pool;
use service_display::desktop::{UNFINISHED_PICTURES_MAX, WINDOWS_MAX, WINDOWS_PER_APP_MAX};
use service_display::event::{EVENTS_MAX, TEXT_BYTES};
use service_display::shapes::{self, Style};
use service_display::{Area, Canvas, Desktop, Event, KeyState, Kind, SurfaceError, text};

mod picture;

const SCREEN: Size = Size::new(320, 240);
const SMALL: Size = Size::new(120, 80);
const ALT: u8 = 0xe2;

/// Where the first window's content is.
const FIRST: Point = Point::new(24, 48);
/// Where the second one's is.
const SECOND: Point = Point::new(48, 72);

/// Memory for whatever is opened here.
struct Plenty;

impl Pool for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// A key that types nothing, as a window is told of it.
fn silent(usage: u8, state: KeyState) -> Event {
    Event::Key { usage, state, modifiers: 0, text: [0; TEXT_BYTES] }
}

fn key(usage: u8, is_down: bool) -> InputEvent {
    InputEvent::Key { usage, is_down }
}

fn press(desktop: &mut Desktop, usage: u8) {
    [true, false].into_iter().for_each(|is_down| desktop.handle(key(usage, is_down)));
}

fn point_to(desktop: &mut Desktop, x: i32, y: i32) {
    desktop.handle(InputEvent::Motion { x: -9999, y: -9999 });
    desktop.handle(InputEvent::Motion { x: x as i16, y: y as i16 });
}

fn button(desktop: &mut Desktop, is_down: bool) {
    desktop.handle(InputEvent::Button { number: 1, is_down });
}

/// Presses the button at one place and moves by so much.
fn drag(desktop: &mut Desktop, from: Point, x: i16, y: i16) {
    point_to(desktop, from.x, from.y);
    button(desktop, true);
    desktop.handle(InputEvent::Motion { x, y });
}

fn events(desktop: &mut Desktop, app: u32, id: u32) -> Vec<Event> {
    std::iter::from_fn(|| desktop.next_event(app, id)).collect()
}

/// Opens a window of app 1, 2 and so on with a circle and its name.
fn open(desktop: &mut Desktop, app: u32, name: &str) -> u32 {
    let id = desktop.open(app, name.as_bytes(), SMALL, Kind::Framed).unwrap();
    let all = Area::new(0, 0, 999, 999);
    desktop
        .draw(app, id, &all, |canvas| {
            let color = [0x8f_b5_73, 0x6f_a8_c9, 0xe8_c4_7a][app as usize % 3];
            shapes::circle(canvas, Point::new(60, 34), 20 + app, Style::Filled, color);
            text::draw(canvas, Point::new(8, 60), name.as_bytes(), 1, 0xe8_e4_da);
        })
        .unwrap();
    id
}

fn painted(desktop: &mut Desktop) -> Picture {
    let mut picture = Picture::new(SCREEN.width, SCREEN.height, 0xff_00_ff);
    desktop.redraw();
    desktop.paint(0, &mut picture.canvas());
    picture
}

#[test]
fn windows_overlap_and_the_pointer_is_above_all() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    for (app, name) in (1..).zip(["Clock", "Paint", "A title longer than its window"]) {
        open(&mut desktop, app, name);
    }
    point_to(&mut desktop, 90, 108);
    painted(&mut desktop).assert_is("windows");
}

#[test]
fn the_pointer_is_cut_off_at_the_edge_of_the_screen_and_goes_no_further() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    open(&mut desktop, 1, "Clock");
    drag(&mut desktop, FIRST + Point::new(20, -10), 900, 900);
    desktop.handle(InputEvent::Motion { x: -6, y: -9 });
    painted(&mut desktop).assert_is("pointer-at-the-edge");
}

#[test]
fn a_whole_screen_shows_one_app_alone() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let whole = desktop.open(7, b"", Size::new(200, 240), Kind::Whole).unwrap();
    let everything = Area::new(0, 0, 999, 999);
    let circle = |canvas: &mut Canvas<'_>| {
        shapes::circle(canvas, Point::new(100, 120), 110, Style::Outlined, 0xe8_e4_da);
    };
    desktop.draw(7, whole, &everything, circle).unwrap();
    open(&mut desktop, 1, "Clock");

    press(&mut desktop, 4);

    painted(&mut desktop).assert_is("whole-screen");
    let told = events(&mut desktop, 7, whole);
    assert!(told.contains(&silent(4, KeyState::Down)), "{told:?}");
}

#[test]
fn an_idle_desktop_draws_nothing() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    let mut picture = painted(&mut desktop);

    assert_eq!(desktop.paint(0, &mut picture.canvas()), 0);
    desktop.draw(1, id, &Area::new(5, 5, 10, 20), |_| ()).unwrap();
    assert_eq!(desktop.paint(0, &mut picture.canvas()), 200);
    assert_eq!(desktop.paint(0, &mut picture.canvas()), 0);
    point_to(&mut desktop, 0, 0);
    desktop.paint(0, &mut picture.canvas());
    point_to(&mut desktop, 0, 0);
    desktop.handle(InputEvent::Motion { x: -1, y: -1 });
    assert_eq!(desktop.paint(0, &mut picture.canvas()), 0);
}

#[test]
fn a_step_of_a_window_draws_no_more_than_its_old_and_new_place() {
    let mut desktop = Desktop::new(Size::new(640, 480), &Plenty);
    let mut picture = Picture::new(640, 480, 0);
    for app in 1..9 {
        desktop.open(app, b"busy", Size::new(300, 200), Kind::Framed).unwrap();
    }
    let frame = Area::new(0, 0, 302, 226);
    point_to(&mut desktop, FIRST.x + 30, FIRST.y - 10);
    button(&mut desktop, true);
    desktop.paint(0, &mut picture.canvas());

    desktop.handle(InputEvent::Motion { x: 4, y: 3 });

    let pixels = desktop.paint(0, &mut picture.canvas());
    assert!(pixels > frame.pixels() && pixels <= frame.pixels() + 3 * 306 + 4 * 229, "{pixels}");
}

#[test]
fn what_changed_is_drawn_as_all_would_be_on_each_of_two_buffers() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let mut buffers = [(); 2].map(|()| Picture::new(SCREEN.width, SCREEN.height, 0xff_00_ff));
    let mut number = 12345_u32;
    let mut next = |below: u32| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 8) % below
    };
    for step in 0..600 {
        match next(8) {
            0 if step < 200 => {
                let app = next(6);
                let _ = desktop.open(app, b"chance", SMALL, Kind::Framed);
            }
            1 => button(&mut desktop, next(2) == 0),
            2 if next(9) == 0 => desktop.close_all(next(6)),
            3 => {
                let usage = [ALT, 0xe1, 0x2b, 0x4f, 0x50, 0x51, 0x52][next(7) as usize];
                desktop.handle(key(usage, next(3) > 0));
            }
            4 => {
                let (x, y) = (next(0x8000) as u16, next(0x8000) as u16);
                desktop.handle(InputEvent::Position { x, y });
            }
            _ => {
                let (x, y) = (next(61) as i16 - 30, next(61) as i16 - 30);
                desktop.handle(InputEvent::Motion { x, y });
            }
        }
        let buffer = step % 2;
        desktop.paint(buffer, &mut buffers[buffer].canvas());
        let mut copy = Picture::new(SCREEN.width, SCREEN.height, 0xff_00_ff);
        if step % 21 == 20 {
            // After this the other buffer is drawn whole once, and both are compared in turns.
            desktop.redraw();
            desktop.paint(buffer, &mut copy.canvas());
            assert!(copy.pixels == buffers[buffer].pixels, "after step {step}");
        }
    }
}

#[test]
fn a_title_is_dragged_and_stays_within_reach() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");

    drag(&mut desktop, FIRST + Point::new(20, -10), 30, 40);
    button(&mut desktop, false);
    point_to(&mut desktop, FIRST.x + 30, FIRST.y + 40);

    let told = events(&mut desktop, 1, id);
    assert_eq!(told.last(), Some(&Event::Pointer { at: Point::new(0, 0) }), "{told:?}");
}

#[test]
fn a_corner_that_is_dragged_resizes_and_keeps_what_was_drawn() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    let corner = FIRST + Point::new(119, 79);

    drag(&mut desktop, corner, 40, 20);
    desktop.handle(InputEvent::Motion { x: 10, y: 10 });

    assert_eq!(desktop.size_of(1, id), Ok(Size::new(170, 110)));
    assert_eq!(
        events(&mut desktop, 1, id),
        [
            Event::Focus(true),
            Event::Pointer { at: Point::new(119, 79) },
            Event::Resize(Size::new(170, 110)),
        ]
    );
    painted(&mut desktop).assert_is("resized");
}

#[test]
fn a_resize_past_the_screen_or_to_nothing_stops_there() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    drag(&mut desktop, FIRST + Point::new(119, 79), -999, -999);
    assert_eq!(desktop.size_of(1, id), Ok(Size::new(64, 64)));
    (0..50).for_each(|_| desktop.handle(InputEvent::Motion { x: 300, y: 200 }));
    (0..50).for_each(|_| press_with_alt(&mut desktop, 0x4f));
    assert!(desktop.size_of(1, id).is_ok_and(|size| size.width <= 320 && size.height <= 240));
}

fn press_with_alt(desktop: &mut Desktop, usage: u8) {
    desktop.handle(key(ALT, true));
    press(desktop, usage);
    desktop.handle(key(ALT, false));
}

#[test]
fn the_cross_and_alt_f4_ask_a_window_to_close_and_its_app_does() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");

    point_to(&mut desktop, FIRST.x + 108, FIRST.y - 12);
    button(&mut desktop, true);
    assert_eq!(events(&mut desktop, 1, id).last(), Some(&Event::Close));
    button(&mut desktop, false);
    press_with_alt(&mut desktop, 0x3d);
    assert!(events(&mut desktop, 1, id).contains(&Event::Close));

    assert_eq!(desktop.close(2, id), Err(SurfaceError::Unknown));
    assert_eq!(desktop.close(1, id), Ok(()));
    assert_eq!(desktop.close(1, id), Err(SurfaceError::Unknown));
    assert_eq!(desktop.next_event(1, id), None);
}

#[test]
fn alt_tab_and_a_press_change_the_focus_and_keys_go_where_it_is() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let (first, second) = (open(&mut desktop, 1, "Clock"), open(&mut desktop, 2, "Paint"));
    let down = |usage| silent(usage, KeyState::Down);

    desktop.handle(key(4, true));
    press_with_alt(&mut desktop, 0x2b);
    desktop.handle(key(4, false));
    desktop.handle(key(5, true));

    let of_second = events(&mut desktop, 2, second);
    assert_eq!(of_second[..2], [Event::Focus(true), down(4)]);
    assert_eq!(of_second.last(), Some(&Event::Focus(false)));
    let of_first = events(&mut desktop, 1, first);
    assert_eq!(of_first[..3], [Event::Focus(true), Event::Focus(false), Event::Focus(true)]);
    assert_eq!(of_first[3..], [down(5)], "the key that another was told of goes up unseen");
}

#[test]
fn a_key_that_is_held_types_again_where_it_went_down_alone() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let (first, second) = (open(&mut desktop, 1, "Clock"), open(&mut desktop, 2, "Paint"));
    let text = *b"\xc3\xa4\0\0\0\0\0\0";
    let typed = |state| Event::Key { usage: 0x34, state, modifiers: 0, text };

    desktop.key(0x34, KeyState::Down, text);
    desktop.key(0x34, KeyState::Repeated, text);
    desktop.close(2, second).unwrap();
    desktop.key(0x34, KeyState::Repeated, text);
    desktop.key(0x34, KeyState::Up, [0; TEXT_BYTES]);

    let told = [Event::Focus(true), Event::Focus(false), Event::Focus(true)];
    assert_eq!(events(&mut desktop, 1, first), told);
    let third = open(&mut desktop, 3, "Life");
    desktop.key(0x34, KeyState::Down, text);
    desktop.key(0x34, KeyState::Repeated, text);
    let told = events(&mut desktop, 3, third);
    assert_eq!(told[1..], [typed(KeyState::Down), typed(KeyState::Repeated)]);
}

#[test]
fn a_shortcut_is_repeated_while_its_key_is_held() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    desktop.handle(key(ALT, true));
    desktop.key(0x4f, KeyState::Down, [0; TEXT_BYTES]);
    (0..3).for_each(|_| desktop.key(0x4f, KeyState::Repeated, [0; TEXT_BYTES]));
    desktop.key(0x4f, KeyState::Up, [0; TEXT_BYTES]);

    point_to(&mut desktop, FIRST.x + 4 * 16, FIRST.y);

    let told = events(&mut desktop, 1, id);
    assert_eq!(told.last(), Some(&Event::Pointer { at: Point::zero() }), "{told:?}");
    assert_eq!(told.len(), 3, "of the keys it was told only that Alt went down");
}

#[test]
fn a_buffer_is_out_of_date_until_it_is_painted() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let mut picture = painted(&mut desktop);

    assert!(!desktop.is_damaged(0));
    assert!(desktop.is_damaged(1));
    desktop.paint(1, &mut picture.canvas());
    assert!(!desktop.is_damaged(1));
    point_to(&mut desktop, 5, 5);
    assert!(desktop.is_damaged(0) && desktop.is_damaged(1));
}

#[test]
fn a_button_that_is_held_belongs_to_the_window_where_it_went_down() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");

    drag(&mut desktop, FIRST + Point::new(10, 10), -30, 5);
    button(&mut desktop, false);
    desktop.handle(InputEvent::Motion { x: 1, y: 0 });

    let at = |x, y| Point::new(x, y);
    assert_eq!(
        events(&mut desktop, 1, id)[1..],
        [
            Event::Pointer { at: at(10, 10) },
            Event::Button { number: 1, is_down: true, at: at(10, 10) },
            Event::Pointer { at: at(-20, 15) },
            Event::Button { number: 1, is_down: false, at: at(-20, 15) },
        ]
    );
}

#[test]
fn an_app_that_ends_while_its_window_is_dragged_leaves_nothing() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let other = open(&mut desktop, 2, "Paint");
    open(&mut desktop, 1, "Clock");
    drag(&mut desktop, SECOND + Point::new(20, -10), 5, 5);

    desktop.close_all(1);
    desktop.handle(InputEvent::Motion { x: 30, y: 30 });
    button(&mut desktop, false);
    press(&mut desktop, 4);

    assert!(events(&mut desktop, 2, other).len() > 2);
    let mut alone = Desktop::new(SCREEN, &Plenty);
    open(&mut alone, 2, "Paint");
    point_to(&mut alone, SECOND.x + 55, SECOND.y + 25);
    assert!(painted(&mut desktop).pixels == painted(&mut alone).pixels);
}

#[test]
fn an_app_that_opens_a_thousand_windows_has_a_few_and_others_have_theirs() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let mut opened = |app| desktop.open(app, b"", SMALL, Kind::Framed);

    let all: Vec<_> = (0..1000).map(|_| opened(1)).collect();
    assert_eq!(all.iter().filter(|window| window.is_ok()).count(), WINDOWS_PER_APP_MAX);
    assert_eq!(all.last(), Some(&Err(SurfaceError::TooMany)));

    let others = (2..1000).filter(|app| opened(*app).is_ok()).count();
    assert_eq!(others, WINDOWS_MAX - WINDOWS_PER_APP_MAX);
}

#[test]
fn an_app_that_takes_no_events_loses_the_oldest() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    (0..1000).for_each(|_| press(&mut desktop, 4));
    press(&mut desktop, 5);

    let told = events(&mut desktop, 1, id);

    assert_eq!(told.len(), EVENTS_MAX);
    assert_eq!(told.last(), Some(&silent(5, KeyState::Up)));
}

#[test]
fn a_window_is_drawn_on_by_its_own_app_alone() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    let id = open(&mut desktop, 1, "Clock");
    let everything = Area::new(i32::MIN, i32::MIN, u32::MAX, u32::MAX);
    assert_eq!(desktop.draw(2, id, &everything, |_| ()), Err(SurfaceError::Unknown));
    assert_eq!(desktop.draw(1, id + 1, &everything, |_| ()), Err(SurfaceError::Unknown));
    assert_eq!(desktop.draw(1, id, &everything, |_| ()), Ok(()));
    assert_eq!(desktop.next_event(2, id), None);
}

#[test]
fn what_an_app_draws_is_seen_when_it_has_finished() {
    let (mut desktop, mut picture) = (Desktop::new(SCREEN, &Plenty), Picture::new(320, 240, 0));
    let id = desktop.open(1, b"", Size::new(10, 10), Kind::Framed).unwrap();
    desktop.paint(0, &mut picture.canvas());

    desktop.has_drawn(1, id, &Area::new(2, 2, 3, 4)).unwrap();
    desktop.has_drawn(1, id, &Area::new(9, 9, 50, 50)).unwrap();
    assert!(desktop.is_unfinished() && !desktop.is_damaged(0));
    assert!(!desktop.finish(2) && !desktop.is_damaged(0), "another app finished");

    assert!(desktop.finish(1) && !desktop.is_unfinished());
    assert_eq!(desktop.paint(0, &mut picture.canvas()), 3 * 4 + 1);
}

#[test]
fn an_app_that_draws_without_end_is_seen_nevertheless() {
    let (mut desktop, mut picture) = (Desktop::new(SCREEN, &Plenty), Picture::new(320, 240, 0));
    let id = desktop.open(1, b"", Size::new(10, 10), Kind::Framed).unwrap();
    desktop.paint(0, &mut picture.canvas());

    for _ in 0..UNFINISHED_PICTURES_MAX {
        desktop.has_drawn(1, id, &Area::new(0, 0, 10, 10)).unwrap();
        desktop.picture_is_due();
        assert!(!desktop.is_damaged(0));
    }
    desktop.picture_is_due();

    assert_eq!(desktop.paint(0, &mut picture.canvas()), 100);
    assert!(!desktop.is_unfinished());
}

#[test]
fn a_new_window_is_set_aside_while_there_is_room() {
    let mut desktop = Desktop::new(SCREEN, &Plenty);
    for app in 1..=3 {
        let id = desktop.open(app, b"", SMALL, Kind::Framed).unwrap();
        desktop.set_aside(app, id);
        let whole = Area::new(0, 0, SMALL.width, SMALL.height);
        desktop.draw(app, id, &whole, |canvas| canvas.fill(&whole, app)).unwrap();
    }

    let picture = painted(&mut desktop);
    let place_of = |app| {
        let index = picture.pixels.iter().position(|pixel| *pixel == app).unwrap() as i32;
        Point::new(index % 320, index / 320)
    };
    let beside = FIRST + Point::new(120 + 2 + 8, 0);
    assert_eq!([place_of(1), place_of(2)], [FIRST, beside]);
    // For the third there is no room: in the lower right corner it covers least of the others.
    assert_eq!(place_of(3), Point::new(320 - 120 - 24, 240 - 80 - 24));
}
