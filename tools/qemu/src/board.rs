//! The boards that QEMU emulates and the image runs on.

use std::fmt;
use std::str::FromStr;

/// An emulated board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Board {
    /// Raspberry Pi 3 Model B: four Cortex-A53, 1 GiB.
    #[default]
    Raspi3b,
    /// Raspberry Pi 4 Model B: four Cortex-A72, 2 GiB.
    Raspi4b,
}

impl Board {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Raspi3b, Self::Raspi4b];

    /// The name that QEMU and `bramble` use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raspi3b => "raspi3b",
            Self::Raspi4b => "raspi4b",
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a board that is not one of [`Board::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownBoard;

impl fmt::Display for UnknownBoard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such board; there are raspi3b and raspi4b")
    }
}

impl std::error::Error for UnknownBoard {}

impl FromStr for Board {
    type Err = UnknownBoard;

    fn from_str(name: &str) -> Result<Self, UnknownBoard> {
        Self::ALL.into_iter().find(|board| board.name() == name).ok_or(UnknownBoard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_is_found_by_its_name() {
        for board in Board::ALL {
            assert_eq!(board.to_string().parse(), Ok(board));
        }
    }

    #[test]
    fn another_name_is_no_board() {
        assert_eq!("raspi5b".parse::<Board>(), Err(UnknownBoard));
    }
}
