//! What is known of the bus, and what goes on there without requests: listening, receiving,
//! sending.

use device::InputEvent;

use crate::configuration::{FUNCTIONS_MAX, Function};
use crate::device::{
    CONTROL, DEVICES_MAX, Device, Ear, LISTENERS_MAX, Listener, Place, RECEIVE, STREAMS, Stream,
    TRANSMIT,
};
use crate::frames::Frames;
use crate::host::{Completion, Host, NEVER, Transfer, TransferError};
use crate::news::{News, Report};
use crate::request::Lane;
use crate::ring::Ring;

/// Bytes of a function's report that are read.
pub(crate) const REPORT_BYTES_MAX: usize = 64;

/// A frame that the adapter does not take in this time is lost.
const SEND_NS_MAX: u64 = 1_000_000_000;

const EVENTS_MAX: usize = 64;
const NEWS_MAX: usize = 32;

/// All that is known.
pub(crate) struct State<H> {
    pub(crate) host: H,
    pub(crate) now_ns: u64,
    /// When the manager wants to go on.
    pub(crate) manager_ns: u64,
    /// How long it waited so far because it had to.
    pub(crate) paused_ns: u64,
    /// When something is due, of the manager's or of others'.
    pub(crate) due_ns: u64,
    /// Something happened that the manager may want to see to.
    pub(crate) is_stirred: bool,
    pub(crate) devices: [Option<Device>; DEVICES_MAX],
    /// What can be driven of the device that is being brought up.
    pub(crate) functions: [Option<Function>; FUNCTIONS_MAX],
    pub(crate) streams: [Option<Stream>; STREAMS],
    pub(crate) listeners: [Option<Listener>; LISTENERS_MAX],
    /// What each keyboard is to show.
    pub(crate) lights: u8,
    /// Memory for what listeners hear.
    pub(crate) reports: [Option<&'static mut [u8]>; LISTENERS_MAX],
    pub(crate) lane: Lane,
    pub(crate) frames: Frames,
    pub(crate) events: Ring<InputEvent, EVENTS_MAX>,
    pub(crate) news: Ring<Report, NEWS_MAX>,
}

impl<H: Host> State<H> {
    /// Sees to all that has happened.
    pub(crate) fn settle(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
        self.host.poll(now_ns);
        // What begins here may be complete at once; more than all pipes cannot be.
        loop {
            self.begin_what_is_due();
            let Some((pipe, completion)) = self.host.completion() else { break };
            self.complete(pipe, completion);
            while let Some((pipe, completion)) = self.host.completion() {
                self.complete(pipe, completion);
            }
        }
        self.due_ns = self.next_due_ns().min(self.host.due_ns());
    }

    fn next_due_ns(&self) -> u64 {
        let asked = self.listeners.iter().zip(&self.streams);
        let ready = asked.filter(|(_, stream)| stream.as_ref().is_some_and(Stream::is_ready));
        let due_ns = ready.filter_map(|(listener, _)| Some(listener.as_ref()?.due_ns)).min();
        due_ns.unwrap_or(NEVER).min(self.manager_ns)
    }

    fn begin_what_is_due(&mut self) {
        for pipe in 0..LISTENERS_MAX {
            self.listen(pipe);
        }
        if self.is_ready(RECEIVE)
            && let Some(memory) = self.frames.empty.pop()
        {
            let length_bytes = memory.len();
            self.begin(RECEIVE, memory, length_bytes, NEVER);
        }
        if self.is_ready(TRANSMIT)
            && let Some(frame) = self.frames.sending.pop()
        {
            let (memory, length_bytes, _) = frame.into_parts();
            self.begin(TRANSMIT, memory, length_bytes, self.now_ns + SEND_NS_MAX);
        }
    }

    fn is_ready(&self, pipe: usize) -> bool {
        self.streams[pipe].as_ref().is_some_and(Stream::is_ready)
    }

    fn listen(&mut self, pipe: usize) {
        let now_ns = self.now_ns;
        let Some(listener) = &mut self.listeners[pipe] else { return };
        if listener.due_ns > now_ns || !self.is_ready(pipe) {
            return;
        }
        // Those that were held up do not make up for it.
        let Some(listener) = &mut self.listeners[pipe] else { return };
        listener.due_ns = now_ns + listener.interval_ns;
        if let Some(memory) = self.reports[pipe].take() {
            self.begin(pipe, memory, 1, NEVER);
        }
    }

    fn begin(
        &mut self,
        pipe: usize,
        memory: &'static mut [u8],
        length_bytes: usize,
        limit_ns: u64,
    ) {
        let Some(stream) = &mut self.streams[pipe] else { return };
        stream.is_busy = true;
        let packet_bytes = usize::from(stream.endpoint.packet_bytes);
        let transfer = Transfer {
            endpoint: stream.endpoint,
            mark: stream.mark,
            // A report is one packet.
            length_bytes: if pipe < LISTENERS_MAX { packet_bytes } else { length_bytes },
            memory,
            ends_short: true,
            limit_ns,
        };
        self.host.submit(pipe, transfer);
    }

    fn complete(&mut self, pipe: usize, completion: Completion) {
        if pipe == CONTROL {
            return self.end_stage(completion);
        }
        let Completion { memory, mark, result } = completion;
        let is_open = self.end(pipe, mark, result);
        let received_bytes = if is_open { result.unwrap_or(0) } else { 0 };
        match pipe {
            RECEIVE => self.frames.arrive(memory, received_bytes),
            TRANSMIT => self.frames.take_free(memory),
            _ => {
                self.hear(pipe, &memory[..received_bytes.min(REPORT_BYTES_MAX)]);
                self.reports[pipe] = Some(memory);
            }
        }
    }

    /// Notes how a transfer ended, and tells whether its device is still there.
    fn end(
        &mut self,
        pipe: usize,
        mark: crate::host::Mark,
        result: Result<usize, TransferError>,
    ) -> bool {
        let Some(stream) = &mut self.streams[pipe] else { return false };
        stream.is_busy = false;
        stream.mark = mark;
        match result {
            Ok(_) => stream.succeed(),
            Err(TransferError::NothingNew | TransferError::Cancelled) => {}
            Err(_) => {
                stream.fail();
                self.is_stirred = true;
            }
        }
        if stream.is_closed {
            self.streams[pipe] = None;
        }
        self.streams[pipe].is_some()
    }

    /// What a function said.
    fn hear(&mut self, pipe: usize, report: &[u8]) {
        let (Some(listener), Some(stream)) = (&mut self.listeners[pipe], &self.streams[pipe])
        else {
            return;
        };
        match &mut listener.ear {
            Ear::Hand(hand) => hand.read(report, &mut |event| self.events.push(event)),
            Ear::Hub => {
                if let Some(Device { hub: Some(hub), .. }) = &mut self.devices[stream.device] {
                    let mut bits = [0; 4];
                    bits.iter_mut().zip(report).for_each(|(bits, &byte)| *bits = byte);
                    hub.changed |= u32::from_le_bytes(bits) & hub.all();
                    self.is_stirred = true;
                }
            }
            Ear::Adapter => {
                // *CDC 1.2*, §6.3.1: a notification about the network's connection.
                if let &[0xa1, 0, value, ..] = report {
                    self.frames.set_up(value != 0);
                }
            }
        }
    }

    /// Forgets a device that was pulled, and all behind it.
    pub(crate) fn remove(&mut self, index: usize) {
        self.tell(index, News::Gone);
        if self.devices[index].take().is_none() {
            return;
        }
        for pipe in 0..STREAMS {
            self.close(pipe, index);
        }
        self.frames.unplug(index);
        for child in 0..DEVICES_MAX {
            if self.devices[child].is_some_and(
                |child| matches!(child.place, Place::Hub(hub, _) if usize::from(hub) == index),
            ) {
                self.remove(child);
            }
        }
    }

    fn close(&mut self, pipe: usize, index: usize) {
        let Some(stream) = self.streams[pipe].as_mut().filter(|stream| stream.device == index)
        else {
            return;
        };
        stream.is_closed = true;
        if stream.is_busy {
            self.host.cancel(pipe);
        } else {
            self.streams[pipe] = None;
        }
        if let Some(Listener { ear: Ear::Hand(mut hand), .. }) =
            self.listeners.get_mut(pipe).and_then(Option::take)
        {
            hand.release(&mut |event| self.events.push(event));
        }
    }

    pub(crate) fn tell(&mut self, index: usize, news: News) {
        if let Some(Device { vendor, product, control, .. }) = self.devices[index] {
            self.news.push(Report { device: control.device, vendor, product, news });
        }
    }
}
