//! The processor: everything that is the same on a Cortex-A53 and a Cortex-A72.
//!
//! Source: Arm Architecture Reference Manual for A-profile, DDI 0487.

pub(crate) mod cache;
pub(crate) mod cores;
pub(crate) mod exceptions;
pub(crate) mod interrupts;
pub(crate) mod mmu;
#[cfg(feature = "display")]
pub(crate) mod pixels;
#[cfg(feature = "run")]
pub(crate) mod semihosting;
pub(crate) mod timer;

core::arch::global_asm!(include_str!("boot.s"));
core::arch::global_asm!(include_str!("vectors.s"));
core::arch::global_asm!(include_str!("memory.s"));
