use super::*;

const PLAIN: Quantizer<'_> = Quantizer { steps: &[16; 64], scale: 1, middle: 0 };
const DIFFERENCE: Quantizer<'_> = Quantizer { middle: 1, ..PLAIN };

/// The bits that the digits in `text` are.
fn bytes_of(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|digit| *digit != ' ').collect();
    let byte = |digits: &[char]| {
        let text: String = digits.iter().collect();
        u8::from_str_radix(&format!("{text:0<8}"), 2).unwrap()
    };
    digits.chunks(8).map(byte).collect()
}

fn intra(text: &str, quantizer: Quantizer<'_>) -> Result<Block, Broken> {
    let mut block = Block::default();
    block.read_intra(&mut Bits::new(&bytes_of(text)), quantizer, 100)?;
    Ok(block)
}

fn difference(text: &str) -> Result<Block, Broken> {
    let mut block = Block::default();
    block.read_difference(&mut Bits::new(&bytes_of(text)), DIFFERENCE)?;
    Ok(block)
}

#[test]
fn runs_and_levels_follow_the_average_in_a_zigzag() {
    // Level -1; 2 behind a zero; the end.
    let block = intra("111 0001100 10", PLAIN).unwrap();

    assert_eq!(block.rows[0][..3], [800, -1, 0]);
    // Two steps of 2 are 4, made odd.
    assert_eq!(block.rows[2][0], 3);
    assert_eq!((block.used_rows, block.used_columns), (0b101, 0b11));
}

#[test]
fn a_difference_begins_with_a_code_that_else_is_the_end() {
    // (2 + 1) · 16 / 16.
    assert_eq!(difference("10 10").unwrap().rows[0][0], 3);
    assert_eq!(difference("11 10").unwrap().rows[0][0], -3);
    assert_eq!(difference("0100 1 10").unwrap().rows[0][0], -5);
}

#[test]
fn what_has_no_code_stands_there_as_it_is() {
    let wide = Quantizer { steps: &[8; 64], ..PLAIN };
    let block = intra("000001 000000 00000000 11111111 000001 000000 10000001 10", wide).unwrap();
    assert_eq!(block.rows[0][1], 255);
    assert_eq!(block.rows[1][0], -127);

    let block = intra("000001 000000 10000000 00000001 10", wide).unwrap();
    assert_eq!(block.rows[0][1], -255);
}

#[test]
fn coefficients_stay_within_their_range() {
    let wide = Quantizer { steps: &[255; 64], scale: 31, middle: 0 };
    let block = intra("000001 000000 01111111 000001 000000 10000001 10", wide).unwrap();
    assert_eq!((block.rows[0][1], block.rows[1][0]), (2047, -2048));
}

#[test]
fn more_than_64_coefficients_and_bits_that_are_no_code_are_broken() {
    assert_eq!(intra("000001 111111 00000001 10", PLAIN), Err(Broken));
    assert_eq!(intra(&"11 0".repeat(64), PLAIN), Err(Broken));
    assert_eq!(intra("00000000000000000000000000000000", PLAIN), Err(Broken));
    assert_eq!(intra("", PLAIN), Err(Broken));
}
