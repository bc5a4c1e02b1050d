//! DNS messages: a question out, and the addresses in an answer.
//!
//! Source: RFC 1035, §4.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// Addresses that are kept of one answer.
pub(crate) const ADDRESSES_MAX: usize = 4;

/// Bytes of the longest name as text (§2.3.4).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
const HEADER_BYTES: usize = 12;
/// Records of an answer that are looked at.
const RECORDS_MAX: u16 = 64;

const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
const CLASS_IN: u16 = 1;

/// A standard query that asks for recursion.
const RECURSION_DESIRED: u16 = 0x0100;
const IS_RESPONSE: u16 = 0x8000;
const TRUNCATED: u16 = 0x0200;
const RCODE: u16 = 0x000f;
const NO_SUCH_NAME: u16 = 3;

/// What a server says about a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Its addresses, at least one, and for how many seconds.
    Known(Vec<Ipv4Addr>, u32),
    /// It has none.
    Unknown,
}

/// Whether `name` can be asked for.
pub(crate) fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= NAME_BYTES_MAX && name.split('.').all(is_label)
}

/// Asks for the addresses of `name`, which [`is_name`].
pub(crate) fn question(id: u16, name: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER_BYTES + name.len() + 6);
    for word in [id, RECURSION_DESIRED, 1, 0, 0, 0] {
        message.extend_from_slice(&word.to_be_bytes());
    }
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend_from_slice(label.as_bytes());
    }
    message.extend_from_slice(&[0, 0, TYPE_A as u8, 0, CLASS_IN as u8]);
    message
}

/// What `message` answers to the question `id` for `name`; `None` if it is no answer to it, or
/// makes no sense.
pub(crate) fn answer(message: &[u8], id: u16, name: &str) -> Option<Answer> {
    let flags = word(message, 2)?;
    let questions = word(message, 4)?;
    if word(message, 0)? != id || flags & IS_RESPONSE == 0 || questions != 1 {
        return None;
    }
    let (asked, at) = name_at(message, HEADER_BYTES)?;
    if !asked.eq_ignore_ascii_case(name) || word(message, at)? != TYPE_A {
        return None;
    }

    match flags & RCODE {
        0 if flags & TRUNCATED == 0 => records(message, at + 4, asked),
        NO_SUCH_NAME => Some(Answer::Unknown),
        _ => None,
    }
}

/// The addresses of `name` in the records from `at` on. A record of another name counts only if
/// one before it said that `name` is an alias of that.
fn records(message: &[u8], mut at: usize, mut name: String) -> Option<Answer> {
    let mut addresses = Vec::new();
    let mut seconds = u32::MAX;
    for _ in 0..word(message, 6)?.min(RECORDS_MAX) {
        let (owner, after) = name_at(message, at)?;
        let data = after + 10;
        let length_bytes = usize::from(word(message, after + 8)?);
        let bytes = message.get(data..data + length_bytes)?;
        at = data + length_bytes;
        if !owner.eq_ignore_ascii_case(&name) || word(message, after + 2)? != CLASS_IN {
            continue;
        }

        let record_seconds =
            u32::from(word(message, after + 4)?) << 16 | u32::from(word(message, after + 6)?);
        match word(message, after)? {
            TYPE_A => {
                let address: [u8; 4] = bytes.try_into().ok()?;
                if addresses.len() < ADDRESSES_MAX {
                    addresses.push(address.into());
                }
            }
            TYPE_CNAME => name = name_at(message, data)?.0,
            _ => continue,
        }
        seconds = seconds.min(record_seconds);
    }
    Some(if addresses.is_empty() { Answer::Unknown } else { Answer::Known(addresses, seconds) })
}

/// The name at `at`, and where it ends. Each pointer must lead to before where the one before it
/// led, so that none can lead round in a circle (§4.1.4).
fn name_at(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut end = None;
    let mut limit = at;
    loop {
        let length = *message.get(at)?;
        match length {
            0 => return Some((name, end.unwrap_or(at + 1))),
            1..64 => {
                let label = message.get(at + 1..at + 1 + usize::from(length))?;
                if name.len() + label.len() >= NAME_BYTES_MAX {
                    return None;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                name.extend(label.iter().map(|byte| char::from(*byte)));
                at += 1 + usize::from(length);
            }
            0xc0.. => {
                end = end.or(Some(at + 2));
                at = usize::from(word(message, at)? & 0x3fff);
                if at >= limit {
                    return None;
                }
                limit = at;
            }
            _ => return None,
        }
    }
}

fn word(message: &[u8], at: usize) -> Option<u16> {
    let bytes = message.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

#[cfg(test)]
mod tests;
