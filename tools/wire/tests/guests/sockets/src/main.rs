//! What WasmEdge's socket extension can do, as its own crate does it: one thing for each word that
//! the program is started with.

#![forbid(unsafe_code)]

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, SystemTime};
use wasmedge_wasi_socket::poll::{EventType, Subscription, poll};
use wasmedge_wasi_socket::socket::{AddressFamily, Socket, SocketType};
use wasmedge_wasi_socket::{TcpListener, TcpStream, UdpSocket, nslookup};

/// The peer of the test, which echoes on port 7, has a name server, and refuses on port 99.
const PEER: &str = "10.0.5.1";
/// The port of this program's servers.
const OWN_PORT: u16 = 81;

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("datagram-server") => datagram_server(),
        Some("datagram-client") => datagram_client(),
        Some("look-up") => look_up(),
        Some("poll-server") => poll_server(),
        Some("poll-client") => poll_client(),
        Some("time-limits") => time_limits(),
        Some("errors") => errors(),
        Some("flood") => flood(),
        _ => Err(Error::from(ErrorKind::InvalidInput)),
    }
}

/// Sends one datagram back to front.
fn datagram_server() -> Result<()> {
    let socket = UdpSocket::bind(("0.0.0.0", OWN_PORT))?;
    let mut buffer = [0; 128];
    let (length, from) = socket.recv_from(&mut buffer)?;
    buffer[..length].reverse();
    socket.send_to(&buffer[..length], from)?;
    println!("{from} sent {length} bytes");
    Ok(())
}

/// Asks the name server for the address of `a.test`.
fn datagram_client() -> Result<()> {
    let question =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04test\x00\x00\x01\x00\x01";
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.send_to(question, (PEER, 53))?;
    let mut answer = [0; 512];
    let (_, from) = socket.recv_from(&mut answer)?;
    println!("{from} answered question {:x}{:x}", answer[0], answer[1]);
    Ok(())
}

fn look_up() -> Result<()> {
    println!("host.test is {:?}", nslookup("host.test", "http")?);
    println!("localhost is {:?}", nslookup("localhost", "443")?);
    println!("secret.test: errno {:?}", nslookup("secret.test", "http").map_err(errno).err());
    let stream = TcpStream::connect("host.test:7")?;
    println!("it is reached at {}", stream.peer_addr()?);
    Ok(())
}

/// Answers two connections at once: the one that speaks first is answered first.
fn poll_server() -> Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", OWN_PORT), true)?;
    assert_eq!(listener.accept(true).unwrap_err().kind(), ErrorKind::WouldBlock);
    let mut streams: Vec<TcpStream> = Vec::new();
    let mut answered = 0;

    while answered < 2 {
        let mut subscriptions = vec![Subscription::io(0, &listener, true, false, None)];
        for (place, stream) in (1..).zip(&streams) {
            subscriptions.push(Subscription::io(place, stream, true, false, None));
        }
        for event in poll(&subscriptions)? {
            match event.event_type {
                EventType::Read if event.userdata == 0 => streams.push(listener.accept(true)?.0),
                EventType::Read => answered += answer(&mut streams[event.userdata as usize - 1])?,
                EventType::Error(error) => return Err(error),
                EventType::Timeout | EventType::Write => unreachable!("nobody waits for it"),
            }
        }
        streams.retain(|stream| stream.peer_addr().is_ok());
    }
    Ok(())
}

/// Answers what there is on a connection, and says whether that was anything.
fn answer(stream: &mut TcpStream) -> Result<usize> {
    let mut buffer = [0; 128];
    let length = stream.read(&mut buffer)?;
    if length == 0 {
        return Ok(0);
    }
    stream.write_all(b"you said ")?;
    stream.write_all(&buffer[..length])?;
    stream.shutdown(Shutdown::Write)?;
    println!("answered {:?}", String::from_utf8_lossy(&buffer[..length]));
    Ok(1)
}

/// Connects without waiting, and waits only in `poll`.
fn poll_client() -> Result<()> {
    let socket = Socket::new(AddressFamily::Inet4, SocketType::Stream)?;
    socket.set_nonblocking(true)?;
    let to: SocketAddr = format!("{PEER}:7").parse().expect("it is an address");
    println!("connect: errno {:?}", socket.connect(&to).map_err(errno).err());
    println!("connect again: errno {:?}", socket.connect(&to).map_err(errno).err());

    let later = SystemTime::now() + Duration::from_secs(60);
    wait_for(Subscription::io(1, &socket, false, true, Some(later)))?;
    socket.take_error()?;
    println!("type {:?}, {}", socket.r#type()?, socket.get_peer()?);
    socket.send(b"hello")?;

    let mut buffer = [0; 128];
    println!("receive: errno {:?}", socket.recv(&mut buffer).map_err(errno).err());
    wait_for(Subscription::io(2, &socket, true, false, Some(later)))?;
    let length = socket.recv(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..length]));
    Ok(())
}

fn wait_for(subscription: Subscription) -> Result<()> {
    match poll(&[subscription])?.remove(0).event_type {
        EventType::Read | EventType::Write => Ok(()),
        EventType::Error(error) => Err(error),
        EventType::Timeout => Err(Error::from(ErrorKind::TimedOut)),
    }
}

/// Waits for an answer to nothing.
fn time_limits() -> Result<()> {
    let socket = Socket::new(AddressFamily::Inet4, SocketType::Stream)?;
    let limit = Duration::from_millis(1500);
    socket.set_recv_timeout(Some(limit))?;
    socket.connect(&format!("{PEER}:7").parse().expect("it is an address"))?;
    assert_eq!(socket.get_recv_timeout()?, Some(limit));
    assert_eq!(socket.get_send_timeout()?, None);

    let before = SystemTime::now();
    println!("receive: errno {:?}", socket.recv(&mut [0; 8]).map_err(errno).err());
    let waited = before.elapsed().expect("time goes on");
    assert!(waited >= limit && waited < 2 * limit, "waited {waited:?}");
    Ok(())
}

fn errors() -> Result<()> {
    let connect = |to: &str| TcpStream::connect(to).map_err(errno).err();
    println!("refused: errno {:?}", connect(&format!("{PEER}:99")));
    println!("no right to reach: errno {:?}", connect("192.0.2.1:80"));
    println!("IPv6: errno {:?}", connect("[::1]:80"));
    let listen = TcpListener::bind("0.0.0.0:82", false).map_err(errno);
    println!("no right to listen: errno {:?}", listen.err());
    let first = TcpListener::bind(("0.0.0.0", OWN_PORT), false)?;
    let second = TcpListener::bind(("0.0.0.0", OWN_PORT), false).map_err(errno);
    println!("in use: errno {:?}", second.err());
    assert!(first.as_ref().is_listener()?);
    Ok(())
}

/// Opens sockets without end, twice.
fn flood() -> Result<()> {
    for _ in 0..2 {
        let mut open = Vec::new();
        let last = loop {
            match UdpSocket::bind("0.0.0.0:0") {
                Ok(socket) => open.push(socket),
                Err(error) => break error,
            }
        };
        println!("{} sockets, then errno {}", open.len(), errno(last));
    }
    Ok(())
}

fn errno(error: Error) -> i32 {
    error.raw_os_error().unwrap_or(-1)
}
