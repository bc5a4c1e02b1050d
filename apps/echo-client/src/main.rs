//! Sends a line to the server that its argument names, such as `example.org:7000`, and says what
//! comes back.

#![forbid(unsafe_code)]

use std::io::{self, Read, Write};
use wasmedge_wasi_socket::{Shutdown, TcpStream};

fn main() -> io::Result<()> {
    let server = std::env::args().nth(1).unwrap_or("10.0.2.2:7000".to_owned());
    let mut stream = TcpStream::connect(&server)?;
    println!("{} reached {}", stream.local_addr()?, stream.peer_addr()?);

    stream.write_all(b"hello from the client\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    print!("{answer}");
    Ok(())
}
