//! Names, the time, and pings.

mod world;

use abi::Errno;
use service_net::{Client, Ping, Settings, TimeSeen};
use std::net::Ipv4Addr;
use wire::{NamesMode, PEER, TIME_NS, TimeMode};
use world::{OWN, World, client, fixed_address};

/// What `name` is resolved to, and how many seconds that takes.
fn resolve(world: &mut World, client: &mut Client, name: &str) -> Result<Vec<Ipv4Addr>, Errno> {
    let mut result = Err(Errno::Again);
    world.until(10, name, |world| {
        result = world.net.resolve_for(client, name, world.now_ns());
        result != Err(Errno::Again)
    });
    result
}

#[test]
fn a_name_is_asked_for_once_while_its_answer_is_good() {
    let mut world = World::with_address();
    let client = &mut client();

    assert_eq!(resolve(&mut world, client, "host.test"), Ok(vec![PEER]));
    assert_eq!(resolve(&mut world, client, "HOST.test."), Ok(vec![PEER]));
    assert_eq!(world.peer.questions, 1);

    world.pass_us(61_000_000);
    assert_eq!(resolve(&mut world, client, "host.test"), Ok(vec![PEER]));
    assert_eq!(world.peer.questions, 2);
}

#[test]
fn a_name_that_there_is_not_is_an_error() {
    let mut world = World::with_address();

    world.until(10, "an answer", |world| {
        world.net.resolve("host.example", world.now_ns()) == Err(Errno::NoEntry)
    });
}

#[test]
fn what_the_app_may_not_reach_it_may_not_ask_for() {
    let mut world = World::with_address();

    let result = world.net.resolve_for(&mut client(), "secret.test", world.now_ns());
    assert_eq!(result, Err(Errno::Access));
    world.pass_us(1_000_000);
    assert_eq!(world.peer.questions, 0);
}

#[test]
fn answers_that_lie_loop_or_end_too_early_are_no_answers() {
    use NamesMode::{Loop, OtherId, OtherPort, Short, Silent};
    for mode in [OtherId, OtherPort, Loop, Short, Silent] {
        let mut world = World::with_address();
        world.peer.names = mode;
        let begin_us = world.now_us;

        let result = resolve(&mut world, &mut client(), "host.test");

        assert_eq!(result, Err(Errno::TimedOut), "{mode:?}");
        assert!(world.now_us - begin_us <= 5_100_000, "{} us", world.now_us - begin_us);
        assert_eq!(world.peer.questions, 5);
    }
}

#[test]
fn an_address_of_another_name_is_none_of_this() {
    let mut world = World::with_address();
    world.peer.names = NamesMode::OtherName;

    assert_eq!(resolve(&mut world, &mut client(), "host.test"), Err(Errno::NoEntry));
}

#[test]
fn of_a_huge_answer_some_addresses_are_taken() {
    let mut world = World::with_address();
    world.peer.names = NamesMode::Huge;

    assert_eq!(resolve(&mut world, &mut client(), "host.test"), Ok(vec![PEER; 4]));
}

#[test]
fn a_name_can_be_asked_for_before_there_is_a_network() {
    let mut world = World::new(Settings::default());
    world.up.is_connected = false;
    let client = &mut client();
    assert_eq!(world.net.resolve_for(client, "host.test", 0), Err(Errno::Again));
    world.pass_us(5_000_000);
    assert_eq!(world.net.resolve_for(client, "host.test", 0), Err(Errno::Again));

    world.up.is_connected = true;
    assert_eq!(resolve(&mut world, client, "host.test"), Ok(vec![PEER]));
}

#[test]
fn more_names_than_are_remembered_are_resolved_all_the_same() {
    let mut world = World::with_address();

    for number in 0..100 {
        let name = format!("host{number}.test");
        world.until(2, &name, |world| world.net.resolve(&name, world.now_ns()) == Ok(vec![PEER]));
    }
}

#[test]
fn what_is_no_name_is_not_asked_for() {
    let mut world = World::with_address();

    for name in ["", ".", "a..b", "a b", "ä.test", &"a".repeat(64), &"a.".repeat(130)] {
        assert_eq!(world.net.resolve(name, 0), Err(Errno::Invalid), "{name}");
    }
}

fn with_time_server(mode: TimeMode) -> World {
    let time_server = Some("time.test".to_owned());
    let mut world = World::new(Settings { address: Some(fixed_address()), time_server });
    world.peer.time = mode;
    world
}

#[test]
fn the_time_is_known_soon_after_the_address() {
    let mut world = with_time_server(TimeMode::Honest);

    let mut seen = None;
    world.until(1, "the time", |world| {
        seen = world.net.take_time();
        seen.is_some()
    });

    let TimeSeen { monotonic_ns, wall_ns } = seen.unwrap();
    assert!((TIME_NS + monotonic_ns).abs_diff(wall_ns) < 2_000, "{wall_ns}");
}

#[test]
fn a_forged_time_is_not_believed_and_asked_for_less_and_less_often() {
    let mut world = with_time_server(TimeMode::Forged);
    world.peer.names = NamesMode::Honest { seconds: 3600 };

    let mut steps = 0;
    let end_us = world.now_us + 600_000_000;
    while world.now_us < end_us {
        world.step(end_us);
        steps += 1;
        assert_eq!(world.net.take_time(), None);
    }
    assert!(steps < 500, "{steps}");
}

#[test]
fn a_ping_is_answered_and_one_to_nobody_is_lost() {
    let mut world = World::with_address();

    world.net.ping(PEER, world.now_ns());
    assert_eq!(world.net.pinged(), Ping::Waiting);
    world.until(1, "an answer", |world| world.net.pinged() != Ping::Waiting);
    let Ping::Answered { round_trip_us } = world.net.pinged() else { panic!("it was lost") };
    assert!((400..2_000).contains(&round_trip_us), "{round_trip_us}");

    world.net.ping(Ipv4Addr::new(10, 0, 5, 77), world.now_ns());
    world.until(2, "an end", |world| world.net.pinged() == Ping::Lost);
}

#[test]
fn the_machine_answers_pings() {
    let mut world = World::with_address();

    for number in 1..=10 {
        world.peer.ping(OWN);
        world.until(1, "an answer", |world| world.peer.round_trips_us.len() == number);
    }
    // The way there and back, and nothing more.
    assert_eq!(world.peer.round_trips_us.iter().min(), Some(&400));
}
