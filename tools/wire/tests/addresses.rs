//! Addresses: lent, kept, lost and regained.

mod world;

use device::Link;
use service_net::Settings;
use wire::{DhcpMode, MAC, PEER};
use world::{OWN, World};

fn own(world: &World) -> Option<std::net::Ipv4Addr> {
    world.net.address().map(|address| address.own)
}

fn leased() -> World {
    let mut world = World::new(Settings::default());
    world.until(1, "a lease", |world| own(world) == Some(OWN));
    world
}

#[test]
fn an_address_is_lent_within_milliseconds() {
    let world = leased();

    assert!(world.now_us < 20_000, "{} us", world.now_us);
    let address = world.net.address().unwrap();
    assert_eq!((address.prefix_bits, address.router), (24, Some(PEER)));
    assert_eq!(address.name_servers, [PEER]);
}

#[test]
fn a_lease_is_renewed_for_as_long_as_there_is_a_server() {
    let mut world = leased();

    for _ in 0..60 {
        world.pass_us(1_000_000);
        assert_eq!(own(&world), Some(OWN));
    }
}

#[test]
fn without_its_server_a_lease_ends_and_with_it_there_is_one_again() {
    let mut world = leased();

    world.peer.dhcp = DhcpMode::Silent;
    world.pass_us(4_000_000);
    assert_eq!(own(&world), Some(OWN), "the lease lasts ten seconds");
    world.until(7, "the lease to end", |world| own(world).is_none());

    world.peer.dhcp = DhcpMode::Lends { seconds: 10 };
    world.until(5, "another lease", |world| own(world) == Some(OWN));
}

#[test]
fn a_server_that_is_gone_for_a_moment_is_not_missed() {
    let mut world = leased();

    world.peer.dhcp = DhcpMode::Silent;
    world.pass_us(7_000_000);
    world.peer.dhcp = DhcpMode::Lends { seconds: 10 };

    for _ in 0..20 {
        world.pass_us(1_000_000);
        assert_eq!(own(&world), Some(OWN));
    }
}

#[test]
fn nonsense_is_not_taken_and_does_not_keep_the_machine_busy() {
    let offers = [
        ([127, 0, 0, 1], [255, 0, 0, 0]),
        ([0, 0, 0, 0], [255, 255, 255, 0]),
        ([255, 255, 255, 255], [255, 255, 255, 0]),
        ([224, 0, 0, 1], [255, 255, 255, 0]),
        ([10, 0, 5, 255], [255, 255, 255, 0]),
        ([10, 0, 5, 15], [0, 0, 0, 0]),
        ([10, 0, 5, 15], [255, 0, 255, 0]),
        ([10, 0, 5, 15], [255, 255, 255, 255]),
    ];
    for (address, mask) in offers {
        let mut world = World::new(Settings::default());
        world.peer.dhcp = DhcpMode::Nonsense { address, mask };
        let mut steps = 0;
        let end_us = world.now_us + 20_000_000;
        while world.now_us < end_us {
            world.step(end_us);
            steps += 1;
            assert_eq!(own(&world), None, "{address:?}/{mask:?}");
        }
        assert!(steps < 1000, "{steps} steps for {address:?}/{mask:?}");

        world.peer.dhcp = DhcpMode::Lends { seconds: 10 };
        world.until(40, "a lease after nonsense", |world| own(world) == Some(OWN));
    }
}

#[test]
fn garbage_and_leases_of_no_time_keep_nobody_busy() {
    for mode in [DhcpMode::Garbage, DhcpMode::Lends { seconds: 0 }] {
        let mut world = World::new(Settings::default());
        world.peer.dhcp = mode;
        let mut steps = 0;
        let end_us = world.now_us + 20_000_000;
        while world.now_us < end_us {
            world.step(end_us);
            steps += 1;
        }
        assert!(steps < 1000, "{steps} steps with {mode:?}");
    }
}

#[test]
fn an_adapter_that_is_replaced_gets_an_address_of_its_own() {
    let mut world = leased();

    world.adapter.set_link(None);
    world.pass_us(1_000_000);
    assert!(!world.net.is_up());
    let mut address = MAC;
    address[5] += 1;
    world.adapter.set_link(Some(Link { address, is_up: true, adapter: 2 }));
    world.step(u64::MAX);
    assert_eq!(own(&world), None);

    world.until(1, "a lease", |world| own(world) == Some(OWN));
}

#[test]
fn an_adapter_with_the_address_of_a_group_is_used_with_one_of_its_own() {
    let mut world = World::new(Settings::default());
    world.adapter.set_link(Some(Link { address: [0xff; 6], is_up: true, adapter: 1 }));

    world.until(1, "a lease", |world| own(world) == Some(OWN));
}

#[test]
fn an_address_that_is_not_given_again_after_the_wire_was_cut_is_given_up() {
    let mut world = leased();
    let link = Link { address: MAC, is_up: false, adapter: 1 };

    world.adapter.set_link(Some(link));
    world.pass_us(1_000_000);
    world.peer.dhcp = DhcpMode::Silent;
    world.adapter.set_link(Some(Link { is_up: true, ..link }));
    world.pass_us(1_000_000);

    assert_eq!(own(&world), Some(OWN));
    world.until(11, "the address to be given up", |world| own(world).is_none());
}
