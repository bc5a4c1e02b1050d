//! Places for the threads of one app: stores that have its memory already.
//!
//! All of them are made before the first thread runs, since the memory cannot be attached later
//! (see [`crate::shared`]); each attachment fills the memory with zeroes once more, up to its
//! maximum. An instance is made when a seat is taken for the first time, or before, so that a thread
//! begins sooner ([`Seat::fit`]). For the next thread it is made as new by setting its globals back,
//! because wasmi frees an instance only with its store. Nothing else in it can have changed: lowered
//! modules change no table and drop no segment.

use crate::{
    Guest, Host, Imports, LoadError, Pool, Program, entry,
    guest::instantiate,
    limits::{Limiter, Limits, PAGE_BYTES, ask},
    shared,
};
use abi::threads::{GLOBAL_EXPORT, MEMORY, MODULE};
use alloc::vec::Vec;
use wasmi::{Global, Instance, Store, Val};

/// A place that one thread can take.
pub struct Seat<T> {
    pub(crate) store: Store<Host<T>>,
    pub(crate) fitted: Option<Fitted>,
}

/// An instance that is there for the next thread.
pub(crate) struct Fitted {
    pub(crate) instance: Instance,
    /// The mutable globals and what they begin with.
    globals: Vec<(Global, Val)>,
}

/// What a guest in a seat is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    /// Write the data segments, then run `_start`.
    Main,
    /// Run `wasi_thread_start` with these arguments.
    Spawned {
        /// The thread's number.
        id: i32,
        /// What the thread that spawned it hands over.
        argument: i32,
    },
}

impl<T: Send + 'static> Seat<T> {
    /// Makes the memory of a program with threads, and `count` seats around it; `app` makes the
    /// state of each.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the memory is over `limits` or not there, or the program has no threads.
    pub fn make(
        program: &Program,
        count: usize,
        limits: &Limits,
        pool: &'static dyn Pool,
        mut app: impl FnMut() -> T,
    ) -> Result<Vec<Self>, LoadError> {
        let (pages, pages_max) = program.shared_pages().ok_or_else(no_shared_memory)?;
        if pages_max > limits.memory_pages_max {
            let pages = pages_max.into();
            return Err(LoadError::MemoryTooLarge { pages, pages_max: limits.memory_pages_max });
        }
        ask(pool, (pages_max as usize).saturating_mul(PAGE_BYTES))?;

        let turn_bytes = program.shape().turn_bytes(limits);
        let host = |app| Host::new(app, Limiter::new(limits, pool, turn_bytes));
        let engine = program.module().engine();
        let mut stores: Vec<_> = (0..count).map(|_| Store::new(engine, host(app()))).collect();
        shared::attach(&mut stores, pages, pages_max)?;
        Ok(stores.into_iter().map(|store| Self { store, fitted: None }).collect())
    }

    /// The app as its services see it.
    pub fn app_mut(&mut self) -> &mut T {
        &mut self.store.data_mut().app
    }

    /// The memory and what else its host holds.
    pub fn host(&self) -> &Host<T> {
        self.store.data()
    }

    /// Makes a guest of the seat that runs `thread`; none of its code runs yet.
    ///
    /// `link` offers the host calls; it is not asked again when the seat was taken before.
    ///
    /// # Errors
    ///
    /// [`LoadError`] as for [`Guest::new`], or if the program has no `wasi_thread_start`.
    pub fn take(
        mut self,
        program: &Program,
        thread: Thread,
        limits: &Limits,
        link: impl Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
    ) -> Result<Guest<T>, LoadError> {
        let fitted = self.fitted(program, limits, &link)?;
        let entries = entry::of_thread(&self.store, fitted.instance, thread)?;
        Ok(Guest::in_store(self.store, Some(fitted), entries, program, limits))
    }

    /// Makes the seat's instance, if it has none yet. `link` offers the host calls.
    ///
    /// # Errors
    ///
    /// [`LoadError`] as for [`Guest::new`]; the seat has no instance.
    pub fn fit(
        &mut self,
        program: &Program,
        limits: &Limits,
        link: impl Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        self.fitted = Some(self.fitted(program, limits, &link)?);
        Ok(())
    }

    /// The seat's instance, which is no longer the seat's.
    fn fitted(
        &mut self,
        program: &Program,
        limits: &Limits,
        link: &dyn Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
    ) -> Result<Fitted, LoadError> {
        if let Some(fitted) = self.fitted.take() {
            return Ok(fitted);
        }
        let instance = instantiate(program, &mut self.store, limits, link)?;
        Ok(Fitted { globals: mutable_globals(&self.store, instance), instance })
    }
}

impl Fitted {
    /// Sets the globals back.
    pub(crate) fn renew<T>(&self, store: &mut Store<Host<T>>) {
        for (global, value) in &self.globals {
            // It is mutable, and of that type: it was read from there.
            let _ = global.set(&mut *store, value.clone());
        }
    }
}

/// The exported mutable globals with their values.
fn mutable_globals<T>(store: &Store<Host<T>>, instance: Instance) -> Vec<(Global, Val)> {
    instance
        .exports(store)
        .filter(|export| export.name().starts_with(GLOBAL_EXPORT))
        .filter_map(|export| export.into_global())
        .map(|global| (global, global.get(store)))
        .collect()
}

fn no_shared_memory() -> LoadError {
    LoadError::UnknownImport { kind: "memory", module: MODULE.into(), name: MEMORY.into() }
}

impl Program {
    /// The pages with which the shared memory begins, and those that it may have; `None` if the
    /// program has no threads.
    pub fn shared_pages(&self) -> Option<(u32, u32)> {
        let import = self
            .module()
            .imports()
            .find(|import| import.module() == MODULE && import.name() == MEMORY)?;
        let ty = *import.ty().memory()?;
        let pages = u32::try_from(ty.minimum()).ok()?;
        Some((pages, u32::try_from(ty.maximum()?).ok()?))
    }
}
