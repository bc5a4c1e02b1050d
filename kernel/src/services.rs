//! The list of what is linked: each service's state in an app, and its line in [`link`].

use crate::apps::Surroundings;
use alloc::string::String;
use kernel_core::bundle;
use runtime::{Imports, LoadError};

/// One app as its services see it.
pub(crate) struct App {
    #[cfg(feature = "wasi")]
    wasi: service_wasi::Wasi,
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
        around: Surroundings,
    ) -> Result<Self, String> {
        Ok(Self {
            #[cfg(feature = "wasi")]
            wasi: crate::wasi::start(id, entry, around)?,
        })
    }

    /// Called before each turn.
    pub(crate) fn begin_turn(&mut self) {
        #[cfg(feature = "wasi")]
        self.wasi.begin_turn();
    }

    /// Called after each turn.
    pub(crate) fn end_turn(&mut self) {
        #[cfg(feature = "wasi")]
        self.wasi.end_turn();
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
        service_wasi::link(imports, |app: &mut App| &mut app.wasi)?;
    }
    Ok(())
}
