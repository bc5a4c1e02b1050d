//! Booting: the board is found, the apps talk, the boot is told of in figures.

use super::*;

/// The line that sums up the boot.
const VERDICT: &str = "(kernel entry to first Wasm instruction)";

/// What the table of stages and the verdict may take of the console.
const TABLE_LINES_MAX: usize = 12;

fn boots_and_its_apps_talk(board: Board, model: &str) -> Qemu {
    let qemu = Qemu::boot(board, &image());

    qemu.expect("first | hello from wasm", LIMIT);
    qemu.expect("hello | hello from Rust", LIMIT);
    qemu.expect("hello-c | hello from C", LIMIT);
    let line = qemu.expect_line(model, LIMIT);
    assert!(line.starts_with("kernel: ") && line.contains("4 cores"), "{line}");
    qemu.expect("kernel: hello exited with code 0", LIMIT);
    qemu.expect("kernel: all apps have ended", LIMIT);
    qemu
}

/// The number before `unit` in `line`, whose thousands may be apart.
fn number_before(line: &str, unit: &str) -> u64 {
    let end = line.find(unit).unwrap_or_else(|| panic!("no `{unit}` in `{line}`"));
    let start = line[..end].rfind(|c: char| c != ' ' && !c.is_ascii_digit()).map_or(0, |at| at + 1);
    line[start..end].replace(' ', "").parse().unwrap()
}

/// The time at the end of a row of the table, whose last place is a microsecond.
fn ns_of(row: &str) -> u64 {
    let ms = row.split_ascii_whitespace().rev().nth(1).unwrap_or_default();
    ms.replace('.', "").parse::<u64>().unwrap_or_else(|_| panic!("no time in `{row}`")) * 1000
}

#[test]
fn the_image_boots_on_a_pi_3_and_its_apps_talk() {
    let qemu = boots_and_its_apps_talk(Board::Raspi3b, "Raspberry Pi 3");

    let verdict = qemu.expect_line(VERDICT, LIMIT);
    assert!(verdict.starts_with("boot "), "{verdict}");
    assert!(number_before(&verdict, " MiB") > 800, "{verdict}");
}

#[test]
fn the_same_file_boots_on_a_pi_4_and_uses_its_ram_above_1_gib() {
    let qemu = boots_and_its_apps_talk(Board::Raspi4b, "Raspberry Pi 4");

    let verdict = qemu.expect_line(VERDICT, LIMIT);
    assert!(number_before(&verdict, " MiB") > 1500, "{verdict}");
}

#[test]
fn a_board_that_begins_at_el3_with_all_cores_boots_too() {
    for board in [Board::Raspi3b, Board::Raspi4b] {
        let machine = Machine::new(board, image().with_extension("flat")).without_firmware();
        let qemu = machine.boot().unwrap();

        assert!(qemu.expect_line("Raspberry Pi", LIMIT).contains("4 cores"));
        qemu.expect("kernel: all apps have ended", LIMIT);
    }
}

#[test]
fn the_boot_is_told_of_in_a_short_table_that_ends_in_a_verdict() {
    let qemu = Qemu::boot(Board::Raspi3b, &image());
    qemu.expect("kernel: all apps have ended", LIMIT);

    let console = qemu.console();
    let lines: Vec<_> = console.lines().collect();
    let first = lines.iter().position(|line| line.contains("kernel entry  ")).unwrap();
    let last = lines.iter().position(|line| line.contains(VERDICT)).unwrap();

    assert!(first < last && last - first < TABLE_LINES_MAX, "{console}");
}

#[test]
fn the_verdict_knows_how_large_the_image_is() {
    let qemu = Qemu::boot(Board::Raspi3b, &image());

    let verdict = qemu.expect_line(VERDICT, LIMIT);

    let flat_bytes = std::fs::metadata(image().with_extension("flat")).unwrap().len();
    assert_eq!(number_before(&verdict, " B"), flat_bytes, "{verdict}");
}

#[test]
fn a_boot_that_is_counted_in_instructions_takes_the_same_time_again() {
    let machine = Machine::new(Board::Raspi3b, image()).counted();

    let verdicts = [(); 2].map(|()| machine.boot().unwrap().expect_line(VERDICT, LIMIT));

    assert_eq!(verdicts[0], verdicts[1]);
}

#[test]
fn the_boot_keeps_its_budget_of_instructions() {
    // One instruction is one nanosecond here; the budgets are the architecture's promises.
    const FIRST_WASM_NS_MAX: u64 = 600_000;
    const FIRST_OUTPUT_NS_MAX: u64 = 800_000;
    let qemu = Machine::new(Board::Raspi3b, image()).counted().boot().unwrap();

    let first_wasm = qemu.expect_line("  first wasm ", LIMIT);
    let first_output = qemu.expect_line("  first output ", LIMIT);

    assert!(ns_of(&first_wasm) <= FIRST_WASM_NS_MAX, "{first_wasm}");
    assert!(ns_of(&first_output) <= FIRST_OUTPUT_NS_MAX, "{first_output}");
}

#[test]
fn a_board_that_is_done_turns_itself_off_if_the_manifest_says_so() {
    let talker = module("done", "(call $say)");
    let packed = Packed::with(WhenDone::PowerOff, OnCrash::Reset, vec![app("talker", &talker)]);

    for board in Board::ALL {
        let qemu = packed.boot(board);

        let status = qemu.wait_exit(Some(LIMIT)).unwrap();

        assert!(status.success(), "{status}");
        assert!(qemu.console().contains("talker | done"), "{}", qemu.console());
    }
}
