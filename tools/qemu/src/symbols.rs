//! Names for the addresses in a crash report.
//!
//! The kernel prints addresses alone; its ELF, which stays on the host, knows whose they are.

use anyhow::Context;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use std::path::Path;

/// Digits of the longest number that can be an address.
const DIGITS_MAX: usize = 16;

/// The functions of a kernel, by address.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    /// In ascending order of address.
    functions: Vec<Function>,
    /// Where code ends.
    end: u64,
}

#[derive(Clone, Debug)]
struct Function {
    address: u64,
    name: String,
}

impl Symbols {
    /// Reads the functions of the kernel in `elf`.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is no ELF.
    pub fn read(elf: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(elf).with_context(|| format!("cannot read {}", elf.display()))?;
        let file = object::File::parse(&*bytes)
            .with_context(|| format!("{} is no kernel", elf.display()))?;

        let end = file.section_by_name(".text").map_or(0, |text| text.address() + text.size());
        // A label of assembly code has no type, but is as good a name as any.
        let functions = file.symbols().filter(|symbol| {
            matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Unknown | SymbolKind::Label)
                && symbol.is_definition()
        });
        let named = functions.filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?)));
        Ok(Self::new(named, end))
    }

    fn new<'a>(named: impl Iterator<Item = (u64, &'a str)>, end: u64) -> Self {
        // Mapping symbols (`$x`, `$d`) say what the bytes are, not whose.
        let mut functions: Vec<_> = named
            .filter(|(_, name)| !name.is_empty() && !name.starts_with('$'))
            .map(|(address, name)| Function { address, name: readable(name) })
            .collect();
        functions.sort_by_key(|function| function.address);
        Self { functions, end }
    }

    /// `function+offset` for an address in the kernel's code.
    pub fn name(&self, address: u64) -> Option<String> {
        if address >= self.end {
            return None;
        }
        let after = self.functions.partition_point(|function| function.address <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        Some(format!("{}+{:#x}", function.name, address - function.address))
    }

    /// `text` with a name after each address of code.
    pub fn annotate(&self, text: &str) -> String {
        let mut annotator = Annotator::new(self.clone());
        let mut out = annotator.push(text.as_bytes());
        out.extend(annotator.finish());
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// Adds names to a text that comes in pieces, and holds nothing of it back.
#[derive(Clone, Debug, Default)]
pub struct Annotator {
    symbols: Symbols,
    number: Number,
}

/// How much of `0x…` has been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Number {
    #[default]
    None,
    Zero,
    Hex {
        digits: usize,
        value: u64,
    },
}

impl Annotator {
    /// An annotator that has seen nothing yet.
    pub fn new(symbols: Symbols) -> Self {
        Self { symbols, number: Number::None }
    }

    /// `piece` with a name after each address of code that ends in it.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len());
        for byte in piece {
            let next = self.number.with(*byte);
            if !matches!(next, Number::Hex { .. }) {
                out.extend(self.finish());
            }
            self.number = next;
            out.push(*byte);
        }
        out
    }

    /// The name that is due if the text ends here.
    pub fn finish(&mut self) -> Vec<u8> {
        let name = match std::mem::take(&mut self.number) {
            Number::Hex { digits: 1..=DIGITS_MAX, value } => self.symbols.name(value),
            _ => None,
        };
        name.map(|name| format!(" <{name}>").into_bytes()).unwrap_or_default()
    }
}

impl Number {
    fn with(self, byte: u8) -> Self {
        let digit = char::from(byte).to_digit(16);
        match (self, byte, digit) {
            (Self::Hex { digits, value }, _, Some(digit)) => {
                Self::Hex { digits: digits + 1, value: value << 4 | u64::from(digit) }
            }
            (Self::Zero, b'x', _) => Self::Hex { digits: 0, value: 0 },
            (_, b'0', _) => Self::Zero,
            _ => Self::None,
        }
    }
}

/// The name as written in the source, without the hash that tells two of the same apart.
fn readable(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols() -> Symbols {
        let named = [(0x8_0100, "_ZN6kernel4main17h0123456789abcdefE"), (0x8_0000, "_start")];
        Symbols::new(named.into_iter().chain([(0x8_0104, "$x")]), 0x8_0200)
    }

    #[test]
    fn an_address_has_the_name_of_the_function_it_lies_in() {
        assert_eq!(symbols().name(0x8_0000).as_deref(), Some("_start+0x0"));
        assert_eq!(symbols().name(0x8_0108).as_deref(), Some("kernel::main+0x8"));
    }

    #[test]
    fn an_address_outside_the_code_has_no_name() {
        assert_eq!(symbols().name(0x7_ffff), None);
        assert_eq!(symbols().name(0x8_0200), None);
    }

    #[test]
    fn each_address_of_a_line_is_followed_by_its_name() {
        let line = "elr 0x0000000000080108 far 0x10, lr 0x80004\r\n";

        let expected =
            "elr 0x0000000000080108 <kernel::main+0x8> far 0x10, lr 0x80004 <_start+0x4>\r\n";
        assert_eq!(symbols().annotate(line), expected);
    }

    #[test]
    fn a_text_cut_anywhere_is_annotated_alike() {
        let text = "pc 0x80108";

        for cut in 0..=text.len() {
            let mut annotator = Annotator::new(symbols());
            let mut out = annotator.push(&text.as_bytes()[..cut]);
            out.extend(annotator.push(&text.as_bytes()[cut..]));
            out.extend(annotator.finish());
            assert_eq!(out, b"pc 0x80108 <kernel::main+0x8>", "cut at {cut}");
        }
    }

    #[test]
    fn a_number_too_long_for_an_address_is_left_alone() {
        let line = "0x10000000000080108 and 0x";

        assert_eq!(symbols().annotate(line), line);
    }
}
