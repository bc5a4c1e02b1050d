//! Requests through a device's endpoint 0, one at a time: a setup stage, perhaps data, a status.
//!
//! Source: *USB 2.0*, §8.5.3 for the stages, §9.3 and §9.4 for the requests.

use core::future::{Future, poll_fn};
use core::task::Poll;

use crate::device::CONTROL;
use crate::host::{Completion, Endpoint, Host, Mark, NEVER, Transfer};
use crate::state::State;
use crate::{DATA_BYTES_MAX, Usb, UsbError};

/// A device has this long for each stage (§9.2.6.4).
const STAGE_NS_MAX: u64 = 500_000_000;

const SETUP_BYTES: usize = 8;

/// What is asked of a device, as the setup stage sends it (§9.3): direction, who defined it and
/// what it is about; the request; its value; its index; and how many bytes of data may come. Or
/// one byte is sent.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    setup: u64,
    byte: u8,
}

/// What is about an interface, and defined by its class (§9.3.1).
pub(crate) const SET_CLASS: u8 = 0x21;

/// In the kind of a request: its data comes from the device.
const FROM_DEVICE: u8 = 0x80;

impl Request {
    pub(crate) const fn new(kind: u8, request: u8, value: u16, index: u16, length: u16) -> Self {
        let setup = kind as u64
            | (request as u64) << 8
            | (value as u64) << 16
            | (index as u64) << 32
            | (length as u64) << 48;
        Self { setup, byte: 0 }
    }

    /// One without data.
    pub(crate) const fn order(kind: u8, request: u8, value: u16, index: u16) -> Self {
        Self::new(kind, request, value, index, 0)
    }

    /// One that sends this byte.
    pub(crate) const fn sending(kind: u8, request: u8, value: u16, index: u16, byte: u8) -> Self {
        Self { byte, ..Self::new(kind, request, value, index, 1) }
    }

    /// Asks the device for a descriptor (§9.4.3).
    pub(crate) const fn descriptor(kind: u8, index: u8, length_bytes: usize) -> Self {
        let value = (kind as u16) << 8 | index as u16;
        Self::new(FROM_DEVICE, GET_DESCRIPTOR, value, 0, length_bytes as u16)
    }

    fn length_bytes(self) -> usize {
        (self.setup >> 48) as usize
    }

    /// Whether data comes; it may also go, or there is none.
    fn brings_data(self) -> bool {
        self.setup as u8 & FROM_DEVICE != 0 && self.length_bytes() > 0
    }
}

pub(crate) const GET_DESCRIPTOR: u8 = 6;

/// The one pipe for requests.
pub(crate) struct Lane {
    /// For the request itself and for its data; `None` while the controller has them.
    setup: Option<&'static mut [u8]>,
    data: Option<&'static mut [u8]>,
    device: usize,
    request: Request,
    stage: Stage,
    moved_bytes: u16,
    result: Option<Result<u16, UsbError>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Setup,
    Data,
    Status,
}

impl Lane {
    pub(crate) fn new(setup: Option<&'static mut [u8]>, data: Option<&'static mut [u8]>) -> Self {
        let request = Request::order(0, 0, 0, 0);
        let stage = Stage::Setup;
        Self { setup, data, device: 0, request, stage, moved_bytes: 0, result: None }
    }

    /// The memory of a stage.
    fn memory(&mut self, stage: Stage) -> &mut Option<&'static mut [u8]> {
        if stage == Stage::Data { &mut self.data } else { &mut self.setup }
    }

    /// What the last answer brought, or as much of it.
    pub(crate) fn data(&self, length_bytes: u16) -> &[u8] {
        let data = self.data.as_deref().unwrap_or_default();
        &data[..usize::from(length_bytes).min(data.len())]
    }
}

impl<H: Host + 'static> Usb<H> {
    /// Asks something of a device, and tells how many bytes of data were moved.
    ///
    /// # Errors
    ///
    /// Those of [`TransferError`].
    pub(crate) fn ask(
        &self,
        device: usize,
        request: Request,
    ) -> impl Future<Output = Result<u16, UsbError>> {
        let mut has_begun = false;
        self.until(move |state| {
            // After a reset of the controller, its memory takes a moment to come back.
            has_begun = has_begun || state.begin_request(device, request);
            state.lane.result.take().filter(|_| has_begun)
        })
    }

    /// Waits until `look` finds something.
    pub(crate) fn until<T>(
        &self,
        mut look: impl FnMut(&mut State<H>) -> Option<T>,
    ) -> impl Future<Output = T> {
        poll_fn(move |_| look(&mut self.lock()).map_or(Poll::Pending, Poll::Ready))
    }

    /// Waits at least so long.
    pub(crate) fn pause(&self, duration_ns: u64) -> impl Future<Output = ()> {
        // The clock may have been about to step.
        let end_ns = self.clock.now_ns() + duration_ns + self.clock.resolution_ns();
        self.lock().paused_ns += duration_ns;
        self.until(move |state| {
            let is_over = state.now_ns >= end_ns;
            state.manager_ns = if is_over { NEVER } else { end_ns };
            is_over.then_some(())
        })
    }
}

impl<H: Host> State<H> {
    fn begin_request(&mut self, device: usize, request: Request) -> bool {
        let bytes = request.setup.to_le_bytes();
        let lane = &mut self.lane;
        let (Some(setup), Some(data)) = (&mut lane.setup, &mut lane.data) else { return false };
        setup[..SETUP_BYTES].copy_from_slice(&bytes);
        data[0] = request.byte;
        (lane.device, lane.request, lane.moved_bytes) = (device, request, 0);
        lane.result = None;
        self.begin_stage(Stage::Setup);
        true
    }

    fn begin_stage(&mut self, stage: Stage) {
        let lane = &mut self.lane;
        lane.stage = stage;
        let data_bytes = lane.request.length_bytes().min(DATA_BYTES_MAX);
        let brings_data = lane.request.brings_data();
        let Some(device) = &self.devices[lane.device] else {
            lane.result = Some(Err(UsbError::Gone));
            return;
        };
        let Some(memory) = lane.memory(stage).take() else { return };
        let (is_in, mark, length_bytes) = match stage {
            Stage::Setup => (false, Mark::Setup, SETUP_BYTES),
            Stage::Data => (brings_data, Mark::Data1, data_bytes),
            // The status goes the other way (§8.5.3.1).
            Stage::Status => (!brings_data, Mark::Data1, 0),
        };
        let transfer = Transfer {
            endpoint: Endpoint { is_in, ..device.control },
            mark,
            memory,
            length_bytes,
            ends_short: false,
            limit_ns: self.now_ns + STAGE_NS_MAX,
        };
        self.host.submit(CONTROL, transfer);
    }

    /// A stage is complete; the next one follows.
    pub(crate) fn end_stage(&mut self, completion: Completion) {
        let lane = &mut self.lane;
        let stage = lane.stage;
        *lane.memory(stage) = Some(completion.memory);
        let next = match (completion.result, stage) {
            (Ok(_), Stage::Setup) if lane.request.length_bytes() > 0 => Stage::Data,
            (Ok(_), Stage::Setup) => Stage::Status,
            (Ok(moved_bytes), Stage::Data) => {
                lane.moved_bytes = moved_bytes as u16;
                Stage::Status
            }
            (result, _) => {
                lane.result = Some(result.map(|_| lane.moved_bytes).map_err(UsbError::from));
                self.is_stirred = true;
                return;
            }
        };
        self.begin_stage(next);
    }
}
