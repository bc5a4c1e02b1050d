//! The driver, with all of USB above it, on a model of the controller with devices at its port.

mod bring_up;
mod model;
mod splits;
mod transfers;
mod troubles;

use driver_usb::testing::{Device, Rig, Wire};

use crate::Dwc2;
use model::Model;

/// A bus with a device, its controller's model, and what runs it.
struct Bench {
    wire: Wire,
    model: Model,
    rig: Rig<Dwc2>,
}

impl Bench {
    /// A bus on which transfers take their time.
    fn with(device: Device) -> Self {
        let wire = Wire::to(device);
        let model = Model::on(&wire);
        let rig = model.rig();
        Self { wire, model, rig }
    }

    /// A bus on which, as in QEMU, a packet has moved when the write returns that begins it.
    fn eager(device: Device) -> Self {
        let bench = Self::with(device);
        bench.model.inner().is_eager = true;
        bench
    }
}
