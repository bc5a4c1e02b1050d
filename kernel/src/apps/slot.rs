//! One app of the image, whether it runs or not.

#[cfg(feature = "actors")]
use super::actors::Inheritance;
use super::ending::{Ending, Refusal};
#[cfg(feature = "threads")]
use super::threads::{THREADS, THREADS_MAX};
use super::{Standing, Surroundings, programs};
#[cfg(feature = "threads")]
use crate::arch::timer::GenericTimer;
use crate::heap::GuestPool;
use crate::services::{self, App};
#[cfg(feature = "threads")]
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kernel_core::bundle;
#[cfg(feature = "threads")]
use kernel_core::bundle::Service;
use kernel_core::ready::TaskId;
use kernel_core::supervisor::Supervisor;
#[cfg(feature = "actors")]
use runtime::End;
use runtime::{Guest, Program, Turn};
#[cfg(feature = "threads")]
use service_threads::Process;

/// An app, its module if that is parsed, and its guest if it runs.
pub(super) struct Slot {
    pub(super) standing: Arc<Standing>,
    pub(super) program: Option<Arc<Program>>,
    /// Its first thread, as a rule the only one.
    pub(super) guest: Option<Guest<App>>,
    /// What its threads have in common, if its module has threads.
    #[cfg(feature = "threads")]
    pub(super) process: Option<Arc<Process<App>>>,
    pub(super) supervisor: Supervisor,
    pub(super) started_ns: u64,
    /// Processor time of its loads, starts and turns.
    pub(super) ran_ns: u64,
    /// How its last life ended.
    #[cfg(feature = "shell")]
    pub(super) ending: Option<Ending>,
    /// Arguments that it has instead of its manifest's, if there are any.
    pub(super) args: Vec<String>,
    /// What it has from the app that started it, if one did.
    #[cfg(feature = "actors")]
    pub(super) inheritance: Option<Inheritance>,
}

impl Slot {
    /// It never ran yet.
    pub(super) fn new(standing: Standing) -> Self {
        let supervisor = Supervisor::new(standing.entry().restart);
        Self {
            standing: Arc::new(standing),
            program: None,
            guest: None,
            #[cfg(feature = "threads")]
            process: None,
            supervisor,
            started_ns: 0,
            ran_ns: 0,
            #[cfg(feature = "shell")]
            ending: None,
            args: Vec::new(),
            #[cfg(feature = "actors")]
            inheritance: None,
        }
    }

    /// Its entry in the image.
    pub(super) fn entry(&self) -> &bundle::App<'static> {
        self.standing.entry()
    }

    /// Tells the console that it is to have lives from now on, or has had its last.
    pub(super) fn tell_keyboard(&self, starts: bool) {
        #[cfg(feature = "shell")]
        if self.entry().stdin == bundle::Stdin::Console {
            crate::console::terminal::reader(starts);
        }
        #[cfg(not(feature = "shell"))]
        let _ = starts;
    }

    /// Remembers how its life ended.
    #[cfg_attr(not(feature = "shell"), expect(unused_variables, reason = "nobody asks"))]
    pub(super) fn keep(&mut self, ending: Ending) {
        #[cfg(feature = "shell")]
        {
            self.ending = Some(ending);
        }
    }

    /// Makes its guest, which is the task `task`.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; there is no guest then.
    pub(super) fn start(&mut self, task: TaskId, around: Surroundings<'_>) -> Result<(), Refusal> {
        let limits = self.limits();
        self.standing.begin_life(limits.fuel_max);
        let program = match self.program.take() {
            Some(program) => program,
            None => programs::get(self.entry(), limits).map_err(Refusal::Module)?,
        };
        let around = Surroundings {
            args: &self.args,
            #[cfg(feature = "actors")]
            inheritance: self.inheritance.as_ref(),
            ..around
        };
        let app = App::new(task, &self.standing, &program, around).map_err(Refusal::Missing)?;
        #[cfg(feature = "threads")]
        if self.standing.may_use(Service::Threads) && program.shared_pages().is_some() {
            return self.start_process(program, task, app, limits);
        }
        let standing = &self.standing;
        let link =
            |imports: &mut runtime::Imports<'_, App>| services::link(imports, task, standing);
        let guest = Guest::new(&program, app, &limits, &GuestPool, link);
        self.guest = Some(guest.map_err(Refusal::Module)?);
        self.program = Some(program);
        Ok(())
    }

    /// What it may take, in the runtime's units; what is larger than memory is no limit.
    fn limits(&self) -> runtime::Limits {
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let limits = &self.entry().limits;
        let memory_pages_max = self.standing.least(|limits| limits.memory_pages_max);
        runtime::Limits {
            module_bytes_max: size(limits.module_bytes_max),
            function_bytes_max: size(limits.function_bytes_max),
            memory_pages_max: u32::try_from(memory_pages_max).unwrap_or(u32::MAX),
            table_elements_max: size(limits.table_elements_max),
            stack_bytes_max: size(limits.stack_bytes_max),
            fuel_max: limits.fuel_max,
        }
    }

    /// Gives its first thread a turn of `fuel`; `None` if it has no guest.
    pub(super) fn turn(&mut self, fuel: u64) -> Option<Turn> {
        let guest = self.guest.as_mut()?;
        #[cfg(feature = "actors")]
        if let Some(fuel_max) = self.standing.spent_fuel() {
            return Some(Turn::Ended(End::FuelExhausted { fuel_max }));
        }
        let used_before = guest.fuel_used();
        guest.app_mut().begin_turn();
        #[cfg(feature = "threads")]
        let turn = match &self.process {
            Some(process) => process.turn(guest, fuel),
            None => guest.turn(fuel),
        };
        #[cfg(not(feature = "threads"))]
        let turn = guest.turn(fuel);
        guest.app_mut().end_turn();
        self.standing.spend(guest.fuel_used() - used_before);
        Some(turn)
    }

    /// Gives back what its guest has.
    pub(super) fn stop(&mut self) {
        self.guest = None;
        #[cfg(feature = "threads")]
        {
            self.process = None;
        }
    }

    /// Keeps its module parsed no longer than others need it.
    pub(super) fn forget_program(&mut self) {
        self.program = None;
        programs::forget();
    }

    /// Fuel that it used since it started.
    pub(super) fn fuel_used(&self) -> u64 {
        #[cfg(feature = "threads")]
        if let Some(process) = &self.process {
            return process.fuel_used();
        }
        self.guest.as_ref().map_or(0, Guest::fuel_used)
    }
}

#[cfg(feature = "threads")]
impl Slot {
    /// Makes the first thread of a program with threads.
    fn start_process(
        &mut self,
        program: Arc<Program>,
        task: TaskId,
        app: App,
        limits: runtime::Limits,
    ) -> Result<(), Refusal> {
        let standing = Arc::clone(&self.standing);
        let spawned_max = standing.least(|limits| limits.threads_max);
        let start = service_threads::Start {
            program: Arc::clone(&program),
            limits,
            threads_max: spawned_max.min(THREADS_MAX as u64) as usize + 1,
            pool: &GuestPool,
            clock: &GenericTimer,
            link: Box::new(move |imports| services::link(imports, task, &standing)),
            find: App::threads,
            tasks: &THREADS,
            main_task: task,
        };
        let (process, guest) = Process::start(start, app.shared()).map_err(Refusal::Module)?;
        self.process = Some(process);
        self.guest = Some(guest);
        self.program = Some(program);
        Ok(())
    }
}
