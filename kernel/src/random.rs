//! Random bytes for guests: ChaCha20, seeded from the board's generator when first asked.
//!
//! The hardware gives about a megabit a second and only after a warm-up, so it seeds a
//! generator and is not asked for each byte. Where a board has none (QEMU's `raspi4b`), the
//! seed is the timer's jitter, which is no secret; the log says so.

use crate::arch::timer;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng};
use device::{Rng, RngError};
use spin::Mutex;

const SEED_BYTES: usize = 32;

/// The machine's source of random bytes.
pub(crate) static RANDOM: Random = Random { generator: Mutex::new(None) };

pub(crate) struct Random {
    generator: Mutex<Option<ChaCha20Rng>>,
}

impl Rng for Random {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        let mut generator = self.generator.lock();
        if generator.is_none() {
            *generator = Some(ChaCha20Rng::from_seed(seed()?));
        }
        if let Some(generator) = generator.as_mut() {
            generator.fill_bytes(buffer);
        }
        Ok(())
    }
}

fn seed() -> Result<[u8; SEED_BYTES], RngError> {
    let mut seed = [0; SEED_BYTES];
    match crate::boards::rng() {
        Some(hardware) => hardware.fill(&mut seed)?,
        None => {
            log::warn!(
                "kernel: this board has no hardware random numbers; seeding from the timer, not \
                 fit for keys"
            );
            for byte in &mut seed {
                *byte = jitter();
            }
        }
    }
    Ok(seed)
}

/// The low bits of how long some loops took.
fn jitter() -> u8 {
    (0..64)
        .fold(0_u8, |sum, turn| sum.rotate_left(1) ^ (timer::ticks() as u8).wrapping_mul(turn | 1))
}
