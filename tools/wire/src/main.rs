//! The other end of the cable of QEMU's `-netdev stream`, as a program. QEMU may listen or connect;
//! so may this.

#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use clap::Parser;
use std::io::{Write, stdout};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use wire::{Options, Serving, serve};

/// A machine with servers on the other end of QEMU's `-netdev stream`.
#[derive(Parser)]
struct Arguments {
    /// Where to wait for QEMU, as `127.0.0.1:0`; the address is printed.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Where QEMU waits, instead.
    #[arg(long, conflicts_with = "listen")]
    connect: Option<String>,
    #[command(flatten)]
    options: Options,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let stream = meet(&arguments)?;
    Ok(serve(&Mutex::new(Serving::new(arguments.options)), stream)?)
}

fn meet(arguments: &Arguments) -> Result<TcpStream> {
    if let Some(address) = &arguments.connect {
        return TcpStream::connect(address).with_context(|| format!("cannot reach {address}"));
    }
    let listener = TcpListener::bind(&arguments.listen)
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    // Whoever started it may not read.
    let _ = writeln!(stdout(), "wire: waiting on {}", listener.local_addr()?);
    Ok(listener.accept()?.0)
}
