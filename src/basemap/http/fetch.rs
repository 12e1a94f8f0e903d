//! Fetching of tiles from a web server, in one round: no tile is asked for that the cache has or
//! another program is getting, and none again and again.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::header::{ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

use super::address::Address;
use super::cache::{Cache, Claim, Entry};
use super::freshness;
use super::freshness::{expiry, text};
use super::response::{Response, Verdict};
use super::retry::Failure;
use super::server::{CONNECTIONS, Server};
use crate::basemap::workers::{self, Halt};
use crate::error::{self, Remedy};
use crate::geo::TileId;
use crate::raster::Raster;
use crate::tileset::decode;
use crate::tileset::decode::MAX_BYTES;

/// How often it is looked whether another program has got a tile.
const POLL: Duration = Duration::from_millis(10);

/// One round of fetching.
pub struct Fetcher<'a> {
    web: &'a Server,
    agent: Agent,
    end: Instant,
    stored: AtomicBool,
}

impl Server {
    /// All tiles, or the first failure, each handed on when it is there.
    pub fn fetch(
        &self,
        tiles: &[TileId],
        progress: &(dyn Fn(usize) + Sync),
        found: &(impl Fn(TileId, Option<Raster>) -> error::Result<Option<Raster>> + Sync),
    ) -> error::Result<Vec<Option<Raster>>> {
        let fetcher = Fetcher::new(self);
        let one = |&tile: &TileId, halt: &Halt| {
            fetcher
                .tile(tile, halt)
                .and_then(|picture| found(tile, picture))
                .inspect_err(|error| {
                    // In this order: what is aborted fails too, but is not the reason.
                    halt.call(error.clone());
                    fetcher.abort();
                })
        };
        let pictures = workers::each(tiles, CONNECTIONS, progress, one);
        fetcher.tidy();
        pictures
    }
}

/// A tile from the cache, as it is there and as a picture.
type Kept = (Entry, Raster);

impl<'a> Fetcher<'a> {
    /// Begins to fetch; from now on the time counts.
    pub fn new(web: &'a Server) -> Self {
        Self {
            web,
            agent: web.agent(),
            end: Instant::now() + web.patience.whole,
            stored: AtomicBool::new(false),
        }
    }

    /// A tile, if there is one: from the cache as long as it is fresh, else from the server.
    pub fn tile(&self, tile: TileId, halt: &Halt) -> error::Result<Option<Raster>> {
        let address = self.web.address(tile)?;
        match self.kept(&address) {
            Some((entry, raster)) if self.web.offline || entry.is_fresh() => Ok(Some(raster)),
            None if self.web.offline => {
                Err(address.error("not in the cache").remedy(Remedy::FetchFirst))
            }
            _ => self.claimed(&address, halt),
        }
    }

    /// A tile that is not in the cache, or not fresh: from the server, or the cache after all when
    /// another program was getting it.
    fn claimed(&self, address: &Address, halt: &Halt) -> error::Result<Option<Raster>> {
        let _claim = self.claim(address, halt);
        match self.kept(address) {
            Some((entry, raster)) if entry.is_fresh() => Ok(Some(raster)),
            _ if halt.is_called() => Err(address.error("not asked for, since another tile failed")),
            kept => self.ask(address, kept.as_ref(), halt),
        }
    }

    /// Waits until no other program is getting this tile, but not for long: one that hangs must not
    /// keep all others from going on. Where files cannot be locked, everybody asks.
    fn claim(&self, address: &Address, halt: &Halt) -> Option<Claim> {
        let cache = self.web.cache.as_ref()?;
        let end = self.end.min(Instant::now() + self.web.patience.read);
        loop {
            match cache.claim(address.full()) {
                Ok(None) if Instant::now() < end && halt.pause(POLL) => {}
                claim => return claim.ok()?,
            }
        }
    }

    /// Closes all connections, also those on which others wait.
    pub fn abort(&self) {
        self.agent.clone().shutdown();
    }

    /// Makes room in the cache, if something was put there.
    pub fn tidy(&self) {
        if self.stored.load(Ordering::Relaxed) {
            self.web.cache.as_ref().map(Cache::trim);
        }
    }

    fn kept(&self, address: &Address) -> Option<Kept> {
        let entry = self.web.cache.as_ref()?.read(address.full())?;
        let raster = decode::picture(&entry.picture).ok()?;
        Some((entry, raster))
    }

    /// Asks the server, several times if need be.
    fn ask(
        &self,
        address: &Address,
        kept: Option<&Kept>,
        halt: &Halt,
    ) -> error::Result<Option<Raster>> {
        for times in [1, 2, 4] {
            match self.attempt(address, kept) {
                Err(Failure {
                    again: Some(least), ..
                }) if self.pause(least.max(self.web.patience.pause * times), halt) => {}
                done => return done.map_err(|trouble| trouble.error),
            }
        }
        self.attempt(address, kept).map_err(|trouble| trouble.error)
    }

    /// Waits, and says whether there is time left after that.
    fn pause(&self, time: Duration, halt: &Halt) -> bool {
        time < self.left() && halt.pause(time)
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    fn attempt(&self, address: &Address, kept: Option<&Kept>) -> Result<Option<Raster>, Failure> {
        let answer = self.answer(address, kept.map(|(entry, _)| entry));
        let answer = answer.map_err(|error| Failure::broken(address, &error, self.web.patience))?;
        match (answer.verdict(address)?, kept) {
            (Verdict::Missing, _) => Ok(None),
            (Verdict::Tile(raster), _) => {
                self.store(
                    address,
                    Entry {
                        picture: answer.body,
                        ..Entry::default()
                    },
                    &answer.headers,
                );
                Ok(Some(raster))
            }
            (Verdict::Unchanged, Some((entry, raster))) => {
                self.store(address, entry.clone(), &answer.headers);
                Ok(Some(raster.clone()))
            }
            (Verdict::Unchanged, None) => Err(address
                .error("304 Not Modified, but nothing is there to be kept")
                .into()),
        }
    }

    /// One request, and all of its answer.
    fn answer(&self, address: &Address, kept: Option<&Entry>) -> Result<Response, ureq::Error> {
        let mut request = self
            .agent
            .get(address.uri())
            .config()
            .timeout_global(Some(self.left()))
            .build();
        if let Some(entry) = kept {
            let conditions = [
                (IF_NONE_MATCH, &entry.etag),
                (IF_MODIFIED_SINCE, &entry.modified),
            ];
            for (name, value) in conditions
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
            {
                request = request.header(name, value);
            }
        }
        let (head, mut body) = request.call()?.into_parts();
        let mut bytes = Vec::new();
        body.as_reader()
            .take(MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok(Response {
            status: head.status,
            headers: head.headers,
            body: bytes,
        })
    }

    /// Keeps a tile with what its latest answer says about it.
    fn store(&self, address: &Address, entry: Entry, headers: &HeaderMap) {
        let (Some(cache), Some(expires)) = (&self.web.cache, expiry(headers, freshness::now()))
        else {
            return;
        };
        let said = |name, before| text(headers, name).map_or(before, str::to_owned);
        let etag = said(ETAG, entry.etag);
        let modified = said(LAST_MODIFIED, entry.modified);
        let stored = cache.write(
            address.full(),
            &Entry {
                expires,
                etag,
                modified,
                ..entry
            },
        );
        self.stored.fetch_or(stored.is_ok(), Ordering::Relaxed);
    }
}
