//! What the card can do on the bus: the register SCR (§5.6).

/// Bytes of the register, sent with the highest first.
pub(crate) const CONFIGURATION_BYTES: usize = 8;

/// Bus width and optional commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// It can use four lines for data (SD_BUS_WIDTHS).
    pub(crate) has_four_lines: bool,
    /// It knows CMD23 (CMD_SUPPORT).
    pub(crate) takes_block_count: bool,
    /// It follows version 1.10 or later, the first with CMD6 (SD_SPEC).
    pub(crate) has_functions: bool,
}

impl Configuration {
    pub(crate) fn parse(bytes: [u8; CONFIGURATION_BYTES]) -> Self {
        let register = u64::from_be_bytes(bytes);
        Self {
            has_four_lines: register >> 48 & 0b0100 != 0,
            takes_block_count: register >> 32 & 0b10 != 0,
            has_functions: register >> 56 & 0xf != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_of_version_3() {
        let configuration = Configuration::parse([0x02, 0x35, 0x80, 0x03, 0, 0, 0, 0]);

        let all =
            Configuration { has_four_lines: true, takes_block_count: true, has_functions: true };
        assert_eq!(configuration, all);
    }

    #[test]
    fn a_card_of_version_1_with_one_line() {
        let configuration = Configuration::parse([0x00, 0x21, 0x00, 0x01, 0, 0, 0, 0]);

        let none =
            Configuration { has_four_lines: false, takes_block_count: false, has_functions: false };
        assert_eq!(configuration, none);
    }
}
