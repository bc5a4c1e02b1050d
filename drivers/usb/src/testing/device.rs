use std::collections::{BTreeMap, VecDeque};
use std::vec::Vec;

use super::{Adapter, Hub};
use crate::host::{Mark, Speed};

/// What a packet is for (*USB 2.0*, §8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A request.
    Setup,
    /// Data from the device.
    In,
    /// Data to the device.
    Out,
}

/// A packet from the host.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Which device it is for.
    pub address: u8,
    /// Which endpoint.
    pub endpoint: u8,
    /// What it is for.
    pub token: Token,
    /// Its mark, or the one that the host expects.
    pub mark: Mark,
    /// Its data.
    pub data: &'a [u8],
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken.
    Taken,
    /// Data.
    Data(Vec<u8>),
    /// Not ready.
    NotReady,
    /// The endpoint has halted.
    Stall,
    /// Nothing.
    Silence,
    /// Data with the other mark, or data of the other mark was wanted.
    WrongMark,
}

/// What goes wrong with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is never ready.
    NeverReady,
    /// It has halted, until it is told to go on.
    Stall,
    /// It sends more than fits a packet.
    Babble,
    /// It does not answer.
    Silence,
    /// It does not answer this often, and then it does.
    Hiccups(u32),
    /// It does not answer every fourth time; so many times it was asked.
    Gaps(u32),
    /// Endpoint 0 gives all that it has, however much it was asked for.
    Generous,
}

/// What a device does besides what all do.
pub enum Function {
    /// Nothing.
    None,
    /// It has ports.
    Hub(Hub),
    /// It sends reports.
    Reports(VecDeque<Vec<u8>>),
    /// It moves frames.
    Adapter(Adapter),
}

/// A device.
pub struct Device {
    /// How fast it is.
    pub speed: Speed,
    /// What it says of itself, by type and index.
    pub descriptors: BTreeMap<(u8, u8), Vec<u8>>,
    /// What it does.
    pub function: Function,
    /// What goes wrong, by the endpoint's address; 0 is endpoint 0 in both directions.
    pub troubles: BTreeMap<u8, Trouble>,
    /// All requests that came.
    pub requests: Vec<[u8; 8]>,
    /// The data that came with requests, one after the other.
    pub told: Vec<u8>,
    /// The configuration that was chosen.
    pub configuration: u8,
    address: u8,
    new_address: Option<u8>,
    /// The request under way, and what of its data is left.
    request: [u8; 8],
    answer: Option<VecDeque<u8>>,
    control_mark: Mark,
    /// The mark of each endpoint's next packet.
    marks: BTreeMap<u8, Mark>,
}

impl Device {
    /// A device that was just plugged in.
    #[must_use]
    pub fn new(speed: Speed, function: Function) -> Self {
        Self {
            speed,
            descriptors: BTreeMap::new(),
            function,
            troubles: BTreeMap::new(),
            requests: Vec::new(),
            told: Vec::new(),
            configuration: 0,
            address: 0,
            new_address: None,
            request: [0; 8],
            answer: None,
            control_mark: Mark::Setup,
            marks: BTreeMap::new(),
        }
    }

    /// With this descriptor.
    #[must_use]
    pub fn with(mut self, kind: u8, index: u8, bytes: &[u8]) -> Self {
        self.descriptors.insert((kind, index), bytes.to_vec());
        self
    }

    /// Its ports.
    ///
    /// # Panics
    ///
    /// If it has none.
    pub fn hub(&mut self) -> &mut Hub {
        match &mut self.function {
            Function::Hub(hub) => hub,
            _ => panic!("it is no hub"),
        }
    }

    /// Its frames.
    ///
    /// # Panics
    ///
    /// If it has none.
    pub fn adapter(&mut self) -> &mut Adapter {
        match &mut self.function {
            Function::Adapter(adapter) => adapter,
            _ => panic!("it is no adapter"),
        }
    }

    /// Has it send a report.
    ///
    /// # Panics
    ///
    /// If it sends none.
    pub fn report(&mut self, report: &[u8]) {
        match &mut self.function {
            Function::Reports(reports) => reports.push_back(report.to_vec()),
            _ => panic!("it sends no reports"),
        }
    }

    pub(super) fn reset(&mut self) {
        (self.address, self.configuration) = (0, 0);
        self.marks.clear();
        if let Function::Hub(hub) = &mut self.function {
            hub.turn_off();
        }
    }

    /// The device of this address, if it is this one or is behind it.
    pub(super) fn find(&mut self, address: u8) -> Option<&mut Self> {
        if self.address == address {
            return Some(self);
        }
        match &mut self.function {
            Function::Hub(hub) => hub.find(address),
            _ => None,
        }
    }

    pub(super) fn way_to(
        &self,
        address: u8,
        translator: Option<(u8, u8)>,
    ) -> Option<(Speed, Option<(u8, u8)>)> {
        if self.address == address {
            return Some((self.speed, translator.filter(|_| self.speed != Speed::High)));
        }
        let Function::Hub(hub) = &self.function else { return None };
        hub.way_to(address, |port| match self.speed {
            Speed::High => Some((self.address, port)),
            _ => translator,
        })
    }

    fn packet_bytes(&self) -> usize {
        let bytes = self.descriptors.get(&(1, 0)).and_then(|bytes| bytes.get(7));
        bytes.map_or(8, |&bytes| usize::from(bytes).max(1))
    }

    pub(super) fn take(&mut self, packet: &Packet<'_>) -> Answer {
        let is_in = packet.token == Token::In;
        let endpoint = packet.endpoint | u8::from(is_in && packet.endpoint != 0) << 7;
        match self.troubles.get_mut(&endpoint) {
            Some(Trouble::NeverReady) if packet.token != Token::Setup => return Answer::NotReady,
            Some(Trouble::Stall) if packet.token != Token::Setup => return Answer::Stall,
            Some(Trouble::Babble) if is_in => return Answer::Data(std::vec![0xbb; 2000]),
            Some(Trouble::Silence) => return Answer::Silence,
            Some(Trouble::Gaps(times)) => {
                *times += 1;
                if times.is_multiple_of(4) {
                    return Answer::Silence;
                }
            }
            Some(Trouble::Hiccups(left)) if *left > 0 => {
                *left -= 1;
                return Answer::Silence;
            }
            _ => {}
        }
        match (packet.endpoint, packet.token) {
            (0, Token::Setup) => self.take_setup(packet),
            (0, _) => self.take_control(packet),
            _ if self.configuration == 0 => Answer::Silence,
            _ => self.take_data(endpoint, packet),
        }
    }

    fn take_setup(&mut self, packet: &Packet<'_>) -> Answer {
        let Ok(request) = packet.data.try_into() else { return Answer::Silence };
        self.request = request;
        self.requests.push(request);
        self.control_mark = Mark::Data1;
        self.answer = self.answer_to(request);
        Answer::Taken
    }

    /// Data or status of a request (*USB 2.0*, §8.5.3).
    fn take_control(&mut self, packet: &Packet<'_>) -> Answer {
        let packet_bytes = self.packet_bytes();
        let is_in_request = self.request[0] & 0x80 != 0;
        let Some(data) = &mut self.answer else { return Answer::Stall };
        let is_status = is_in_request != (packet.token == Token::In);
        let expected = if is_status { Mark::Data1 } else { self.control_mark };
        if packet.mark != expected {
            return Answer::WrongMark;
        }
        self.control_mark = self.control_mark.after(1);
        if is_status {
            if let Some(address) = self.new_address.take() {
                self.address = address;
            }
            return if packet.token == Token::In {
                Answer::Data(Vec::new())
            } else {
                Answer::Taken
            };
        }
        if packet.token == Token::Out {
            self.told.extend_from_slice(packet.data);
            return Answer::Taken;
        }
        let count = data.len().min(packet_bytes);
        Answer::Data(data.drain(..count).collect())
    }

    /// Carries a request out, and gives the data that answers it; `None` refuses it.
    fn answer_to(&mut self, request: [u8; 8]) -> Option<VecDeque<u8>> {
        let [kind, number, value_low, value_high, index, _, length_low, length_high] = request;
        let asked = usize::from(u16::from_le_bytes([length_low, length_high]));
        let is_generous = self.troubles.get(&0) == Some(&Trouble::Generous);
        let length = if is_generous { usize::MAX } else { asked };
        if let Function::Hub(hub) = &mut self.function
            && let Some(answer) = hub.answer_to(request)
        {
            return Some(answer.into_iter().take(length).collect());
        }
        let answer = match (kind, number) {
            (0x80 | 0x81 | 0xa0, 6) => {
                let descriptor = self.descriptors.get(&(value_high, value_low))?;
                descriptor.iter().copied().take(length).collect()
            }
            (0, 5) => {
                self.new_address = Some(value_low);
                VecDeque::new()
            }
            (0, 9) => {
                (self.configuration, self.marks) = (value_low, BTreeMap::new());
                VecDeque::new()
            }
            // The endpoint is to go on.
            (2, 1) => {
                self.marks.remove(&index);
                if self.troubles.get(&index) == Some(&Trouble::Stall) {
                    self.troubles.remove(&index);
                }
                VecDeque::new()
            }
            (0x01, 11) => {
                if let Function::Adapter(adapter) = &mut self.function {
                    adapter.setting = value_low;
                }
                VecDeque::new()
            }
            // What its class defines.
            (0x21, _) => VecDeque::new(),
            _ => return None,
        };
        Some(answer)
    }

    fn take_data(&mut self, endpoint: u8, packet: &Packet<'_>) -> Answer {
        let mark = self.marks.entry(endpoint).or_insert(Mark::Data0);
        let is_expected = *mark == packet.mark;
        if packet.token == Token::Out && !is_expected {
            return Answer::WrongMark;
        }
        let answer = match &mut self.function {
            Function::Reports(reports) if endpoint == 0x81 => {
                reports.pop_front().map_or(Answer::NotReady, Answer::Data)
            }
            Function::Hub(hub) if endpoint == 0x81 => hub.changes(),
            Function::Adapter(adapter) => adapter.take(packet),
            _ => Answer::Silence,
        };
        if matches!(answer, Answer::Data(_) | Answer::Taken) {
            *mark = mark.after(1);
            if !is_expected {
                return Answer::WrongMark;
            }
        }
        answer
    }
}
