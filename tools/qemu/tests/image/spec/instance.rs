//! A module of the tests as they instantiate it: what it declares, and who fills its imports.

use encoder_wasmparser::{
    CompositeInnerType, ConstExpr, ExternalKind, Import, Parser, Payload, TypeRef,
};
use std::collections::HashMap;
use std::rc::Rc;

/// A space of indices (§2.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Table,
    Memory,
    Global,
}

impl Kind {
    pub(super) const COUNT: usize = 4;
}

/// One thing that an instance offers or imports.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) owner: Rc<Instance>,
    pub(super) kind: Kind,
    pub(super) index: u32,
}

/// A module and the instances from which it imports.
#[derive(Default)]
pub(super) struct Instance {
    pub(super) wasm: Vec<u8>,
    pub(super) exports: HashMap<String, (Kind, u32)>,
    pub(super) start: Option<u32>,
    pub(super) types: u32,
    pub(super) elements: u32,
    pub(super) data: u32,
    /// By kind: what is imported, which comes first, and how many more there are.
    imports: [Vec<Item>; Kind::COUNT],
    defined: [u32; Kind::COUNT],
    /// How many results each type has, and which type each function.
    results: Vec<usize>,
    functions: Vec<u32>,
}

impl Instance {
    /// Reads `wasm`; `offers` has by name those it may import from.
    ///
    /// # Panics
    ///
    /// If it is no module, or nobody exports what it imports.
    pub(super) fn new(wasm: Vec<u8>, offers: &HashMap<String, Rc<Instance>>) -> Self {
        let mut instance = Self::default();
        for payload in Parser::new(0).parse_all(&wasm) {
            instance.read(payload.unwrap(), offers);
        }
        instance.wasm = wasm;
        instance
    }

    fn read(&mut self, payload: Payload<'_>, offers: &HashMap<String, Rc<Instance>>) {
        match payload {
            Payload::TypeSection(types) => {
                self.types = types.count();
                let types = types.into_iter().flat_map(|group| group.unwrap().into_types());
                self.results.extend(types.map(|ty| match ty.composite_type.inner {
                    CompositeInnerType::Func(function) => function.results().len(),
                    _ => 0,
                }));
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.import(import.unwrap(), offers);
                }
            }
            Payload::FunctionSection(functions) => {
                self.defined[Kind::Function as usize] = functions.count();
                self.functions.extend(functions.into_iter().map(Result::unwrap));
            }
            Payload::TableSection(tables) => self.defined[Kind::Table as usize] = tables.count(),
            Payload::MemorySection(memories) => {
                self.defined[Kind::Memory as usize] = memories.count();
            }
            Payload::GlobalSection(globals) => {
                self.defined[Kind::Global as usize] = globals.count();
            }
            Payload::ExportSection(exports) => {
                for export in exports.into_iter().map(Result::unwrap) {
                    let item = (kind(export.kind), export.index);
                    self.exports.insert(export.name.to_owned(), item);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => self.elements = elements.count(),
            Payload::DataSection(data) => self.data = data.count(),
            _ => {}
        }
    }

    fn import(&mut self, import: Import<'_>, offers: &HashMap<String, Rc<Instance>>) {
        let owner = &offers[import.module];
        let (kind, index) = owner.exports[import.name];

        if let TypeRef::Func(ty) = import.ty {
            self.functions.push(ty);
        }
        self.imports[kind as usize].push(Item { owner: Rc::clone(owner), kind, index });
    }

    /// The instances from which this one imports, again and again.
    pub(super) fn providers(&self) -> impl Iterator<Item = &Rc<Instance>> {
        self.imports.iter().flatten().map(|item| &item.owner)
    }

    /// How many things of its own it has.
    pub(super) fn defined(&self, kind: Kind) -> u32 {
        self.defined[kind as usize]
    }

    /// What `index` stands for: something imported, or the number of something of its own.
    pub(super) fn look_up(&self, kind: Kind, index: u32) -> Result<&Item, u32> {
        let imports = &self.imports[kind as usize];
        imports.get(index as usize).ok_or(index.wrapping_sub(imports.len() as u32))
    }

    /// How many results the function `index` has.
    pub(super) fn results(&self, index: u32) -> usize {
        self.results[self.functions[index as usize] as usize]
    }

    /// The value with which the global `number` of its own begins.
    pub(super) fn global_value(&self, number: u32) -> ConstExpr<'_> {
        let globals = Parser::new(0).parse_all(&self.wasm).find_map(|payload| match payload {
            Ok(Payload::GlobalSection(globals)) => Some(globals),
            _ => None,
        });
        let mut globals = globals.expect("there is a global").into_iter();
        globals.nth(number as usize).expect("the global exists").unwrap().init_expr
    }
}

fn kind(kind: ExternalKind) -> Kind {
    match kind {
        ExternalKind::Func => Kind::Function,
        ExternalKind::Table => Kind::Table,
        ExternalKind::Memory => Kind::Memory,
        ExternalKind::Global => Kind::Global,
        other => panic!("version 2 has no {other:?}"),
    }
}
