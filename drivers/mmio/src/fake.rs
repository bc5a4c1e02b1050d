//! Banks of memory that stand in for a device in the tests of its driver.
//!
//! A [`Bank`] remembers what is written to it. Where a test needs a device that reacts, it puts
//! a function behind a register with [`Bank::on_read`] or [`Bank::on_write`].

mod memory;

pub use memory::Memory;

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};
use std::boxed::Box;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::vec::Vec;

use crate::{Dma, Mmio};

/// Bytes in a bank; no device here has a longer register block.
pub const BANK_BYTES: usize = 4096;

#[repr(C, align(4096))]
struct Page([AtomicU32; BANK_BYTES / 4]);

/// One page of registers that are plain memory until a test says otherwise.
///
/// A copy is the same bank. Its memory is never freed, so that handles to it stay valid. What
/// a test puts behind a register is seen by the thread of that test alone.
#[derive(Clone, Copy)]
pub struct Bank {
    page: &'static Page,
}

type ReadHook = Box<dyn FnMut() -> u32>;
type WriteHook = Box<dyn FnMut(u32)>;

std::thread_local! {
    static READ_HOOKS: RefCell<BTreeMap<usize, ReadHook>> = const { RefCell::new(BTreeMap::new()) };
    static WRITE_HOOKS: RefCell<BTreeMap<usize, WriteHook>> =
        const { RefCell::new(BTreeMap::new()) };
}

impl Bank {
    /// A bank whose registers are all 0.
    #[must_use]
    pub fn zeroed() -> Self {
        let page = Page([const { AtomicU32::new(0) }; BANK_BYTES / 4]);
        Self { page: Box::leak(Box::new(page)) }
    }

    /// A handle for the driver under test.
    ///
    /// # Panics
    ///
    /// If the block does not fit the bank.
    #[must_use]
    pub fn mmio<R>(self) -> Mmio<R> {
        assert!(size_of::<R>() <= BANK_BYTES, "the register block is longer than a bank");

        let base = core::ptr::from_ref(self.page).expose_provenance();
        // SAFETY: the page is never freed, is aligned to its own length, and holds atomic
        // words; with the feature `fake`, registers are accessed as atomic words, so that even
        // several handles are no race.
        unsafe { Mmio::new(base) }
    }

    /// The value of the register `offset_bytes` into the bank, past any hook.
    ///
    /// # Panics
    ///
    /// If the offset is not that of a word in the bank.
    #[must_use]
    pub fn peek(self, offset_bytes: usize) -> u32 {
        self.word(offset_bytes).load(Ordering::SeqCst)
    }

    /// Sets the register `offset_bytes` into the bank, past any hook.
    ///
    /// # Panics
    ///
    /// If the offset is not that of a word in the bank.
    pub fn poke(self, offset_bytes: usize, value: u32) {
        self.word(offset_bytes).store(value, Ordering::SeqCst);
    }

    /// Answers the driver's reads of the register `offset_bytes` into the bank from `hook`.
    ///
    /// # Panics
    ///
    /// If the offset is not that of a word in the bank.
    pub fn on_read(self, offset_bytes: usize, hook: impl FnMut() -> u32 + 'static) {
        let address = self.word(offset_bytes).as_ptr() as usize;
        READ_HOOKS.with_borrow_mut(|hooks| hooks.insert(address, Box::new(hook)));
    }

    /// Gives what the driver writes to the register `offset_bytes` into the bank to `hook` too.
    ///
    /// # Panics
    ///
    /// If the offset is not that of a word in the bank.
    pub fn on_write(self, offset_bytes: usize, hook: impl FnMut(u32) + 'static) {
        let address = self.word(offset_bytes).as_ptr() as usize;
        WRITE_HOOKS.with_borrow_mut(|hooks| hooks.insert(address, Box::new(hook)));
    }

    /// Keeps a list of all that the driver writes to the register `offset_bytes` into the bank.
    ///
    /// # Panics
    ///
    /// If the offset is not that of a word in the bank.
    #[must_use]
    pub fn record_writes(self, offset_bytes: usize) -> std::rc::Rc<RefCell<Vec<u32>>> {
        let writes = std::rc::Rc::new(RefCell::new(Vec::new()));
        let log = writes.clone();
        self.on_write(offset_bytes, move |value| log.borrow_mut().push(value));
        writes
    }

    fn word(self, offset_bytes: usize) -> &'static AtomicU32 {
        assert!(offset_bytes.is_multiple_of(4), "registers are words");
        &self.page.0[offset_bytes / 4]
    }
}

/// Memory that devices see at the address that the processor uses, cut to 30 bits, as on a Pi.
pub struct CoherentMemory;

impl Dma for CoherentMemory {
    fn bus_address(&self, address: usize) -> Option<u32> {
        let low = u32::try_from(address & ((1 << 30) - 1)).ok()?;
        Some(0xc000_0000 | low)
    }

    fn clean(&self, _address: usize, _length_bytes: usize) {}

    fn invalidate(&self, _address: usize, _length_bytes: usize) {}
}

pub(crate) fn read(register: &UnsafeCell<u32>) -> u32 {
    let word = atomic(register);
    let hooked = READ_HOOKS.with_borrow_mut(|hooks| Some(hooks.get_mut(&address(register))?()));
    if let Some(value) = hooked {
        word.store(value, Ordering::SeqCst);
    }
    word.load(Ordering::SeqCst)
}

pub(crate) fn write(register: &UnsafeCell<u32>, value: u32) {
    atomic(register).store(value, Ordering::SeqCst);
    WRITE_HOOKS.with_borrow_mut(|hooks| {
        if let Some(hook) = hooks.get_mut(&address(register)) {
            hook(value);
        }
    });
}

fn address(register: &UnsafeCell<u32>) -> usize {
    register.get() as usize
}

fn atomic(register: &UnsafeCell<u32>) -> &AtomicU32 {
    // SAFETY: the reference gives a valid, aligned word, and with the feature `fake` every
    // access to a register, by a driver or by a test, is atomic.
    unsafe { AtomicU32::from_ptr(register.get()) }
}

#[cfg(test)]
mod tests {
    use tock_registers::interfaces::{ReadWriteable, Readable, Writeable};
    use tock_registers::{register_bitfields, register_structs};

    use super::*;
    use crate::{ReadOnly, ReadWrite, WriteOnly};

    register_bitfields! [u32,
        Control [ON OFFSET(0) NUMBITS(1) [], SPEED OFFSET(4) NUMBITS(4) []]
    ];

    register_structs! {
        Registers {
            (0x00 => control: ReadWrite<u32, Control::Register>),
            (0x04 => _unused),
            (0x0c => status: ReadOnly<u32>),
            (0x10 => data: WriteOnly<u32>),
            (0x14 => @END),
        }
    }

    #[test]
    fn a_handle_reads_and_writes_the_bank_at_the_offsets_of_the_layout() {
        let bank = Bank::zeroed();
        let registers = bank.mmio::<Registers>();

        bank.poke(0x0c, 0xfeed);
        registers.data.set(0xbeef);

        assert_eq!(registers.status.get(), 0xfeed);
        assert_eq!(bank.peek(0x10), 0xbeef);
    }

    #[test]
    fn modifying_one_field_keeps_the_others() {
        let bank = Bank::zeroed();
        let registers = bank.mmio::<Registers>();
        bank.poke(0x00, 0x8000_0031);

        registers.control.modify(Control::SPEED.val(7));

        assert_eq!(bank.peek(0x00), 0x8000_0071);
    }

    #[test]
    fn a_hook_on_a_write_may_change_another_register() {
        let bank = Bank::zeroed();
        let registers = bank.mmio::<Registers>();
        bank.on_write(0x10, move |value| bank.poke(0x0c, value + 1));

        registers.data.set(41);

        assert_eq!(registers.status.get(), 42);
    }

    #[test]
    fn a_hook_on_a_read_gives_each_value_once() {
        let bank = Bank::zeroed();
        let registers = bank.mmio::<Registers>();
        let mut fifo = [5, 6].into_iter();
        bank.on_read(0x0c, move || fifo.next().unwrap_or(0));

        assert_eq!([0; 3].map(|_: u32| registers.status.get()), [5, 6, 0]);
    }

    #[test]
    fn banks_do_not_share_hooks_or_values() {
        let bank = Bank::zeroed();
        let other = Bank::zeroed();
        let writes = bank.record_writes(0x10);

        other.mmio::<Registers>().data.set(1);
        bank.mmio::<Registers>().data.set(2);

        assert_eq!(*writes.borrow(), [2]);
        assert_eq!(other.peek(0x10), 1);
    }
}
