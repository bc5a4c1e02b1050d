//! The size of a card image, as it stands on the command line.

/// Below it FAT32 has too few clusters to be FAT32 (Microsoft's *FAT: General Overview of
/// On-Disk Format*, "FAT Type Determination"), and the boards' firmware wants FAT32.
const BYTES_MIN: u64 = 64 << 20;

/// A partition table counts blocks of 512 bytes with 32 bits.
const BYTES_MAX: u64 = 1 << 40;

/// The size without `--size`.
pub(super) const BYTES_DEFAULT: u64 = BYTES_MIN;

/// Bytes of a text such as `64M`: a power of two, since QEMU takes no other card.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let (digits, unit_bytes) = split_unit(text);
    let bytes = digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit_bytes))
        .ok_or("it should be a number of bytes, such as 64M or 1G")?;

    if bytes < BYTES_MIN {
        return Err("a FAT32 card has at least 64M".to_owned());
    }
    if bytes > BYTES_MAX {
        return Err("a card with a partition table has at most 1024G".to_owned());
    }
    if !bytes.is_power_of_two() {
        return Err("QEMU takes only powers of two: 64M, 128M, 256M and so on".to_owned());
    }
    Ok(bytes)
}

fn split_unit(text: &str) -> (&str, u64) {
    const UNITS: [(char, u64); 3] = [('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)];
    UNITS
        .iter()
        .find_map(|(unit, bytes)| {
            let digits = text.strip_suffix([*unit, unit.to_ascii_lowercase()])?;
            Some((digits, *bytes))
        })
        .unwrap_or((text, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_may_have_a_unit() {
        assert_eq!(parse("64M"), Ok(64 << 20));
        assert_eq!(parse("131072k"), Ok(128 << 20));
        assert_eq!(parse("2G"), Ok(2 << 30));
        assert_eq!(parse("67108864"), Ok(64 << 20));
    }

    #[test]
    fn a_size_that_no_card_can_have_is_refused_with_the_reason() {
        let refusal = |text| parse(text).unwrap_err();

        assert!(refusal("32M").contains("at least 64M"));
        assert!(refusal("0").contains("at least 64M"));
        assert!(refusal("100M").contains("powers of two"));
        assert!(refusal("2048G").contains("at most"));
        for wrong in ["", "M", "64T", "-64M", "6.4G", "99999999999999999999", "99999999999999999G"]
        {
            assert!(refusal(wrong).contains("such as 64M"), "{wrong}");
        }
    }
}
