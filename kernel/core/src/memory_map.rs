//! Where the RAM is, by the board's revision code and the firmware's split with the GPU.
//!
//! Source: Raspberry Pi documentation, "Raspberry Pi revision codes"; BCM2711 ARM Peripherals
//! §1.2.4 (low peripheral mode).

use core::ops::Range;

/// Where the BCM2711's peripherals begin in low peripheral mode.
const BCM2711_PERIPHERALS: u64 = 0xfc00_0000;

/// The first gibibyte is shared with the GPU; RAM above it is the processor's alone.
const GIB: u64 = 1 << 30;

/// A board's revision code: model, memory size and processor in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision(pub u32);

impl Revision {
    /// The board's name as it is sold; boards that are not supported have one too.
    pub const fn model(self) -> &'static str {
        match (self.0 >> 4) & 0xff {
            0x08 => "Raspberry Pi 3 Model B",
            0x0d => "Raspberry Pi 3 Model B+",
            0x0e => "Raspberry Pi 3 Model A+",
            0x11 => "Raspberry Pi 4 Model B",
            0x12 => "Raspberry Pi Zero 2 W",
            0x13 => "Raspberry Pi 400",
            0x14 => "Raspberry Pi Compute Module 4",
            _ => "Raspberry Pi of an unknown model",
        }
    }

    /// All of the board's RAM in bytes; codes of the old style are of boards that have no
    /// 64-bit processor, and count as 512 MiB.
    pub const fn ram_bytes(self) -> u64 {
        const NEW_STYLE: u32 = 1 << 23;
        if self.0 & NEW_STYLE == 0 {
            return 512 << 20;
        }
        (256 << 20) << ((self.0 >> 20) & 7)
    }
}

/// RAM that lies above the part that is shared with the GPU, below the peripherals and above
/// 4 GiB; ranges may be empty.
pub const fn high_ram(revision: Revision) -> [Range<u64>; 2] {
    const GIB_4: u64 = 4 * GIB;
    let end = revision.ram_bytes();
    if end <= GIB {
        return [0..0, 0..0];
    }
    let below = GIB..if end < BCM2711_PERIPHERALS { end } else { BCM2711_PERIPHERALS };
    let above = if end > GIB_4 { GIB_4..end } else { 0..0 };
    [below, above]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_real_boards_give_model_and_size() {
        let boards = [
            (0x00a0_2082, "Raspberry Pi 3 Model B", 1024),
            (0x00a0_20d3, "Raspberry Pi 3 Model B+", 1024),
            (0x0090_2120, "Raspberry Pi Zero 2 W", 512),
            (0x00b0_3115, "Raspberry Pi 4 Model B", 2048),
            (0x00d0_3114, "Raspberry Pi 4 Model B", 8192),
        ];
        for (code, model, ram_mib) in boards {
            assert_eq!(Revision(code).model(), model);
            assert_eq!(Revision(code).ram_bytes(), ram_mib << 20, "{model}");
        }
    }

    #[test]
    fn boards_with_one_gibibyte_have_no_more_than_the_shared_part() {
        assert_eq!(high_ram(Revision(0x00a0_2082)), [0..0, 0..0]);
    }

    #[test]
    fn ram_of_a_pi_4_stops_at_the_peripherals_and_goes_on_behind_them() {
        assert_eq!(high_ram(Revision(0x00b0_3115)), [GIB..2 * GIB, 0..0]);
        assert_eq!(high_ram(Revision(0x00c0_3114)), [GIB..BCM2711_PERIPHERALS, 0..0]);
        assert_eq!(high_ram(Revision(0x00d0_3114)), [GIB..BCM2711_PERIPHERALS, 4 * GIB..8 * GIB]);
    }
}
