//! The list of what is linked: each service's state in an app, and its line in [`link`].

use crate::apps::{Standing, Surroundings};
use alloc::string::String;
use alloc::sync::Arc;
use kernel_core::bundle;
use kernel_core::ready::TaskId;
#[cfg(feature = "wasi")]
use runtime::State;
use runtime::{Imports, LoadError, Program};
#[cfg(feature = "threads")]
use service_threads::Threads;
#[cfg(feature = "actors")]
use service_threads::actors::Actors;
#[cfg(feature = "wasi")]
use service_wasi::Wasi;

/// One app as its services see it.
pub(crate) struct App {
    #[cfg(feature = "wasi")]
    wasi: State<Wasi>,
    #[cfg(feature = "threads")]
    threads: State<Threads<App>>,
    #[cfg(feature = "actors")]
    actors: State<Actors>,
    #[cfg_attr(not(feature = "threads"), expect(dead_code, reason = "no thread is spawned"))]
    standing: Arc<Standing>,
}

impl App {
    /// The state of the app that is the task `task`, as it starts.
    #[cfg_attr(not(feature = "wasi"), expect(unused_variables, reason = "no service needs them"))]
    ///
    /// # Errors
    ///
    /// Something that its manifest grants is not there; the text is the rest of a sentence about
    /// the app.
    pub(crate) fn new(
        task: TaskId,
        standing: &Arc<Standing>,
        program: &Program,
        around: Surroundings,
    ) -> Result<Self, String> {
        #[cfg(feature = "files")]
        let mounts = crate::files::mounts(standing.entry(), around)?;
        Ok(Self {
            #[cfg(feature = "threads")]
            threads: State::Own(Threads::NONE),
            #[cfg(feature = "actors")]
            actors: State::Own(crate::apps::start_actors(standing, &mounts, around)),
            #[cfg(feature = "wasi")]
            wasi: State::Own(crate::wasi::start(
                task,
                standing,
                #[cfg(feature = "files")]
                mounts,
                program,
                around,
            )?),
            standing: Arc::clone(standing),
        })
    }

    /// What it is to the scheduler.
    #[cfg(feature = "threads")]
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// As many apps as are asked for, which are threads of one.
    #[cfg(feature = "threads")]
    pub(crate) fn shared(self) -> impl FnMut() -> Self {
        let (wasi, standing) = (self.wasi.share(), self.standing);
        #[cfg(feature = "actors")]
        let actors = self.actors.share();
        move || Self {
            wasi: State::Shared(Arc::clone(&wasi)),
            threads: State::Own(Threads::NONE),
            #[cfg(feature = "actors")]
            actors: State::Shared(Arc::clone(&actors)),
            standing: Arc::clone(&standing),
        }
    }

    #[cfg(feature = "wasi")]
    fn wasi(&mut self) -> &mut State<Wasi> {
        &mut self.wasi
    }

    /// What it has to do with threads.
    #[cfg(feature = "threads")]
    pub(crate) fn threads(&mut self) -> &mut State<Threads<Self>> {
        &mut self.threads
    }

    #[cfg(feature = "actors")]
    fn actors(&mut self) -> &mut State<Actors> {
        &mut self.actors
    }

    /// Called before each turn.
    pub(crate) fn begin_turn(&mut self) {
        #[cfg(feature = "wasi")]
        self.wasi.with(Wasi::begin_turn);
    }

    /// Called after each turn.
    pub(crate) fn end_turn(&mut self) {
        #[cfg(feature = "wasi")]
        self.wasi.with(Wasi::end_turn);
    }
}

/// Offers an app the calls of the services that it may use.
///
/// # Errors
///
/// [`LoadError`] if an import has another type than the service's call.
#[cfg_attr(not(feature = "wasi"), expect(unused_variables, reason = "nothing to offer"))]
pub(crate) fn link(
    imports: &mut Imports<'_, App>,
    task: TaskId,
    standing: &Standing,
) -> Result<(), LoadError> {
    #[cfg(feature = "wasi")]
    if standing.may_use(bundle::Service::Wasi) {
        service_wasi::link(imports, App::wasi)?;
    }
    #[cfg(feature = "threads")]
    if standing.may_use(bundle::Service::Threads) {
        service_threads::link(imports, App::threads)?;
    }
    #[cfg(feature = "actors")]
    if standing.may_use(bundle::Service::Actors) {
        service_threads::actors::link(imports, App::actors)?;
    }
    #[cfg(feature = "display")]
    if standing.may_use(bundle::Service::Display) {
        service_display::calls::link(imports, App::wasi, crate::display::client(task, standing))?;
    }
    #[cfg(feature = "system")]
    if standing.may_use(bundle::Service::System) {
        crate::metrics::link(imports)?;
    }
    Ok(())
}
