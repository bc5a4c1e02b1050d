//! The socket extension of WasmEdge, as crate `wasmedge_wasi_socket` 0.5.5 calls it: the table of
//! its calls, and the numbers and layouts of its types.
//!
//! Its calls are imported from the module of WASI preview 1, in which `sock_accept` is another
//! call with the same name. Source: `src/socket.rs` of that crate, and WasmEdge's `wasifunc.cpp`
//! for what the answers look like. As in [`wasi`], a module of a struct has its size
//! as `BYTES`, and every other constant is the offset of a field.

use crate::wasi::{self, Call};

/// The call that `module` offers as `name`; `None` if the extension has no such call.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    let is_known = module == wasi::WASI_SNAPSHOT_PREVIEW1;
    CALLS.iter().find(|call| is_known && call.name == name)
}

/// Every call that preview 1 does not have in the same form. `sock_recv`, `sock_send` and
/// `sock_shutdown` are preview 1's.
pub const CALLS: &[Call] = &[
    call("sock_open", "iii"),
    call("sock_bind", "iii"),
    call("sock_listen", "ii"),
    call("sock_accept", "ii"),
    call("sock_connect", "iii"),
    call("sock_recv_from", "iiiiiiii"),
    call("sock_send_to", "iiiiiii"),
    call("sock_getlocaladdr", "iiii"),
    call("sock_getpeeraddr", "iiii"),
    call("sock_getsockopt", "iiiii"),
    call("sock_setsockopt", "iiiii"),
    call("sock_getaddrinfo", "iiiiiiii"),
];

const fn call(name: &'static str, params: &'static str) -> Call {
    Call { name, params, results: "i" }
}

/// Kinds of addresses.
pub mod family {
    /// Any.
    pub const UNSPECIFIED: u8 = 0;
    /// Addresses of IPv4.
    pub const INET4: u8 = 1;
    /// Addresses of IPv6.
    pub const INET6: u8 = 2;

    /// What `sock_getlocaladdr` and `sock_getpeeraddr` say instead of [`INET4`].
    pub const INET4_VERSION: u32 = 4;
}

/// Kinds of sockets.
pub mod socket_type {
    /// Datagrams.
    pub const DATAGRAM: u8 = 1;
    /// A connection, or what connections come to.
    pub const STREAM: u8 = 2;
}

/// Where an address is.
pub mod address {
    /// Address of the buffer: u32.
    pub const BUFFER: u32 = 0;
    /// Length of the buffer in bytes, 4 for IPv4 and 16 for IPv6: u32.
    pub const LENGTH: u32 = 4;
    /// Size of the struct.
    pub const BYTES: u32 = 8;
}

/// The buffer in which `sock_recv_from` says who sent.
pub mod storage {
    /// One of [`family`](super::family): u16.
    pub const FAMILY: u32 = 0;
    /// The address, in as many bytes as its family has.
    pub const ADDRESS: u32 = 2;
    /// Size of the buffer.
    pub const BYTES: u32 = 128;
}

/// Options of a socket, all of level [`LEVEL`](option::LEVEL). The value is an i32 if nothing else
/// is said.
pub mod option {
    /// The only level.
    pub const LEVEL: u32 = 0;

    /// Whether a port can be had again at once.
    pub const REUSE_ADDRESS: u32 = 0;
    /// One of [`socket_type`](super::socket_type).
    pub const TYPE: u32 = 1;
    /// The errno of what went wrong.
    pub const ERROR: u32 = 2;
    /// Whether to send to the local network only.
    pub const DO_NOT_ROUTE: u32 = 3;
    /// Whether to send to all at once.
    pub const BROADCAST: u32 = 4;
    /// Whether silent connections are tried.
    pub const KEEP_ALIVE: u32 = 7;
    /// How many bytes are worth waking up for.
    pub const RECEIVE_LOW_WATER: u32 = 10;
    /// How long to wait at most until something comes: [`time_limit`](super::time_limit).
    pub const RECEIVE_LIMIT: u32 = 11;
    /// How long to wait at most until something can be sent: [`time_limit`](super::time_limit).
    pub const SEND_LIMIT: u32 = 12;
    /// Whether connections come to it.
    pub const ACCEPTS: u32 = 13;
    /// The name of the network adapter to use, which ends with a zero; not more than 16 bytes.
    pub const BIND_TO_DEVICE: u32 = 14;
}

/// A time limit; zeroes are none.
pub mod time_limit {
    /// Whole seconds: i64.
    pub const SECONDS: u32 = 0;
    /// Microseconds on top: i64.
    pub const MICROSECONDS: u32 = 8;
    /// Size of the struct.
    pub const BYTES: u32 = 16;
}

/// What a look-up asks for, and each thing that it finds.
pub mod address_info {
    /// One of [`family`](super::family): u8.
    pub const FAMILY: u32 = 2;
    /// One of [`socket_type`](super::socket_type), or 0 for any: u8.
    pub const SOCKET_TYPE: u32 = 3;
    /// 0 for any, 1 for TCP, 2 for UDP: u8.
    pub const PROTOCOL: u32 = 4;
    /// Length of the address as a host has it, 16 for IPv4: u32.
    pub const ADDRESS_LENGTH: u32 = 8;
    /// Where the [`socket_address`](super::socket_address) is: u32.
    pub const ADDRESS: u32 = 12;
    /// Length of the host's real name: u32.
    pub const NAME_LENGTH: u32 = 20;
    /// Where the next is: u32.
    pub const NEXT: u32 = 24;
    /// Size of the struct.
    pub const BYTES: u32 = 28;
}

/// An address that was looked up.
pub mod socket_address {
    /// One of [`family`](super::family): u8.
    pub const FAMILY: u32 = 0;
    /// Length of the data in bytes: u32.
    pub const DATA_LENGTH: u32 = 4;
    /// Where the data is: u32.
    pub const DATA: u32 = 8;
    /// Size of the struct.
    pub const BYTES: u32 = 12;

    /// Bytes of the data for IPv4: the port, most significant byte first, the address, and zeroes.
    pub const INET4_BYTES: u32 = 14;
}

/// Why a look-up found nothing. These follow the numbers of [`Errno`](crate::Errno).
pub mod lookup_error {
    /// Nobody answered.
    pub const AGAIN: i32 = 78;
    /// There are no addresses of this family.
    pub const FAMILY: i32 = 81;
    /// There is no room for an answer.
    pub const MEMORY: i32 = 82;
    /// There is no such host.
    pub const NO_NAME: i32 = 84;
    /// There is no such service.
    pub const SERVICE: i32 = 85;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_calls_only_sock_accept_has_the_name_of_another() {
        for call in CALLS {
            let other = wasi::find(wasi::WASI_SNAPSHOT_PREVIEW1, call.name);
            assert_eq!(other.is_some(), call.name == "sock_accept", "{}", call.name);
            assert!(other.is_none_or(|other| other.params != call.params), "{}", call.name);
        }
    }

    #[test]
    fn the_calls_are_those_of_preview_1s_module_alone() {
        assert_eq!(find("wasi_snapshot_preview1", "sock_open").unwrap().params, "iii");
        assert_eq!(find("wasi_unstable", "sock_open"), None);
        assert_eq!(find("wasi_snapshot_preview1", "fd_write"), None);
    }
}
