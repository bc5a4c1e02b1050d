//! What a program imports, and the services that fill it in.

use crate::{Caller, Host, LoadError, Program, SharedMemory};
use abi::threads;
use alloc::{boxed::Box, string::String, sync::Arc, vec, vec::Vec};
use wasmi::{Error, Extern, ExternType, Func, FuncType, ImportType, IntoFunc, Store, Val, ValType};

/// Parameters that a call offered by [`Imports::offer_any`] has at most; one with more gets none.
pub const PARAMS_MAX: usize = 9;

/// A host function for calls of every type, see [`Imports::offer_any`].
pub type AnyFunction<T> =
    Box<dyn Fn(&mut Caller<'_, T>, &[u64]) -> Result<u64, Error> + Send + Sync>;

/// The imports of a program while services offer host calls for them.
pub struct Imports<'a, T> {
    imports: &'a [ImportType<'a>],
    store: &'a mut Store<Host<T>>,
    /// What was offered for each of `imports`.
    offered: Vec<Option<Extern>>,
}

impl<'a, T: 'static> Imports<'a, T> {
    pub(crate) fn new(imports: &'a [ImportType<'a>], store: &'a mut Store<Host<T>>) -> Self {
        Self { imports, store, offered: vec![None; imports.len()] }
    }

    /// The names of the calls of `module` that the program imports.
    ///
    /// They do not borrow the imports, so each can be offered while they are gone through.
    pub fn wanted<'m>(&self, module: &'m str) -> impl Iterator<Item = &'a str> + use<'a, 'm, T> {
        self.imports
            .iter()
            .filter(move |import| import.module() == module && import.ty().func().is_some())
            .map(|import| import.name())
    }

    /// How many parameters the program's import of call `name` of `module` has.
    pub fn params(&self, module: &str, name: &str) -> Option<usize> {
        params(self.imports, module, name)
    }

    /// Offers `func` as the call `name` of `module`; a later offer replaces an earlier one.
    /// Nothing happens if the program does not import it.
    ///
    /// # Errors
    ///
    /// [`LoadError::WrongImportType`] if the program imports it with another type.
    pub fn offer<P, R>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<Host<T>, P, R>,
    ) -> Result<(), LoadError> {
        if !self.wants(module, name) {
            return Ok(());
        }
        let func = Func::wrap(&mut *self.store, func);
        self.fill(module, name, func)
    }

    /// As [`Imports::offer`], for a call whose type is written in letters, as [`abi`] does it: an
    /// `i` for each i32 and an `I` for each i64. `func` gets the parameters as they are, each in
    /// 64 bits, and gives the result in the same way.
    ///
    /// One host function of this kind does for calls of every type. It is called about 100
    /// instructions more slowly than one of the right type, and saves a kilobyte for each type.
    ///
    /// # Errors
    ///
    /// [`LoadError::WrongImportType`] if the program imports it with another type.
    pub fn offer_any(
        &mut self,
        module: &str,
        name: &str,
        (params, results): (&str, &str),
        func: AnyFunction<T>,
    ) -> Result<(), LoadError> {
        if !self.wants(module, name) {
            return Ok(());
        }
        let ty = FuncType::new(types(params), types(results));
        let func = Func::new(&mut *self.store, ty, move |mut caller, values, results| {
            let mut args = [0; PARAMS_MAX];
            for (arg, value) in args.iter_mut().zip(values) {
                *arg = match value {
                    Val::I32(value) => u64::from(*value as u32),
                    Val::I64(value) => *value as u64,
                    _ => 0,
                };
            }
            let args = args.get(..values.len()).unwrap_or_default();
            let answer = func(&mut caller, args)?;
            if let [result] = results {
                // It holds a zero of its type.
                *result = match result {
                    Val::I64(_) => Val::I64(answer as i64),
                    _ => Val::I32(answer as i32),
                };
            }
            Ok(())
        });
        self.fill(module, name, func)
    }

    /// Offers the memory that the guest shares, and gives what it consists of; `None` if the
    /// guest shares none.
    pub(crate) fn share_memory(&mut self) -> Option<Arc<SharedMemory>> {
        let host = self.store.data();
        let (memory, shared) = (host.memory?, Arc::clone(host.shared()?));
        for (import, place) in self.imports.iter().zip(&mut self.offered) {
            if import.module() == threads::MODULE && import.name() == threads::MEMORY {
                *place = Some(Extern::Memory(memory));
            }
        }
        Some(shared)
    }

    fn wants(&self, module: &str, name: &str) -> bool {
        self.imports.iter().any(|import| import.name() == name && import.module() == module)
    }

    /// Puts `func` wherever the program imports this name: it may do so more than once.
    fn fill(&mut self, module: &str, name: &str, func: Func) -> Result<(), LoadError> {
        let offered = func.ty(&*self.store);
        for (import, place) in self.imports.iter().zip(&mut self.offered) {
            if import.name() != name || import.module() != module {
                continue;
            }
            // Something else than a function is missed in `finish`.
            let Some(wanted) = import.ty().func() else { continue };
            if *wanted != offered {
                return Err(LoadError::WrongImportType {
                    module: module.into(),
                    name: name.into(),
                    wanted: signature(wanted),
                    offered: signature(&offered),
                });
            }
            *place = Some(Extern::Func(func));
        }
        Ok(())
    }

    /// What to instantiate the program with.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownImport`] for the first import that nothing was offered for.
    pub(crate) fn finish(self) -> Result<Vec<Extern>, LoadError> {
        self.imports
            .iter()
            .zip(self.offered)
            .map(|(import, offered)| offered.ok_or_else(|| unknown(import)))
            .collect()
    }
}

fn params(imports: &[ImportType<'_>], module: &str, name: &str) -> Option<usize> {
    let import =
        imports.iter().find(|import| import.name() == name && import.module() == module)?;
    import.ty().func().map(|ty| ty.params().len())
}

fn types(letters: &str) -> impl ExactSizeIterator<Item = ValType> {
    letters.bytes().map(|letter| if letter == b'I' { ValType::I64 } else { ValType::I32 })
}

fn unknown(import: &ImportType<'_>) -> LoadError {
    let kind = match import.ty() {
        ExternType::Func(_) => "function",
        ExternType::Memory(_) => "memory",
        ExternType::Table(_) => "table",
        ExternType::Global(_) => "global",
    };
    LoadError::UnknownImport { kind, module: import.module().into(), name: import.name().into() }
}

/// A function's type as one reads it: `(i32, i64) -> i32`.
fn signature(ty: &FuncType) -> Box<str> {
    let mut text = list(ty.params());
    text.push_str(" -> ");
    match ty.results() {
        [result] => text.push_str(type_name(*result)),
        results => text.push_str(&list(results)),
    }
    text.into()
}

fn list(types: &[ValType]) -> String {
    let names: Vec<_> = types.iter().map(|ty| type_name(*ty)).collect();
    ["(", &names.join(", "), ")"].concat()
}

fn type_name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        ValType::FuncRef => "funcref",
        ValType::ExternRef => "externref",
    }
}

impl Program {
    /// How many parameters the module's import of call `name` of `module` has: there are calls
    /// that differ in nothing else. `None` if it imports no such call.
    pub fn import_params(&self, module: &str, name: &str) -> Option<usize> {
        params(&self.import_types(), module, name)
    }

    /// The imports with their types, in the module's order.
    pub(crate) fn import_types(&self) -> Vec<ImportType<'_>> {
        self.module().imports().collect()
    }
}
