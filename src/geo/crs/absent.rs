//! Coordinate systems of countries, of which there are none without the feature `projections`.

use super::{Accuracy, NoSystem, shown};

/// A system that parameters describe: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {}

impl System {
    pub(super) fn of_code(code: u32, _: bool) -> Result<Self, NoSystem> {
        Err(NoSystem::LeftOut(format!("EPSG:{code}")))
    }

    pub(super) fn of_parameters(text: &str, _: bool) -> Result<Self, NoSystem> {
        Err(NoSystem::LeftOut(shown(text)))
    }

    pub(super) fn of_wkt(text: &str, _: bool) -> Result<Self, NoSystem> {
        Err(NoSystem::LeftOut(shown(text)))
    }

    pub(super) fn label(self) -> &'static str {
        match self {}
    }

    pub(super) fn code(self) -> Option<u16> {
        match self {}
    }

    pub(super) fn name(self) -> &'static str {
        match self {}
    }

    pub(super) fn wkt(self) -> Option<&'static str> {
        match self {}
    }

    /// How far its places may be off.
    #[must_use]
    pub fn accuracy(self) -> Accuracy {
        match self {}
    }

    pub(super) fn is_geographic(self) -> bool {
        match self {}
    }

    pub(super) fn is_plain(self) -> bool {
        match self {}
    }

    pub(super) fn is_upright(self) -> bool {
        match self {}
    }

    pub(super) fn metres(self) -> f64 {
        match self {}
    }

    pub(super) fn to_earth(self, _: f64, _: f64) -> Option<(f64, f64)> {
        match self {}
    }

    pub(super) fn to_plane(self, _: f64, _: f64) -> Option<(f64, f64)> {
        match self {}
    }
}
