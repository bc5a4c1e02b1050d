//! Names: which can be stored, and how they come back.

use super::super::name::{Name, Short};
use super::*;
use alloc::format;

/// All characters that may stand in a name, some from each part of Unicode.
const LEGAL: &str = "!#$%&'()+,-.;=@[]^_`{}~ 09AZaz\u{7f}äß€Жλ中\u{ffee}𝄞🦀";

#[test]
fn every_legal_character_comes_back_as_it_went() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        put(&mut files, LEGAL, b"all").unwrap();
        for (n, character) in LEGAL.chars().enumerate() {
            put(&mut files, &format!("{n}{character}x"), b"one").unwrap();
        }
        files.flush().unwrap();

        let mut files = mount(card);
        let listed = names(&mut files, "");
        assert_eq!(listed[0], LEGAL);
        for (n, character) in LEGAL.chars().enumerate() {
            let name = format!("{n}{character}x");
            assert_eq!(get(&mut files, &name).unwrap(), b"one");
            assert!(listed.contains(&name), "{name}");
        }
        expect_in_order(card);
    }
}

#[test]
fn names_that_cannot_be_stored_are_refused_and_never_found() {
    let mut files = mount(card(Width::Fat16));
    let root = files.root();
    for name in
        ["a:b", "a*", "a?b", "\"", "<", ">", "a|b", "a\\b", "a\u{1f}", "\0", "a.", "a ", "..."]
    {
        assert_eq!(files.create(root, name, Creation::File, NOW_NS), Err(Errno::Invalid), "{name}");
        assert_eq!(files.find(root, name), Err(Errno::NoEntry), "{name}");
        assert_eq!(files.unlink(root, name, NOW_NS), Err(Errno::NoEntry), "{name}");
    }
}

#[test]
fn a_name_has_at_most_255_characters() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    let root = files.root();
    for length in [12, 13, 14, 26, 27, 254, 255] {
        let name = "n".repeat(length);
        put(&mut files, &name, name.as_bytes()).unwrap();
        assert_eq!(get(&mut files, &name).unwrap(), name.as_bytes());
    }
    let crab = "🦀".repeat(127);
    put(&mut files, &crab, b"127 pairs").unwrap();
    for name in ["n".repeat(256), "🦀".repeat(128), "ü".repeat(256)] {
        assert_eq!(files.find(root, &name), Err(Errno::NameTooLong));
        let made = files.create(root, &name, Creation::File, NOW_NS);
        assert_eq!(made, Err(Errno::NameTooLong));
    }
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn names_are_the_same_in_either_case() {
    let mut files = mount(card(Width::Fat16));
    for (one, other) in [("Straße ÄÖÜ", "STRAßE äöü"), ("Ωμέγα", "ωΜέΓα"), ("Журнал", "жУРНАЛ")]
    {
        put(&mut files, one, one.as_bytes()).unwrap();
        assert_eq!(get(&mut files, other).unwrap(), one.as_bytes());
        assert_eq!(create(&mut files, other, Creation::File), Err(Errno::Exists));
    }
    put(&mut files, "÷", b"division").unwrap();
    assert_eq!(get(&mut files, "×"), Err(Errno::NoEntry));
}

#[test]
fn many_names_alike_get_short_names_of_their_own() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    make_directory(&mut files, "d");
    for n in 0..300 {
        put(&mut files, &format!("d/a measurement {n}.json"), format!("{n}").as_bytes()).unwrap();
    }
    for n in 0..300 {
        let bytes = get(&mut files, &format!("d/a measurement {n}.json")).unwrap();
        assert_eq!(bytes, format!("{n}").as_bytes());
    }
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_file_is_found_by_its_short_name_too() {
    let mut files = mount(card(Width::Fat16));
    put(&mut files, "A long name.text", b"x").unwrap();
    assert_eq!(get(&mut files, "ALONGN~1.TEX").unwrap(), b"x");
    assert_eq!(create(&mut files, "alongn~1.tex", Creation::File), Err(Errno::Exists));
}

#[test]
fn short_names_are_made_as_on_a_pc() {
    let short = |name| Short::of(&Name::new(name).unwrap());
    assert_eq!(&short("KERNEL8.IMG").name, b"KERNEL8 IMG");
    assert!(short("KERNEL8.IMG").is_exact && short("kernel8.img").is_exact);
    assert!(!short("Kernel8.img").is_exact && !short("Kernel8.img").is_lossy);
    assert_eq!(&short("archive.tar.gz").name, b"ARCHIVETGZ ");
    assert!(short("archive.tar.gz").is_lossy);
    assert!(short("a b").is_lossy && short("a+b").is_lossy && short("ninechars").is_lossy);
    assert_eq!(&short(".profile").name, b"PROFILE    ");
}

#[test]
fn lower_case_needs_no_long_name_and_comes_back() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    ["lower.txt", "UPPER.TXT", "mixed.TXT", "MIXED2.txt"].iter().for_each(|name| {
        put(&mut files, name, b"").unwrap();
    });
    let root = FIRST + 1 + 2 * 18;
    assert_eq!(&card.peek(root)[32 * 4..32 * 4 + 11], b"MIXED2  TXT", "four slots, one each");
    assert_eq!(names(&mut files, ""), ["lower.txt", "UPPER.TXT", "mixed.TXT", "MIXED2.txt"]);
}

#[test]
fn a_long_name_that_is_not_its_files_own_gives_way_to_the_short_one() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "A long name.text", b"x").unwrap();
    files.flush().unwrap();
    let root = FIRST + 1 + 2 * 18;
    // The sum in the first piece, after the volume's name.
    card.poke(root, 32 + 13, &[card.peek(root)[32 + 13] ^ 1]);

    let mut files = mount(card);
    assert_eq!(names(&mut files, ""), ["ALONGN~1.TEX"]);
    let (mut files, report) = mount_any(card, Check::Always).map(|(f, r)| (f, r.unwrap())).unwrap();
    assert_eq!(report.stray_names, 2);
    assert_eq!(get(&mut files, "ALONGN~1.TEX").unwrap(), b"x");
    expect_in_order(card);
}

#[test]
fn old_short_names_are_read_in_code_page_437() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "XBER", b"x").unwrap();
    files.flush().unwrap();
    let root = FIRST + 1 + 2 * 18;
    card.poke(root, 32, &[0x9a]);
    assert_eq!(names(&mut mount(card), ""), ["ÜBER"]);
    // A name must not look like a path or hide a control character.
    card.poke(root, 32, b"/\x01");
    assert_eq!(names(&mut mount(card), ""), ["__ER"]);
    card.poke(root, 32, b"\x05BER");
    assert_eq!(names(&mut mount(card), ""), ["σBER"]);
}
