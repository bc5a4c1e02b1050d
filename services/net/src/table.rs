//! Which sockets there are, and who has them.

use crate::NEVER;
use crate::backlog::{Beginning, Listener, Memory};
use crate::draw::Draw;
use crate::stream::{Ending, Stream};
use abi::Errno;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::time::Instant;

/// Sockets of the whole machine, those that listen or end included: with two buffers each, not
/// more than 16 MiB.
pub const SOCKETS_MAX: usize = 256;
/// Sockets that one app has; those that wait to be accepted do not count.
pub const SOCKETS_PER_APP_MAX: usize = 64;
/// Sockets that their apps have closed and that are not over, the wait for the last segments
/// that are under way (RFC 9293, TIME-WAIT) included. The oldest are cut short.
pub const ENDING_MAX: usize = 64;

/// Tells an app's sockets apart; none is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketId(
    /// Its number, for those who keep it among others.
    pub u32,
);

/// All sockets that apps have, and those that end.
#[derive(Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    endings: Vec<Ending>,
    last_id: u32,
}

struct Entry {
    id: SocketId,
    owner: u32,
    kind: Kind,
}

pub(crate) enum Kind {
    Listener(Listener),
    Stream(Stream),
    /// Datagrams, and whether anybody may send them.
    Datagrams(SocketHandle, bool),
}

impl Table {
    /// How many more sockets there can be.
    fn room(&self, sockets: &SocketSet<'_>) -> usize {
        SOCKETS_MAX.saturating_sub(sockets.iter().count())
    }

    /// Checks that `owner` can have another socket, cutting short one that ends if need be.
    pub(crate) fn make_room(
        &mut self,
        sockets: &mut SocketSet<'_>,
        owner: u32,
    ) -> Result<(), Errno> {
        if self.count(owner) >= SOCKETS_PER_APP_MAX {
            return Err(Errno::ManyFiles);
        }
        if self.room(sockets) == 0 {
            if self.endings.is_empty() {
                return Err(Errno::ManyFilesInSystem);
            }
            sockets.remove(self.endings.remove(0).socket);
        }
        Ok(())
    }

    /// How many sockets `owner` has.
    pub(crate) fn count(&self, owner: u32) -> usize {
        self.entries.iter().filter(|entry| entry.owner == owner).count()
    }

    /// Any socket of `owner`.
    pub(crate) fn first_of(&self, owner: u32) -> Option<SocketId> {
        self.entries.iter().find(|entry| entry.owner == owner).map(|entry| entry.id)
    }

    pub(crate) fn remove(&mut self, id: SocketId) -> Result<Kind, Errno> {
        let place = self.entries.iter().position(|entry| entry.id == id);
        Ok(self.entries.remove(place.ok_or(Errno::BadDescriptor)?).kind)
    }

    pub(crate) fn add(&mut self, owner: u32, kind: Kind) -> SocketId {
        self.last_id += 1;
        let id = SocketId(self.last_id);
        self.entries.push(Entry { id, owner, kind });
        id
    }

    pub(crate) fn get_mut(&mut self, id: SocketId) -> Result<&mut Kind, Errno> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == id);
        entry.map(|entry| &mut entry.kind).ok_or(Errno::BadDescriptor)
    }

    pub(crate) fn stream(&mut self, id: SocketId) -> Result<&mut Stream, Errno> {
        match self.get_mut(id)? {
            Kind::Stream(stream) => Ok(stream),
            Kind::Listener(_) | Kind::Datagrams(..) => Err(Errno::NotConnected),
        }
    }

    pub(crate) fn listener_on(&mut self, port: u16) -> Option<&mut Listener> {
        self.entries.iter_mut().find_map(|entry| match &mut entry.kind {
            Kind::Listener(listener) if listener.port == port => Some(listener),
            _ => None,
        })
    }

    /// Whether smoltcp is to see `beginning`; it answers those to ports where nobody listens.
    pub(crate) fn admits(
        &mut self,
        beginning: &Beginning,
        sockets: &mut SocketSet<'_>,
        memory: &mut Memory,
        now: Instant,
    ) -> bool {
        let mut room = self.room(sockets);
        let Some(listener) = self.listener_on(beginning.port) else { return true };
        listener.tend(sockets, &mut room, now);
        listener.admits(beginning, sockets, memory, now)
    }

    /// Does what is due, and says whether there is news.
    pub(crate) fn tend(
        &mut self,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        own: Option<Ipv4Addr>,
        draw: &Draw,
        now: Instant,
    ) -> bool {
        self.endings.retain(|ending| {
            let is_over = ending.is_over(sockets, now);
            if is_over {
                sockets.remove(ending.socket);
            }
            !is_over
        });

        let mut room = self.room(sockets);
        let mut has_news = false;
        for entry in &mut self.entries {
            has_news |= match &mut entry.kind {
                Kind::Listener(listener) => listener.tend(sockets, &mut room, now),
                Kind::Stream(stream) => stream.tend(interface, sockets, own, draw, now),
                Kind::Datagrams(..) => false,
            };
        }
        has_news
    }

    /// Whether the other sides of connections that ended do not know it yet.
    pub(crate) fn is_under_way(&self, sockets: &SocketSet<'_>) -> bool {
        self.endings.iter().any(|ending| ending.is_under_way(sockets))
    }

    /// When [`Table::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        let ends = self.endings.iter().fold(NEVER, |due, ending| due.min(ending.due()));
        self.entries.iter().fold(ends, |due, entry| match &entry.kind {
            Kind::Listener(listener) => due.min(listener.due()),
            Kind::Stream(stream) => due.min(stream.due()),
            Kind::Datagrams(..) => due,
        })
    }

    /// Lets a socket end, and cuts the oldest short if too many do.
    pub(crate) fn end(&mut self, sockets: &mut SocketSet<'_>, ending: Ending) {
        if self.endings.len() == ENDING_MAX {
            sockets.remove(self.endings.remove(0).socket);
        }
        self.endings.push(ending);
    }
}
