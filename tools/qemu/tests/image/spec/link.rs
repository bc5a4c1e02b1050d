//! Makes one module of an instance and those from which it imports, since an app is one module.
//!
//! The instance itself comes first, so that its memories and tables keep their numbers; those
//! of the others stand behind. What it exports stays exported.
//!
//! Source: *WebAssembly Core Specification* 2.0, §4.5.4 (instantiation), §5.5 (modules).

use super::instance::{Instance, Kind};
use encoder_wasmparser::{ConstExpr, Operator, Parser, Payload};
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, Elements, ExportKind, ExportSection, FunctionSection,
    GlobalSection, MemorySection, TableSection, TypeSection,
};

/// Sections of the joint module, open for more.
#[derive(Clone, Default)]
pub(super) struct Linked {
    pub(super) types: TypeSection,
    pub(super) functions: FunctionSection,
    pub(super) tables: TableSection,
    pub(super) memories: MemorySection,
    pub(super) globals: GlobalSection,
    pub(super) exports: ExportSection,
    pub(super) start: Option<u32>,
    pub(super) elements: ElementSection,
    pub(super) code: CodeSection,
    pub(super) data: DataSection,
    /// What the tests can ask for.
    pub(super) offers: HashMap<String, Offer>,
}

/// Something that the instance exports, by its number in the joint module.
#[derive(Clone, Copy)]
pub(super) enum Offer {
    Function { index: u32, results: usize },
    Global { index: u32 },
    Other,
}

/// Where the things of one instance begin in the joint module.
#[derive(Clone, Copy, Default)]
struct Bases {
    types: u32,
    items: [u32; Kind::COUNT],
    elements: u32,
    data: u32,
}

/// Joins `root` and those it imports from; before them go `types` and so many imported
/// functions.
pub(super) fn link(root: &Rc<Instance>, types: TypeSection, imported_functions: u32) -> Linked {
    let mut first = Bases { types: types.len(), ..Bases::default() };
    first.items[Kind::Function as usize] = imported_functions;
    let linker = Linker::new(root, first);

    let mut linked = Linked { types, ..Linked::default() };
    for number in 0..linker.parts.len() {
        linker.add_items(&mut linked, number);
    }
    // An instance that is imported from was there before, its segments in place.
    for number in (0..linker.parts.len()).rev() {
        linker.add_segments(&mut linked, number);
    }
    linker.add_exports(&mut linked);
    linked.start = root.start.map(|start| linker.index(0, Kind::Function, start));
    linked
}

struct Linker {
    parts: Vec<(Rc<Instance>, Bases)>,
}

impl Linker {
    fn new(root: &Rc<Instance>, first: Bases) -> Self {
        let mut parts = Vec::new();
        collect(root, &mut parts);
        let mut parts: Vec<_> = parts.into_iter().map(|part| (part, first)).collect();

        let mut next = first;
        for (part, bases) in &mut parts {
            *bases = next;
            next.types += part.types;
            for kind in [Kind::Function, Kind::Table, Kind::Memory, Kind::Global] {
                next.items[kind as usize] += part.defined(kind);
            }
        }
        for (part, bases) in parts.iter_mut().rev() {
            (bases.elements, bases.data) = (next.elements, next.data);
            next.elements += part.elements;
            next.data += part.data;
        }
        Self { parts }
    }

    /// The instance that has what part `number` calls `index`, and its number there.
    fn origin(&self, number: usize, kind: Kind, index: u32) -> (usize, u32) {
        match self.parts[number].0.look_up(kind, index) {
            Err(own) => (number, own),
            Ok(item) => {
                let is_owner = |(part, _): &(Rc<Instance>, Bases)| Rc::ptr_eq(part, &item.owner);
                let owner = self.parts.iter().position(is_owner).expect("all were collected");
                self.origin(owner, item.kind, item.index)
            }
        }
    }

    /// The number in the joint module of what part `number` calls `index`.
    fn index(&self, number: usize, kind: Kind, index: u32) -> u32 {
        let (owner, own) = self.origin(number, kind, index);
        self.parts[owner].1.items[kind as usize] + own
    }

    fn add_items(&self, linked: &mut Linked, number: usize) {
        let mut part = Part { linker: self, number };
        for payload in Parser::new(0).parse_all(&self.parts[number].0.wasm) {
            let added = match payload.unwrap() {
                Payload::TypeSection(types) => part.parse_type_section(&mut linked.types, types),
                Payload::FunctionSection(functions) => {
                    part.parse_function_section(&mut linked.functions, functions)
                }
                Payload::TableSection(tables) => {
                    part.parse_table_section(&mut linked.tables, tables)
                }
                Payload::MemorySection(memories) => {
                    part.parse_memory_section(&mut linked.memories, memories)
                }
                Payload::GlobalSection(globals) => {
                    part.parse_global_section(&mut linked.globals, globals)
                }
                Payload::CodeSectionEntry(body) => part.parse_function_body(&mut linked.code, body),
                _ => Ok(()),
            };
            added.unwrap();
        }
    }

    fn add_segments(&self, linked: &mut Linked, number: usize) {
        let mut part = Part { linker: self, number };
        for payload in Parser::new(0).parse_all(&self.parts[number].0.wasm) {
            let added = match payload.unwrap() {
                Payload::ElementSection(elements) => {
                    part.parse_element_section(&mut linked.elements, elements)
                }
                Payload::DataSection(data) => part.parse_data_section(&mut linked.data, data),
                _ => Ok(()),
            };
            added.unwrap();
        }
    }

    /// What the instance itself exports is exported; what the others do is declared, since
    /// that too makes a function one that may be referred to (§3.4.10).
    fn add_exports(&self, linked: &mut Linked) {
        let mut declared = Vec::new();
        for (number, (part, _)) in self.parts.iter().enumerate() {
            for (name, (kind, local)) in sorted(&part.exports) {
                let index = self.index(number, kind, local);
                if number == 0 {
                    linked.exports.export(name, export_kind(kind), index);
                    linked.offers.insert(name.to_owned(), offer(part, kind, local, index));
                } else if kind == Kind::Function {
                    declared.push(index);
                }
            }
        }
        if !declared.is_empty() {
            linked.elements.declared(Elements::Functions(declared.into()));
        }
    }
}

/// Adds `part` to `parts`, then those it imports from, each once.
fn collect(part: &Rc<Instance>, parts: &mut Vec<Rc<Instance>>) {
    if parts.iter().any(|known| Rc::ptr_eq(known, part)) {
        return;
    }
    parts.push(Rc::clone(part));
    for provider in part.providers() {
        collect(provider, parts);
    }
}

fn sorted(exports: &HashMap<String, (Kind, u32)>) -> Vec<(&str, (Kind, u32))> {
    let mut exports: Vec<_> = exports.iter().map(|(name, item)| (name.as_str(), *item)).collect();
    exports.sort_unstable_by_key(|(name, _)| *name);
    exports
}

fn offer(part: &Instance, kind: Kind, local: u32, index: u32) -> Offer {
    match kind {
        Kind::Function => Offer::Function { index, results: part.results(local) },
        Kind::Global => Offer::Global { index },
        Kind::Table | Kind::Memory => Offer::Other,
    }
}

fn export_kind(kind: Kind) -> ExportKind {
    match kind {
        Kind::Function => ExportKind::Func,
        Kind::Table => ExportKind::Table,
        Kind::Memory => ExportKind::Memory,
        Kind::Global => ExportKind::Global,
    }
}

/// One instance's view of the joint module.
struct Part<'a> {
    linker: &'a Linker,
    number: usize,
}

impl Part<'_> {
    fn bases(&self) -> &Bases {
        &self.linker.parts[self.number].1
    }

    fn index(&self, kind: Kind, index: u32) -> u32 {
        self.linker.index(self.number, kind, index)
    }
}

type Numbered = Result<u32, Error<Infallible>>;

impl Reencode for Part<'_> {
    type Error = Infallible;

    fn type_index(&mut self, ty: u32) -> Numbered {
        Ok(self.bases().types + ty)
    }

    fn function_index(&mut self, function: u32) -> Numbered {
        Ok(self.index(Kind::Function, function))
    }

    fn table_index(&mut self, table: u32) -> Numbered {
        Ok(self.index(Kind::Table, table))
    }

    fn memory_index(&mut self, memory: u32) -> Numbered {
        Ok(self.index(Kind::Memory, memory))
    }

    fn global_index(&mut self, global: u32) -> Numbered {
        Ok(self.index(Kind::Global, global))
    }

    fn element_index(&mut self, element: u32) -> Numbered {
        Ok(self.bases().elements + element)
    }

    fn data_index(&mut self, data: u32) -> Numbered {
        Ok(self.bases().data + data)
    }

    /// A constant may ask for an imported global and for no other (§3.3.10), so here its value
    /// stands instead.
    fn const_expr(
        &mut self,
        expression: ConstExpr<'_>,
    ) -> Result<wasm_encoder::ConstExpr, Error<Infallible>> {
        if let Operator::GlobalGet { global_index } = expression.get_operators_reader().read()? {
            let (number, own) = self.linker.origin(self.number, Kind::Global, global_index);
            let mut owner = Part { linker: self.linker, number };
            return owner.const_expr(self.linker.parts[number].0.global_value(own));
        }
        utils::const_expr(self, expression)
    }
}
