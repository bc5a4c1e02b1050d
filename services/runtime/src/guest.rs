//! A guest: one instance of a program, run in turns.

use crate::{
    End, Host, Imports, LoadError, Outcome, Pool, Program, Resume, Seat, Trap, Until, Wait,
    call::touched_fuel,
    config::operation_fuel_max,
    entry::{self, Entries},
    limits::{Limiter, Limits, ask},
    seat::Fitted,
    shims,
};
use abi::Errno;
use alloc::vec::Vec;
use core::mem;
use wasmi::{
    Error, Extern, Instance, Store, TypedResumableCall, TypedResumableCallHostTrap,
    TypedResumableCallOutOfFuel, Val,
    errors::{ErrorKind, InstantiationError},
};

/// Bytes that one bulk operation may move, since nothing interrupts it: it takes in the order
/// of 0.1 s on a Raspberry Pi 3. One that would move more ends the guest, so the limit is twice
/// the memory that an app has by default, where no operation can reach it.
pub const OPERATION_BYTES_MAX: u64 = 128 << 20;

/// One instance of a program and all that belongs to it.
pub struct Guest<T> {
    store: Store<Host<T>>,
    /// What is still to be called: the start function, if there is one, then `_start`.
    entries: Entries,
    /// What it leaves to the next thread, if it is one.
    fitted: Option<Fitted>,
    state: State<T>,
    has_returned: bool,
    fuel_max: Option<u64>,
    fuel_used: u64,
    /// Fuel in the store when wasmi last began to run.
    fuel_granted: u64,
    /// Fuel that one operation may need at once.
    operation_fuel_max: u64,
    /// Memory that one turn may take beside linear memory: stacks and translated code.
    turn_bytes: usize,
}

/// Where a guest is between two turns.
enum State<T> {
    /// Before the next of its entries.
    AtEntry,
    OutOfFuel(TypedResumableCallOutOfFuel<()>),
    /// In a host call that waits.
    Waiting(Wait<T>, ReturnPoint),
    Ended(End),
}

/// Where a host call returns to: nowhere if it was the last thing that an entry did.
type ReturnPoint = Option<TypedResumableCallHostTrap<()>>;

/// How a turn went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The guest wants to go on.
    OutOfFuel,
    /// It has nothing to do until then.
    Parked(Until),
    /// It is over, and each further turn says so again.
    Ended(End),
}

/// What wasmi says after it ran.
type Ran = Result<TypedResumableCall<()>, Error>;

impl<T: Send + 'static> Guest<T> {
    /// Makes an instance of `program` that has `app` as its state; none of its code runs yet.
    ///
    /// `link` offers the host calls.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if an import stays open, or if memories and tables exceed `limits` or the
    /// pool.
    pub fn new(
        program: &Program,
        app: T,
        limits: &Limits,
        pool: &'static dyn Pool,
        link: impl Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
    ) -> Result<Self, LoadError> {
        let shape = program.shape();
        let limiter = Limiter::new(limits, pool, shape.turn_bytes(limits));
        let mut store = Store::new(program.module().engine(), Host::new(app, limiter));
        let instance = instantiate(program, &mut store, limits, &link)?;
        let entries = entry::of_program(&store, instance, shape.start.is_some());
        Ok(Self::in_store(store, None, entries, program, limits))
    }

    /// The guest of the instance in `store` that will call `entries`.
    pub(crate) fn in_store(
        store: Store<Host<T>>,
        fitted: Option<Fitted>,
        entries: Entries,
        program: &Program,
        limits: &Limits,
    ) -> Self {
        Self {
            store,
            entries,
            fitted,
            state: State::AtEntry,
            has_returned: false,
            fuel_max: limits.fuel_max,
            fuel_used: 0,
            fuel_granted: 0,
            operation_fuel_max: operation_fuel_max(program.shape()),
            turn_bytes: program.shape().turn_bytes(limits),
        }
    }

    /// Leaves the seat to the next thread; `None` if the guest had none. A guest that has not
    /// ended is ended by it.
    pub fn leave_seat(mut self) -> Option<Seat<T>> {
        let fitted = self.fitted?;
        fitted.renew(&mut self.store);
        self.store.data_mut().forget_call();
        Some(Seat { store: self.store, fitted: Some(fitted) })
    }

    /// Runs the guest until `fuel` units are spent, it waits, or it ends.
    ///
    /// A parked guest goes on if what it waits for is there, and is parked again if not. One
    /// operation may take the guest over `fuel`: a bulk operation of [`OPERATION_BYTES_MAX`].
    ///
    /// A function is validated and translated when it is first called, which costs no fuel but
    /// about 500 machine instructions for each byte of it. A turn in which a guest calls all of
    /// its functions for the first time is therefore bounded by [`Limits::module_bytes_max`]
    /// alone: on a Raspberry Pi 3 it should last in the order of a second for each MiB of code
    /// (calculated), once in the life of the program.
    pub fn turn(&mut self, fuel: u64) -> Turn {
        let turn = self.run(fuel).unwrap_or_else(Turn::Ended);
        if let Turn::Ended(end) = &turn {
            self.state = State::Ended(end.clone());
        }
        turn
    }

    /// The app as its services see it.
    pub fn app(&self) -> &T {
        &self.store.data().app
    }

    /// The app as its services see it.
    pub fn app_mut(&mut self) -> &mut T {
        &mut self.store.data_mut().app
    }

    /// Whether the guest has ended by coming to the end of what it had to run, and not because it
    /// asked to: a thread ends itself by the first, and its app by the second.
    pub fn has_returned(&self) -> bool {
        self.has_returned
    }

    /// Fuel that the guest has used in its life.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Bytes of its linear memories.
    pub fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes()
    }

    /// One turn; an `Err` is one way to end.
    fn run(&mut self, fuel: u64) -> Result<Turn, End> {
        let pool = self.store.data().limiter.pool();
        match mem::replace(&mut self.state, State::AtEntry) {
            State::Ended(end) => Err(end),
            _ if !pool.can_take(self.turn_bytes) => {
                Err(End::OutOfMemory { bytes: self.turn_bytes })
            }
            State::AtEntry => {
                self.refuel(fuel, 1)?;
                self.call_next_entry()
            }
            State::OutOfFuel(call) => {
                self.refuel(fuel, call.required_fuel())?;
                let ran = call.resume(&mut self.store);
                self.settle(ran)
            }
            State::Waiting(wait, caller) => self.resume_wait(wait, caller, fuel),
        }
    }

    /// Calls the start function or `_start`, whichever is next.
    fn call_next_entry(&mut self) -> Result<Turn, End> {
        match self.entries.iter_mut().find_map(Option::take) {
            Some(entry) => {
                let ran = entry.call(&mut self.store);
                self.settle(ran)
            }
            None => {
                self.has_returned = true;
                Err(End::Exit(0))
            }
        }
    }

    /// Goes on with a host call that waits, outside Wasm.
    fn resume_wait(&mut self, wait: Wait<T>, caller: ReturnPoint, fuel: u64) -> Result<Turn, End> {
        let (outcome, touched) = self.resume_host_call(wait.resume);
        self.fuel_used = self.fuel_used.saturating_add(touched);

        match outcome {
            Err(errno) => self.answer(caller, errno as i32, fuel.saturating_sub(touched)),
            Ok(Outcome::Return(answer)) => {
                self.answer(caller, answer, fuel.saturating_sub(touched))
            }
            Ok(Outcome::Wait(wait)) => Ok(self.park(wait, caller)),
            Ok(Outcome::Exit(code)) => Err(End::Exit(code)),
        }
    }

    /// Runs what a host call has left to do; beside its outcome comes the fuel that it costs.
    fn resume_host_call(&mut self, resume: Resume<T>) -> (Result<Outcome<T>, Errno>, u64) {
        let memory = self.store.data().memory;
        let (bytes, host) = match memory {
            Some(memory) => memory.data_and_store_mut(&mut self.store),
            None => (&mut [][..], self.store.data_mut()),
        };
        let mut memory = host.view(bytes);
        let outcome = resume(&mut memory, &mut host.app);
        (outcome, touched_fuel(&memory))
    }

    /// Lets the guest go on behind a host call that gives `answer`.
    fn answer(&mut self, caller: ReturnPoint, answer: i32, fuel: u64) -> Result<Turn, End> {
        self.refuel(fuel, 1)?;
        let Some(caller) = caller else { return self.call_next_entry() };
        let returns = !caller.host_func().ty(&self.store).results().is_empty();
        let answers = [Val::I32(answer)];
        let ran = caller.resume(&mut self.store, if returns { &answers } else { &[] });
        self.settle(ran)
    }

    fn park(&mut self, wait: Wait<T>, caller: ReturnPoint) -> Turn {
        let until = wait.until;
        self.state = State::Waiting(wait, caller);
        Turn::Parked(until)
    }

    /// Gives the guest fuel for a turn: at least `required`, without which it cannot go on.
    fn refuel(&mut self, fuel: u64, required: u64) -> Result<(), End> {
        if required > self.operation_fuel_max {
            let fuel_max = self.operation_fuel_max;
            return Err(End::OperationTooLarge { fuel: required, fuel_max });
        }
        let fuel = match self.fuel_max {
            None => fuel.max(required),
            Some(fuel_max) => {
                let left = fuel_max.saturating_sub(self.fuel_used);
                if left < required {
                    return Err(End::FuelExhausted { fuel_max });
                }
                fuel.clamp(required, left)
            }
        };
        self.fuel_granted = fuel;
        // It fails only where fuel is not counted.
        let _ = self.store.set_fuel(fuel);
        Ok(())
    }

    /// Counts the fuel that went, and sees why wasmi came back.
    fn settle(&mut self, ran: Ran) -> Result<Turn, End> {
        let left = self.store.get_fuel().unwrap_or(0);
        let owed = mem::take(&mut self.store.data_mut().owed_fuel);
        let used = self.fuel_granted.saturating_sub(left).saturating_add(owed);
        self.fuel_used = self.fuel_used.saturating_add(used);
        self.fuel_granted = left;

        match ran {
            Ok(TypedResumableCall::Finished(())) => self.call_next_entry(),
            Ok(TypedResumableCall::OutOfFuel(call)) => {
                self.state = State::OutOfFuel(call);
                Ok(Turn::OutOfFuel)
            }
            Ok(TypedResumableCall::HostTrap(call)) => {
                let trap = Trap::from(call.host_error());
                self.leave(Some(call), trap)
            }
            // Here too it may be a host call that wants to wait or to exit: one that was
            // tail-called by the entry, or is the entry.
            Err(error) => self.leave(None, Trap::from(&error)),
        }
    }

    /// Sees what a host call wanted that made wasmi leave the guest; if there was none, then
    /// it is `trap`.
    fn leave(&mut self, caller: ReturnPoint, trap: Trap) -> Result<Turn, End> {
        let host = self.store.data_mut();
        if let Some(code) = host.exit {
            return Err(End::Exit(code));
        }
        match host.pending.take() {
            Some(wait) => Ok(self.park(wait, caller)),
            None => Err(End::Trap(trap)),
        }
    }
}

/// Makes an instance of `program` in `store`; none of its code runs yet.
///
/// # Errors
///
/// As [`Guest::new`].
#[inline(never)]
pub(crate) fn instantiate<T: 'static>(
    program: &Program,
    store: &mut Store<Host<T>>,
    limits: &Limits,
    link: &dyn Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
) -> Result<Instance, LoadError> {
    let shape = program.shape();
    limits.admit(shape)?;
    let bytes = shape.instance_bytes().saturating_add(shape.turn_bytes(limits));
    ask(store.data().limiter.pool(), bytes)?;

    store.limiter(|host| &mut host.limiter);
    let externs = externs(program, store, link)?;
    let instance = Instance::new(&mut *store, program.module(), &externs)
        .map_err(|error| instantiation_error(&error, store.data().limiter.refused_bytes()))?;

    let memory = instance.get_memory(&*store, "memory");
    store.data_mut().begin(memory);
    Ok(instance)
}

/// What `program` imports, as `link` offers it.
fn externs<T: 'static>(
    program: &Program,
    store: &mut Store<Host<T>>,
    link: &dyn Fn(&mut Imports<'_, T>) -> Result<(), LoadError>,
) -> Result<Vec<Extern>, LoadError> {
    let import_types = program.import_types();
    let mut imports = Imports::new(&import_types, store);
    link(&mut imports)?;
    let externs = imports.finish()?;
    match program.shims() {
        Some(module) => shims::put_before(store, module, &externs),
        None => Ok(externs),
    }
}

/// Why wasmi could not make an instance of a module that is within its limits, if the pool
/// refused `refused_bytes`.
fn instantiation_error(error: &Error, refused_bytes: usize) -> LoadError {
    let what = match error.kind() {
        ErrorKind::Memory(_) => "a data segment",
        ErrorKind::Table(_)
        | ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            "an element segment"
        }
        _ => return LoadError::OutOfMemory { bytes: refused_bytes },
    };
    LoadError::Misfit { what }
}
