//! The power is cut somewhere in a random life. Nothing was promised, but no file may have what
//! is not its own, and nothing but clusters may be lost.

use super::cuts::Cut;
use super::*;
use alloc::format;

/// Directories that are there from the beginning, the root among them.
const PLACES: [&str; 3] = ["", "one/", "one/two with a long name/"];

/// One of a few paths that meet now and then.
fn path(dice: &mut Dice) -> String {
    let names = ["a", "B.TXT", "a long name that spans slots", "another long name, and longer yet"];
    // Enough of them that directories grow, into clusters that files had.
    let number = dice.below(6);
    format!("{}{number}{}", PLACES[dice.below(3)], names[dice.below(names.len())])
}

/// One change; whether it succeeds does not matter.
fn change(files: &mut FatFiles, dice: &mut Dice) {
    let (name, other) = (path(dice), path(dice));
    let _ = match dice.below(10) {
        0..4 => {
            let seed = name.len();
            put(files, &name, &pattern(seed, dice.below(4_000)))
        }
        4 => create(files, &name, Creation::Directory).map(|node| files.release(node)),
        5 => unlink(files, &name).or_else(|_| remove_directory(files, &name)),
        6 | 7 => rename(files, &name, &other),
        8 => find(files, &name).and_then(|node| {
            let resized = files.resize(node, dice.below(5_000) as u64, NOW_NS);
            files.release(node);
            resized
        }),
        _ => files.flush(),
    };
}

/// What is in the files, by their length: each was written by [`change`], zeros behind.
fn expect_own_bytes(files: &mut FatFiles, place: &str) {
    for name in names(files, place.trim_end_matches('/')) {
        let name = format!("{place}{name}");
        if let Ok(bytes) = get(files, &name) {
            let is_own = |seed| {
                let whole = pattern(seed, bytes.len());
                let same = whole.iter().zip(&bytes).take_while(|(one, two)| one == two).count();
                bytes[same..].iter().all(|byte| *byte == 0)
            };
            assert!((0..80).any(is_own), "{name} has what is not its own");
        }
    }
}

#[test]
fn a_cut_anywhere_loses_nothing_but_clusters() {
    for seed in 0..8 {
        let card = card(if seed % 2 == 0 { Width::Fat12 } else { Width::Fat16 });
        let mut files = mount(card);
        make_directory(&mut files, "one");
        make_directory(&mut files, "one/two with a long name");
        files.flush().unwrap();
        let before = card.save();
        card.record();
        let mut dice = Dice(seed);
        (0..250).for_each(|_| change(&mut files, &mut dice));
        let events = card.events();
        let scratch = Ram::new(card.blocks_total());
        for round in 0..60 {
            let end = dice.below(events.len() + 1);
            scratch.load(Cut::at(&before, &events[..end]).thrown(&mut dice));
            let (mut files, report) = mount_any(scratch, Check::WhenDirty).expect("is mounted");
            let report = report.unwrap_or_default();
            assert_eq!(report.cut_files + report.removed_entries, 0, "{seed} {end}: {report}");
            PLACES.iter().for_each(|place| expect_own_bytes(&mut files, place));
            if round % 10 == 0 {
                files.flush().unwrap();
                expect_in_order(scratch);
            }
        }
    }
}

#[test]
fn a_directory_that_grows_never_shows_what_its_clusters_held_before() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    make_directory(&mut files, "d");
    // Bytes that would be names of files, in a directory.
    put(&mut files, "filler", &b"GHOST   BIN\x20              G\0\x01\0\0\0".repeat(1_000))
        .unwrap();
    unlink(&mut files, "filler").unwrap();
    files.flush().unwrap();
    let before = card.save();
    card.record();
    let name = |number: usize| format!("file {number} with a name of a few slots");
    (0..25).for_each(|number| {
        let node = create(&mut files, &format!("d/{}", name(number)), Creation::File).unwrap();
        files.release(node);
    });
    files.flush().unwrap();

    let (events, mut dice) = (card.events(), Dice(5));
    let (scratch, expected) =
        (Ram::new(card.blocks_total()), (0..25).map(name).collect::<Vec<_>>());
    for end in 0..=events.len() {
        for _ in 0..4 {
            scratch.load(Cut::at(&before, &events[..end]).thrown(&mut dice));
            let (mut files, report) = mount_any(scratch, Check::WhenDirty).expect("is mounted");
            let report = report.unwrap_or_default();
            assert_eq!(report.cut_files + report.removed_entries, 0, "{end}: {report}");
            assert!(names(&mut files, "d").iter().all(|name| expected.contains(name)));
        }
    }
}
