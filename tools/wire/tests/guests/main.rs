//! A real program on a real network: preview 1's sockets, from the guest's call to the frame.

mod world;

use abi::Errno;
use runtime::{End, Guest, Itself, Limits, Pool, Program, Turn};
use service_net::{Client, Net, SocketId};
use service_wasi::testing::Machine;
use service_wasi::{Network, Readiness, Wasi, link};
use smoltcp::iface::SocketHandle;
use std::fs;
use std::mem::replace;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use world::{OWN, World, client};

const FUEL: u64 = 1_000_000;
const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 20,
    memory_pages_max: 64,
    table_elements_max: 1 << 10,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

/// Memory without end.
struct Plenty;

impl Pool for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// The network as one app sees it.
struct AppNetwork {
    world: Arc<Mutex<World>>,
    client: Client,
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

/// Runs the guest and its world until `is_done`, and says how the guest ended if it did.
fn run(
    guest: &mut Guest<Wasi>,
    world: &Mutex<World>,
    mut is_done: impl FnMut(&mut World) -> bool,
) -> Option<End> {
    let mut end = None;
    for _ in 0..10_000 {
        if end.is_none()
            && let Turn::Ended(how) = guest.turn(FUEL)
        {
            end = Some(how);
        }
        let mut world = world.lock().unwrap();
        let end_us = world.now_us + 10_000;
        world.step(end_us);
        if is_done(&mut world) {
            return end;
        }
    }
    panic!("nothing comes of it");
}

/// What the guest answers to `question` on a connection of the peer's.
fn ask(guest: &mut Guest<Wasi>, world: &Mutex<World>, question: &[u8]) -> (Vec<u8>, Option<End>) {
    let theirs: SocketHandle = world.lock().unwrap().peer.connect(OWN, 80);
    let mut is_asked = false;
    let mut answer = Vec::new();
    let end = run(guest, world, |world| {
        let socket = world.peer.socket(theirs);
        if socket.may_send() && !replace(&mut is_asked, true) {
            socket.send_slice(question).unwrap();
            socket.close();
        }
        // An error is that there is no connection yet, or no more.
        let _ = socket.recv(|bytes| {
            answer.extend_from_slice(bytes);
            (bytes.len(), ())
        });
        is_asked && !socket.may_recv()
    });
    (answer, end)
}

#[test]
fn a_listener_of_rusts_library_serves_two_connections() {
    let Some(folder) = wasm_corpus::folder() else { return };
    let wasm = fs::read(folder.join("sockets/p1-listen.wasm")).unwrap();
    let world = Arc::new(Mutex::new(World::with_address()));
    let listener = world.lock().unwrap().net.listen(&client(), 80).unwrap();
    let network = AppNetwork { world: world.clone(), client: client() };
    let machine = Machine::new();
    let wasi =
        machine.wasi_with(&["p1-listen"], &[]).with_network(Box::new(network), &[listener.0]);
    let program = Program::load(&wasm, false, &LIMITS, &Plenty).unwrap();
    let mut guest =
        Guest::new(&program, wasi.unwrap(), &LIMITS, &Plenty, |imports| link(imports, Itself))
            .unwrap();

    let (first, end) = ask(&mut guest, &world, b"hello");
    assert!(first.ends_with(b"hi from p1, got 5"), "{}", first.escape_ascii());
    assert_eq!(end, None);
    let (second, end) = ask(&mut guest, &world, b"hello again");
    assert!(second.ends_with(b"hi from p1, got 11"), "{}", second.escape_ascii());
    assert_eq!(end, Some(End::Exit(0)), "{}", String::from_utf8_lossy(&machine.output()));
}
