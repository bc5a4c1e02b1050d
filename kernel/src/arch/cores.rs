//! The other cores: out of the firmware's spin table, asleep until there is work.
//!
//! Source: Raspberry Pi tools, armstub8.S: a core waits in WFE until its 64-bit word at
//! `0xd8 + 8 * core` holds an address, and jumps there at the level it was started at.

use super::cache::DataCache;
use super::interrupts::{self, IrqLock};
use super::{mmu, timer};
use aarch64_cpu::asm::{self, barrier};
use core::ptr::write_volatile;
use core::sync::atomic::{AtomicUsize, Ordering};
use mmio::Dma;

/// Cores of every board that Bramble knows.
pub(crate) const CORES: usize = 4;

/// How long the other cores may take to come up.
const START_MAX_NS: u64 = 100_000_000;

const SPIN_TABLE: usize = 0xd8;

/// A piece of work for a core: a function and a number for it.
pub(crate) type Work = (fn(usize), usize);

static WORK: [IrqLock<Option<Work>>; CORES] = [const { IrqLock::new(None) }; CORES];
/// Cores that sleep in their loop, core 0 among them.
static ONLINE: AtomicUsize = AtomicUsize::new(1);
/// Cores that did their first work.
static CHECKED_IN: AtomicUsize = AtomicUsize::new(1);

unsafe extern "C" {
    fn secondary_start();
}

/// Wakes the other cores, waits until they sleep in WFI, and tells how many cores take work.
///
/// # Safety
///
/// - Called once, on core 0, with the firmware's first page still mapped; it is not afterwards.
pub(crate) unsafe fn start() -> usize {
    let entry = secondary_start as *const () as u64;
    for core in 1..CORES {
        let word = (SPIN_TABLE + 8 * core) as *mut u64;
        // SAFETY: the word belongs to the spin table, which is mapped (contract).
        unsafe { write_volatile(word, entry) };
    }
    DataCache.clean(SPIN_TABLE, 8 * CORES);
    asm::sev();

    if wait_for(&ONLINE) == CORES {
        // SAFETY: all cores have left the spin table.
        unsafe { mmu::unmap_first_page() };
    }
    // Each core's first work shows that it can be woken, which is more than that it started.
    for core in 1..CORES {
        let _ = give(core, (check_in, core));
    }
    wait_for(&CHECKED_IN)
}

fn check_in(_core: usize) {
    CHECKED_IN.fetch_add(1, Ordering::AcqRel);
}

/// Waits until all cores are counted, up to a limit, and tells how many are.
fn wait_for(count: &AtomicUsize) -> usize {
    let limit_ns = timer::now_ns() + START_MAX_NS;
    while count.load(Ordering::Acquire) < CORES && timer::now_ns() < limit_ns {
        core::hint::spin_loop();
    }
    count.load(Ordering::Acquire)
}

/// Hands `work` to `core` and wakes it; gives it back if the core has some already.
pub(crate) fn give(core: usize, work: Work) -> Result<(), Work> {
    let Some(slot) = WORK.get(core) else { return Err(work) };
    slot.with(|slot| match slot {
        Some(_) => Err(work),
        None => {
            *slot = Some(work);
            Ok(())
        }
    })?;
    crate::boards::wake(core);
    Ok(())
}

/// The other cores' whole life: sleep, and do what they are given.
#[unsafe(no_mangle)]
extern "C" fn secondary_main(core: usize) -> ! {
    crate::boards::enable_core(core);
    ONLINE.fetch_add(1, Ordering::AcqRel);
    loop {
        // Masked, so that a wake-up between the look and the sleep is not lost: WFI ends for a
        // pending interrupt even then.
        interrupts::mask();
        let work = WORK.get(core).and_then(|slot| slot.with(Option::take));
        if let Some((function, argument)) = work {
            interrupts::unmask();
            function(argument);
            continue;
        }
        barrier::dsb(barrier::SY);
        asm::wfi();
        interrupts::unmask();
    }
}
