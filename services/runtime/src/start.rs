//! Start functions, made into exports.
//!
//! wasmi 2.0.0 runs a start function while it instantiates, where the function can neither run
//! out of fuel nor wait. So the start section becomes an export that the guest calls before
//! anything else, as it calls `_start`: in turns.
//!
//! Source: *WebAssembly Core Specification* 2.0, §5.5.10 (exports), §5.5.11 (start).

use crate::{
    encoding::Encoder,
    shape::{Start, id},
};
use wasmparser::BinaryReader;

/// The name under which the start function is exported. A module that has this name already is
/// refused for having it twice.
pub(crate) const EXPORT: &str = "bramble: start";

/// `wasm` with its start section made into an export.
///
/// # Errors
///
/// If the export section is damaged.
pub(crate) fn export_start(wasm: &[u8], start: &Start) -> wasmparser::Result<Encoder> {
    let (count, old) = match &start.exports {
        Some(section) => {
            let mut reader = BinaryReader::new(&wasm[section.body.clone()], section.body.start);
            (reader.read_var_u32()?, &wasm[reader.original_position()..section.body.end])
        }
        None => (0, &[][..]),
    };
    let mut exports = Encoder::default();
    exports.number(count.saturating_add(1));
    exports.raw(old);
    exports.function_export(EXPORT, start.function);

    // Before the exports, the exports, what is between them and the start section, and the
    // sections after that.
    let exports_whole = match &start.exports {
        Some(section) => section.whole.clone(),
        None => start.section.whole.start..start.section.whole.start,
    };
    let mut module = Encoder::default();
    module.raw(&wasm[..exports_whole.start]);
    module.byte(id::EXPORT);
    module.sized(&exports);
    module.raw(&wasm[exports_whole.end..start.section.whole.start]);
    module.raw(&wasm[start.section.whole.end..]);
    Ok(module)
}
