//! A time server (RFC 4330).

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMode {
    /// Says that it is [`TIME_NS`] since it began.
    Honest,
    /// Says nothing.
    Silent,
    /// Answers without what the question had in it, as somebody who never saw it would.
    Forged,
}

/// When the peer's clock began, in nanoseconds since 1970: 2030-01-01T00:00:00Z.
pub const TIME_NS: u64 = 1_893_456_000_000_000_000;

const SECONDS_1900_TO_1970: u64 = 2_208_988_800;

/// The server's answer to `question`, so many microseconds after its clock began.
pub(crate) fn answer(mode: TimeMode, question: &[u8], now_us: u64) -> Option<Vec<u8>> {
    if mode == TimeMode::Silent || question.len() < 48 {
        return None;
    }
    let now_ns = TIME_NS + now_us * 1000;
    let seconds = now_ns / 1_000_000_000 + SECONDS_1900_TO_1970;
    let fraction = ((now_ns % 1_000_000_000) << 32) / 1_000_000_000;

    let mut answer = vec![0; 48];
    answer[0] = 4 << 3 | 4;
    answer[1] = 1;
    if mode == TimeMode::Honest {
        answer[24..32].copy_from_slice(&question[40..48]);
    }
    answer[40..].copy_from_slice(&(seconds << 32 | fraction).to_be_bytes());
    Some(answer)
}
