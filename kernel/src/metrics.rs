//! What the machine is doing, for apps that show it.

use crate::boards::counts;
use crate::{core_loop, heap};
use abi::Errno;
use abi::system::{CALLS, MODULE};
use alloc::boxed::Box;
use alloc::string::String;
use core::array;
use kernel_core::metrics::Metrics;
use runtime::{GuestMemory, Imports, Itself, LoadError, call};

/// Offers an app its calls.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the app imports one with another type.
pub(crate) fn link<T: Send + 'static>(imports: &mut Imports<'_, T>) -> Result<(), LoadError> {
    for known in CALLS {
        let func = Box::new(|caller: &mut runtime::Caller<'_, T>, args: &[u64]| {
            let [at, room_bytes, length_at] = array::from_fn(|index| args[index] as u32);
            let answer =
                call(caller, Itself, |memory, _: &mut T| write(memory, at, room_bytes, length_at))?;
            Ok(answer as u64)
        });
        imports.offer_any(MODULE, known.name, (known.params, known.results), func)?;
    }
    Ok(())
}

fn write(
    memory: &mut GuestMemory<'_>,
    at: u32,
    room_bytes: u32,
    length_at: u32,
) -> Result<(), Errno> {
    // Both are checked before anything is done.
    memory.slice_mut(length_at, 4)?;
    memory.slice_mut(at, 0)?;
    let text = text();
    let length = text.len().min(room_bytes as usize);
    memory.write(at, &text.as_bytes()[..length])?;
    memory.write(length_at, &(text.len() as u32).to_le_bytes())
}

fn text() -> String {
    let mut text = String::new();
    // While the kernel boots there is nothing to be said.
    if let Some(apps) = core_loop::apps() {
        let pieces = heap::pieces();
        let sum = |bytes: fn(&kernel_core::system_view::HeapPiece) -> usize| {
            pieces.iter().map(bytes).sum::<usize>() as u64
        };
        let metrics = Metrics {
            awake_ns: array::from_fn(counts::awake_ns),
            memory_bytes: [sum(|piece| piece.total_bytes), sum(|piece| piece.free_bytes)],
            #[cfg(feature = "net")]
            network_bytes: crate::net::carried_bytes(),
            #[cfg(not(feature = "net"))]
            network_bytes: [0; 2],
            apps: &apps.snapshot(),
        };
        // The text takes everything.
        let _ = metrics.write(&mut text);
    }
    text
}
