//! A card that is pulled while it works: its apps get errors, the others run on, and the console
//! says once what to do.

use super::*;
use qemu::Monitor;

/// What WASI calls `EIO`.
const IO: u32 = 29;

const GONE: &str = "card: it was pulled; ";

/// Does `work`, which gives an error's number, to the file `big` again and again, and says when
/// it begins. Traps unless that ends with `EIO`, and then with `EIO` once more.
fn worker(work: &str) -> Vec<u8> {
    let start = format!(
        "(local.set $fd (call $open (i32.const 64) (i32.const 3) (i32.const 0) (i32.const 0)))
         (call $ok (call $work (local.get $fd)))
         (call $say (i32.const 80) (i32.const 6))
         (loop $more
            (local.set $n (call $work (local.get $fd)))
            (br_if $more (i32.eqz (local.get $n))))
         (if (i32.ne (local.get $n) (i32.const {IO})) (then unreachable))
         (if (i32.ne (call $work (local.get $fd)) (i32.const {IO})) (then unreachable))
         (call $say (i32.const 96) (i32.const 6))"
    );
    let work = format!(
        "(func $work (param $fd i32) (result i32)
            (call $rewind (local.get $fd))
            (call {work} (local.get $fd) (i32.const 65536) (i32.const {})))",
        guests::PIECE_BYTES
    );
    let data = r#"(data (i32.const 64) "big")
                  (data (i32.const 80) "begun\n") (data (i32.const 96) "error\n")"#;
    guest(data, &work, &start)
}

/// Pulls the card while an app does `work` to it, puts it back, and tells what the console said.
#[track_caller]
fn pull_while(work: &str, board: Board) -> (String, Card) {
    let card = Card::new(&[("big", &[b'b'; 2 * guests::PIECE_BYTES as usize])]);
    // It waits for a line, and puts nothing of it over what it says.
    let ask = "(i32.store (i32.const 24) (i32.const 128)) (i32.store (i32.const 28) (i32.const 9))
        (drop (call $fd_read (i32.const 0) (i32.const 24) (i32.const 1) (i32.const 8)))
        (call $say)";
    let (worker, asker) = (worker(work), module("go on", ask));
    let asker = App { stdin: Stdin::Console, ..app("asker", &asker) };
    let packed = packed(vec![asker, on_card("worker", &worker)]);
    let socket = card.beside("monitor");

    let machine = packed.machine(board).card(card.path()).monitor(&socket);
    let mut qemu = machine.boot().unwrap();
    qemu.expect("worker | begun", LIMIT);
    let mut monitor = Monitor::connect(&socket).unwrap();
    monitor.pull_card().unwrap();
    qemu.expect("worker | error", LIMIT);
    qemu.expect_line(GONE, LIMIT);
    qemu.expect("kernel: worker exited with code 0", LIMIT);

    monitor.insert_card(&card.path()).unwrap();
    qemu.send("go\n");
    qemu.expect("asker | go on", LIMIT);
    qemu.wait_exit(Some(LIMIT)).unwrap();
    let console = qemu.console();
    assert_eq!(console.matches(GONE).count(), 1, "{console}");
    assert!(console.contains("put it back and reset the board"), "{console}");
    (console, card)
}

#[test]
fn a_card_that_is_pulled_in_the_middle_of_a_read_gives_an_error_and_a_word_about_it() {
    for board in Board::ALL {
        let (console, _) = pull_while("$try_read", board);

        assert!(!console.contains("card: not everything could be written"), "{console}");
    }
}

#[test]
fn a_card_that_is_pulled_in_the_middle_of_a_write_gives_an_error_and_is_repaired_when_back() {
    for board in Board::ALL {
        let (console, card) = pull_while("$try_write", board);
        assert_says(&console, &["card: not everything could be written"]);

        let console = run_with(&packed(Vec::new()), board, &card);

        assert_says(&console, &["card: it was not shut down, 1 files checked"]);
        assert_eq!(card.read("big").unwrap().len(), 2 * guests::PIECE_BYTES as usize);
        card.assert_is_clean();
    }
}

/// Writes a few bytes again and again, which wait in the cache; ends a second after the first
/// error.
fn small_writer() -> Vec<u8> {
    let start = format!(
        "(local.set $fd (call $open (i32.const 64) (i32.const 3) (i32.const 9) (i32.const 0)))
         (call $write (local.get $fd) (i32.const 65536) (i32.const 100))
         (call $say (i32.const 80) (i32.const 6))
         (loop $until_it_fails
            (call $rewind (local.get $fd))
            (br_if $until_it_fails (i32.eqz (call $try_write (local.get $fd)
                (i32.const 65536) (i32.const 100)))))
         (local.set $n (call $now_us))
         (loop $for_a_second
            (if (i32.ne (i32.const {IO}) (call $try_write (local.get $fd)
                (i32.const 65536) (i32.const 100))) (then unreachable))
            (br_if $for_a_second (i32.lt_u (i32.sub (call $now_us) (local.get $n))
                (i32.const 1000000))))"
    );
    guest(r#"(data (i32.const 64) "new") (data (i32.const 80) "begun\n")"#, "", &start)
}

#[test]
fn what_waits_to_be_written_when_the_card_is_pulled_is_told_of_once() {
    let card = Card::new(&[]);
    let writer = small_writer();
    let packed = Packed::new(vec![on_card("writer", &writer)]);
    let socket = card.beside("monitor");

    let machine = packed.machine(Board::Raspi3b).card(card.path()).monitor(&socket);
    let qemu = machine.boot().unwrap();
    qemu.expect("writer | begun", LIMIT);
    Monitor::connect(&socket).unwrap().pull_card().unwrap();

    let line = qemu.expect_line(GONE, LIMIT);
    qemu.expect("kernel: writer exited with code 0", LIMIT);
    qemu.expect("kernel: all apps have ended", LIMIT);
    assert!(line.contains("what was not on it yet is lost"), "{line}");
    // That it was mounted, and that it was pulled.
    assert_eq!(qemu.console().matches("card: ").count(), 2, "{}", qemu.console());
}
