//! A typed line in words, as shells have them.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

/// A quote has no other end, or a word is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenQuote;

/// The words of `line`: blanks are between them, and within quotes of either kind part of them.
///
/// # Errors
///
/// [`OpenQuote`].
pub fn words(line: &[u8]) -> Result<Vec<String>, OpenQuote> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    // Quotes make a word even where nothing is between them.
    let mut is_word = false;
    let mut quote = 0;
    // One more blank ends the last word.
    for &byte in line.iter().chain(b" ") {
        match byte {
            b'\'' | b'"' if quote == 0 => quote = byte,
            _ if quote == byte => quote = 0,
            b' ' if quote == 0 => {
                if is_word {
                    // All that is cut off is ASCII: what was text still is.
                    words.push(String::from_utf8(mem::take(&mut word)).map_err(|_| OpenQuote)?);
                }
                is_word = false;
                continue;
            }
            _ => word.push(byte),
        }
        is_word = true;
    }
    if quote == 0 { Ok(words) } else { Err(OpenQuote) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_between_words_however_many() {
        assert_eq!(
            words(b"  run  hello   a b "),
            Ok(["run", "hello", "a", "b"].map(Into::into).into())
        );
        assert_eq!(words(b"   "), Ok(Vec::new()));
    }

    #[test]
    fn quotes_hold_blanks_and_the_other_quote() {
        assert_eq!(words(b"a 'b \"c' d"), Ok(["a", "b \"c", "d"].map(Into::into).into()));
        assert_eq!(words(b"say=\"it's so\""), Ok(["say=it's so"].map(Into::into).into()));
    }

    #[test]
    fn nothing_in_quotes_is_an_empty_word() {
        assert_eq!(words(b"a '' b"), Ok(["a", "", "b"].map(Into::into).into()));
    }

    #[test]
    fn a_quote_without_its_end_is_an_error() {
        assert_eq!(words(b"a 'b"), Err(OpenQuote));
        assert_eq!(words(b"\""), Err(OpenQuote));
    }
}
