//! A machine with a display, or without one, on which guests run that draw.

use abi::Errno;
use abi::display::{CALLS, MODULE, open_flags};
use abi::wasi::{self, WASI_SNAPSHOT_PREVIEW1};
use runtime::{End, Guest, Itself, Limits, LoadError, Pool, Program, Turn, Until};
use service_display::calls::{Client, Seat, link};
use service_display::{Canvas, Desktop, Size};
use service_wasi::Wasi;
use service_wasi::testing::Machine;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Fuel of a turn, as the kernel gives it.
pub const FUEL: u64 = 100_000;
/// The descriptor of an app's first surface.
pub const FIRST: i64 = 3;
/// Where a title is, and results.
pub const TITLE_AT: u32 = 1024;
pub const RESULT_AT: u32 = 16;
/// How much was read, or how many events a poll gave.
pub const LENGTH_AT: u32 = 24;
/// What was read.
pub const READ_AT: u32 = 256;
const VECTOR_AT: u32 = 32;
const POLL_AT: u32 = 64;

pub const SCREEN: Size = Size::new(640, 480);
const PAGES: u32 = 64;
/// The bytes of a guest's memory.
pub const MEMORY_BYTES: u32 = PAGES << 16;

const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 24,
    function_bytes_max: 1 << 24,
    memory_pages_max: PAGES,
    table_elements_max: 10,
    stack_bytes_max: 1 << 16,
    fuel_max: None,
};

/// What surfaces may take at once.
pub struct Room(pub AtomicUsize);

impl Pool for Room {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= self.0.load(Relaxed)
    }
}

static PLENTY: Room = Room(AtomicUsize::new(usize::MAX));

/// Where apps find the desktop.
pub struct Screen {
    pub desktop: Mutex<Result<Desktop, Errno>>,
    pub frame_ns: AtomicU64,
    pub room: &'static Room,
}

impl Seat for Screen {
    fn with(&self, body: &mut dyn FnMut(&mut Desktop)) -> Result<(), Errno> {
        self.desktop.lock().unwrap().as_mut().map(body).map_err(|errno| *errno)
    }

    fn finish(&self, app: u32) {
        self.with(|desktop| desktop.finish(app));
    }

    fn next_frame_ns(&self) -> u64 {
        self.frame_ns.load(Relaxed)
    }
}

impl Screen {
    /// A display with an empty desktop.
    pub fn new() -> &'static Self {
        let room: &'static Room = Box::leak(Box::new(Room(AtomicUsize::new(usize::MAX))));
        Self::of(Ok(Desktop::new(SCREEN, room)), room)
    }

    /// No display, or none that anybody knows of.
    pub fn absent(errno: Errno) -> &'static Self {
        Self::of(Err(errno), &PLENTY)
    }

    fn of(desktop: Result<Desktop, Errno>, room: &'static Room) -> &'static Self {
        let frame_ns = AtomicU64::new(1000);
        Box::leak(Box::new(Self { desktop: Mutex::new(desktop), frame_ns, room }))
    }

    /// What `body` gives, called with the desktop.
    pub fn with<R>(&self, body: impl FnOnce(&mut Desktop) -> R) -> R {
        body(self.desktop.lock().unwrap().as_mut().expect("there is a display"))
    }

    /// All that is on the screen when the apps of these tests have finished.
    pub fn shown(&self) -> Vec<u32> {
        let mut pixels = vec![0; (SCREEN.width * SCREEN.height) as usize];
        self.with(|desktop| {
            [1, 2].into_iter().for_each(|app| _ = desktop.finish(app));
            desktop.redraw();
            desktop.paint(0, &mut canvas(&mut pixels));
        });
        pixels
    }

    /// Starts a program as an app.
    pub fn start(&'static self, app: u32, script: &Script) -> Guest<Wasi> {
        self.start_as(Client { app, is_kiosk: false, seat: self }, script)
    }

    pub fn start_as(&self, client: Client, script: &Script) -> Guest<Wasi> {
        self.load(client, &script.module()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn load(&self, client: Client, text: &str) -> Result<Guest<Wasi>, LoadError> {
        let wasm = wat::parse_str(text).expect("the text is a module");
        let program = Program::load(&wasm, false, &LIMITS, &PLENTY)?;
        Guest::new(&program, Machine::new().wasi(), &LIMITS, &PLENTY, |imports| {
            service_wasi::link(imports, Itself)?;
            link(imports, Itself, client)
        })
    }
}

/// All of the screen's pixels, to draw on.
pub fn canvas(pixels: &mut [u32]) -> Canvas<'_> {
    let Size { width, height } = SCREEN;
    Canvas::new(pixels, width, height, width).expect("these are as many")
}

/// Runs a guest that gets what it waits for at once, and gives the number of the step that did
/// not go as expected, 0 if all did.
pub fn finish(guest: &mut Guest<Wasi>) -> u32 {
    for _ in 0..10_000 {
        match guest.turn(FUEL) {
            Turn::OutOfFuel | Turn::Parked(Until::NEXT_TURN) => {}
            Turn::Parked(until) => panic!("it waits until {until:?}"),
            Turn::Ended(End::Exit(code)) => return code,
            Turn::Ended(end) => panic!("{end}"),
        }
    }
    panic!("the guest does not end");
}

/// Until when a guest is parked after its turns that were too short.
pub fn parked(guest: &mut Guest<Wasi>) -> Until {
    for _ in 0..10_000 {
        match guest.turn(FUEL) {
            Turn::OutOfFuel | Turn::Parked(Until::NEXT_TURN) => {}
            Turn::Parked(until) => return until,
            Turn::Ended(end) => panic!("{end}"),
        }
    }
    panic!("the guest does not park");
}

/// A program that makes calls one after the other, and exits with the number of the first that is
/// not answered as expected.
#[derive(Clone, Default)]
pub struct Script {
    data: String,
    steps: Vec<String>,
}

impl Script {
    pub fn new() -> Self {
        Self::default().data(TITLE_AT, b"A title")
    }

    /// One that begins by opening a surface in a window.
    pub fn open(width: i64, height: i64) -> Self {
        Self::new().opens(width, height, 0, Errno::Success)
    }

    /// One that begins by opening a surface as large as the screen, which shows nothing else.
    pub fn open_whole() -> Self {
        Self::new().opens(0, 0, open_flags::WHOLE_SCREEN.into(), Errno::Success)
    }

    pub fn opens(self, width: i64, height: i64, flags: i64, expected: Errno) -> Self {
        let args = [TITLE_AT.into(), 7, width, height, flags, RESULT_AT.into()];
        self.call("open", &args, expected)
    }

    /// Has these bytes in its memory from the start.
    pub fn data(mut self, at: u32, bytes: &[u8]) -> Self {
        let text: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        write!(self.data, r#"(data (i32.const {at}) "{text}")"#).unwrap();
        self
    }

    /// Makes a call of the display, or of WASI.
    pub fn call(self, name: &str, args: &[i64], expected: Errno) -> Self {
        let consts: String =
            args.iter().map(|arg| format!("(i32.const {})", *arg as i32)).collect();
        self.expect(&format!("(call ${name} {consts})"), expected as i64)
    }

    /// Makes a call of which any answer will do.
    pub fn tries(mut self, name: &str, args: &[u32]) -> Self {
        let consts: String =
            args.iter().map(|arg| format!("(i32.const {})", *arg as i32)).collect();
        self.steps.push(format!("(drop (call ${name} {consts}))"));
        self
    }

    /// Expects a number in its memory.
    pub fn holds(self, at: u32, expected: i64) -> Self {
        self.expect(&format!("(i32.load (i32.const {at}))"), expected)
    }

    /// Reads from a descriptor to [`READ_AT`], with room for so many bytes.
    pub fn reads(self, fd: i64, room_bytes: i64, expected: Errno) -> Self {
        let vector = [i64::from(READ_AT), room_bytes].map(|field| field as i32);
        self.stores(VECTOR_AT, &vector).call(
            "fd_read",
            &[fd, VECTOR_AT.into(), 1, LENGTH_AT.into()],
            expected,
        )
    }

    /// Polls for a descriptor to be readable; the event is at [`READ_AT`].
    pub fn polls(self, fd: i64) -> Self {
        let stored = self.stores(POLL_AT, &[0, 0, 1, 0, fd as i32]);
        let args = [POLL_AT, READ_AT, 1, LENGTH_AT].map(i64::from);
        stored.call("poll_oneoff", &args, Errno::Success)
    }

    fn stores(mut self, at: u32, numbers: &[i32]) -> Self {
        let stores = (at..).step_by(4).zip(numbers);
        let stores =
            stores.map(|(at, number)| format!("(i32.store (i32.const {at}) (i32.const {number}))"));
        self.steps.push(stores.collect());
        self
    }

    fn expect(mut self, expression: &str, expected: i64) -> Self {
        let (step, expected) = (self.steps.len() + 1, expected as i32);
        self.steps
            .push(format!("(call $expect (i32.const {step}) {expression} (i32.const {expected}))"));
        self
    }

    /// Does all but the first step again without end.
    pub fn forever(mut self) -> Self {
        let again = self.steps.split_off(1).concat();
        self.steps.push(format!("(loop $again {again} (br $again))"));
        self
    }

    pub fn module(&self) -> String {
        let (data, body) = (&self.data, self.steps.concat());
        let display = CALLS.iter().map(|call| import(MODULE, call));
        let names = ["fd_read", "fd_close", "fd_fdstat_set_flags", "poll_oneoff", "proc_exit"];
        let wasi = names.iter().filter_map(|name| wasi::find(WASI_SNAPSHOT_PREVIEW1, name));
        let wasi = wasi.map(|call| import(WASI_SNAPSHOT_PREVIEW1, call));
        let imports: String = display.chain(wasi).collect();
        format!(
            r#"(module {imports} (memory (export "memory") {PAGES}) {data}
                (func $expect (param $step i32) (param i32 i32)
                    (if (i32.ne (local.get 1) (local.get 2))
                        (then (call $proc_exit (local.get $step)))))
                (func (export "_start") {body}))"#
        )
    }
}

fn import(module: &str, call: &wasi::Call) -> String {
    let types = |letters: &str| letters.replace('i', "i32 ").replace('I', "i64 ");
    let (name, params, results) = (call.name, types(call.params), types(call.results));
    format!(r#"(import "{module}" "{name}" (func ${name} (param {params}) (result {results})))"#)
}
