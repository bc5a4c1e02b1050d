//! WasmEdge's sockets, as their own crate calls them.

use super::program::{Program, built};
use super::world::OWN;
use std::sync::OnceLock;
use wire::PEER;

/// Starts the program of `sockets` with a word that says what it is to do.
fn start(word: &str) -> Program {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    Program::start(MODULE.get_or_init(|| built("tools/wire/tests/guests/sockets")), &[word])
}

#[test]
fn the_echo_server_among_the_apps_serves_one_after_the_other() {
    let mut program = Program::start(&built("apps/echo-server"), &["81"]);

    let long = [b'x'; 20_000];
    assert_eq!(program.ask(81, b"hello"), b"hello");
    assert_eq!(program.ask(81, &long), long);
    assert_eq!(program.end(), None);
    let said = program.said();
    assert!(said.contains("had 5 bytes back") && said.contains("had 20000 bytes back"), "{said}");
}

#[test]
fn the_echo_client_among_the_apps_finds_its_server_by_name() {
    let said = Program::start(&built("apps/echo-client"), &["host.test:7"]).finish();

    assert!(said.starts_with(&format!("{OWN}:")), "{said}");
    assert!(said.ends_with(&format!("reached {PEER}:7\nhello from the client\n")), "{said}");
}

#[test]
fn a_server_of_datagrams_answers_who_wrote() {
    let mut program = start("datagram-server");

    let mut answer = None;
    program.until(|world| {
        let now_us = world.now_us;
        let socket = world.peer.datagrams();
        // The server may not be there yet: datagrams are sent again.
        if now_us.is_multiple_of(7) {
            socket.send_slice(b"hello", (OWN, 81)).unwrap();
        }
        answer = answer.take().or(socket.recv().ok().map(|(bytes, _)| bytes.to_vec()));
        answer.is_some()
    });

    assert_eq!(answer.unwrap(), b"olleh");
    assert_eq!(program.finish(), format!("{PEER}:4000 sent 5 bytes\n"));
}

#[test]
fn a_client_of_datagrams_is_answered() {
    assert_eq!(start("datagram-client").finish(), "10.0.5.1:53 answered question 1234\n");
}

#[test]
fn names_are_looked_up_by_whoever_may() {
    assert_eq!(
        start("look-up").finish(),
        "host.test is [10.0.5.1:80]\n\
         localhost is [127.0.0.1:443]\n\
         secret.test: errno Some(2)\n\
         it is reached at 10.0.5.1:7\n"
    );
}

#[test]
fn a_server_that_polls_answers_who_speaks_first() {
    let mut program = start("poll-server");
    let silent = program.world().peer.connect(OWN, 81);
    program.until(|world| world.peer.socket(silent).may_send());

    assert_eq!(program.ask(81, b"two"), b"you said two");
    program.world().peer.socket(silent).send_slice(b"one").unwrap();

    assert_eq!(program.finish(), "answered \"two\"\nanswered \"one\"\n");
}

#[test]
fn a_client_that_polls_connects_without_waiting() {
    assert_eq!(
        start("poll-client").finish(),
        "connect: errno Some(26)\n\
         connect again: errno Some(7)\n\
         type Stream, 10.0.5.1:7\n\
         receive: errno Some(6)\n\
         hello\n"
    );
}

#[test]
fn a_time_limit_ends_a_wait() {
    assert_eq!(start("time-limits").finish(), "receive: errno Some(6)\n");
}

#[test]
fn what_cannot_be_is_said_in_errnos_that_programs_know() {
    assert_eq!(
        start("errors").finish(),
        "refused: errno Some(14)\n\
         no right to reach: errno Some(2)\n\
         IPv6: errno Some(5)\n\
         no right to listen: errno Some(2)\n\
         in use: errno Some(3)\n"
    );
}

#[test]
fn a_program_that_opens_sockets_without_end_has_as_many_as_it_may_and_loses_none() {
    let flood = "64 sockets, then errno 33\n";
    let program = start("flood");
    let world = program.world_of();

    assert_eq!(program.finish(), flood.repeat(2));
    assert_eq!(world.lock().unwrap().net.sockets(), 0);
}
