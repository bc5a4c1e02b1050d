//! What is left of a crash for the next boot: a few words in memory that no boot clears.
//!
//! The record survives a reset by the watchdog, since the RAM stays powered. After power-on it
//! holds anything, so it counts only with its magic number and checksum.

/// The last crash. Plain numbers, so that any content of memory is a valid value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct CrashRecord {
    magic: u64,
    /// `ESR_EL1`: the exception's class and syndrome; 0 for a panic.
    pub esr: u64,
    /// `ELR_EL1`: where it happened.
    pub elr: u64,
    /// `FAR_EL1`: the address that faulted.
    pub far: u64,
    /// The link register: who called.
    pub lr: u64,
    /// Nanoseconds since power-on.
    pub at_ns: u64,
    /// Crashes in a row without a boot that reached its apps, this one included.
    pub count: u64,
    checksum: u64,
}

const MAGIC: u64 = u64::from_le_bytes(*b"BRCRASH1");

impl CrashRecord {
    /// Nothing to tell.
    pub const NONE: Self =
        Self { magic: 0, esr: 0, elr: 0, far: 0, lr: 0, at_ns: 0, count: 0, checksum: 0 };

    /// Seals the record, so that [`Self::valid`] takes it for one.
    pub fn seal(mut self) -> Self {
        self.magic = MAGIC;
        self.checksum = self.sum();
        self
    }

    /// The record, if it is one.
    pub fn valid(self) -> Option<Self> {
        (self.magic == MAGIC && self.checksum == self.sum()).then_some(self)
    }

    fn sum(&self) -> u64 {
        [self.magic, self.esr, self.elr, self.far, self.lr, self.at_ns, self.count]
            .iter()
            .fold(0, |sum: u64, word| sum.rotate_left(7) ^ word)
    }
}

/// What kind of exception a syndrome tells of (Arm ARM DDI 0487, ESR_EL1, field EC).
pub const fn class(esr: u64) -> &'static str {
    match (esr >> 26) & 0x3f {
        0x00 => "undefined instruction",
        0x07 => "floating point without permission",
        0x0e => "illegal execution state",
        0x15 => "supervisor call",
        0x18 => "system register without permission",
        0x20 | 0x21 => "instruction abort",
        0x22 => "misaligned program counter",
        0x24 | 0x25 => "data abort",
        0x26 => "misaligned stack pointer",
        0x2f => "system error",
        // A Rust panic is a `brk` in a kernel that is built with `immediate-abort`.
        0x3c => "panic",
        _ => "exception of another class",
    }
}

/// Why an instruction or data abort happened (field DFSC or IFSC); `None` for what is neither.
pub const fn abort_reason(esr: u64) -> Option<&'static str> {
    if !matches!((esr >> 26) & 0x3f, 0x20 | 0x21 | 0x24 | 0x25) {
        return None;
    }
    Some(match esr & 0x3f {
        0x00..=0x03 => "address size",
        0x04..=0x07 => "nothing is mapped there",
        0x08..=0x0b => "access flag",
        0x0c..=0x0f => "permission",
        0x10 | 0x14..=0x17 => "external abort",
        0x21 => "alignment",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_record_is_valid() {
        let record = CrashRecord { esr: 0x9600_0004, elr: 0x8_1234, ..CrashRecord::NONE }.seal();

        assert_eq!(record.valid(), Some(record));
    }

    #[test]
    fn what_memory_holds_after_power_on_is_no_record() {
        assert_eq!(CrashRecord::NONE.valid(), None);

        let mut damaged = CrashRecord { elr: 0x8_1234, ..CrashRecord::NONE }.seal();
        damaged.elr ^= 4;

        assert_eq!(damaged.valid(), None);
    }

    #[test]
    fn syndromes_have_the_manuals_names() {
        assert_eq!(class(0x9600_0021), "data abort");
        assert_eq!(abort_reason(0x9600_0021), Some("alignment"));
        assert_eq!(abort_reason(0x9600_0004), Some("nothing is mapped there"));
        assert_eq!(abort_reason(0x9600_004f), Some("permission"));
        assert_eq!(abort_reason(0x0200_0000), None);
        assert_eq!(class(0x0200_0000), "undefined instruction");
    }
}
