//! The core from its reset to a root port that has power, and what happens on that port.

use device::poll_for;
use driver_usb::host::{Host, HostError, Speed};
use tock_registers::interfaces::{ReadWriteable, Readable, Writeable};

use crate::Dwc2;
use crate::registers::{
    CHANNELS_MAX, Fifo, Gahbcfg, Ghwcfg2, Gintsts, Grstctl, Gusbcfg, Hcchar, Hcint, Hfir, Hprt,
};

/// "OT" and the generation: the upper half of the identification.
const IDENTIFICATION: u32 = 0x4f54;

/// A reset takes microseconds.
const RESET_NS_MAX: u64 = 10_000_000;

/// Words of each FIFO. All of them fit the 4080 that the Pi's core has.
const FIFO_WORDS: u32 = 1024;

/// Bits of the port's register that a one clears; a one disables the port too.
pub(crate) const PORT_EVENTS: u32 = PORT_CHANGES | 1 << 2;
/// Those that tell of a change.
const PORT_CHANGES: u32 = 1 << 1 | 1 << 3 | 1 << 5;

/// Clocks of the PHY, of 60 MHz, in a microframe and in a frame.
const MICROFRAME_CLOCKS: u32 = 7_500;
const FRAME_CLOCKS: u32 = 60_000;

impl Dwc2 {
    /// Resets the core, with all that it has under way, and makes it a host.
    pub(crate) fn reset_core(&mut self) -> Result<(), HostError> {
        let registers = &self.registers;
        if registers.gsnpsid.get() >> 16 != IDENTIFICATION {
            return Err(HostError::Absent);
        }
        registers.gahbcfg.set(0);
        // QEMU's core keeps its channels through a reset.
        for channel in &registers.channels[..self.channels()] {
            if channel.hcchar.is_set(Hcchar::CHENA) {
                channel.hcchar.modify(Hcchar::CHENA::SET + Hcchar::CHDIS::SET);
            }
            channel.hcintmsk.set(0);
        }
        registers.pcgcctl.set(0);
        self.wait_for_bus()?;
        registers.grstctl.modify(Grstctl::CSFTRST::SET);
        self.wait_for_clear(Grstctl::CSFTRST::SET.mask())?;
        self.wait_for_bus()?;

        // The PHY is on chip: UTMI+, 8 bits wide. Nothing is negotiated about who is the host.
        registers.gusbcfg.modify(
            Gusbcfg::ULPI_UTMI_SEL::CLEAR
                + Gusbcfg::PHYIF::CLEAR
                + Gusbcfg::HNPCAP::CLEAR
                + Gusbcfg::SRPCAP::CLEAR
                + Gusbcfg::FORCEDEVMODE::CLEAR
                + Gusbcfg::FORCEHSTMODE::SET,
        );
        Ok(())
    }

    /// Sets a core up that is a host by now, and gives its port power.
    pub(crate) fn set_up_core(&mut self) -> Result<(), HostError> {
        let registers = &self.registers;
        // The PHY's clock as it is, and any speed.
        registers.hcfg.set(0);
        registers.grxfsiz.set(FIFO_WORDS);
        registers.gnptxfsiz.write(Fifo::START.val(FIFO_WORDS) + Fifo::DEPTH.val(FIFO_WORDS));
        registers.hptxfsiz.write(Fifo::START.val(2 * FIFO_WORDS) + Fifo::DEPTH.val(FIFO_WORDS));
        registers.grstctl.write(Grstctl::TXFNUM::All + Grstctl::TXFFLSH::SET);
        self.wait_for_clear(Grstctl::TXFFLSH::SET.mask())?;
        registers.grstctl.write(Grstctl::RXFFLSH::SET);
        self.wait_for_clear(Grstctl::RXFFLSH::SET.mask())?;

        let channels = self.channels();
        self.free_channels = u16::MAX >> (CHANNELS_MAX - channels);
        for channel in &registers.channels[..channels] {
            channel.hcintmsk.set(0);
            channel.hcsplt.set(0);
            channel.hcint.write(Hcint::ALL.val(Hcint::ALL.mask));
        }
        registers.haintmsk.set(self.free_channels.into());
        registers.gintsts.set(u32::MAX);
        registers.gintmsk.write(Gintsts::HCHINT::SET + Gintsts::PRTINT::SET);
        registers
            .gahbcfg
            .write(Gahbcfg::WAIT_FOR_WRITES::SET + Gahbcfg::DMAEN::SET + Gahbcfg::GLBLINTRMSK::SET);
        self.change_port(0, |port| port | Hprt::PRTPWR::SET.value);
        Ok(())
    }

    fn channels(&self) -> usize {
        self.registers.ghwcfg2.read(Ghwcfg2::NUMHSTCHNL) as usize + 1
    }

    /// Acknowledges what happened on the port; how it is, its register tells at any time.
    pub(crate) fn see_to_port(&mut self) {
        let changes = self.registers.hprt.get() & PORT_CHANGES;
        if changes != 0 {
            self.change_port(changes, |port| port);
            self.set_frame_interval();
        }
    }

    /// Sets the length of a frame, which depends on the speed of the port.
    fn set_frame_interval(&mut self) {
        let is_high = self.port().speed == Speed::High;
        let clocks = if is_high { MICROFRAME_CLOCKS } else { FRAME_CLOCKS };
        self.registers.hfir.modify(Hfir::FRINT.val(clocks));
    }

    fn wait_for_bus(&self) -> Result<(), HostError> {
        let is_idle = || self.registers.grstctl.is_set(Grstctl::AHBIDLE).then_some(());
        poll_for(self.clock, RESET_NS_MAX, is_idle).ok_or(HostError::Stuck)
    }

    fn wait_for_clear(&self, bits: u32) -> Result<(), HostError> {
        let is_clear = || (self.registers.grstctl.get() & bits == 0).then_some(());
        poll_for(self.clock, RESET_NS_MAX, is_clear).ok_or(HostError::Stuck)
    }
}
