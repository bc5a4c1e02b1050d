//! A network that does what a test tells it.

extern crate std;

use crate::{Network, Readiness};
use abi::Errno;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Mutex, MutexGuard};

/// The one listener.
pub(crate) const LISTENER: u32 = 70;
/// The one socket for datagrams.
pub(crate) const DATAGRAMS: u32 = 80;
/// The first connection; the others follow.
const CONNECTION: u32 = 100;

/// This side of every socket, and the other one.
pub(crate) const LOCAL: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 0, 5, 15), 4000);
pub(crate) const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 0, 5, 2), 5000);

/// A network of which clones are the same.
#[derive(Clone, Default)]
pub(crate) struct FakeNetwork(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    /// What the next connections that come say, in their order.
    pub(crate) coming: Vec<&'static [u8]>,
    /// What connections have still to say.
    pub(crate) accepted: Vec<Vec<u8>>,
    pub(crate) sent: Vec<u8>,
    /// How much more may be sent; of datagrams, whether any.
    pub(crate) room_bytes: usize,
    /// Whether all connections have ended.
    pub(crate) has_ended: bool,
    pub(crate) closed: Vec<u32>,
    pub(crate) shut_down: Vec<u32>,
    /// What the app asked for.
    pub(crate) listened: Vec<u16>,
    pub(crate) bound: Vec<u16>,
    pub(crate) connected: Vec<SocketAddrV4>,
    pub(crate) resolved: Vec<String>,
    /// Why nothing of that is granted.
    pub(crate) refusal: Option<Errno>,
    /// Why no connection is established.
    pub(crate) obstacle: Option<Errno>,
    /// Datagrams that come and that went.
    pub(crate) datagrams: Vec<(&'static [u8], SocketAddrV4)>,
    pub(crate) sent_to: Vec<(Vec<u8>, SocketAddrV4)>,
    /// The addresses that every name has; nobody knows yet if there are none.
    pub(crate) addresses: Vec<Ipv4Addr>,
}

impl FakeNetwork {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn granted<T>(&self, what: T) -> Result<T, Errno> {
        self.refusal.map_or(Ok(what), Err)
    }

    fn connection(&mut self, says: &[u8]) -> u32 {
        self.accepted.push(says.to_owned());
        CONNECTION + self.accepted.len() as u32 - 1
    }
}

impl Network for FakeNetwork {
    fn listen(&mut self, port: u16) -> Result<u32, Errno> {
        let mut state = self.state();
        state.listened.push(port);
        state.granted(LISTENER)
    }

    fn accept(&mut self, listener: u32) -> Result<u32, Errno> {
        if listener != LISTENER {
            return Err(Errno::Invalid);
        }
        let mut state = self.state();
        if state.coming.is_empty() {
            return Err(Errno::Again);
        }
        let says = state.coming.remove(0);
        Ok(state.connection(says))
    }

    fn connect(&mut self, to: SocketAddrV4) -> Result<u32, Errno> {
        let mut state = self.state();
        state.connected.push(to);
        state.granted(())?;
        Ok(state.connection(b""))
    }

    fn connected(&mut self, _socket: u32) -> Result<(), Errno> {
        self.state().obstacle.map_or(Ok(()), Err)
    }

    fn bind(&mut self, port: u16) -> Result<u32, Errno> {
        let mut state = self.state();
        state.bound.push(port);
        state.granted(DATAGRAMS)
    }

    fn receive(&mut self, socket: u32, buffer: &mut [u8], peek: bool) -> Result<usize, Errno> {
        let mut state = self.state();
        let has_ended = state.has_ended;
        let waiting = &mut state.accepted[(socket - CONNECTION) as usize];
        if waiting.is_empty() {
            return if has_ended { Ok(0) } else { Err(Errno::Again) };
        }
        let count = waiting.len().min(buffer.len());
        buffer[..count].copy_from_slice(&waiting[..count]);
        if !peek {
            waiting.drain(..count);
        }
        Ok(count)
    }

    fn send(&mut self, _socket: u32, bytes: &[u8]) -> Result<usize, Errno> {
        let mut state = self.state();
        let count = bytes.len().min(state.room_bytes);
        if count == 0 {
            return Err(Errno::Again);
        }
        state.room_bytes -= count;
        state.sent.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn receive_from(
        &mut self,
        socket: u32,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddrV4), Errno> {
        assert_eq!(socket, DATAGRAMS);
        let mut state = self.state();
        if state.datagrams.is_empty() {
            return Err(Errno::Again);
        }
        let (bytes, from) = state.datagrams.remove(0);
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        Ok((count, from))
    }

    fn send_to(&mut self, socket: u32, bytes: &[u8], to: SocketAddrV4) -> Result<(), Errno> {
        assert_eq!(socket, DATAGRAMS);
        let mut state = self.state();
        if state.room_bytes == 0 {
            return Err(Errno::Again);
        }
        state.sent_to.push((bytes.to_owned(), to));
        state.granted(())
    }

    fn shut_down(&mut self, socket: u32) -> Result<(), Errno> {
        self.state().shut_down.push(socket);
        Ok(())
    }

    fn close(&mut self, socket: u32) {
        self.state().closed.push(socket);
    }

    fn resolve(&mut self, name: &str) -> Result<Vec<Ipv4Addr>, Errno> {
        let mut state = self.state();
        state.resolved.push(name.to_owned());
        state.granted(())?;
        if state.addresses.is_empty() { Err(Errno::Again) } else { Ok(state.addresses.clone()) }
    }

    fn local(&mut self, _socket: u32) -> Result<SocketAddrV4, Errno> {
        Ok(LOCAL)
    }

    fn peer(&mut self, _socket: u32) -> Result<SocketAddrV4, Errno> {
        self.state().obstacle.map_or(Ok(PEER), |_| Err(Errno::NotConnected))
    }

    fn readiness(&mut self, socket: u32) -> Result<Readiness, Errno> {
        let state = self.state();
        let waiting = match socket {
            LISTENER => state.coming.len(),
            DATAGRAMS => state.datagrams.len(),
            _ => state.accepted[(socket - CONNECTION) as usize].len(),
        };
        let is_ended = state.has_ended;
        let receive_bytes = waiting.max(is_ended.into());
        Ok(Readiness { receive_bytes, send_bytes: state.room_bytes, is_ended })
    }
}
