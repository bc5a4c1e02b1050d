//! Modules made of the calls of [`abi::wasi::CALLS`].

use abi::wasi::{Call, find};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// A module while functions are imported into it.
#[derive(Default)]
pub(crate) struct Imports {
    types: TypeSection,
    imports: ImportSection,
}

impl Imports {
    /// Imports `call` from `module`, and gives its number among the functions.
    pub(crate) fn add(&mut self, module: &str, call: &Call) -> u32 {
        let ty = self.types.len();
        self.types.ty().function(types(call.params), types(call.results));
        self.imports.import(module, call.name, EntityType::Function(ty));
        self.imports.len() - 1
    }

    /// All calls that `module` has.
    pub(crate) fn all_of(module: &str) -> Self {
        let mut imports = Self::default();
        for call in abi::wasi::CALLS.iter().filter(|call| find(module, call.name).is_some()) {
            imports.add(module, call);
        }
        imports
    }

    /// The module with nothing but the imports.
    pub(crate) fn alone(&self) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports);
        module.finish()
    }

    /// A program with one page of memory, exported, that holds `data` from address 0 on, and with
    /// `start` as its `_start`.
    pub(crate) fn program(mut self, start: &Function, data: &[u8]) -> Vec<u8> {
        let ty = self.types.len();
        self.types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(ty);
        let mut code = CodeSection::new();
        code.function(start);
        let mut segments = DataSection::new();
        segments.active(0, &ConstExpr::i32_const(0), data.iter().copied());

        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&functions);
        module.section(&one_page()).section(&exports(self.imports.len()));
        module.section(&code).section(&segments);
        module.finish()
    }
}

fn types(letters: &str) -> Vec<ValType> {
    letters.bytes().map(|letter| if letter == b'I' { ValType::I64 } else { ValType::I32 }).collect()
}

fn one_page() -> MemorySection {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: Some(2),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    memories
}

fn exports(start: u32) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("_start", ExportKind::Func, start);
    exports
}
