//! Plays a film, MPEG-1 video with or without sound beside it, in a window, and says on standard
//! error how many pictures a second it manages.
//!
//! `player FILE` ends with the film, `player FILE --loop` begins it again, and
//! `player FILE --frame 7` shows the eighth picture, and stays there.

#![forbid(unsafe_code)]

mod pace;
mod screen;

use app_guest::display::Event;
use mpeg1::Decoder;
use pace::Pace;
use screen::Screen;
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which film?")?;
    let file = std::fs::read(&path)?;
    let video = mpeg1::video_of(&file);
    let first = Decoder::new(&video).next_frame().cloned().ok_or("there is no video in it")?;
    let title = path.rsplit('/').next().unwrap_or(&path);
    let mut screen = Screen::open(title, &first)?;

    if let Some(number) = app_guest::option("--frame") {
        return stay_at(number, &video, &mut screen);
    }
    while play(&video, &mut screen) && std::env::args().any(|word| word == "--loop") {}
    Ok(())
}

/// Plays the film once; gives whether it came to its end, or else somebody closed the window.
fn play(video: &[u8], screen: &mut Screen) -> bool {
    let mut decoder = Decoder::new(video);
    let mut pace = Pace::start(Instant::now());
    while let Some(frame) = decoder.next_frame() {
        screen.convert(frame);
        loop {
            while let Some(event) = screen.next_event() {
                if event == Event::Close {
                    return false;
                }
            }
            if pace.is_due(Instant::now()) {
                break;
            }
            screen.wait_frame();
        }
        screen.show();
        let rate = decoder.pictures_in_1000_s().unwrap_or(25_000);
        if let Some(tenths) = pace.shown(rate, Instant::now()) {
            say(tenths);
        }
    }
    say(pace.tenths_of_all(Instant::now()));
    true
}

/// Says how many tenths of a picture there are in a second.
fn say(tenths: u64) {
    eprintln!("player: {}.{} frames per second", tenths / 10, tenths % 10);
}

fn stay_at(number: usize, video: &[u8], screen: &mut Screen) -> Result<(), Box<dyn Error>> {
    let mut decoder = Decoder::new(video);
    for _ in 0..number {
        decoder.next_frame();
    }
    screen.convert(decoder.next_frame().ok_or("the film is shorter")?);
    screen.show();
    println!("frame {number}");
    while screen.wait_event() != Event::Close {}
    Ok(())
}
