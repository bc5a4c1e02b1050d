//! Who goes first, on which core, and how much of it: priorities, pins, and fuel per second.

use super::cores::{told, worker};
use super::*;
use kernel_core::bundle::Priority;

/// A turn that never ends, as far as a test can see.
const ENDLESS_TURN: &str = "bramble.turn=1000000000000";

/// All apps run on core 0.
pub(super) const ONE_CORE: &str = "bramble.bench=0";

/// Instructions of a turn, which are nanoseconds here: a unit of fuel takes less than ten in the
/// loops of these tests. Beside it stands what lies between turns.
pub(super) const TURN_NS_MAX: u64 = 1_000_000;

/// How often the app wakes that tells how late it is.
const TIMES: usize = 30;

const LOOP: &str = "(loop $on (call $work (i32.const 1000000)) (br $on))";

fn of(priority: Priority, app: App<'_>) -> App<'_> {
    App { priority, ..app }
}

/// Sleeps for 3 ms [`TIMES`] times, and each time says by how many nanoseconds it woke too late.
pub(super) fn late_riser() -> Vec<u8> {
    worker(&format!(
        "(local $due i64) (local $left i32)
        (local.set $left (i32.const {TIMES}))
        (loop $on
            (local.set $due (i64.add (call $now) (i64.const 3000000)))
            (call $sleep (i64.const 3))
            (call $tell (i64.sub (call $now) (local.get $due)))
            (br_if $on (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"
    ))
}

/// Eight loops without end, of each priority some, and one app that sleeps and wakes.
fn loops_and<'a>(busy: &'a [u8], riser: &'a [u8]) -> Packed {
    const PRIORITIES: [Priority; 4] =
        [Priority::Realtime, Priority::Normal, Priority::Normal, Priority::Background];
    let names: Vec<_> = (0..8).map(|number| format!("busy-{number}")).collect();
    let loops = names.iter().zip(PRIORITIES.iter().cycle());
    let mut apps: Vec<_> = loops.map(|(name, &priority)| of(priority, app(name, busy))).collect();
    apps.push(of(Priority::Realtime, app("riser", riser)));
    Packed::new(apps)
}

/// By how many nanoseconds `riser` woke too late each time, in the order of length.
pub(super) fn lateness_ns(machine: &Machine) -> Vec<u64> {
    let qemu = machine.boot().unwrap();
    qemu.expect("kernel: riser exited with code 0", LIMIT);
    let mut late_ns = told(&qemu.console(), "riser");
    late_ns.sort_unstable();
    println!("{late_ns:?}");
    assert_eq!(late_ns.len(), TIMES);
    late_ns
}

/// Two of the loops are `realtime` too, so it is one turn for the loop that runs and one for the
/// other that stands before it.
#[test]
fn a_realtime_app_waits_for_no_loop_of_lower_priority_on_its_core() {
    let (busy, riser) = (worker(LOOP), late_riser());
    let packed = loops_and(&busy, &riser);

    for board in Board::ALL {
        let late_ns = lateness_ns(&packed.machine(board).append(ONE_CORE).counted());
        assert!(late_ns[TIMES - 1] <= 2 * TURN_NS_MAX, "{late_ns:?}");
    }
}

/// QEMU lets the cores run by turns when it counts, so that what takes one turn can take four.
#[test]
fn a_realtime_app_wakes_within_a_turn_while_all_cores_are_busy() {
    let (busy, riser) = (worker(LOOP), late_riser());
    let packed = loops_and(&busy, &riser);

    for board in Board::ALL {
        let late_ns = lateness_ns(&packed.machine(board).counted());
        assert!(late_ns[TIMES - 1] <= 4 * TURN_NS_MAX, "{late_ns:?}");
    }
}

/// Without the look at the clock of others it would sleep as long as the turn on its core lasts.
#[test]
fn an_app_whose_core_is_at_a_turn_without_end_wakes_on_another() {
    let (busy, riser) = (worker(LOOP), late_riser());
    let names: Vec<_> = (0..3).map(|number| format!("busy-{number}")).collect();
    let mut apps = vec![app("riser", &riser)];
    apps.extend(names.iter().map(|name| app(name, &busy)));
    let packed = Packed::new(apps);

    for board in Board::ALL {
        let qemu = packed.machine(board).append(ENDLESS_TURN).boot().unwrap();
        qemu.expect("kernel: riser exited with code 0", LIMIT);
    }
}

/// The first that is pinned to core 1 has a turn without end, and the others that are never run;
/// moved to another core they would say so.
#[test]
fn a_pinned_app_stays_on_its_core_and_the_others_leave_it() {
    let says = |digit: u32| worker(&format!("(call $tell (i64.const {digit})) {LOOP}"));
    let (free, hog, stuck) = (late_riser(), says(1), says(2));
    let packed_on = |core: Option<u8>| {
        let pinned = |name, wasm| App { core, ..app(name, wasm) };
        Packed::new(vec![app("free", &free), pinned("hog", &hog), pinned("stuck", &stuck)])
    };

    let packed = packed_on(Some(1));
    let qemu = packed.machine(Board::Raspi3b).append(ENDLESS_TURN).boot().unwrap();
    qemu.expect("hog | 00000001", LIMIT);
    qemu.expect("kernel: free exited with code 0", LIMIT);
    assert!(told(&qemu.console(), "stuck").is_empty());

    let packed = packed_on(None);
    let qemu = packed.machine(Board::Raspi3b).append(ENDLESS_TURN).boot().unwrap();
    qemu.expect("hog | 00000001", LIMIT);
    qemu.expect("stuck | 00000002", LIMIT);
}

#[test]
fn apps_pinned_to_each_core_all_run() {
    let wasm = worker("(call $sleep (i64.const 20)) (call $tell (i64.const 5))");
    let names: Vec<_> = (0..4).map(|number| format!("on-{number}")).collect();
    let apps =
        names.iter().zip(0..).map(|(name, core)| App { core: Some(core), ..app(name, &wasm) });
    let packed = Packed::new(apps.collect());

    for board in Board::ALL {
        let qemu = packed.boot(board);
        qemu.expect("kernel: all apps have ended", LIMIT);
        let console = qemu.console();
        assert!(names.iter().all(|name| told(&console, name) == [5]), "{console}");
    }
}

/// One core for all: what is `normal` never gives way, and `background` gets its share.
#[test]
fn background_has_its_turn_beside_normal_loops_on_the_same_core() {
    let busy = worker(LOOP);
    let modest = worker("(call $work (i32.const 200000)) (call $tell (i64.const 6))");
    let on_core_1 = |app| App { core: Some(1), ..app };
    let packed = Packed::new(vec![
        on_core_1(app("busy", &busy)),
        on_core_1(of(Priority::Background, app("modest", &modest))),
    ]);

    let qemu = packed.boot(Board::Raspi3b);
    qemu.expect("kernel: modest exited with code 0", LIMIT);
}

/// Both run the same loop and tell, ten times in a second of their clock, how many steps they
/// made. The loop's step takes seven instructions, each at least a unit of fuel.
#[test]
fn an_app_over_its_fuel_per_second_gets_no_more_than_that() {
    const PER_SECOND: u64 = 1_000_000;
    const STEP_FUEL: u64 = 7;
    const BLOCK_STEPS: u64 = 1000;
    const SECONDS: u64 = 3;

    // Counts blocks of steps for so many seconds, then tells.
    let counter = worker(&format!(
        "(local $end i64) (local $blocks i64)
        (local.set $end (i64.add (call $now) (i64.const {})))
        (loop $on
            (call $work (i32.const {BLOCK_STEPS}))
            (local.set $blocks (i64.add (local.get $blocks) (i64.const 1)))
            (br_if $on (i64.lt_u (call $now) (local.get $end))))
        (call $tell (local.get $blocks))",
        SECONDS * 1_000_000_000
    ));
    let slow = app("slow", &counter);
    let limits = Limits { fuel_per_second_max: PER_SECOND, ..slow.limits };
    let packed = Packed::new(vec![App { limits, ..slow }, app("fast", &counter)]);

    let qemu = packed.boot(Board::Raspi3b);
    qemu.expect("kernel: all apps have ended", LIMIT);

    let console = qemu.console();
    assert!(console.contains("kernel: slow has used its fuel for this second and waits"));
    assert!(!console.contains("kernel: fast has used"));
    let blocks = |name| told(&console, name)[0];
    // What it saved before, its last turn, and a turn more.
    let most = PER_SECOND * (10 * SECONDS + 3) / 10 / (BLOCK_STEPS * STEP_FUEL);
    println!("slow made {} blocks, of {most}; fast {}", blocks("slow"), blocks("fast"));
    assert!(blocks("slow") <= most, "{} blocks, of {most}", blocks("slow"));
    assert!(blocks("slow") > most / 4, "{} blocks, of {most}", blocks("slow"));
    assert!(blocks("fast") > 3 * blocks("slow"));
}
