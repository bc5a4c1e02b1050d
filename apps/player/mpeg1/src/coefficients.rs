//! Codes of coefficients (tables B.5c to B.5e): how many zeroes stand before one, and how large it
//! is.
//!
//! A code is found by how many zeroes it begins with and by the 5 bits after its first one, of
//! which no code has more: that takes some 400 entries for codes of up to 16 bits.

/// What a code stands for; the sign of the level is the bit after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// How many zeroes stand before the coefficient.
    pub(crate) run: u8,
    /// How large it is, without its sign; 0 for what is no coefficient: see `run`.
    pub(crate) level: u8,
    /// How long the code is.
    pub(crate) length_bits: u8,
}

/// As `run` without a level, what no code is.
const NONE: u8 = 0;
/// As `run` without a level, the end of the block.
pub(crate) const END: u8 = 1;
/// As `run` without a level, that both follow as they are.
pub(crate) const ESCAPE: u8 = 2;

/// One more than any code begins with: what has as many is none.
const ZEROES_MAX: usize = 12;
const TAIL_BITS_MAX: u32 = 5;

/// Codes, with runs and levels.
const SHORT: [(&str, u8, u8); 25] = [
    ("10", END, 0),
    ("11", 0, 1),
    ("011", 1, 1),
    ("0100", 0, 2),
    ("0101", 2, 1),
    ("00101", 0, 3),
    ("00110", 4, 1),
    ("00111", 3, 1),
    ("00100000", 13, 1),
    ("00100001", 0, 6),
    ("00100010", 12, 1),
    ("00100011", 11, 1),
    ("00100100", 3, 2),
    ("00100101", 1, 3),
    ("00100110", 0, 5),
    ("00100111", 10, 1),
    ("000100", 7, 1),
    ("000101", 6, 1),
    ("000110", 1, 2),
    ("000111", 5, 1),
    ("0000100", 2, 2),
    ("0000101", 9, 1),
    ("0000110", 0, 4),
    ("0000111", 8, 1),
    ("000001", ESCAPE, 0),
];

/// Runs and levels of the codes that begin with as many zeroes as the third says, and have a one
/// and all that 3 or 4 bits can be, in the order of these bits.
const LONG: [(&[u8], &[u8], usize); 6] = [
    (&[16, 5, 0, 2, 1, 15, 14, 4], &[1, 2, 7, 3, 4, 1, 1, 2], 6),
    (
        &[0, 8, 4, 0, 2, 7, 21, 20, 0, 19, 18, 1, 3, 0, 6, 17],
        &[11, 2, 3, 10, 4, 2, 1, 1, 9, 1, 1, 5, 3, 8, 2, 1],
        7,
    ),
    (
        &[10, 9, 5, 3, 2, 1, 1, 0, 0, 0, 0, 26, 25, 24, 23, 22],
        &[2, 2, 3, 4, 5, 7, 6, 15, 14, 13, 12, 1, 1, 1, 1, 1],
        8,
    ),
    (&[0; 16], &[31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16], 9),
    (
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
        &[40, 39, 38, 37, 36, 35, 34, 33, 32, 14, 13, 12, 11, 10, 9, 8],
        10,
    ),
    (
        &[1, 1, 1, 1, 6, 16, 15, 14, 13, 12, 11, 31, 30, 29, 28, 27],
        &[18, 17, 16, 15, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1],
        11,
    ),
];

/// By zeroes and tail.
static SYMBOLS: [[Symbol; 1 << TAIL_BITS_MAX]; ZEROES_MAX + 1] = symbols();

const fn symbols() -> [[Symbol; 1 << TAIL_BITS_MAX]; ZEROES_MAX + 1] {
    let none = Symbol { run: NONE, level: 0, length_bits: 0 };
    let mut symbols = [[none; 1 << TAIL_BITS_MAX]; ZEROES_MAX + 1];

    let mut index = 0;
    while index < SHORT.len() {
        let (code, run, level) = SHORT[index];
        let (zeroes, tail, tail_bits) = parts(code.as_bytes());
        enter(
            &mut symbols[zeroes],
            tail,
            tail_bits,
            Symbol { run, level, length_bits: code.len() as u8 },
        );
        index += 1;
    }

    let mut group = 0;
    while group < LONG.len() {
        let (runs, levels, zeroes) = LONG[group];
        let tail_bits = runs.len().trailing_zeros();
        let length_bits = zeroes as u8 + 1 + tail_bits as u8;
        let mut tail = 0;
        while tail < runs.len() {
            let symbol = Symbol { run: runs[tail], level: levels[tail], length_bits };
            enter(&mut symbols[zeroes], tail, tail_bits, symbol);
            tail += 1;
        }
        group += 1;
    }
    symbols
}

/// How many zeroes `code` begins with, what stands after its first one, and how long that is.
const fn parts(code: &[u8]) -> (usize, usize, u32) {
    let mut zeroes = 0;
    while code[zeroes] == b'0' {
        zeroes += 1;
    }
    let (mut tail, mut index) = (0, zeroes + 1);
    while index < code.len() {
        tail = tail * 2 + (code[index] - b'0') as usize;
        index += 1;
    }
    (zeroes, tail, (code.len() - zeroes - 1) as u32)
}

/// Enters a symbol for all that can follow its tail.
const fn enter(
    symbols: &mut [Symbol; 1 << TAIL_BITS_MAX],
    tail: usize,
    tail_bits: u32,
    symbol: Symbol,
) {
    let others = 1 << (TAIL_BITS_MAX - tail_bits);
    let mut other = 0;
    while other < others {
        symbols[tail * others + other] = symbol;
        other += 1;
    }
}

/// What the next 32 bits begin with.
#[inline]
pub(crate) fn symbol(bits: u32) -> Symbol {
    let zeroes = bits.leading_zeros();
    let tail = bits.wrapping_shl(zeroes + 1) >> (32 - TAIL_BITS_MAX);
    SYMBOLS[(zeroes as usize).min(ZEROES_MAX)][tail as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_111_coefficients_and_each_has_one_code() {
        let mut found: Vec<(u8, u8, u8)> = SYMBOLS
            .iter()
            .flatten()
            .filter(|symbol| symbol.level != 0)
            .map(|symbol| (symbol.run, symbol.level, symbol.length_bits))
            .collect();
        found.sort_unstable();
        found.dedup();

        assert_eq!(found.len(), 111);
        found.dedup_by_key(|(run, level, _)| (*run, *level));
        assert_eq!(found.len(), 111);
    }

    #[test]
    fn codes_are_found_whatever_follows_them() {
        let symbol_of = |code: &str, rest: u32| {
            let number = u32::from_str_radix(code, 2).unwrap();
            let length = code.len() as u32;
            symbol(number << (32 - length) | rest >> length)
        };
        for rest in [0, u32::MAX, 0x5555_5555] {
            let symbol = |run, level, length_bits| Symbol { run, level, length_bits };
            assert_eq!(symbol_of("11", rest), symbol(0, 1, 2));
            assert_eq!(symbol_of("00100001", rest), symbol(0, 6, 8));
            assert_eq!(symbol_of("0000000000010011", rest), symbol(1, 15, 16));
            assert_eq!(symbol_of("10", rest), symbol(END, 0, 2));
            assert_eq!(symbol_of("000001", rest), symbol(ESCAPE, 0, 6));
        }
    }

    #[test]
    fn too_many_zeroes_are_no_code() {
        assert_eq!(symbol(0x0008_0000).length_bits, 0);
        assert_eq!(symbol(0).length_bits, 0);
    }
}
