//! The network that a board is plugged into: QEMU's own, where the host is 10.0.2.2, the board
//! 10.0.2.15 by DHCP, and the rest of the world is reached through the host.

use crate::Machine;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What QEMU calls the wire.
const WIRE: &str = "wire";

/// QEMU's own network, and what of the host leads into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    forwards: Vec<Forward>,
    record: Option<PathBuf>,
}

/// A port of this host, on which 127.0.0.1 leads to one of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The host's.
    pub host_port: u16,
    /// The board's.
    pub board_port: u16,
}

impl Network {
    /// Lets connections from the host in.
    #[must_use]
    pub fn forward(mut self, forwards: impl IntoIterator<Item = Forward>) -> Self {
        self.forwards.extend(forwards);
        self
    }

    /// Records every frame on the wire in the file `path`, as pcap.
    #[must_use]
    pub fn record(mut self, path: impl AsRef<Path>) -> Self {
        self.record = Some(path.as_ref().to_owned());
        self
    }

    fn backend(&self) -> String {
        let mut backend = format!("user,id={WIRE}");
        for Forward { host_port, board_port } in &self.forwards {
            backend.push_str(&format!(",hostfwd=tcp:127.0.0.1:{host_port}-:{board_port}"));
        }
        backend
    }
}

impl Machine {
    /// Plugs a USB network adapter into the board, and the adapter into `network`.
    #[must_use]
    pub fn network(self, network: &Network) -> Self {
        let machine = self.options(["-netdev".to_owned(), network.backend()]);
        let machine = machine.options(["-device".to_owned(), format!("usb-net,netdev={WIRE}")]);
        let Some(path) = &network.record else { return machine };
        // A comma in the name is two in an option of QEMU's.
        let path = path.to_string_lossy().replace(',', ",,");
        let filter = format!("filter-dump,id=record,netdev={WIRE},file={path}");
        machine.options(["-object".to_owned(), filter])
    }
}

impl Machine {
    /// Plugs a USB network adapter into the board, and its wire into a peer that waits for it at
    /// `address` on this host (`-netdev stream`).
    #[must_use]
    pub fn wire(self, address: SocketAddr) -> Self {
        let (host, port) = (address.ip(), address.port());
        let stream =
            format!("stream,id={WIRE},server=off,addr.type=inet,addr.host={host},addr.port={port}");
        let device = format!("usb-net,netdev={WIRE}");
        self.options(["-netdev".to_owned(), stream, "-device".to_owned(), device])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_this_machine_alone_lead_to_the_board() {
        let forward = |host_port, board_port| Forward { host_port, board_port };
        let network = Network::default().forward([forward(8081, 8080), forward(2022, 22)]);

        assert_eq!(
            network.backend(),
            "user,id=wire,hostfwd=tcp:127.0.0.1:8081-:8080,hostfwd=tcp:127.0.0.1:2022-:22"
        );
    }

    #[test]
    fn nothing_leads_to_the_board_unless_asked_for() {
        assert_eq!(Network::default().backend(), "user,id=wire");
    }
}
