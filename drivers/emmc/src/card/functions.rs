//! What the card tells about its functions: the answer to CMD6 (§4.3.10.4).

/// Bytes of the answer, sent with the highest first.
pub(crate) const FUNCTIONS_BYTES: usize = 64;

/// The number of the function high speed, in group 1.
const HIGH_SPEED: u8 = 1;

/// The status that comes with every CMD6, of which bit 511 is the first byte's highest.
pub(crate) struct Functions([u8; FUNCTIONS_BYTES]);

impl Functions {
    /// The argument that asks about high speed and changes nothing (§4.3.10).
    pub(crate) const ASK_FOR_HIGH_SPEED: u32 = 0x00ff_fff1;
    /// The argument that changes to high speed, and nothing else.
    pub(crate) const CHANGE_TO_HIGH_SPEED: u32 = 0x80ff_fff1;

    pub(crate) fn new(bytes: [u8; FUNCTIONS_BYTES]) -> Self {
        Self(bytes)
    }

    /// Whether the card could change to high speed (bits 415 to 400).
    pub(crate) fn has_high_speed(&self) -> bool {
        self.0[13] & 1 << HIGH_SPEED != 0
    }

    /// Whether it has, or would (bits 379 to 376).
    pub(crate) fn is_high_speed(&self) -> bool {
        self.0[16] & 0xf == HIGH_SPEED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer with the bits `high` to `high` − 7 set to `value`, as §4.3.10.4 numbers them.
    fn functions(fields: &[(usize, u8)]) -> Functions {
        let mut bytes = [0; FUNCTIONS_BYTES];
        for &(high, value) in fields {
            bytes[(511 - high) / 8] = value;
        }
        Functions::new(bytes)
    }

    #[test]
    fn a_card_with_high_speed_says_so_and_that_it_changed() {
        let functions = functions(&[(407, 0b11), (383, 0x01)]);

        assert!(functions.has_high_speed());
        assert!(functions.is_high_speed());
    }

    #[test]
    fn a_card_without_says_neither() {
        let functions = functions(&[(407, 0b01), (383, 0x0f)]);

        assert!(!functions.has_high_speed());
        assert!(!functions.is_high_speed());
    }
}
