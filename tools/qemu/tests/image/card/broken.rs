//! Cards with which something is wrong: the console says what, and the system goes on.

use super::*;

/// Boots with `card` and an app of the image, which has to run whatever the card is like.
#[track_caller]
fn boots_on(card: &Card) -> String {
    let talker = module("still here", "(call $say)");
    let console = run_with(&packed(vec![app("talker", &talker)]), Board::Raspi3b, card);
    assert_says(&console, &["talker | still here", "kernel: all apps have ended"]);
    console
}

/// How a slot of a directory begins that no file has.
const FREE: u8 = 0xe5;

/// The bytes of a file of three clusters.
const THREE: [u8; 1500] = [b'x'; 1500];

#[test]
fn an_empty_slot_is_told_of_on_both_boards() {
    let talker = module("still here", "(call $say)");
    let packed = packed(vec![app("talker", &talker)]);

    for board in Board::ALL {
        let qemu = packed.boot(board);

        qemu.expect_line("card: there is none", LIMIT);
        qemu.expect("talker | still here", LIMIT);
    }
}

#[test]
fn an_app_that_mounts_an_absent_card_is_refused() {
    let talker = module("still here", "(call $say)");
    let packed = Packed::new(vec![on_card("writer", &talker), app("talker", &talker)]);

    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: writer was refused: it cannot have /: there is no card", LIMIT);
    qemu.expect("talker | still here", LIMIT);
}

#[test]
fn a_card_of_zeros_has_no_partition_table() {
    let console = boots_on(&Card::blank());

    assert_says(&console, &["card: not used, the disk has no partition table; make one FAT32"]);
}

#[test]
fn a_guid_partition_table_is_named() {
    let card = Card::blank();
    card.write_table(0xee);

    assert_says(&boots_on(&card), &["card: not used, the disk has a GUID partition table"]);
}

#[test]
fn an_exfat_partition_is_named_whatever_the_table_calls_it() {
    let card = Card::blank();
    card.write_table(0x07);
    assert_says(&boots_on(&card), &["card: not used, the disk has exFAT or NTFS"]);

    card.write_table(0x0c);
    card.poke(disk::FIRST_BLOCK, 0, b"\xeb\x76\x90EXFAT   ");
    card.poke(disk::FIRST_BLOCK, 510, &[0x55, 0xaa]);
    assert_says(&boots_on(&card), &["card: not used, an exFAT file system; format"]);
}

#[test]
fn a_zeroed_allocation_table_is_not_used_and_not_written_to() {
    let card = Card::new(&[("apps/a.wasm", &THREE)]);
    card.zero_tables();
    let before = std::fs::read(card.path()).unwrap();

    let console = boots_on(&card);

    assert_says(&console, &["card: not used, the allocation table is gone; save what you need"]);
    assert!(std::fs::read(card.path()).unwrap() == before, "the card has changed");
}

#[test]
fn an_image_that_was_cut_is_told_by_how_much() {
    let card = Card::new(&[]);
    card.cut(32 << 20);

    let console = boots_on(&card);

    let missing = (32 << 20) / 512;
    assert_says(&console, &[&format!("partition 1 ends {missing} blocks past the end")]);
}

#[test]
fn files_that_share_clusters_are_parted_after_a_loss_of_power() {
    let card = Card::new(&[("one", &THREE), ("two", &THREE)]);
    // The root has cluster 2; one has 3 to 5 and two 6 to 8.
    card.link(4, 7);
    card.mark_in_use();

    let console = boots_on(&card);

    assert_says(&console, &["card: it was not shut down, 2 files checked, ", "files cut"]);
    assert_eq!(card.read("one").map(|bytes| bytes.len()), Some(THREE.len()));
    card.assert_is_clean();
}

#[test]
fn a_folder_whose_clusters_go_in_a_circle_holds_nobody_up() {
    let card = Card::new(&[("apps/again.wasm", b"")]);
    // Its first cluster is 3: after `.`, `..` and the app no slot says that it is the last, and
    // the cluster is followed by itself.
    for slot in 4..16 {
        card.poke(card.block_of(3), slot * 32, &[FREE]);
    }
    card.link(3, 3);

    let console = boots_on(&card);
    assert_says(&console, &["card: the folder apps comes back to itself; check the card"]);
    assert_eq!(console.matches("card: again, starts").count(), 1, "{console}");

    card.mark_in_use();
    let console = boots_on(&card);
    assert_says(&console, &["card: it was not shut down, ", "links mended"]);
    card.assert_is_clean();
}

#[test]
fn a_folder_that_has_itself_as_an_entry_is_taken_out_after_a_loss_of_power() {
    let card = Card::new(&[("apps/inner/note.txt", b"")]);
    // The third slot of `apps`, in cluster 3, is `inner`: it leads to `apps` itself.
    card.poke(card.block_of(3), 2 * 32 + 26, &3_u16.to_le_bytes());
    card.mark_in_use();

    let console = boots_on(&card);

    assert_says(&console, &["card: it was not shut down, ", "names that led nowhere removed"]);
    card.assert_is_clean();
}
