//! Runs the real program, as its users do.

mod base_map;
mod color;
mod errors;
mod examples;
mod inputs;
mod pictures;
mod run;
mod server;
mod structure;
mod terminal;
