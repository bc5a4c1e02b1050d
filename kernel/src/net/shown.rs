//! The network as the shell shows it, and its `ping`.

use super::{Machine, lock, want};
use crate::arch::timer;
use abi::Errno;
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};
use kernel_core::ledger::Milliseconds;
use kernel_core::shell::screen::Screen;
use service_net::{Ping, SOCKETS_MAX};

/// Shows adapter, address and sockets.
pub(crate) fn show(screen: &mut Screen) {
    // The screen takes everything.
    let _ = write(screen, &lock());
}

fn write(out: &mut dyn Write, machine: &Machine) -> fmt::Result {
    let net = &machine.net;
    match net.link() {
        None => return out.write_str("no adapter is plugged in\n"),
        Some(link) => {
            out.write_str("adapter  ")?;
            for byte in link.address {
                write!(out, " {byte:02x}")?;
            }
            out.write_str(if link.is_up { "\n" } else { ", no wire\n" })?;
        }
    }
    match net.address() {
        None => out.write_str("address   none yet\n")?,
        Some(address) => {
            writeln!(out, "address   {}/{}", address.own, address.prefix_bits)?;
            if let Some(router) = address.router {
                writeln!(out, "router    {router}")?;
            }
            for server in &address.name_servers {
                writeln!(out, "names     {server}")?;
            }
        }
    }
    writeln!(out, "sockets   {} of {SOCKETS_MAX}", net.sockets())
}

/// Asks `host` whether it is there, or looks for the answer.
pub(crate) fn ping(host: &str, is_new: bool) -> Option<String> {
    let mut machine = lock();
    if is_new {
        machine.asked = None;
    }
    let answer = machine.ping(host);
    want();
    match answer {
        Err(Errno::Again) => None,
        Err(Errno::NoEntry) => Some(format!("there is no machine called {host}")),
        Err(error) => Some(format!("{host}: {error}")),
        Ok(answer) => Some(answer),
    }
}

impl Machine {
    fn ping(&mut self, host: &str) -> Result<String, Errno> {
        let now_ns = timer::now_ns();
        let Some(address) = self.asked else {
            let address = *self.net.resolve(host, now_ns)?.first().ok_or(Errno::NoEntry)?;
            self.net.ping(address, now_ns);
            self.asked = Some(address);
            return Err(Errno::Again);
        };
        match self.net.pinged() {
            Ping::Waiting => Err(Errno::Again),
            Ping::Lost => Ok(format!("{address}: no answer in a second")),
            Ping::Answered { round_trip_us } => {
                Ok(format!("{address}: {} ms", Milliseconds(round_trip_us * 1000)))
            }
        }
    }
}
