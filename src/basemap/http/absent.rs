//! Tile servers, of which there are none without the feature `web`.

use crate::basemap::BaseMapOptions;
use crate::error::{Error, Result};
use crate::geo::TileId;
use crate::raster::Raster;
use crate::tileset::template::Template;

/// A server of tiles: none.
#[derive(Debug)]
pub enum Server {}

impl Server {
    /// Says that this was built without it.
    #[expect(clippy::needless_pass_by_value, reason = "as a server that there is")]
    pub fn open(template: Template, _: &BaseMapOptions) -> Result<Self> {
        let address = template.expand(TileId { z: 0, x: 0, y: 0 });
        let fact = "this program was built without the feature `web`, which maps from servers need";
        Err(Error::network(address, fact))
    }

    pub fn host(&self) -> &str {
        match *self {}
    }

    pub fn error(&self, _: TileId, _: &str) -> Result<Error> {
        match *self {}
    }

    pub fn fetch(
        &self,
        _: &[TileId],
        _: &(dyn Fn(usize) + Sync),
        _: &(impl Fn(TileId, Option<Raster>) -> Result<Option<Raster>> + Sync),
    ) -> Result<Vec<Option<Raster>>> {
        match *self {}
    }
}
