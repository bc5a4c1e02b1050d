//! Code that the kernel's configuration makes unreachable where no compiler can see it.
//!
//! The interpreter chooses at run time how it translates a function, by a value that the kernel
//! never changes ([`runtime::engine_config`]). What the other choices need stays linked. Here its
//! bytes are taken out of the flat image: a word of zeroes is UDF, the instruction that is
//! undefined for ever (*Arm Architecture Reference Manual*, C6.2), so whoever came there would
//! crash, be told of by the crash report, and do nothing else. It makes the image 8 KB smaller as
//! shipped, since zeroes compress to nothing.

use super::flatten::LOAD_ADDRESS;
use anyhow::{Context, ensure};
use object::{Object, ObjectSymbol};
use rustc_demangle::demangle;
use std::ops::Range;

/// Functions by what their names begin with, as the demangler writes them, and how they go on.
const UNREACHABLE: [(&str, &[&str]); 5] = [
    // Of `CompilationMode::LazyTranslation`, which validates before a function is called; the
    // kernel's engines are `CompilationMode::Lazy` and do both when it is.
    (
        "<wasmparser::binary_reader::BinaryReader>::",
        &[
            "visit_operator::<wasmi::engine::translator::ValidatingFuncTranslator<wasmi::engine::translator::LazyFuncTranslator>>",
            "visit_0xfe_operator::<wasmi::engine::translator::ValidatingFuncTranslator<wasmi::engine::translator::LazyFuncTranslator>>",
        ],
    ),
    // Translates without validating, for modules made by `Module::new_unchecked` or validated
    // before. The kernel's modules are neither.
    (
        "<wasmparser::binary_reader::BinaryReader>::",
        &["visit_operator::<wasmi::engine::translator::func::fuel::FuelMeteringFuncTranslator>"],
    ),
    // The proposal for wide arithmetic: validation, which comes first, refuses its instructions.
    (
        "<wasmi::engine::translator::func::FuncTranslator>::",
        &["translate_i64_binop128", "translate_i64_mul_wide_sx", "try_opt_i64_mul_wide_sx"],
    ),
    // How instructions of proposals are validated that the interpreter has not got: stack
    // switching, garbage collection, typed references, exceptions, threads, wide arithmetic.
    // `WasmProposalValidator` refuses each before it would come here.
    (
        "<wasmparser::validator::operators::OperatorValidatorTemp<wasmparser::validator::core::ValidatorResources>>::",
        &[
            "array_type_at",
            "check_array_atomic_rmw",
            "check_atomic_binary_memory_cmpxchg",
            "check_atomic_binary_memory_op",
            "check_atomic_global_rmw_ty",
            "check_atomic_load",
            "check_atomic_store",
            "check_binop128",
            "check_call_ref_ty",
            "check_downcast",
            "check_i64_mul_wide",
            "check_ref_cast",
            "check_ref_test",
            "check_resume_table",
            "check_struct_atomic_rmw",
            "cont_type_at",
            "exception_tag_at",
            "mutable_array_type_at",
            "mutable_struct_field_at",
            "pop_maybe_shared_ref",
            "struct_field_at",
            "struct_type_at",
            "tag_at",
        ],
    ),
    (
        "<wasmparser::validator::operators::OperatorValidatorTemp<wasmparser::validator::core::ValidatorResources> as wasmparser::readers::core::operators::VisitOperator>::",
        &[
            "visit_array_get",
            "visit_array_get_s",
            "visit_array_get_u",
            "visit_array_set",
            "visit_struct_get",
            "visit_struct_get_s",
            "visit_struct_set",
        ],
    ),
];

/// The names of all unreachable functions.
fn unreachable() -> Vec<String> {
    let whole = |(begin, ends): &(&str, &[&str])| -> Vec<_> {
        ends.iter().map(|end| format!("{begin}{end}")).collect()
    };
    UNREACHABLE.iter().flat_map(whole).collect()
}

/// Takes unreachable functions out of `flat`, which was flattened from `elf`.
///
/// # Errors
///
/// One of them is not there: the interpreter is another than the list was made for. `flat` is
/// unchanged.
pub(super) fn clear(flat: &mut [u8], elf: &[u8]) -> anyhow::Result<()> {
    let file = object::File::parse(elf).context("the kernel is not an ELF file")?;
    let functions: Vec<_> = file.symbols().filter(|symbol| symbol.size() > 0).collect();
    let names: Vec<_> = functions
        .iter()
        .map(|symbol| symbol.name().map(|name| format!("{:#}", demangle(name))))
        .collect::<Result<_, _>>()?;

    let mut ranges = Vec::new();
    let unreachable = unreachable();
    for wanted in &unreachable {
        let found = names.iter().position(|name| name == wanted).with_context(|| {
            format!("the kernel has no `{wanted}`: does its interpreter still work as it did?")
        })?;
        ranges.push(range(&functions[found]));
    }
    // The linker puts functions of the same code in one place: it could be that of another, which
    // is reached.
    for (symbol, name) in functions.iter().zip(&names) {
        let shared = !unreachable.contains(name)
            && ranges.iter().any(|other| overlap(other, &range(symbol)));
        ensure!(!shared, "`{name}` lies where code is that would be cleared");
    }
    for range in ranges {
        let bytes =
            flat.get_mut(range).context("an unreachable function lies outside the image")?;
        bytes.fill(0);
    }
    Ok(())
}

/// Where a symbol lies in the flat image.
fn range<'a>(symbol: &impl ObjectSymbol<'a>) -> Range<usize> {
    let start = symbol.address().wrapping_sub(LOAD_ADDRESS) as usize;
    start..start.wrapping_add(symbol.size() as usize)
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::super::testing::elf;
    use super::*;

    const FLAT_BYTES: usize = 256;

    /// A kernel with all of these functions, of 4 bytes each, and one more at `at`.
    fn kernel(functions: &[String], at: u64) -> Vec<u8> {
        let addresses = (LOAD_ADDRESS..).step_by(4);
        let listed = functions.iter().zip(addresses).map(|(name, at)| (name.as_str(), at, 4));
        let symbols: Vec<_> = listed.chain([("reached", at, 4)]).collect();
        elf(&[(LOAD_ADDRESS, &[7; FLAT_BYTES])], &symbols)
    }

    #[test]
    fn unreachable_code_is_cleared_and_nothing_else() {
        let mut flat = [7; FLAT_BYTES];
        let names = unreachable();
        let cleared = 4 * names.len();

        clear(&mut flat, &kernel(&names, LOAD_ADDRESS + cleared as u64)).unwrap();

        assert!(flat[..cleared].iter().all(|byte| *byte == 0));
        assert!(flat[cleared..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn code_that_is_reached_under_another_name_is_an_error() {
        let mut flat = [7; FLAT_BYTES];

        let error = clear(&mut flat, &kernel(&unreachable(), LOAD_ADDRESS + 4)).unwrap_err();

        assert_eq!(error.to_string(), "`reached` lies where code is that would be cleared");
        assert_eq!(flat, [7; FLAT_BYTES]);
    }

    #[test]
    fn a_function_that_is_not_there_is_an_error() {
        let mut flat = [7; FLAT_BYTES];

        let error = clear(&mut flat, &kernel(&unreachable()[1..], LOAD_ADDRESS)).unwrap_err();

        assert!(error.to_string().contains("does its interpreter still work"), "{error}");
    }
}
