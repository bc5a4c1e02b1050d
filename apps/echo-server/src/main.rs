//! Sends back what comes to TCP port 7000, or to the one that its argument names.

#![forbid(unsafe_code)]

use std::io;
use wasmedge_wasi_socket::TcpListener;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or("7000".to_owned());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"), false)?;
    println!("port {port} is open");

    loop {
        let (stream, from) = listener.accept(false)?;
        match io::copy(&mut &stream, &mut &stream) {
            Ok(bytes) => println!("{from} had {bytes} bytes back"),
            Err(error) => println!("{from} went away: {error}"),
        }
    }
}
