//! Programs of other people's, cut into turns: where a turn ends must make no difference.
//!
//! Each program of the corpus runs uninterrupted, which must do what the corpus's manifest says,
//! and again in turns of a few sizes, which must do the same and leave the same files.

mod corpus;

/// Fuel of a turn that interrupts nothing.
const WHOLE: u64 = 1 << 40;

/// Fuel for turns, for every program.
const TURNS: [u64; 2] = [1_000, 100_000];

/// Fuel for turns, for programs that use no more than [`SHORT_FUEL_MAX`].
const SMALLEST_TURNS: [u64; 2] = [1, 7];
const SHORT_FUEL_MAX: u64 = 3_000_000;

#[test]
fn where_turns_end_makes_no_difference_to_any_program() {
    let suites = ["programs", "wasm3-wasi", "wasi-testsuite", "bench"];
    let Some(cases) = corpus::cases(&suites) else { return };

    println!("{:<60} {:>12}  fuel of turns", "program", "fuel");
    for case in &cases {
        let whole = case.run(WHOLE);
        let complaints = case.complaints(&whole);
        assert!(complaints.is_empty(), "{}: {}", case.id, complaints.join("\n"));
        let small = if whole.fuel_used <= SHORT_FUEL_MAX { &SMALLEST_TURNS[..] } else { &[] };
        println!("{:<60} {:>12}  {TURNS:?} {small:?}", case.id, whole.fuel_used);

        for fuel in TURNS.iter().chain(small) {
            let cut = case.run(*fuel);
            assert!(cut == whole, "{} in turns of {fuel}:\n{cut:?}\n{whole:?}", case.id);
        }
    }
}
