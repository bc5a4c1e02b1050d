//! What a module declares, read without validating it: enough to hold it to its limits and to
//! know what it will take before wasmi allocates anything.
//!
//! Source: *WebAssembly Core Specification* 2.0, §5.5 (binary format of modules).

use crate::LoadError;
use core::ops::{Range, RangeInclusive};
use wasmparser::{BinaryReader, BinaryReaderError, FromReader, MemoryType, Table};

/// The first bytes of every module (§5.5.16): the magic number and the version.
pub(crate) const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

/// The end of a component's first 8 bytes, which are a module's but for this.
const COMPONENT_LAYER: [u8; 2] = [1, 0];

/// The identifiers of the sections that matter here (§5.5.2).
pub(crate) mod id {
    pub(crate) const CUSTOM: u8 = 0;
    pub(crate) const TYPE: u8 = 1;
    pub(crate) const IMPORT: u8 = 2;
    pub(crate) const FUNCTION: u8 = 3;
    pub(crate) const TABLE: u8 = 4;
    pub(crate) const MEMORY: u8 = 5;
    pub(crate) const EXPORT: u8 = 7;
    pub(crate) const START: u8 = 8;
    pub(crate) const CODE: u8 = 10;
    pub(crate) const DATA: u8 = 11;
    /// What marks a function among imports and exports (§5.5.5, §5.5.10).
    pub(crate) const FUNCTION_ITEM: u8 = 0;
}

/// Elements, code, data and the count of data come after the start section.
const IDS_PAST_START: RangeInclusive<u8> = 9..=12;

/// What a module declares.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Functions with a body.
    pub(crate) functions: usize,
    /// Bytes of all functions' bodies.
    pub(crate) code_bytes: usize,
    /// The number, imports not counted, and body size in bytes of the largest function.
    pub(crate) largest_function: (u32, usize),
    /// Tail calls are valid in it; not read from the module, since that would take reading all
    /// of its code.
    pub(crate) tail_calls: bool,
    /// Things that are imported.
    pub(crate) imports: usize,
    /// Data segments.
    pub(crate) data_segments: usize,
    /// Bytes of the data section.
    pub(crate) data_bytes: usize,
    /// Bytes of the type section.
    pub(crate) type_bytes: usize,
    /// Bytes of the other sections, custom ones not counted.
    pub(crate) other_bytes: usize,
    /// Pages with which all memories begin.
    pub(crate) memory_pages: u64,
    /// Elements with which all tables begin.
    pub(crate) table_elements: u64,
    /// Some table can grow.
    pub(crate) growing_table: bool,
    /// The start section, if it is where it belongs.
    pub(crate) start: Option<Start>,
}

/// The start section and the place of the exports before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// The function that it names.
    pub(crate) function: u32,
    /// The section itself.
    pub(crate) section: Section,
    /// The export section.
    pub(crate) exports: Option<Section>,
}

/// Where a section is (§5.5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    id: u8,
    /// All of it.
    pub(crate) whole: Range<usize>,
    /// What it contains, without identifier and size.
    pub(crate) body: Range<usize>,
}

impl Section {
    /// Reads up to the end of the section that `reader` stands before.
    fn read(reader: &mut BinaryReader<'_>) -> wasmparser::Result<Self> {
        let begin = reader.original_position();
        let id = reader.read_u8()?;
        let length_bytes = reader.read_var_u32()? as usize;
        let body_begin = reader.original_position();
        reader.read_bytes(length_bytes)?;
        let end = reader.original_position();
        Ok(Self { id, whole: begin..end, body: body_begin..end })
    }
}

impl Shape {
    /// Reads what `wasm` declares.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if `wasm` is no module or is cut short, and some of the other ways in
    /// which it may be invalid.
    pub(crate) fn read(wasm: &[u8]) -> Result<Self, LoadError> {
        check_header(wasm)?;

        let mut shape = Self::default();
        let mut exports = None;
        let mut past_start = false;
        let mut rest = BinaryReader::new(wasm, 0);
        rest.read_bytes(HEADER.len())?;
        while !rest.eof() {
            let section = Section::read(&mut rest).map_err(|error| cut_short(error, wasm.len()))?;

            let mut body = BinaryReader::new(&wasm[section.body.clone()], section.body.start);
            past_start |= IDS_PAST_START.contains(&section.id);
            shape.read_section(section.id, body.clone())?;
            match section.id {
                id::EXPORT => exports = Some(section),
                id::START if shape.start.is_none() && !past_start => {
                    let function = body.read_var_u32()?;
                    shape.start = Some(Start { function, section, exports: exports.take() });
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn read_section(&mut self, id: u8, mut body: BinaryReader<'_>) -> Result<(), LoadError> {
        let length_bytes = body.bytes_remaining();
        match id {
            id::CUSTOM => return Ok(()),
            id::TYPE => self.type_bytes += length_bytes,
            id::CODE => return self.read_code(body),
            id::DATA => {
                self.data_bytes += length_bytes;
                self.data_segments += read_count(&mut body)?;
            }
            _ => self.other_bytes += length_bytes,
        }
        match id {
            id::IMPORT => self.imports += read_count(&mut body)?,
            id::FUNCTION => self.functions += read_count(&mut body)?,
            id::TABLE => self.read_tables(body)?,
            id::MEMORY => self.read_memories(body)?,
            _ => {}
        }
        Ok(())
    }

    fn read_tables(&mut self, mut reader: BinaryReader<'_>) -> Result<(), LoadError> {
        for _ in 0..reader.read_var_u32()? {
            let table = Table::from_reader(&mut reader)?.ty;
            self.table_elements = self.table_elements.saturating_add(table.initial);
            self.growing_table |= table.maximum.is_none_or(|maximum| maximum > table.initial);
        }
        Ok(())
    }

    fn read_memories(&mut self, mut reader: BinaryReader<'_>) -> Result<(), LoadError> {
        for _ in 0..reader.read_var_u32()? {
            let memory = MemoryType::from_reader(&mut reader)?;
            self.memory_pages = self.memory_pages.saturating_add(memory.initial);
        }
        Ok(())
    }

    fn read_code(&mut self, mut reader: BinaryReader<'_>) -> Result<(), LoadError> {
        for function in 0..reader.read_var_u32()? {
            let length_bytes = reader.read_var_u32()? as usize;
            reader.read_bytes(length_bytes)?;
            self.code_bytes += length_bytes;
            if length_bytes > self.largest_function.1 {
                self.largest_function = (function, length_bytes);
            }
        }
        Ok(())
    }
}

/// The number of items of a section, each of which has a byte at least.
fn read_count(reader: &mut BinaryReader<'_>) -> Result<usize, LoadError> {
    let count = reader.read_var_u32()? as usize;
    Ok(count.min(reader.bytes_remaining()))
}

/// Checks that `wasm` begins as a module does.
fn check_header(wasm: &[u8]) -> Result<(), LoadError> {
    match wasm.first_chunk() {
        Some(&HEADER) => Ok(()),
        None if !wasm.is_empty() && HEADER.starts_with(wasm) => {
            Err(LoadError::Truncated { bytes: wasm.len() })
        }
        Some([0, b'a', b's', b'm', _, _, layer @ ..]) if *layer == COMPONENT_LAYER => {
            Err(LoadError::Component)
        }
        Some([0, b'a', b's', b'm', ..]) => Err(LoadError::UnknownVersion),
        _ => Err(LoadError::NotWasm),
    }
}

/// What is wrong with a section that cannot be read: as a rule, the file ends within it.
fn cut_short(error: BinaryReaderError, bytes: usize) -> LoadError {
    if error.message().starts_with("unexpected end") {
        LoadError::Truncated { bytes }
    } else {
        LoadError::from(error)
    }
}
