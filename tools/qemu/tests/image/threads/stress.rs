//! Programs whose threads meet as often as can be: once here, and twenty times with other seeds in
//! `make stress`, where turns are of another length each time and boards take turns.

use super::*;
use crate::seed::seed;

const STRESS_SEEDS: u32 = 20;

/// For the long tests, on a host that does much else.
const STRESS_LIMIT: Duration = Duration::from_secs(600);

/// Runs the stress program `name` with `seed`, in turns of `turn_fuel`.
#[track_caller]
fn run(name: &str, seed: u32, board: Board, turn_fuel: u64, limit: Duration) {
    let seed = seed.to_string();
    let packed = Packed::new(vec![stress_app(name, &seed)]);
    let machine = packed.machine(board).append(format!("bramble.turn={turn_fuel}"));

    let qemu = machine.boot().unwrap();
    let line = qemu.expect_line(&format!("kernel: {name} "), limit);

    let console = qemu.console();
    assert_eq!(line.trim_end(), format!("kernel: {name} exited with code 0"), "{console}");
    assert!(console.contains(&format!("{name} | {name} is done")), "{console}");
}

#[track_caller]
fn run_once(name: &str) {
    run(name, 1, Board::Raspi3b, 100_000, LIMIT);
}

#[test]
fn no_increment_under_a_mutex_is_lost() {
    run_once("mutex");
}

#[test]
fn a_bounded_buffer_gives_each_item_to_one_consumer() {
    run_once("ring");
}

#[test]
fn a_barrier_is_passed_ten_thousand_times_by_all_or_none() {
    run_once("barrier");
}

#[test]
fn four_threads_sort_together() {
    run_once("sort");
}

#[test]
fn petersons_lock_of_sequentially_consistent_accesses_lets_in_one() {
    run_once("peterson");
}

#[test]
fn each_wait_that_races_a_notify_is_woken_or_times_out() {
    run_once("timeouts");
}

#[test]
fn threads_that_leave_wake_those_that_wait_for_it() {
    run_once("leave");
}

#[test]
fn a_block_of_the_heap_belongs_to_one_thread() {
    run_once("heap");
}

#[test]
#[ignore = "`make stress` runs it"]
fn every_program_ends_well_with_twenty_seeds() {
    const NAMES: [&str; 8] =
        ["mutex", "ring", "barrier", "sort", "peterson", "timeouts", "leave", "heap"];

    let first = seed("threads") as u32;
    for number in 0..STRESS_SEEDS {
        let seed = first.wrapping_add(number);
        let board = Board::ALL[number as usize % Board::ALL.len()];
        let turn_fuel = [1_000, 10_000, 100_000, 1_000_000][number as usize / 2 % 4];
        for name in NAMES {
            println!("{name} with seed {seed} on {board}, turns of {turn_fuel}");
            run(name, seed, board, turn_fuel, STRESS_LIMIT);
        }
    }
}
