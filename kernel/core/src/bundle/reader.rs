//! Reads what [`Bundle::write`] encodes. The host does that with `postcard`; the kernel has this in
//! place of it and of serde, which are three times the code.
//!
//! Source: *The Postcard Wire Format*: numbers are LEB128, texts and lists begin with their length,
//! a variant is its number, and fields follow each other.

use super::{
    Access, App, Bundle, Files, Limits, Mount, OnCrash, Priority, Restart, Service, Stdin, WhenDone,
};
use alloc::vec::Vec;

/// What is left of an encoded bundle, and whether something in it was not what it should be: that
/// is looked at once, at the end, which is half the code of looking each time.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    is_damaged: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(encoded: &'a [u8]) -> Self {
        Self { rest: encoded, is_damaged: false }
    }

    pub(super) fn bundle(mut self) -> Option<Bundle<'a>> {
        let bundle = Bundle {
            packed_at_s: self.number(),
            on_crash: self.one_of(&[OnCrash::Reset, OnCrash::Halt]),
            when_done: self.one_of(&[WhenDone::Wait, WhenDone::PowerOff]),
            network: self.list(Self::pair),
            apps: self.list(Self::app),
        };
        (!self.is_damaged).then_some(bundle)
    }

    fn app(&mut self) -> App<'a> {
        App {
            name: self.text(),
            args: self.list(Self::text),
            env: self.list(Self::pair),
            stdin: self.one_of(&[Stdin::None, Stdin::Console]),
            uses: self.list(Self::service),
            spawns: self.list(Self::text),
            mounts: self.list(Self::mount),
            listens: self.list(Self::text),
            reaches: self.list(Self::text),
            kiosk: self.flag(),
            limits: self.limits(),
            priority: self.one_of(&Priority::ALL),
            core: self.flag().then(|| self.byte()),
            start: self.flag(),
            restart: self.one_of(&[Restart::Never, Restart::OnFailure, Restart::Always]),
            tail_calls: self.flag(),
            module: self.bytes(),
        }
    }

    fn service(&mut self) -> Service {
        self.one_of(&[
            Service::Wasi,
            Service::Threads,
            Service::Actors,
            Service::Net,
            Service::Display,
            Service::System,
        ])
    }

    fn mount(&mut self) -> Mount<'a> {
        Mount {
            at: self.text(),
            files: self.files(),
            access: self.one_of(&[Access::ReadOnly, Access::ReadWrite]),
        }
    }

    fn files(&mut self) -> Files<'a> {
        match self.number() {
            0 => Files::Packed(self.bytes()),
            1 => Files::Memory { bytes_max: self.number() },
            2 => Files::Card(self.text()),
            number => {
                self.is_damaged |= number != 3;
                Files::Host(self.text())
            }
        }
    }

    fn limits(&mut self) -> Limits {
        Limits {
            module_bytes_max: self.number(),
            function_bytes_max: self.number(),
            memory_pages_max: self.number(),
            table_elements_max: self.number(),
            stack_bytes_max: self.number(),
            fuel_max: self.flag().then(|| self.number()),
            fuel_per_second_max: self.number(),
            threads_max: self.number(),
            channels_max: self.number(),
        }
    }

    fn pair(&mut self) -> (&'a str, &'a str) {
        (self.text(), self.text())
    }

    /// As many as there are, one after the other: the number may be a lie, so that no room is made
    /// for them before.
    fn list<T>(&mut self, item: fn(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        for _ in 0..self.number() {
            if self.is_damaged {
                break;
            }
            list.push(item(self));
        }
        list
    }

    fn one_of<T: Copy>(&mut self, variants: &[T]) -> T {
        let number = self.number();
        self.is_damaged |= number >= variants.len() as u64;
        variants[number as usize % variants.len()]
    }

    fn flag(&mut self) -> bool {
        let byte = self.byte();
        self.is_damaged |= byte > 1;
        byte == 1
    }

    #[inline(never)]
    fn text(&mut self) -> &'a str {
        let text = core::str::from_utf8(self.bytes());
        self.is_damaged |= text.is_err();
        text.unwrap_or_default()
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length_bytes = usize::try_from(self.number()).unwrap_or(usize::MAX);
        self.take(length_bytes)
    }

    #[inline(never)]
    fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte();
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            self.is_damaged |= bits << shift >> shift != bits;
            if byte < 0x80 {
                return number;
            }
        }
        self.is_damaged = true;
        0
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn take(&mut self, length_bytes: usize) -> &'a [u8] {
        let Some((bytes, rest)) = self.rest.split_at_checked(length_bytes) else {
            self.is_damaged = true;
            return &[];
        };
        self.rest = rest;
        bytes
    }
}
