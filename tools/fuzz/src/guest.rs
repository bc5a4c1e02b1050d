//! Where guests of this crate run: limits that a test can reach, and a machine to wait on.

use arbitrary::Unstructured;
use device::Clock;
use runtime::{End, Events, Find, Guest, Imports, Limits, LoadError, Pool, Program, Turn, Until};
use service_wasi::testing::Machine;
use service_wasi::{Wasi, link};
use std::sync::LazyLock;

/// Small, so that a run is short and every limit is met often.
pub(crate) const LIMITS: Limits = Limits {
    module_bytes_max: 64 << 10,
    function_bytes_max: 16 << 10,
    memory_pages_max: 8,
    table_elements_max: 1 << 10,
    stack_bytes_max: 16 << 10,
    fuel_max: Some(20_000),
};

/// Bytes that any program within [`LIMITS`] can come to.
const POOL_BYTES: usize = 64 << 20;

/// No machine runs for so long, and no guest that waits for it goes on: a century.
const TIME_MAX_NS: u64 = 100 * 366 * 24 * 3600 * 1_000_000_000;

/// Fuel that a guest may use beyond its limit, since what a host call costs is known only
/// afterwards: what it may owe, and one call that moves as much as a call can.
const OVERDRAFT_FUEL_MAX: u64 = 16 << 10;

struct Roomy;

impl Pool for Roomy {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= POOL_BYTES
    }
}

/// One machine for all runs, since every app of it keeps a reference for good.
static MACHINE: LazyLock<Machine> = LazyLock::new(Machine::new);

/// The machine, as good as new.
pub(crate) fn machine() -> &'static Machine {
    MACHINE.start_over();
    &MACHINE
}

/// Makes an instance of `wasm` that finds WASI in its state, and offers it what `more` does.
pub(crate) fn load<T: Send + 'static>(
    wasm: &[u8],
    tail_calls: bool,
    limits: &Limits,
    app: T,
    wasi: impl Find<T, Wasi>,
    more: impl Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
) -> Result<Guest<T>, LoadError> {
    let program = Program::load(wasm, tail_calls, limits, &Roomy)?;
    Guest::new(&program, app, limits, &Roomy, |imports| {
        link(imports, wasi)?;
        more(imports)
    })
}

/// How a guest is run.
pub(crate) struct Run {
    pub(crate) machine: &'static Machine,
    /// What the guest was loaded with.
    pub(crate) limits: Limits,
    /// Fuel of one turn.
    pub(crate) fuel: u64,
    pub(crate) turns_max: u32,
}

impl Run {
    /// Runs the guest until it ends; `None` if it waits for too long, or all turns have gone.
    ///
    /// What it waits for comes as `input` has it.
    ///
    /// # Panics
    ///
    /// If it has more than its limits allow.
    pub(crate) fn to_end<T: Send + 'static>(
        &self,
        guest: &mut Guest<T>,
        input: &mut Unstructured<'_>,
    ) -> Option<End> {
        for _ in 0..self.turns_max {
            let turn = guest.turn(self.fuel);
            self.check_limits(guest);
            match turn {
                Turn::OutOfFuel | Turn::Parked(Until::NEXT_TURN) => {}
                Turn::Parked(until) if make_true(self.machine, until, input) => {}
                Turn::Parked(_) => return None,
                Turn::Ended(end) => return Some(end),
            }
        }
        None
    }

    fn check_limits<T: Send + 'static>(&self, guest: &Guest<T>) {
        let memory_bytes_max = (self.limits.memory_pages_max as usize) << 16;
        let memory_bytes = guest.memory_bytes();
        assert!(memory_bytes <= memory_bytes_max, "{memory_bytes} bytes of memory");

        let fuel_max = self.limits.fuel_max.unwrap_or(u64::MAX);
        let fuel_used = guest.fuel_used();
        assert!(fuel_used <= fuel_max.saturating_add(OVERDRAFT_FUEL_MAX), "{fuel_used} of fuel");
    }
}

/// Makes true some of what a parked guest waits for, as `input` has it; `false` if it waits
/// longer than any machine runs.
///
/// # Panics
///
/// If it waits for nothing, which would be for ever.
fn make_true(machine: &Machine, until: Until, input: &mut Unstructured<'_>) -> bool {
    assert!(until.at_ns.is_some() || until.events != Events::NONE, "a guest waits for nothing");
    let choice: u8 = input.arbitrary().unwrap_or(0);
    if choice & 1 == 0
        && let Some(at_ns) = until.at_ns
    {
        machine.set_now_ns(at_ns.clamp(machine.now_ns(), TIME_MAX_NS));
        return at_ns <= TIME_MAX_NS;
    }
    if choice & 2 == 0 {
        machine.type_in(b"typed\n")
    } else {
        machine.end_input()
    }
    machine.set_room_bytes(usize::from(choice));
    true
}
