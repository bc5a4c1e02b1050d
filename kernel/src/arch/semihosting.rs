//! Arm semihosting: files of the host, when QEMU runs the kernel with `-semihosting`.
//!
//! Only `bramble run` uses it, and it says so on the kernel's command line: without a host
//! that listens, the instruction is an exception.
//!
//! Source: Arm, *Semihosting for AArch32 and AArch64*, 2.0.

use alloc::vec::Vec;
use core::arch::asm;

const SYS_OPEN: usize = 0x01;
const SYS_CLOSE: usize = 0x02;
const SYS_WRITE: usize = 0x05;
const SYS_READ: usize = 0x06;
const SYS_SEEK: usize = 0x0a;
const SYS_FLEN: usize = 0x0c;
const SYS_EXIT: usize = 0x18;

const APPLICATION_EXIT: usize = 0x2_0026;

/// How a file is opened, numbered as `SYS_OPEN` has it.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    /// `rb`
    Read = 1,
    /// `wb`
    Write = 5,
}

/// An open file of the host; closed when dropped.
pub(crate) struct HostFile {
    handle: usize,
}

impl HostFile {
    /// Opens `path`; `None` if the host cannot.
    pub(crate) fn open(path: &str, mode: Mode) -> Option<Self> {
        let mut name = Vec::from(path);
        name.push(0);
        let handle = call(SYS_OPEN, &[name.as_ptr() as usize, mode as usize, path.len()]);
        (handle != usize::MAX).then_some(Self { handle })
    }

    /// Writes the front of `bytes` and tells how many.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> usize {
        let left = call(SYS_WRITE, &[self.handle, bytes.as_ptr() as usize, bytes.len()]);
        bytes.len().saturating_sub(left)
    }

    /// Fills the front of `buffer` and tells how many bytes; 0 at the end of the file as it is.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let left = call(SYS_READ, &[self.handle, buffer.as_mut_ptr() as usize, buffer.len()]);
        buffer.len().saturating_sub(left)
    }

    /// The file's length in bytes now.
    pub(crate) fn length_bytes(&self) -> Option<usize> {
        let length = call(SYS_FLEN, &[self.handle]);
        (length != usize::MAX).then_some(length)
    }

    /// The next read begins at byte `position`.
    pub(crate) fn seek(&mut self, position: usize) {
        call(SYS_SEEK, &[self.handle, position]);
    }
}

impl Drop for HostFile {
    fn drop(&mut self) {
        call(SYS_CLOSE, &[self.handle]);
    }
}

/// Ends the emulation; its exit code is `code`.
pub(crate) fn exit(code: usize) -> ! {
    call(SYS_EXIT, &[APPLICATION_EXIT, code]);
    loop {
        aarch64_cpu::asm::wfi();
    }
}

fn call(operation: usize, parameters: &[usize]) -> usize {
    let result;
    // SAFETY: the host reads `parameters` and what they point to, which the callers above hold
    // as slices of the stated length; SYS_READ writes into a slice that is borrowed mutably.
    unsafe {
        asm!(
            "hlt #0xf000",
            inout("x0") operation => result,
            in("x1") parameters.as_ptr(),
            options(nostack),
        );
    }
    result
}
