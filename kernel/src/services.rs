//! The list of what is linked: each service's state in an app, and its line in [`link`].

use crate::apps::{Standing, Surroundings};
use alloc::string::String;
use alloc::sync::Arc;
use kernel_core::bundle;
#[cfg(feature = "wasi")]
use runtime::State;
use runtime::{Imports, LoadError};
#[cfg(feature = "threads")]
use service_threads::Threads;
#[cfg(feature = "wasi")]
use service_wasi::Wasi;

/// One app as its services see it.
pub(crate) struct App {
    #[cfg(feature = "wasi")]
    wasi: State<Wasi>,
    #[cfg(feature = "threads")]
    threads: State<Threads<App>>,
    #[cfg_attr(not(feature = "threads"), expect(dead_code, reason = "no thread is spawned"))]
    standing: Arc<Standing>,
}

impl App {
    /// The state of `entry`, the app with the number `id`, as it starts.
    #[cfg_attr(not(feature = "wasi"), expect(unused_variables, reason = "no service needs them"))]
    ///
    /// # Errors
    ///
    /// Something that its manifest grants is not there; the text is the rest of a sentence about
    /// the app.
    pub(crate) fn new(
        id: u32,
        entry: &bundle::App<'static>,
        standing: &Arc<Standing>,
        around: Surroundings,
    ) -> Result<Self, String> {
        Ok(Self {
            #[cfg(feature = "wasi")]
            wasi: State::Own(crate::wasi::start(id, entry, around)?),
            #[cfg(feature = "threads")]
            threads: State::Own(Threads::NONE),
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
        move || Self {
            wasi: State::Shared(Arc::clone(&wasi)),
            threads: State::Own(Threads::NONE),
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

/// Offers an app the calls of the services that its manifest grants, `uses`.
///
/// # Errors
///
/// [`LoadError`] if an import has another type than the service's call.
#[cfg_attr(not(feature = "wasi"), expect(unused_variables, reason = "nothing to offer"))]
pub(crate) fn link(
    imports: &mut Imports<'_, App>,
    uses: &[bundle::Service],
) -> Result<(), LoadError> {
    #[cfg(feature = "wasi")]
    if uses.contains(&bundle::Service::Wasi) {
        service_wasi::link(imports, App::wasi)?;
    }
    #[cfg(feature = "threads")]
    if uses.contains(&bundle::Service::Threads) {
        service_threads::link(imports, App::threads)?;
    }
    Ok(())
}
