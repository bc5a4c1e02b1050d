//! A device from its reset to its use: an address, its descriptors, a configuration, and what each
//! of its functions needs.
//!
//! Source: *USB 2.0*, §9.1.2 and §9.4.

use crate::configuration::{Class, Configuration, Ethernet, FUNCTIONS_MAX, Function};
use crate::descriptor::{
    self, CONFIGURATION_BYTES, DEVICE_BYTES, DeviceDescriptor, EndpointDescriptor, kind,
};
use crate::device::{DEVICES_MAX, Device, Ear, Listener, Place, RECEIVE, Stream, TRANSMIT};
use crate::hid::{Hand, Layout};
use crate::host::{Endpoint, Host, Speed};
use crate::news::News;
use crate::request::{GET_DESCRIPTOR, Request, SET_CLASS};
use crate::state::{REPORT_BYTES_MAX, State};
use crate::{DATA_BYTES_MAX, Usb, UsbError};

/// Requests of every device (§9.4), and where they go (§9.3.1).
const GET: u8 = 0x80;
const GET_FROM_INTERFACE: u8 = 0x81;
const SET: u8 = 0;
const SET_INTERFACE: u8 = 0x01;
const SET_ADDRESS_REQUEST: u8 = 5;
const SET_CONFIGURATION_REQUEST: u8 = 9;
const SET_INTERFACE_REQUEST: u8 = 11;

/// Requests of human interface devices (*HID 1.11*, §7.2), and of network adapters (*CDC ECM
/// 1.2*, §6.2.4).
const SET_IDLE: u8 = 10;
const SET_PROTOCOL: u8 = 11;
const SET_ETHERNET_PACKET_FILTER: u8 = 0x43;

/// Frames to the adapter's own address, to all, and to all groups.
const OWN_BROADCAST_AND_GROUPS: u16 = 0x0e;

/// The language of strings that have no words: English (United States).
const LANGUAGE: u16 = 0x0409;
const ADDRESS_STRING_BYTES: u16 = 26;

/// All that tells how long the packets of endpoint 0 are.
const FIRST_BYTES: usize = 8;

const MS_NS: u64 = 1_000_000;
/// A device has 2 ms to take its address (§9.2.6.3).
const ADDRESS_NS: u64 = 5 * MS_NS;
/// Adapters tell of their wire when they please, and QEMU's whenever it is asked.
const ADAPTER_INTERVAL_NS: u64 = 250 * MS_NS;

const CONFIGURATIONS_MAX: u8 = 8;

impl<H: Host + 'static> Usb<H> {
    /// Resets what is plugged in there, and brings it up.
    ///
    /// # Errors
    ///
    /// [`UsbError`]; what was entered of it is to be withdrawn.
    pub(crate) async fn enumerate(&self, place: Place) -> Result<(), UsbError> {
        let speed = match place {
            Place::Root => self.reset_root().await?,
            Place::Hub(hub, port) => self.reset_port(hub.into(), port).await?,
        };
        let index = self.lock().enter(place, speed)?;
        let bytes = self.ask(index, Request::descriptor(kind::DEVICE, 0, FIRST_BYTES)).await?;
        self.lock().learn_packet_bytes(index, bytes)?;
        let address = index as u16 + 1;
        self.ask(index, Request::order(SET, SET_ADDRESS_REQUEST, address, 0)).await?;
        self.lock().learn_address(index, address as u8);
        self.pause(ADDRESS_NS).await;
        let bytes = self.ask(index, Request::descriptor(kind::DEVICE, 0, DEVICE_BYTES)).await?;
        let configurations = self.lock().learn_identity(index, bytes)?;

        let Some(value) = self.choose(index, configurations, speed).await? else {
            self.lock().tell(index, News::Fails(UsbError::Unknown));
            return Ok(());
        };
        self.ask(index, Request::order(SET, SET_CONFIGURATION_REQUEST, value.into(), 0)).await?;
        for number in 0..FUNCTIONS_MAX {
            let Some(function) = self.lock().functions[number] else { break };
            let result = match function.class {
                Class::Hub => self.set_up_hub(index, &function).await,
                Class::Ethernet(ethernet) => {
                    self.set_up_ethernet(index, &function, &ethernet).await
                }
                _ => self.set_up_hand(index, &function).await,
            };
            let news = match result {
                Ok(()) => News::Is(function.class.name()),
                Err(error) => News::Fails(error),
            };
            self.lock().tell(index, news);
        }
        Ok(())
    }

    /// The first configuration with something that can be driven, which the state then has.
    async fn choose(
        &self,
        index: usize,
        configurations: u8,
        speed: Speed,
    ) -> Result<Option<u8>, UsbError> {
        for number in 0..configurations.min(CONFIGURATIONS_MAX) {
            // First its head, which says how long it is.
            let mut length_bytes = CONFIGURATION_BYTES;
            let mut received_bytes = 0;
            for _ in 0..2 {
                let request = Request::descriptor(kind::CONFIGURATION, number, length_bytes);
                let bytes = self.ask(index, request).await?;
                let total = descriptor::configuration_bytes(self.lock().lane.data(bytes))?;
                if total > DATA_BYTES_MAX {
                    return Err(UsbError::Descriptor);
                }
                length_bytes = total;
                received_bytes = bytes;
            }
            let value = self.lock().learn_functions(received_bytes, speed)?;
            if value.is_some() {
                return Ok(value);
            }
        }
        Ok(None)
    }

    /// A keyboard or a mouse, which is asked to use the boot protocol, or a tablet.
    async fn set_up_hand(&self, index: usize, function: &Function) -> Result<(), UsbError> {
        let request = match function.class {
            Class::Reports { descriptor_bytes } => Request::new(
                GET_FROM_INTERFACE,
                GET_DESCRIPTOR,
                u16::from(kind::REPORT) << 8,
                function.interface.into(),
                descriptor_bytes,
            ),
            _ => function.order(SET_PROTOCOL, 0),
        };
        let bytes = self.ask(index, request).await?;
        let hand = match function.class {
            Class::Keyboard => Hand::keyboard(),
            Class::Mouse => Hand::Mouse(0),
            _ => Hand::Tablet(Layout::from_descriptor(self.lock().lane.data(bytes))?, 0),
        };
        // Reports come when something changes and not in between; a mouse may refuse, it does
        // so anyway.
        let _ = self.ask(index, function.order(SET_IDLE, 0)).await;
        self.lock().listen_to(index, function, Ear::Hand(hand), 0)
    }

    async fn set_up_ethernet(
        &self,
        index: usize,
        function: &Function,
        ethernet: &Ethernet,
    ) -> Result<(), UsbError> {
        let string = u16::from(kind::STRING) << 8 | u16::from(ethernet.address_string);
        let request = Request::new(GET, GET_DESCRIPTOR, string, LANGUAGE, ADDRESS_STRING_BYTES);
        let bytes = self.ask(index, request).await?;
        let address = descriptor::ethernet_address(self.lock().lane.data(bytes))?;
        let [setting, interface] = [ethernet.data_setting, ethernet.data_interface].map(u16::from);
        let request = Request::order(SET_INTERFACE, SET_INTERFACE_REQUEST, setting, interface);
        self.ask(index, request).await?;
        // An adapter without filters lets all pass.
        let filter = function.order(SET_ETHERNET_PACKET_FILTER, OWN_BROADCAST_AND_GROUPS);
        let _ = self.ask(index, filter).await;

        let mut state = self.lock();
        state.open_to(index, RECEIVE, &ethernet.receive)?;
        state.open_to(index, TRANSMIT, &ethernet.transmit)?;
        state.frames.plug(index, address);
        // An adapter that cannot tell of its wire has one.
        let _ = state.listen_to(index, function, Ear::Adapter, ADAPTER_INTERVAL_NS);
        Ok(())
    }
}

impl Function {
    /// Asks something of its class and interface.
    fn order(&self, request: u8, value: u16) -> Request {
        Request::order(SET_CLASS, request, value, self.interface.into())
    }
}

impl<H: Host> State<H> {
    /// Enters a new device, which has no address yet.
    fn enter(&mut self, place: Place, speed: Speed) -> Result<usize, UsbError> {
        let index = self.devices.iter().position(Option::is_none).ok_or(UsbError::TooMany)?;
        let (translator, depth) = match place {
            Place::Root => (None, 0),
            Place::Hub(hub, port) => {
                let hub = self.devices[usize::from(hub)].as_ref().ok_or(UsbError::Gone)?;
                (hub.translator(port, speed), hub.depth + 1)
            }
        };
        let control = Device::newcomer(speed, translator);
        self.devices[index] =
            Some(Device { place, control, depth, vendor: 0, product: 0, hub: None });
        Ok(index)
    }

    fn learn_packet_bytes(&mut self, index: usize, length_bytes: u16) -> Result<(), UsbError> {
        let device = self.devices[index].as_mut().ok_or(UsbError::Gone)?;
        let bytes = self.lane.data(length_bytes);
        device.control.packet_bytes =
            descriptor::control_packet_bytes(bytes, device.control.speed)?;
        Ok(())
    }

    fn learn_address(&mut self, index: usize, address: u8) {
        if let Some(device) = &mut self.devices[index] {
            device.control.device = address;
        }
    }

    /// Takes in who made it, and tells how many configurations it has.
    fn learn_identity(&mut self, index: usize, length_bytes: u16) -> Result<u8, UsbError> {
        let device = self.devices[index].as_mut().ok_or(UsbError::Gone)?;
        let described = DeviceDescriptor::read(self.lane.data(length_bytes))?;
        (device.vendor, device.product) = (described.vendor, described.product);
        Ok(described.configurations)
    }

    /// Takes in what can be driven in a configuration, and tells which it is if that is anything.
    fn learn_functions(&mut self, bytes: u16, speed: Speed) -> Result<Option<u8>, UsbError> {
        let found = Configuration::read(self.lane.data(bytes), speed)?;
        self.functions = found.functions;
        Ok(self.functions[0].is_some().then_some(found.value))
    }

    /// Opens a pipe to a device.
    fn open_to(
        &mut self,
        index: usize,
        pipe: usize,
        endpoint: &EndpointDescriptor,
    ) -> Result<(), UsbError> {
        let device = self.devices[index].as_ref().ok_or(UsbError::Gone)?;
        if self.streams[pipe].is_some() {
            return Err(UsbError::TooMany);
        }
        let endpoint = Endpoint {
            number: endpoint.number(),
            is_in: endpoint.is_in(),
            kind: endpoint.kind(),
            packet_bytes: endpoint.packet_bytes(),
            ..device.control
        };
        self.streams[pipe] = Some(Stream::new(index, endpoint));
        Ok(())
    }

    /// Listens to what a function says, no more often than `interval_ns`.
    pub(crate) fn listen_to(
        &mut self,
        index: usize,
        function: &Function,
        ear: Ear,
        interval_ns: u64,
    ) -> Result<(), UsbError> {
        let endpoint = function.status.ok_or(UsbError::Unknown)?;
        if usize::from(endpoint.packet_bytes()) > REPORT_BYTES_MAX {
            return Err(UsbError::Unknown);
        }
        let is_free = |stream: &Option<Stream>| stream.is_none();
        let pipe = self.streams[..RECEIVE].iter().position(is_free).ok_or(UsbError::TooMany)?;
        self.open_to(index, pipe, &endpoint)?;
        let speed = self.devices[index].map_or(Speed::Full, |device| device.control.speed);
        let interval_ns = endpoint.interval_ns(speed).max(interval_ns);
        let (interface, due_ns) = (function.interface, self.now_ns);
        self.listeners[pipe] = Some(Listener { ear, interface, lights: 0, interval_ns, due_ns });
        Ok(())
    }
}

// Each has an address, from 1 on.
const _: () = assert!(DEVICES_MAX < 128);
