//! Several apps on one board: what one does is no concern of the others.

use super::*;

const LOOP: &str = "(loop $forever (br $forever))";

#[test]
fn an_endless_loop_in_one_app_stops_no_other() {
    let (spin, one, two) =
        (module("", LOOP), module("one", "(call $say)"), module("two", "(call $say)"));
    // The one that loops comes first, so that the others start while it does.
    let packed = Packed::new(vec![app("spin", &spin), app("one", &one), app("two", &two)]);

    for board in Board::ALL {
        let qemu = packed.boot(board);

        qemu.expect("one | one", LIMIT);
        qemu.expect("two | two", LIMIT);
        qemu.expect("kernel: one exited with code 0", LIMIT);
        qemu.expect("kernel: two exited with code 0", LIMIT);
        assert!(!qemu.console().contains("kernel: all apps have ended"));
    }
}

#[test]
fn each_app_ends_for_its_own_reason_and_the_console_says_which_and_why() {
    let modules = [
        module("", "unreachable"),
        module("", "(call $proc_exit (i32.const 3))"),
        module("", LOOP),
        module("", "(drop (i32.div_s (i32.const 1) (i32.const 0)))"),
        b"\0asm\x01\0\0\0\x01".to_vec(),
        module("still here", "(call $say)"),
    ];
    let greedy = Limits { fuel_max: Some(50_000), ..app("", &[]).limits };
    let packed = Packed::new(vec![
        app("quitter", &modules[0]),
        app("leaver", &modules[1]),
        App { limits: greedy, ..app("greedy", &modules[2]) },
        app("divider", &modules[3]),
        app("broken", &modules[4]),
        app("talker", &modules[5]),
    ]);

    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: quitter trapped: ", LIMIT);
    qemu.expect("kernel: leaver exited with code 3", LIMIT);
    qemu.expect("kernel: greedy used up its 50000 units of fuel", LIMIT);
    qemu.expect("kernel: divider trapped: integer divide by zero", LIMIT);
    qemu.expect("kernel: broken was refused: ", LIMIT);
    qemu.expect("talker | still here", LIMIT);
    qemu.expect("kernel: all apps have ended", LIMIT);
}

#[test]
fn an_app_that_fails_starts_again_if_its_manifest_says_so() {
    let (fails, stays) =
        (module("again", "(call $say) unreachable"), module("once", "(call $say)"));
    let packed = Packed::new(vec![
        App { restart: Restart::OnFailure, ..app("fails", &fails) },
        App { restart: Restart::OnFailure, ..app("stays", &stays) },
    ]);
    let qemu = packed.boot(Board::Raspi3b);

    for _ in 0..3 {
        qemu.expect("fails | again", LIMIT);
        qemu.expect("kernel: fails starts again in ", LIMIT);
        qemu.forget();
    }

    assert_eq!(qemu.console().matches("stays | once").count(), 1, "{}", qemu.console());
}

#[test]
fn a_flood_of_output_from_one_app_lets_the_others_lines_through_whole() {
    let flood = module("xxxxxxxxxxxxxxxx", "(loop $forever (call $say) (br $forever))");
    let talker = module("a line of its own", "(call $say)");
    let packed = Packed::new(vec![app("flood", &flood), app("talker", &talker)]);

    let qemu = packed.boot(Board::Raspi3b);

    let line = qemu.expect_line("talker | ", LIMIT);
    qemu.expect("kernel: talker exited with code 0", LIMIT);
    assert_eq!(line, "talker | a line of its own");
}
