use super::*;
use crate::testing::samples;

const ERROR: UsbError = UsbError::Descriptor;

#[test]
fn a_device_descriptor_is_read() {
    let bytes = samples::device(64, [0x0525, 0xa4a2], 2);

    let read = DeviceDescriptor::read(&bytes).expect("it is right");

    assert_eq!((read.vendor, read.product, read.configurations), (0x0525, 0xa4a2, 2));
}

#[test]
fn a_device_descriptor_of_wrong_length_or_type_is_an_error() {
    let bytes = samples::device(64, [0x0525, 0xa4a2], 2);

    assert_eq!(DeviceDescriptor::read(&bytes[..17]), Err(ERROR));
    for (place, lie) in [(0, 17), (1, 2)] {
        let mut bytes = bytes.clone();
        bytes[place] = lie;
        assert_eq!(DeviceDescriptor::read(&bytes), Err(ERROR));
    }
}

#[test]
fn each_speed_has_its_lengths_of_packets() {
    let first =
        |bytes: u8, speed| control_packet_bytes(&samples::device(bytes, [0; 2], 1)[..8], speed);

    assert_eq!(first(64, Speed::High), Ok(64));
    assert_eq!(first(8, Speed::High), Err(ERROR));
    assert_eq!(
        [8, 16, 32, 64].map(|bytes| first(bytes, Speed::Full)),
        [Ok(8), Ok(16), Ok(32), Ok(64)]
    );
    assert_eq!(first(0, Speed::Full), Err(ERROR));
    assert_eq!(first(255, Speed::Full), Err(ERROR));
    assert_eq!((first(8, Speed::Low), first(64, Speed::Low)), (Ok(8), Err(ERROR)));
}

#[test]
fn a_configuration_shorter_than_its_head_is_an_error() {
    let mut bytes = samples::adapter_configuration(64);
    assert_eq!(configuration_bytes(&bytes[..9]), Ok(bytes.len()));

    bytes[2..4].copy_from_slice(&[8, 0]);

    assert_eq!(configuration_bytes(&bytes), Err(ERROR));
    assert_eq!(configuration_bytes(&bytes[..8]), Err(ERROR));
}

#[test]
fn parts_of_no_length_or_of_too_much_end_the_list_with_an_error() {
    for bytes in [&[3, 9, 9, 0, 5][..], &[3, 9, 9, 1, 5], &[3, 9, 9, 3, 5]] {
        let mut parts = Parts::new(bytes);
        assert_eq!(parts.next(), Some(Ok(&[3, 9, 9][..])));
        assert_eq!(parts.next(), Some(Err(ERROR)));
        assert_eq!(parts.next(), None);
    }
}

#[test]
fn an_endpoint_has_a_number_and_packets_that_its_speed_allows() {
    let read = |address, kind, bytes, speed| {
        EndpointDescriptor::read(&samples::endpoint(address, kind, bytes, 1), speed)
    };

    let found = read(0x82, 2, 64, Speed::Full).expect("it is right").expect("it is of use");
    assert_eq!((found.number(), found.is_in(), found.kind()), (2, true, Kind::Bulk));
    assert_eq!(read(0x80, 2, 64, Speed::Full), Err(ERROR));
    assert_eq!(read(0x82, 2, 512, Speed::Full), Err(ERROR));
    assert_eq!(read(0x82, 2, 0, Speed::High), Err(ERROR));
    assert_eq!(read(0x82, 3, 0, Speed::Full), Err(ERROR));
    assert_eq!(read(0x82, 1, 1023, Speed::Full), Ok(None));
}

#[test]
fn intervals_are_frames_or_powers_of_two_of_microframes() {
    let interval_ns = |interval, speed| {
        let bytes = samples::endpoint(0x81, 3, 8, interval);
        let read = EndpointDescriptor::read(&bytes, speed).expect("it is right");
        read.expect("it is of use").interval_ns(speed)
    };

    assert_eq!(interval_ns(10, Speed::Full), 10_000_000);
    assert_eq!(interval_ns(0, Speed::Low), 1_000_000);
    assert_eq!(interval_ns(4, Speed::High), 1_000_000);
    assert_eq!(interval_ns(255, Speed::High), 4_096_000_000);
}

#[test]
fn a_hub_has_ports_and_takes_time() {
    assert_eq!(hub(&[9, 0x29, 4, 0, 0, 50, 0, 0, 0]), Ok((4, 100)));
    assert_eq!(hub(&[9, 0x29, 0, 0, 0, 50, 0, 0, 0]), Err(ERROR));
    assert_eq!(hub(&[9, 0x29, 4]), Err(ERROR));
}

#[test]
fn an_address_is_twelve_digits_and_not_that_of_a_group() {
    let read = |text| ethernet_address(&samples::string(text));

    assert_eq!(read("525400aBcDeF"), Ok([0x52, 0x54, 0, 0xab, 0xcd, 0xef]));
    for lie in ["525400ABCDE", "5254 0ABCDEF", "ſ25400ABCDEF", "535400ABCDEF", "000000000000"] {
        assert_eq!(read(lie), Err(ERROR), "{lie}");
    }
}
