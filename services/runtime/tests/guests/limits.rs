//! Memory, stacks, traps and start functions.

use crate::support::*;
use runtime::{End, Guest, Limits, LoadError, Pool, Trap, Turn};
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmi::TrapCode;

#[test]
fn memory_grows_up_to_its_limit_and_not_past_it() {
    let code = "(call $log (memory.grow (i32.const 2)))
         (call $log (memory.grow (i32.const 1)))
         (call $log (memory.grow (i32.const -1)))
         (call $log (memory.size))";
    let mut guest = load(&start(code), &Limits { memory_pages_max: 3, ..WIDE }).unwrap();

    assert_eq!(run(&mut guest, PLENTY), End::Exit(0));

    assert_eq!(guest.app().logged, [1, -1, -1, 3]);
    assert_eq!(guest.memory_bytes(), 3 * 65_536);
}

#[test]
fn memory_grows_no_further_than_its_own_maximum() {
    let wasm = module(
        r#"(memory $small 1 2) (func (export "_start")
            (call $log (memory.grow $small (i32.const 2)))
            (call $log (memory.grow $small (i32.const 1))))"#,
    );
    let mut guest = guest(&wasm);

    run(&mut guest, 1);

    assert_eq!(guest.app().logged, [-1, 1]);
    assert_eq!(guest.memory_bytes(), 3 * 65_536);
}

#[test]
fn memory_does_not_grow_beyond_what_the_pool_has() {
    static POOL: AtMost = AtMost(16 * 65_536 + TURN_BYTES);
    let code = "(call $log (memory.grow (i32.const 8))) (call $log (memory.grow (i32.const 1)))";
    let mut guest = load_from(&start(code), &SMALL_STACK, &POOL).unwrap();

    assert_eq!(run(&mut guest, PLENTY), End::Exit(0));

    // A vector of 9 pages would become one of 18.
    assert_eq!(guest.app().logged, [1, -1]);
}

const SMALL_STACK: Limits = Limits { stack_bytes_max: 1024, ..WIDE };

/// More than a turn of a guest with a small stack and little code may take, by less than a page.
const TURN_BYTES: usize = 13 * 65_536;

/// A machine whose memory is what its guest leaves of it: each growth that it has takes some.
struct Shrinking {
    bytes: AtomicUsize,
}

impl Pool for Shrinking {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= self.bytes.load(Ordering::Relaxed)
    }
}

#[test]
fn memory_that_would_leave_no_room_for_a_turn_is_refused_and_the_guest_goes_on() {
    static POOL: Shrinking = Shrinking { bytes: AtomicUsize::new(3 * 65_536 + TURN_BYTES) };
    let grow = "(call $log (memory.grow (i32.const 2)))";
    let mut guest =
        load_from(&start(&[grow, "(drop (call $wait))", grow].concat()), &SMALL_STACK, &POOL);
    let guest = guest.as_mut().unwrap();

    assert!(matches!(guest.turn(PLENTY), Turn::Parked(_)));
    POOL.bytes.fetch_sub(3 * 65_536, Ordering::Relaxed);

    assert_eq!(guest.turn(PLENTY), Turn::Ended(End::Exit(0)));
    assert_eq!(guest.app().logged, [1, -1]);
}

#[test]
fn a_machine_without_room_for_one_turn_does_not_begin_a_guest() {
    static POOL: AtMost = AtMost(TURN_BYTES / 2);

    let refused = load_from(&start(""), &SMALL_STACK, &POOL).map(|_| ());

    assert!(matches!(refused, Err(LoadError::OutOfMemory { .. })), "{refused:?}");
}

/// Bytes of host stack for guests that recurse, or fail in a way that they survive, over and
/// over in one turn: few, since neither takes any.
const HOST_STACK_BYTES: usize = 256 << 10;

/// Runs the `_start` of `wasm` in turns of `fuel` on a host stack of that size.
fn run_on_host_stack(wasm: Vec<u8>, fuel: u64) -> (End, Vec<i32>) {
    let run = move || {
        let mut guest = guest(&wasm);
        let end = run(&mut guest, fuel);
        (end, std::mem::take(&mut guest.app_mut().logged))
    };
    let thread = std::thread::Builder::new().stack_size(HOST_STACK_BYTES).spawn(run);
    thread.unwrap().join().unwrap()
}

#[test]
fn recursion_without_end_is_a_trap() {
    let cases = [
        ("(func $f (call $f))", "(call $f)"),
        (
            "(func $f (param i64) (local i64 i64 i64) (call $f (local.get 0)) (call $f (i64.const 1)))",
            "(call $f (i64.const 1))",
        ),
        ("(func $f (result i64) (i64.add (call $f) (call $f)))", "(drop (call $f))"),
    ];
    for (function, call) in cases {
        for fuel in [1000, PLENTY] {
            let wasm = module(&format!(r#"{function} (func (export "_start") {call})"#));

            let (end, _) = run_on_host_stack(wasm, fuel);

            assert_eq!(end, End::Trap(Trap::Code(TrapCode::StackOverflow)), "{function}");
            assert_eq!(end.to_string(), "trapped: call stack exhausted");
        }
    }
}

/// `code`, a hundred thousand times.
fn often(code: &str) -> String {
    format!(
        "(local $i i32)
         (loop $again {code}
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 100000))))"
    )
}

#[test]
fn refusals_in_one_turn_take_no_host_stack() {
    // Past the limits of the guest, past the own maximum, past what 32 bits can address.
    let refused = [
        "(memory.grow (i32.const 15))",
        "(memory.grow (i32.const 16))",
        "(memory.grow (i32.const -1))",
        "(memory.grow $small (i32.const 2))",
        "(table.grow $t (ref.null func) (i32.const 255))",
        "(table.grow $t (ref.null func) (i32.const 257))",
        "(table.grow $t (ref.null func) (i32.const -1))",
        "(table.grow $few (ref.null func) (i32.const 2))",
    ];
    for grow in refused {
        let code = often(&format!("(local.set $last {grow})"));
        let wasm = module(&format!(
            r#"(memory $small 1 2) (table $t 9900 funcref) (table $few 1 2 funcref)
               (func (export "_start") (local $last i32) {code} (call $log (local.get $last)))"#
        ));

        assert_eq!(run_on_host_stack(wasm, PLENTY), (End::Exit(0), vec![-1]), "{grow}");
    }
}

#[test]
fn operations_with_slow_paths_take_no_host_stack_in_one_turn() {
    // Everything else that leaves the straight path of the interpreter and comes back.
    let operations = [
        "(drop (memory.grow (i32.const 0)))",
        "(drop (table.grow $t (ref.null func) (i32.const 0)))",
        "(drop (call $read (i32.const -1) (i32.const -1)))",
        "(call_indirect (i32.const 0))",
        "(call $f)",
        "(memory.copy (i32.const 0) (i32.const 8) (i32.const 64))",
        "(memory.fill (i32.const 0) (i32.const 8) (i32.const 64))",
        "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 2))",
        "(memory.copy $small 0 (i32.const 0) (i32.const 8) (i32.const 64))",
        "(data.drop $other)",
        "(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 1))",
        "(table.fill $t (i32.const 1) (ref.null func) (i32.const 1))",
        "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))",
        "(table.set $t (i32.const 1) (table.get $t (i32.const 0)))",
        "(elem.drop $rest)",
    ];
    for operation in operations {
        let code = often(operation);
        let wasm = module(&format!(
            r#"(memory $small 1 2) (table $t 2 9 funcref)
               (elem (i32.const 0) $f) (elem $e func $f) (elem $rest func $f)
               (data $d "ab") (data $other "cd") (func $f)
               (func (export "_start") {code})"#
        ));

        assert_eq!(run_on_host_stack(wasm, PLENTY), (End::Exit(0), vec![]), "{operation}");
    }
}

#[test]
fn sixteen_thousand_calls_may_be_open() {
    let wasm = module(
        r#"(func $down (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
                (else (i32.const 0))))
           (func (export "_start") (call $log (call $down (i32.const 16000))))"#,
    );

    assert_eq!(run_on_host_stack(wasm, 10_000), (End::Exit(0), vec![16_000]));
}

#[test]
fn a_smaller_stack_holds_fewer_calls() {
    let wasm = start("(call $log (i32.const 1))");
    let limits = |stack_bytes_max| Limits { stack_bytes_max, ..WIDE };

    let mut with_none = load(&wasm, &limits(0)).unwrap();
    let mut with_some = load(&wasm, &limits(512)).unwrap();

    assert_eq!(run(&mut with_none, PLENTY), End::Trap(Trap::Code(TrapCode::StackOverflow)));
    assert_eq!(run(&mut with_some, PLENTY), End::Exit(0));
}

#[test]
fn traps_have_names() {
    let cases = [
        ("(unreachable)", "wasm `unreachable` instruction executed"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer divide by zero"),
        ("(drop (i32.load (i32.const 65536)))", "out of bounds memory access"),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer"),
    ];
    for (code, name) in cases {
        assert_eq!(run_start(code).0.to_string(), format!("trapped: {name}"));
    }
    let wasm = module(
        r#"(table 1 1 funcref) (func (export "_start")
            (call_indirect (param i32) (i32.const 1) (i32.const 0)))"#,
    );
    assert_eq!(run(&mut guest(&wasm), 1).to_string(), "trapped: uninitialized element");
}

#[test]
fn invalid_code_is_found_when_it_is_called() {
    let mut wasm = module(
        r#"(func $bad (result i32) (i32.const 77))
           (func (export "_start") (call $log (i32.const 1)) (drop (call $bad)))"#,
    );
    // `i32.const 77` becomes two instructions that find no operands.
    let at = wasm.windows(3).position(|bytes| bytes == [0x41, 0xcd, 0]).unwrap();
    wasm[at..at + 3].copy_from_slice(&[0x6a, 0x6a, 0x6a]);
    let mut guest = guest(&wasm);

    let end = run(&mut guest, PLENTY);

    assert_eq!(guest.app().logged, [1]);
    let message = end.to_string();
    assert!(message.starts_with("trapped: invalid code: type mismatch"), "{message}");
}

/// A module with a start function before its `_start`, which logs 2.
fn with_start_function(code: &str) -> Vec<u8> {
    module(&format!(
        r#"(func $first {code}) (start $first)
           (func (export "_start") (call $log (i32.const 2)))"#
    ))
}

#[test]
fn a_start_function_runs_before_start() {
    let mut guest = guest(&with_start_function("(call $log (i32.const 1))"));

    assert_eq!(run(&mut guest, 1), End::Exit(0));

    assert_eq!(guest.app().logged, [1, 2]);
}

#[test]
fn a_start_function_may_trap() {
    let mut guest = guest(&with_start_function("unreachable"));

    assert_eq!(run(&mut guest, PLENTY), End::Trap(Trap::Code(TrapCode::UnreachableCodeReached)));
    assert_eq!(guest.app().logged, []);
}

#[test]
fn a_start_function_may_loop() {
    let wasm = with_start_function("(loop $again (br $again))");
    let limits = Limits { fuel_max: Some(5000), ..WIDE };

    assert_eq!(guest(&wasm).turn(1000), Turn::OutOfFuel);
    let end = run(&mut load(&wasm, &limits).unwrap(), 1000);
    assert_eq!(end, End::FuelExhausted { fuel_max: 5000 });
}

#[test]
fn a_start_function_may_wait_and_exit() {
    let mut waits = guest(&with_start_function("(call $log (call $wait))"));
    let mut exits = guest(&with_start_function("(call $exit (i32.const 6))"));

    assert!(matches!(waits.turn(PLENTY), Turn::Parked(_)));
    waits.app_mut().answer = 1;
    assert_eq!(run(&mut waits, PLENTY), End::Exit(0));
    assert_eq!(waits.app().logged, [1, 2]);
    assert_eq!(run(&mut exits, PLENTY), End::Exit(6));
}

#[test]
fn a_start_function_is_found_in_a_module_without_other_exports() {
    let wasm = wat::parse_str("(module (func $f) (start $f))").unwrap();

    // It gets as far as to miss `_start`, which no module without exports has.
    let refused = load(&wasm, &WIDE).map(|_| ()).unwrap_err().to_string();
    assert_eq!(refused, "has no `_start` function: it is not a WASI program");
}

#[test]
fn a_start_section_that_breaks_the_rules_is_refused() {
    let section = |function: u8| [8, 1, function];
    let wasm = with_start_function("");
    let at = wasm.windows(2).position(|bytes| bytes == [8, 1]).unwrap();
    let good = wasm[at + 2];
    let with = |sections: &[u8]| [&wasm[..at], sections, &wasm[at + 3..]].concat();

    assert!(load(&with(&section(good)), &WIDE).is_ok());
    // No such function, one that takes a value, two sections, a section in the wrong place.
    assert!(load(&with(&section(100)), &WIDE).is_err());
    assert!(load(&with(&section(0)), &WIDE).is_err());
    assert!(load(&with(&[section(good), section(good)].concat()), &WIDE).is_err());
    assert!(load(&[&with(&[])[..], &section(good)].concat(), &WIDE).is_err());
}

#[test]
fn a_start_function_leaves_a_guest_of_the_same_program_alone() {
    let program = runtime::Program::load(&with_start_function(""), false, &WIDE, &ROOMY).unwrap();
    let mut guests =
        [(); 2].map(|()| Guest::new(&program, App::default(), &WIDE, &ROOMY, link).unwrap());

    for guest in &mut guests {
        assert_eq!(run(guest, 5), End::Exit(0));
        assert_eq!(guest.app().logged, [2]);
    }
}
