//! The generic timer: the kernel's clock, and the alarm that wakes an idle core
//! (Arm ARM DDI 0487, chapter D12).

use aarch64_cpu::asm::barrier;
use aarch64_cpu::registers::{
    CNTFRQ_EL0, CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTPCT_EL0, Readable, Writeable,
};
use kernel_core::ledger;

/// The physical counter; it starts with the board and never stops.
#[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "no service offers it"))]
pub(crate) struct GenericTimer;

/// The counter now.
pub(crate) fn ticks() -> u64 {
    // A read of the counter may be done early; the barrier keeps it in its place.
    barrier::isb(barrier::SY);
    CNTPCT_EL0.get()
}

/// Counter ticks in a second, as the firmware set it.
pub(crate) fn frequency_hz() -> u64 {
    CNTFRQ_EL0.get()
}

/// Nanoseconds since power-on.
pub(crate) fn now_ns() -> u64 {
    ledger::ns(ticks(), frequency_hz())
}

/// Raises this core's timer interrupt at `at_ns`, or at once if that is past; never if there is
/// no such time.
pub(crate) fn set_alarm(at_ns: Option<u64>) {
    let Some(at_ns) = at_ns else { return stop_alarm() };
    const NS: u64 = 1_000_000_000;
    // In two parts, neither of which needs 128 bits: the frequency is of 32.
    let (seconds, rest_ns) = (at_ns / NS, at_ns % NS);
    let ticks =
        seconds.saturating_mul(frequency_hz()).saturating_add(rest_ns * frequency_hz() / NS);
    CNTP_CVAL_EL0.set(ticks.saturating_add(1));
    CNTP_CTL_EL0.write(CNTP_CTL_EL0::ENABLE::SET);
}

/// Raises this core's timer interrupt at `at_ns`, if it is not raised earlier.
#[cfg(feature = "usb")]
pub(crate) fn bring_alarm_forward(at_ns: u64) {
    let (was_on, was_ticks) = (CNTP_CTL_EL0.is_set(CNTP_CTL_EL0::ENABLE), CNTP_CVAL_EL0.get());
    set_alarm(Some(at_ns));
    if was_on && was_ticks < CNTP_CVAL_EL0.get() {
        CNTP_CVAL_EL0.set(was_ticks);
    }
}

/// No alarm until the next [`set_alarm`].
pub(crate) fn stop_alarm() {
    CNTP_CTL_EL0.write(CNTP_CTL_EL0::ENABLE::CLEAR + CNTP_CTL_EL0::IMASK::SET);
}

impl device::Clock for GenericTimer {
    fn now_ns(&self) -> u64 {
        now_ns()
    }

    fn resolution_ns(&self) -> u64 {
        (1_000_000_000 / frequency_hz().max(1)).max(1)
    }
}
