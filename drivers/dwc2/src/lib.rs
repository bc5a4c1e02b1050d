//! Synopsys DesignWare Hi-Speed USB 2.0 On-The-Go controller ("DWC2"), as a host with internal
//! DMA.
//!
//! What the board does before it gives the registers away: the controller's power on (device 3 of
//! the VideoCore's mailbox). The interrupt is one of level: its handler holds it back at the
//! interrupt controller and notes it, and whoever then calls [`Host::poll`] lets it through again.
//!
//! The databook is not public. Sources: registers and their order of use in Linux, `drivers/usb/
//! dwc2`, and in U-Boot, `drivers/usb/host/dwc2.c`; what QEMU does otherwise in its
//! `hw/usb/hcd-dwc2.c`. Names are the databook's.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod bring_up;
mod channel;
mod job;
mod outcome;
mod registers;
mod schedule;
mod split;

pub use registers::Registers;

use device::Clock;
use driver_usb::host::{
    Completion, Host, HostError, NEVER, PIPES_MAX, Port, Speed, Transfer, TransferError,
};
use mmio::{Dma, Mmio};
use tock_registers::interfaces::{Readable, Writeable};

use job::Job;
use registers::{CHANNELS_MAX, Hprt};

/// A controller, and what it has under way.
pub struct Dwc2 {
    registers: Mmio<Registers>,
    dma: &'static dyn Dma,
    clock: &'static dyn Clock,
    /// A bit for each channel that is free.
    free_channels: u16,
    /// A channel did not halt when it was told to.
    is_stuck: bool,
    jobs: [Option<Job>; PIPES_MAX],
}

impl Dwc2 {
    /// The controller behind `registers`; nothing is touched before [`Host::reset`].
    #[must_use]
    pub fn new(
        registers: Mmio<Registers>,
        dma: &'static dyn Dma,
        clock: &'static dyn Clock,
    ) -> Self {
        let jobs = [const { None }; PIPES_MAX];
        Self { registers, dma, clock, free_channels: 0, is_stuck: false, jobs }
    }

    /// Changes the port's register; its bits that a one clears are left alone but for `clear`.
    fn change_port(&self, clear: u32, change: impl FnOnce(u32) -> u32) {
        let kept = self.registers.hprt.get() & !bring_up::PORT_EVENTS;
        self.registers.hprt.set(change(kept) | clear);
    }
}

impl Host for Dwc2 {
    fn reset(&mut self) -> Result<(), HostError> {
        let result = self.reset_core();
        self.free_channels = 0;
        self.is_stuck = false;
        self.abandon_all();
        result
    }

    fn turn_on(&mut self) -> Result<(), HostError> {
        self.set_up_core()
    }

    fn port(&mut self) -> Port {
        let port = self.registers.hprt.extract();
        let speed = match port.read_as_enum(Hprt::PRTSPD) {
            Some(Hprt::PRTSPD::Value::Full) => Speed::Full,
            Some(Hprt::PRTSPD::Value::Low) => Speed::Low,
            _ => Speed::High,
        };
        Port {
            is_connected: port.is_set(Hprt::PRTCONNSTS) && !self.is_stuck,
            is_enabled: port.is_set(Hprt::PRTENA) && !self.is_stuck,
            speed,
        }
    }

    fn signal_reset(&mut self, is_on: bool) {
        let reset = Hprt::PRTRST::SET.value;
        self.change_port(0, |port| if is_on { port | reset } else { port & !reset });
    }

    fn submit(&mut self, pipe: usize, transfer: Transfer) {
        if self.jobs[pipe].is_none() {
            self.jobs[pipe] = Some(Job::new(transfer, self.dma));
            self.go_on(pipe);
        }
    }

    fn cancel(&mut self, pipe: usize) {
        self.stop(pipe, TransferError::Cancelled);
    }

    fn poll(&mut self, now_ns: u64) {
        self.see_to_port();
        self.see_to_jobs(now_ns);
    }

    fn due_ns(&self) -> u64 {
        let due_ns = self.jobs.iter().flatten().filter_map(Job::due_ns).min();
        // One that cannot be stopped has no time any more.
        due_ns.filter(|_| !self.is_stuck).unwrap_or(NEVER)
    }

    fn completion(&mut self) -> Option<(usize, Completion)> {
        let is_complete = |job: &Option<Job>| job.as_ref().is_some_and(Job::is_complete);
        let pipe = self.jobs.iter().position(is_complete)?;
        Some((pipe, self.jobs[pipe].take()?.done?))
    }
}

const _: () = assert!(CHANNELS_MAX <= u16::BITS as usize);

#[cfg(test)]
mod tests;
