//! The network as an app sees it, of a machine in a test.

use super::world::World;
use abi::Errno;
use service_net::{Client, Net, SocketId};
use service_wasi::{Network, Readiness};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex};

/// The network as one app sees it.
pub struct AppNetwork {
    pub world: Arc<Mutex<World>>,
    pub client: Client,
}

impl AppNetwork {
    fn with<R>(&mut self, call: impl FnOnce(&mut Net, &mut Client, u64) -> R) -> R {
        let mut world = self.world.lock().unwrap();
        let now_ns = world.now_ns();
        call(&mut world.net, &mut self.client, now_ns)
    }
}

impl Drop for AppNetwork {
    fn drop(&mut self) {
        self.with(|net, client, now_ns| net.close_all(client, now_ns));
    }
}

impl Network for AppNetwork {
    fn listen(&mut self, port: u16) -> Result<u32, Errno> {
        self.with(|net, client, _| net.listen(client, port).map(|id| id.0))
    }

    fn accept(&mut self, listener: u32) -> Result<u32, Errno> {
        self.with(|net, client, _| net.accept(client, SocketId(listener)).map(|(id, _)| id.0))
    }

    fn connect(&mut self, to: SocketAddrV4) -> Result<u32, Errno> {
        self.with(|net, client, now_ns| net.connect(client, to, now_ns).map(|id| id.0))
    }

    fn connected(&mut self, socket: u32) -> Result<(), Errno> {
        self.with(|net, _, _| net.connected(SocketId(socket)))
    }

    fn bind(&mut self, port: u16) -> Result<u32, Errno> {
        self.with(|net, client, _| net.bind(client, port).map(|id| id.0))
    }

    fn receive(&mut self, socket: u32, buffer: &mut [u8], peek: bool) -> Result<usize, Errno> {
        self.with(|net, _, _| net.receive(SocketId(socket), buffer, peek))
    }

    fn send(&mut self, socket: u32, bytes: &[u8]) -> Result<usize, Errno> {
        self.with(|net, _, _| net.send(SocketId(socket), bytes))
    }

    fn receive_from(
        &mut self,
        socket: u32,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddrV4), Errno> {
        self.with(|net, client, _| net.receive_from(client, SocketId(socket), buffer))
    }

    fn send_to(&mut self, socket: u32, bytes: &[u8], to: SocketAddrV4) -> Result<(), Errno> {
        self.with(|net, client, _| net.send_to(client, SocketId(socket), bytes, to).map(drop))
    }

    fn shut_down(&mut self, socket: u32) -> Result<(), Errno> {
        self.with(|net, _, _| net.shut_down(SocketId(socket)))
    }

    fn close(&mut self, socket: u32) {
        // There is such a socket, or else it is closed already.
        let _ = self.with(|net, _, now_ns| net.close(SocketId(socket), now_ns));
    }

    fn resolve(&mut self, name: &str) -> Result<Vec<Ipv4Addr>, Errno> {
        self.with(|net, client, now_ns| net.resolve_for(client, name, now_ns))
    }

    fn local(&mut self, socket: u32) -> Result<SocketAddrV4, Errno> {
        self.with(|net, _, _| net.local(SocketId(socket)))
    }

    fn peer(&mut self, socket: u32) -> Result<SocketAddrV4, Errno> {
        self.with(|net, _, _| net.peer(SocketId(socket)))
    }

    fn readiness(&mut self, socket: u32) -> Result<Readiness, Errno> {
        let ready = self.with(|net, _, _| net.readiness(SocketId(socket)))?;
        Ok(Readiness {
            receive_bytes: ready.receive_bytes,
            send_bytes: ready.send_bytes,
            is_ended: ready.is_ended,
        })
    }
}
