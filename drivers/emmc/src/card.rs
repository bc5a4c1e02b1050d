//! What a card tells about itself when it is brought up.
//!
//! Source: *SD Physical Layer Simplified Specification*; bit numbers are those of its tables.

mod configuration;
mod functions;
mod identification;
mod specific_data;

use core::fmt;

use device::BLOCK_BYTES;

pub(crate) use configuration::Configuration;
pub(crate) use functions::Functions;
pub use identification::Identification;
pub(crate) use specific_data::SpecificData;

/// A card that is selected and ready for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Who made it.
    pub identification: Identification,
    /// How many blocks it has.
    pub blocks: u64,
    /// It refuses to be written to.
    pub is_read_only: bool,
    /// The rate of the clock on its lines.
    pub clock_hz: u32,
    /// Its address on the bus, where commands have it.
    pub(crate) address: u32,
    pub(crate) addressing: Addressing,
    /// It knows CMD23, which tells it how many blocks follow.
    pub(crate) takes_block_count: bool,
}

/// How commands name a block (§4.3.14): by its number, or by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressing {
    Blocks,
    Bytes,
}

impl Addressing {
    /// The argument that names `block`; `None` if none can.
    pub(crate) fn argument(self, block: u64) -> Option<u32> {
        let argument = match self {
            Self::Blocks => block,
            Self::Bytes => block.checked_mul(BLOCK_BYTES as u64)?,
        };
        u32::try_from(argument).ok()
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.blocks >> 11;
        let megahertz = self.clock_hz / 1_000_000;
        let access = if self.is_read_only { ", protected against writing" } else { "" };
        write!(f, "{}, {mebibytes} MiB, {megahertz} MHz{access}", self.identification)
    }
}

/// A long register, of which the controller keeps all but the checksum (§2.2.7 of the *SD Host
/// Controller Simplified Specification*): bit numbers then fit the tables.
pub(crate) fn long_register(answer: [u32; 4]) -> u128 {
    let words = answer.into_iter().rev();
    words.fold(0, |register, word| register << 32 | u128::from(word)) << 8
}

/// The bits `high` to `low` of a register, at most 32.
fn bits(register: u128, high: u32, low: u32) -> u32 {
    (register >> low) as u32 & (u32::MAX >> (31 - (high - low)))
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn bits_are_counted_as_in_the_tables() {
        let register = 0xff00_0000_0000_0000_1234_5678_9abc_de00;

        assert_eq!(bits(register, 127, 120), 0xff);
        assert_eq!(bits(register, 63, 32), 0x1234_5678);
        assert_eq!(bits(register, 15, 9), 0b110_1111);
        assert_eq!(bits(register, 9, 9), 1);
    }

    #[test]
    fn a_long_register_is_put_together_from_its_last_word_down() {
        let register = long_register([0x0d0e_0f10, 0x090a_0b0c, 0x0506_0708, 0x0002_0304]);

        assert_eq!(register, 0x0203_0405_0607_0809_0a0b_0c0d_0e0f_1000);
    }

    #[test]
    fn a_block_is_named_by_its_number_or_its_first_byte() {
        assert_eq!(Addressing::Blocks.argument(0xffff_ffff), Some(0xffff_ffff));
        assert_eq!(Addressing::Blocks.argument(0x1_0000_0000), None);
        assert_eq!(Addressing::Bytes.argument(3), Some(1536));
        assert_eq!(Addressing::Bytes.argument(0x007f_ffff), Some(0xffff_fe00));
        assert_eq!(Addressing::Bytes.argument(0x0080_0000), None);
        assert_eq!(Addressing::Bytes.argument(u64::MAX), None);
    }

    #[test]
    fn a_card_is_described_in_words() {
        let identification = Identification::parse(0x0353_4453_5530_3847_8012_3456_7800_d200);
        let card = Card {
            identification,
            blocks: 15_523_840,
            is_read_only: true,
            clock_hz: 50_000_000,
            address: 0,
            addressing: Addressing::Blocks,
            takes_block_count: true,
        };

        assert_eq!(card.to_string(), "SU08G, 7580 MiB, 50 MHz, protected against writing");
    }
}
