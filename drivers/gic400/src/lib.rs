//! Arm GIC-400, the interrupt controller of the Pi 4.
//!
//! One [`Distributor`] serves all cores: it says which interrupts there are, how urgent they
//! are, and whom they go to. Each core has a [`CpuInterface`] of its own, where it takes an
//! interrupt and says that it is done.
//!
//! A kernel in the non-secure world owns the interrupts of group 1, and sees the registers as
//! if there was no other group. On the Pi 4 the firmware's stub puts all interrupts there.
//!
//! Sources: *ARM Generic Interrupt Controller Architecture Specification, version 2.0*, ARM IHI
//! 0048B, whose section numbers are below, and *CoreLink GIC-400 Technical Reference Manual*,
//! ARM DDI 0471.

#![no_std]
#![forbid(unsafe_code)]

mod cpu_interface;
mod distributor;
mod interrupt;

pub use cpu_interface::{Acknowledged, CpuInterface, CpuInterfaceRegisters};
pub use distributor::{Distributor, DistributorRegisters};
pub use interrupt::{Core, Interrupt, Recipients, SoftwareInterrupt};
