//! The power is cut at every moment of a busy life, and what was synced is there.
//!
//! The disk may write blocks between two flushes in any order and leave any of them out, but
//! never writes one block's versions out of order.

use super::disk::{Blocks, Event, apply};
use super::*;
use alloc::collections::BTreeMap;
use alloc::format;

/// Orders that are tried for each cut, beside the one in which the blocks were written.
const ORDERS: u64 = 3;

/// What must be on the disk when so many events have happened.
#[derive(Clone, Default)]
struct Promise {
    events: usize,
    /// Files and the bytes that they begin with.
    begins: BTreeMap<&'static str, Vec<u8>>,
    /// Generation of the file that is replaced again and again: this one or a later.
    generation: usize,
}

/// A program that appends, replaces, moves and removes, and remembers what it was promised.
struct Life {
    card: &'static Ram,
    files: FatFiles,
    promise: Promise,
    promises: Vec<Promise>,
}

/// Turns of the program.
const TURNS: usize = 9;

const LOG: &str = "logs/A record of everything.log";
const SETTINGS: &str = "Settings of the program.toml";
const SETTINGS_NEW: &str = "logs/Settings of the program.toml.new";

/// The bytes of a generation of the settings; each has another length, up to a few clusters.
fn settings(generation: usize) -> Vec<u8> {
    let length = 16 + generation * 409 % 2_500;
    let mut bytes = format!("{generation:08} {length:06}\n").into_bytes();
    bytes.extend(pattern(generation, length - 16));
    bytes
}

/// What is appended in a turn.
fn record(turn: usize) -> Vec<u8> {
    pattern(turn, 100 + turn * 397 % 1_900)
}

impl Life {
    fn begin(width: Width) -> Self {
        let card = card(width);
        let mut files = mount(card);
        ["logs", "old", "old/deep"].iter().for_each(|path| make_directory(&mut files, path));
        put(&mut files, SETTINGS, &settings(0)).unwrap();
        put(&mut files, "old/deep/kept", &pattern(77, 3_000)).unwrap();
        put(&mut files, LOG, b"").unwrap();
        files.flush().unwrap();
        card.record();
        let mut promise = Promise::default();
        promise.begins.insert(LOG, Vec::new());
        Self { card, files, promise, promises: Vec::new() }
    }

    fn promise(&mut self) {
        self.promise.events = self.card.event_count();
        self.promises.push(self.promise.clone());
    }

    fn append(&mut self, seed: usize) {
        let node = find(&mut self.files, LOG).unwrap();
        let end = self.files.status(node).unwrap().length_bytes;
        let record = record(seed);
        write_all(&mut self.files, node, end, &record).unwrap();
        self.files.sync(node).unwrap();
        self.files.release(node);
        self.promise.begins.get_mut(LOG).unwrap().extend(record);
        self.promise();
    }

    fn replace(&mut self, generation: usize) {
        put(&mut self.files, SETTINGS_NEW, &settings(generation)).unwrap();
        rename(&mut self.files, SETTINGS_NEW, SETTINGS).unwrap();
        if generation.is_multiple_of(2) {
            self.files.sync(Node(0)).unwrap();
            self.promise.generation = generation;
            self.promise();
        }
    }

    /// Files that come and go without any promise.
    fn bustle(&mut self, turn: usize) {
        let files = &mut self.files;
        let name = |turn: usize| format!("logs/some file that will not last {turn}");
        let node = create(files, &name(turn), Creation::File).unwrap();
        write_all(files, node, 0, &pattern(turn, 3_000)).unwrap();
        if turn.is_multiple_of(2) {
            files.sync(node).unwrap();
        }
        files.resize(node, 1_000, NOW_NS).unwrap();
        files.release(node);
        if turn >= 2 {
            unlink(files, &name(turn - 2)).unwrap();
        }
        if turn.is_multiple_of(3) {
            make_directory(files, &format!("old/directory {turn}"));
            let (from, to) = if turn.is_multiple_of(2) { ("old", "logs") } else { ("logs", "old") };
            rename(files, &format!("{from}/deep"), &format!("{to}/deep")).unwrap();
        }
        if turn.is_multiple_of(5) {
            files.flush().unwrap();
        }
    }

    fn live(mut self) -> (Vec<Event>, Vec<Promise>, &'static Ram) {
        for turn in 0..TURNS {
            self.append(turn);
            self.replace(turn + 1);
            self.bustle(turn);
        }
        (self.card.events(), self.promises, self.card)
    }
}

/// The disk after a cut: all up to the last flush, and of what came then some.
pub(super) struct Cut<'a> {
    flushed: Blocks,
    since: &'a [Event],
}

impl<'a> Cut<'a> {
    /// The disk that was as `before`, when `events` had happened.
    pub(super) fn at(before: &Blocks, events: &'a [Event]) -> Self {
        let is_flush = |event: &Event| matches!(event, Event::Flush);
        let last = events.iter().rposition(is_flush).map_or(0, |index| index + 1);
        let flushed = Cut { flushed: before.clone(), since: &events[..last] }.whole();
        Self { flushed, since: &events[last..] }
    }

    /// All of what came since.
    pub(super) fn whole(&self) -> Blocks {
        self.some(|_, count| count)
    }

    /// Of each block's versions as many as the dice say.
    pub(super) fn thrown(&self, dice: &mut Dice) -> Blocks {
        self.some(|_, count| dice.below(count + 1))
    }

    fn some(&self, mut kept: impl FnMut(u64, usize) -> usize) -> Blocks {
        let mut versions: BTreeMap<u64, Vec<_>> = BTreeMap::new();
        for event in self.since {
            if let Event::Write(block, data) = event {
                versions.entry(*block).or_default().push(**data);
            }
        }
        let mut blocks = self.flushed.clone();
        for (block, versions) in versions {
            let count = kept(block, versions.len());
            if count > 0 {
                apply(&mut blocks, block, versions[count - 1]);
            }
        }
        blocks
    }
}

/// Mounts the disk after a cut and checks what was promised before.
fn expect_promise(card: &'static Ram, blocks: Blocks, promise: &Promise) -> Option<Report> {
    card.load(blocks);
    let (mut files, report) = mount_any(card, Check::WhenDirty).expect("the volume is mounted");
    for (path, begin) in &promise.begins {
        let bytes = get(&mut files, path).expect("the file is there");
        assert!(bytes.starts_with(begin), "{path}: {} of {}", bytes.len(), begin.len());
        let records = (0..TURNS).flat_map(record).collect::<Vec<_>>();
        assert!(records.starts_with(&bytes), "what was not synced is the records or not there");
    }
    let bytes = get(&mut files, SETTINGS).expect("the old or the new settings are there");
    let generation: usize = String::from_utf8_lossy(&bytes[..8]).parse().expect("a number");
    assert_eq!(bytes, settings(generation));
    assert!(generation >= promise.generation, "{generation} after {}", promise.generation);
    let deep = ["old/deep/kept", "logs/deep/kept"].map(|path| get(&mut files, path).ok());
    assert_eq!(deep.iter().flatten().count(), 1, "the directory is in one place");
    assert!(deep.iter().flatten().all(|bytes| *bytes == pattern(77, 3_000)));
    let whole = |name: &String| !name.contains('~');
    assert!(names(&mut files, "").iter().all(whole), "no name is there in half");
    assert!(names(&mut files, "logs").iter().all(whole), "no name is there in half");
    put(&mut files, "after the cut", &pattern(5, 2_000)).expect("it can be written again");
    files.flush().expect("the card works");
    report
}

/// Cuts at each `step`-th event.
fn cut_everywhere(width: Width, step: usize) {
    let life = Life::begin(width);
    let before = life.card.save();
    let (events, promises, card) = life.live();
    let scratch = Ram::new(card.blocks_total());
    let (mut flushed, mut flushed_events) = (before, 0);
    let (mut dice, mut found) = (Dice(42), Report::default());
    let mut promises = promises.into_iter().peekable();
    let mut promise = Promise::default();
    promise.begins.insert(LOG, Vec::new());

    for cut in 0..=events.len() {
        while let Some(next) = promises.next_if(|next| next.events <= cut) {
            promise = next;
        }
        // What came before a flush is on the disk once that is over.
        if cut > 0 && matches!(events[cut - 1], Event::Flush) {
            flushed = Cut { flushed, since: &events[flushed_events..cut] }.whole();
            flushed_events = cut;
        }
        if !cut.is_multiple_of(step) {
            continue;
        }
        let disk = Cut { flushed: flushed.clone(), since: &events[flushed_events..cut] };
        let mut states = alloc::vec![disk.whole()];
        states.extend((0..ORDERS).map(|_| disk.thrown(&mut dice)));
        for (order, blocks) in states.into_iter().enumerate() {
            if let Some(report) = expect_promise(scratch, blocks, &promise) {
                found.freed_clusters += report.freed_clusters;
                found.finished_renames += report.finished_renames;
                found.removed_entries += report.removed_entries;
                found.cut_files += report.cut_files;
            }
            let (_, again) = mount_any(scratch, Check::Always).expect("the volume is mounted");
            assert!(again.is_some_and(|report| report.is_clean()), "cut {cut}, {order}: {again:?}");
            if (cut / step) % 29 == order {
                disk::fsck(scratch, FIRST);
            }
        }
    }
    assert!(found.freed_clusters > 0 && found.finished_renames > 0, "{found}");
    let broken = found.removed_entries + found.cut_files;
    assert_eq!(broken, 0, "no slot led to what was not there: {found}");
}

#[test]
fn what_was_synced_survives_every_cut_on_fat12() {
    cut_everywhere(Width::Fat12, 1);
}

#[test]
fn what_was_synced_survives_every_cut_on_fat16() {
    cut_everywhere(Width::Fat16, 5);
}

#[test]
fn what_was_synced_survives_every_cut_on_fat32() {
    cut_everywhere(Width::Fat32, 31);
}

#[test]
fn a_repair_that_is_cut_off_can_be_repaired() {
    let life = Life::begin(Width::Fat16);
    let before = life.card.save();
    let (events, _, card) = life.live();
    let scratch = Ram::new(card.blocks_total());
    let state = |cut| Cut { flushed: before.clone(), since: &events[..cut] }.whole();
    let cut = (0..events.len()).map(state).find(|blocks| {
        scratch.load(blocks.clone());
        let (_, report) = mount_any(scratch, Check::WhenDirty).expect("the volume is mounted");
        report.is_some_and(|report| report.finished_renames > 0 && report.freed_clusters > 0)
    });
    let cut = cut.expect("a cut that leaves something to repair");
    scratch.load(cut.clone());
    scratch.record();
    mount_any(scratch, Check::WhenDirty).expect("the volume is mounted");
    let repair = scratch.events();

    let mut dice = Dice(7);
    for end in 0..repair.len() {
        let begun = Cut::at(&cut, &repair[..end]);
        for blocks in [begun.whole(), begun.thrown(&mut dice)] {
            scratch.load(blocks);
            mount_any(scratch, Check::WhenDirty).expect("the volume is mounted");
            expect_in_order(scratch);
        }
    }
}
