//! Files in, batches of shapes out. Knows file formats; knows nothing of maps, pictures or what the shapes are for.

mod sink;

pub use sink::{Report, Sink};
