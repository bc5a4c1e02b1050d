//! What of a guest is called, and in which order.

use crate::{Host, LoadError, Thread, program::ENTRY, start};
use abi::threads::DATA_EXPORT;
use wasmi::{Error, Instance, Store, TypedFunc, TypedResumableCall};

/// The function with which a spawned thread begins, by the proposal for wasi-threads.
const THREAD_ENTRY: &str = "wasi_thread_start";

/// A function that is still to be called.
pub(crate) enum Entry {
    /// One that takes nothing.
    Plain(TypedFunc<(), ()>),
    /// That of a spawned thread, with its arguments.
    Spawned(TypedFunc<(i32, i32), ()>, (i32, i32)),
}

/// What is still to be called, in this order.
pub(crate) type Entries = [Option<Entry>; 3];

impl Entry {
    pub(crate) fn call<T>(
        &self,
        store: &mut Store<Host<T>>,
    ) -> Result<TypedResumableCall<()>, Error> {
        match self {
            Self::Plain(function) => function.call_resumable(store, ()),
            Self::Spawned(function, arguments) => function.call_resumable(store, *arguments),
        }
    }
}

/// The entries of a program without threads; `has_start` if there is a start function.
pub(crate) fn of_program<T>(
    store: &Store<Host<T>>,
    instance: Instance,
    has_start: bool,
) -> Entries {
    let start = if has_start { plain(store, instance, start::EXPORT) } else { None };
    [None, start, plain(store, instance, ENTRY)]
}

/// The entries of a thread. Each has an instance of its own, so the start function runs in each.
///
/// # Errors
///
/// [`LoadError::Invalid`] if there is nothing for a spawned thread to run.
pub(crate) fn of_thread<T>(
    store: &Store<Host<T>>,
    instance: Instance,
    thread: Thread,
) -> Result<Entries, LoadError> {
    let start = plain(store, instance, start::EXPORT);
    let Thread::Spawned { id, argument } = thread else {
        let data = plain(store, instance, DATA_EXPORT);
        return Ok([data, start, plain(store, instance, ENTRY)]);
    };
    let function = instance.get_typed_func(store, THREAD_ENTRY).map_err(|_| {
        let reason = "it has no `wasi_thread_start` for a thread to run".into();
        LoadError::Invalid { reason, offset: None }
    })?;
    Ok([None, start, Some(Entry::Spawned(function, (id, argument)))])
}

/// The exported function `name`, if it takes nothing.
fn plain<T>(store: &Store<Host<T>>, instance: Instance, name: &str) -> Option<Entry> {
    instance.get_typed_func(store, name).ok().map(Entry::Plain)
}
