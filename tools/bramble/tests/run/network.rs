//! A program on the network: who connects to it from this host, and what is recorded of that.

use super::*;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

/// Longer than anything takes, even where many boards share the host.
const LIMIT: Duration = Duration::from_secs(120);

const SOCKETS: &str = r#"
    (import "wasi_snapshot_preview1" "sock_accept"
        (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv"
        (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send"
        (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))"#;

/// Exits with the error number that it is given, if it is one.
const CHECK: &str =
    "(func $check (param i32) (if (local.get 0) (then (call $proc_exit (local.get 0)))))";

/// Sends what comes first on one connection back, and ends without closing it. The length that is
/// received is where the length to send is.
const ECHO: &str = "
    (call $check (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 32)))
    (i32.store (i32.const 40) (i32.const 1024))
    (i32.store (i32.const 44) (i32.const 64))
    (call $check (call $sock_recv (i32.load (i32.const 32))
        (i32.const 40) (i32.const 1) (i32.const 0) (i32.const 44) (i32.const 48)))
    (call $check (call $sock_send (i32.load (i32.const 32))
        (i32.const 40) (i32.const 1) (i32.const 0) (i32.const 36)))";

fn text_of(start: &str) -> String {
    format!("(module {IMPORTS} {SOCKETS} {SAY} {CHECK} (func (export \"_start\") {start}))")
}

/// A program that listens.
struct Server {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// Where this host reaches it.
    address: String,
}

impl Server {
    fn start(port: u16, options: &[&str], program: &Path) -> Self {
        let mut command = run();
        command.args(["--timeout", "120", "--net", "--listen", &port.to_string()]).args(options);
        command.arg(program).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains(&format!(" -> port {port} of the app")), "{line}");
        let address = line.strip_prefix("listening: ").and_then(|rest| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, stderr, address }
    }

    /// What it answers to `question` until it closes the connection.
    #[track_caller]
    fn ask(&mut self, question: &str) -> String {
        let mut stream = self.connect();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(question.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// A connection, once the machine is there; the program's own timeout is the limit.
    fn connect(&mut self) -> TcpStream {
        loop {
            if let Ok(stream) = TcpStream::connect(&self.address) {
                return stream;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", self.complaints());
        }
    }

    fn complaints(&mut self) -> String {
        let mut complaints = String::new();
        self.stderr.read_to_string(&mut complaints).unwrap();
        complaints
    }

    /// Asserts that it ends by itself, and well.
    #[track_caller]
    fn assert_ends(mut self) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.complaints());
    }
}

#[test]
fn a_program_answers_this_host_and_the_wire_is_recorded() {
    let programs = Programs::new();
    let program = programs.file("echo.wat", text_of(ECHO));
    let record = programs.folder.path().join("wire, all.pcap");
    let options = ["--pcap", record.to_str().unwrap()];
    let mut server = Server::start(18_080, &options, &program);

    assert_eq!(server.ask("a question"), "a question");
    server.assert_ends();

    let recorded = std::fs::read(record).unwrap();
    // QEMU writes it with the host's own order of bytes.
    assert_eq!(recorded[..4], 0xa1b2_c3d4_u32.to_ne_bytes());
    let count = recorded.windows(10).filter(|bytes| bytes == b"a question").count();
    assert_eq!(count, 2, "there and back");
}

#[test]
fn a_rust_program_serves_on_a_listener_that_it_finds_open() {
    let Some(corpus) = wasm_corpus::folder() else { return };
    let mut server = Server::start(18_180, &[], &corpus.join("sockets/p1-listen.wasm"));

    // It serves two and ends.
    for _ in 0..2 {
        let answer = server.ask("GET / HTTP/1.0\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nhi from p1, got 18"), "{answer}");
    }
    server.assert_ends();
}

#[test]
fn a_port_that_is_taken_is_told_and_the_next_leads_to_the_program() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = ["--json", "--net", "--listen", &port.to_string()];

    let outcome = run_start(&options, "(call $say (i32.const 1))");

    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "hello\n"), "{outcome:?}");
    let said: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(said["port"], port);
    let address = said["listening"].as_str().unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    assert_ne!(address, format!("127.0.0.1:{port}"));
}

#[test]
fn without_listen_there_is_nothing_to_accept_from() {
    const BAD_DESCRIPTOR: i32 = 8;
    for options in [&[][..], &["--net"]] {
        assert_eq!(run_text(options, &text_of(ECHO)).code, Some(BAD_DESCRIPTOR), "{options:?}");
    }
}
