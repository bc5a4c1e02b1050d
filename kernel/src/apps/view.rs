//! What can be known of an app while it has its turn, and the wish that it end.
//!
//! An app that has its turn is not in its place, so what others may know of it stands beside the
//! place, in atomics that the core which has it writes. Figures read together may be of different
//! moments; none of them decides anything but whether an app can be started or killed, and that is
//! core 0's alone.

use super::slot::Slot;
use crate::boards;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use runtime::{Events, Guest, Until};

/// One app, as others may know it.
pub(super) struct View {
    doing: AtomicU8,
    core: AtomicU8,
    since_ns: AtomicU64,
    until_ns: AtomicU64,
    fuel: AtomicU64,
    turns: AtomicU64,
    ran_ns: AtomicU64,
    memory_bytes: AtomicUsize,
    is_to_end: AtomicBool,
}

/// What an app does, as a number that is one store.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Doing {
    NeverStarted,
    Running,
    Ready,
    Sleeping,
    AwaitingInput,
    AwaitingOutput,
    AwaitingThread,
    AwaitingNetwork,
    AwaitingWindow,
    Pausing,
    Ended,
}

impl View {
    /// It never started.
    pub(super) const fn new() -> Self {
        Self {
            doing: AtomicU8::new(Doing::NeverStarted as u8),
            core: AtomicU8::new(0),
            since_ns: AtomicU64::new(0),
            until_ns: AtomicU64::new(0),
            fuel: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            ran_ns: AtomicU64::new(0),
            memory_bytes: AtomicUsize::new(0),
            is_to_end: AtomicBool::new(false),
        }
    }

    /// The calling core has it, from `now_ns` on.
    pub(super) fn runs(&self, now_ns: u64) {
        self.core.store(boards::this_core() as u8, Ordering::Relaxed);
        self.does(Doing::Running, now_ns);
    }

    /// It had a turn.
    pub(super) fn had_turn(&self, slot: &Slot) {
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.measure(slot);
    }

    /// A thread that was spawned had a turn of `ran_ns`, in which it used so much fuel.
    #[cfg(feature = "threads")]
    pub(super) fn had_part(&self, fuel: u64, ran_ns: u64) {
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
        self.ran_ns.fetch_add(ran_ns, Ordering::Relaxed);
    }

    /// A thread that begins has used nothing yet.
    #[cfg(feature = "threads")]
    pub(super) fn begins(&self, now_ns: u64) {
        self.fuel.store(0, Ordering::Relaxed);
        self.turns.store(0, Ordering::Relaxed);
        self.ran_ns.store(0, Ordering::Relaxed);
        self.waits(Until::NEXT_TURN, now_ns);
    }

    /// Its guest is new.
    pub(super) fn is_new(&self, slot: &Slot) {
        self.turns.store(0, Ordering::Relaxed);
        self.measure(slot);
    }

    /// It waits for its next turn until `until` holds. Said before another core can take it.
    pub(super) fn waits(&self, until: Until, now_ns: u64) {
        let has = |event: Events| until.events.bits() & event.bits() != 0;
        let doing = match until {
            Until::NEXT_TURN => Doing::Ready,
            _ if has(Events::INPUT) => Doing::AwaitingInput,
            _ if has(Events::OUTPUT) => Doing::AwaitingOutput,
            _ if has(Events::WAKE) => Doing::AwaitingThread,
            _ if has(Events::NETWORK) => Doing::AwaitingNetwork,
            _ if has(Events::DISPLAY) => Doing::AwaitingWindow,
            _ => Doing::Sleeping,
        };
        self.until_ns.store(until.at_ns.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.does(doing, now_ns);
    }

    /// It ended, with so much fuel used by all of its threads, and starts again at `at_ns`, if at
    /// all.
    pub(super) fn has_ended(&self, at_ns: Option<u64>, now_ns: u64, fuel: u64) {
        self.fuel.store(fuel, Ordering::Relaxed);
        self.memory_bytes.store(0, Ordering::Relaxed);
        self.until_ns.store(at_ns.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.does(if at_ns.is_some() { Doing::Pausing } else { Doing::Ended }, now_ns);
    }

    /// Says that somebody wants it to end. It does when a core takes it, for which it has to be
    /// ready.
    #[cfg(any(feature = "shell", feature = "actors"))]
    pub(super) fn wish_end(&self) {
        self.is_to_end.store(true, Ordering::SeqCst);
    }

    /// Whether somebody wants it to end.
    pub(super) fn is_to_end(&self) -> bool {
        self.is_to_end.load(Ordering::SeqCst)
    }

    /// Takes that wish back, and tells whether there was one.
    pub(super) fn take_wish(&self) -> bool {
        self.is_to_end.swap(false, Ordering::SeqCst)
    }

    fn measure(&self, slot: &Slot) {
        let guest = slot.guest.as_ref();
        self.fuel.store(guest.map_or(0, Guest::fuel_used), Ordering::Relaxed);
        self.memory_bytes.store(guest.map_or(0, Guest::memory_bytes), Ordering::Relaxed);
        self.ran_ns.store(slot.ran_ns, Ordering::Relaxed);
    }

    fn does(&self, doing: Doing, now_ns: u64) {
        self.since_ns.store(now_ns, Ordering::Relaxed);
        // What was stored before is seen by who sees this.
        self.doing.store(doing as u8, Ordering::Release);
    }
}

#[cfg(feature = "shell")]
mod shown;
