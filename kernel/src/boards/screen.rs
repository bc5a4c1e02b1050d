//! The screen that the firmware sets up.

use super::{Board, DEVICES, Interrupts, firmware, raspi3, raspi4};
use crate::arch::cache::DataCache;
use core::slice;
use driver_bcm2835::framebuffer::{self, FramebufferError, Scanout, Size};
use driver_bcm2835::mailbox::MailboxError;

static SCANOUT: Scanout = Scanout::new(
    |body| {
        firmware::with(|firmware| body(&mut firmware.mailbox));
    },
    &DataCache,
);

/// Whether a display says that it is there.
pub(crate) fn is_display_found() -> bool {
    firmware::with(|firmware| framebuffer::is_display_found(&mut firmware.mailbox))
        .is_some_and(|found| found == Ok(true))
}

/// Sets up the screen in the mode `wish`, or one that the display prefers; in a mode that every
/// display has if that is refused.
///
/// # Errors
///
/// [`FramebufferError`]; the display may then show anything.
///
/// # Safety
///
/// - No [`device::Framebuffer`] that this gave before is used again.
pub(crate) unsafe fn screen(
    board: &Board,
    wish: Option<Size>,
) -> Result<device::Framebuffer, FramebufferError> {
    let size = match wish {
        Some(size) => Ok(size),
        None => ask(framebuffer::preferred_size).map(Size::legible),
    }?;
    let end = match DEVICES.get().map(|devices| &devices.interrupts) {
        Some(Interrupts::Raspi4(_)) => raspi4::GPU_MEMORY_END,
        _ => raspi3::GPU_MEMORY_END,
    };
    let gpu_memory = board.shared_ram.end as usize..end;
    let start = |size| ask(|mailbox| framebuffer::start(mailbox, size, &gpu_memory, &DataCache));
    let screen = match start(size) {
        Err(FramebufferError::Refused) if size != Size::SAFE => {
            log::warn!(
                "display: the firmware refuses {} x {}, and shows {} x {}",
                size.width,
                size.height,
                Size::SAFE.width,
                Size::SAFE.height
            );
            start(Size::SAFE)
        }
        screen => screen,
    }?;
    let count = screen.geometry.pixels().unwrap_or_default();
    // SAFETY: the firmware gave this memory away, which lies in its own RAM above the processor's
    // (`start` checked both ends); boot.s mapped that as data, and nobody else has it (contract).
    let pixels = unsafe { slice::from_raw_parts_mut(screen.base as *mut u32, count) };
    device::Framebuffer::new(screen.geometry, pixels, &SCANOUT).ok_or(FramebufferError::Refused)
}

fn ask<R>(
    question: impl FnOnce(&mut driver_bcm2835::mailbox::Mailbox) -> Result<R, FramebufferError>,
) -> Result<R, FramebufferError> {
    firmware::with(|firmware| question(&mut firmware.mailbox))
        .unwrap_or(Err(FramebufferError::Mailbox(MailboxError::Unsupported)))
}
