//! A controller that moves packets between memory and devices as its registers say.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::vec::Vec;

use driver_usb::host::{Mark, Speed};
use driver_usb::testing::{Answer, Packet, Rig, SteppingClock, Token, Wire};
use mmio::fake::{Bank, Memory};

use crate::Dwc2;

// Offsets as Linux's `drivers/usb/dwc2/hw.h` has them, on purpose not taken from `Registers`.
pub(super) const GAHBCFG: usize = 0x008;
pub(super) const GUSBCFG: usize = 0x00c;
pub(super) const GRSTCTL: usize = 0x010;
pub(super) const GINTMSK: usize = 0x018;
pub(super) const GRXFSIZ: usize = 0x024;
pub(super) const GNPTXFSIZ: usize = 0x028;
pub(super) const GSNPSID: usize = 0x040;
const GHWCFG2: usize = 0x048;
pub(super) const HPTXFSIZ: usize = 0x100;
pub(super) const HCFG: usize = 0x400;
pub(super) const HFIR: usize = 0x404;
const HFNUM: usize = 0x408;
pub(super) const HAINT: usize = 0x414;
pub(super) const HAINTMSK: usize = 0x418;
pub(super) const HPRT0: usize = 0x440;
const HCCHAR: usize = 0x500;
const HCSPLT: usize = 0x504;
const HCINT: usize = 0x508;
const HCINTMSK: usize = 0x50c;
const HCTSIZ: usize = 0x510;
const HCDMA: usize = 0x514;
const CHANNEL_BYTES: usize = 0x20;

const CHANNELS: usize = 8;

// Bits of HPRT0.
const CONNSTS: u32 = 1 << 0;
const CONNDET: u32 = 1 << 1;
const ENA: u32 = 1 << 2;
const ENACHG: u32 = 1 << 3;
const OVRCURRCHG: u32 = 1 << 5;
const RST: u32 = 1 << 8;
pub(super) const PWR: u32 = 1 << 12;

// Bits of HCCHAR, and of HCSPLT.
const EPDIR: u32 = 1 << 15;
const LSPDDEV: u32 = 1 << 17;
const CHDIS: u32 = 1 << 30;
const CHENA: u32 = 1 << 31;
const COMPSPLT: u32 = 1 << 16;
const SPLTENA: u32 = 1 << 31;

// Bits of HCINT.
const XFERCOMPL: u32 = 1 << 0;
const CHHLTD: u32 = 1 << 1;
const STALL: u32 = 1 << 3;
const NAK: u32 = 1 << 4;
const ACK: u32 = 1 << 5;
const NYET: u32 = 1 << 6;
const XACTERR: u32 = 1 << 7;
const BBLERR: u32 = 1 << 8;
const DATATGLERR: u32 = 1 << 10;

const CONTROL: u32 = 0;
const INTERRUPT: u32 = 3;

/// The model, shared with what stands behind its registers.
#[derive(Clone)]
pub(super) struct Model(Rc<RefCell<Inner>>);

pub(super) struct Inner {
    pub(super) bank: Bank,
    memory: &'static Memory,
    clock: &'static SteppingClock,
    wire: Wire,
    hprt: u32,
    channels: [Channel; CHANNELS],
    /// Packets move within the write that begins them.
    pub(super) is_eager: bool,
    /// Channels wait for devices that are not there, as in QEMU.
    pub(super) is_patient: bool,
    /// Channels never halt when they are told to.
    pub(super) never_halts: bool,
    /// Resets never end.
    pub(super) never_resets: bool,
    /// So many times a hub is not done when it is asked.
    pub(super) not_yet: u32,
    /// What came out of its hub too late, and was lost.
    pub(super) lost: usize,
    /// All that was begun.
    pub(super) begun: Vec<Begun>,
    pub(super) resets: usize,
}

/// How a channel was begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) channel: usize,
    pub(super) characteristics: u32,
    pub(super) split: u32,
    pub(super) bytes: u32,
    pub(super) frame: u32,
}

impl Begun {
    pub(super) fn address(&self) -> u32 {
        self.characteristics >> 22 & 0x7f
    }

    pub(super) fn endpoint(&self) -> u32 {
        self.characteristics >> 11 & 0xf
    }

    pub(super) fn is_in(&self) -> bool {
        self.characteristics & EPDIR != 0
    }

    fn kind(&self) -> u32 {
        self.characteristics >> 18 & 0b11
    }
}

#[derive(Clone, Copy, Default)]
struct Channel {
    hcint: u32,
    is_enabled: bool,
    /// The microframe in which it was begun.
    begun: u32,
    /// The microframe in which a hub was given something to translate.
    given: Option<u32>,
}

impl Model {
    pub(super) fn on(wire: &Wire) -> Self {
        let bank = Bank::zeroed();
        bank.poke(GSNPSID, 0x4f54_280a);
        bank.poke(GHWCFG2, (CHANNELS as u32 - 1) << 14);
        bank.poke(GRSTCTL, 1 << 31);
        let model = Self(Rc::new(RefCell::new(Inner {
            bank,
            memory: Memory::new(),
            clock: SteppingClock::start(),
            wire: wire.clone(),
            hprt: 0,
            channels: [Channel::default(); CHANNELS],
            is_eager: false,
            is_patient: false,
            never_halts: false,
            never_resets: false,
            not_yet: 0,
            lost: 0,
            begun: Vec::new(),
            resets: 0,
        })));
        model.connect(bank);
        model
    }

    pub(super) fn inner(&self) -> RefMut<'_, Inner> {
        self.0.borrow_mut()
    }

    pub(super) fn driver(&self) -> Dwc2 {
        let inner = self.inner();
        Dwc2::new(inner.bank.mmio(), inner.memory, inner.clock)
    }

    pub(super) fn rig(&self) -> Rig<Dwc2> {
        let (driver, clock, model) = (self.driver(), self.inner().clock, self.clone());
        Rig::start(driver, clock, move || model.inner().tick())
    }

    /// Puts the model behind its registers.
    fn connect(&self, bank: Bank) {
        let hook = |react: fn(&mut Inner, u32)| {
            let model = self.clone();
            move |value| react(&mut model.inner(), value)
        };
        bank.on_write(GRSTCTL, hook(Inner::reset));
        bank.on_write(HPRT0, hook(Inner::change_port));
        let model = self.clone();
        bank.on_read(HFNUM, move || model.inner().frame());
        for channel in 0..CHANNELS {
            let hook = |react: fn(&mut Inner, usize, u32)| {
                let model = self.clone();
                move |value| react(&mut model.inner(), channel, value)
            };
            let at = |register| register + channel * CHANNEL_BYTES;
            bank.on_write(at(HCCHAR), hook(Inner::characterise));
            let model = self.clone();
            bank.on_read(at(HCINT), move || model.inner().look(channel));
            bank.on_write(at(HCINT), hook(Inner::acknowledge));
            bank.on_write(at(HCINTMSK), hook(|inner, _, _| inner.show_interrupts()));
        }
    }
}

impl Inner {
    /// Some time has passed: what was plugged in or pulled shows, and packets move.
    fn tick(&mut self) {
        if std::mem::take(&mut self.wire.bus().has_changed) && self.hprt & PWR != 0 {
            let was_enabled = if self.hprt & ENA != 0 { ENACHG } else { 0 };
            self.hprt = self.hprt & !(ENA | CONNSTS) | CONNDET | was_enabled;
        }
        let is_there = self.wire.bus().root.is_some();
        if is_there && self.hprt & PWR != 0 {
            self.hprt |= CONNSTS;
        }
        self.show_port();
        for channel in 0..CHANNELS {
            if self.channels[channel].is_enabled {
                self.run(channel);
            }
        }
    }

    /// How many channels move packets other than reports, which come and go.
    pub(super) fn running(&self) -> usize {
        let is_running = |channel: &usize| {
            let kind = self.register(*channel, HCCHAR) >> 18 & 0b11;
            self.channels[*channel].is_enabled && kind != INTERRUPT
        };
        (0..CHANNELS).filter(is_running).count()
    }

    /// Whether a channel would interrupt that has nothing to do.
    pub(super) fn awaits_nothing(&self) -> bool {
        (0..CHANNELS)
            .any(|index| !self.channels[index].is_enabled && self.register(index, HCINTMSK) != 0)
    }

    /// Whether something happened on the port that nobody has acknowledged.
    pub(super) fn has_port_news(&self) -> bool {
        self.hprt & (CONNDET | ENACHG | OVRCURRCHG) != 0
    }

    /// HCINT as it is read: a driver that waits for a split transfer sees it end in time.
    fn look(&mut self, channel: usize) -> u32 {
        let is_split = self.register(channel, HCSPLT) & SPLTENA != 0;
        let Channel { is_enabled, begun, .. } = self.channels[channel];
        if is_enabled && is_split && self.frame() != begun {
            self.run(channel);
        }
        self.channels[channel].hcint
    }

    fn frame(&self) -> u32 {
        (self.clock.peek_ns() / 125_000) as u32 % (1 << 14)
    }

    fn reset(&mut self, value: u32) {
        if value & 1 != 0 {
            self.channels = [Channel::default(); CHANNELS];
            (self.hprt, self.resets) = (0, self.resets + 1);
            self.wire.bus().has_changed = true;
            self.show_port();
        }
        let left = if self.never_resets { value & 0x31 } else { 0 };
        self.bank.poke(GRSTCTL, 1 << 31 | left);
    }

    fn change_port(&mut self, value: u32) {
        assert_eq!(value & ENA, 0, "the driver turned its port off");
        self.hprt &= !(value & (CONNDET | ENACHG | OVRCURRCHG));
        let ends_reset = self.hprt & RST != 0 && value & RST == 0;
        self.hprt = self.hprt & !(RST | PWR) | value & (RST | PWR);
        if ends_reset && self.hprt & CONNSTS != 0 {
            self.wire.bus().reset();
            self.hprt |= ENA | ENACHG;
        }
        self.show_port();
    }

    fn show_port(&self) {
        let speed = self.wire.bus().root.as_ref().map_or(0, |device| device.speed as u32);
        self.bank.poke(HPRT0, self.hprt | speed << 17);
    }

    fn register(&self, channel: usize, register: usize) -> u32 {
        self.bank.peek(register + channel * CHANNEL_BYTES)
    }

    fn acknowledge(&mut self, channel: usize, value: u32) {
        self.channels[channel].hcint &= !value;
        self.show_interrupts();
    }

    fn show_interrupts(&self) {
        let mut all = 0;
        for (index, channel) in self.channels.iter().enumerate() {
            self.bank.poke(HCINT + index * CHANNEL_BYTES, channel.hcint);
            let is_wanted = channel.hcint & self.register(index, HCINTMSK) != 0;
            all |= u32::from(is_wanted) << index;
        }
        self.bank.poke(HAINT, all);
    }

    fn characterise(&mut self, channel: usize, value: u32) {
        if value & CHDIS != 0 {
            if !self.never_halts {
                self.halt(channel, 0);
            }
            return;
        }
        if value & CHENA == 0 {
            return;
        }
        assert!(!self.channels[channel].is_enabled, "channel {channel} is busy");
        assert_eq!(self.channels[channel].hcint, 0, "channel {channel} was not looked at");
        self.channels[channel].is_enabled = true;
        self.channels[channel].begun = self.frame();
        self.begun.push(Begun {
            channel,
            characteristics: value,
            split: self.register(channel, HCSPLT),
            bytes: self.register(channel, HCTSIZ) & 0x7_ffff,
            frame: self.frame(),
        });
        if self.is_eager {
            self.run(channel);
        }
    }

    fn halt(&mut self, channel: usize, bits: u32) {
        self.channels[channel].is_enabled = false;
        self.channels[channel].hcint |= bits | CHHLTD;
        let at = HCCHAR + channel * CHANNEL_BYTES;
        self.bank.poke(at, self.bank.peek(at) & !(CHENA | CHDIS));
        self.show_interrupts();
    }

    /// Moves packets until the channel halts or the device is not ready.
    fn run(&mut self, channel: usize) {
        if self.hprt & ENA == 0 {
            return;
        }
        let begun = Begun {
            channel,
            frame: self.channels[channel].begun,
            characteristics: self.register(channel, HCCHAR),
            split: self.register(channel, HCSPLT),
            ..self.begun[0]
        };
        self.check(channel, &begun);
        let way = self.wire.bus().way_to(begun.address() as u8);
        if way.is_none() && self.is_patient {
            return;
        }
        if let Some((speed, translator)) = way {
            assert_eq!(begun.characteristics & LSPDDEV != 0, speed == Speed::Low);
            let (hub, port) = (begun.split >> 7 & 0x7f, begun.split & 0x7f);
            let is_split = begun.split & SPLTENA != 0;
            let expected = translator.map(|(hub, port)| (u32::from(hub), u32::from(port)));
            if is_split.then_some((hub, port)) != expected {
                return self.halt(channel, XACTERR);
            }
        }
        if begun.split & SPLTENA != 0 {
            return self.run_split(channel, &begun);
        }
        while self.channels[channel].is_enabled {
            let bits = self.move_packet(channel, &begun);
            if bits & NAK != 0 && begun.kind() != INTERRUPT {
                self.channels[channel].hcint |= NAK;
                self.show_interrupts();
                return;
            }
            if bits != 0 {
                self.halt(channel, bits);
            }
        }
    }

    /// What the core demands of its registers.
    fn check(&self, channel: usize, begun: &Begun) {
        let (size, packet_bytes) = (self.register(channel, HCTSIZ), self.packet_bytes(channel));
        let (bytes, packets) = (size & 0x7_ffff, size >> 19 & 0x3ff);
        assert!(packet_bytes > 0);
        assert!(packets >= bytes.div_ceil(packet_bytes), "{packets} packets of {bytes} bytes");
        assert!(!begun.is_in() || bytes.is_multiple_of(packet_bytes), "{bytes} bytes are to come");
        assert_eq!(self.register(channel, HCDMA) % 4, 0);
    }

    fn packet_bytes(&self, channel: usize) -> u32 {
        self.register(channel, HCCHAR) & 0x7ff
    }

    /// The two parts of a packet that a hub translates (*USB 2.0*, §11.17, §11.18). Each goes out
    /// in the microframe after it was begun.
    fn run_split(&mut self, channel: usize, begun: &Begun) {
        let now = begun.frame + 1;
        let is_timed = begun.kind() == INTERRUPT;
        let given = self.channels[channel].given;
        if begun.split & COMPSPLT == 0 {
            self.channels[channel].given = Some(now);
            if is_timed {
                assert!(now % 8 < 5, "a report is asked for too late in its frame");
            }
            return self.halt(channel, ACK);
        }
        let Some(given) = given else { return self.halt(channel, XACTERR) };
        if self.not_yet > 0 {
            self.not_yet -= 1;
            return self.halt(channel, NYET);
        }
        self.channels[channel].given = None;
        if !begun.is_in() {
            assert_eq!(self.register(channel, HCTSIZ) & 0x7_ffff, 0, "the hub has the data");
        }
        let bits = self.move_packet(channel, begun);
        if is_timed && !(2..=6).contains(&(now - given)) {
            self.lost += 1;
            return self.halt(channel, XACTERR);
        }
        self.halt(channel, if bits == 0 { XFERCOMPL } else { bits });
    }

    /// Moves one packet, and gives what the channel halts with; 0 if it goes on.
    fn move_packet(&mut self, channel: usize, begun: &Begun) -> u32 {
        let size = self.register(channel, HCTSIZ);
        let (left, packets, pid) = (size & 0x7_ffff, size >> 19 & 0x3ff, size >> 29);
        let dma = self.register(channel, HCDMA);
        let packet_bytes = self.packet_bytes(channel);
        let mark = match pid {
            0 => Mark::Data0,
            2 => Mark::Data1,
            3 => Mark::Setup,
            _ => panic!("no mark is {pid}"),
        };
        assert!(mark != Mark::Setup || begun.kind() == CONTROL);
        let token = match mark {
            Mark::Setup => Token::Setup,
            _ if begun.is_in() => Token::In,
            _ => Token::Out,
        };
        let is_end = begun.split & COMPSPLT != 0;
        // What a hub has already, it was given from the same memory.
        let count = if is_end {
            packet_bytes.min(self.given_bytes(channel))
        } else {
            left.min(packet_bytes)
        };
        let data = if begun.is_in() { Vec::new() } else { self.memory.read(dma, count as usize) };
        let packet = Packet {
            address: begun.address() as u8,
            endpoint: begun.endpoint() as u8,
            token,
            mark,
            data: &data,
        };
        let answer = self.wire.bus().send(&packet);
        let moved = match answer {
            Answer::Taken => data.len() as u32,
            Answer::Data(data) if data.len() as u32 > packet_bytes.min(left) => return BBLERR,
            Answer::Data(data) => {
                self.memory.write(dma, &data);
                data.len() as u32
            }
            Answer::NotReady => return NAK,
            Answer::Stall => return STALL,
            Answer::Silence => return XACTERR,
            Answer::WrongMark => return DATATGLERR,
        };
        let (left, packets) = (left.saturating_sub(moved), packets - 1);
        let pid = mark.after(1) as u32;
        let at = channel * CHANNEL_BYTES;
        self.bank.poke(HCTSIZ + at, left | packets << 19 | pid << 29);
        self.bank.poke(HCDMA + at, dma + moved);
        let is_done = packets == 0 || begun.is_in() && moved < packet_bytes;
        if is_done { XFERCOMPL } else { 0 }
    }

    /// How much a hub was given on this channel.
    fn given_bytes(&self, channel: usize) -> u32 {
        let last = self
            .begun
            .iter()
            .rev()
            .find(|begun| begun.channel == channel && begun.split & COMPSPLT == 0);
        last.map_or(0, |begun| begun.bytes)
    }
}
