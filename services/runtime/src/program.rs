//! A module, parsed and ready to be run any number of times.

use crate::{
    LoadError, Pool,
    config::config,
    limits::{Limits, ask},
    shape::Shape,
    shims, start,
};
use alloc::vec::Vec;
use wasmi::{Engine, Module};

/// A module that can run. It has an engine of its own, since wasmi frees code only with the
/// engine that holds it.
pub struct Program {
    module: Module,
    /// What stands between the module's tail calls and the host.
    shims: Option<Module>,
    shape: Shape,
}

impl Program {
    /// Parses the module `wasm`. Its functions are validated when they are first called.
    ///
    /// A tail call is valid only in a module of which `tail_calls` says that it has some. Such a
    /// module pays more for each host call, see [`shims`].
    ///
    /// # Errors
    ///
    /// [`LoadError`] if `wasm` is no valid module, exceeds `limits`, needs more memory than
    /// `pool` has, or has no `_start`.
    pub fn load(
        wasm: &[u8],
        tail_calls: bool,
        limits: &Limits,
        pool: &'static dyn Pool,
    ) -> Result<Self, LoadError> {
        if wasm.len() > limits.module_bytes_max {
            let bytes_max = limits.module_bytes_max;
            return Err(LoadError::ModuleTooLarge { bytes: wasm.len(), bytes_max });
        }
        let shape = Shape { tail_calls, ..Shape::read(wasm)? };
        limits.admit(&shape)?;
        ask(pool, shape.load_bytes(wasm.len()))?;

        let engine = Engine::new(&config(limits, &shape));
        let module = match &shape.start {
            Some(start) => Module::new(&engine, start::export_start(wasm, start)?.bytes())?,
            None => Module::new(&engine, wasm)?,
        };
        // What was a start function is validated as an export, which may have any type.
        if takes_and_returns_nothing(&module, start::EXPORT) == Some(false) {
            return Err(LoadError::Invalid {
                reason: "invalid start function type".into(),
                offset: None,
            });
        }
        check_entry(&module)?;
        let shims = if shape.tail_calls { make_shims(&module)? } else { None };
        Ok(Self { module, shims, shape })
    }

    /// What the module imports, as pairs of names, in its own order.
    pub fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        self.module.imports().map(|import| (import.module(), import.name()))
    }

    pub(crate) fn module(&self) -> &Module {
        &self.module
    }

    pub(crate) fn shims(&self) -> Option<&Module> {
        self.shims.as_ref()
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }
}

/// The shims for a module that imports functions and nothing else; there will be no instance
/// of any other.
fn make_shims(module: &Module) -> Result<Option<Module>, LoadError> {
    let functions: Option<Vec<_>> =
        module.imports().map(|import| import.ty().func().cloned()).collect();
    match functions {
        Some(functions) if !functions.is_empty() => {
            shims::module(module.engine(), &functions).map(Some)
        }
        _ => Ok(None),
    }
}

/// The function with which a program begins.
pub(crate) const ENTRY: &str = "_start";

/// Checks that `module` is a program.
fn check_entry(module: &Module) -> Result<(), LoadError> {
    match takes_and_returns_nothing(module, ENTRY) {
        Some(true) => Ok(()),
        Some(false) => Err(LoadError::WrongStartType),
        None => Err(LoadError::NoStart { library: module.get_export("_initialize").is_some() }),
    }
}

/// Whether the function that `module` exports as `name` can be called without more ado; `None`
/// if there is no such function.
fn takes_and_returns_nothing(module: &Module, name: &str) -> Option<bool> {
    let export = module.get_export(name)?;
    let ty = export.func()?;
    Some(ty.params().is_empty() && ty.results().is_empty())
}
