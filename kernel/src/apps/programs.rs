//! Parsed modules: one for all apps that run the same module within the same limits.

use crate::heap::GuestPool;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ptr;
use kernel_core::bundle;
use runtime::{Limits, LoadError, Program};
use spin::Mutex;

/// Those that an app has.
static PROGRAMS: Mutex<Vec<Known>> = Mutex::new(Vec::new());

struct Known {
    module: &'static [u8],
    tail_calls: bool,
    limits: Limits,
    program: Arc<Program>,
}

/// The module of `entry`, parsed for these limits.
///
/// # Errors
///
/// [`LoadError`] as for [`Program::load`].
pub(super) fn get(entry: &bundle::App<'static>, limits: Limits) -> Result<Arc<Program>, LoadError> {
    let (module, tail_calls) = (entry.module, entry.tail_calls);
    // Each guest's fuel is its own.
    let limits = Limits { fuel_max: None, ..limits };
    let is_it = |known: &&Known| {
        known.tail_calls == tail_calls
            && known.limits == limits
            && (ptr::eq(known.module, module) || known.module == module)
    };
    if let Some(known) = PROGRAMS.lock().iter().find(is_it) {
        return Ok(Arc::clone(&known.program));
    }
    // Two cores may come here with the same module; then there are two of it.
    let program = Arc::new(Program::load(module, tail_calls, &limits, &GuestPool)?);
    let known = Known { module, tail_calls, limits, program: Arc::clone(&program) };
    PROGRAMS.lock().push(known);
    Ok(program)
}

/// Frees what no app has any more.
pub(super) fn forget() {
    PROGRAMS.lock().retain(|known| Arc::strong_count(&known.program) > 1);
}
