//! HTTP client for map tiles: cache, conditional requests, retries, time-outs.

pub mod address;
pub mod cache;
pub mod fetch;
pub mod freshness;
pub mod response;
pub mod retry;
pub mod server;
pub mod workers;
