//! The boards: which one this is, and its devices behind names that fit all of them.
//!
//! Every address, clock rate and interrupt number is in [`raspi3`] or [`raspi4`].

#[cfg(feature = "shell")]
pub(crate) mod counts;
#[cfg(feature = "card")]
mod disk;
#[cfg(any(feature = "card", feature = "usb"))]
mod firmware;
mod raspi3;
mod raspi4;
#[cfg(feature = "display")]
mod screen;

#[cfg(feature = "card")]
pub(crate) use disk::sd_slot;
#[cfg(feature = "display")]
pub(crate) use screen::{is_display_found, screen};

use crate::arch::cache::DataCache;
use crate::arch::interrupts::IrqLock;
use crate::arch::timer;
use crate::{console, core_loop};
use aarch64_cpu::registers::{MIDR_EL1, MPIDR_EL1, Readable};
use core::ops::Range;
use driver_bcm2835::gpio::{Function, Gpio, Pin, Pull};
use driver_bcm2835::mailbox::{self, Clock, Mailbox};
use driver_bcm2835::power::Power;
use driver_pl011::Pl011;
use kernel_core::memory_map::Revision;
use mmio::Mmio;
use spin::Once;

const CONSOLE_BAUD: u32 = 115_200;
/// Asked of the firmware; `init_uart_clock` in `config.txt` has the same effect.
const UART_CLOCK_HZ: u32 = 48_000_000;
/// What the firmware leaves to the processor with `gpu_mem=16` on the smallest board: for the
/// case that it does not answer.
const SHARED_RAM_BYTES_MIN: u64 = 448 << 20;

/// The firmware revision that QEMU's mailbox tells; a real one is the time of its build.
const QEMU_FIRMWARE_REVISION: u32 = 346_337;

const COMMAND_LINE_BYTES_MAX: usize = 1024;

/// What differs from board to board and from boot to boot.
pub(crate) struct Board {
    /// Model and memory size.
    pub(crate) revision: Revision,
    /// RAM below 1 GiB, less what the GPU keeps.
    pub(crate) shared_ram: Range<u64>,
    /// The words that the firmware hands on.
    pub(crate) command_line: &'static str,
    /// This is QEMU, whose boards lack some devices.
    #[cfg_attr(
        not(any(feature = "random", feature = "card")),
        expect(dead_code, reason = "no other device differs")
    )]
    is_emulated: bool,
}

/// The devices that the kernel uses until power-off.
struct Devices {
    interrupts: Interrupts,
    power: IrqLock<Power>,
    #[cfg(feature = "random")]
    rng: Option<&'static dyn device::Rng>,
}

/// The interrupt controllers of both families.
enum Interrupts {
    Raspi3(raspi3::Interrupts),
    Raspi4(raspi4::Interrupts),
}

/// What an interrupt was about.
#[derive(Clone, Copy)]
enum Cause {
    Timer,
    Uart,
    #[cfg_attr(not(feature = "usb"), expect(dead_code, reason = "nothing awaits it"))]
    Usb,
    /// Another core has work for this one; that it is awake is all there is to do.
    Wake,
}

static DEVICES: Once<Devices> = Once::new();

/// Finds out which board this is and brings up what every service needs.
///
/// # Safety
///
/// - Called once, on core 0, before anything else touches a device.
pub(crate) unsafe fn init() -> Board {
    const CORTEX_A72: u64 = 0xd08;
    let (common, make_devices): (_, fn(&Board) -> Devices) =
        if MIDR_EL1.read(MIDR_EL1::PartNum) == CORTEX_A72 {
            // SAFETY: a Pi with a Cortex-A72 has a BCM2711; the rest is this function's contract.
            (unsafe { raspi4::common() }, raspi4::devices)
        } else {
            // SAFETY: all other boards that run 64-bit code have a BCM2837 or its package.
            (unsafe { raspi3::common() }, raspi3::devices)
        };

    let board = common.start();
    DEVICES.call_once(|| make_devices(&board));
    enable_core(0);
    board
}

/// The devices that are the same block on both families, at different addresses.
struct Common {
    mailbox: Mmio<mailbox::Registers>,
    gpio: Gpio,
    uart: Mmio<driver_pl011::Registers>,
}

impl Common {
    /// Asks the firmware what board this is, and turns the console on.
    fn start(mut self) -> Board {
        static MESSAGE: mailbox::Message = mailbox::Message::zeroed();
        static COMMAND_LINE: Once<([u8; COMMAND_LINE_BYTES_MAX], usize)> = Once::new();

        let mut mailbox = Mailbox::new(self.mailbox, &MESSAGE, &DataCache);
        // A firmware that does not answer leaves the clock as `config.txt` set it; one that
        // does says what it could do.
        let uart_clock_hz = mailbox
            .set_clock_rate_hz(Clock::Uart, UART_CLOCK_HZ)
            .ok()
            .filter(|&rate_hz| rate_hz > 0)
            .unwrap_or(UART_CLOCK_HZ);
        let pins = [Pin::new(14), Pin::new(15)];
        self.gpio.select(&pins, Function::Alternative0);
        self.gpio.pull(&pins[..1], Pull::None);
        self.gpio.pull(&pins[1..], Pull::Up);
        if let Ok(uart) = Pl011::new(self.uart, uart_clock_hz, CONSOLE_BAUD) {
            console::attach(uart);
        }

        let revision = Revision(mailbox.board_revision().unwrap_or(0));
        let ram_end = mailbox
            .arm_memory()
            .map_or(SHARED_RAM_BYTES_MIN, |ram| u64::from(ram.base) + u64::from(ram.length_bytes));
        let (buffer, length_bytes) = COMMAND_LINE.call_once(|| {
            let mut buffer = [0; COMMAND_LINE_BYTES_MAX];
            let length_bytes = mailbox.command_line(&mut buffer).map_or(0, str::len);
            (buffer, length_bytes)
        });
        let is_emulated = mailbox.firmware_revision() == Ok(QEMU_FIRMWARE_REVISION);
        #[cfg(any(feature = "card", feature = "usb"))]
        firmware::keep(mailbox, self.gpio);
        Board {
            revision,
            shared_ram: 0..ram_end,
            is_emulated,
            command_line: str::from_utf8(&buffer[..*length_bytes]).unwrap_or_default(),
        }
    }
}

/// Lets interrupts reach the calling core, whose number is `core`.
pub(crate) fn enable_core(core: usize) {
    match DEVICES.get().map(|devices| &devices.interrupts) {
        Some(Interrupts::Raspi3(interrupts)) => interrupts.enable_core(core),
        Some(Interrupts::Raspi4(interrupts)) => interrupts.enable_core(core),
        None => {}
    }
}

/// The number of the calling core.
pub(crate) fn this_core() -> usize {
    MPIDR_EL1.get() as usize & 0xff
}

/// Interrupts `core`, so that it wakes from WFI.
pub(crate) fn wake(core: usize) {
    match DEVICES.get().map(|devices| &devices.interrupts) {
        Some(Interrupts::Raspi3(interrupts)) => interrupts.wake(core),
        Some(Interrupts::Raspi4(interrupts)) => interrupts.wake(core),
        None => {}
    }
}

/// Handles all interrupts that are pending for the calling core.
pub(crate) fn handle_interrupts() {
    crate::crash::stop_if_another_core_crashed();
    let core = this_core();
    match DEVICES.get().map(|devices| &devices.interrupts) {
        Some(Interrupts::Raspi3(interrupts)) => interrupts.handle(core, handle),
        Some(Interrupts::Raspi4(interrupts)) => interrupts.handle(core, handle),
        None => {}
    }
}

fn handle(cause: Cause) {
    #[cfg(feature = "shell")]
    counts::count(cause);
    match cause {
        Cause::Timer => {
            timer::stop_alarm();
            core_loop::timer_rang();
        }
        Cause::Uart => {
            console::interrupt();
            core_loop::events_came();
        }
        #[cfg(feature = "usb")]
        Cause::Usb => crate::usb::interrupt(),
        #[cfg(not(feature = "usb"))]
        Cause::Usb => {}
        Cause::Wake => {}
    }
}

/// The USB controller, with its power on.
#[cfg(feature = "usb")]
pub(crate) fn usb() -> Option<Mmio<driver_dwc2::Registers>> {
    // A Pi 4 has no switch for this supply, and says so.
    let _ = firmware::with(|firmware| firmware.mailbox.turn_on(mailbox::Supply::Usb));
    Some(match DEVICES.get()?.interrupts {
        Interrupts::Raspi3(_) => raspi3::usb(),
        Interrupts::Raspi4(_) => raspi4::usb(),
    })
}

/// Lets the USB controller interrupt core 0, once.
#[cfg(feature = "usb")]
pub(crate) fn await_usb() {
    match DEVICES.get().map(|devices| &devices.interrupts) {
        Some(Interrupts::Raspi3(interrupts)) => interrupts.await_usb(),
        Some(Interrupts::Raspi4(interrupts)) => interrupts.await_usb(),
        None => {}
    }
}

/// The board's random number generator, if it has one.
#[cfg(feature = "random")]
pub(crate) fn rng() -> Option<&'static dyn device::Rng> {
    DEVICES.get()?.rng
}

/// Resets the board. Returns, since the reset takes a moment.
pub(crate) fn reset() {
    if let Some(devices) = DEVICES.get() {
        devices.power.with(Power::reset);
    }
}

/// Turns the board off. Returns, since that takes a moment.
pub(crate) fn power_off() {
    if let Some(devices) = DEVICES.get() {
        devices.power.with(Power::power_off);
    }
}
