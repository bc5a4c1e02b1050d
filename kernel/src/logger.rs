//! The log facade: `log::info!` and its like end in the console's log ring.

use crate::console;
use log::{LevelFilter, Log, Metadata, Record};

struct Logger;

/// Makes the console the log's home.
pub(crate) fn init() {
    // It fails only where a logger is set already, which then stays.
    let _ = log::set_logger(&Logger);
    log::set_max_level(LevelFilter::Info);
}

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        console::log(*record.args());
    }

    fn flush(&self) {}
}
