//! Disks that fail, at each access in turn.

use super::*;
use alloc::format;

/// A bit of everything; stops at the first error.
fn scenario(files: &mut FatFiles) -> Result<(), Errno> {
    put(files, "kept", &pattern(1, 3_000))?;
    put(files, "A file with a long name", &pattern(2, 9_000))?;
    let (root, node) = (files.root(), create(files, "directory", Creation::Directory)?);
    files.release(node);
    put(files, "moved", &pattern(3, 2_000))?;
    rename(files, "moved", "A file with a long name")?;
    let node = find(files, "kept")?;
    let changed = files
        .resize(node, 700, NOW_NS)
        .and_then(|()| write_all(files, node, 5_000, b"after a gap"))
        .and_then(|()| files.sync(node));
    files.release(node);
    changed?;
    files.remove_directory(root, "directory", NOW_NS)?;
    unlink(files, "kept")?;
    files.entry(root, 0)?;
    files.flush()
}

#[test]
fn an_error_at_any_access_is_told_and_leaves_the_volume_usable() {
    for width in WIDTHS {
        let fresh = card(width);
        let blocks = fresh.save();
        fresh.accesses();
        scenario(&mut mount(fresh)).unwrap();
        let accesses = fresh.accesses().1;
        assert!(accesses > 50);

        let card = Ram::new(fresh.blocks_total());
        // A check of the large volume takes its time.
        let step = if width == Width::Fat32 { 11 } else { 1 };
        for good in (0..accesses).step_by(step) {
            for bad in [1, 3] {
                card.load(blocks.clone());
                card.fail_after(good, bad);
                let mounted = mount_any(card, Check::WhenDirty);
                if let Ok((mut files, _)) = mounted {
                    let result = scenario(&mut files);
                    card.fail_after(0, 0);
                    assert!(matches!(result, Err(Errno::Io) | Ok(())), "{good}: {result:?}");
                    put(&mut files, "afterwards", &pattern(9, 4_000)).unwrap();
                    assert_eq!(get(&mut files, "afterwards").unwrap(), pattern(9, 4_000));
                    files.flush().unwrap();
                }
                card.fail_after(0, 0);
                let (mut files, _) = mount_any(card, Check::Always).unwrap();
                let bytes = get(&mut files, "afterwards");
                assert!(bytes.is_ok_and(|bytes| bytes == pattern(9, 4_000)) || good < 5, "{good}");
            }
        }
    }
}

#[test]
fn what_failed_to_become_durable_is_tried_again() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "f", b"old").unwrap();
    let node = find(&mut files, "f").unwrap();
    write_all(&mut files, node, 0, &pattern(4, 10_000)).unwrap();
    card.fail_after(0, 1);
    assert_eq!(files.sync(node), Err(Errno::Io));
    files.sync(node).unwrap();

    let (mut again, _) = mount_any(card, Check::WhenDirty).unwrap();
    assert_eq!(get(&mut again, "f").unwrap(), pattern(4, 10_000));
}

#[test]
fn flipped_bits_never_make_it_stop_or_go_on_for_ever() {
    for width in WIDTHS {
        let fresh = card(width);
        let mut files = mount(fresh);
        ["a", "a/b"].iter().for_each(|path| make_directory(&mut files, path));
        (0..12).for_each(|n| put(&mut files, &format!("a/file {n}"), &pattern(n, 2_000)).unwrap());
        put(&mut files, "a/b/deep", &pattern(1, 5_000)).unwrap();
        files.flush().unwrap();
        let blocks = fresh.save();
        let used: Vec<_> = blocks.keys().copied().collect();
        let card = Ram::new(fresh.blocks_total());
        let mut dice = Dice(width as u64);
        let rounds = [2_000, 200, 20][width as usize];
        for round in 0..rounds {
            card.load(blocks.clone());
            for _ in 0..1 + dice.below(8) {
                let block = used[dice.below(used.len())];
                let (at, bit) = (dice.below(512), 1 << dice.below(8));
                card.poke(block, at, &[card.peek(block)[at] ^ bit]);
            }
            let check = if round % 2 == 0 { Check::Always } else { Check::WhenDirty };
            // Any of these may fail; none may panic, or read without end.
            let Ok((mut files, _)) = mount_any(card, check) else { continue };
            use_all(&mut files);
            let _ = scenario(&mut files);
            let _ = files.flush();
            if let Ok((mut files, _)) = mount_any(card, Check::Always) {
                use_all(&mut files);
                let (_, report) = mount_any(card, Check::Always).expect("it was mounted before");
                assert!(report.is_some_and(|report| report.is_clean()), "{round}: {report:?}");
            }
        }
    }
}

/// Reads everything, four levels deep.
fn use_all(files: &mut FatFiles) {
    let mut nodes = alloc::vec![(files.root(), 0)];
    while let Some((node, depth)) = nodes.pop() {
        let (mut cookie, mut count) = (0, 0);
        while let Ok(Some(entry)) = files.entry(node, cookie) {
            assert!(entry.next > cookie);
            (cookie, count) = (entry.next, count + 1);
            let Ok(child) = files.find(node, &entry.name) else { continue };
            if depth < 4 && count < 50 && entry.kind == crate::Kind::Directory {
                nodes.push((child, depth + 1));
                continue;
            }
            let _ = files.read(child, 0, &mut [0; 3_000]);
            let _ = files.read(child, 4_000_000_000, &mut [0; 3_000]);
            files.release(child);
        }
        files.release(node);
    }
}
