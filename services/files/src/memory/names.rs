//! The names of a directory: one piece each, of the node's number and the name.
//!
//! A name's key comes from the name itself. So it is found without a search, keeps its place in
//! the listing whatever else comes and goes, and its key serves as the cookie of the listing.

use super::budget::Budget;
use super::pieces::Pieces;
use crate::{NAME_BYTES_MAX, Node};
use abi::Errno;

/// Names of one hash that a directory can have.
const SAME_HASH_MAX: u64 = 256;

/// Bits of a key. What lists a directory has cookies of its own, for which the rest is left.
const KEY_BITS: u32 = 62;

/// Bytes of a node's number before its name.
const NODE_BYTES: usize = 8;

/// The key of `name` and what it names.
pub(super) fn find(names: &Pieces, name: &str) -> Option<(u64, Node)> {
    let first = hash(name);
    let mut key = first;
    while key < first + SAME_HASH_MAX {
        let (found, other, node) = from(names, key)?;
        if other == name {
            return Some((found, node));
        }
        key = found + 1;
    }
    None
}

/// The first name whose key is `key` or greater.
pub(super) fn from(names: &Pieces, key: u64) -> Option<(u64, &str, Node)> {
    let (key, piece) = names.from(key)?;
    let (node, name) = piece.split_first_chunk::<NODE_BYTES>()?;
    let name = core::str::from_utf8(name).ok()?;
    Some((key, name, Node(u64::from_le_bytes(*node))))
}

/// Adds `name`, which is new.
pub(super) fn insert(
    names: &mut Pieces,
    name: &str,
    node: Node,
    budget: &mut Budget,
) -> Result<(), Errno> {
    let first = hash(name);
    let mut keys = first..first + SAME_HASH_MAX;
    let key = keys.find(|key| names.get(*key).is_none()).ok_or(Errno::NoSpace)?;

    let mut piece = [0; NODE_BYTES + NAME_BYTES_MAX];
    let length_bytes = NODE_BYTES + name.len();
    let bytes = piece.get_mut(..length_bytes).ok_or(Errno::NameTooLong)?;
    bytes[..NODE_BYTES].copy_from_slice(&node.0.to_le_bytes());
    bytes[NODE_BYTES..].copy_from_slice(name.as_bytes());
    names.insert(key, length_bytes, 0, bytes, budget)
}

/// Lets the name with `key` name `node` instead of what it named.
pub(super) fn set(names: &mut Pieces, key: u64, node: Node) {
    let piece = names.get_mut(key);
    if let Some(number) = piece.and_then(|piece| piece.first_chunk_mut::<NODE_BYTES>()) {
        *number = node.0.to_le_bytes();
    }
}

/// The first key of a name: FNV-1a, which is short and spreads names well. Who makes names of one
/// hash on purpose fills only a directory of his own.
fn hash(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    (hash >> (u64::BITS - KEY_BITS)) / SAME_HASH_MAX * SAME_HASH_MAX
}
