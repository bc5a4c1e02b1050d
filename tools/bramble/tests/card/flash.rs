//! A card image on a card, which is a file or a disk made of one.

use super::workshop::{CARD_BYTES, Workshop, assert_fails, tool};
use std::fs;
use std::path::Path;

#[test]
fn a_card_is_flashed_and_read_back() {
    let workshop = Workshop::new();
    workshop.card();
    workshop.used_card(CARD_BYTES + 4096);

    let output =
        workshop.bramble(&["flash", "--device", "used", "--force", "--yes", "--json", "card.img"]);

    assert!(output.status.success(), "{output:?}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["verified"], &said["bytes"]), (&true.into(), &CARD_BYTES.into()));
    let used = fs::read(workshop.at("used")).unwrap();
    let (card, behind) = used.split_at(CARD_BYTES as usize);
    assert!(card == fs::read(workshop.at("card.img")).unwrap());
    assert!(behind.iter().all(|byte| *byte == 0xa5));
}

#[test]
fn a_disk_that_cannot_be_taken_out_is_flashed_only_where_that_is_said() {
    let workshop = Workshop::new();
    workshop.card();
    workshop.used_card(CARD_BYTES);
    let Some(disk) = LoopDisk::of(&workshop.at("used")) else {
        println!("SKIPPED: a disk can be made of a file only by root, with losetup");
        return;
    };

    let refused = workshop.bramble(&["flash", "--device", &disk.path, "--yes", "card.img"]);
    let used = fs::read(workshop.at("used")).unwrap();
    let words = ["flash", "--device", &disk.path, "--yes", "--force", "card.img"];
    let flashed = workshop.bramble(&words);

    assert_fails(&refused, 3, "is not removable");
    assert!(used.iter().all(|byte| *byte == 0xa5));
    assert!(flashed.status.success(), "{flashed:?}");
    drop(disk);
    let card = fs::read(workshop.at("card.img")).unwrap();
    assert!(fs::read(workshop.at("used")).unwrap() == card);
}

/// A disk whose blocks are those of a file.
struct LoopDisk {
    path: String,
}

impl LoopDisk {
    /// The disk of the file `file`; `None` where this may not be done.
    fn of(file: &Path) -> Option<Self> {
        let output = tool("losetup").args(["--find", "--show"]).arg(file).output().ok()?;
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(Self { path })
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        tool("losetup").args(["--detach", &self.path]).status().unwrap();
    }
}

#[test]
fn what_is_refused_is_not_written_to() {
    let workshop = Workshop::new();
    workshop.card();
    workshop.used_card(CARD_BYTES - 512);
    let flash =
        |words: &[&str]| workshop.bramble(&[&["flash", "--device", "used"], words].concat());

    assert_fails(&flash(&["--yes", "card.img"]), 3, "used: is a file: say --force");
    assert_fails(&flash(&["--yes", "--force", "card.img"]), 3, "take a larger card");
    workshop.used_card(CARD_BYTES);
    assert_fails(&flash(&["--force", "card.img"]), 3, "say --yes; nothing was written");
    assert_fails(&flash(&["--force", "--yes", "hello.wasm"]), 1, "is no card image");
    let onto_itself = ["flash", "--device", "card.img", "--force", "--yes", "card.img"];
    assert_fails(&workshop.bramble(&onto_itself), 3, "over itself");
    assert_fails(&flash(&["card.img", "--device", "none"]), 2, "--device");
    let used = fs::read(workshop.at("used")).unwrap();
    assert!(used.iter().all(|byte| *byte == 0xa5));
}
