//! What `vectors.s` calls.

use crate::{boards, crash};

/// The registers at an exception, as `vectors.s` stores them.
#[repr(C)]
pub(crate) struct Frame {
    /// x0 to x30; the last is the link register.
    pub(crate) x: [u64; 31],
    /// The stack pointer of whom the exception interrupted.
    pub(crate) sp: u64,
    /// Where it happened.
    pub(crate) elr: u64,
    /// The processor's state there.
    pub(crate) spsr: u64,
    /// What happened.
    pub(crate) esr: u64,
    /// The address that faulted, if one did.
    pub(crate) far: u64,
}

#[unsafe(no_mangle)]
extern "C" fn crash_by_exception(frame: &Frame) -> ! {
    crash::report(frame)
}

#[unsafe(no_mangle)]
extern "C" fn handle_interrupt() {
    boards::handle_interrupts();
}

/// With `immediate-abort` a panic is a `brk`, so this is never reached; Rust wants it all the
/// same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        // SAFETY: a breakpoint exception ends in `crash_by_exception`.
        unsafe { core::arch::asm!("brk #1") };
    }
}
