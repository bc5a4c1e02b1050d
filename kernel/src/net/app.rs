//! One app on the network: what it may do there, and its sockets.

use super::{lock, want};
use crate::apps::{Source, Standing};
use crate::arch::timer;
use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{Display, Write};
use core::mem;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::sync::atomic::{AtomicU32, Ordering};
use kernel_core::bundle::Service;
use runtime::Program;
use service_net::{Client, Net, Rights, SocketId};
use service_wasi::{Network, Readiness, takes_listeners};

/// The first descriptor that is none of the standard streams.
const FIRST_NUMBER: usize = 3;

/// The network as one app sees it, in one life. Its sockets end with it.
pub(crate) struct AppNetwork {
    standing: Arc<Standing>,
    client: Client,
    /// What it finds open.
    listeners: Vec<u32>,
    /// The descriptors of these, for its environment.
    numbers: String,
    has_complained: bool,
    /// Who is meant by addresses of the machine itself, within which there are no connections.
    itself: Option<Ipv4Addr>,
}

impl AppNetwork {
    /// The network of the app `standing`, if it may use it. If `program` accepts connections from
    /// what it finds open, which comes after `directories` then, that is each port that its
    /// manifest names by itself.
    ///
    /// # Errors
    ///
    /// Nobody can listen on one of them; the text is the rest of a sentence about the app.
    pub(crate) fn of(
        standing: &Arc<Standing>,
        program: &Program,
        directories: usize,
        source: Source,
    ) -> Result<Option<Self>, String> {
        if !standing.may_use(Service::Net) {
            return Ok(None);
        }
        let mut network = Self::new(Arc::clone(standing))?;
        #[cfg(feature = "run")]
        if let Source::Host(_) = source {
            network.itself = Some(crate::host::ADDRESS);
        }
        #[cfg(not(feature = "run"))]
        let Source::Image = source;
        if takes_listeners(program) {
            network.listen_on_all(FIRST_NUMBER + directories)?;
        }
        Ok(Some(network))
    }

    fn new(standing: Arc<Standing>) -> Result<Self, String> {
        static LAST_ID: AtomicU32 = AtomicU32::new(0);

        let id = LAST_ID.fetch_add(1, Ordering::Relaxed);
        let rights = standing.entries().map(|entry| {
            Rights::read(&entry.listens, &entry.reaches)
                .map_err(|text| alloc::format!("cannot have the right `{text}`: it is none"))
        });
        let client = Client::new(id, rights.collect::<Result<_, _>>()?);
        let (listeners, numbers) = (Vec::new(), String::new());
        Ok(Self { standing, client, listeners, numbers, has_complained: false, itself: None })
    }

    fn listen_on_all(&mut self, first_number: usize) -> Result<(), String> {
        let entry = self.standing.entry();
        let ports = entry.listens.iter().filter_map(|ports| ports.parse::<u16>().ok());
        for (number, port) in (first_number..).zip(ports) {
            let listening = lock().net.listen(&self.client, port);
            let listener = listening
                .map_err(|error| alloc::format!("cannot listen on port {port}: {error}"))?;
            self.listeners.push(listener.0);
            if !self.numbers.is_empty() {
                self.numbers.push(':');
            }
            // A string takes everything.
            let _ = write!(self.numbers, "{number}");
            log::info!("kernel: {} listens on port {port}, descriptor {number}", entry.name);
        }
        Ok(())
    }

    /// What its listeners are on the network.
    pub(crate) fn listeners(&self) -> Vec<u32> {
        self.listeners.clone()
    }

    /// What tells the app where they are, if there are any.
    pub(crate) fn variable(&self) -> Option<(&'static str, &str)> {
        (!self.numbers.is_empty()).then_some(("LISTEN_FDS", &self.numbers))
    }

    fn meant(&self, to: SocketAddrV4) -> SocketAddrV4 {
        let itself = self.itself.filter(|_| to.ip().is_loopback());
        itself.map_or(to, |itself| SocketAddrV4::new(itself, to.port()))
    }

    /// Calls `body` with the machine, which then may have something to send.
    fn with<R>(
        &mut self,
        body: impl FnOnce(&mut Net, &mut Client, u64) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let result = body(&mut lock().net, &mut self.client, timer::now_ns());
        want();
        result
    }

    /// Tells a person, once in the app's life, what it wanted to do if that was refused.
    fn told<R>(
        &mut self,
        result: Result<R, Errno>,
        what: &str,
        with: &dyn Display,
    ) -> Result<R, Errno> {
        if let Err(Errno::Access) = result
            && !mem::replace(&mut self.has_complained, true)
        {
            log::warn!("kernel: {} may not {what} {with}", self.standing.entry().name);
        }
        result
    }
}

impl Network for AppNetwork {
    fn listen(&mut self, port: u16) -> Result<u32, Errno> {
        let listener = self.with(|net, client, _| net.listen(client, port));
        Ok(self.told(listener, "listen on port", &port)?.0)
    }

    fn accept(&mut self, listener: u32) -> Result<u32, Errno> {
        self.with(|net, client, _| net.accept(client, SocketId(listener)).map(|(id, _)| id.0))
    }

    fn connect(&mut self, to: SocketAddrV4) -> Result<u32, Errno> {
        let to = self.meant(to);
        let socket = self.with(|net, client, now_ns| net.connect(client, to, now_ns));
        Ok(self.told(socket, "reach", &to)?.0)
    }

    fn connected(&mut self, socket: u32) -> Result<(), Errno> {
        lock().net.connected(SocketId(socket))
    }

    fn bind(&mut self, port: u16) -> Result<u32, Errno> {
        let socket = self.with(|net, client, _| net.bind(client, port));
        Ok(self.told(socket, "listen on port", &port)?.0)
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
        let to = self.meant(to);
        let sent = self.with(|net, client, _| net.send_to(client, SocketId(socket), bytes, to));
        self.told(sent, "reach", &to).map(|_| ())
    }

    fn shut_down(&mut self, socket: u32) -> Result<(), Errno> {
        self.with(|net, _, _| net.shut_down(SocketId(socket)))
    }

    fn close(&mut self, socket: u32) {
        // There is such a socket, or else it is closed already.
        let _ = self.with(|net, _, now_ns| net.close(SocketId(socket), now_ns));
    }

    fn resolve(&mut self, name: &str) -> Result<Vec<Ipv4Addr>, Errno> {
        let addresses = self.with(|net, client, now_ns| net.resolve_for(client, name, now_ns));
        self.told(addresses, "look up", &name)
    }

    fn local(&mut self, socket: u32) -> Result<SocketAddrV4, Errno> {
        lock().net.local(SocketId(socket))
    }

    fn peer(&mut self, socket: u32) -> Result<SocketAddrV4, Errno> {
        lock().net.peer(SocketId(socket))
    }

    fn readiness(&mut self, socket: u32) -> Result<Readiness, Errno> {
        let ready = lock().net.readiness(SocketId(socket))?;
        Ok(Readiness {
            receive_bytes: ready.receive_bytes,
            send_bytes: ready.send_bytes,
            is_ended: ready.is_ended,
        })
    }
}

impl Drop for AppNetwork {
    fn drop(&mut self) {
        lock().net.close_all(&self.client, timer::now_ns());
        want();
    }
}
