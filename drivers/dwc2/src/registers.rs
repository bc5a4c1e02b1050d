//! Registers, by the names and offsets of the databook.

use mmio::{ReadOnly, ReadWrite};
use tock_registers::{register_bitfields, register_structs};

register_bitfields! [u32,
    pub(crate) Gahbcfg [
        GLBLINTRMSK OFFSET(0) NUMBITS(1) [],
        /// Waits until what it wrote has arrived in memory; in the BCM2835 this bit of the burst
        /// length has that meaning (Linux, `dwc2_set_bcm_params`).
        WAIT_FOR_WRITES OFFSET(4) NUMBITS(1) [],
        DMAEN OFFSET(5) NUMBITS(1) [],
    ],
    pub(crate) Gusbcfg [
        PHYIF OFFSET(3) NUMBITS(1) [],
        ULPI_UTMI_SEL OFFSET(4) NUMBITS(1) [],
        SRPCAP OFFSET(8) NUMBITS(1) [],
        HNPCAP OFFSET(9) NUMBITS(1) [],
        FORCEHSTMODE OFFSET(29) NUMBITS(1) [],
        FORCEDEVMODE OFFSET(30) NUMBITS(1) [],
    ],
    pub(crate) Grstctl [
        CSFTRST OFFSET(0) NUMBITS(1) [],
        RXFFLSH OFFSET(4) NUMBITS(1) [],
        TXFFLSH OFFSET(5) NUMBITS(1) [],
        TXFNUM OFFSET(6) NUMBITS(5) [All = 0x10],
        AHBIDLE OFFSET(31) NUMBITS(1) [],
    ],
    pub(crate) Gintsts [
        PRTINT OFFSET(24) NUMBITS(1) [],
        HCHINT OFFSET(25) NUMBITS(1) [],
    ],
    pub(crate) Fifo [
        START OFFSET(0) NUMBITS(16) [],
        DEPTH OFFSET(16) NUMBITS(16) [],
    ],
    pub(crate) Ghwcfg2 [
        NUMHSTCHNL OFFSET(14) NUMBITS(4) [],
    ],
    pub(crate) Hfir [
        FRINT OFFSET(0) NUMBITS(16) [],
    ],
    pub(crate) Hfnum [
        FRNUM OFFSET(0) NUMBITS(16) [],
    ],
    pub(crate) Hprt [
        PRTCONNSTS OFFSET(0) NUMBITS(1) [],
        PRTCONNDET OFFSET(1) NUMBITS(1) [],
        PRTENA OFFSET(2) NUMBITS(1) [],
        PRTENCHNG OFFSET(3) NUMBITS(1) [],
        PRTOVRCURRCHNG OFFSET(5) NUMBITS(1) [],
        PRTRST OFFSET(8) NUMBITS(1) [],
        PRTPWR OFFSET(12) NUMBITS(1) [],
        PRTSPD OFFSET(17) NUMBITS(2) [High = 0, Full = 1, Low = 2],
    ],
    pub(crate) Hcchar [
        MPS OFFSET(0) NUMBITS(11) [],
        EPNUM OFFSET(11) NUMBITS(4) [],
        EPDIR OFFSET(15) NUMBITS(1) [],
        LSPDDEV OFFSET(17) NUMBITS(1) [],
        EPTYPE OFFSET(18) NUMBITS(2) [],
        EC OFFSET(20) NUMBITS(2) [],
        DEVADDR OFFSET(22) NUMBITS(7) [],
        ODDFRM OFFSET(29) NUMBITS(1) [],
        CHDIS OFFSET(30) NUMBITS(1) [],
        CHENA OFFSET(31) NUMBITS(1) [],
    ],
    pub(crate) Hcsplt [
        PRTADDR OFFSET(0) NUMBITS(7) [],
        HUBADDR OFFSET(7) NUMBITS(7) [],
        XACTPOS OFFSET(14) NUMBITS(2) [All = 3],
        COMPSPLT OFFSET(16) NUMBITS(1) [],
        SPLTENA OFFSET(31) NUMBITS(1) [],
    ],
    pub(crate) Hcint [
        XFERCOMPL OFFSET(0) NUMBITS(1) [],
        CHHLTD OFFSET(1) NUMBITS(1) [],
        AHBERR OFFSET(2) NUMBITS(1) [],
        STALL OFFSET(3) NUMBITS(1) [],
        NAK OFFSET(4) NUMBITS(1) [],
        ACK OFFSET(5) NUMBITS(1) [],
        NYET OFFSET(6) NUMBITS(1) [],
        XACTERR OFFSET(7) NUMBITS(1) [],
        BBLERR OFFSET(8) NUMBITS(1) [],
        FRMOVRUN OFFSET(9) NUMBITS(1) [],
        DATATGLERR OFFSET(10) NUMBITS(1) [],
        ALL OFFSET(0) NUMBITS(14) [],
    ],
    pub(crate) Hctsiz [
        XFERSIZE OFFSET(0) NUMBITS(19) [],
        PKTCNT OFFSET(19) NUMBITS(10) [],
        PID OFFSET(29) NUMBITS(2) [],
    ]
];

/// The most channels that there are room for registers of.
pub(crate) const CHANNELS_MAX: usize = 16;

register_structs! {
    /// Register block. Only the registers that this driver uses are named.
    pub Registers {
        (0x000 => _otg),
        (0x008 => pub(crate) gahbcfg: ReadWrite<u32, Gahbcfg::Register>),
        (0x00c => pub(crate) gusbcfg: ReadWrite<u32, Gusbcfg::Register>),
        (0x010 => pub(crate) grstctl: ReadWrite<u32, Grstctl::Register>),
        (0x014 => pub(crate) gintsts: ReadWrite<u32, Gintsts::Register>),
        (0x018 => pub(crate) gintmsk: ReadWrite<u32, Gintsts::Register>),
        (0x01c => _receive_status),
        (0x024 => pub(crate) grxfsiz: ReadWrite<u32>),
        (0x028 => pub(crate) gnptxfsiz: ReadWrite<u32, Fifo::Register>),
        (0x02c => _until_identification),
        (0x040 => pub(crate) gsnpsid: ReadOnly<u32>),
        (0x044 => _ghwcfg1),
        (0x048 => pub(crate) ghwcfg2: ReadOnly<u32, Ghwcfg2::Register>),
        (0x04c => _until_periodic_fifo),
        (0x100 => pub(crate) hptxfsiz: ReadWrite<u32, Fifo::Register>),
        (0x104 => _device_fifos),
        (0x400 => pub(crate) hcfg: ReadWrite<u32>),
        (0x404 => pub(crate) hfir: ReadWrite<u32, Hfir::Register>),
        (0x408 => pub(crate) hfnum: ReadOnly<u32, Hfnum::Register>),
        (0x40c => _until_channel_interrupts),
        (0x414 => pub(crate) haint: ReadOnly<u32>),
        (0x418 => pub(crate) haintmsk: ReadWrite<u32>),
        (0x41c => _until_port),
        (0x440 => pub(crate) hprt: ReadWrite<u32, Hprt::Register>),
        (0x444 => _until_channels),
        (0x500 => pub(crate) channels: [Channel; CHANNELS_MAX]),
        (0x700 => _device_mode),
        (0xe00 => pub(crate) pcgcctl: ReadWrite<u32>),
        (0xe04 => @END),
    },
    /// One host channel.
    pub Channel {
        (0x00 => pub(crate) hcchar: ReadWrite<u32, Hcchar::Register>),
        (0x04 => pub(crate) hcsplt: ReadWrite<u32, Hcsplt::Register>),
        (0x08 => pub(crate) hcint: ReadWrite<u32, Hcint::Register>),
        (0x0c => pub(crate) hcintmsk: ReadWrite<u32, Hcint::Register>),
        (0x10 => pub(crate) hctsiz: ReadWrite<u32, Hctsiz::Register>),
        (0x14 => pub(crate) hcdma: ReadWrite<u32>),
        (0x18 => _reserved),
        (0x20 => @END),
    }
}
