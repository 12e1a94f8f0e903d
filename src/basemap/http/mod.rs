//! HTTP client for map tiles: cache, conditional requests, retries, time-outs.

#[cfg(not(feature = "web"))]
mod absent;
#[cfg(feature = "web")]
pub mod address;
#[cfg(feature = "web")]
pub mod cache;
#[cfg(feature = "web")]
pub mod fetch;
#[cfg(feature = "web")]
pub mod freshness;
#[cfg(feature = "web")]
pub mod response;
#[cfg(feature = "web")]
pub mod retry;
#[cfg(feature = "web")]
pub mod server;

#[cfg(not(feature = "web"))]
pub use self::absent::Server;
#[cfg(feature = "web")]
pub use self::server::Server;
