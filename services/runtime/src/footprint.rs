//! What a module takes of the kernel's memory beside its linear memories and tables.
//!
//! wasmi allocates as it goes, and an allocation that fails is the end of the machine. So the
//! pool is asked first for as much as it can come to. The factors were measured with wasmi
//! 2.0.0 on modules made to be wasteful, by counting what the allocator gave out, and rounded
//! up; ordinary programs take a third of the result or less.

use crate::{Limits, config::stack_bytes, shape::Shape};

/// What any module takes.
const BASE_BYTES: usize = 16 << 10;

impl Shape {
    /// Memory that parsing the module takes: `wasm_bytes` long, it is copied if it has a start
    /// section.
    pub(crate) fn load_bytes(&self, wasm_bytes: usize) -> usize {
        let copy = if self.start.is_some() { wasm_bytes } else { 0 };
        sum(&[
            (1, copy),
            (1, self.code_bytes),
            // A growing vector, of which the old half and the new whole exist at once.
            (3, self.data_bytes),
            (160, self.functions),
            (32, self.data_segments),
            (80, self.type_bytes),
            (64, self.other_bytes),
            (1200, self.shims()),
        ])
    }

    /// Memory that an instance takes.
    pub(crate) fn instance_bytes(&self) -> usize {
        sum(&[
            (160, self.functions),
            (128, self.data_segments),
            (40, self.other_bytes),
            (400, self.shims()),
        ])
    }

    /// Memory that one turn may take: the stacks at their largest, all code translated, and
    /// what translation needs for the largest function.
    pub(crate) fn turn_bytes(&self, limits: &Limits) -> usize {
        sum(&[(1, stack_bytes(limits)), (16, self.code_bytes), (100, self.largest_function.1)])
    }

    /// Imports that stand behind a shim.
    fn shims(&self) -> usize {
        if self.tail_calls { self.imports } else { 0 }
    }
}

/// [`BASE_BYTES`] and so many bytes for each of so many things.
fn sum(parts: &[(usize, usize)]) -> usize {
    let bytes = parts.iter().map(|(bytes, count)| bytes.saturating_mul(*count));
    bytes.fold(BASE_BYTES, usize::saturating_add)
}
