//! A card that is full in the middle of a write.

use super::*;

/// What WASI calls `ENOSPC`.
const NO_SPACE: u32 = 51;

/// Fills the card with pieces of a file, each synced and counted, until there is no more room;
/// then says how many there are, or traps if that was for any other reason.
fn filler() -> Vec<u8> {
    let start = format!(
        "(local.set $fd (call $open (i32.const 64) (i32.const 4) (i32.const 9) (i32.const 0)))
         (memory.fill (i32.const 65536) (i32.const 120) (i32.const {bytes}))
         (block $full
            (loop $more
                (br_if $full (i32.eq (i32.const {NO_SPACE}) (call $try_write (local.get $fd)
                    (i32.const 65536) (i32.const {bytes}))))
                (br_if $full (i32.ne (i32.load (i32.const 8)) (i32.const {bytes})))
                (call $ok (call $fd_sync (local.get $fd)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br $more)))
         ;; Not a byte more fits now, perhaps after some that did.
         (loop $rest
            (br_if $rest (i32.eqz (call $try_write (local.get $fd)
                (i32.const 65536) (i32.const 512)))))
         (if (i32.ne (i32.const {NO_SPACE}) (call $try_write (local.get $fd)
                (i32.const 65536) (i32.const 512))) (then unreachable))
         (call $digits (i32.const 85) (local.get $n))
         (call $say (i32.const 80) (i32.const 14))",
        bytes = guests::PIECE_BYTES,
    );
    guest(r#"(data (i32.const 64) "full") (data (i32.const 80) "full ........\n")"#, "", &start)
}

#[test]
fn a_full_card_refuses_what_does_not_fit_and_keeps_what_was_there() {
    let earlier = vec![b'e'; 100_000];
    let card = Card::small(&[("earlier", &earlier)]);
    let filler = filler();

    let console = run_with(&packed(vec![on_card("filler", &filler)]), Board::Raspi3b, &card);

    let line = console.lines().find(|line| line.starts_with("filler | full ")).expect(&console);
    let pieces: usize = line["filler | full ".len()..].parse().unwrap();
    let full = card.read("full").unwrap();
    assert!(pieces > 10 && full.len() >= pieces * guests::PIECE_BYTES as usize, "{console}");
    assert!(full.iter().all(|byte| *byte == b'x'));
    assert!(card.read("earlier").unwrap() == earlier);
    assert_says(&console, &["kernel: filler exited with code 0"]);
    card.assert_is_clean();
}
