//! Apps that other apps start, and what the two of them say to each other.
//!
//! Path of a call: guest `spawn` → [`link`] → [`Spawner::spawn`], which the kernel implements and
//! which decides what the new app may do: no more than the one that starts it. Between the two is a
//! bond: a channel of bytes each way, and how the new app ended. Whoever waits for something on it
//! is parked until the other side changes it.
//!
//! **How it ends.** An app that ends lets go of its sides: what it was sent and did not receive is
//! lost, and the others find the end of what it sent, or `EPIPE`. Apps that it started end with it,
//! since all that they take counts as its own.

mod bond;
mod link;

pub use bond::{CHANNEL_BYTES, Side, Teller};
pub use link::link;

use crate::Wake;
use abi::Errno;
use abi::actors::{PARENT, ending, streams};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use device::Clock;
use runtime::{Events, GuestMemory, Outcome, Until, Wait};

/// Bytes that a list has at most.
const LIST_BYTES_MAX: u32 = 4096;

/// The kernel as one app has it that may start others.
pub trait Spawner: Send + Sync {
    /// Starts an app, and gives its task. It may fail later, which `birth` tells.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if the caller may not start this app, [`Errno::NoEntry`] if there is no
    /// such app, [`Errno::NotCapable`] for a directory that the caller has not got itself, and
    /// [`Errno::Again`] if there are as many as there may be; nothing has changed then. With
    /// [`Errno::Busy`] the caller tries again in its next turn.
    fn spawn(&self, request: Request, birth: Birth) -> Result<u32, Errno>;

    /// Ends the app of this task, which has not ended yet, at the end of its turn at the latest.
    fn end(&self, task: u32);
}

/// What is wanted of an app that is started.
pub struct Request {
    /// Its name in the image.
    pub name: String,
    /// Its arguments; its manifest's if there are none.
    pub args: Vec<String>,
    /// Paths of the caller's directories that it is to have too, with `:ro` behind those that it
    /// may only read.
    pub mounts: Vec<String>,
    /// Whether what is sent to it is its standard input.
    pub is_stdin: bool,
    /// Whether its standard output is sent to the caller.
    pub is_stdout: bool,
}

/// What an app has from the one that started it.
pub struct Birth {
    /// Its side of the bond.
    pub side: Arc<Side>,
    /// Says how it ended.
    pub teller: Teller,
}

/// How an app ended: the numbers of [`ending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// [`ending::HOW`].
    pub how: u32,
    /// [`ending::CODE`].
    pub code: u32,
}

/// The apps that one app has to do with.
pub struct Actors {
    tasks: &'static dyn Wake,
    clock: &'static dyn Clock,
    spawner: Option<Arc<dyn Spawner>>,
    parent: Option<Arc<Side>>,
    /// Those that it started, by their numbers less one.
    children: Vec<Option<Child>>,
}

struct Child {
    side: Side,
    task: u32,
}

impl Actors {
    /// Those of an app that begins. It can start others if it has a `spawner`, and talk to the one
    /// that started it if it has a side of their bond.
    pub fn new(
        tasks: &'static dyn Wake,
        clock: &'static dyn Clock,
        spawner: Option<Arc<dyn Spawner>>,
        parent: Option<Arc<Side>>,
    ) -> Self {
        Self { tasks, clock, spawner, parent, children: Vec::new() }
    }

    /// Starts the app of the first text of the list `words`, with the others as its arguments, and
    /// writes its number to `number_at`.
    fn spawn(
        &mut self,
        memory: &mut GuestMemory<'_>,
        words: Span,
        mounts: Span,
        streams: u32,
        number_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        memory.slice(number_at, 4)?;
        let mut args = list(memory, words)?;
        if args.is_empty() {
            return Err(Errno::Invalid);
        }
        let request = Request {
            name: args.remove(0),
            args,
            mounts: list(memory, mounts)?,
            is_stdin: streams & streams::STDIN != 0,
            is_stdout: streams & streams::STDOUT != 0,
        };

        let spawner = self.spawner.as_ref().ok_or(Errno::Access)?;
        let (side, birth) = bond::tie(self.tasks);
        let task = match spawner.spawn(request, birth) {
            Err(Errno::Busy) => {
                return Ok(wait(Until::NEXT_TURN, move |memory, actors| {
                    actors.spawn(memory, words, mounts, streams, number_at)
                }));
            }
            spawned => spawned?,
        };
        let number = self.keep(Child { side, task });
        memory.write(number_at, &number.to_le_bytes())?;
        Ok(Outcome::Return(0))
    }

    /// Gives a child its number.
    fn keep(&mut self, child: Child) -> u32 {
        let free = self.children.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.children.push(None);
            self.children.len() - 1
        });
        if let Some(place) = self.children.get_mut(index) {
            *place = Some(child);
        }
        index as u32 + 1
    }

    /// Sends, receives, or waits for an end, as soon as that can be done.
    fn attempt(
        &mut self,
        memory: &mut GuestMemory<'_>,
        attempt: Attempt,
    ) -> Result<Outcome<Self>, Errno> {
        let Attempt { what, number, at, length_bytes, answer_at, until_ns } = attempt;
        memory.slice(answer_at, if what == What::Wait { ending::BYTES } else { 4 })?;
        let side = self.side(number)?;
        let moved_bytes = match what {
            What::Send => side.send(memory.slice(at, length_bytes)?)?,
            What::Receive => side.receive(memory.slice_mut(at, length_bytes)?),
            What::Wait => {
                self.child(number)?;
                let ending = side.ending();
                if let Some(Ending { how, code }) = ending {
                    memory.write(answer_at + ending::CODE, &code.to_le_bytes())?;
                    Some(how as usize)
                } else {
                    None
                }
            }
        };
        if let Some(answer) = moved_bytes {
            memory.write(answer_at, &(answer as u32).to_le_bytes())?;
            return Ok(Outcome::Return(0));
        }
        if until_ns.is_some_and(|until_ns| until_ns <= self.clock.now_ns()) {
            return Err(Errno::Again);
        }
        let until = Until { at_ns: until_ns, events: Events::WAKE };
        Ok(wait(until, move |memory, actors| actors.attempt(memory, attempt)))
    }

    /// When a call that begins now and may take so long is over; `None` is never.
    fn until_ns(&self, limit_ns: i64) -> Option<u64> {
        let limit_ns = u64::try_from(limit_ns).ok()?;
        Some(self.clock.now_ns().saturating_add(limit_ns))
    }

    /// Ends the app of this number, and forgets it.
    fn close(&mut self, number: u32) -> Result<Outcome<Self>, Errno> {
        self.child(number)?;
        let child = self.children.get_mut(number as usize - 1).and_then(Option::take);
        if let (Some(child), Some(spawner)) = (child, &self.spawner) {
            child.end(&**spawner);
        }
        Ok(Outcome::Return(0))
    }

    fn child(&self, number: u32) -> Result<&Child, Errno> {
        let index = (number as usize).checked_sub(1).ok_or(Errno::BadDescriptor)?;
        self.children.get(index).and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    /// The side of this app of its bond with another.
    fn side(&self, number: u32) -> Result<&Side, Errno> {
        match number {
            PARENT => self.parent.as_deref().ok_or(Errno::BadDescriptor),
            _ => self.child(number).map(|child| &child.side),
        }
    }
}

impl Drop for Actors {
    fn drop(&mut self) {
        if let Some(spawner) = &self.spawner {
            self.children.drain(..).flatten().for_each(|child| child.end(&**spawner));
        }
    }
}

impl Child {
    fn end(self, spawner: &dyn Spawner) {
        self.side.unless_ended(|| spawner.end(self.task));
    }
}

/// A call that may have to wait: all of it that outlives the wait.
#[derive(Clone, Copy)]
struct Attempt {
    what: What,
    number: u32,
    at: u32,
    length_bytes: u32,
    answer_at: u32,
    until_ns: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Send,
    Receive,
    Wait,
}

/// Parks the caller; `resume` goes on with the call when `until` holds.
fn wait(
    until: Until,
    resume: impl FnOnce(&mut GuestMemory<'_>, &mut Actors) -> Result<Outcome<Actors>, Errno>
    + Send
    + 'static,
) -> Outcome<Actors> {
    Outcome::Wait(Wait { until, resume: Box::new(resume) })
}

/// An address in the guest's memory, and a length in bytes.
type Span = (u32, u32);

/// The texts of a list, copied.
fn list(memory: &mut GuestMemory<'_>, (at, length_bytes): Span) -> Result<Vec<String>, Errno> {
    if length_bytes > LIST_BYTES_MAX {
        return Err(Errno::TooBig);
    }
    let mut texts = Vec::new();
    let mut text = Vec::new();
    for &byte in memory.slice(at, length_bytes)? {
        if byte != 0 {
            text.push(byte);
            continue;
        }
        texts.push(String::from_utf8(mem::take(&mut text)).map_err(|_| Errno::Invalid)?);
    }
    if text.is_empty() { Ok(texts) } else { Err(Errno::Invalid) }
}
