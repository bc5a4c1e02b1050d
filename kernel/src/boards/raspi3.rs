//! Raspberry Pi 3B, 3B+ and Zero 2 W (BCM2837), also QEMU's `raspi3b`.
//!
//! Sources: *BCM2835 ARM Peripherals*, with the peripheral base moved to `0x3f00_0000` as on
//! the BCM2836 and BCM2837; *BCM2836 ARM-local peripherals* (QA7).

#[cfg(feature = "card")]
use super::disk::Slot;
#[cfg(feature = "card")]
use super::firmware::Firmware;
use super::{Board, Cause, Common, Devices};
use crate::arch::interrupts::IrqLock;
use driver_bcm2835::gpio::Gpio;
#[cfg(feature = "card")]
use driver_bcm2835::gpio::{Function, Pin, Pull};
use driver_bcm2835::interrupts::{Interrupt, Interrupts as Legacy};
#[cfg(feature = "card")]
use driver_bcm2835::mailbox::Clock;
use driver_bcm2835::power::Power;
#[cfg(feature = "random")]
use driver_bcm2835::rng::Rng;
use driver_bcm2836::{Core, LocalController, Mailbox, Source, Timer};
use mmio::Mmio;
#[cfg(feature = "random")]
use spin::Once;

const PERIPHERALS: usize = 0x3f00_0000;
const CORE_ROWS: usize = PERIPHERALS + 0xb000;
const MAILBOX: usize = PERIPHERALS + 0xb880;
const POWER: usize = PERIPHERALS + 0x10_0000;
#[cfg(feature = "random")]
const RNG: usize = PERIPHERALS + 0x10_4000;
const GPIO: usize = PERIPHERALS + 0x20_0000;
#[cfg(feature = "card")]
const EMMC: usize = PERIPHERALS + 0x30_0000;
const UART0: usize = PERIPHERALS + 0x20_1000;
#[cfg(feature = "usb")]
const USB: usize = PERIPHERALS + 0x98_0000;
const LOCAL: usize = 0x4000_0000;

const UART0_INTERRUPT: Interrupt = Interrupt::gpu(57);
#[cfg(feature = "usb")]
const USB_INTERRUPT: Interrupt = Interrupt::gpu(9);

/// Where the RAM that the GPU keeps ends: at the devices, where there is a gibibyte.
#[cfg(feature = "display")]
pub(super) const GPU_MEMORY_END: usize = PERIPHERALS;

/// The core that the legacy controller's interrupts go to.
const GPU_CORE: usize = 0;

#[cfg(feature = "random")]
static RANDOM: Once<Rng> = Once::new();

/// The devices that both families have.
///
/// # Safety
///
/// - Called once, on a BCM2837, before anything else touches its peripherals.
pub(super) unsafe fn common() -> Common {
    // SAFETY: these blocks are at these addresses, boot.s mapped the window as device memory,
    // and this function is called once (contract), so these are the only handles.
    let (mailbox, gpio, uart) = unsafe { (Mmio::new(MAILBOX), Mmio::new(GPIO), Mmio::new(UART0)) };
    Common { mailbox, gpio: Gpio::bcm2835(gpio), uart }
}

/// The devices that this family has.
pub(super) fn devices(_: &Board) -> Devices {
    // SAFETY: as in `common`; the caller keeps the result in a `Once`, so it calls once.
    let (legacy, local, power) =
        unsafe { (Mmio::new(CORE_ROWS), Mmio::new(LOCAL), Mmio::new(POWER)) };
    let legacy = Legacy::new(legacy);
    legacy.enable(UART0_INTERRUPT);
    Devices {
        interrupts: super::Interrupts::Raspi3(Interrupts {
            legacy: IrqLock::new(legacy),
            local: IrqLock::new(LocalController::new(local)),
        }),
        power: IrqLock::new(Power::new(power)),
        #[cfg(feature = "random")]
        rng: Some(rng()),
    }
}

#[cfg(feature = "random")]
fn rng() -> &'static Rng {
    // SAFETY: as in `common`; only `devices` calls this, and it is called once.
    let registers = unsafe { Mmio::new(RNG) };
    RANDOM.call_once(|| Rng::new(registers))
}

/// Connects the slot to EMMC (*BCM2835 ARM Peripherals*, §6.2: GPIO 48 is its clock, the others
/// are its command and data lines).
#[cfg(feature = "card")]
pub(super) fn sd_slot(firmware: &mut Firmware) -> Slot {
    let pins = [48, 49, 50, 51, 52, 53].map(Pin::new);
    firmware.gpio.select(&pins, Function::Alternative3);
    firmware.gpio.pull(&pins[..1], Pull::None);
    firmware.gpio.pull(&pins[1..], Pull::Up);
    // SAFETY: as in `common`; the caller keeps the result in a `Once`, so it calls once.
    Slot { registers: unsafe { Mmio::new(EMMC) }, clock: Clock::Emmc }
}

#[cfg(feature = "usb")]
pub(super) fn usb() -> Mmio<driver_dwc2::Registers> {
    // SAFETY: as in `common`; the kernel starts the bus once.
    unsafe { Mmio::new(USB) }
}

/// The local controller of the cores, and the legacy one behind it.
pub(super) struct Interrupts {
    legacy: IrqLock<Legacy>,
    local: IrqLock<LocalController>,
}

impl Interrupts {
    pub(super) fn enable_core(&self, core: usize) {
        let Some(core) = Core::new(core) else { return };
        self.local.with(|local| {
            local.enable_timer(core, Timer::Physical);
            local.enable_mailbox(core, Mailbox::Zero);
        });
    }

    pub(super) fn wake(&self, core: usize) {
        let Some(core) = Core::new(core) else { return };
        self.local.with(|local| local.send(core, Mailbox::Zero, 1));
    }

    pub(super) fn handle(&self, number: usize, mut handle: impl FnMut(Cause)) {
        let Some(core) = Core::new(number) else { return };
        let sources = self.local.with(|local| local.sources(core));
        for source in sources {
            match source {
                Source::Timer(_) => handle(Cause::Timer),
                Source::Mailbox(mailbox) => {
                    self.local.with(|local| local.take(core, mailbox));
                    handle(Cause::Wake);
                }
                Source::Gpu if number == GPU_CORE => self.handle_gpu(&mut handle),
                _ => {}
            }
        }
    }

    #[cfg(feature = "usb")]
    pub(super) fn await_usb(&self) {
        self.legacy.with(|legacy| legacy.enable(USB_INTERRUPT));
    }

    fn handle_gpu(&self, handle: &mut impl FnMut(Cause)) {
        for interrupt in self.legacy.with(|legacy| legacy.pending()) {
            if interrupt == UART0_INTERRUPT {
                handle(Cause::Uart);
            } else {
                // Nobody asked for it, or the loop will again: held back, or it would come again
                // at once.
                self.legacy.with(|legacy| legacy.disable(interrupt));
                #[cfg(feature = "usb")]
                if interrupt == USB_INTERRUPT {
                    handle(Cause::Usb);
                }
            }
        }
    }
}
