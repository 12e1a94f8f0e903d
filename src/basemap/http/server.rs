//! HTTP tile server: connections, time-outs, user agent.

use std::time::Duration;

use ureq::Agent;

use super::address::Address;
use super::cache::Cache;
use crate::basemap::BaseMapOptions;
use crate::error::{Error, Result};
use crate::geo::TileId;
use crate::tileset::template::Template;

/// How many tiles are asked for at the same time.
pub const CONNECTIONS: usize = 2;

/// How often an answer that leads elsewhere is followed.
pub const REDIRECTS: u32 = 3;

/// A server of tiles, with what is kept of it on disk.
#[derive(Debug)]
pub struct Server {
    template: Template,
    sample: Address,
    user_agent: String,
    pub(in crate::basemap) offline: bool,
    pub(in crate::basemap) cache: Option<Cache>,
    pub(in crate::basemap) patience: Patience,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer, and for another program that is getting the same tile.
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
    pub fn open(template: Template, options: &BaseMapOptions) -> Result<Self> {
        let sample = Address::new(&template.expand(TileId { z: 0, x: 0, y: 0 }))?;
        let cache = options.cache.clone();
        let cache = cache
            .or_else(|| Some(dirs::cache_dir()?.join("heatmap").join("tiles")))
            .map(Cache::new);
        Ok(Self {
            template,
            sample,
            user_agent: user_agent(&options.user_agent)?,
            offline: options.offline,
            cache,
            patience: Patience::default(),
        })
    }

    /// The server's name.
    pub fn host(&self) -> &str {
        self.sample.host()
    }

    /// The address of a tile.
    pub fn address(&self, tile: TileId) -> Result<Address> {
        Address::new(&self.template.expand(tile))
    }

    /// Something that is wrong with a tile.
    ///
    /// # Errors
    /// When its address is none.
    pub fn error(&self, tile: TileId, fact: &str) -> Result<Error> {
        Ok(self.address(tile)?.error(fact))
    }

    /// The connections to the server; none is opened yet.
    pub fn agent(&self) -> Agent {
        let config = Agent::config_builder()
            .user_agent(&self.user_agent)
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

/// The program's name and version, and what else servers are told of who asks.
fn user_agent(words: &str) -> Result<String> {
    if !words.chars().all(|c| matches!(c, ' '..='~')) {
        let fact = "the words for the user agent are not plain letters, digits and signs of ASCII";
        return Err(Error::usage(fact).advice("write an address of mail, or of a page on the web"));
    }
    let text = format!("heatmap/{} {words}", env!("CARGO_PKG_VERSION"));
    Ok(text.trim_end().to_owned())
}
