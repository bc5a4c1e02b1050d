//! Programs with threads, lowered and run on threads of the host, which stand for the cores.

mod app;
mod atomic;
mod corpus;
#[path = "../common/host.rs"]
mod host;
mod load;
mod locks;
mod machine;
