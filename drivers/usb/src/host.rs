//! What USB asks of a host controller: one root port, and transfers through pipes.

/// A host controller with one root port. Nothing in it waits longer than a millisecond or two.
pub trait Host: Send {
    /// Resets the controller, after which nothing is under way and the root port is off. Every
    /// pipe that was busy completes with [`TransferError::Cancelled`].
    ///
    /// # Errors
    ///
    /// [`HostError`]; it can be tried again.
    fn reset(&mut self) -> Result<(), HostError>;

    /// Turns the root port on, [`RESET_NS`] or more after [`Host::reset`].
    ///
    /// # Errors
    ///
    /// [`HostError`]; it can be tried again, from the reset on.
    fn turn_on(&mut self) -> Result<(), HostError>;

    /// How the root port is.
    fn port(&mut self) -> Port;

    /// Begins or ends to signal a reset to the device on the root port.
    fn signal_reset(&mut self, is_on: bool);

    /// Begins a transfer, through a pipe that is not busy; it may be complete on return.
    fn submit(&mut self, pipe: usize, transfer: Transfer);

    /// Ends a transfer before its time, if it is under way; it completes in the same way. Where
    /// the controller cannot be stopped, it completes with the next reset, and until then there
    /// is nothing on the port.
    fn cancel(&mut self, pipe: usize);

    /// Sees to what has happened by `now_ns`.
    fn poll(&mut self, now_ns: u64);

    /// When to call [`Host::poll`] again if nothing interrupts.
    fn due_ns(&self) -> u64;

    /// The next transfer that is complete, and its pipe.
    fn completion(&mut self) -> Option<(usize, Completion)>;
}

/// How long a host controller takes after its reset until it can be used.
pub const RESET_NS: u64 = 25_000_000;

/// How many pipes there are; each has a number below.
pub const PIPES_MAX: usize = 20;

/// Never, as a time.
pub const NEVER: u64 = u64::MAX;

/// How the root port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// A device is there.
    pub is_connected: bool,
    /// Transfers reach it: it was reset, and not pulled since.
    pub is_enabled: bool,
    /// How fast it is, while transfers reach it.
    pub speed: Speed,
}

/// How fast a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// 480 Mbit/s.
    High = 0,
    /// 12 Mbit/s.
    Full = 1,
    /// 1.5 Mbit/s.
    Low = 2,
}

/// How an endpoint moves data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Requests.
    Control = 0,
    /// As fast as there is time.
    Bulk = 2,
    /// Once in a while.
    Interrupt = 3,
}

/// The hub that speaks to a slower device for the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translator {
    /// The hub's address.
    pub hub: u8,
    /// The hub's port where the device is, from 1.
    pub port: u8,
}

/// Where a transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The device's address.
    pub device: u8,
    /// The endpoint's number, 0 to 15.
    pub number: u8,
    /// From the device, or to it.
    pub is_in: bool,
    /// How it moves data.
    pub kind: Kind,
    /// The longest packet, at least 1.
    pub packet_bytes: u16,
    /// How fast the device is.
    pub speed: Speed,
    /// Who speaks to it, if the host does not.
    pub translator: Option<Translator>,
}

impl Endpoint {
    /// Its address as requests have it (*USB 2.0*, §9.3.4).
    #[must_use]
    pub fn address(&self) -> u8 {
        self.number | u8::from(self.is_in) << 7
    }
}

/// How the first packet of a transfer is marked (*USB 2.0*, §8.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The first of two that take turns.
    Data0 = 0,
    /// The second.
    Data1 = 2,
    /// A request.
    Setup = 3,
}

impl Mark {
    /// The mark `packets` later.
    #[must_use]
    pub fn after(self, packets: usize) -> Self {
        match (self, packets % 2) {
            (mark, 0) => mark,
            (Self::Data0, _) => Self::Data1,
            (Self::Data1 | Self::Setup, _) => Self::Data0,
        }
    }
}

/// Bytes to move through an endpoint.
pub struct Transfer {
    /// Where to.
    pub endpoint: Endpoint,
    /// The mark of the first packet.
    pub mark: Mark,
    /// The memory, of which the device has enough for whole packets.
    pub memory: &'static mut [u8],
    /// How many bytes are to be moved; fewer may come.
    pub length_bytes: usize,
    /// An empty packet ends what would end with a whole one.
    pub ends_short: bool,
    /// When to give up.
    pub limit_ns: u64,
}

/// How a transfer ended.
pub struct Completion {
    /// The memory.
    pub memory: &'static mut [u8],
    /// The mark of the packet that would come next.
    pub mark: Mark,
    /// How many bytes were moved, or why not.
    pub result: Result<usize, TransferError>,
}

/// Why a transfer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferError {
    /// An interrupt endpoint has nothing to say.
    NothingNew,
    /// The endpoint has halted, or the request is not known.
    Stall,
    /// The device sent more than it may.
    Babble,
    /// The device did not answer, or not in a way that could be understood, several times.
    NoAnswer,
    /// The device was not ready within the limit.
    Timeout,
    /// It was cancelled.
    Cancelled,
    /// The controller cannot reach the memory.
    Memory,
}

/// Why a host controller does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostError {
    /// There is none, or one of another kind.
    Absent,
    /// It did not react in time.
    Stuck,
}
