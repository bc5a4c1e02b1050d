//! The risky part alone: the same bytes in several stores, on several threads of the host.

use crate::support::{LIMITS, ROOMY, load};
use runtime::{Guest, Imports, LoadError, Seat, Thread, Turn, offer_atomics};
use std::thread;

/// Each thread adds one, `argument` times, at address 8.
const COUNTER: &str = r#"(module
    (memory (export "memory") 1 2 shared)
    (func (export "_start"))
    (func (export "wasi_thread_start") (param $id i32) (param $times i32)
        (loop $more
            (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
            (br_if $more (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))"#;

fn link(imports: &mut Imports<'_, ()>) -> Result<(), LoadError> {
    offer_atomics(imports)
}

fn run(mut guest: Guest<()>) -> Guest<()> {
    while guest.turn(10_000) == Turn::OutOfFuel {}
    assert!(guest.has_returned());
    guest
}

#[test]
fn two_stores_on_two_threads_lose_no_increment() {
    let program = load(&wat::parse_str(COUNTER).unwrap()).unwrap();
    let seats = Seat::make(&program, 2, &LIMITS, &ROOMY, || ()).unwrap();
    let shared = seats[0].host().shared().unwrap().clone();

    let begin = |seat: Seat<()>| {
        seat.take(&program, Thread::Spawned { id: 1, argument: 100_000 }, &LIMITS, link).unwrap()
    };
    let guests: Vec<_> = seats.into_iter().map(begin).collect();
    let threads: Vec<_> = guests.into_iter().map(|guest| thread::spawn(|| run(guest))).collect();
    let guests: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();

    let place = abi::threads::Place { width_log2: 2, ..Default::default() };
    assert_eq!(shared.load(8, place), Ok(200_000));
    assert_eq!(guests.len(), 2);
}

#[test]
fn the_memory_is_freed_with_its_last_seat() {
    let program = load(&wat::parse_str(COUNTER).unwrap()).unwrap();
    let mut seats = Seat::make(&program, 2, &LIMITS, &ROOMY, || ()).unwrap();
    let shared = std::sync::Arc::downgrade(seats[0].host().shared().unwrap());

    seats.pop();
    assert!(shared.upgrade().is_some());
    seats.pop();
    assert!(shared.upgrade().is_none());
}
