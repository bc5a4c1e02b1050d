//! Fuel: turns, quotas and what they cost.

use crate::support::*;
use runtime::{End, Guest, Limits, OPERATION_BYTES_MAX, Turn, Until};

/// Sums up and multiplies, calls, branches, and moves memory and tables about.
const MIXED: &str = r#"
    (table $t 4 8 funcref) (elem $e func $step $log)
    (func $step (param $n i32) (result i32)
        (i32.add (i32.mul (local.get $n) (i32.const 31)) (i32.const 7)))
    (func (export "_start") (local $i i32) (local $n i32)
        (loop $again
            (local.set $n (call $step (local.get $n)))
            (i32.store (i32.const 100) (local.get $n))
            (memory.copy (i32.const 2000) (i32.const 96) (i32.const 500))
            (memory.fill (i32.const 3000) (local.get $n) (i32.const 300))
            (if (i32.and (local.get $i) (i32.const 1))
                (then (local.set $n (i32.xor (local.get $n) (i32.load (i32.const 2004))))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 50))))
        (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
        (call $log (memory.grow (i32.const 2)))
        (call $log (local.get $n))
        (call $log (call $read (i32.const 0) (i32.const 1000))))"#;

const ENDLESS: &str = "(loop $again (br $again))";

#[test]
fn the_size_of_turns_changes_neither_the_result_nor_the_fuel_used() {
    let outcome = |fuel| {
        let mut guest = guest(&module(MIXED));
        let end = run(&mut guest, fuel);
        (end, guest.app().logged.clone(), guest.fuel_used(), guest.memory_bytes())
    };
    let whole = outcome(PLENTY);

    assert_eq!(whole.0, End::Exit(0));
    assert_eq!(whole.1.len(), 3);
    assert_eq!(whole.3, 3 * 65_536);
    for fuel in [0, 1, 7, 1000] {
        assert_eq!(outcome(fuel), whole, "with turns of {fuel}");
    }
}

#[test]
fn an_endless_loop_does_not_stop_another_guest() {
    let mut endless = guest(&start(ENDLESS));
    let mut other = guest(&module(MIXED));

    let mut turns = 0;
    loop {
        assert_eq!(endless.turn(100), Turn::OutOfFuel);
        turns += 1;
        if let Turn::Ended(end) = other.turn(100) {
            assert_eq!(end, End::Exit(0));
            break;
        }
    }

    assert!(turns > 10, "{turns}");
    assert!(endless.fuel_used() <= turns * 100);
}

#[test]
fn an_endless_loop_without_quota_goes_on() {
    let mut guest = guest(&start(ENDLESS));

    for turn in 1..1000 {
        assert_eq!(guest.turn(1000), Turn::OutOfFuel);
        let used = guest.fuel_used();
        assert!((turn * 990..=turn * 1000).contains(&used), "{used} after {turn} turns");
    }
}

#[test]
fn an_endless_loop_ends_with_its_quota() {
    for fuel in [1, 300, PLENTY] {
        let mut guest = load(&start(ENDLESS), &Limits { fuel_max: Some(1000), ..WIDE }).unwrap();

        let end = run(&mut guest, fuel);

        assert_eq!(end, End::FuelExhausted { fuel_max: 1000 });
        assert_eq!(end.to_string(), "used up its 1000 units of fuel");
        assert!((990..=1000).contains(&guest.fuel_used()), "{}", guest.fuel_used());
    }
}

#[test]
fn a_quota_that_is_just_enough_is_enough() {
    let mut unlimited = guest(&module(MIXED));
    run(&mut unlimited, PLENTY);
    let needed = unlimited.fuel_used();
    let end_with = |fuel_max| {
        let mut guest = load(&module(MIXED), &Limits { fuel_max, ..WIDE }).unwrap();
        run(&mut guest, 100)
    };

    assert_eq!(end_with(Some(needed)), End::Exit(0));
    assert_eq!(end_with(Some(needed - 200)), End::FuelExhausted { fuel_max: needed - 200 });
}

#[test]
fn waiting_in_a_loop_uses_up_the_quota_too() {
    let limits = Limits { fuel_max: Some(1000), ..WIDE };
    let mut guest = load(&start("(loop $again (drop (call $wait)) (br $again))"), &limits).unwrap();

    assert_eq!(run(&mut guest, PLENTY), End::FuelExhausted { fuel_max: 1000 });
}

#[test]
fn a_host_call_costs_32_units_and_one_for_each_8_bytes_it_touched() {
    let fuel = |code: &str| {
        let mut guest = guest(&start(code));
        run(&mut guest, PLENTY);
        guest.fuel_used()
    };
    let read = |bytes: u32| fuel(&format!("(drop (call $read (i32.const 0) (i32.const {bytes})))"));

    assert_eq!(read(800) - read(0), 100);
    assert!(read(0) - fuel("(drop (i32.add (i32.const 1) (i32.const 2)))") >= 30);
}

#[test]
fn fuel_that_a_host_call_owes_is_counted() {
    let code = "(drop (call $read (i32.const 0) (i32.const 65536)))";
    let mut whole = guest(&start(code));
    let mut pieces = guest(&start(code));

    run(&mut whole, PLENTY);
    run(&mut pieces, 1);

    assert!(whole.fuel_used() > 8192);
    assert_eq!(pieces.fuel_used(), whole.fuel_used());
}

#[test]
fn host_calls_in_one_block_of_code_end_the_turn_when_its_fuel_is_gone() {
    let call = "(drop (call $read (i32.const 0) (i32.const 65536)))";
    let mut guest = guest(&start(&call.repeat(100)));

    let turn = guest.turn(10_000);

    assert_eq!(turn, Turn::Parked(Until::NEXT_TURN));
    assert!(guest.fuel_used() < 2 * 10_000, "{}", guest.fuel_used());
    run(&mut guest, 10_000);
    assert!(guest.fuel_used() > 100 * 8192);
}

#[test]
fn a_table_grows_rightly_in_the_smallest_turns() {
    let text = r#"(table $t 1 1000 funcref) (global $before (mut i32) (i32.const 0))
        (func $f)
        (func (export "_start") (local $i i32)
            (loop $again
                (global.set $before (i32.add (global.get $before) (i32.const 1)))
                (call $log (table.grow $t (ref.func $f) (i32.const 250)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $i) (i32.const 4))))
            (call $log (global.get $before))
            (call $log (table.size $t)))
        (elem declare func $f)"#;

    for fuel in [1, 2, 3, 5, 7, 11, PLENTY] {
        let mut guest = guest(&module(text));

        assert_eq!(run(&mut guest, fuel), End::Exit(0));

        assert_eq!(guest.app().logged, [1, 251, 501, -1, 4, 751], "with turns of {fuel}");
    }
}

#[test]
fn a_table_grows_by_256_elements_at_a_time_and_up_to_its_limit() {
    let grow =
        |count: u32| format!("(call $log (table.grow $t (ref.null func) (i32.const {count})))");
    let code = [grow(257), grow(256), grow(200), grow(1)].concat();
    let wasm = module(&format!(r#"(table $t 0 funcref) (func (export "_start") {code})"#));
    let limits = Limits { table_elements_max: 456, ..WIDE };
    let mut guest = load(&wasm, &limits).unwrap();

    assert_eq!(run(&mut guest, 3), End::Exit(0));

    assert_eq!(guest.app().logged, [-1, 0, 256, -1]);
}

#[test]
fn one_operation_that_takes_too_long_ends_the_guest() {
    // 200 MiB are filled at a cost of a unit for each 64 bytes.
    let limits = Limits { memory_pages_max: 3200, ..WIDE };
    let wasm = wat::parse_str(
        r#"(module (memory 3200) (func (export "_start")
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 209715200))))"#,
    );
    let mut guest: Guest<App> = load(&wasm.unwrap(), &limits).unwrap();

    let end = run(&mut guest, 1000);

    let needed = 209_715_200 / 64;
    let fuel_max = OPERATION_BYTES_MAX / 64;
    assert_eq!(end, End::OperationTooLarge { fuel: needed, fuel_max });
    assert_eq!(
        end.to_string(),
        "was stopped: one operation needs 3276800 units of fuel, and the limit is 2097152"
    );
}

#[test]
fn with_a_table_that_can_grow_an_operation_may_move_no_more_bytes() {
    let limits = Limits { memory_pages_max: 3200, ..WIDE };
    let fill = |bytes: u64| {
        let wasm = wat::parse_str(format!(
            r#"(module (memory 3200) (table 1 funcref) (func (export "_start")
                (memory.fill (i32.const 0) (i32.const 1) (i32.const {bytes}))))"#
        ));
        let mut guest: Guest<App> = load(&wasm.unwrap(), &limits).unwrap();
        run(&mut guest, 1000)
    };

    assert_eq!(fill(OPERATION_BYTES_MAX - 65_536), End::Exit(0));
    let end = fill(OPERATION_BYTES_MAX + 65_536);
    assert!(matches!(end, End::OperationTooLarge { .. }), "{end}");
}

#[test]
fn a_long_block_of_plain_code_is_not_too_large_an_operation() {
    // With a table that can grow, 128 MiB cost less than this block does.
    let limits = Limits { module_bytes_max: 1 << 20, function_bytes_max: 1 << 20, ..WIDE };
    let code = "(global.set $g (i32.eqz (global.get $g)))".repeat(60_001);
    let wasm = module(&format!(
        r#"(global $g (mut i32) (i32.const 0)) (table 1 funcref)
           (func (export "_start") {code} (call $log (global.get $g)))"#
    ));
    let mut guest = load(&wasm, &limits).unwrap();

    assert_eq!(run(&mut guest, 1000), End::Exit(0));

    assert!(guest.fuel_used() > OPERATION_BYTES_MAX / 1025, "{}", guest.fuel_used());
    assert_eq!(guest.app().logged, [1]);
}
