//! `poll_oneoff`: waits for the first of several things.

use crate::descriptors::Target;
use crate::{Read, WORK_BYTES_MAX, Wasi, check, network, on, put, wait};
use abi::Errno;
use abi::wasi::{clockid, event, eventtype, rights, subscription};
use alloc::vec::Vec;
use runtime::{Events, GuestMemory, Outcome, Until};

/// Subscriptions that one call may hold.
const SUBSCRIPTIONS_MAX: u32 = 1024;

/// A guest's call of `poll_oneoff`: all of it that outlives a wait.
#[derive(Clone, Copy)]
struct Poll {
    subscriptions_at: u32,
    /// Size of each, by which the two snapshots differ.
    subscription_bytes: u32,
    events_at: u32,
    count: u32,
    count_at: u32,
    /// When the call was made: relative times count from here however often the guest is woken.
    called_ns: u64,
}

/// A guest's subscription.
struct Subscription {
    userdata: [u8; 8],
    tag: u8,
    subject: Subject,
}

/// What a subscription waits for.
enum Subject {
    Clock { id: u32, timeout_ns: u64, is_absolute: bool },
    Read { fd: u32 },
    Write { fd: u32 },
}

/// How far a subscription is.
enum Progress {
    Ready(Event),
    Waits(Until),
}

/// What a subscription that is ready reports.
struct Event {
    error: Errno,
    ready_bytes: u64,
    flags: u16,
}

impl Event {
    const PLAIN: Self = Self { error: Errno::Success, ready_bytes: 0, flags: 0 };
}

impl Wasi {
    /// Waits until at least one of `count` subscriptions is ready, writes an event for each that
    /// is, and their number to `count_at`.
    ///
    /// A subscription that can never be, such as one to a closed descriptor, is ready at once
    /// with an error of its own. [`Errno::Invalid`] is for no subscriptions, for more than
    /// [`SUBSCRIPTIONS_MAX`], and for one of unknown type.
    ///
    /// `SUBSCRIPTION_BYTES` is [`subscription::BYTES`] or [`subscription::UNSTABLE_BYTES`].
    pub(crate) fn poll_oneoff<const SUBSCRIPTION_BYTES: u32>(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subscriptions_at: u32,
        events_at: u32,
        count: u32,
        count_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let called_ns = self.clocks.now_ns();
        let subscription_bytes = SUBSCRIPTION_BYTES;
        let poll =
            Poll { subscriptions_at, subscription_bytes, events_at, count, count_at, called_ns };
        self.poll(memory, poll)
    }

    fn poll(&mut self, memory: &mut GuestMemory<'_>, poll: Poll) -> Result<Outcome<Self>, Errno> {
        if poll.count == 0 || poll.count > SUBSCRIPTIONS_MAX {
            return Err(Errno::Invalid);
        }
        check(memory, poll.subscriptions_at, poll.count * poll.subscription_bytes)?;
        check(memory, poll.events_at, poll.count * event::BYTES)?;
        check(memory, poll.count_at, 4)?;

        let mut until = Until::default();
        // Nothing is written before all is read: a call that fails leaves the memory as it was,
        // and the events may lie where the subscriptions do.
        let mut events = Vec::new();
        for index in 0..poll.count {
            let at = poll.subscriptions_at + index * poll.subscription_bytes;
            let subscription = Subscription::read(memory, at, poll.subscription_bytes)?;
            match self.progress(&subscription.subject, poll.called_ns) {
                Progress::Waits(other) => until = first_of(until, other),
                Progress::Ready(event) => {
                    events.try_reserve(1).map_err(|_| Errno::NoMemory)?;
                    events.push(event.encode(&subscription));
                }
            }
        }

        if events.is_empty() {
            return Ok(wait(until, move |memory, wasi| wasi.poll(memory, poll)));
        }
        memory.write(poll.events_at, events.as_flattened())?;
        memory.write(poll.count_at, &(events.len() as u32).to_le_bytes())?;
        Ok(Outcome::Return(0))
    }

    /// How far `subject`, of a call made at `called_ns`, is.
    fn progress(&mut self, subject: &Subject, called_ns: u64) -> Progress {
        let progress = match *subject {
            Subject::Clock { id, timeout_ns, is_absolute } => self
                .deadline_ns(id, timeout_ns, is_absolute, called_ns)
                .map(|deadline_ns| self.progress_to(deadline_ns)),
            Subject::Read { fd } => self.progress_of_read(fd),
            Subject::Write { fd } => self.progress_of_write(fd),
        };
        progress.unwrap_or_else(|error| Progress::Ready(Event { error, ..Event::PLAIN }))
    }

    /// When, since power-on, clock `id` shows the time that is meant.
    fn deadline_ns(
        &self,
        id: u32,
        timeout_ns: u64,
        is_absolute: bool,
        called_ns: u64,
    ) -> Result<u64, Errno> {
        match (id, is_absolute) {
            (clockid::REALTIME, true) => Ok(self.clocks.since_power_on_ns(timeout_ns)),
            (clockid::MONOTONIC, true) => Ok(timeout_ns),
            (clockid::REALTIME | clockid::MONOTONIC, false) => {
                Ok(called_ns.saturating_add(timeout_ns))
            }
            // The app's own time does not pass while it waits.
            _ => Err(Errno::Invalid),
        }
    }

    fn progress_to(&self, deadline_ns: u64) -> Progress {
        if deadline_ns <= self.clocks.now_ns() {
            return Progress::Ready(Event::PLAIN);
        }
        Progress::Waits(Until { at_ns: Some(deadline_ns), events: Events::NONE })
    }

    fn progress_of_read(&mut self, fd: u32) -> Result<Progress, Errno> {
        let stream = match self.polled(fd, rights::FD_READ)? {
            Target::Stream(stream) => *stream,
            Target::File(file) => {
                let length_bytes = file.handle.status()?.length_bytes;
                return Ok(ready(length_bytes.saturating_sub(file.position)));
            }
            &Target::Socket(socket) => {
                let readiness = network::of(&mut self.network)?.readiness(socket.id()?)?;
                return Ok(of_socket(readiness.receive_bytes, readiness.is_ended));
            }
            Target::Device(device) => {
                return Ok(match device.readable_bytes() {
                    0 => Progress::Waits(on(device.event())),
                    waiting_bytes => ready(waiting_bytes as u64),
                });
            }
        };
        let input = self.streams.readable(stream)?;
        Ok(match input.poll() {
            Read::Bytes(length_bytes) => ready(length_bytes as u64),
            Read::End => Progress::Ready(Event { flags: event::FLAG_HANGUP, ..Event::PLAIN }),
            Read::Empty => Progress::Waits(on(input.event())),
        })
    }

    fn progress_of_write(&mut self, fd: u32) -> Result<Progress, Errno> {
        let stream = match self.polled(fd, rights::FD_WRITE)? {
            Target::Stream(stream) => *stream,
            Target::File(_) => return Ok(ready(WORK_BYTES_MAX.into())),
            &Target::Socket(socket) => {
                let readiness = network::of(&mut self.network)?.readiness(socket.id()?)?;
                return Ok(of_socket(readiness.send_bytes, false));
            }
            Target::Device(_) => return Err(Errno::BadDescriptor),
        };
        let output = self.streams.writable(stream)?;
        Ok(match output.room_bytes() {
            0 => Progress::Waits(on(output.event())),
            room_bytes => ready(room_bytes as u64),
        })
    }

    /// The target of descriptor `fd`, if it may be waited for in this direction.
    fn polled(&mut self, fd: u32, direction: u64) -> Result<&Target, Errno> {
        let needed = direction | rights::POLL_FD_READWRITE;
        self.descriptors.get(fd, needed).map(|descriptor| &descriptor.target)
    }
}

/// A file is always ready, and a stream that has so many bytes, or room for them.
fn ready(ready_bytes: u64) -> Progress {
    Progress::Ready(Event { ready_bytes, ..Event::PLAIN })
}

/// A socket is ready when a call would not wait, be it for an end or an error.
fn of_socket(ready_bytes: usize, is_ended: bool) -> Progress {
    if ready_bytes == 0 {
        return Progress::Waits(on(Events::NETWORK));
    }
    let flags = if is_ended { event::FLAG_HANGUP } else { 0 };
    Progress::Ready(Event { ready_bytes: ready_bytes as u64, flags, ..Event::PLAIN })
}

impl Subscription {
    /// Reads the struct at guest address `at`, all of which lies in the memory.
    fn read(memory: &mut GuestMemory<'_>, at: u32, length_bytes: u32) -> Result<Self, Errno> {
        // What the older snapshot has more stands before the fields of a clock.
        let clock_shift = length_bytes - subscription::BYTES;
        let [tag] = memory.read(at + subscription::TAG)?;
        let subject = match tag {
            eventtype::CLOCK => Subject::read_clock(memory, at + clock_shift)?,
            eventtype::FD_READ => {
                Subject::Read { fd: memory.read_u32(at + subscription::DESCRIPTOR)? }
            }
            eventtype::FD_WRITE => {
                Subject::Write { fd: memory.read_u32(at + subscription::DESCRIPTOR)? }
            }
            _ => return Err(Errno::Invalid),
        };
        Ok(Self { userdata: memory.read(at + subscription::USERDATA)?, tag, subject })
    }
}

impl Subject {
    fn read_clock(memory: &mut GuestMemory<'_>, at: u32) -> Result<Self, Errno> {
        let timeout_ns = memory.read(at + subscription::CLOCK_TIMEOUT)?;
        let flags = memory.read(at + subscription::CLOCK_FLAGS)?;
        Ok(Self::Clock {
            id: memory.read_u32(at + subscription::CLOCK_ID)?,
            timeout_ns: u64::from_le_bytes(timeout_ns),
            is_absolute: u16::from_le_bytes(flags) & subscription::CLOCK_FLAG_ABSOLUTE != 0,
        })
    }
}

impl Event {
    fn encode(&self, subscription: &Subscription) -> [u8; event::BYTES as usize] {
        let mut bytes = [0; event::BYTES as usize];
        put(&mut bytes, event::USERDATA, subscription.userdata);
        put(&mut bytes, event::ERROR, (self.error as u16).to_le_bytes());
        put(&mut bytes, event::TYPE, [subscription.tag]);
        put(&mut bytes, event::READY_BYTES, self.ready_bytes.to_le_bytes());
        put(&mut bytes, event::FLAGS, self.flags.to_le_bytes());
        bytes
    }
}

/// Whichever of the two comes first.
fn first_of(one: Until, other: Until) -> Until {
    let at_ns = match (one.at_ns, other.at_ns) {
        (Some(one_ns), Some(other_ns)) => Some(one_ns.min(other_ns)),
        (at_ns, None) | (None, at_ns) => at_ns,
    };
    Until { at_ns, events: one.events | other.events }
}

#[cfg(test)]
mod tests;
