use super::super::testing::elf;
use super::*;

fn message(elf: &[u8]) -> String {
    format!("{:#}", flatten(elf).unwrap_err())
}

#[test]
fn segments_lie_where_they_are_loaded_and_the_bundle_comes_after_them() {
    let elf = elf(
        &[(0x8_0000, b"code"), (0x8_0008, b"data")],
        &[("_start", 0x8_0000, 4), ("__bundle_start", 0x8_0010, 0)],
    );

    assert_eq!(flatten(&elf).unwrap(), b"code\0\0\0\0data\0\0\0\0");
}

#[test]
fn a_segment_without_bytes_may_lie_below_the_image() {
    let elf = elf(&[(0x1000, b""), (0x8_0000, b"code")], &[("__bundle_start", 0x8_0004, 0)]);

    assert_eq!(flatten(&elf).unwrap(), b"code");
}

#[test]
fn a_segment_with_bytes_below_the_image_is_an_error() {
    let elf = elf(&[(0x1000, b"data")], &[("__bundle_start", 0x8_0004, 0)]);

    assert!(message(&elf).contains("0x1000 lies outside"), "{}", message(&elf));
}

#[test]
fn a_segment_over_the_bundles_place_is_an_error() {
    let elf = elf(&[(0x8_0000, b"code")], &[("__bundle_start", 0x8_0002, 0)]);

    assert!(message(&elf).contains("0x80000 lies outside"), "{}", message(&elf));
}

#[test]
fn a_kernel_without_a_place_for_its_bundle_is_an_error() {
    let elf = elf(&[(0x8_0000, b"code")], &[("_start", 0x8_0000, 4)]);

    assert_eq!(message(&elf), "the kernel has no symbol `__bundle_start`");
}

#[test]
fn a_place_for_the_bundle_that_no_image_reaches_is_an_error() {
    let elf = elf(&[(0x8_0000, b"code")], &[("__bundle_start", 1 << 40, 0)]);

    assert!(message(&elf).contains("cannot be at 0x10000000000"), "{}", message(&elf));
}

#[test]
fn what_is_no_elf_file_is_an_error() {
    assert!(message(b"\0asm").contains("not an ELF file"));
}
