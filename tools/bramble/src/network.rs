//! `--net` of `run` and `boot`: the emulated board on QEMU's own network, with ports of this host
//! that lead to it.

use anyhow::{Context, bail};
use qemu::{Forward, Machine, Network};
use serde_json::json;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

/// The options about the network.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Plug the board into a network, through which it reaches this host, as 10.0.2.2, and the
    /// world.
    #[arg(long)]
    pub(crate) net: bool,

    /// Let this host connect to a port of the board, on the same port of 127.0.0.1 or the next
    /// that is free; may be given many times.
    #[arg(long, value_name = "PORT", requires = "net", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) listen: Vec<u16>,

    /// Record every frame on the wire in this file, which Wireshark and tcpdump read.
    #[arg(long, value_name = "FILE", requires = "net")]
    pub(crate) pcap: Option<PathBuf>,
}

impl Options {
    /// `machine` on the network, if it is to be, and tells which ports of this host lead to it: in
    /// words that end with `whose`, or as JSON.
    ///
    /// # Errors
    ///
    /// No port is free, or the record cannot be written.
    pub(crate) fn plug(
        &self,
        machine: Machine,
        whose: &str,
        json: bool,
    ) -> anyhow::Result<Machine> {
        if !self.net {
            return Ok(machine);
        }
        let mut network = Network::default();
        if let Some(path) = &self.pcap {
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            network = network.record(path);
        }

        let ways = ways(&self.listen)?;
        for way in &ways {
            eprintln!("{}", if json { way.to_json() } else { way.to_text(whose) });
        }
        Ok(machine.network(&network.forward(ways.iter().map(|way| way.forward))))
    }
}

/// A port of this host that leads to one of the board.
#[derive(Debug)]
struct Way {
    forward: Forward,
    /// Why it is not the port of the same number.
    obstacle: Option<ErrorKind>,
}

impl Way {
    fn to_text(&self, whose: &str) -> String {
        let Forward { host_port, board_port } = self.forward;
        let obstacle = match self.obstacle {
            None => "",
            Some(ErrorKind::AddrInUse) => "; that port is taken here",
            Some(ErrorKind::PermissionDenied) => "; that port needs more rights here",
            Some(_) => "; that port cannot be had here",
        };
        format!("listening: 127.0.0.1:{host_port} -> port {board_port} of {whose}{obstacle}")
    }

    fn to_json(&self) -> String {
        let Forward { host_port, board_port } = self.forward;
        json!({ "listening": format!("127.0.0.1:{host_port}"), "port": board_port }).to_string()
    }
}

/// Ways to the `ports` of the board, each from the first port of this host that is free from that
/// number on.
fn ways(ports: &[u16]) -> anyhow::Result<Vec<Way>> {
    // Held until all are chosen, so that none is chosen twice. QEMU takes them soon after.
    let mut held = Vec::new();
    let mut ways = Vec::new();
    for (place, &port) in ports.iter().enumerate() {
        // Each is forwarded once, however often it is named.
        if ports[..place].contains(&port) {
            continue;
        }
        let (host_port, listener, obstacle) = free_from(port)?;
        held.push(listener);
        ways.push(Way { forward: Forward { host_port, board_port: port }, obstacle });
    }
    Ok(ways)
}

/// The first free port from `port` on, held by a listener, and why it is not `port`.
fn free_from(port: u16) -> anyhow::Result<(u16, TcpListener, Option<ErrorKind>)> {
    let mut obstacle = None;
    for candidate in port..=u16::MAX {
        match hold(candidate) {
            Ok(listener) => return Ok((candidate, listener, obstacle)),
            Err(error) => obstacle = obstacle.or(Some(error.kind())),
        }
    }
    bail!("no port of this host is free from {port} on");
}

fn hold(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(words: &[&str]) -> Result<Options, clap::Error> {
        Ok(Cli::try_parse_from([&["run"], words].concat())?.options)
    }

    /// A port that is taken until the listener is dropped.
    fn taken() -> (u16, TcpListener) {
        let listener = hold(0).unwrap();
        (listener.local_addr().unwrap().port(), listener)
    }

    #[test]
    fn ports_are_numbers_and_there_may_be_many() {
        let options = parse(&["--net", "--listen", "80", "--listen", "8080"]).unwrap();

        assert_eq!(options.listen, [80, 8080]);
        for wrong in ["0", "65536", "http", "-1"] {
            assert!(parse(&["--net", "--listen", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_about_the_network_needs_one() {
        assert!(parse(&["--listen", "80"]).is_err());
        assert!(parse(&["--pcap", "wire.pcap"]).is_err());
        assert!(parse(&["--net", "--pcap", "wire.pcap"]).is_ok());
    }

    #[test]
    fn for_a_port_that_is_taken_the_next_free_one_is_and_that_is_said() {
        let (port, _listener) = taken();

        let ways = ways(&[port]).unwrap();

        let Forward { host_port, board_port } = ways[0].forward;
        assert!(board_port == port && host_port > port, "{ways:?}");
        assert_eq!(
            ways[0].to_text("the app"),
            format!(
                "listening: 127.0.0.1:{host_port} -> port {port} of the app; that port is taken here"
            )
        );
    }

    #[test]
    fn no_port_of_the_host_leads_to_two_of_the_board() {
        let (port, _listener) = taken();

        let ways = ways(&[port, port + 1, port]).unwrap();

        assert_eq!(ways.len(), 2);
        assert_ne!(ways[0].forward.host_port, ways[1].forward.host_port);
    }

    #[test]
    fn a_way_is_told_in_json_too() {
        let forward = Forward { host_port: 8081, board_port: 8080 };
        let way = Way { forward, obstacle: None };

        assert_eq!(way.to_text("the board"), "listening: 127.0.0.1:8081 -> port 8080 of the board");
        assert_eq!(way.to_json(), r#"{"listening":"127.0.0.1:8081","port":8080}"#);
    }

    #[test]
    fn a_record_that_cannot_be_written_is_an_error_that_names_it() {
        let machine = Machine::new(qemu::Board::Raspi3b, "kernel8.img");
        let pcap = Some("nowhere/wire.pcap".into());

        let error = Options { net: true, pcap, ..Options::default() }.plug(machine, "", false);

        assert!(error.unwrap_err().to_string().contains("cannot write nowhere/wire.pcap"));
    }
}
