//! The demo apps that open their sockets themselves, and what their manifests let them do.

use super::peer::{ask_port, boot_with};
use super::*;
use wire::{Options, Wire};

/// The program of the demo app `name`.
fn demo(name: &'static str) -> Vec<u8> {
    build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps").join(name))
}

/// An app with these rights.
fn with_rights<'a>(
    name: &'a str,
    module: &'a [u8],
    args: Vec<&'a str>,
    listens: Vec<&'a str>,
    reaches: Vec<&'a str>,
) -> App<'a> {
    let limits = Limits { memory_pages_max: 32, ..Limits::default() };
    App { args, listens, reaches, limits, ..networked(name, module) }
}

#[test]
fn the_echo_server_opens_its_port_itself() {
    let module = demo("echo-server");
    let app = with_rights("server", &module, vec![], vec!["7000"], vec![]);
    let wire = Wire::start(Options::default()).unwrap();
    let (_packed, qemu) = boot_with(&wire, &bundle(vec![app]));
    qemu.expect("server | port 7000 is open", LIMIT);
    qemu.expect("net: address 10.0.5.15/24", LIMIT);

    assert_eq!(ask_port(&wire, 7000, b"and back"), b"and back");
    qemu.expect("had 8 bytes back", LIMIT);
    // It is none that finds a port open.
    assert!(!qemu.console().contains("listens on port"), "{}", qemu.console());
}

#[test]
fn the_echo_client_reaches_whom_its_manifest_names_and_nobody_else() {
    let module = demo("echo-client");
    let client =
        |name, server, reaches| with_rights(name, &module, vec![server], vec![], vec![reaches]);
    let apps = vec![
        client("friend", "host.test:7", "host.test:7"),
        client("stranger", "other.test:7", "host.test:7"),
        client("other-port", "host.test:9", "host.test:7"),
        client("by-number", "10.0.5.1:7", "10.0.5.0/24:1-7"),
    ];
    let wire = Wire::start(Options::default()).unwrap();
    // All of them begin long before there is a network.
    let (_packed, qemu) = boot_with(&wire, &bundle(apps));

    qemu.expect("kernel: all apps have ended", LIMIT);
    let console = qemu.console();
    for line in [
        "friend | hello from the client",
        "kernel: friend exited with code 0",
        "kernel: stranger may not look up other.test",
        "kernel: other-port may not reach 10.0.5.1:9",
        "by-number | hello from the client",
        "kernel: by-number exited with code 0",
    ] {
        assert!(console.contains(line), "no `{line}`:\n{console}");
    }
    assert_eq!(console.matches(" may not ").count(), 2, "{console}");
}

#[test]
fn an_app_may_not_listen_where_its_manifest_does_not_say() {
    let module = demo("echo-server");
    let app = with_rights("server", &module, vec!["7001"], vec!["7000"], vec![]);
    let packed = Packed::new(vec![app]);
    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: all apps have ended", LIMIT);
    let console = qemu.console();
    assert_eq!(console.matches("kernel: server may not listen on port 7001").count(), 1);
}

#[test]
fn a_port_that_another_app_has_is_no_place_to_start() {
    let packed = Packed::new(vec![server("0"), App { name: "second", ..server("0") }]);
    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: second was refused: it cannot listen on port 8080: address in use", LIMIT);
}
