//! The small blocks of the BCM2835, which its successors up to the BCM2711 still have.
//!
//! Source: *BCM2835 ARM Peripherals*, Broadcom, 2012, called "the manual" here, with section
//! numbers; what it leaves out is named in the module that needs it.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod framebuffer;
pub mod gpio;
pub mod interrupts;
pub mod mailbox;
pub mod power;
pub mod rng;
