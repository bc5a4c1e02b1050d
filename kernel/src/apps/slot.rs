//! One app of the image, whether it runs or not.

use super::Surroundings;
use super::ending::Refusal;
use crate::heap::GuestPool;
use crate::services::{self, App};
use kernel_core::bundle;
use kernel_core::supervisor::Supervisor;
use runtime::{Guest, Program};

/// An app, its module if that is parsed, and its guest if it runs.
pub(super) struct Slot {
    pub(super) entry: bundle::App<'static>,
    pub(super) program: Option<Program>,
    pub(super) guest: Option<Guest<App>>,
    pub(super) supervisor: Supervisor,
    pub(super) started_ns: u64,
    /// Processor time of its loads, starts and turns.
    pub(super) ran_ns: u64,
}

impl Slot {
    /// It never ran yet.
    pub(super) fn new(entry: bundle::App<'static>) -> Self {
        let supervisor = Supervisor::new(entry.restart);
        Self { entry, program: None, guest: None, supervisor, started_ns: 0, ran_ns: 0 }
    }

    /// Makes its guest, which is the number `id` on the console.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; there is no guest then.
    pub(super) fn start(&mut self, id: u32, around: Surroundings) -> Result<(), Refusal> {
        let limits = limits(&self.entry.limits);
        let program = match self.program.take() {
            Some(program) => program,
            None => {
                let entry = &self.entry;
                Program::load(entry.module, entry.tail_calls, &limits, &GuestPool)
                    .map_err(Refusal::Module)?
            }
        };
        let app = App::new(id, &self.entry, around).map_err(Refusal::Missing)?;
        let uses = &self.entry.uses;
        let link = |imports: &mut runtime::Imports<'_, App>| services::link(imports, uses);
        let guest = Guest::new(&program, app, &limits, &GuestPool, link);
        self.guest = Some(guest.map_err(Refusal::Module)?);
        self.program = Some(program);
        Ok(())
    }
}

/// The bundle's limits in the runtime's units; what is larger than memory is no limit.
fn limits(limits: &bundle::Limits) -> runtime::Limits {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    runtime::Limits {
        module_bytes_max: size(limits.module_bytes_max),
        function_bytes_max: size(limits.function_bytes_max),
        memory_pages_max: u32::try_from(limits.memory_pages_max).unwrap_or(u32::MAX),
        table_elements_max: size(limits.table_elements_max),
        stack_bytes_max: size(limits.stack_bytes_max),
        fuel_max: limits.fuel_max,
    }
}
