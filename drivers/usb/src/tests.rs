//! The bus, on a controller that hands transfers straight to its devices.

mod enumeration;
mod frames;
mod hubs;
mod lights;
mod troubles;

use crate::host::Mark;

#[test]
fn data_packets_are_marked_in_turns() {
    assert_eq!([0, 1, 2, 3].map(|packets| Mark::Data0.after(packets) as u32), [0, 2, 0, 2]);
    assert_eq!([0, 1, 2, 3].map(|packets| Mark::Data1.after(packets) as u32), [2, 0, 2, 0]);
}
