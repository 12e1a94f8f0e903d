//! Coordinate system of a shapefile: the .prj beside it names it, in well-known text (WKT).
//!
//! One that nobody knows is refused by name rather than drawn at a wrong place.

use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Location, Result};
use crate::geo::{Coord, Crs, NotAPlace};
use crate::input::opened::Opened;

/// No coordinate system takes more text than this.
const LONGEST: u64 = 1 << 16;
/// Coordinates beyond this were never meant as degrees. It is more than 180, for there are files
/// with longitudes up to 360 and files with typing errors: there it is the single point that is
/// wrong.
const DEGREES: f64 = 360.0;

/// Coordinate system that a file states, or does not.
#[derive(Debug, PartialEq)]
pub enum Stated {
    /// They are in this system.
    In(Crs),
    /// Nothing says what they are, and why not. The first vertex decides whether they can be
    /// degrees; (0, 0) can be anything.
    Nowhere(String),
    /// Nothing says what they are, and why not, but the first vertices can be degrees.
    Guessed(String),
}

impl Stated {
    /// The system of a shapefile, from the .prj beside it.
    /// And a note if it is not quite the one that is stated.
    pub fn beside(shp: &Opened, ballpark: bool) -> Result<(Self, Option<String>)> {
        if !shp.has_siblings() {
            return Ok((Self::Nowhere("a stream has no .prj".to_owned()), None));
        }
        let name = shp.sibling_name("prj");
        let error = |file: &str, fact: String| Error::input(Location::file(Path::new(file)), fact);
        let fail = |reason: io::Error| error(&name, reason.to_string());
        let Some(prj) = shp.sibling("prj").map_err(fail)? else {
            return Ok((Self::Nowhere(format!("there is no {name}")), None));
        };
        let (name, mut text) = (prj.name().to_owned(), Vec::new());
        let read = prj.stream().take(LONGEST).read_to_end(&mut text);
        read.map_err(|reason| error(&name, reason.to_string()))?;
        let text = String::from_utf8_lossy(&text);
        let blank = ['\u{feff}', '\0', ' ', '\r', '\n'];
        if text.trim_matches(blank).is_empty() {
            return Ok((Self::Nowhere(format!("{name} is empty")), None));
        }
        let note = Crs::of_wkt(&text).is_none() && Crs::near_wkt(&text).is_some();
        let note = note.then(|| {
            let system = system_name(&text);
            format!("{system} is read as WGS 84, which is within 2 m of it")
        });
        match Crs::named(&text, ballpark) {
            Ok(crs) => Ok((Self::In(crs), note)),
            Err(reason) => {
                let fact = format!("{reason} ({name})");
                Err(error(shp.name(), fact).remedy(reason.remedy()))
            }
        }
    }

    /// The place of a vertex, or what is wrong with it. An error is about the whole file.
    pub fn place(
        &mut self,
        x: f64,
        y: f64,
    ) -> std::result::Result<std::result::Result<Coord, NotAPlace>, String> {
        let is_finite = x.is_finite() && y.is_finite();
        match self {
            Self::In(crs) => return Ok(crs.place(x, y)),
            Self::Nowhere(_) if x == 0.0 && y == 0.0 => {}
            Self::Nowhere(why) if is_finite && x.abs().max(y.abs()) > DEGREES => {
                return Err(misfit(why, x, y));
            }
            Self::Nowhere(why) if is_finite => *self = Self::Guessed(std::mem::take(why)),
            Self::Nowhere(_) | Self::Guessed(_) => {}
        }
        Ok(Crs::Wgs84.place(x, y))
    }
}

impl Stated {
    /// The system that coordinates are read in.
    pub fn crs(&self) -> Crs {
        match self {
            Self::In(crs) => *crs,
            Self::Nowhere(_) | Self::Guessed(_) => Crs::Wgs84,
        }
    }

    /// What is to be said when a guess was wrong, if there was one.
    pub fn contradicted(&self) -> Option<String> {
        match self {
            Self::Guessed(why) => Some(format!(
                "most of the coordinates do not fit degrees, and {why} to say what they are"
            )),
            _ => None,
        }
    }
}

fn misfit(why: &str, x: f64, y: f64) -> String {
    format!(
        "the coordinates (the first: {x}, {y}) do not fit degrees, and {why} to say what they are"
    )
}

/// The first quoted name, which is the system's own.
fn system_name(text: &str) -> String {
    let name = text.split('"').nth(1).unwrap_or(text.trim());
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_finite_vertex_decides_for_a_file_without_prj() {
        let unstated = || Stated::Nowhere("there is no a.prj".to_owned());
        let mut degrees = unstated();
        assert_eq!(degrees.place(20.0, 10.0), Ok(Coord::lat_lon(10.0, 20.0)));
        assert_eq!(
            degrees,
            Stated::Guessed("there is no a.prj".to_owned()),
            "a later outlier is that point's own fault"
        );
        let mut metres = unstated();
        assert!(metres.place(f64::NAN, 0.0).is_ok());
        let fact = metres.place(723_414.4, 875_929.0).expect_err("metres");
        assert!(
            fact.contains("do not fit degrees, and there is no a.prj"),
            "{fact}"
        );
    }
}
