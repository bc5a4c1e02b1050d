//! Options of sockets: time limits, and what can be asked. What can only be in one way may be set
//! to that, and to nothing else.

use crate::sockets::{Kind, Socket};
use crate::{Wasi, check, network, put};
use abi::Errno;
use abi::wasmedge::{option, socket_type, time_limit};
use runtime::GuestMemory;

/// Bytes of the longest value.
const VALUE_BYTES_MAX: usize = time_limit::BYTES as usize;
const MICROSECONDS: u64 = 1_000_000;

/// What an option is.
enum Value {
    Number(u32),
    /// In microseconds.
    Limit(u64),
    /// No name of anything.
    Nothing,
}

impl Wasi {
    /// Writes what option `name` of socket `fd` is, and its size to `length_at`, where there is
    /// how much room it has.
    pub(crate) fn sock_getsockopt(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        level: u32,
        name: u32,
        value_at: u32,
        length_at: u32,
    ) -> Result<(), Errno> {
        check(memory, length_at, 4)?;
        let room_bytes = memory.read_u32(length_at)?;
        check(memory, value_at, room_bytes)?;

        let (socket, _) = self.socket(fd, 0)?;
        let (value, length_bytes) = self.option(socket, level, name)?.encode();
        let length_bytes = length_bytes.min(room_bytes);
        memory.write(value_at, &value[..length_bytes as usize])?;
        memory.write(length_at, &length_bytes.to_le_bytes())
    }

    /// Sets option `name` of socket `fd`.
    pub(crate) fn sock_setsockopt(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        level: u32,
        name: u32,
        value_at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, value_at, length_bytes)?;
        let (socket, _) = self.socket(fd, 0)?;
        match self.option(socket, level, name)? {
            Value::Limit(_) => {
                let limit_us = read_limit_us(memory, value_at, length_bytes)?;
                let socket = self.socket_mut(fd)?;
                match name {
                    option::RECEIVE_LIMIT => socket.receive_limit_us = limit_us,
                    _ => socket.send_limit_us = limit_us,
                }
                Ok(())
            }
            Value::Number(_) if length_bytes < 4 => Err(Errno::Invalid),
            Value::Number(fixed) if is_fixed(name) => match memory.read_u32(value_at)? {
                wanted if wanted == fixed => Ok(()),
                _ => Err(Errno::NoProtocolOption),
            },
            Value::Nothing if length_bytes == 0 => Ok(()),
            Value::Nothing => Err(Errno::NoDevice),
            Value::Number(_) => Err(Errno::NoProtocolOption),
        }
    }

    fn option(&mut self, socket: Socket, level: u32, name: u32) -> Result<Value, Errno> {
        if level != option::LEVEL {
            return Err(Errno::NoProtocolOption);
        }
        let is_datagrams = matches!(socket.kind, Kind::Datagrams { .. });
        Ok(match name {
            option::REUSE_ADDRESS | option::RECEIVE_LOW_WATER => Value::Number(1),
            option::DO_NOT_ROUTE | option::BROADCAST | option::KEEP_ALIVE => Value::Number(0),
            option::TYPE if is_datagrams => Value::Number(socket_type::DATAGRAM.into()),
            option::TYPE => Value::Number(socket_type::STREAM.into()),
            option::ERROR => Value::Number(self.error_of(socket)? as u32),
            option::ACCEPTS => Value::Number((socket.kind == Kind::Listener).into()),
            option::RECEIVE_LIMIT => Value::Limit(socket.receive_limit_us),
            option::SEND_LIMIT => Value::Limit(socket.send_limit_us),
            option::BIND_TO_DEVICE => Value::Nothing,
            _ => return Err(Errno::NoProtocolOption),
        })
    }

    /// Why there is no connection and will not be.
    fn error_of(&mut self, socket: Socket) -> Result<Errno, Errno> {
        let (Kind::Connection, Some(id)) = (socket.kind, socket.id) else {
            return Ok(Errno::Success);
        };
        Ok(match network::of(&mut self.network)?.connected(id) {
            Ok(()) | Err(Errno::Again) => Errno::Success,
            Err(errno) => errno,
        })
    }
}

/// Whether an option is a choice, even though there is none here.
fn is_fixed(name: u32) -> bool {
    !matches!(name, option::TYPE | option::ERROR | option::ACCEPTS)
}

impl Value {
    /// Its bytes, and how many of them they are.
    fn encode(&self) -> ([u8; VALUE_BYTES_MAX], u32) {
        let mut bytes = [0; VALUE_BYTES_MAX];
        let length_bytes = match *self {
            Self::Number(number) => {
                put(&mut bytes, 0, number.to_le_bytes());
                4
            }
            Self::Limit(limit_us) => {
                put(&mut bytes, time_limit::SECONDS, (limit_us / MICROSECONDS).to_le_bytes());
                put(&mut bytes, time_limit::MICROSECONDS, (limit_us % MICROSECONDS).to_le_bytes());
                time_limit::BYTES
            }
            Self::Nothing => 0,
        };
        (bytes, length_bytes)
    }
}

/// The time limit at `at`, in microseconds; one that is too long to be counted is none.
fn read_limit_us(memory: &mut GuestMemory<'_>, at: u32, length_bytes: u32) -> Result<u64, Errno> {
    if length_bytes < time_limit::BYTES {
        return Err(Errno::Invalid);
    }
    let seconds = u64::from_le_bytes(memory.read(at + time_limit::SECONDS)?);
    let micros = u64::from_le_bytes(memory.read(at + time_limit::MICROSECONDS)?);
    if seconds > i64::MAX as u64 || micros >= MICROSECONDS {
        return Err(Errno::Domain);
    }
    Ok(seconds.checked_mul(MICROSECONDS).map_or(0, |whole| whole.saturating_add(micros)))
}
