//! Gradient from an image: the colours in its first column.

use std::path::Path;

use crate::error::{Error, Location, Result};
use crate::raster::{Picture, open};

/// Colours of a gradient as an image has them.
pub(super) struct Column {
    /// The coldest first.
    pub(super) colors: Vec<[u8; 4]>,
    /// Whether its format knows transparency.
    pub(super) has_alpha: bool,
    /// What is odd about them.
    pub(super) warning: Option<String>,
}

impl Column {
    /// The first column of an image, the hottest at the top.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let Picture { raster, has_alpha } = open(path)?;
        let (width, height) = (raster.size().width(), raster.size().height());
        let colors: Vec<[u8; 4]> = raster
            .pixels()
            .iter()
            .step_by(width)
            .copied()
            .rev()
            .collect();
        if colors.iter().all(|color| color[3] == 0) {
            let fact = format!("all {height} colours in the first column are transparent");
            return Err(Error::input(Location::file(path), fact)
                .advice("a gradient wants its colours in the first column"));
        }
        let warning = has_alpha.then(|| odd_ends(&colors)).flatten();
        Ok(Self {
            warning: warning.map(|fact| format!("{}: {fact}", path.display())),
            colors,
            has_alpha,
        })
    }
}

/// Warnings about a gradient that makes heat end in a hard edge, or be seen through where it is
/// most.
fn odd_ends(colors: &[[u8; 4]]) -> Option<String> {
    let (cold, hot) = (colors.first()?[3], colors.last()?[3]);
    let fact = match (cold, hot) {
        (0, 255) => return None,
        (255, 0) => {
            "the cold end at the bottom is opaque and the hot end at the top transparent: is it upside down? Then reverse it"
        }
        (1.., _) => {
            "the cold end, at the bottom of the image, is not transparent: heat will end in an edge"
        }
        (0, _) => "the hot end, at the top of the image, is not opaque",
    };
    Some(fact.to_owned())
}
