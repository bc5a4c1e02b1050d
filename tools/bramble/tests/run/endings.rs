//! How a run ends, and with which exit code.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::process::Stdio;

const LOOP: &str = "(loop $forever (br $forever))";

#[test]
fn the_exit_code_is_the_programs() {
    for code in [0, 1, 7, 125, 255] {
        let outcome = run_start(&[], &format!("(call $proc_exit (i32.const {code}))"));

        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn a_trap_is_134_and_says_why_after_all_output() {
    let outcome = run_start(&[], "(call $say (i32.const 1)) unreachable");

    outcome.assert_ended_with(134, "bramble: test trapped: ");
    assert_eq!(outcome.stdout, "hello\n");
}

#[test]
fn an_endless_loop_ends_when_its_fuel_is_used_up() {
    let outcome = run_start(&["--fuel", "100000"], LOOP);

    outcome.assert_ended_with(134, "test used up its 100000 units of fuel");
}

#[test]
fn an_endless_loop_ends_when_its_time_is_up() {
    let start = format!("(call $say (i32.const 1)) {LOOP}");
    let outcome = run_start(&["--timeout", "3"], &start);

    outcome.assert_ended_with(124, "test did not end within 3 s");
    assert_eq!(outcome.stdout, "hello\n");
}

#[test]
fn ctrl_c_ends_the_program() {
    let programs = Programs::new();
    let text = format!(
        "(module {IMPORTS} {SAY} (func (export \"_start\") (call $say (i32.const 1)) {LOOP}))"
    );
    let program = programs.file("test.wat", text);
    let mut child = run().arg(program).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();

    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();

    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_machine_that_ends_in_silence_is_125_and_the_image_is_doubted() {
    let programs = Programs::new();
    let text = "(module (memory (export \"memory\") 1) (func (export \"_start\")))";
    let program = programs.file("test.wat", text);
    // A kernel that turns the board off at once: mov x0, #0x18; mov x1, #0; hlt #0xf000.
    let kernel = [0xd280_0300_u32, 0xd280_0001, 0xd45e_0000];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&kernel.map(u32::to_le_bytes).concat()).unwrap();
    let image = programs.file("kernel8.img", gzip.finish().unwrap());

    let outcome = Outcome::of(run().env("BRAMBLE_IMAGE", image).arg(program));

    outcome.assert_ended_with(125, "QEMU ended before the kernel said anything");
}

#[test]
fn memory_can_be_grown_to_its_limit_and_no_further() {
    let start = "
        (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1))
            (then (call $proc_exit (i32.const 1))))
        (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
            (then (call $proc_exit (i32.const 2))))
        ;; The last byte there is.
        (i32.store8 (i32.const 0x3ffff) (i32.const 1))
        (call $proc_exit (memory.size))";

    for limit in ["4", "256K"] {
        let outcome = run_start(&["--memory", limit], start);

        assert_eq!(outcome.code, Some(4), "{outcome:?}");
    }
}

#[test]
fn growing_past_what_the_board_has_fails_and_nothing_else_does() {
    let start = "
        (block $full (loop $more
            (br_if $full (i32.eq (memory.grow (i32.const 1024)) (i32.const -1)))
            (br $more)))
        (call $say (i32.const 1))
        (call $proc_exit (i32.gt_u (memory.size) (i32.const 65535)))";

    let outcome = run_start(&[], start);

    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "hello\n"), "{outcome:?}");
}
