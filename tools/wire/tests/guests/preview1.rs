//! Preview 1's own sockets, in Rust's library.

use super::program::{Program, built};
use runtime::End;
use std::fs;

#[test]
fn a_listener_of_rusts_library_serves_two_connections() {
    let Some(folder) = wasm_corpus::folder() else { return };
    let mut program =
        Program::start(&fs::read(folder.join("sockets/p1-listen.wasm")).unwrap(), &[]);

    let first = program.ask(80, b"hello");
    assert!(first.ends_with(b"hi from p1, got 5"), "{}", first.escape_ascii());
    assert_eq!(program.end(), None);
    let second = program.ask(80, b"hello again");
    assert!(second.ends_with(b"hi from p1, got 11"), "{}", second.escape_ascii());
    assert_eq!(program.end(), Some(End::Exit(0)), "{}", program.said());
}

#[test]
fn the_web_server_among_the_apps_answers_one_browser_after_the_other() {
    let mut program = Program::start(&built("apps/web"), &[]);

    for path in ["/", "/again"] {
        let answer = program.ask(80, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with(&format!("you said: GET {path} HTTP/1.0\n")), "{answer}");
    }
    assert_eq!(program.end(), None);
}
