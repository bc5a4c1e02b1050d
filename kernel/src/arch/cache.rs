//! Cache maintenance by address, for memory that the GPU, a DMA controller or a core without
//! caches looks at (Arm ARM DDI 0487, D7.5). QEMU has no caches; real boards do.

use aarch64_cpu::asm::barrier;
use core::arch::asm;

/// The shortest line of any cache on the Cortex-A53 and A72.
const LINE_BYTES: usize = 64;

/// The caches of this processor.
pub(crate) struct DataCache;

impl mmio::Dma for DataCache {
    fn bus_address(&self, address: usize) -> Option<u32> {
        // Devices see the first gibibyte once more from here on, past the GPU's cache (BCM2835
        // ARM Peripherals, §1.2.3).
        const UNCACHED: u32 = 0xc000_0000;
        let address = u32::try_from(address).ok()?;
        (address < 1 << 30).then_some(UNCACHED | address)
    }

    fn clean(&self, address: usize, length_bytes: usize) {
        const AT_ONCE: usize = 4;

        // A screen has many thousand lines, and four of them at once take half as long.
        let end = address.saturating_add(length_bytes);
        let mut line = address & !(LINE_BYTES - 1);
        while line + (AT_ONCE - 1) * LINE_BYTES < end {
            // SAFETY: cleaning writes back what the program stored; it changes no value.
            unsafe {
                asm!(
                    "dc cvac, {line}",
                    "add {line}, {line}, #{length}",
                    "dc cvac, {line}",
                    "add {line}, {line}, #{length}",
                    "dc cvac, {line}",
                    "add {line}, {line}, #{length}",
                    "dc cvac, {line}",
                    "add {line}, {line}, #{length}",
                    line = inout(reg) line,
                    length = const LINE_BYTES,
                    options(nostack, preserves_flags)
                );
            };
        }
        for line in lines(line, end.saturating_sub(line)) {
            // SAFETY: as above.
            unsafe { asm!("dc cvac, {}", in(reg) line, options(nostack, preserves_flags)) };
        }
        barrier::dsb(barrier::SY);
    }

    fn invalidate(&self, address: usize, length_bytes: usize) {
        for line in lines(address, length_bytes) {
            // SAFETY: what was dirty is written back before the line goes, so that no
            // neighbour's value is lost.
            unsafe { asm!("dc civac, {}", in(reg) line, options(nostack, preserves_flags)) };
        }
        barrier::dsb(barrier::SY);
    }
}

fn lines(address: usize, length_bytes: usize) -> impl Iterator<Item = usize> {
    let first = address & !(LINE_BYTES - 1);
    (first..address.saturating_add(length_bytes)).step_by(LINE_BYTES)
}
