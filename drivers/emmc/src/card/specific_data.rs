//! How large the card is and what it allows: the register CSD (§5.3).

use super::bits;

/// Capacity and rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpecificData {
    /// Blocks of 512 bytes.
    pub(crate) blocks: u64,
    /// Write-protected, for good or for now.
    pub(crate) is_read_only: bool,
    /// It knows CMD6, class 10 of the commands.
    pub(crate) has_switch: bool,
}

impl SpecificData {
    /// What `register` says; `None` if its layout is none that this driver knows, or if it
    /// contradicts itself.
    pub(crate) fn parse(register: u128) -> Option<Self> {
        let blocks = match bits(register, 127, 126) {
            0 => blocks_of_version_1(register)?,
            1 => blocks_of_version_2(register),
            _ => return None,
        };
        Some(Self {
            blocks,
            is_read_only: bits(register, 13, 12) != 0,
            has_switch: bits(register, 95, 84) & 1 << 10 != 0,
        })
    }
}

/// The capacity of a card up to 2 GB, or 4 GB against the specification (§5.3.2, C_SIZE).
fn blocks_of_version_1(register: u128) -> Option<u64> {
    let length_exponent = bits(register, 83, 80);
    let size = u64::from(bits(register, 73, 62)) + 1;
    let multiplier = 1 << (bits(register, 49, 47) + 2);
    // Lengths are 512, 1024 or 2048; the others are reserved.
    matches!(length_exponent, 9..=11).then(|| (size * multiplier) << (length_exponent - 9))
}

/// The capacity of a card above 2 GB, in steps of 512 KiB (§5.3.3, C_SIZE).
fn blocks_of_version_2(register: u128) -> u64 {
    const STEP_BLOCKS: u64 = 1024;

    (u64::from(bits(register, 69, 48)) + 1) * STEP_BLOCKS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register of the first layout.
    fn version_1(length_exponent: u128, size: u128, multiplier: u128) -> u128 {
        length_exponent << 80 | size << 62 | multiplier << 47
    }

    fn blocks(register: u128) -> Option<u64> {
        SpecificData::parse(register).map(|data| data.blocks)
    }

    #[test]
    fn the_example_of_32_megabytes_in_the_specification() {
        // "BLOCK_LEN = 512 can be coded with C_SIZE_MULT = 3 and C_SIZE = 2000" (§5.3.2).
        assert_eq!(blocks(version_1(9, 2000, 3)), Some(2001 * 32));
    }

    #[test]
    fn the_largest_card_of_the_first_layout_has_blocks_of_2_kib() {
        assert_eq!(blocks(version_1(11, 4095, 7)), Some(4096 * 512 * 4));
    }

    #[test]
    fn a_block_length_that_is_reserved_makes_the_card_unusable() {
        assert_eq!(SpecificData::parse(version_1(8, 2000, 3)), None);
        assert_eq!(SpecificData::parse(version_1(12, 2000, 3)), None);
    }

    #[test]
    fn a_card_of_8_gb_as_it_is_sold() {
        let data = SpecificData::parse(0x400e_0032_5b59_0000_3b37_7f80_0a40_4000);

        let expected = SpecificData { blocks: 15_523_840, is_read_only: false, has_switch: true };
        assert_eq!(data, Some(expected));
    }

    #[test]
    fn the_smallest_and_the_largest_of_the_second_layout() {
        // From the table of C_SIZE in §5.3.3: more than 2 GB, and up to 2 TB.
        assert_eq!(blocks(1 << 126 | 0x1010 << 48), Some(4113 * 1024));
        assert_eq!(blocks(1 << 126 | 0x3f_ffff << 48), Some(1 << 32));
    }

    #[test]
    fn layouts_of_the_future_are_not_guessed_at() {
        assert_eq!(SpecificData::parse(2 << 126), None);
        assert_eq!(SpecificData::parse(3 << 126), None);
    }

    #[test]
    fn either_write_protection_makes_a_card_read_only() {
        let is_read_only =
            |bit: u32| SpecificData::parse(1 << 126 | 1 << bit).map(|data| data.is_read_only);

        assert_eq!([11, 12, 13, 14].map(is_read_only), [false, true, true, false].map(Some));
    }
}
