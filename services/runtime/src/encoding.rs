//! Writes the binary format of WebAssembly, as far as the loader needs it.
//!
//! Source: *WebAssembly Core Specification* 2.0, §5.

use crate::shape::{HEADER, id};
use alloc::vec::Vec;

/// Bytes in the making.
#[derive(Default)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// A module without sections.
    pub(crate) fn module() -> Self {
        Self { bytes: HEADER.to_vec() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A number in LEB128 (§5.2.2).
    pub(crate) fn number(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    /// A name (§5.2.4).
    pub(crate) fn name(&mut self, name: &str) {
        self.number(name.len() as u32);
        self.raw(name.as_bytes());
    }

    /// `content` and its size before it.
    pub(crate) fn sized(&mut self, content: &Self) {
        self.number(content.bytes.len() as u32);
        self.raw(&content.bytes);
    }

    /// A vector (§5.1.3).
    pub(crate) fn list<I: ExactSizeIterator>(
        &mut self,
        items: impl IntoIterator<IntoIter = I>,
        mut write: impl FnMut(&mut Self, I::Item),
    ) {
        let items = items.into_iter();
        self.number(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }

    /// A section with a vector in it (§5.5.2).
    pub(crate) fn section<I: ExactSizeIterator>(
        &mut self,
        id: u8,
        items: impl IntoIterator<IntoIter = I>,
        write: impl FnMut(&mut Self, I::Item),
    ) {
        let mut content = Self::default();
        content.list(items, write);
        self.byte(id);
        self.sized(&content);
    }

    /// An exported function (§5.5.10).
    pub(crate) fn function_export(&mut self, name: &str, function: u32) {
        self.name(name);
        self.byte(id::FUNCTION_ITEM);
        self.number(function);
    }
}
