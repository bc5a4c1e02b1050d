//! Guests in WAT, run by the runtime as the kernel runs them.

mod limits;
mod load;
mod support;
mod turns;
mod waits;
