//! Video out of a file in which it may be mixed with sound: a program stream (ISO/IEC 11172-1,
//! §2.4.3).

use std::borrow::Cow;

/// What a program stream begins with.
const PACK: [u8; 4] = [0, 0, 1, 0xba];
/// A packet of the first video.
const VIDEO: u8 = 0xe0;
/// The first of the codes whose unit says how long it is.
const FIRST_WITH_LENGTH: u8 = 0xbb;

/// The video of a file, which is a program stream or video alone.
#[must_use]
pub fn video_of(file: &[u8]) -> Cow<'_, [u8]> {
    if !file.starts_with(&PACK) {
        return Cow::Borrowed(file);
    }
    let mut video = Vec::new();
    let mut rest = file;
    while let Some((code, after)) = next_unit(rest) {
        rest = after;
        if code < FIRST_WITH_LENGTH {
            continue;
        }
        let Some((packet, after)) = packet(rest) else { break };
        rest = after;
        if code == VIDEO {
            video.extend_from_slice(payload(packet));
        }
    }
    Cow::Owned(video)
}

/// The code of the next unit, and what is behind it.
fn next_unit(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let start = bytes.windows(3).position(|window| window == [0, 0, 1])?;
    let (code, rest) = bytes[start + 3..].split_first()?;
    Some((*code, rest))
}

/// A packet, which begins with its length, and what is behind it; the last may be cut.
fn packet(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length_bytes = usize::from(u16::from_be_bytes(*length));
    Some(rest.split_at(length_bytes.min(rest.len())))
}

/// What a packet has behind fill bytes, how large a buffer it needs, and when it is shown.
fn payload(packet: &[u8]) -> &[u8] {
    let fill_bytes = packet.iter().take_while(|byte| **byte == 0xff).count();
    let mut rest = &packet[fill_bytes..];
    if let [0x40..=0x7f, _, after @ ..] = rest {
        rest = after;
    }
    let times_bytes = match rest.first() {
        Some(0x20..=0x2f) => 5,
        Some(0x30..=0x3f) => 10,
        _ => 1,
    };
    rest.get(times_bytes..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pack's header, of 8 bytes behind its code.
    const HEADER: [u8; 12] = [0, 0, 1, 0xba, 0x21, 0, 1, 0, 1, 0x80, 0, 1];

    fn packet_of(code: u8, bytes: &[u8]) -> Vec<u8> {
        let mut packet = vec![0, 0, 1, code];
        packet.extend((bytes.len() as u16).to_be_bytes());
        packet.extend(bytes);
        packet
    }

    #[test]
    fn video_alone_is_taken_as_it_is() {
        assert_eq!(video_of(&[0, 0, 1, 0xb3, 5]), Cow::Borrowed(&[0, 0, 1, 0xb3, 5][..]));
    }

    #[test]
    fn packets_of_video_are_joined_without_what_is_before_it_and_without_sound() {
        let plain = packet_of(VIDEO, &[0x0f, 1, 2]);
        let sound = packet_of(0xc0, &[0x0f, 8, 8, 8]);
        let filled = packet_of(VIDEO, &[0xff, 0xff, 0x60, 0x20, 0x21, 0, 1, 0, 1, 3]);
        let twice_timed = packet_of(VIDEO, &[0x31, 0, 1, 0, 1, 0x11, 0, 1, 0, 1, 0, 0, 1, 0xb3]);
        let end = vec![0, 0, 1, 0xb9];

        let file =
            [HEADER.to_vec(), plain, sound, filled, HEADER.to_vec(), twice_timed, end].concat();

        assert_eq!(video_of(&file), [1, 2, 3, 0, 0, 1, 0xb3].to_vec());
    }

    #[test]
    fn a_file_may_end_anywhere() {
        let file = [HEADER.to_vec(), packet_of(VIDEO, &[0x40, 0, 0x31, 0, 1, 9, 9])].concat();
        for length in 0..file.len() {
            assert!(video_of(&file[..length]).len() <= length);
        }
    }
}
