//! A machine whose streams are always ready and whose clock moves only when a program sleeps.

use abi::Errno;
use device::{Clock, Rng, RngError};
use runtime::{Pool, Until};
use service_files::Mount;
use service_wasi::{Input, Output, Read, Surroundings, Wasi};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What was written to which descriptor, in order; writes that follow each other are one.
pub type Written = Vec<(u8, Vec<u8>)>;

/// Memory without end.
pub struct Roomy;

pub static ROOMY: Roomy = Roomy;

impl Pool for Roomy {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// What one run writes and the time that it sees.
pub struct Machine {
    written: Arc<Mutex<Written>>,
    clock: &'static StillClock,
}

impl Machine {
    pub fn new() -> Self {
        let clock = Box::leak(Box::new(StillClock(AtomicU64::new(1_000_000_000))));
        Self { written: Arc::default(), clock }
    }

    pub fn wasi(
        &self,
        args: &[String],
        env: &[(String, String)],
        stdin: &[u8],
        mounts: Vec<Mount>,
    ) -> Wasi {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let env: Vec<_> = env.iter().map(|(name, value)| (&**name, &**value)).collect();
        Wasi::new(Surroundings {
            args: &args,
            env: &env,
            input: Box::new(Keyboard(stdin.to_vec().into())),
            output: Box::new(Paper { written: self.written.clone(), stream: 1 }),
            errors: Box::new(Paper { written: self.written.clone(), stream: 2 }),
            mounts,
            pool: &ROOMY,
            clock: self.clock,
            wall_ns: |now_ns| 1_800_000_000_000_000_000 + now_ns,
            rng: &FixedRng,
        })
    }

    /// Lets what a program waits for happen.
    pub fn pass(&self, until: Until) {
        let at_ns = until.at_ns.expect("all streams are always ready");
        self.clock.0.fetch_max(at_ns, Ordering::Relaxed);
    }

    pub fn written(&self) -> Written {
        self.written.lock().unwrap().clone()
    }
}

struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        16
    }
}

struct FixedRng;

impl Rng for FixedRng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        buffer.fill(0xa5);
        Ok(())
    }
}

/// Standard input that is all there.
struct Keyboard(VecDeque<u8>);

impl Input for Keyboard {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let length_bytes = buffer.len().min(self.0.len());
        if length_bytes == 0 {
            return Read::End;
        }
        buffer.iter_mut().zip(self.0.drain(..length_bytes)).for_each(|(to, byte)| *to = byte);
        Read::Bytes(length_bytes)
    }

    fn poll(&mut self) -> Read {
        if self.0.is_empty() { Read::End } else { Read::Bytes(self.0.len()) }
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// Standard output or error that keeps everything.
struct Paper {
    written: Arc<Mutex<Written>>,
    stream: u8,
}

impl Output for Paper {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let mut written = self.written.lock().unwrap();
        match written.last_mut() {
            Some((stream, text)) if *stream == self.stream => text.extend_from_slice(bytes),
            _ => written.push((self.stream, bytes.to_vec())),
        }
        Ok(bytes.len())
    }

    fn room_bytes(&mut self) -> usize {
        usize::MAX
    }

    fn is_terminal(&self) -> bool {
        false
    }
}
