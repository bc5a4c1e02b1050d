//! SHA-256 sums, as people compare them.

use super::ByteBar;
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

const PIECE_BYTES: usize = 1 << 20;

/// The sum of the file at `path`, in hexadecimal.
///
/// # Errors
///
/// The file cannot be read.
pub(crate) fn sha256_of_file(path: &Path) -> anyhow::Result<String> {
    let wrong = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(wrong)?;
    let bar = ByteBar::new("sum", file.metadata().with_context(wrong)?.len());

    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read_bytes = file.read(&mut piece).with_context(wrong)?;
        if read_bytes == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&piece[..read_bytes]);
        bar.advance(read_bytes);
    }
}

/// `bytes` in lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standards_example() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();

        let sum = sha256_of_file(&path).unwrap();

        // FIPS 180-4's example for one block.
        assert_eq!(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
