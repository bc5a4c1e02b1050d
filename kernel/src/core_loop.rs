//! Each core's life: give ready apps their turns, and sleep while there are none.
//!
//! Devices interrupt core 0, timers and wake-ups each core. What an interrupt brought about is seen
//! by whichever core comes out of its turn first, and core 0 comes out of its sleep for it. An
//! interrupt in the midst of a turn, which can be long, wakes a core that sleeps to look in its
//! place.
//!
//! # How long a `realtime` app waits that wakes
//!
//! Until the first turn ends of the core that it is pinned to or, if it is pinned to none, of any;
//! not at all if one of these sleeps. Other `realtime` apps that are ready before it come first.
//! A turn is what [`Apps::turn`] says it is, and the last thing in it can take longer than its
//! fuel:
//!
//! - a bulk operation: no more than [`runtime::OPERATION_BYTES_MAX`] bytes;
//! - the first call of a function, which validates and translates it: `function_bytes_max` bytes of
//!   code each, and `module_bytes_max` for all that one turn can call, once in an app's life;
//! - a host call: 64 KiB of what the guest hands over, then it returns with less or parks. One
//!   that reads or writes the SD card takes as long as the card does, and waits for another core
//!   that uses it;
//! - the start of an app, which reads its module and fills its memory.
//!
//! Between turns a core may write to the card what has waited there for a second, which is no more
//! than the block cache holds. It may see to the USB bus, where it waits a few milliseconds at most:
//! for a slow device behind a fast hub, and for a controller that does not halt.

use crate::apps::Apps;
use crate::arch::{cores, interrupts, timer};
#[cfg(feature = "card")]
use crate::card;
#[cfg(feature = "display")]
use crate::display;
#[cfg(feature = "net")]
use crate::net;
#[cfg(feature = "shell")]
use crate::shell::Person;
#[cfg(feature = "usb")]
use crate::usb;
use crate::{boards, console};
use core::sync::atomic::{AtomicBool, Ordering};
use kernel_core::bundle::WhenDone;
use kernel_core::scheduler::Rest;
use spin::Once;

/// How often a core that has always something to do looks after the card.
#[cfg(feature = "card")]
const CARD_LOOK_NS: u64 = 250_000_000;

static APPS: Once<Apps> = Once::new();

/// Cores that give an app its turn, from which only its end brings them back.
static IS_AT_TURN: [AtomicBool; cores::CORES] = [const { AtomicBool::new(false) }; cores::CORES];

/// Core 0's life. It sends the others into theirs, and sees to what comes when all have ended.
pub(crate) fn begin(apps: Apps, when_done: WhenDone, bench_starts: Option<u32>) -> ! {
    let apps = APPS.call_once(|| apps);
    // Before the other cores run apps: what is typed to one that reads may be meant for the shell.
    let mut core = CoreLoop::new(apps);
    if apps.take_all_cores() {
        for core in 1..cores::CORES {
            // One that did not come up will not notice.
            let _ = cores::give(core, (run_other, core));
        }
    }
    while !apps.are_done() || (when_done == WhenDone::PowerOff && core.is_in_use()) {
        core.step();
    }
    if let Some(count) = bench_starts {
        apps.bench_starts(count);
    }
    finish(apps, when_done);
    loop {
        core.step();
    }
}

/// The life of core `_core`, one of the others.
fn run_other(_core: usize) {
    let Some(apps) = APPS.get() else { return };
    let mut core = CoreLoop::new(apps);
    loop {
        core.step();
    }
}

/// The image's apps, once the boot is over.
#[cfg(any(feature = "actors", feature = "system"))]
pub(crate) fn apps() -> Option<&'static Apps> {
    APPS.get()
}

/// The calling core's timer interrupted it: an app is due.
pub(crate) fn timer_rang() {
    if let Some(apps) = APPS.get()
        && IS_AT_TURN[boards::this_core()].load(Ordering::Relaxed)
    {
        apps.wake_deputy();
    }
}

/// The USB controller interrupted core 0, which sees to that when it comes out of its turn, or
/// another core if that takes long: for the short turns of an app that talks to others, two cores
/// would be in each other's way.
#[cfg(feature = "usb")]
pub(crate) fn usb_came() {
    const TURN_NS: u64 = 250_000;

    if IS_AT_TURN[0].load(Ordering::Relaxed) {
        timer::bring_alarm_forward(timer::now_ns() + TURN_NS);
    }
}

/// The console has told of events.
pub(crate) fn events_came() {
    if let Some(apps) = APPS.get()
        && apps.awaits(console::events())
    {
        apps.wake_deputy();
    }
}

struct CoreLoop {
    apps: &'static Apps,
    /// Core 0 is needed once the last app has ended.
    awaits_end: bool,
    #[cfg(feature = "card")]
    card_at_ns: u64,
    #[cfg(feature = "shell")]
    person: Option<Person>,
}

impl CoreLoop {
    fn new(apps: &'static Apps) -> Self {
        apps.wake_up();
        Self {
            apps,
            awaits_end: boards::this_core() == 0 && !apps.are_done(),
            #[cfg(feature = "card")]
            card_at_ns: 0,
            #[cfg(feature = "shell")]
            person: Person::welcome(apps),
        }
    }

    /// One turn, or one sleep.
    #[inline(never)]
    fn step(&mut self) {
        self.apps.wake();
        #[cfg(feature = "card")]
        if timer::now_ns() >= self.card_at_ns {
            self.look_after_card();
        }
        self.look_after_usb();
        self.look_after_network();
        self.look_after_display();
        self.look_after_person();
        let is_at_turn = &IS_AT_TURN[boards::this_core()];
        is_at_turn.store(true, Ordering::Relaxed);
        let has_turned = self.apps.turn();
        is_at_turn.store(false, Ordering::Relaxed);
        if !has_turned {
            self.sleep();
        }
    }

    /// Sleeps until an interrupt, or the time when an app becomes ready or the card wants to be
    /// looked after.
    fn sleep(&mut self) {
        #[cfg(feature = "card")]
        let card_ns = self.look_after_card();
        #[cfg(not(feature = "card"))]
        let card_ns = None;
        self.look_after_usb();
        let network_ns = self.look_after_network();
        // Frames that were sent may be due for another look.
        let usb_ns = self.look_after_usb();
        let display_ns = self.look_after_display();
        let person_ns = self.look_after_person();
        // Masked from the last look on, so that nothing is missed: WFI ends for a pending
        // interrupt even then.
        interrupts::mask();
        if let Rest::Until(app_ns) = self.apps.lie_down()
            && console::events() == 0
            && !self.is_at_end()
            && !self.is_wanted()
            && !self.is_usb_wanted()
            && !self.is_network_wanted()
            && !self.is_display_wanted()
        {
            let due = [app_ns, card_ns, usb_ns, network_ns, display_ns, person_ns];
            timer::set_alarm(due.into_iter().flatten().min());
            aarch64_cpu::asm::barrier::dsb(aarch64_cpu::asm::barrier::SY);
            #[cfg(feature = "shell")]
            boards::counts::asleep(aarch64_cpu::asm::wfi);
            #[cfg(not(feature = "shell"))]
            aarch64_cpu::asm::wfi();
        }
        // What interrupts this core now is not in the midst of a turn.
        interrupts::unmask();
        self.apps.get_up();
    }

    /// Whether this is core 0 and the last app ended since it looked.
    fn is_at_end(&mut self) -> bool {
        let is_at_end = self.awaits_end && self.apps.are_done();
        self.awaits_end &= !is_at_end;
        is_at_end
    }

    /// Sees to the bus, and tells core 0 when to do so again if it does not interrupt.
    fn look_after_usb(&mut self) -> Option<u64> {
        #[cfg(feature = "usb")]
        return usb::look_after().filter(|_| boards::this_core() == 0);
        #[cfg(not(feature = "usb"))]
        None
    }

    /// Whether the bus interrupted, and nobody has looked yet.
    fn is_usb_wanted(&self) -> bool {
        #[cfg(feature = "usb")]
        return usb::is_wanted();
        #[cfg(not(feature = "usb"))]
        false
    }

    /// Sees to the network, and tells core 0 when to do so again if nothing happens.
    fn look_after_network(&self) -> Option<u64> {
        #[cfg(feature = "net")]
        return net::look_after(self.apps).filter(|_| boards::this_core() == 0);
        #[cfg(not(feature = "net"))]
        None
    }

    /// Whether there is something to see to on the network.
    fn is_network_wanted(&self) -> bool {
        #[cfg(feature = "net")]
        return net::is_wanted();
        #[cfg(not(feature = "net"))]
        false
    }

    /// Sees to the screen, and tells core 0 when to do so again if nothing happens.
    fn look_after_display(&self) -> Option<u64> {
        #[cfg(feature = "display")]
        return display::look_after(self.apps).filter(|_| boards::this_core() == 0);
        #[cfg(not(feature = "display"))]
        None
    }

    /// Whether there is something to see to on the screen.
    fn is_display_wanted(&self) -> bool {
        #[cfg(feature = "display")]
        return display::is_wanted();
        #[cfg(not(feature = "display"))]
        false
    }

    /// Sees to who is at the console, and tells when to do so again if nobody types.
    fn look_after_person(&mut self) -> Option<u64> {
        #[cfg(feature = "shell")]
        return self.person.as_mut()?.look_after();
        #[cfg(not(feature = "shell"))]
        None
    }

    /// Whether somebody at the console waits.
    fn is_wanted(&mut self) -> bool {
        #[cfg(feature = "shell")]
        return self.person.as_mut().is_some_and(Person::is_wanted);
        #[cfg(not(feature = "shell"))]
        false
    }

    /// Whether somebody at the console uses the shell.
    fn is_in_use(&self) -> bool {
        #[cfg(feature = "shell")]
        return self.person.as_ref().is_some_and(Person::is_there);
        #[cfg(not(feature = "shell"))]
        false
    }

    /// Tells when to look again, if nothing changes the card until then.
    #[cfg(feature = "card")]
    fn look_after_card(&mut self) -> Option<u64> {
        let next_ns = card::look_after(crate::wall::now_ns());
        self.card_at_ns = next_ns.unwrap_or_else(|| timer::now_ns() + CARD_LOOK_NS);
        next_ns
    }
}

#[cfg_attr(not(feature = "net"), expect(unused_variables, reason = "nothing is under way"))]
fn finish(apps: &Apps, when_done: WhenDone) {
    log::info!("kernel: all apps have ended");
    if when_done == WhenDone::PowerOff {
        #[cfg(feature = "net")]
        net::deliver(apps);
        #[cfg(feature = "card")]
        card::shut_down();
        console::flush();
        boards::power_off();
    }
}
