//! Real programs on a real network: sockets from the guest's call to the frame.

mod network;
mod preview1;
mod program;
mod wasmedge;
#[path = "../world/mod.rs"]
mod world;
