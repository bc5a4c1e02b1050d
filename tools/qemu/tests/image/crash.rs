//! The kernel's own crashes: the report, the reset, and the record for the next boot.

use super::*;

fn crash(kind: &str) -> Machine {
    Machine::new(Board::Raspi3b, image()).append(format!("bramble.crash={kind}")).crash_expected()
}

fn is_reported(kind: &str, class: &str) {
    let qemu = crash(kind).boot().unwrap();

    let line = qemu.expect_line("kernel: crash: ", LIMIT);
    assert!(line.contains(class), "{line}");
    for register in ["esr 0x", "elr 0x", "far 0x", "sp 0x", "x0  0x", "x30 0x"] {
        qemu.expect(register, LIMIT);
    }
    // The reset ends QEMU: `Machine` asks for that.
    assert!(qemu.wait_exit(Some(LIMIT)).unwrap().success());
}

#[test]
fn an_undefined_instruction_is_reported() {
    is_reported("undefined", "undefined instruction");
}

#[test]
fn a_load_from_nowhere_is_reported_with_its_address() {
    is_reported("abort", "data abort (nothing is mapped there)");

    let qemu = crash("abort").boot().unwrap();
    let line = qemu.expect_line("far 0x", LIMIT);
    assert!(line.contains("far 0x0000000800000000"), "{line}");
}

#[test]
fn code_cannot_be_written() {
    is_reported("write", "data abort (permission)");
}

#[test]
fn a_stack_that_runs_into_its_guard_page_is_reported() {
    is_reported("stack", "data abort (nothing is mapped there)");
}

#[test]
fn a_panic_is_reported() {
    is_reported("panic", "panic");
}

#[test]
fn the_place_of_a_crash_has_a_name_on_the_host() {
    let symbols = qemu::symbols::Symbols::read(&image().with_extension("elf")).unwrap();
    let qemu = crash("undefined").boot().unwrap();

    let line = qemu.expect_line("elr 0x", LIMIT);

    let named = symbols.annotate(&line);
    assert!(named.contains("kernel::") || named.contains("kernel_main"), "{named}");
}

#[test]
fn the_next_boot_tells_of_the_crash_and_after_three_the_board_stays_down() {
    for board in Board::ALL {
        let machine = Machine::new(board, image()).append("bramble.crash=abort").crash_expected();
        let qemu = machine.reset_boots_again().boot().unwrap();

        let line = qemu.expect_line("kernel: last crash: ", LIMIT);
        assert!(line.contains("data abort"), "{line}");

        qemu.expect("kernel: halted", LIMIT);
        assert_eq!(qemu.console().matches("kernel: crash: ").count(), 3, "{}", qemu.console());
    }
}

#[test]
fn a_board_that_is_to_halt_halts_at_the_first_crash() {
    let talker = module("well", "(call $say)");
    let packed = Packed::with(WhenDone::Wait, OnCrash::Halt, vec![app("talker", &talker)]);
    let machine = packed.machine(Board::Raspi3b).append("bramble.crash=undefined");

    let qemu = machine.crash_expected().boot().unwrap();

    qemu.expect("kernel: halted", LIMIT);
    assert_eq!(qemu.console().matches("kernel: crash: ").count(), 1, "{}", qemu.console());
}
