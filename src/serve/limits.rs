//! Limits of what one request may ask for, and one client may take.

use std::time::Duration;

/// What is refused beyond, or cut off after.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Pixels a side of a picture.
    pub side: u32,
    /// Pixels of a picture.
    pub pixels: u64,
    /// Pixels of a radius.
    pub radius: f64,
    /// Points in one answer.
    pub points: u32,
    /// Bytes of a request's target, and of its body.
    pub request: usize,
    /// The deepest zoom of tiles.
    pub zoom: u8,
    /// Connections at a time.
    pub connections: usize,
    /// How long a request's head, or the next request of a connection, may be waited for.
    pub head: Duration,
    /// How long a client may take nothing of an answer.
    pub stall: Duration,
    /// How long an answer may be worked on and waited for.
    pub work: Duration,
    /// How long the end waits for what was begun.
    pub end: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            side: 2048,
            pixels: 4 << 20,
            radius: 256.0,
            points: 50_000,
            request: 8 << 10,
            zoom: 22,
            connections: 1024,
            head: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            work: Duration::from_secs(20),
            end: Duration::from_secs(30),
        }
    }
}
