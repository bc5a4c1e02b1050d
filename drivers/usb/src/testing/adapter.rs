use std::collections::VecDeque;
use std::vec::Vec;

use super::{Answer, Packet, Token};

/// A network adapter's frames.
#[derive(Default)]
pub struct Adapter {
    /// Frames for the host.
    pub to_host: VecDeque<Vec<u8>>,
    /// Frames that came from the host, whole.
    pub from_host: Vec<Vec<u8>>,
    /// The setting of its data interface; frames move in 1 alone.
    pub setting: u8,
    /// Whether its wire is connected; it says so whenever it is asked.
    pub is_up: bool,
    /// The longest packet.
    pub packet_bytes: usize,
    /// Of the frame that is being sent, what is left; of the one that comes, what is there.
    sending: Option<Vec<u8>>,
    coming: Vec<u8>,
}

impl Adapter {
    /// An adapter with this length of packets, and a wire.
    #[must_use]
    pub fn new(packet_bytes: usize) -> Self {
        Self { packet_bytes, is_up: true, ..Self::default() }
    }

    pub(super) fn take(&mut self, packet: &Packet<'_>) -> Answer {
        match (packet.endpoint, packet.token) {
            (1, Token::In) => Answer::Data([0xa1, 0, self.is_up.into(), 0, 1, 0, 0, 0].into()),
            (2, _) if self.setting != 1 => Answer::Stall,
            (2, Token::In) => self.give(),
            (2, Token::Out) => {
                self.coming.extend_from_slice(packet.data);
                if packet.data.len() < self.packet_bytes {
                    self.from_host.push(std::mem::take(&mut self.coming));
                }
                Answer::Taken
            }
            _ => Answer::Silence,
        }
    }

    /// The next packet of the frame; one that ends with a whole packet has an empty one after it.
    fn give(&mut self) -> Answer {
        let frame = self.sending.take().or_else(|| self.to_host.pop_front());
        let Some(mut frame) = frame else { return Answer::NotReady };
        let count = frame.len().min(self.packet_bytes);
        let packet: Vec<u8> = frame.drain(..count).collect();
        self.sending = (count == self.packet_bytes).then_some(frame);
        Answer::Data(packet)
    }
}
