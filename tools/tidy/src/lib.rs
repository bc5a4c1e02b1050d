//! Tests that keep the promises of the architecture; they are in `tests/promises.rs`.
//!
//! This library reads the tree for them: [`tree`] finds files and crates, [`manifest`] tells
//! what a crate depends on, and [`source`] finds in Rust source what a promise is about.

#![forbid(unsafe_code)]

pub mod manifest;
pub mod source;
pub mod tree;
