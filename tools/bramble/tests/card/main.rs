//! A card image as the command writes it, and as others read it: their tools for FAT, and the
//! command itself, which writes it to a card.

#![forbid(unsafe_code)]

mod flash;
mod release;
mod workshop;

use std::fs;
use workshop::{CARD_BYTES, PARTITION_BYTES, Workshop, assert_fails, has_tool, kernel, tool};

#[test]
fn a_card_is_written_twice_with_the_same_bytes() {
    let workshop = Workshop::new();

    let first = workshop.card();
    fs::rename(workshop.at("card.img"), workshop.at("first.img")).unwrap();
    let second = workshop.card();

    assert_eq!(first, second);
    let image = fs::read(workshop.at("card.img")).unwrap();
    assert!(image == fs::read(workshop.at("first.img")).unwrap());
    assert_eq!(image.len() as u64, CARD_BYTES);
    let files = first["card"]["files"].as_array().unwrap();
    let listed = files.iter().find(|file| file["path"] == "kernel8.img").unwrap();
    assert_eq!(listed["bytes"], kernel().len());
}

#[test]
fn a_card_is_clean_in_the_eyes_of_fsck() {
    if !has_tool("fsck.fat", "dosfstools") {
        return;
    }
    let workshop = Workshop::new();
    workshop.card();
    let image = fs::read(workshop.at("card.img")).unwrap();
    fs::write(workshop.at("volume"), &image[PARTITION_BYTES as usize..]).unwrap();

    let output = tool("fsck.fat").args(["-n", "-v"]).arg(workshop.at("volume")).output();

    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("32 bit entries"), "{said}");
    for complaint in ["differ", "wrong", "dirty", "Free cluster summary"] {
        assert!(!said.contains(complaint), "{said}");
    }
}

#[test]
fn a_card_reads_with_the_tools_that_people_have() {
    if !has_tool("mdir", "mtools") {
        return;
    }
    let workshop = Workshop::new();
    workshop.card();
    let mtools = |name: &str, words: &[&str]| {
        let image = format!("{}@@{PARTITION_BYTES}", workshop.at("card.img").display());
        let output = tool(name).arg("-i").arg(image).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    let listing = mtools("mdir", &["-b", "-/", "::/"]);

    for name in ["bootcode.bin", "config.txt", "kernel8.img", "apps/hello.wasm", "apps/README.txt"]
    {
        let line = format!("::/{name}");
        assert!(listing.lines().any(|found| found.eq_ignore_ascii_case(&line)), "{listing}");
    }
    assert!(mtools("mtype", &["::/config.txt"]).contains("\narm_64bit=1\n"));
    assert!(mtools("mdir", &["::/kernel8.img"]).contains("2026-11-21"));
}

#[test]
fn a_card_without_firmware_is_made_and_says_what_it_lacks() {
    let workshop = Workshop::new();

    let output = workshop.bramble(&[
        "image",
        "--kernel",
        "kernel8.img",
        "--sd",
        "card.img",
        "--size",
        "128M",
    ]);

    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("For QEMU only: it has no firmware"), "{said}");
    assert_eq!(fs::metadata(workshop.at("card.img")).unwrap().len(), 2 * CARD_BYTES);
}

#[test]
fn what_cannot_be_a_card_is_refused_before_anything_is_written() {
    let workshop = Workshop::new();
    let image = |words: &[&str]| workshop.bramble(&[&["image"], words].concat());

    let wrong_size = image(&["--kernel", "kernel8.img", "--sd", "card.img", "--size", "32M"]);
    assert_fails(&wrong_size, 2, "a FAT32 card has at least 64M");
    assert_fails(&image(&["--size", "64M"]), 2, "--sd");
    let two_kernels = ["--sd", "card.img", "--kernel", "kernel8.img", "--profile", "small"];
    assert_fails(&image(&two_kernels), 2, "--profile");
    // Said before the kernel is built, which would take minutes.
    assert_fails(&image(&["--sd", "none/card.img"]), 1, "there is no folder none");
    assert_fails(&image(&["--sd", "card.img", "--app", "no.wasm"]), 1, "cannot read no.wasm");
    let no_kernel = image(&["--sd", "card.img", "--kernel", "hello.wasm"]);
    assert_fails(&no_kernel, 1, "hello.wasm is not a kernel8.img");
    assert!(!workshop.at("card.img").exists());
}
