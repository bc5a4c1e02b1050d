//! The numbers of interrupts and of cores (§2.2).

/// The number of an interrupt: 0 to 15 are sent by software, 16 to 31 are private to a core,
/// 32 to 1019 are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt(u16);

impl Interrupt {
    /// The number `number` of a core's private interrupts, as a device tree counts them.
    ///
    /// # Panics
    ///
    /// If `number` is not below 16; a board's table of constants fails to compile.
    #[must_use]
    pub const fn private(number: u16) -> Self {
        assert!(number < 16, "a core has 16 private interrupts");
        Self(16 + number)
    }

    /// The number `number` of the shared interrupts, as a device tree counts them.
    ///
    /// # Panics
    ///
    /// If `number` is not below 988; a board's table of constants fails to compile.
    #[must_use]
    pub const fn shared(number: u16) -> Self {
        assert!(number < 988, "there are 988 shared interrupts");
        Self(32 + number)
    }

    /// The interrupt with the number that an acknowledge register gave; `None` for the numbers
    /// from 1020 on, which mean that there is none (§3.2.5).
    pub(crate) fn acknowledged(number: u32) -> Option<Self> {
        match u16::try_from(number) {
            Ok(number @ ..1020) => Some(Self(number)),
            _ => None,
        }
    }

    /// The number as the manuals and the registers count it.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Where a register array with `per_register` interrupts in each word has this one: the
    /// word's index, and the place in the word.
    pub(crate) fn place(self, per_register: u16) -> (usize, u32) {
        ((self.0 / per_register).into(), (self.0 % per_register).into())
    }
}

/// An interrupt that one core sends to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftwareInterrupt(u8);

impl SoftwareInterrupt {
    /// The number `number` of the interrupts sent by software.
    ///
    /// # Panics
    ///
    /// If `number` is not below 16; a table of constants fails to compile.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        assert!(number < 16, "there are 16 interrupts sent by software");
        Self(number)
    }

    pub(crate) fn number(self) -> u32 {
        self.0.into()
    }
}

impl From<SoftwareInterrupt> for Interrupt {
    fn from(interrupt: SoftwareInterrupt) -> Self {
        Self(interrupt.0.into())
    }
}

/// A core, by the number of its CPU interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core(u8);

impl Core {
    /// The core with the number `number`; `None` from 8 on, which no GIC serves.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            ..8 => Some(Self(number)),
            _ => None,
        }
    }

    /// The core's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The core's bit in a list of targets.
    pub(crate) fn bit(self) -> u32 {
        1 << self.0
    }
}

/// Who gets an interrupt that software sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// One core, which may be the sender.
    Core(Core),
    /// All cores but the sender.
    AllOthers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_manuals() {
        assert_eq!(Interrupt::private(14).number(), 30);
        assert_eq!(Interrupt::shared(121).number(), 153);
        assert_eq!(Interrupt::from(SoftwareInterrupt::new(3)).number(), 3);
    }

    #[test]
    fn the_last_four_numbers_are_no_interrupts() {
        assert_eq!(Interrupt::acknowledged(1019), Some(Interrupt::shared(987)));
        for number in [1020, 1022, 1023, u32::MAX] {
            assert_eq!(Interrupt::acknowledged(number), None);
        }
    }

    #[test]
    fn a_gic_serves_eight_cores() {
        assert_eq!(Core::new(7).map(Core::number), Some(7));
        assert_eq!(Core::new(8), None);
    }
}
