//! How fast files on a card are, beside the driver alone in the same run. Time is counted in
//! instructions, so that each run gives the same figures.

use super::*;

/// The size that the budgets are about.
const BYTES: u32 = 4 << 20;

/// Of the driver's speed, in percent.
const READ_MIN: u64 = 60;
const WRITE_MIN: u64 = 40;

/// Reads `big` once, then writes a new file of that size with one sync at the end, and tells how
/// many microseconds each took.
fn timer() -> Vec<u8> {
    let pass = |work: &str, name: u32, how: u32| {
        format!(
            "(local.set $from (call $now_us))
             (local.set $fd (call $open (i32.const {name}) (i32.const 3) (i32.const {how}) (i32.const 0)))
             (local.set $n (i32.const {}))
             (loop $more
                (call $ok (call {work} (local.get $fd)
                    (i32.const 65536) (i32.const {bytes})))
                (if (i32.ne (i32.load (i32.const 8)) (i32.const {bytes})) (then unreachable))
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $more (local.get $n)))
             (call $ok (call $fd_sync (local.get $fd)))
             (call $digits (i32.const 86) (i32.sub (call $now_us) (local.get $from)))
             (call $say (i32.const 80) (i32.const 15))
             (call $ok (call $fd_close (local.get $fd)))",
            BYTES / guests::PIECE_BYTES,
            bytes = guests::PIECE_BYTES,
        )
    };
    let (read, write) = (pass("$try_read", 64, 0), pass("$try_write", 72, 9));
    let functions = format!(
        "(func $read (local $fd i32) (local $n i32) (local $from i32) {read})
         (func $write_new (local $fd i32) (local $n i32) (local $from i32) {write})"
    );
    guest(
        r#"(data (i32.const 64) "big") (data (i32.const 72) "new") (data (i32.const 80) "reads ........\n")
           (data (i32.const 96) "write ")"#,
        &functions,
        r#"(call $read) (memory.copy (i32.const 80) (i32.const 96) (i32.const 6))
           (call $write_new)"#,
    )
}

/// The number after `what` in the console's line that has it.
fn number_after(line: &str, what: &str) -> u64 {
    let at = line.find(what).unwrap_or_else(|| panic!("no `{what}` in `{line}`")) + what.len();
    let digits = line[at..].trim_start().split(|c: char| !c.is_ascii_digit()).next();
    digits.unwrap_or_default().parse().unwrap()
}

#[test]
fn files_on_a_card_keep_their_share_of_the_drivers_speed() {
    // Clusters of one block, as the cards of `bramble image` have them: the most work there is.
    let card = Card::new(&[("big", &vec![b'b'; BYTES as usize])]);
    let timer = timer();
    let packed = Packed::new(vec![on_card("timer", &timer)]);

    let machine = packed.machine(Board::Raspi3b).card(card.path()).counted();
    let qemu = machine.append("bramble.bench=1").boot().unwrap();

    let raw = qemu.expect_line("bench: card raw read ", LIMIT);
    let reads = qemu.expect_line("timer | reads ", LIMIT);
    let writes = qemu.expect_line("timer | write ", LIMIT);
    let read_percent = number_after(&raw, "read") / (10 * number_after(&reads, "reads"));
    let write_percent = number_after(&raw, "write") / (10 * number_after(&writes, "write"));
    println!("read {read_percent} %, write {write_percent} % of the driver's speed");
    assert!(read_percent >= READ_MIN, "{read_percent} %: {reads}, {raw}");
    assert!(write_percent >= WRITE_MIN, "{write_percent} %: {writes}, {raw}");
}
