//! Where an app is between two turns.

use super::Standing;
use super::slot::Slot;
use super::view::View;
use alloc::boxed::Box;
use alloc::sync::Arc;
use kernel_core::bundle;
use spin::Mutex;

/// An app's place, and what can be known of it while a core has it.
pub(super) struct Room {
    /// Empty while a core has it.
    slot: Mutex<Option<Box<Slot>>>,
    pub(super) view: View,
}

impl Room {
    /// That of the app `entry`, which has not started.
    pub(super) fn new(entry: &Arc<bundle::App<'static>>, has_all_cores: bool) -> Self {
        let room = Self::empty();
        let standing = Standing::new(Arc::clone(entry), None, has_all_cores);
        room.put(Box::new(Slot::new(standing)));
        room
    }

    /// One without an app.
    pub(super) const fn empty() -> Self {
        Self { slot: Mutex::new(None), view: View::new() }
    }

    /// Takes the app out; `None` if another core has it.
    pub(super) fn take(&self) -> Option<Box<Slot>> {
        self.slot.lock().take()
    }

    /// Gives the app back.
    pub(super) fn put(&self, slot: Box<Slot>) {
        *self.slot.lock() = Some(slot);
    }

    /// What `body` finds in the app; `None` if a core has it.
    #[cfg(feature = "shell")]
    pub(super) fn look<R>(&self, body: impl FnOnce(&Slot) -> R) -> Option<R> {
        self.slot.lock().as_deref().map(body)
    }
}
