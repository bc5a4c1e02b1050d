//! What one guest may take, and the pool that all guests draw on.

use crate::{LoadError, OPERATION_BYTES_MAX, shape::Shape};
use wasmi::{
    ResourceLimiter,
    errors::{MemoryError, TableError},
};
use wasmi_core::LimiterError;

/// Bytes of a page of linear memory.
pub(crate) const PAGE_BYTES: usize = 1 << 16;

/// Bytes that one `memory.grow` may add: it is a bulk operation like others, but one that can be
/// refused without ending the guest.
pub(crate) const GROW_BYTES_MAX: usize = OPERATION_BYTES_MAX as usize;

/// Elements that one `table.grow` may add.
///
/// wasmi 2.0.0 resumes a `table.grow` that ran out of fuel at the wrong instruction, so it
/// must never ask for fuel. It does not as long as it moves fewer bytes than one unit pays
/// for, see [`crate::config`].
pub(crate) const TABLE_GROW_ELEMENTS_MAX: usize = 256;

/// Bytes of a table's element in wasmi.
pub(crate) const ELEMENT_BYTES: usize = 4;

/// Instances in one guest's store: the guest's own and that of its shims.
const INSTANCES_MAX: usize = 2;

/// What one guest may consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the module itself: it bounds how long one turn can take, see
    /// [`Guest::turn`](crate::Guest::turn).
    pub module_bytes_max: usize,
    /// Size of one function's body: it bounds how long a first call can take.
    pub function_bytes_max: usize,
    /// All linear memories together, in pages of 64 KiB.
    pub memory_pages_max: u32,
    /// Elements of all tables together.
    pub table_elements_max: usize,
    /// The interpreter's stack of values.
    pub stack_bytes_max: usize,
    /// Fuel over the guest's life: about one unit for each instruction. `None` has no end.
    pub fuel_max: Option<u64>,
}

impl Limits {
    /// Checks what a module declares.
    ///
    /// # Errors
    ///
    /// [`LoadError`] names the first limit that the module is over.
    pub(crate) fn admit(&self, shape: &Shape) -> Result<(), LoadError> {
        let (function, bytes) = shape.largest_function;
        if bytes > self.function_bytes_max {
            let bytes_max = self.function_bytes_max;
            return Err(LoadError::FunctionTooLarge { function, bytes, bytes_max });
        }
        if shape.memory_pages > u64::from(self.memory_pages_max) {
            let pages_max = self.memory_pages_max;
            return Err(LoadError::MemoryTooLarge { pages: shape.memory_pages, pages_max });
        }
        if shape.table_elements > self.table_elements_max as u64 {
            let elements_max = self.table_elements_max;
            return Err(LoadError::TableTooLarge { elements: shape.table_elements, elements_max });
        }
        Ok(())
    }
}

/// Memory that all guests draw on. The kernel implements it over its heap, so that a guest is
/// refused before the heap's reserve is touched.
pub trait Pool: Sync {
    /// Whether `bytes` more can be allocated now. Nothing is reserved.
    fn can_take(&self, bytes: usize) -> bool;
}

/// Asks the pool for `bytes` that a module needs.
///
/// # Errors
///
/// [`LoadError::OutOfMemory`] if the pool has not got them.
pub(crate) fn ask(pool: &dyn Pool, bytes: usize) -> Result<(), LoadError> {
    if pool.can_take(bytes) { Ok(()) } else { Err(LoadError::OutOfMemory { bytes }) }
}

/// Holds a guest's memories and tables to its limits and to the pool.
///
/// wasmi asks with a memory's size before and after, so the sum over all of them is kept
/// here; it tells when a growth that was granted failed after all.
pub(crate) struct Limiter {
    pool: &'static dyn Pool,
    /// What must be left in the pool after a growth, for without it there is no next turn.
    turn_bytes: usize,
    memory: Account,
    table: Account,
    /// What the pool refused last.
    refused_bytes: usize,
    /// The guest exists: from now on a growth is the guest's own and bounded in size.
    running: bool,
}

/// How much of one kind is in use.
struct Account {
    used: usize,
    /// `used` before the latest growth, which may yet fail.
    used_before: usize,
    max: usize,
}

impl Account {
    fn new(max: usize) -> Self {
        Self { used: 0, used_before: 0, max }
    }

    /// Takes the growth of one memory or table, unless that makes too much of it.
    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let used = self.used.saturating_sub(current).saturating_add(desired);
        if used > self.max {
            return false;
        }
        self.used_before = self.used;
        self.used = used;
        true
    }

    fn take_back(&mut self) {
        self.used = self.used_before;
    }
}

impl Limiter {
    pub(crate) fn new(limits: &Limits, pool: &'static dyn Pool, turn_bytes: usize) -> Self {
        Self {
            pool,
            turn_bytes,
            memory: Account::new((limits.memory_pages_max as usize).saturating_mul(PAGE_BYTES)),
            table: Account::new(limits.table_elements_max),
            refused_bytes: 0,
            running: false,
        }
    }

    pub(crate) fn set_running(&mut self) {
        self.running = true;
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory.used
    }

    /// What the pool refused last, in bytes.
    pub(crate) fn refused_bytes(&self) -> usize {
        self.refused_bytes
    }

    /// Whether the pool has the bytes that a vector takes when it grows, which at least doubles
    /// it, and those of a turn beside them.
    fn pool_has(&mut self, current: usize, desired: usize, item_bytes: usize) -> bool {
        let vector_bytes = desired.max(current.saturating_mul(2)).saturating_mul(item_bytes);
        let bytes = vector_bytes.saturating_add(self.turn_bytes);
        let has = self.pool.can_take(bytes);
        if !has {
            self.refused_bytes = bytes;
        }
        has
    }

    pub(crate) fn pool(&self) -> &'static dyn Pool {
        self.pool
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        let in_one_go = !self.running || desired.saturating_sub(current) <= GROW_BYTES_MAX;
        Ok(in_one_go && self.pool_has(current, desired, 1) && self.memory.grow(current, desired))
    }

    fn memory_grow_failed(&mut self, _error: &MemoryError) -> Result<(), LimiterError> {
        self.memory.take_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        let added = desired.saturating_sub(current);
        let in_one_go = !self.running || added <= TABLE_GROW_ELEMENTS_MAX;
        Ok(in_one_go
            && self.pool_has(current, desired, ELEMENT_BYTES)
            && self.table.grow(current, desired))
    }

    fn table_grow_failed(&mut self, _error: &TableError) -> Result<(), LimiterError> {
        self.table.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    // How many there are is bounded by the module, their sizes by the accounts.
    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}
