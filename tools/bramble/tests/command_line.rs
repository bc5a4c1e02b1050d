//! What `bramble` says, and ends with, when its command line or its surroundings are wrong.

#![forbid(unsafe_code)]

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn bramble() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bramble"));
    command.stdin(Stdio::null()).env_remove("BRAMBLE_IMAGE");
    command
}

#[track_caller]
fn assert_fails(output: &Output, code: i32, what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(what), "no `{what}` in {stderr}");
}

/// A file that passes for an image, as it is gzip.
fn image(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("kernel8.img");
    let mut encoder = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    encoder.write_all(b"no kernel").unwrap();
    encoder.finish().unwrap();
    path
}

/// `boot`, where QEMU is the shell script `script`.
fn boot_on(script: &str) -> Output {
    boot_with(&[], script)
}

/// The same, with `options`.
fn boot_with(options: &[&str], script: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let qemu = folder.path().join("qemu-system-aarch64");
    std::fs::write(&qemu, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&qemu, PermissionsExt::from_mode(0o755)).unwrap();

    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", folder.path().display());
    let mut boot = bramble();
    boot.env("PATH", path).arg("boot").args(options).arg("--image").arg(image(&folder));
    boot.output().unwrap()
}

#[test]
fn a_file_that_is_no_image_is_not_booted() {
    let no_image = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");

    let output = bramble().args(["boot", "--image"]).arg(no_image).output().unwrap();
    assert_fails(&output, 1, "is not a kernel8.img; `cargo bramble image` builds one");
    let output = bramble().args(["boot", "--image", "none/kernel8.img"]).output().unwrap();
    assert_fails(&output, 1, "cannot read the image none/kernel8.img");
}

#[test]
fn a_boot_whose_qemu_is_killed_or_fails_says_so() {
    assert_fails(&boot_on("echo kernel: up; kill -9 $$"), 1, "QEMU failed: signal: 9");
    assert_fails(&boot_on("echo no such board >&2; exit 1"), 1, "no such board");
}

#[test]
fn a_boot_that_says_nothing_is_no_success() {
    assert_fails(&boot_on("exit 0"), 1, "the machine said nothing");
}

#[test]
fn a_boot_that_a_person_ends_is_a_success() {
    let output = boot_on("echo kernel: up; echo terminating on signal 2 >&2");

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, b"kernel: up\n");
}

#[test]
fn a_boot_on_the_network_says_where_this_host_reaches_the_board() {
    const SAY_WORDS: &str = "echo \"$*\"";
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();

    let output = boot_with(&["--net", "--listen", &port.to_string()], SAY_WORDS);

    let stderr = String::from_utf8(output.stderr).unwrap();
    let line = stderr.lines().find_map(|line| line.strip_prefix("listening: 127.0.0.1:"));
    let (own, rest) = line.unwrap().split_once(' ').unwrap();
    assert_eq!(rest, format!("-> port {port} of the board; that port is taken here"));
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains(&format!(",hostfwd=tcp:127.0.0.1:{own}-:{port} ")), "{words}");
    assert!(words.contains("-device usb-net,"), "{words}");

    let words = String::from_utf8(boot_on(SAY_WORDS).stdout).unwrap();
    assert!(!words.contains("netdev"), "{words}");
}

#[test]
fn an_image_is_not_built_for_a_place_where_it_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();

    let output = bramble().args(["image", "-o"]).arg(folder.path()).output().unwrap();
    assert_fails(&output, 1, "is a folder: `-o` names a file");
    let path = folder.path().join("none/kernel8.img");
    let output = bramble().args(["image", "-o"]).arg(path).output().unwrap();
    assert_fails(&output, 1, "there is no folder");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn errors_are_json_where_that_is_asked_for() {
    let output = bramble().args(["run", "--json", "no/such.wasm"]).output().unwrap();

    assert_eq!(output.status.code(), Some(126));
    let said: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(said["error"].as_str().unwrap().starts_with("cannot read no/such.wasm"), "{said}");
}

#[test]
fn json_is_refused_where_it_means_nothing() {
    let output = bramble().args(["boot", "--json"]).output().unwrap();

    assert_fails(&output, 2, "--json");
}

#[test]
fn an_error_of_run_that_is_not_the_programs_has_a_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("test.wat");
    std::fs::write(&program, "(module)").unwrap();

    let output = bramble().args(["run", "--stdin", "no/such"]).arg(program).output().unwrap();

    assert_fails(&output, 125, "cannot read no/such");
}

#[test]
fn a_c_file_becomes_a_module_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("hi.c");
    // The warning about `unused` is no error.
    std::fs::write(&source, "int main(void) { int unused; return 0; }").unwrap();

    let output = bramble().arg("build").arg(source).output().unwrap();

    let module = folder.path().join("hi.wasm");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, format!("{}\n", module.display()).as_bytes());
    assert!(std::fs::read(module).unwrap().starts_with(b"\0asm"));
}
