//! A program, the machine that it runs on, and the network of that.

use super::network::AppNetwork;
use super::world::{OWN, World, client};
use runtime::{End, Guest, Itself, Limits, Pool, Program as Module, Turn};
use service_wasi::testing::Machine;
use service_wasi::{Wasi, link, takes_listeners};
use smoltcp::iface::SocketHandle;
use std::mem::replace;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

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

/// A program that runs.
pub struct Program {
    guest: Guest<Wasi>,
    machine: Machine,
    world: Arc<Mutex<World>>,
    end: Option<End>,
}

impl Program {
    /// Starts the module `wasm` with these arguments. A listener is open on port 80 if it takes
    /// that.
    pub fn start(wasm: &[u8], args: &[&str]) -> Self {
        let world = Arc::new(Mutex::new(World::with_address()));
        let module = Module::load(wasm, false, &LIMITS, &Plenty).unwrap();
        let mut listeners = Vec::new();
        if takes_listeners(&module) {
            listeners.push(world.lock().unwrap().net.listen(&client(), 80).unwrap().0);
        }

        let (machine, network) =
            (Machine::new(), AppNetwork { world: Arc::clone(&world), client: client() });
        let args = [&["app"], args].concat();
        let wasi = machine.wasi_with(&args, &[("LISTEN_FDS", "3")]);
        let wasi = wasi.with_network(Box::new(network), &listeners).unwrap();
        let guest =
            Guest::new(&module, wasi, &LIMITS, &Plenty, |imports| link(imports, Itself)).unwrap();
        Self { guest, machine, world, end: None }
    }

    /// Its world, which stays when it has ended.
    pub fn world_of(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.world)
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Runs the program and its world until `is_done`.
    pub fn until(&mut self, mut is_done: impl FnMut(&mut World) -> bool) {
        for _ in 0..20_000 {
            self.machine.set_now_ns(self.world().now_ns());
            if self.end.is_none()
                && let Turn::Ended(how) = self.guest.turn(FUEL)
            {
                self.end = Some(how);
            }
            let mut world = self.world.lock().unwrap();
            let end_us = world.now_us + 10_000;
            world.step(end_us);
            if is_done(&mut world) {
                return;
            }
        }
        panic!("nothing comes of it: {}{}", self.said(), self.complained());
    }

    /// How the program ended, if it did.
    pub fn end(&self) -> Option<End> {
        self.end.clone()
    }

    /// Runs it to its end, which must be a good one, and gives what it said.
    pub fn finish(mut self) -> String {
        for _ in 0..20_000 {
            if let Some(end) = &self.end {
                assert_eq!(end, &End::Exit(0), "{}{}", self.said(), self.complained());
                return self.said();
            }
            self.until(|_| true);
        }
        panic!("it does not end: {}{}", self.said(), self.complained());
    }

    pub fn said(&self) -> String {
        String::from_utf8(self.machine.output()).unwrap()
    }

    fn complained(&self) -> String {
        String::from_utf8(self.machine.errors()).unwrap()
    }

    /// What the program answers to `question` on a connection of the peer's to `port`, which says
    /// no more then.
    pub fn ask(&mut self, port: u16, question: &[u8]) -> Vec<u8> {
        let theirs: SocketHandle = self.world().peer.connect(OWN, port);
        let mut is_asked = false;
        let mut answer = Vec::new();
        self.until(|world| {
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
        answer
    }
}

/// The module of a package in the checkout, built by `cargo bramble build`.
pub fn built(package: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("program.wasm");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(package);
    let mut cargo = Command::new(env!("CARGO"));
    let status = cargo.args(["bramble", "build"]).arg(sources).arg("-o").arg(&module).status();
    assert!(status.unwrap().success(), "`cargo bramble build` failed");
    std::fs::read(module).unwrap()
}
