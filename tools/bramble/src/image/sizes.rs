//! What takes how much room in an image, by crate.

use super::{Image, flatten};
use crate::pack;
use anyhow::Context;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use object::{Object, ObjectSymbol};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// Symbols without a path: assembly, and functions whose names the compiler knows.
const PLAIN: &str = "(assembly and plain names)";
/// Constants and tables that have no symbol.
const UNNAMED: &str = "(data without names)";

/// The sizes of an image and of its parts.
#[derive(Debug)]
pub(crate) struct Sizes {
    /// What lies in memory.
    pub(crate) flat_bytes: usize,
    /// What lies on the card.
    pub(crate) shipped_bytes: usize,
    /// The parts, the largest first.
    pub(crate) parts: Vec<Part>,
    /// The crates of the services that the image holds.
    services: Vec<Part>,
}

/// One crate, or one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// What it takes in memory.
    pub(crate) flat_bytes: usize,
    /// Its share of what ships: by its size when compressed alone.
    pub(crate) shipped_bytes: usize,
}

impl Sizes {
    /// Measures the image made of `kernel`, flattened from `elf`, and `bundle`, which holds
    /// `apps`.
    ///
    /// # Errors
    ///
    /// `elf` is not an ELF file.
    pub(super) fn measure<'a>(
        elf: &[u8],
        kernel: &[u8],
        bundle: &[u8],
        apps: impl Iterator<Item = (&'a str, &'a Vec<u8>)>,
        shipped_bytes: usize,
    ) -> anyhow::Result<Self> {
        let mut contents = by_crate(elf, kernel)?;
        let mut rest_bytes = bundle.len();
        for (name, module) in apps {
            rest_bytes -= module.len();
            contents.insert(format!("app {name}"), module.clone());
        }
        contents.insert("app manifest".to_owned(), bundle[..rest_bytes].to_vec());

        let parts = shares(contents, shipped_bytes)?;
        let services = pack::service_crates()
            .into_iter()
            .filter_map(|(service, package)| {
                let part = parts.iter().find(|part| part.name == package)?;
                Some(Part { name: service.to_owned(), ..part.clone() })
            })
            .collect();
        Ok(Self { flat_bytes: kernel.len() + bundle.len(), shipped_bytes, parts, services })
    }

    /// A table for people.
    pub(super) fn to_text(&self, image: &Image) -> String {
        let mut text = String::new();
        line(&mut text, "", "flat B", "shipped B");
        for part in &self.parts {
            line(&mut text, &part.name, &grouped(part.flat_bytes), &grouped(part.shipped_bytes));
        }
        for part in &self.services {
            let name = format!("of these, service {}", part.name);
            line(&mut text, &name, &grouped(part.flat_bytes), &grouped(part.shipped_bytes));
        }
        line(&mut text, "image", &grouped(self.flat_bytes), &grouped(self.shipped_bytes));
        let _ = writeln!(text, "{}", image.gzip.display());
        text
    }

    /// The same for programs.
    pub(super) fn to_json(&self, image: &Image) -> serde_json::Value {
        let parts = |parts: &[Part]| -> Vec<_> {
            parts
                .iter()
                .map(|part| {
                    serde_json::json!({
                        "name": part.name,
                        "flat_bytes": part.flat_bytes,
                        "shipped_bytes": part.shipped_bytes,
                    })
                })
                .collect()
        };
        serde_json::json!({
            "image": image.gzip,
            "flat": image.flat,
            "elf": image.elf,
            "flat_bytes": self.flat_bytes,
            "shipped_bytes": self.shipped_bytes,
            "parts": parts(&self.parts),
            "services": parts(&self.services),
        })
    }
}

/// The bytes of `kernel`, sorted by the crate that they come from.
fn by_crate(elf: &[u8], kernel: &[u8]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let file = object::File::parse(elf).context("the kernel is not an ELF file")?;
    let mut symbols: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.is_definition() && symbol.size() > 0)
        .filter_map(|symbol| {
            let start = symbol.address().checked_sub(flatten::LOAD_ADDRESS)? as usize;
            let end = start.checked_add(symbol.size() as usize)?;
            (end <= kernel.len())
                .then(|| (start, end, symbol.name().unwrap_or_default().to_owned()))
        })
        .collect();
    // Of symbols that share their bytes the first and largest counts.
    symbols.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));

    let mut contents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut add = |name: &str, bytes: &[u8]| {
        if !bytes.is_empty() {
            contents.entry(name.to_owned()).or_default().extend_from_slice(bytes);
        }
    };
    let mut done = 0;
    for (start, end, name) in symbols {
        if end <= done {
            continue;
        }
        let start = start.max(done);
        add(UNNAMED, &kernel[done..start]);
        add(&crate_of(&name), &kernel[start..end]);
        done = end;
    }
    add(UNNAMED, &kernel[done..]);
    Ok(contents)
}

/// The crate that the symbol `name` comes from: where its path begins.
fn crate_of(name: &str) -> String {
    if name.starts_with("anon.") || name.starts_with(".L") {
        return UNNAMED.to_owned();
    }
    let path = format!("{:#}", rustc_demangle::demangle(name));
    // `<&mut wasmi::Store as core::fmt::Debug>::fmt` belongs to wasmi.
    let path = path.trim_start_matches(['<', '&', '*', '[', '(']);
    let path = ["mut ", "const ", "dyn "]
        .iter()
        .fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
    match path.split_once("::") {
        Some((name, _)) if !name.contains([' ', '<', '>']) => name.to_owned(),
        // A method of a built-in type, as of `u32`, is core's.
        Some(_) => "core".to_owned(),
        None => PLAIN.to_owned(),
    }
}

/// Each part's share of `shipped_bytes`, the largest first.
fn shares(contents: BTreeMap<String, Vec<u8>>, shipped_bytes: usize) -> anyhow::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (name, bytes) in contents {
        let alone_bytes = deflated_bytes(&bytes)?;
        parts.push(Part { name, flat_bytes: bytes.len(), shipped_bytes: alone_bytes });
    }

    let alone_bytes: usize = parts.iter().map(|part| part.shipped_bytes).sum();
    for part in &mut parts {
        part.shipped_bytes = part.shipped_bytes * shipped_bytes / alone_bytes.max(1);
    }
    parts.sort_by_key(|part| std::cmp::Reverse((part.shipped_bytes, part.flat_bytes)));
    Ok(parts)
}

fn deflated_bytes(bytes: &[u8]) -> anyhow::Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn line(text: &mut String, name: &str, flat: &str, shipped: &str) {
    let _ = writeln!(text, "{name:<32}{flat:>12}{shipped:>12}");
}

/// `number` with a blank between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests;
