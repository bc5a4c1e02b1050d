//! A picture to paint: the left button draws, the keys 1 to 8 choose a color.
//!
//! `--frame N` shows a spiral of N strokes first.

#![forbid(unsafe_code)]

mod tools;

use app_guest::Errno;
use app_guest::display::{Color, Event, Picture, Pixels, Size, State, Surface, Window, look};
use app_guest::strokes::Stroke;
use tools::{COLORS, TOOLS_HEIGHT, Tools};

/// Of the paper, of which a window shows the left upper part.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
const PAPER: Color = look::TEXT;
const WINDOW: Size = Size { width: 320, height: 240 + TOOLS_HEIGHT };

struct Paint {
    surface: Surface,
    /// The picture in memory: it is whole even if the window is small.
    paper: Vec<Color>,
    tools: Tools,
    /// Where the pointer was, while it draws.
    last: Option<(f32, f32)>,
}

impl Paint {
    fn show_all(&self) {
        self.tools.show(&self.surface);
        self.show(0, 0, WIDTH, HEIGHT);
    }

    /// Shows a part of the paper.
    fn show(&self, left: u32, top: u32, width: u32, height: u32) {
        let pixels = Pixels::Xrgb8888(&self.paper[(top * WIDTH + left) as usize..]);
        let picture = Picture { pixels, width, height, stride: WIDTH, scale: 1 };
        let (x, y) = (left.cast_signed(), (top + TOOLS_HEIGHT).cast_signed());
        // A stroke beside the paper has changed nothing, and of that there is no picture.
        let _ = self.surface.blit(x, y, &picture);
    }

    /// Draws from where the pointer was to where it is.
    fn draw(&mut self, end: (f32, f32)) {
        let start = self.last.replace(end).unwrap_or(end);
        let stroke = Stroke { start, end, radius: self.tools.radius() };
        let (columns, rows) = stroke.draw(&mut self.paper, WIDTH, self.tools.color());
        if !columns.is_empty() && !rows.is_empty() {
            self.show(columns.start, rows.start, columns.len() as u32, rows.len() as u32);
        }
    }

    fn clear(&mut self) {
        self.paper.fill(PAPER);
        self.show(0, 0, WIDTH, HEIGHT);
    }

    fn press(&mut self, x: i32, y: i32) {
        if y >= TOOLS_HEIGHT.cast_signed() {
            return self.draw(on_paper(x, y));
        }
        if self.tools.press(x) {
            self.clear();
        }
        self.tools.show(&self.surface);
    }

    fn choose(&mut self, key: &str) {
        if let Some(number @ 1..) = key.parse().ok().filter(|number| *number <= COLORS.len()) {
            self.tools.color = number - 1;
            self.tools.show(&self.surface);
        }
    }

    /// A spiral of so many strokes in all colors.
    fn spiral(&mut self, strokes: u32) {
        for stroke in 0..strokes {
            self.tools.color = stroke as usize / 8 % (COLORS.len() - 1);
            let (sine, cosine) = (stroke as f32 * 0.3).sin_cos();
            let distance = stroke as f32 * 0.9;
            self.draw((160.0 + distance * cosine, 120.0 + distance * sine));
        }
        self.last = None;
    }
}

fn main() -> Result<(), Errno> {
    let surface = Surface::open("paint", WINDOW, Window::Framed)?;
    let paper = vec![PAPER; (WIDTH * HEIGHT) as usize];
    let mut paint = Paint { surface, paper, tools: Tools::default(), last: None };
    let frame = app_guest::option("--frame");
    paint.spiral(frame.unwrap_or(0));
    paint.show_all();
    frame.iter().for_each(|frame| println!("frame {frame}"));
    loop {
        match paint.surface.wait_event() {
            Event::Button { number: 1, state: State::Down, x, y } => paint.press(x, y),
            Event::Button { number: 1, .. } => paint.last = None,
            Event::Pointer { x, y } if paint.last.is_some() => paint.draw(on_paper(x, y)),
            Event::Key { state: State::Down, text, .. } => paint.choose(text.as_str()),
            Event::Resize { .. } => paint.show_all(),
            Event::Close => return Ok(()),
            _ => {}
        }
    }
}

/// The middle of a pixel of the surface.
fn on_paper(x: i32, y: i32) -> (f32, f32) {
    (x as f32 + 0.5, (y - TOOLS_HEIGHT.cast_signed()) as f32 + 0.5)
}
