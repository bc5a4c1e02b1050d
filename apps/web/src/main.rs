//! Answers browsers: `std::net`, on a port that is open when the program starts.

#![forbid(unsafe_code)]

use std::io::{Read, Result, Write};
use std::net::TcpStream;

fn main() -> Result<()> {
    let listener = app_guest::listener().expect("the manifest has a port in `listens`");
    println!("a browser finds me");

    for stream in listener.incoming() {
        if let Err(error) = answer(stream?) {
            println!("somebody went away: {error}");
        }
    }
    Ok(())
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let mut request = [0; 1024];
    let length = stream.read(&mut request)?;
    let request = String::from_utf8_lossy(&request[..length]);
    let wanted = request.lines().next().unwrap_or_default();
    println!("{wanted}");

    let page = format!("hello from Rust; you said: {wanted}\n");
    write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len())
}
