//! What a module has that lowering must know before it begins.

use crate::atomic::Atomic;
use abi::threads::{self, names};
use encoder_wasmparser::{
    BinaryReaderError, DataKind, FunctionBody, MemoryType, Operator, Parser, Payload, TypeRef,
};

/// Pages that a memory without a maximum may have.
const PAGES_MAX: u64 = 1 << 16;

/// What a module has.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) types: u32,
    pub(crate) imported_functions: u32,
    /// Functions with a body.
    pub(crate) functions: u32,
    pub(crate) memory: Memory,
    /// The numbers of globals that can change.
    pub(crate) mutable_globals: Vec<u32>,
    /// Some data segment writes itself.
    pub(crate) active_data: bool,
    pub(crate) changes_tables: bool,
    globals: u32,
    has_atomics: bool,
    /// Which of [`threads::CALLS`] it needs.
    needs: [bool; threads::CALLS.len()],
}

/// The module's memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) shared: bool,
    pub(crate) pages: u64,
    pub(crate) pages_max: u64,
}

impl Plan {
    /// Whether there is anything to lower.
    pub(crate) fn has_threads(&self) -> bool {
        self.memory.shared || self.has_atomics
    }

    /// The host calls that it needs, as indices of [`threads::CALLS`].
    pub(crate) fn calls(&self) -> impl Iterator<Item = usize> {
        (0..self.needs.len()).filter(|call| self.needs[*call])
    }

    /// Reads all of `wasm`.
    ///
    /// # Errors
    ///
    /// If it cannot be read on; what came before is known then.
    pub(crate) fn read(&mut self, wasm: &[u8]) -> Result<(), BinaryReaderError> {
        for payload in Parser::new(0).parse_all(wasm) {
            self.read_payload(payload?)?;
        }
        Ok(())
    }

    fn read_payload(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::TypeSection(types) => self.types = types.count(),
            Payload::FunctionSection(functions) => self.functions = functions.count(),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.read_import(import?.ty);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.read_memory(memory?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.read_global(global?.ty.mutable);
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    self.active_data |= matches!(segment?.kind, DataKind::Active { .. });
                }
            }
            Payload::CodeSectionEntry(body) => self.read_body(&body)?,
            _ => {}
        }
        Ok(())
    }

    fn read_import(&mut self, ty: TypeRef) {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => self.imported_functions += 1,
            TypeRef::Memory(memory) => self.read_memory(memory),
            TypeRef::Global(global) => self.read_global(global.mutable),
            TypeRef::Table(_) | TypeRef::Tag(_) => {}
        }
    }

    fn read_memory(&mut self, memory: MemoryType) {
        self.memory = Memory {
            // Of two memories, which validation refuses, either may be the shared one.
            shared: self.memory.shared || memory.shared,
            pages: memory.initial,
            pages_max: memory.maximum.unwrap_or(PAGES_MAX),
        };
    }

    fn read_global(&mut self, mutable: bool) {
        if mutable {
            self.mutable_globals.push(self.globals);
        }
        self.globals += 1;
    }

    fn read_body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        let mut code = body.get_operators_reader()?;
        while !code.eof() {
            if let Some(atomic) = Atomic::read(code.get_binary_reader())? {
                self.has_atomics = true;
                self.need(atomic.call);
            }
            match code.read()? {
                Operator::MemorySize { .. } => self.need(names::SIZE),
                Operator::MemoryGrow { .. } => self.need(names::GROW),
                Operator::TableSet { .. }
                | Operator::TableGrow { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. }
                | Operator::TableInit { .. } => self.changes_tables = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn need(&mut self, name: &str) {
        for (call, needed) in threads::CALLS.iter().zip(&mut self.needs) {
            *needed |= call.name == name;
        }
    }
}
