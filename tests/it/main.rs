//! Runs the real program, as its users do.

mod animation;
mod base_map;
mod color;
mod containers;
mod errors;
mod examples;
mod faults;
mod formats;
mod frames;
mod gallery;
mod heat;
mod info;
mod inputs;
mod looks;
mod outputs;
mod pictures;
mod plane;
mod run;
mod saved;
mod seen;
mod server;
mod structure;
mod terminal;
mod unseen;
mod wants;
mod words;
