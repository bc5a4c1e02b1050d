//! The module written anew, section by section.

use crate::{LowerError, atomic::Atomic, plan::Plan};
use abi::threads::{self, names};
use encoder_wasmparser::{
    Data, DataKind, FunctionBody, Import, Operator, Parser, Payload, TypeRef,
};
use std::convert::Infallible;
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, ImportSection, Instruction, MemoryType, Module,
    StartSection, TableSection, TypeSection, ValType,
    reencode::{self, Reencode},
};

/// `wasm`, which is valid, lowered by `plan`.
pub(crate) fn module(wasm: &[u8], plan: Plan) -> Result<Vec<u8>, LowerError> {
    let mut sections = Sections::default();
    let mut numbers = Numbers::new(&plan);
    for payload in Parser::new(0).parse_all(wasm) {
        sections.read(payload?, &plan, &mut numbers)?;
    }
    sections.add_types(&plan);
    sections.add_imports(&plan);
    sections.add_exports(&plan);
    if plan.active_data {
        sections.add_data_function(&plan, &numbers);
    }
    Ok(sections.finish())
}

/// The new numbers of functions: the host calls stand between what was imported and the
/// functions with bodies.
struct Numbers {
    imported_functions: u32,
    added_functions: u32,
    /// The function's number for each of [`threads::CALLS`] that is needed.
    calls: [u32; threads::CALLS.len()],
}

impl Numbers {
    fn new(plan: &Plan) -> Self {
        let mut calls = [0; threads::CALLS.len()];
        let mut next = plan.imported_functions;
        for call in plan.calls() {
            calls[call] = next;
            next += 1;
        }
        let imported_functions = plan.imported_functions;
        Self { imported_functions, added_functions: next - imported_functions, calls }
    }

    /// The instruction that calls the host function `name`.
    fn call(&self, name: &str) -> Instruction<'static> {
        let call = threads::CALLS.iter().position(|call| call.name == name);
        Instruction::Call(self.calls[call.expect("every name is in the table")])
    }

    /// What stands for an instruction that is not atomic.
    fn plain<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, LowerError> {
        Ok(match operator {
            Operator::MemorySize { .. } => self.call(names::SIZE),
            Operator::MemoryGrow { .. } => self.call(names::GROW),
            Operator::DataDrop { .. } => Instruction::Nop,
            operator => self.instruction(operator)?,
        })
    }
}

impl Reencode for Numbers {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        let moved = function >= self.imported_functions;
        Ok(function + if moved { self.added_functions } else { 0 })
    }
}

/// The new module's sections, in their order.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<StartSection>,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    /// What writes the data segments that wrote themselves.
    data_writer: Vec<Instruction<'static>>,
}

impl Sections {
    fn read(
        &mut self,
        payload: Payload<'_>,
        plan: &Plan,
        numbers: &mut Numbers,
    ) -> Result<(), LowerError> {
        match payload {
            Payload::TypeSection(types) => numbers.parse_type_section(&mut self.types, types)?,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.read_import(import?, numbers)?;
                }
            }
            Payload::FunctionSection(functions) => {
                numbers.parse_function_section(&mut self.functions, functions)?;
            }
            Payload::TableSection(tables) => {
                numbers.parse_table_section(&mut self.tables, tables)?;
            }
            Payload::GlobalSection(globals) => {
                numbers.parse_global_section(&mut self.globals, globals)?;
            }
            Payload::ExportSection(exports) => {
                numbers.parse_export_section(&mut self.exports, exports)?;
            }
            Payload::StartSection { func, .. } => {
                self.start = Some(StartSection { function_index: numbers.start_section(func)? });
            }
            Payload::ElementSection(elements) => {
                numbers.parse_element_section(&mut self.elements, elements)?;
            }
            Payload::CodeSectionEntry(body) => self.read_body(&body, plan, numbers)?,
            Payload::DataSection(segments) => {
                for segment in segments {
                    self.read_data(segment?, numbers)?;
                }
            }
            // The memory is imported, and custom sections are of the old numbers.
            _ => {}
        }
        Ok(())
    }

    fn read_import(&mut self, import: Import<'_>, numbers: &mut Numbers) -> Result<(), LowerError> {
        if !matches!(import.ty, TypeRef::Memory(_)) {
            self.imports.import(import.module, import.name, numbers.entity_type(import.ty)?);
        }
        Ok(())
    }

    fn read_body(
        &mut self,
        body: &FunctionBody<'_>,
        plan: &Plan,
        numbers: &mut Numbers,
    ) -> Result<(), LowerError> {
        let mut function = numbers.new_function_with_parsed_locals(body)?;
        let mut code = body.get_operators_reader()?;
        while !code.eof() {
            let atomic = Atomic::read(code.get_binary_reader())?;
            let operator = code.read()?;
            match atomic {
                Some(atomic) => write_atomic(&mut function, &atomic, plan, numbers),
                None => {
                    function.instruction(&numbers.plain(operator)?);
                }
            }
        }
        self.code.function(&function);
        Ok(())
    }

    /// Makes a segment passive; if it was not, then its old offset becomes code.
    fn read_data(&mut self, segment: Data<'_>, numbers: &mut Numbers) -> Result<(), LowerError> {
        if let DataKind::Active { offset_expr, .. } = segment.kind {
            let data_index = self.data.len();
            for operator in offset_expr.get_operators_reader() {
                match operator? {
                    Operator::End => {}
                    operator => self.data_writer.push(constant(operator, numbers)?),
                }
            }
            self.data_writer.extend([
                Instruction::I32Const(0),
                Instruction::I32Const(segment.data.len() as i32),
                Instruction::MemoryInit { mem: 0, data_index },
            ]);
        }
        self.data.passive(segment.data.iter().copied());
        Ok(())
    }

    /// The types of the host calls, and that of the function which writes data.
    fn add_types(&mut self, plan: &Plan) {
        for call in plan.calls().map(|call| threads::CALLS[call]) {
            self.types.ty().function(value_types(call.params), value_types(call.results));
        }
        if plan.active_data {
            self.types.ty().function([], []);
        }
    }

    fn add_imports(&mut self, plan: &Plan) {
        for (number, call) in plan.calls().enumerate() {
            let ty = wasm_encoder::EntityType::Function(plan.types + number as u32);
            self.imports.import(threads::MODULE, threads::CALLS[call].name, ty);
        }
        let memory = MemoryType {
            minimum: plan.memory.pages,
            maximum: Some(plan.memory.pages_max),
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        self.imports.import(threads::MODULE, threads::MEMORY, memory);
    }

    fn add_exports(&mut self, plan: &Plan) {
        for global in &plan.mutable_globals {
            let name = format!("{}{global}", threads::GLOBAL_EXPORT);
            self.exports.export(&name, ExportKind::Global, *global);
        }
    }

    /// Adds the exported function that writes the data segments.
    fn add_data_function(&mut self, plan: &Plan, numbers: &Numbers) {
        let number = numbers.imported_functions + numbers.added_functions + plan.functions;
        self.functions.function(plan.types + numbers.added_functions);
        self.exports.export(threads::DATA_EXPORT, ExportKind::Func, number);
        let mut function = Function::new([]);
        for instruction in self.data_writer.iter().chain([&Instruction::End]) {
            function.instruction(instruction);
        }
        self.code.function(&function);
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions);
        module.section(&self.tables).section(&self.globals).section(&self.exports);
        if let Some(start) = self.start {
            module.section(&start);
        }
        module.section(&self.elements).section(&DataCountSection { count: self.data.len() });
        module.section(&self.code).section(&self.data);
        module.finish()
    }
}

/// Writes the call of the host function that stands for `atomic`.
fn write_atomic(function: &mut Function, atomic: &Atomic, plan: &Plan, numbers: &Numbers) {
    if let Some(mut place) = atomic.place {
        place.unshared = !plan.memory.shared;
        function.instruction(&Instruction::I64Const(place.encode().cast_signed()));
    }
    function.instruction(&numbers.call(atomic.call));
}

/// An instruction of a constant expression, all of which hold numbers alone.
fn constant(
    operator: Operator<'_>,
    numbers: &mut Numbers,
) -> Result<Instruction<'static>, LowerError> {
    Ok(match operator {
        Operator::I32Const { value } => Instruction::I32Const(value),
        Operator::GlobalGet { global_index } => Instruction::GlobalGet(global_index),
        Operator::I32Add => Instruction::I32Add,
        Operator::I32Sub => Instruction::I32Sub,
        Operator::I32Mul => Instruction::I32Mul,
        operator => {
            let instruction = numbers.instruction(operator)?;
            let reason = format!("a data segment's offset has {instruction:?}");
            return Err(LowerError::Invalid { reason, offset: 0 });
        }
    })
}

/// The types that the letters of a host call's type stand for.
fn value_types(letters: &'static str) -> Vec<ValType> {
    letters.chars().map(|letter| if letter == 'I' { ValType::I64 } else { ValType::I32 }).collect()
}
