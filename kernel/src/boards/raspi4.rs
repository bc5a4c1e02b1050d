//! Raspberry Pi 4B (BCM2711), also QEMU's `raspi4b`.
//!
//! Source: *BCM2711 ARM Peripherals*, addresses in low peripheral mode; interrupt numbers from
//! its §6.3.

#[cfg(feature = "card")]
use super::disk::Slot;
#[cfg(feature = "card")]
use super::firmware::Firmware;
use super::{Board, Cause, Common, Devices};
use crate::arch::cores::CORES;
use crate::arch::interrupts::IrqLock;
#[cfg(feature = "card")]
use crate::arch::timer::GenericTimer;
use driver_bcm2835::gpio::Gpio;
#[cfg(feature = "card")]
use driver_bcm2835::mailbox::{Clock, ExpanderPin};
use driver_bcm2835::power::Power;
use driver_gic400::{Core, CpuInterface, Distributor, Interrupt, Recipients, SoftwareInterrupt};
#[cfg(feature = "random")]
use driver_rng200::Rng200;
use mmio::Mmio;
#[cfg(feature = "random")]
use spin::Once;

const PERIPHERALS: usize = 0xfe00_0000;
const MAILBOX: usize = PERIPHERALS + 0xb880;
const POWER: usize = PERIPHERALS + 0x10_0000;
#[cfg(feature = "random")]
const RNG200: usize = PERIPHERALS + 0x10_4000;
const GPIO: usize = PERIPHERALS + 0x20_0000;
const UART0: usize = PERIPHERALS + 0x20_1000;
#[cfg(feature = "card")]
const EMMC: usize = PERIPHERALS + 0x30_0000;
#[cfg(feature = "card")]
const EMMC2: usize = PERIPHERALS + 0x34_0000;
/// Where the RAM that the GPU keeps ends: it reaches the first gibibyte.
#[cfg(feature = "display")]
pub(super) const GPU_MEMORY_END: usize = 1 << 30;
#[cfg(feature = "usb")]
const USB: usize = PERIPHERALS + 0x98_0000;
const GIC_DISTRIBUTOR: usize = 0xff84_1000;
const GIC_CPU_INTERFACE: usize = 0xff84_2000;

/// The generic timer of EL1.
const TIMER_INTERRUPT: Interrupt = Interrupt::private(14);
/// All PL011s share one.
const UART_INTERRUPT: Interrupt = Interrupt::shared(121);
#[cfg(feature = "usb")]
const USB_INTERRUPT: Interrupt = Interrupt::shared(73);
const WAKE_INTERRUPT: SoftwareInterrupt = SoftwareInterrupt::new(0);
const PRIORITY: u8 = 0xa0;

#[cfg(feature = "random")]
static RANDOM: Once<Rng200> = Once::new();

/// Low for 3.3 V on the card's lines, high for 1.8 V; the name is from Linux's
/// `bcm2711-rpi-4-b.dts`.
#[cfg(feature = "card")]
const VDD_SD_IO_SEL: ExpanderPin = ExpanderPin(4);
/// What the lines take to follow; Linux's `bcm2711-rpi-4-b.dts` gives them as long.
#[cfg(feature = "card")]
const VDD_SD_IO_SETTLING_NS: u64 = 5_000_000;

/// The devices that both families have.
///
/// # Safety
///
/// - Called once, on a BCM2711, before anything else touches its peripherals.
pub(super) unsafe fn common() -> Common {
    // SAFETY: these blocks are at these addresses, boot.s mapped the window as device memory,
    // and this function is called once (contract), so these are the only handles.
    let (mailbox, gpio, uart) = unsafe { (Mmio::new(MAILBOX), Mmio::new(GPIO), Mmio::new(UART0)) };
    Common { mailbox, gpio: Gpio::bcm2711(gpio), uart }
}

/// The devices that this family has.
#[cfg_attr(not(feature = "random"), expect(unused_variables, reason = "nothing differs"))]
pub(super) fn devices(board: &Board) -> Devices {
    // SAFETY: as in `common`; the caller keeps the result in a `Once`, so it calls once.
    let (distributor, power) = unsafe { (Mmio::new(GIC_DISTRIBUTOR), Mmio::new(POWER)) };
    let mut distributor = Distributor::new(distributor);
    if let Some(core) = Core::new(0) {
        distributor.enable(UART_INTERRUPT, PRIORITY, core);
    }
    Devices {
        interrupts: super::Interrupts::Raspi4(Interrupts {
            distributor: IrqLock::new(distributor),
            interfaces: [const { IrqLock::new(None) }; CORES],
        }),
        power: IrqLock::new(Power::new(power)),
        #[cfg(feature = "random")]
        rng: rng(board),
    }
}

/// QEMU has no RNG200, and an access to where it would be hangs.
#[cfg(feature = "random")]
fn rng(board: &Board) -> Option<&'static dyn device::Rng> {
    if board.is_emulated {
        return None;
    }
    // SAFETY: as in `common`.
    let registers = unsafe { Mmio::new(RNG200) };
    Some(RANDOM.call_once(|| Rng200::new(registers)))
}

/// The slot is on EMMC2, but in QEMU on EMMC.
#[cfg(feature = "card")]
pub(super) fn sd_slot(firmware: &mut Firmware, board: &Board) -> Slot {
    if board.is_emulated {
        // SAFETY: as in `common`; the caller keeps the result in a `Once`, so it calls once.
        return Slot { registers: unsafe { Mmio::new(EMMC) }, clock: Clock::Emmc };
    }
    // The firmware leaves it so, unless it loaded the kernel at a higher speed.
    let _ = firmware.mailbox.drive(VDD_SD_IO_SEL, false);
    device::pause(&GenericTimer, VDD_SD_IO_SETTLING_NS);
    // SAFETY: as above.
    Slot { registers: unsafe { Mmio::new(EMMC2) }, clock: Clock::Emmc2 }
}

#[cfg(feature = "usb")]
pub(super) fn usb() -> Mmio<driver_dwc2::Registers> {
    // SAFETY: as in `common`; the kernel starts the bus once.
    unsafe { Mmio::new(USB) }
}

/// The distributor, and each core's own interface to it.
pub(super) struct Interrupts {
    distributor: IrqLock<Distributor>,
    interfaces: [IrqLock<Option<CpuInterface>>; CORES],
}

impl Interrupts {
    pub(super) fn enable_core(&self, number: usize) {
        let Some(interface) = self.interfaces.get(number) else { return };
        let Some(core) = Core::new(number as u8) else { return };
        self.distributor.with(|distributor| {
            distributor.init_core(PRIORITY);
            distributor.enable(TIMER_INTERRUPT, PRIORITY, core);
        });
        // SAFETY: the block is banked: this core's own is at this address, it calls once, and
        // only this core uses the handle.
        let registers = unsafe { Mmio::new(GIC_CPU_INTERFACE) };
        interface.with(|interface| *interface = Some(CpuInterface::new(registers)));
    }

    pub(super) fn wake(&self, core: usize) {
        let Some(core) = Core::new(core as u8) else { return };
        self.distributor
            .with(|distributor| distributor.send(WAKE_INTERRUPT, Recipients::Core(core)));
    }

    #[cfg(feature = "usb")]
    pub(super) fn await_usb(&self) {
        let Some(core) = Core::new(0) else { return };
        self.distributor.with(|distributor| distributor.enable(USB_INTERRUPT, PRIORITY, core));
    }

    pub(super) fn handle(&self, core: usize, mut handle: impl FnMut(Cause)) {
        let Some(interface) = self.interfaces.get(core) else { return };
        interface.with(|interface| {
            let Some(interface) = interface else { return };
            while let Some(acknowledged) = interface.acknowledge() {
                match acknowledged.interrupt() {
                    TIMER_INTERRUPT => handle(Cause::Timer),
                    UART_INTERRUPT => handle(Cause::Uart),
                    #[cfg(feature = "usb")]
                    USB_INTERRUPT => {
                        // Until the loop asks for it again, or it would come again at once.
                        self.distributor.with(|distributor| distributor.disable(USB_INTERRUPT));
                        handle(Cause::Usb);
                    }
                    _ => handle(Cause::Wake),
                }
                interface.end(acknowledged);
            }
        });
    }
}
