//! The power fails at random moments while apps write: what was synced is there afterwards.

use super::*;
use crate::seed::seed;
use std::ops::Range;
use std::thread;

/// Bytes of a record: its number again and again. No block and no cluster ends with one.
const RECORD_BYTES: usize = 600;

/// How many records are synced before a cut.
const RECORDS: Range<u64> = 1..30;

/// How often a thread goes round before it cuts: up to several milliseconds, in which a few
/// records are written. That is no wait for anything, but lets the cut fall anywhere.
const ROUNDS: Range<u64> = 0..1_000_000;

/// Appends records to `log`, syncs each, and then says its number. It goes on where the file
/// ends, behind the last record that is whole.
fn appender() -> Vec<u8> {
    let start = format!(
        "(local.set $fd (call $open (i32.const 64) (i32.const 3) (i32.const 1) (i32.const 1)))
         (call $ok (call $fd_filestat_get (local.get $fd) (i32.const 128)))
         (local.set $n (i32.div_u (i32.load (i32.const 160)) (i32.const {RECORD_BYTES})))
         (call $ok (call $fd_filestat_set_size (local.get $fd)
            (i64.extend_i32_u (i32.mul (local.get $n) (i32.const {RECORD_BYTES})))))
         (loop $more
            (call $fill (local.get $n))
            (call $write (local.get $fd) (i32.const 65536) (i32.const {RECORD_BYTES}))
            (call $ok (call $fd_sync (local.get $fd)))
            (call $digits (i32.const 87) (local.get $n))
            (call $say (i32.const 80) (i32.const 16))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br $more))"
    );
    let fill = format!(
        "(func $fill (param $n i32) (local $at i32)
            (loop $next
                (call $digits (i32.add (i32.const 65536) (local.get $at)) (local.get $n))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $next (i32.lt_u (local.get $at) (i32.const {RECORD_BYTES})))))"
    );
    guest(r#"(data (i32.const 64) "log") (data (i32.const 80) "synced ........\n")"#, &fill, &start)
}

/// Makes files, renames them over others, and removes them, without end and never synced.
fn churner() -> Vec<u8> {
    guest(
        r#"(data (i32.const 64) "a file in the making") (data (i32.const 96) "a file")"#,
        "",
        "(loop $more
            (local.set $fd (call $open (i32.const 64) (i32.const 20) (i32.const 9) (i32.const 0)))
            (call $write (local.get $fd) (i32.const 65536) (i32.const 2000))
            (call $ok (call $fd_close (local.get $fd)))
            (call $ok (call $path_rename (i32.const 3) (i32.const 64) (i32.const 20)
                (i32.const 3) (i32.const 96) (i32.const 6)))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 3)))
                (then (call $ok (call $path_unlink_file
                    (i32.const 3) (i32.const 96) (i32.const 6)))))
            (br $more))",
    )
}

#[test]
fn five_cuts_of_the_power_lose_nothing_that_was_synced() {
    cut_the_power(5);
}

#[test]
#[ignore = "`make stress` runs it"]
fn fifty_cuts_of_the_power_lose_nothing_that_was_synced() {
    cut_the_power(50);
}

fn cut_the_power(cuts: u32) {
    let mut random = Random::new();
    let (appender, churner) = (appender(), churner());
    let writing = Packed::new(vec![on_card("appender", &appender), on_card("churner", &churner)]);
    let resting = packed(Vec::new());
    let card = Card::new(&[]);
    let mut repairs = 0;

    for cut in 1..=cuts {
        let synced = write_until_a_cut(&writing, &card, &mut random);

        let console = run_with(&resting, Board::Raspi3b, &card);
        let repair = console.lines().find(|line| line.contains("card: it was not shut down, "));
        println!("cut {cut} after record {synced}: {}", repair.unwrap_or("nothing to repair"));
        repairs += u32::from(repair.is_some_and(|line| !line.ends_with("nothing to repair")));
        let log = card.read("log").expect("the synced file is there");
        assert_has_records(&log, synced);
        card.assert_is_clean();
    }
    println!("{repairs} of {cuts} cuts left something to repair");
}

/// Boots, switches off at a random moment, and tells how many records were synced by then.
fn write_until_a_cut(packed: &Packed, card: &Card, random: &mut Random) -> usize {
    let qemu = packed.machine(Board::Raspi3b).card(card.path()).boot().unwrap();
    for _ in 0..random.below(RECORDS) {
        qemu.expect_line("appender | synced ", LIMIT);
        qemu.forget();
    }
    let stopper = qemu.stopper();
    let rounds = random.below(ROUNDS);
    let cutting = thread::spawn(move || {
        (0..rounds).for_each(|_| std::hint::spin_loop());
        stopper.stop();
    });
    qemu.wait_exit(Some(LIMIT)).unwrap();
    cutting.join().unwrap();

    // A line without its end may be one of a number without its end.
    let console = qemu.console();
    let whole = console.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let last = whole.lines().rev().find_map(|line| line.strip_prefix("appender | synced "));
    let last = last.unwrap_or_else(|| panic!("nothing was synced:\n{console}"));
    last.trim_end().parse::<usize>().unwrap() + 1
}

/// Fails unless `log` has at least `count` records, in order and whole; what was written, but
/// not synced, may be there too.
#[track_caller]
fn assert_has_records(log: &[u8], count: usize) {
    let records = log.chunks_exact(RECORD_BYTES);
    assert!(records.len() >= count, "{} records of {count}", records.len());
    for (number, record) in records.enumerate() {
        let expected = format!("{number:08}").repeat(RECORD_BYTES / 8);
        assert!(record == expected.as_bytes(), "record {number} is damaged");
    }
}

/// Numbers that look random, the same for the same seed: xorshift64, Marsaglia 2003.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(seed("power cuts").max(1))
    }

    fn below(&mut self, range: Range<u64>) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        range.start + self.0 % (range.end - range.start)
    }
}
