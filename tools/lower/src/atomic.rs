//! Which host call stands for which atomic instruction.
//!
//! Source: *Threading proposal for WebAssembly*, `Overview.md`, "Instructions": their numbers
//! after the prefix 0xFE are regular, so they are computed instead of listed.

use abi::threads::{Place, Update, names};
use encoder_wasmparser::{BinaryReader, BinaryReaderError};

/// The first byte of every atomic instruction.
const PREFIX: u8 = 0xfe;

/// Numbers of the instructions that are not one of seven variants.
const NOTIFY: u32 = 0x00;
const WAIT32: u32 = 0x01;
const WAIT64: u32 = 0x02;
const FENCE: u32 = 0x03;

/// The first load; then come the stores, the six updates, and compare-and-exchange.
const FIRST_OF_VARIANTS: u32 = 0x10;

/// Whether the operands are of 64 bits, and the width in memory, for each of seven variants.
const VARIANTS: [(bool, u8); 7] =
    [(false, 2), (true, 3), (false, 0), (false, 1), (true, 0), (true, 1), (true, 2)];

/// Set in the alignment of an instruction that names its memory.
const NAMES_MEMORY: u32 = 1 << 6;

/// An atomic instruction as a host call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Atomic {
    /// The host call's name.
    pub(crate) call: &'static str,
    /// Its last argument, but for a fence, which has none.
    pub(crate) place: Option<Place>,
}

impl Atomic {
    /// Reads the instruction that `code` begins with; `None` if it is no atomic one that is known.
    ///
    /// # Errors
    ///
    /// If the instruction is cut short.
    pub(crate) fn read(mut code: BinaryReader<'_>) -> Result<Option<Self>, BinaryReaderError> {
        if code.read_u8()? != PREFIX {
            return Ok(None);
        }
        let number = code.read_var_u32()?;
        if number == FENCE {
            return Ok(Some(Self { call: names::FENCE, place: None }));
        }
        let Some((call, width_log2, update)) = decode(number) else {
            return Ok(None);
        };
        let alignment = code.read_var_u32()?;
        if alignment & NAMES_MEMORY != 0 {
            code.read_var_u32()?;
        }
        let offset_bytes = code.read_var_u32()?;
        let place = Place { offset_bytes, width_log2, update, unshared: false };
        Ok(Some(Self { call, place: Some(place) }))
    }
}

/// The host call, width and update of the instruction with this number.
fn decode(number: u32) -> Option<(&'static str, u8, Update)> {
    match number {
        NOTIFY => return Some((names::NOTIFY, 2, Update::default())),
        WAIT32 => return Some((names::WAIT32, 2, Update::default())),
        WAIT64 => return Some((names::WAIT64, 3, Update::default())),
        _ => {}
    }
    let number = number.checked_sub(FIRST_OF_VARIANTS)? as usize;
    let (is_64, width_log2) = VARIANTS[number % VARIANTS.len()];
    let group = number / VARIANTS.len();
    let update = group.checked_sub(2).and_then(|update| Update::ALL.get(update)).copied();
    let (call32, call64) = match group {
        0 => (names::LOAD32, names::LOAD64),
        1 => (names::STORE32, names::STORE64),
        2..=7 => (names::UPDATE32, names::UPDATE64),
        8 => (names::COMPARE32, names::COMPARE64),
        _ => return None,
    };
    Some((if is_64 { call64 } else { call32 }, width_log2, update.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &[u8]) -> Option<Atomic> {
        Atomic::read(BinaryReader::new(code, 0)).unwrap()
    }

    #[test]
    fn numbers_mean_what_the_proposal_says() {
        let update = |update, width_log2| Place { update, width_log2, ..Place::default() };

        // i64.atomic.rmw16.sub_u, i32.atomic.rmw.xchg, i64.atomic.rmw32.cmpxchg_u.
        for (number, call, place) in [
            (0x2a, names::UPDATE64, update(Update::Subtract, 1)),
            (0x41, names::UPDATE32, update(Update::Exchange, 2)),
            (0x4e, names::COMPARE64, update(Update::Add, 2)),
        ] {
            let atomic = read(&[0xfe, number, 0, 0]);
            assert_eq!(atomic, Some(Atomic { call, place: Some(place) }), "{number:#x}");
        }
    }

    #[test]
    fn what_comes_after_the_last_instruction_is_unknown() {
        assert_eq!(read(&[0xfe, 0x4f, 0, 0]), None);
    }

    #[test]
    fn an_offset_may_have_all_32_bits() {
        let atomic = read(&[0xfe, 0x10, 2, 0xff, 0xff, 0xff, 0xff, 0x0f]).unwrap();
        assert_eq!(atomic.place.unwrap().offset_bytes, u32::MAX);
    }

    #[test]
    fn a_plain_instruction_is_none() {
        assert_eq!(read(&[0x6a]), None);
    }
}
