//! An ELF file made by hand, as the kernel's linker would.

/// A symbol: name, address, size in bytes.
pub(super) type Symbol<'a> = (&'a str, u64, u64);

const HEADER_BYTES: usize = 64;
const SEGMENT_BYTES: usize = 56;
const SECTION_BYTES: usize = 64;

/// A 64-bit ELF file for aarch64 with `segments`, each an address and its bytes, and `symbols`.
///
/// Numbers are those of the *System V ABI*, chapters 4 and 5.
pub(super) fn elf(segments: &[(u64, &[u8])], symbols: &[Symbol<'_>]) -> Vec<u8> {
    let (symbol_table, names) = tables(symbols);
    let mut data_at = HEADER_BYTES + segments.len() * SEGMENT_BYTES;
    let mut segment_headers = Vec::new();
    let mut data = Vec::new();
    for (address, bytes) in segments {
        let length = bytes.len() as u64;
        segment_headers.extend([1u32, 5].iter().flat_map(|word| word.to_le_bytes()));
        for word in [data_at as u64, *address, *address, length, length, 1] {
            segment_headers.extend(word.to_le_bytes());
        }
        data.extend_from_slice(bytes);
        data_at += bytes.len();
    }
    let names_at = data_at + symbol_table.len();
    let sections_at = names_at + names.len();

    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([2u16, 183].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(1u32.to_le_bytes());
    for word in [0x8_0000, HEADER_BYTES as u64, sections_at as u64] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    let halves = [HEADER_BYTES, SEGMENT_BYTES, segments.len(), SECTION_BYTES, 4, 3];
    file.extend(halves.iter().flat_map(|half| (*half as u16).to_le_bytes()));

    file.extend(segment_headers);
    file.extend(data);
    file.extend(&symbol_table);
    file.extend(&names);
    // None; code; the symbol table (2), named by section 3; names (3).
    section(&mut file, [0, 0], 0, 0, [0, 0], 0);
    section(&mut file, [1, 6], 0, 0, [0, 0], 0);
    section(&mut file, [2, 0], data_at, symbol_table.len(), [3, 1], 24);
    section(&mut file, [3, 0], names_at, names.len(), [0, 0], 0);
    file
}

fn tables(symbols: &[Symbol<'_>]) -> (Vec<u8>, Vec<u8>) {
    let mut names = vec![0];
    let mut table = vec![0; 24];
    for (name, address, size) in symbols {
        table.extend((names.len() as u32).to_le_bytes());
        // A global function in section 1.
        table.extend([0x12, 0, 1, 0]);
        table.extend(address.to_le_bytes());
        table.extend(size.to_le_bytes());
        names.extend(name.as_bytes());
        names.push(0);
    }
    (table, names)
}

fn section(
    file: &mut Vec<u8>,
    [kind, flags]: [u32; 2],
    at: usize,
    length: usize,
    link_and_info: [u32; 2],
    entry: u64,
) {
    file.extend([0, kind].iter().flat_map(|word| word.to_le_bytes()));
    for word in [u64::from(flags), 0, at as u64, length as u64] {
        file.extend(word.to_le_bytes());
    }
    file.extend(link_and_info.iter().flat_map(|word| word.to_le_bytes()));
    file.extend(1u64.to_le_bytes());
    file.extend(entry.to_le_bytes());
}
