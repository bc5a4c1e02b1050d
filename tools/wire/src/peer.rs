//! The machine at the other end.

use crate::port::Port;
use crate::services::{self, Services};
use crate::{DhcpMode, NamesMode, TimeMode, dhcp, names, time};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{icmp, tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetAddress, Icmpv4Packet, Icmpv4Repr, IpAddress, IpCidr, IpEndpoint, Ipv4Address,
};

/// The peer's address; it lends 10.0.5.15.
pub const PEER: Ipv4Address = Ipv4Address::new(10, 0, 5, 1);
/// The first bits of its address that are its network's.
pub const PREFIX_BITS: u8 = 24;

const ADDRESS: EthernetAddress = EthernetAddress([2, 0, 0, 0, 5, 1]);
const DHCP_PORT: u16 = 67;
const NAMES_PORT: u16 = 53;
const TIME_PORT: u16 = 123;
const DATAGRAMS_PORT: u16 = 4000;
const PING_IDENT: u16 = 0x5150;

/// A machine with a server for each thing that a network needs.
pub struct Peer {
    /// How its DHCP server behaves.
    pub dhcp: DhcpMode,
    /// How its name server behaves.
    pub names: NamesMode,
    /// How its time server behaves.
    pub time: TimeMode,
    /// Questions that the name server was asked.
    pub questions: usize,
    /// Microseconds that each of its pings took.
    pub round_trips_us: Vec<u64>,
    interface: Interface,
    sockets: SocketSet<'static>,
    port: Port,
    servers: [SocketHandle; 3],
    services: Services,
    datagrams: SocketHandle,
    pinger: SocketHandle,
    pinged_at_us: u64,
    pings: u16,
    next_port: u16,
    now_us: u64,
}

impl Peer {
    /// A peer that behaves.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut port = Port::default();
        let mut config = Config::new(ADDRESS.into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut port, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddress::Ipv4(PEER), PREFIX_BITS))
                .expect("there is room for one address");
        });
        let mut sockets = SocketSet::new(vec![]);
        let servers = [DHCP_PORT, NAMES_PORT, TIME_PORT].map(|port| sockets.add(server(port)));
        let services = Services::new(&mut sockets);
        let datagrams = sockets.add(server(DATAGRAMS_PORT));
        let pinger = sockets.add(pinger());
        Self {
            dhcp: DhcpMode::Lends { seconds: 10 },
            names: NamesMode::Honest { seconds: 60 },
            time: TimeMode::Honest,
            questions: 0,
            round_trips_us: Vec::new(),
            interface,
            sockets,
            port,
            servers,
            services,
            datagrams,
            pinger,
            pinged_at_us: 0,
            pings: 0,
            next_port: 40_000,
            now_us: 0,
        }
    }

    /// Hands it a frame.
    pub fn receive(&mut self, frame: Vec<u8>) {
        self.port.received.push_back(frame);
    }

    /// Takes a frame that it sends.
    pub fn take_sent(&mut self) -> Option<Vec<u8>> {
        self.port.sent.pop_front()
    }

    /// Lets it do what is due; says when it wants to be polled again.
    pub fn poll(&mut self, now_us: u64) -> Option<u64> {
        self.now_us = now_us;
        let now = Instant::from_micros(now_us as i64);
        loop {
            self.interface.poll(now, &mut self.port, &mut self.sockets);
            let busy = self.serve() | self.services.tend(&mut self.sockets);
            self.hear_pings();
            if !busy {
                break;
            }
        }
        self.interface.poll(now, &mut self.port, &mut self.sockets);
        self.interface.poll_at(now, &self.sockets).map(|at| at.total_micros().max(0) as u64)
    }

    /// Answers datagrams, and says whether there was one.
    fn serve(&mut self) -> bool {
        let mut busy = false;
        for server in self.servers {
            let socket = self.sockets.get_mut::<udp::Socket<'_>>(server);
            let port = socket.endpoint().port;
            let Ok((bytes, from)) = socket.recv() else { continue };
            let (bytes, from) = (bytes.to_vec(), from.endpoint);
            busy = true;
            let answer = match port {
                DHCP_PORT => dhcp::answer(self.dhcp, &bytes),
                NAMES_PORT => {
                    self.questions += 1;
                    names::answer(self.names, &bytes, PEER.octets()).map(|bytes| (bytes, from))
                }
                _ => time::answer(self.time, &bytes, self.now_us).map(|bytes| (bytes, from)),
            };
            let sender = match port {
                NAMES_PORT if self.names == NamesMode::OtherPort => self.servers[2],
                _ => server,
            };
            if let Some((bytes, to)) = answer {
                // If it does not fit, it is lost, as datagrams may be.
                let socket = self.sockets.get_mut::<udp::Socket<'_>>(sender);
                let _ = socket.send_slice(&bytes, to);
            }
        }
        busy
    }

    /// Begins a connection to `to` from a port that was not used for long.
    pub fn connect(&mut self, to: Ipv4Address, port: u16) -> SocketHandle {
        self.next_port = self.next_port.checked_add(1).unwrap_or(40_000);
        let mut socket = services::socket();
        let to = IpEndpoint::new(IpAddress::Ipv4(to), port);
        socket
            .connect(self.interface.context(), to, self.next_port)
            .expect("the address is one, and the socket new");
        self.sockets.add(socket)
    }

    /// One of its connections.
    pub fn socket(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// Its datagrams on port 4000, on which nothing serves.
    pub fn datagrams(&mut self) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(self.datagrams)
    }

    /// Forgets one of its connections, without a word to the other side.
    pub fn forget(&mut self, handle: SocketHandle) {
        self.sockets.remove(handle);
    }

    /// Asks `to` whether it is there; the answer goes into [`Peer::round_trips_us`].
    pub fn ping(&mut self, to: Ipv4Address) {
        self.pings = self.pings.wrapping_add(1);
        self.pinged_at_us = self.now_us;
        let question =
            Icmpv4Repr::EchoRequest { ident: PING_IDENT, seq_no: self.pings, data: b"?" };
        let socket = self.sockets.get_mut::<icmp::Socket<'_>>(self.pinger);
        if let Ok(bytes) = socket.send(question.buffer_len(), IpAddress::Ipv4(to)) {
            let mut packet = Icmpv4Packet::new_unchecked(bytes);
            question.emit(&mut packet, &ChecksumCapabilities::default());
        }
    }

    fn hear_pings(&mut self) {
        let socket = self.sockets.get_mut::<icmp::Socket<'_>>(self.pinger);
        while let Ok((bytes, _)) = socket.recv() {
            let packet = Icmpv4Packet::new_checked(bytes);
            let answer = packet.and_then(|packet| {
                match Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()) {
                    Ok(Icmpv4Repr::EchoReply { seq_no, .. }) => Ok(seq_no),
                    _ => Err(smoltcp::wire::Error),
                }
            });
            if answer == Ok(self.pings) {
                self.round_trips_us.push(self.now_us - self.pinged_at_us);
            }
        }
    }
}

fn server(port: u16) -> udp::Socket<'static> {
    let buffer =
        || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; 64 * 1024]);
    let mut socket = udp::Socket::new(buffer(), buffer());
    socket.bind(port).expect("the socket is new");
    socket
}

fn pinger() -> icmp::Socket<'static> {
    let buffer = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 8], vec![0; 1024]);
    let mut socket = icmp::Socket::new(buffer(), buffer());
    socket.bind(icmp::Endpoint::Ident(PING_IDENT)).expect("the socket is new");
    socket
}
