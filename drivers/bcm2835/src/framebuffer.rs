//! The screen that the firmware sets up, with two buffers where its memory is enough.
//!
//! [`start`] has the firmware set the mode and says where the pixels are. The board's file makes a
//! slice of that memory, and with a [`Scanout`] a [`device::Framebuffer`] of it.
//!
//! The memory is the VideoCore's, above the Arm's. It must be mapped one to one as ordinary
//! write-back memory that is never executed, as the RAM below it: pixels are then read as fast as
//! they are written. The VideoCore does not look into the Arm's caches, so what was drawn is
//! cleaned before it is shown. (On QEMU, which has no caches, nothing shows if that is left out.)
//!
//! Sources: "Mailbox property interface" of the Raspberry Pi firmware wiki, "Frame Buffer" and
//! "EDID"; for the number of displays, which is not there, Linux's
//! `include/soc/bcm2835/raspberrypi-firmware.h`; *VESA Enhanced EDID Standard*.

mod scanout;

pub use scanout::{Scanout, WithMailbox};

use core::fmt;
use core::ops::{Range, RangeInclusive};

use device::{Geometry, PixelOrder};
use mmio::Dma;

use crate::mailbox::{Mailbox, MailboxError};

mod tag {
    pub const EDID_BLOCK: u32 = 0x0003_0020;
    pub const ALLOCATE: u32 = 0x0004_0001;
    pub const DISPLAY_SIZE: u32 = 0x0004_0003;
    pub const PITCH: u32 = 0x0004_0008;
    pub const DISPLAYS: u32 = 0x0004_0013;
    pub const SET_SIZE: u32 = 0x0004_8003;
    pub const SET_VIRTUAL_SIZE: u32 = 0x0004_8004;
    pub const SET_DEPTH: u32 = 0x0004_8005;
    pub const SET_PIXEL_ORDER: u32 = 0x0004_8006;
    pub const SET_ALPHA_MODE: u32 = 0x0004_8007;
    pub const SET_VIRTUAL_OFFSET: u32 = 0x0004_8009;
}

/// Columns and rows of the smallest mode and the largest. Without a display some firmwares speak of
/// 2 × 2 pixels.
const SIDE_PIXELS: RangeInclusive<u32> = 64..=4096;
const PIXEL_BYTES: u32 = 4;
const PIXEL_BITS: u32 = PIXEL_BYTES * 8;
/// An order of colours: blue in the lowest byte. ("BGR" on the wiki, after bytes and not bits.)
const BLUE_FIRST: u32 = 0;
/// A mode of alpha: pixels have none.
const IGNORE_ALPHA: u32 = 2;
/// A page, so that the memory can be mapped on its own; and whole cache lines.
const ALIGNMENT_BYTES: u32 = 4096;
const BUFFERS_MAX: u32 = 2;
/// A block's number, a status, and its 128 bytes.
const EDID_ANSWER_WORDS: usize = 34;

/// How many pixels a mode has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// What every display can show.
    pub const SAFE: Self = Self { width: 640, height: 480 };

    /// The size to draw at on a display of this one: half of it, and again, where text would be too
    /// small to read. The firmware then shows each pixel twice as wide and high, at no cost.
    #[must_use]
    pub const fn legible(self) -> Self {
        const WIDTH_MAX: u32 = 1599;
        let mut size = self;
        while size.width > WIDTH_MAX {
            size = Self { width: size.width / 2, height: size.height / 2 };
        }
        size
    }
}

/// A screen that is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Where the processor finds the first pixel: the start of a page.
    pub base: usize,
    /// What is there: as many pixels as [`Geometry::pixels`] says, of 32 bits each.
    pub geometry: Geometry,
}

/// Whether a display is plugged in that says what it is.
///
/// One that does not, on the analogue output or behind an adapter, cannot be told from none; the
/// firmware shows a picture there nevertheless. A firmware that cannot be asked has a display.
///
/// # Errors
///
/// [`MailboxError`]; the same question may be asked again.
pub fn is_display_found(mailbox: &mut Mailbox) -> Result<bool, MailboxError> {
    if answered(mailbox.ask(tag::DISPLAYS, &[]))? == Some([0]) {
        return Ok(false);
    }
    let mut request = mailbox.request();
    let edid = request.add(tag::EDID_BLOCK, &[0], EDID_ANSWER_WORDS)?;
    Ok(answered(request.send()?.words(edid))?.is_none_or(is_edid))
}

/// Whether the answer to [`tag::EDID_BLOCK`] begins as that of a display: with the block's number,
/// a status of 0, and the bytes 00 ff ff ff ff ff ff 00 (§3.3).
fn is_edid(answer: [u32; 4]) -> bool {
    answer == [0, 0, 0xffff_ff00, 0x00ff_ffff]
}

/// Sets a mode of 32 bits per pixel. The firmware scales a picture of any other size than the
/// display's to that.
///
/// `gpu_memory` are the addresses that the VideoCore keeps and the processor has mapped, see above;
/// what the caches held of the screen's is dropped, which is without loss: nobody wrote there.
///
/// There are two buffers if the firmware has memory for them. What they show is up to the firmware
/// until everything has been drawn once.
///
/// # Errors
///
/// [`FramebufferError`]; the display may then show anything.
pub fn start(
    mailbox: &mut Mailbox,
    size: Size,
    gpu_memory: &Range<usize>,
    dma: &dyn Dma,
) -> Result<Screen, FramebufferError> {
    if !is_sensible(size) {
        return Err(FramebufferError::Refused);
    }

    let mut screen = allocate(mailbox, size, BUFFERS_MAX, gpu_memory);
    if screen == Err(FramebufferError::Refused) {
        screen = allocate(mailbox, size, 1, gpu_memory);
    }
    let screen = screen?;
    dma.invalidate(screen.base, length_bytes(screen.geometry));
    Ok(screen)
}

/// The size that the display itself prefers.
///
/// # Errors
///
/// [`FramebufferError::NoDisplay`] if it has none, or the firmware cannot be asked.
pub fn preferred_size(mailbox: &mut Mailbox) -> Result<Size, FramebufferError> {
    let [width, height] = answered(mailbox.ask(tag::DISPLAY_SIZE, &[]))?.unwrap_or_default();
    let has_size = width.min(height) >= *SIDE_PIXELS.start();
    has_size.then_some(Size { width, height }).ok_or(FramebufferError::NoDisplay)
}

fn is_sensible(size: Size) -> bool {
    SIDE_PIXELS.contains(&size.width) && SIDE_PIXELS.contains(&size.height)
}

fn allocate(
    mailbox: &mut Mailbox,
    size: Size,
    buffers: u32,
    gpu_memory: &Range<usize>,
) -> Result<Screen, FramebufferError> {
    let offer = ask(mailbox, size, buffers)?;
    let geometry = offer.geometry(size, buffers).ok_or(FramebufferError::Refused)?;
    let base = offer.base(length_bytes(geometry), gpu_memory)?;
    Ok(Screen { base, geometry })
}

/// What the firmware answers to the wish for a mode.
struct Offer {
    size: [u32; 2],
    virtual_height: u32,
    pixel_bits: u32,
    order: u32,
    bus_address: u32,
    total_bytes: u32,
    stride_bytes: u32,
}

/// Asks for `size` and memory for `buffers`, all in one message: the firmware makes the changes of
/// one message together.
fn ask(mailbox: &mut Mailbox, size: Size, buffers: u32) -> Result<Offer, FramebufferError> {
    let Size { width, height } = size;
    let mut request = mailbox.request();
    let size = request.add(tag::SET_SIZE, &[width, height], 2)?;
    let virtual_size = request.add(tag::SET_VIRTUAL_SIZE, &[width, height * buffers], 2)?;
    let depth = request.add(tag::SET_DEPTH, &[PIXEL_BITS], 1)?;
    let order = request.add(tag::SET_PIXEL_ORDER, &[BLUE_FIRST], 1)?;
    request.add(tag::SET_ALPHA_MODE, &[IGNORE_ALPHA], 1)?;
    request.add(tag::SET_VIRTUAL_OFFSET, &[0, 0], 2)?;
    let memory = request.add(tag::ALLOCATE, &[ALIGNMENT_BYTES], 2)?;
    let pitch = request.add(tag::PITCH, &[], 1)?;
    let response = request.send()?;

    let size = needed(response.words(size))?;
    let [_, virtual_height] = needed(response.words(virtual_size))?;
    let [pixel_bits] = needed(response.words(depth))?;
    let [order] = needed(response.words(order))?;
    let [bus_address, total_bytes] = needed(response.words(memory))?;
    let [stride_bytes] = needed(response.words(pitch))?;
    Ok(Offer { size, virtual_height, pixel_bits, order, bus_address, total_bytes, stride_bytes })
}

impl Offer {
    /// The screen with as many of the `buffers` as there is memory for; `None` if it is not the
    /// mode that was asked for, or does not make sense.
    fn geometry(&self, asked: Size, buffers: u32) -> Option<Geometry> {
        let Size { width, height } = asked;
        if self.size != [width, height] || self.pixel_bits != PIXEL_BITS {
            return None;
        }

        let is_whole = self.stride_bytes.is_multiple_of(PIXEL_BYTES);
        let buffer_bytes = self.stride_bytes.checked_mul(height).filter(|_| is_whole)?;
        let buffers_in_memory = self.total_bytes.checked_div(buffer_bytes)?;
        let buffers_in_rows = self.virtual_height / height;
        let order = if self.order == BLUE_FIRST { PixelOrder::Rgb } else { PixelOrder::Bgr };
        let geometry = Geometry {
            width: width as usize,
            height: height as usize,
            stride: (self.stride_bytes / PIXEL_BYTES) as usize,
            buffers: buffers.min(buffers_in_memory).min(buffers_in_rows) as usize,
            order,
        };
        geometry.pixels().map(|_| geometry)
    }

    /// Where the processor finds the `length_bytes` of the screen.
    fn base(
        &self,
        length_bytes: usize,
        gpu_memory: &Range<usize>,
    ) -> Result<usize, FramebufferError> {
        /// Of a bus address; the bits above say which caches of the VideoCore are passed.
        const PHYSICAL_BITS: u32 = 30;

        if self.bus_address == 0 {
            return Err(FramebufferError::Refused);
        }
        let base = (self.bus_address % (1 << PHYSICAL_BITS)) as usize;
        let is_in_memory =
            base >= gpu_memory.start && base.saturating_add(length_bytes) <= gpu_memory.end;
        let is_in_reach = is_in_memory && base.is_multiple_of(ALIGNMENT_BYTES as usize);
        is_in_reach.then_some(base).ok_or(FramebufferError::OutOfReach)
    }
}

/// The bytes of all buffers; 0 if there are too many to count.
fn length_bytes(geometry: Geometry) -> usize {
    geometry.pixels().map_or(0, |pixels| pixels.saturating_mul(PIXEL_BYTES as usize))
}

/// An answer without which there is no screen.
fn needed<T>(answer: Result<T, MailboxError>) -> Result<T, FramebufferError> {
    answered(answer)?.ok_or(FramebufferError::Refused)
}

/// An answer, or `None` where the firmware has none.
fn answered<T>(answer: Result<T, MailboxError>) -> Result<Option<T>, MailboxError> {
    match answer {
        Err(MailboxError::Unsupported) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Why there is no screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramebufferError {
    /// No display is attached, or none that has a size.
    NoDisplay,
    /// The firmware has no such mode, or no memory for it.
    Refused,
    /// The processor does not reach the memory of the screen.
    OutOfReach,
    /// The firmware could not be asked.
    Mailbox(MailboxError),
}

impl From<MailboxError> for FramebufferError {
    fn from(error: MailboxError) -> Self {
        Self::Mailbox(error)
    }
}

impl fmt::Display for FramebufferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDisplay => "there is no display",
            Self::Refused => "the firmware refuses the mode",
            Self::OutOfReach => "the screen's memory is out of reach",
            Self::Mailbox(error) => return error.fmt(f),
        })
    }
}

#[cfg(test)]
mod tests;
