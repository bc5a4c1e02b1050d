//! USB: what is plugged into a board is told of, and so is what comes and goes while it runs.

use super::*;
use qemu::Monitor;

const ADAPTER: [&str; 4] = ["-netdev", "user,id=wire", "-device", "usb-net,netdev=wire"];

#[test]
fn all_that_is_plugged_in_is_told_of_on_both_boards() {
    for board in [Board::Raspi3b, Board::Raspi4b] {
        let machine = Machine::new(board, image()).options(ADAPTER).hands();
        let qemu = machine.boot().unwrap();

        qemu.expect("usb: device 1 (0409:55aa) is a hub", LIMIT);
        qemu.expect("usb: device 2 (0525:a4a2) is a network adapter", LIMIT);
        qemu.expect("usb: device 3 (0627:0001) is a keyboard", LIMIT);
        qemu.expect("usb: device 4 (0627:0001) is a tablet", LIMIT);
    }
}

#[test]
fn what_is_pulled_and_plugged_in_while_the_board_runs_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("monitor");
    let machine = Machine::new(Board::Raspi3b, image()).options(ADAPTER).monitor(&socket);
    let qemu = machine.boot().unwrap();
    qemu.expect("is a network adapter", LIMIT);
    let mut monitor = Monitor::connect(&socket).unwrap();

    for _ in 0..3 {
        monitor.plug_in("usb-kbd,id=keys").unwrap();
        qemu.expect("(0627:0001) is a keyboard", LIMIT);
        qemu.forget();
        monitor.unplug("keys").unwrap();
        qemu.expect("(0627:0001) was pulled", LIMIT);
        qemu.forget();
    }
}

#[test]
fn a_board_without_devices_says_nothing_of_them() {
    let qemu = Qemu::boot(Board::Raspi3b, &image());

    qemu.expect("kernel: all apps have ended", LIMIT);

    assert!(!qemu.console().contains("usb:"), "{}", qemu.console());
}
