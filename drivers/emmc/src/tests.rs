//! The driver on a controller and a card that behave, and on those that do not.

mod bring_up;
mod slot;
mod transfers;
mod troubles;
