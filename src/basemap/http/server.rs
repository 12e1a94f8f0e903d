//! A web server of tiles, and the manners with which it is met.

use std::path::PathBuf;
use std::time::Duration;

use ureq::Agent;

use super::address::Address;
use super::cache::Cache;
use crate::error::Result;
use crate::geo::Tile;
use crate::tileset::template::Template;

/// How many tiles are asked for at the same time.
pub const CONNECTIONS: usize = 2;

/// How often an answer that leads elsewhere is followed.
pub const REDIRECTS: u32 = 3;

const USER_AGENT: &str = concat!(
    "heatmap/",
    env!("CARGO_PKG_VERSION"),
    " (+",
    env!("CARGO_PKG_HOMEPAGE"),
    ")"
);

/// A server of tiles, with what is kept of it on disk.
#[derive(Debug)]
pub struct Server {
    template: Template,
    sample: Address,
    pub(in crate::basemap) offline: bool,
    pub(in crate::basemap) cache: Option<Cache>,
    pub(in crate::basemap) patience: Patience,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub read: Duration,
    /// For all tiles together.
    pub whole: Duration,
    /// Before the second attempt; twice that before the third, and so on.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let [connect, read, whole] = [5, 10, 120].map(Duration::from_secs);
        Self {
            connect,
            read,
            whole,
            pause: Duration::from_millis(500),
        }
    }
}

impl Server {
    /// Makes sure that the addresses are such, and asks for nothing yet.
    pub fn open(template: Template, cache: Option<PathBuf>, offline: bool) -> Result<Self> {
        let sample = Address::new(&template.expand(Tile { z: 0, x: 0, y: 0 }))?;
        let cache = cache
            .or_else(|| Some(dirs::cache_dir()?.join("heatmap").join("tiles")))
            .map(Cache::new);
        Ok(Self {
            template,
            sample,
            offline,
            cache,
            patience: Patience::default(),
        })
    }

    /// The server's name.
    pub fn host(&self) -> &str {
        self.sample.host()
    }

    /// The address of a tile.
    pub fn address(&self, tile: Tile) -> Result<Address> {
        Address::new(&self.template.expand(tile))
    }

    /// The connections to the server; none is opened yet.
    pub fn agent(&self) -> Agent {
        let config = Agent::config_builder()
            .user_agent(USER_AGENT)
            .http_status_as_error(false)
            // Also after redirects. What begins with http is open to everybody anyway.
            .https_only(self.sample.is_secure())
            .max_redirects(REDIRECTS)
            .max_idle_connections_per_host(CONNECTIONS)
            .timeout_resolve(Some(self.patience.connect))
            .timeout_connect(Some(self.patience.connect))
            .timeout_per_read(Some(self.patience.read))
            .timeout_per_write(Some(self.patience.read));
        // Otherwise it goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
        let config = if self.sample.is_this_machine() {
            config.proxy(None)
        } else {
            config
        };
        config.build().into()
    }
}
