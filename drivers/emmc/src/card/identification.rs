//! Who made the card: the register CID (§5.2).

use core::fmt;

use super::bits;

/// The card's maker, product and number; no two cards have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identification {
    register: u128,
}

impl Identification {
    pub(crate) fn parse(register: u128) -> Self {
        Self { register }
    }

    /// The product's name (PNM), which the maker may fill with any bytes.
    fn name(self) -> [u8; 5] {
        let byte = |low| bits(self.register, low + 7, low) as u8;
        [byte(96), byte(88), byte(80), byte(72), byte(64)]
    }
}

impl fmt::Display for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.name() {
            let is_text = byte.is_ascii_graphic() || byte == b' ';
            fmt::Write::write_char(f, if is_text { byte.into() } else { '?' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn the_name_is_the_makers() {
        let identification = Identification::parse(0x0353_4453_5530_3847_8012_3456_7800_d200);

        assert_eq!(identification.to_string(), "SU08G");
    }

    #[test]
    fn bytes_that_are_no_text_do_not_reach_the_console() {
        let identification = Identification::parse(0x0353_441b_5b32_4aff_8012_3456_7800_d200);

        assert_eq!(identification.to_string(), "?[2J?");
    }
}
