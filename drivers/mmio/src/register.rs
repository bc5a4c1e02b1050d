//! Registers of 32 bits, by who may read and write them.
//!
//! They stand in for the types of the same names in tock-registers: the accessors are the same
//! traits, but each access passes through this module, so that a test can put a device behind
//! it that reacts (`crate::fake`), and read-only registers are cells too, because hardware
//! changes them.

use core::cell::UnsafeCell;
use core::marker::PhantomData;

use tock_registers::RegisterLongName;
use tock_registers::interfaces::{Readable, Writeable};

/// A register that can be read and written, with the fields `F`.
#[repr(transparent)]
pub struct ReadWrite<T, F: RegisterLongName = ()> {
    value: UnsafeCell<T>,
    fields: PhantomData<F>,
}

/// A register that can only be read, with the fields `F`.
#[repr(transparent)]
pub struct ReadOnly<T, F: RegisterLongName = ()> {
    value: UnsafeCell<T>,
    fields: PhantomData<F>,
}

/// A register that can only be written, with the fields `F`.
#[repr(transparent)]
pub struct WriteOnly<T, F: RegisterLongName = ()> {
    value: UnsafeCell<T>,
    fields: PhantomData<F>,
}

impl<F: RegisterLongName> Readable for ReadWrite<u32, F> {
    type T = u32;
    type R = F;

    #[inline]
    fn get(&self) -> u32 {
        read(&self.value)
    }
}

impl<F: RegisterLongName> Writeable for ReadWrite<u32, F> {
    type T = u32;
    type R = F;

    #[inline]
    fn set(&self, value: u32) {
        write(&self.value, value);
    }
}

impl<F: RegisterLongName> Readable for ReadOnly<u32, F> {
    type T = u32;
    type R = F;

    #[inline]
    fn get(&self) -> u32 {
        read(&self.value)
    }
}

impl<F: RegisterLongName> Writeable for WriteOnly<u32, F> {
    type T = u32;
    type R = F;

    #[inline]
    fn set(&self, value: u32) {
        write(&self.value, value);
    }
}

#[cfg(not(feature = "fake"))]
#[inline]
fn read(register: &UnsafeCell<u32>) -> u32 {
    // SAFETY: a shared reference to a cell is valid and aligned, and registers are reached
    // through an `Mmio`, which is on one core at a time.
    unsafe { register.get().read_volatile() }
}

#[cfg(not(feature = "fake"))]
#[inline]
fn write(register: &UnsafeCell<u32>, value: u32) {
    // SAFETY: as in `read`.
    unsafe { register.get().write_volatile(value) }
}

#[cfg(feature = "fake")]
use crate::fake::{read, write};
