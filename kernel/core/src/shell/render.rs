//! Tables for people, 80 characters wide.
//!
//! What is written goes to a [`Screen`], which takes everything: no result is looked at.

use super::screen::Screen;
use crate::system_view::{AppView, CoreRow, HeapPiece, Snapshot, ThreadView};
use core::fmt::Write;

/// The apps and their threads, with what they used in their lives.
pub(super) fn ps(screen: &mut Screen, now: &Snapshot) {
    screen
        .put(b"app              state               core         fuel    turns     KiB     for\n");
    for_each_thread(now, |app, thread, is_first| {
        row(screen, now, app, thread, is_first, [thread.fuel, thread.turns]);
    });
}

/// As [`ps`], with what they used since `last`: fuel a second and percent of a core.
pub(super) fn top(screen: &mut Screen, last: &Snapshot, now: &Snapshot) {
    let passed_ms = ((now.at_ns - last.at_ns) / 1_000_000).max(1);
    let _ = writeln!(screen, "up {} s, a key ends this", now.at_ns / 1_000_000_000);
    screen
        .put(b"app              state               core       fuel/s   % core     KiB     for\n");
    for_each_thread(now, |app, thread, is_first| {
        let before = last
            .find(&app.name)
            .and_then(|app| app.threads.iter().find(|before| before.number == thread.number));
        let (fuel, ran_ns) = before.map_or((0, 0), |before| (before.fuel, before.ran_ns));
        // What started again since counts from zero.
        let since = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        let fuel_per_s = since(thread.fuel, fuel).saturating_mul(1000) / passed_ms;
        // A percent of a millisecond is 10 us.
        let percent = since(thread.ran_ns, ran_ns) / (passed_ms * 10_000);
        row(screen, now, app, thread, is_first, [fuel_per_s, percent]);
    });
}

/// The heap's pieces, and what apps have of them as linear memory.
pub(super) fn free(screen: &mut Screen, heap: &[HeapPiece], now: &Snapshot) {
    screen.put(b"heap                        bytes            free    largest hole\n");
    for (index, piece) in heap.iter().enumerate().filter(|(_, piece)| piece.total_bytes > 0) {
        let HeapPiece { total_bytes, free_bytes, largest_bytes } = piece;
        let _ = writeln!(
            screen,
            "piece {index:<11}{total_bytes:>16}{free_bytes:>16}{largest_bytes:>16}"
        );
    }
    for app in now.apps.iter().filter(|app| app.memory_bytes > 0) {
        let _ = writeln!(screen, "{:<16.16} {:>16}", app.name, app.memory_bytes);
    }
}

/// Counts of interrupts by cores.
pub(super) fn interrupts(screen: &mut Screen, interrupts: &[CoreRow]) {
    screen.put(b"interrupt            core 0      core 1      core 2      core 3\n");
    for interrupt in interrupts {
        let _ = write!(screen, "{:<15}", interrupt.name);
        for count in interrupt.counts {
            let _ = write!(screen, "{count:>12}");
        }
        screen.put(b"\n");
    }
}

fn for_each_thread(now: &Snapshot, mut body: impl FnMut(&AppView, &ThreadView, bool)) {
    for app in &now.apps {
        for (index, thread) in app.threads.iter().enumerate() {
            body(app, thread, index == 0);
        }
    }
}

/// One thread; the app's name and memory stand with the first alone.
fn row(
    screen: &mut Screen,
    now: &Snapshot,
    app: &AppView,
    thread: &ThreadView,
    is_first: bool,
    [used, parts]: [u64; 2],
) {
    let (name, kib) = if is_first { (&*app.name, app.memory_bytes >> 10) } else { ("", 0) };
    let state = thread.state.text(now.at_ns);
    let for_s = now.at_ns.saturating_sub(thread.since_ns) / 1_000_000_000;
    let _ = writeln!(
        screen,
        "{name:<16.16} {state:<20.20}{:>4}{used:>13}{parts:>9}{kib:>8}{for_s:>8}",
        thread.core,
    );
}
