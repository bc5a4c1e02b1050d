use driver_usb::host::{Host, HostError, Speed};
use driver_usb::testing::{Wire, samples};

use super::Bench;
use super::model::{
    GAHBCFG, GINTMSK, GNPTXFSIZ, GRXFSIZ, GSNPSID, GUSBCFG, HAINTMSK, HCFG, HFIR, HPRT0, HPTXFSIZ,
    Model, PWR,
};

#[test]
fn a_reset_makes_the_core_a_host_without_power() {
    let model = Model::on(&Wire::default());
    let bank = model.inner().bank;
    // Whatever was negotiated before, in device mode, over another PHY.
    bank.poke(GUSBCFG, 1 << 30 | 1 << 9 | 1 << 8 | 1 << 4 | 1 << 3 | 5);

    assert_eq!(model.driver().reset(), Ok(()));

    assert_eq!(bank.peek(GUSBCFG), 1 << 29 | 5);
    assert_eq!((bank.peek(GAHBCFG), bank.peek(HPRT0)), (0, 0));
    assert_eq!(model.inner().resets, 1);
}

#[test]
fn a_core_that_is_turned_on_has_fifos_dma_interrupts_and_power_on_its_port() {
    let model = Model::on(&Wire::default());
    let bank = model.inner().bank;
    let mut driver = model.driver();

    assert_eq!((driver.reset(), driver.turn_on()), (Ok(()), Ok(())));

    assert_eq!(bank.peek(GRXFSIZ), 1024);
    assert_eq!(bank.peek(GNPTXFSIZ), 1024 << 16 | 1024);
    assert_eq!(bank.peek(HPTXFSIZ), 1024 << 16 | 2048);
    assert_eq!(bank.peek(GAHBCFG), 0b11_0001);
    assert_eq!(bank.peek(GINTMSK), 1 << 25 | 1 << 24);
    assert_eq!((bank.peek(HAINTMSK), bank.peek(HCFG)), (0xff, 0));
    assert_eq!(bank.peek(HPRT0), PWR);
}

#[test]
fn where_there_is_no_controller_none_is_found() {
    let model = Model::on(&Wire::default());
    model.inner().bank.poke(GSNPSID, 0);

    assert_eq!(model.driver().reset(), Err(HostError::Absent));
}

#[test]
fn a_reset_that_never_ends_is_given_up_and_told_of() {
    let bench = Bench::with(samples::keyboard(Speed::Full));
    bench.model.inner().never_resets = true;
    let mut rig = bench.rig;

    rig.run_for(1000);

    let told = "device 0 (0000:0000) is not used: the controller hangs";
    assert_eq!(rig.news, [told; 3]);
}

#[test]
fn a_frame_has_as_many_clocks_as_the_ports_speed_needs() {
    for (speed, clocks) in [(Speed::High, 7500), (Speed::Full, 60_000), (Speed::Low, 60_000)] {
        let mut bench = Bench::with(samples::keyboard(speed));
        if speed != Speed::High {
            bench.rig.expect("is a keyboard");
        }
        bench.rig.run_for(300);

        assert_eq!(bench.model.inner().bank.peek(HFIR), clocks);
        assert!(!bench.model.inner().has_port_news());
    }
}
