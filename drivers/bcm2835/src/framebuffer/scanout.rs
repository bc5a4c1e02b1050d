//! What is asked of the firmware and the caches while a screen is drawn to.

use device::FlipError;
use mmio::Dma;

use super::tag;
use crate::mailbox::Mailbox;

/// Calls a function with the mailbox, which others use too; not at all if there is none.
pub type WithMailbox = fn(&mut dyn FnMut(&mut Mailbox));

/// What a [`device::Framebuffer`] asks of the firmware and the caches.
pub struct Scanout {
    with_mailbox: WithMailbox,
    dma: &'static dyn Dma,
}

impl Scanout {
    /// The part of a screen that is not memory.
    #[must_use]
    pub const fn new(with_mailbox: WithMailbox, dma: &'static dyn Dma) -> Self {
        Self { with_mailbox, dma }
    }
}

impl device::Scanout for Scanout {
    fn clean(&self, pixels: &[u32]) {
        self.dma.clean(pixels.as_ptr().expose_provenance(), size_of_val(pixels));
    }

    fn show_from_row(&self, row: usize) -> Result<(), FlipError> {
        let row = u32::try_from(row).map_err(|_| FlipError)?;
        let mut shown = None;
        (self.with_mailbox)(&mut |mailbox| {
            shown = mailbox.ask(tag::SET_VIRTUAL_OFFSET, &[0, row]).ok();
        });
        match shown {
            Some([0, now]) if now == row => Ok(()),
            _ => Err(FlipError),
        }
    }
}
