//! The lights of keyboards.
//!
//! Source: *HID 1.11*, §7.2.2 and appendix B.1.

use core::mem;

use crate::Usb;
use crate::device::Ear;
use crate::hid::Hand;
use crate::host::Host;
use crate::request::{Request, SET_CLASS};
use crate::state::State;

const SET_REPORT: u8 = 9;
/// The type of the report, and that there is only one of it.
const OUTPUT_REPORT: u16 = 0x0200;

impl<H: Host + 'static> Usb<H> {
    /// Has all keyboards show these lights, now and when they are plugged in: 1 is Num Lock's, 2
    /// Caps Lock's, 4 Scroll Lock's.
    ///
    /// Keyboards are told only of what has changed.
    pub fn set_lights(&self, lights: u8) {
        let mut state = self.lock();
        if mem::replace(&mut state.lights, lights) != lights {
            state.is_stirred = true;
            self.look(state);
        }
    }
}

impl<H: Host> State<H> {
    /// What to tell which device about its lights, which from then on counts as told.
    pub(crate) fn order_lights(&mut self) -> Option<(usize, Request)> {
        let lights = self.lights;
        let mut pipes = self.listeners.iter_mut().zip(&self.streams);
        pipes.find_map(|(listener, stream)| {
            let (listener, device) = (listener.as_mut()?, stream.as_ref()?.device);
            let is_keyboard = matches!(listener.ear, Ear::Hand(Hand::Keyboard(_)));
            if !is_keyboard || mem::replace(&mut listener.lights, lights) == lights {
                return None;
            }
            let interface = listener.interface.into();
            let request = Request::sending(SET_CLASS, SET_REPORT, OUTPUT_REPORT, interface, lights);
            Some((device, request))
        })
    }
}
