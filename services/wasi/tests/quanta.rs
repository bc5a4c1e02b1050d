//! Programs of other people's, cut into turns: where a turn ends must make no difference.
//!
//! Each program of the corpus runs uninterrupted, which must do what the corpus's manifest says,
//! and again in turns of a few sizes, which must do the same and leave the same files.

mod corpus;

/// Fuel of a turn that interrupts nothing.
const WHOLE: u64 = 1 << 40;

/// Fuel for turns, for every program.
const TURNS: [u64; 2] = [1_000, 100_000];

/// Fuel for turns, for programs that use no more than [`SHORT_FUEL_MAX`]; for longer ones these
/// take too long for every day.
const SMALLEST_TURNS: [u64; 2] = [1, 7];
const ALL_TURNS: [u64; 4] = [1, 7, 1_000, 100_000];
const SHORT_FUEL_MAX: u64 = 3_000_000;

#[test]
fn where_turns_end_makes_no_difference_to_any_program() {
    compare(|fuel_used| if fuel_used <= SHORT_FUEL_MAX { &ALL_TURNS } else { &TURNS });
}

#[test]
#[ignore = "`make stress` runs it"]
fn where_the_smallest_turns_end_makes_no_difference_to_long_programs() {
    compare(|fuel_used| if fuel_used <= SHORT_FUEL_MAX { &[] } else { &SMALLEST_TURNS });
}

/// Runs every program whole and in turns of the sizes that `turns` gives for its fuel.
fn compare(turns: impl Fn(u64) -> &'static [u64]) {
    let suites = ["programs", "wasm3-wasi", "wasi-testsuite", "bench"];
    let Some(cases) = corpus::cases(&suites) else { return };

    println!("{:<60} {:>12}  fuel of turns", "program", "fuel");
    for case in &cases {
        let whole = case.run(WHOLE);
        let complaints = case.complaints(&whole);
        assert!(complaints.is_empty(), "{}: {}", case.id(), complaints.join("\n"));
        let turns = turns(whole.fuel_used);
        println!("{:<60} {:>12}  {turns:?}", case.id(), whole.fuel_used);

        for fuel in turns {
            let cut = case.run(*fuel);
            assert!(cut == whole, "{} in turns of {fuel}:\n{cut:?}\n{whole:?}", case.id());
        }
    }
}
