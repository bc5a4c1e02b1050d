//! The network: the shipped image with an adapter, against the host's own TCP and against a peer
//! that misbehaves.

mod apps;
mod peer;
mod server;

use super::*;
use kernel_core::bundle::Service;
use qemu::{Forward, Monitor, Network};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::OnceLock;

/// Where the server listens.
const PORT: &str = "8080";

/// The server of `net/serve`.
fn server_module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/net/serve");
    MODULE.get_or_init(|| build(&source))
}

/// An app that serves so many connections to [`PORT`], or all if that is 0.
fn server(connections: &str) -> App<'_> {
    App {
        args: vec![connections],
        limits: Limits { memory_pages_max: 32, ..Limits::default() },
        ..networked("serve", server_module())
    }
}

/// An app that may listen on [`PORT`].
fn networked<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    App { uses: vec![Service::Wasi, Service::Net], listens: vec![PORT], ..app(name, module) }
}

/// A board on QEMU's own network, which passes connections to a port of the host on.
struct Slirp {
    port: u16,
}

impl Slirp {
    /// On a port of the host that is free.
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port }
    }

    fn network(&self) -> Network {
        let board_port = PORT.parse().unwrap();
        Network::default().forward([Forward { host_port: self.port, board_port }])
    }

    /// A connection to the app.
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream
    }
}

/// Boots `packed` on QEMU's own network, and waits until it has an address.
fn boot_on(slirp: &Slirp, machine: Machine) -> Qemu {
    let qemu = machine.network(&slirp.network()).boot().unwrap();
    qemu.expect("net: address 10.0.2.15/24", LIMIT);
    qemu
}

/// All that comes until the end.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// What the server sends back after `question`.
fn ask(mut stream: TcpStream, question: &[u8]) -> Vec<u8> {
    stream.write_all(question).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    rest(stream)
}

#[test]
fn a_listener_of_rusts_library_serves_the_host_on_both_boards() {
    let Some(corpus) = wasm_corpus::folder() else { return };
    let module = std::fs::read(corpus.join("sockets/p1-listen.wasm")).unwrap();
    let mut app = networked("p1-listen", &module);
    app.limits.memory_pages_max = 32;
    let packed = Packed::new(vec![app]);

    for board in [Board::Raspi3b, Board::Raspi4b] {
        let slirp = Slirp::new();
        let qemu = boot_on(&slirp, packed.machine(board));
        for (question, answer) in [("hello", "hi from p1, got 5"), ("hello again", "got 11")] {
            let said = String::from_utf8(ask(slirp.connect(), question.as_bytes())).unwrap();
            assert!(said.ends_with(answer), "{said}");
        }
        qemu.expect("kernel: p1-listen exited with code 0", LIMIT);
        assert!(qemu.console().contains("kernel: p1-listen listens on port 8080, descriptor 3"));
    }
}

#[test]
fn the_shell_shows_the_network_and_pings() {
    let slirp = Slirp::new();
    let packed = Packed::new(vec![server("0")]);
    let mut qemu = boot_on(&slirp, packed.machine(Board::Raspi3b));
    shell::enter(&mut qemu);

    let shown = shell::ask(&mut qemu, "net");
    for line in ["address   10.0.2.15/24", "router    10.0.2.2", "names     10.0.2.3"] {
        assert!(shown.contains(line), "{shown}");
    }
    // A listener waits for eight handshakes at a time.
    assert!(shown.contains("sockets   8 of 256"), "{shown}");
    let shown = shell::ask(&mut qemu, "boot");
    assert!(shown.contains("network address") && shown.contains("USB's delays in it"), "{shown}");
    qemu.forget();
    qemu.send("ping 10.0.2.2\r");
    qemu.expect_both("10.0.2.2: 0.", "bramble> ", LIMIT);
    shell::look_until(&mut qemu, &["serve"], "waits for network");
}
