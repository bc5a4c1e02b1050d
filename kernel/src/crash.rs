//! The kernel's own end: a report on the console, a record for the next boot, and then a
//! reset or a halt.
//!
//! The choice is the manifest's (`on_crash`), and reset until the manifest was read. After
//! [`CRASHES_MAX`] crashes in a row without a boot that got its apps started the board halts
//! whatever the choice is, so that the console can be read.

use crate::arch::cache::DataCache;
use crate::arch::exceptions::Frame;
use crate::arch::{cores, interrupts, timer};
use crate::{boards, console};
use core::fmt::Write;
use core::ptr::{addr_of, addr_of_mut, read_volatile, write_volatile};
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use kernel_core::bundle::OnCrash;
use kernel_core::command_line::CrashTest;
use kernel_core::crash_record::{self, CrashRecord};
use kernel_core::ledger::Milliseconds;
use mmio::Dma;

/// Crashes in a row after which the board stays down.
const CRASHES_MAX: u64 = 3;

/// At the same address in every build; nothing clears it (link.ld).
#[unsafe(link_section = ".crash_record")]
static mut RECORD: CrashRecord = CrashRecord::NONE;

static HALTS: AtomicBool = AtomicBool::new(false);
static CRASHES_BEFORE: AtomicU64 = AtomicU64::new(0);
/// The core that crashed first, or [`NO_CORE`].
static CRASHED_CORE: AtomicUsize = AtomicUsize::new(NO_CORE);

const NO_CORE: usize = usize::MAX;

/// Tells of the crash that ended the last boot, if one did, and forgets it.
pub(crate) fn tell_of_the_last() {
    // SAFETY: any bytes are a valid record, and only core 0 runs this early.
    let record = unsafe { read_volatile(addr_of!(RECORD)) };
    let Some(record) = record.valid() else { return };
    log::warn!(
        "kernel: last crash: {} at {:#x}, called from {:#x}, address {:#x}, {} ms after power-on",
        crash_record::class(record.esr),
        record.elr,
        record.lr,
        record.far,
        Milliseconds(record.at_ns),
    );
    CRASHES_BEFORE.store(record.count, Ordering::Relaxed);
    write(CrashRecord::NONE);
}

/// Notes what the manifest wants to happen after a crash.
pub(crate) fn choose(on_crash: OnCrash) {
    HALTS.store(on_crash == OnCrash::Halt, Ordering::Relaxed);
}

/// Notes that this boot got its apps started.
pub(crate) fn boot_is_good() {
    CRASHES_BEFORE.store(0, Ordering::Relaxed);
}

/// Reports the exception of `frame` and ends this boot.
pub(crate) fn report(frame: &Frame) -> ! {
    interrupts::mask();
    let core = boards::this_core();
    if let Err(first) =
        CRASHED_CORE.compare_exchange(NO_CORE, core, Ordering::AcqRel, Ordering::Acquire)
    {
        // Another core is at it; or the report itself crashed, and the record is all there is.
        if first == core && !HALTS.load(Ordering::Relaxed) {
            boards::reset();
        }
        sleep();
    }
    for other in (0..cores::CORES).filter(|&other| other != core) {
        boards::wake(other);
    }
    let count = CRASHES_BEFORE.load(Ordering::Relaxed) + 1;
    let mut record = CrashRecord::NONE;
    record.esr = frame.esr;
    record.elr = frame.elr;
    record.far = frame.far;
    record.lr = frame.x[30];
    record.at_ns = timer::now_ns();
    record.count = count;
    write(record.seal());
    let halts = HALTS.load(Ordering::Relaxed) || count >= CRASHES_MAX;
    // SAFETY: the machine is crashing, and this is the only core that comes here.
    unsafe {
        console::emergency(|out| {
            describe(out, frame);
            let _ = writeln!(out, "kernel: {}", next(halts));
        });
    };
    #[cfg(feature = "display")]
    show(frame, halts);
    if !halts {
        boards::reset();
    }
    sleep();
}

/// Shows the report on the display, too, where there is one. The console has it already, whatever
/// comes of this.
#[cfg(feature = "display")]
fn show(frame: &Frame, halts: bool) {
    let mut report = kernel_core::ring::Ring::<2048>::new();
    describe(&mut console::RingWriter(&mut report), frame);
    // SAFETY: the machine is crashing, and this is the only core that comes here.
    unsafe { crate::display::show_crash(report.front(), next(halts)) };
}

fn describe(out: &mut dyn Write, frame: &Frame) {
    let _ = write!(out, "kernel: crash: {}", crash_record::class(frame.esr));
    if let Some(reason) = crash_record::abort_reason(frame.esr) {
        let _ = write!(out, " ({reason})");
    }
    let _ = writeln!(out, ", {} ms after power-on", Milliseconds(timer::now_ns()));
    let _ = writeln!(
        out,
        "  esr {:#010x}  elr {:#018x}  far {:#018x}\n  spsr {:#010x}  sp {:#018x}",
        frame.esr, frame.elr, frame.far, frame.spsr, frame.sp
    );
    for (index, registers) in frame.x.chunks(3).enumerate() {
        for (offset, value) in registers.iter().enumerate() {
            let _ = write!(out, "  x{:<2} {value:#018x}", 3 * index + offset);
        }
        let _ = out.write_str("\n");
    }
}

/// What happens now.
fn next(halts: bool) -> &'static str {
    if halts { "halted; turn the board off and on again" } else { "resetting" }
}

fn write(record: CrashRecord) {
    // SAFETY: the record is written by one core only, at boot or in a crash.
    unsafe { write_volatile(addr_of_mut!(RECORD), record) };
    DataCache.clean(addr_of!(RECORD) as usize, size_of::<CrashRecord>());
}

/// Stops the calling core if another has crashed. Interrupt handlers ask.
pub(crate) fn stop_if_another_core_crashed() {
    let crashed = CRASHED_CORE.load(Ordering::Acquire);
    if crashed != NO_CORE && crashed != boards::this_core() {
        sleep();
    }
}

fn sleep() -> ! {
    loop {
        aarch64_cpu::asm::wfi();
    }
}

/// Crashes in the way that the command line asked for.
pub(crate) fn test(kind: CrashTest) {
    match kind {
        // SAFETY: the exception that this raises is the point.
        CrashTest::Undefined => unsafe { core::arch::asm!("udf #0") },
        CrashTest::Abort => {
            // Nothing is mapped at 32 GiB on any board.
            // SAFETY: the exception that this raises is the point.
            unsafe { read_volatile((32_usize << 30) as *const u64) };
        }
        CrashTest::Write => {
            // SAFETY: the exception that this raises is the point.
            unsafe { write_volatile(test as *mut u64, 0) };
        }
        CrashTest::Stack => {
            core::hint::black_box(recurse(0));
        }
        CrashTest::Panic => panic!("asked for on the command line"),
    }
}

#[expect(unconditional_recursion, reason = "it is to reach the guard page")]
fn recurse(depth: u64) -> u64 {
    let stack = core::hint::black_box([depth; 64]);
    recurse(depth + 1) + stack[(depth % 64) as usize]
}
