//! Host calls that wait, exit, answer or fail.

use crate::support::*;
use abi::Errno;
use runtime::{Caller, End, Guest, Itself, Turn, Until};
use std::sync::Arc;

const PARKED: Turn = Turn::Parked(Until { at_ns: Some(7), events: runtime::Events::NONE });

#[test]
fn a_call_that_waits_parks_the_guest_and_answers_when_it_has_waited() {
    let mut guest = guest(&start(
        "(call $log (call $wait))
         (call $log (i32.load (i32.const 64)))",
    ));

    assert_eq!(guest.turn(PLENTY), PARKED);
    guest.app_mut().answer = 42;
    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(0)));

    // The second line shows that the wait wrote to the guest's memory.
    assert_eq!(guest.app().logged, [42, 42]);
}

#[test]
fn a_wait_may_wait_again() {
    let mut guest = guest(&start("(call $log (call $wait))"));
    guest.app_mut().more_waits = 2;
    guest.app_mut().answer = 3;

    assert_eq!([(); 3].map(|()| guest.turn(PLENTY)), [PARKED; 3]);
    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(0)));

    assert_eq!(guest.app().logged, [3]);
}

#[test]
fn an_errno_after_a_wait_is_the_calls_result() {
    let mut guest = guest(&start("(call $log (call $wait_then_fault))"));

    assert_eq!(run(&mut guest, PLENTY), End::Exit(0));

    assert_eq!(guest.app().logged, [abi::Errno::Fault as i32]);
}

#[test]
fn an_exit_after_a_wait_ends_the_guest() {
    let (end, logged) = run_start("(call $log (call $wait_then_exit))");

    assert_eq!((end, logged), (End::Exit(4), vec![]));
}

#[test]
fn an_exit_in_nested_calls_ends_the_guest_at_once() {
    let mut guest = guest(&module(
        r#"(func $inner (call $exit (i32.const 3)) (call $log (i32.const 1)))
           (func $outer (call $inner) (call $log (i32.const 2)))
           (func (export "_start") (call $outer) (call $log (i32.const 3)))"#,
    ));

    assert_eq!(run(&mut guest, PLENTY), End::Exit(3));
    assert_eq!(guest.app().logged, []);
    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(3)));
}

#[test]
fn an_exit_by_tail_call_ends_the_guest() {
    assert_eq!(run_start("(return_call $exit (i32.const 9))").0, End::Exit(9));
}

#[test]
fn a_wait_by_tail_call_ends_the_entry_when_it_is_over() {
    let mut guest = guest(&start("(return_call $wait_silently)"));

    assert_eq!(guest.turn(PLENTY), PARKED);
    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(0)));
}

#[test]
fn the_entry_may_be_a_host_call() {
    let mut guest = guest(&module(r#"(export "_start" (func $wait_silently))"#));

    assert_eq!(guest.turn(PLENTY), PARKED);
    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(0)));
}

#[test]
fn a_nested_tail_call_that_waits_answers_its_callers_caller() {
    for tail_call in ["(return_call $wait)", "(return_call_indirect (type $t) (i32.const 0))"] {
        let mut guest = guest(&module(&format!(
            r#"(type $t (func (result i32)))
               (table 1 1 funcref) (elem (i32.const 0) $wait)
               (func $inner (param i32 i32 i32) (result i32) (local i64 i64) {tail_call})
               (func (export "_start") (local $a i32) (local $b i32)
                   (local.set $a (i32.const 1000))
                   (local.set $b (i32.const 2000))
                   (call $log (i32.add (local.get $a)
                       (call $inner (i32.const 5) (i32.const 6) (i32.const 7))))
                   (call $log (local.get $a))
                   (call $log (local.get $b)))"#
        )));
        guest.app_mut().answer = 42;

        assert_eq!(run(&mut guest, PLENTY), End::Exit(0));

        assert_eq!(guest.app().logged, [1042, 1000, 2000], "{tail_call}");
    }
}

#[test]
fn a_host_pointer_past_the_end_is_the_guests_fault() {
    let (end, logged) = run_start(
        "(call $log (call $read (i32.const 65532) (i32.const 4)))
         (call $log (call $read (i32.const 65532) (i32.const 5)))
         (call $log (call $read (i32.const -1) (i32.const -1)))",
    );

    assert_eq!((end, logged), (End::Exit(0), vec![0, 21, 21]));
}

#[test]
fn to_a_module_without_memory_every_pointer_is_a_fault() {
    let text = format!(
        r#"(module {IMPORTS} (func (export "_start")
            (call $log (call $read (i32.const 0) (i32.const 1)))
            (call $log (call $read (i32.const 0) (i32.const 0)))
            (call $log (call $wait))))"#
    );
    let mut guest = guest(&wat::parse_str(text).unwrap());

    assert_eq!(run(&mut guest, PLENTY), End::Exit(0));
    assert_eq!(guest.app().logged, [21, 0, 21]);
}

#[test]
fn a_host_call_sees_memory_that_has_grown() {
    let (_, logged) = run_start(
        "(call $log (call $read (i32.const 65536) (i32.const 1)))
         (drop (memory.grow (i32.const 1)))
         (call $log (call $read (i32.const 65536) (i32.const 1)))",
    );

    assert_eq!(logged, [21, 0]);
}

#[test]
fn a_host_call_that_fails_otherwise_is_a_trap() {
    let (end, _) = run_start("(drop (call $fail))");

    assert_eq!(end.to_string(), "trapped: host call failed: the disk is on fire");
}

#[test]
fn a_call_of_any_type_gets_its_parameters_as_they_are() {
    let text = r#"(module (import "wasi" "sock_send" (func $send (param i64 i32) (result i32)))
        (import "env" "log" (func $log (param i32)))
        (func (export "_start") (call $log (call $send (i64.const -1) (i32.const -2)))))"#;
    let program =
        runtime::Program::load(&wat::parse_str(text).unwrap(), false, &WIDE, &ROOMY).unwrap();

    let mut guest = Guest::new(&program, App::default(), &WIDE, &ROOMY, |imports| {
        let send = |caller: &mut Caller<'_, App>, args: &[u64]| {
            assert_eq!(args, [u64::MAX, u64::from(u32::MAX - 1)]);
            let answer = runtime::call(caller, Itself, |_, _| Err::<(), _>(Errno::NoSys));
            answer.map(|answer| answer as u64)
        };
        imports.offer_any("wasi", "sock_send", ("Ii", "i"), Box::new(send))?;
        link(imports)
    })
    .unwrap();

    assert_eq!(run(&mut guest, PLENTY), End::Exit(0));
    assert_eq!(guest.app().logged, [52]);
}

#[test]
fn nothing_of_a_guest_that_is_dropped_while_it_waits_stays() {
    let held = Arc::new(());
    let mut guest = guest(&start("(drop (call $wait))"));
    guest.app_mut().held = held.clone();

    assert_eq!(guest.turn(PLENTY), PARKED);
    // One here, one in the app, one in the wait.
    assert_eq!(Arc::strong_count(&held), 3);
    drop(guest);

    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn guests_can_move_to_other_cores() {
    let mut guest = guest(&start("(call $log (call $wait))"));
    guest.turn(PLENTY);

    let guest = std::thread::spawn(move || {
        run(&mut guest, PLENTY);
        guest
    });

    assert_eq!(guest.join().unwrap().app().logged, [0]);
}

#[test]
fn a_tail_call_in_a_program_that_is_said_to_have_none_is_invalid() {
    let wasm = start("(return_call $exit (i32.const 9))");
    let program = runtime::Program::load(&wasm, false, &WIDE, &ROOMY).unwrap();
    let mut guest = Guest::new(&program, App::default(), &WIDE, &ROOMY, link).unwrap();

    let Turn::Ended(end) = guest.turn(PLENTY) else { panic!("it goes on") };

    assert_eq!(
        end.to_string(),
        "trapped: invalid code: tail calls support is not enabled; pack it with `bramble image`"
    );
}
