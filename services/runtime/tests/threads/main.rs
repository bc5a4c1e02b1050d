//! Seats of programs with threads, lowered; what threads do is tested where they are made.

mod load;
mod seats;
mod support;
