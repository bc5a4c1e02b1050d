//! Wasm functions that stand between a program's tail calls and the host calls it imports.
//!
//! wasmi 2.0.0 resumes a host call that was tail-called (`return_call`) from a function other
//! than the entry wrongly: the answer lands in some local of the caller's caller. A program
//! that has tail calls therefore imports functions of a second, generated module, and
//! only these call the host, with plain calls. Such a host call takes a frame more.
//!
//! Source: *WebAssembly Core Specification* 2.0, §5 (binary format).

use crate::{LoadError, encoding::Encoder, shape::id};
use alloc::{string::ToString, vec::Vec};
use core::iter::zip;
use wasmi::{Engine, Extern, FuncType, Instance, Module, Store, ValType};

/// The module with a function for each of `imports` that does nothing but call it.
///
/// # Errors
///
/// What wasmi finds wrong with it; there is nothing that it could.
pub(crate) fn module(engine: &Engine, imports: &[FuncType]) -> Result<Module, LoadError> {
    let numbers = || 0..imports.len() as u32;
    let mut wasm = Encoder::module();
    wasm.section(id::TYPE, imports, |out, ty| {
        out.byte(0x60);
        out.list(ty.params(), |out, ty| out.byte(value_type(*ty)));
        out.list(ty.results(), |out, ty| out.byte(value_type(*ty)));
    });
    wasm.section(id::IMPORT, numbers(), |out, number| {
        out.name("");
        out.name("");
        out.byte(id::FUNCTION_ITEM);
        out.number(number);
    });
    wasm.section(id::FUNCTION, numbers(), |out, number| out.number(number));
    wasm.section(id::EXPORT, numbers(), |out, number| {
        out.function_export(&number.to_string(), imports.len() as u32 + number);
    });
    wasm.section(id::CODE, zip(numbers(), imports), |out, (number, ty)| {
        let mut body = Encoder::default();
        body.number(0);
        for parameter in 0..ty.params().len() as u32 {
            body.byte(LOCAL_GET);
            body.number(parameter);
        }
        body.byte(CALL);
        body.number(number);
        body.byte(END);
        out.sized(&body);
    });
    Ok(Module::new(engine, wasm.bytes())?)
}

const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const LOCAL_GET: u8 = 0x20;

/// A value type in the binary format (§5.3).
fn value_type(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::FuncRef => 0x70,
        ValType::ExternRef => 0x6f,
    }
}

/// Puts the functions of `module` before the host calls `externs`.
///
/// # Errors
///
/// What wasmi finds wrong with the instance; there is nothing that it could.
pub(crate) fn put_before<T>(
    store: &mut Store<T>,
    module: &Module,
    externs: &[Extern],
) -> Result<Vec<Extern>, LoadError> {
    let instance = Instance::new(&mut *store, module, externs)?;
    let shims =
        (0..externs.len()).filter_map(|number| instance.get_export(&*store, &number.to_string()));
    Ok(shims.collect())
}
