//! A machine and its peer, with a cable between them and a clock that a test drives.

#![allow(dead_code, reason = "each test uses its part")]

use service_net::{Address, Client, Net, Reach, Rights, Settings, parse_ports};
use std::net::Ipv4Addr;
use wire::attack::Target;
use wire::{Cable, FakeAdapter, MAC, PEER, Peer, Random, SeededRng};

/// What the peer's DHCP server lends.
pub const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 5, 15);

/// How long a frame is under way.
const DELAY_US: u64 = 200;

/// A machine, its peer, and the cable's two ways.
pub struct World {
    pub net: Net,
    pub peer: Peer,
    pub adapter: &'static FakeAdapter,
    /// From the machine to its peer.
    pub up: Cable,
    /// From the peer to the machine.
    pub down: Cable,
    pub random: Random,
    pub now_us: u64,
}

impl World {
    pub fn new(settings: Settings) -> Self {
        let adapter: &'static FakeAdapter = Box::leak(Box::new(FakeAdapter::new()));
        let random = Box::leak(Box::new(SeededRng::new(1)));
        Self {
            net: Net::new(adapter, random, settings),
            peer: Peer::new(2),
            adapter,
            up: Cable::new(DELAY_US, 3),
            down: Cable::new(DELAY_US, 4),
            random: Random::new(5),
            now_us: 1_000,
        }
    }

    /// One in which the machine has its address already.
    pub fn with_address() -> Self {
        Self::new(Settings { address: Some(fixed_address()), time_server: None })
    }

    pub fn now_ns(&self) -> u64 {
        self.now_us * 1000
    }

    /// Lets everything happen that happens now, and goes on to when something else does, but not
    /// past `end_us`.
    pub fn step(&mut self, end_us: u64) {
        let due_us = self.happen().unwrap_or(end_us);
        self.now_us = due_us.clamp(self.now_us + 1, end_us.max(self.now_us + 1));
    }

    /// Lets everything happen that happens now, and says when something else does.
    fn happen(&mut self) -> Option<u64> {
        while let Some(frame) = self.down.receive(self.now_us) {
            self.adapter.deliver(&frame);
        }
        while let Some(frame) = self.up.receive(self.now_us) {
            self.peer.receive(frame);
        }
        let next = self.net.poll(self.now_ns());
        let peer_due_us = self.peer.poll(self.now_us);
        while let Some(frame) = self.adapter.take_sent() {
            self.up.send(&frame, self.now_us);
        }
        while let Some(frame) = self.peer.take_sent() {
            self.down.send(&frame, self.now_us);
        }

        let net_due_us = next.at_ns.map(|at_ns| at_ns.div_ceil(1000));
        let due = [net_due_us, peer_due_us, self.up.due_us(), self.down.due_us()];
        due.into_iter().flatten().min()
    }

    /// Goes on until `is_done` says so, which must be within `seconds`.
    pub fn until(&mut self, seconds: u64, what: &str, mut is_done: impl FnMut(&mut Self) -> bool) {
        let end_us = self.now_us + seconds * 1_000_000;
        loop {
            self.happen();
            if is_done(self) {
                return;
            }
            assert!(self.now_us < end_us, "not within {seconds} s: {what}");
            // What the test did may have made something to send.
            self.step(end_us);
        }
    }

    /// Goes on for `micros`.
    pub fn pass_us(&mut self, micros: u64) {
        let end_us = self.now_us + micros;
        while self.now_us < end_us {
            self.step(end_us);
        }
    }

    pub fn target(&self, port: u16) -> Target {
        Target { adapter: MAC, address: OWN, port }
    }
}

pub fn fixed_address() -> Address {
    Address { own: OWN, prefix_bits: 24, router: Some(PEER), name_servers: vec![PEER] }
}

/// An app that may listen on 80 and 81, and reach all `.test` names that tests use and the peer.
pub fn client() -> Client {
    let reach = ["host.test:*", "other.test:*", "10.0.5.0/24:*"];
    Client::new(
        1,
        vec![Rights {
            listen: vec![parse_ports("80-81").unwrap()],
            reach: reach.iter().map(|text| Reach::parse(text).unwrap()).collect(),
        }],
    )
}
