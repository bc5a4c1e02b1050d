//! What is published.

use super::workshop::{CARD_BYTES, Workshop, assert_fails, has_tool, kernel, tool};
use std::fs;

#[test]
fn a_release_is_a_packed_card_with_its_sum_the_kernel_and_a_licence() {
    let workshop = Workshop::new();

    let words = ["release", "--kernel", "kernel8.img", "--firmware", "firmware", "--output", "out"];
    let output = workshop.bramble(&words);

    assert!(output.status.success(), "{output:?}");
    let name = format!("bramble-{}.img.xz", env!("CARGO_PKG_VERSION"));
    let mut names: Vec<_> = fs::read_dir(workshop.at("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let (sum, licence) = (format!("{name}.sha256"), "LICENCE.spleen".to_owned());
    assert_eq!(names, [licence, name.clone(), sum, "kernel8.img".to_owned()]);
    assert!(fs::read(workshop.at("out/kernel8.img")).unwrap() == kernel());
    if has_tool("xz", "xz-utils") {
        let packed = workshop.at("out").join(&name);
        let unpacked = tool("xz").arg("-dc").arg(packed).output().unwrap();
        assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
        assert_eq!(unpacked.stdout.len() as u64, CARD_BYTES);
        assert_eq!(unpacked.stdout[510..512], [0x55, 0xaa]);
    }
}

#[test]
fn a_release_without_firmware_is_none() {
    let workshop = Workshop::new();

    let output = workshop.bramble(&["release", "--kernel", "kernel8.img", "--output", "out"]);

    assert_fails(&output, 1, "boots no board: `tools/firmware.sh`");
}
