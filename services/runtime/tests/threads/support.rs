//! A roomy machine.

use runtime::{Limits, LoadError, Pool, Program};

pub const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 16,
    memory_pages_max: 16,
    table_elements_max: 10_000,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

pub struct Roomy;

impl Pool for Roomy {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

pub static ROOMY: Roomy = Roomy;

/// The program of the module `wasm`, lowered.
pub fn load(wasm: &[u8]) -> Result<Program, LoadError> {
    let lowered = lower::lower(wasm, LIMITS.memory_pages_max).expect("the module can be lowered");
    Program::load(&lowered, false, &LIMITS, &ROOMY)
}
