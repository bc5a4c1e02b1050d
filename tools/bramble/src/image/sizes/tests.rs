use super::super::testing::elf;
use super::*;

fn sizes() -> Sizes {
    let kernel = b"ssssaaaabbbbcccc----\0\0\0\0";
    let elf = elf(
        &[(0x8_0000, &kernel[..])],
        &[
            ("_start", 0x8_0000, 4),
            ("_ZN5wasmi6engine3run17h0123456789abcdefE", 0x8_0004, 4),
            // The same bytes under another name, as `--icf` leaves them.
            ("_ZN4core3fmt3fmt17h0123456789abcdefE", 0x8_0004, 4),
            ("_ZN12service_wasi4link17h0123456789abcdefE", 0x8_0008, 4),
            ("anon.0123.4", 0x8_000c, 4),
            ("__bundle_start", 0x8_0018, 0),
        ],
    );
    let module = b"module".to_vec();
    let bundle = b"header module";
    Sizes::measure(&elf, kernel, bundle, [("hello", &module)].into_iter(), 100).unwrap()
}

fn flat_bytes(sizes: &Sizes, name: &str) -> Option<usize> {
    sizes.parts.iter().find(|part| part.name == name).map(|part| part.flat_bytes)
}

#[test]
fn every_byte_counts_for_one_part() {
    let sizes = sizes();

    assert_eq!(sizes.flat_bytes, 24 + 13);
    assert_eq!(sizes.parts.iter().map(|part| part.flat_bytes).sum::<usize>(), 24 + 13);
    assert_eq!(flat_bytes(&sizes, "wasmi"), Some(4));
    assert_eq!(flat_bytes(&sizes, "core"), None);
    assert_eq!(flat_bytes(&sizes, PLAIN), Some(4));
    assert_eq!(flat_bytes(&sizes, UNNAMED), Some(12));
    assert_eq!(flat_bytes(&sizes, "app hello"), Some(6));
    assert_eq!(flat_bytes(&sizes, "app manifest"), Some(7));
}

#[test]
fn shares_of_what_ships_add_up_but_for_rounding() {
    let sizes = sizes();

    let sum: usize = sizes.parts.iter().map(|part| part.shipped_bytes).sum();
    assert!((100 - sizes.parts.len()..=100).contains(&sum), "{sum}");
}

#[test]
fn a_service_costs_what_its_crate_takes() {
    let sizes = sizes();

    assert_eq!(sizes.services.len(), 1);
    assert_eq!((sizes.services[0].name.as_str(), sizes.services[0].flat_bytes), ("wasi", 4));
}

#[test]
fn a_symbol_belongs_to_the_crate_its_path_begins_in() {
    let legacy = "_ZN49_$LT$wasmi..Store$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE";
    let names = [
        ("_ZN4core9panicking5panic17h0123456789abcdefE", "core"),
        (legacy, "wasmi"),
        ("_RNvCs1234_7mycrate3foo", "mycrate"),
        ("memcpy", PLAIN),
        ("anon.0123.4", UNNAMED),
    ];

    for (name, package) in names {
        assert_eq!(crate_of(name), package, "{name}");
    }
}

#[test]
fn numbers_are_read_in_groups_of_three_digits() {
    assert_eq!(
        [0, 999, 1000, 1_234_567].map(grouped),
        ["0", "999", "1 000", "1 234 567"].map(String::from)
    );
}
