//! Coordinate systems that options name: by a code, by PROJ's parameters, or in a file of
//! well-known text.

use std::fs;
use std::path::Path;

use heatmap::error::{Error, Result};
use heatmap::geo::Crs;
use heatmap::input::{self, Claim};

/// `--crs` and `--force-crs`: the system of the numbers in files, and how much it counts.
pub fn given(
    given: Option<String>,
    forced: Option<String>,
    ballpark: bool,
) -> Result<(Crs, Claim)> {
    match (given, forced) {
        (None, None) => Ok((Crs::default(), Claim::Usual)),
        (Some(text), None) => Ok((named("--crs", &text, ballpark)?, Claim::Given)),
        (Some(text), Some(own)) if own.is_empty() => {
            Ok((named("--crs", &text, ballpark)?, Claim::Forced))
        }
        (None, Some(own)) if own.is_empty() => {
            let error = Error::usage("--force-crs needs a coordinate system to read all files in");
            Err(error.advice("add --crs EPSG:…, or write --force-crs=EPSG:…"))
        }
        (None, Some(own)) => Ok((named("--force-crs", &own, ballpark)?, Claim::Forced)),
        (Some(_), Some(_)) => {
            let error = Error::usage("--crs and --force-crs name a coordinate system each");
            Err(error.advice("leave out one of them"))
        }
    }
}

/// The system that an option names.
pub fn named(option: &str, text: &str, ballpark: bool) -> Result<Crs> {
    let of_text = |text: &str| {
        Crs::named(text, ballpark)
            .map_err(|reason| Error::usage(format!("{option}: {reason}")).remedy(reason.remedy()))
    };
    // What looks like a file is one: a text that is found nowhere names itself in the error.
    let is_file = !text.contains(['[', '+', ':']) && Path::new(text).extension().is_some()
        || Path::new(text).is_file();
    if !is_file {
        return of_text(text);
    }
    let content = fs::read(text)
        .map_err(|reason| Error::usage(format!("{option}: {text} cannot be read: {reason}")))?;
    of_text(&String::from_utf8_lossy(&content))
}

/// The system of `-P`: one in which x goes to the right and y up, in a unit of length.
pub fn drawn(code: u32, ballpark: bool) -> Result<Crs> {
    let crs = named("-P", &format!("EPSG:{code}"), ballpark)?;
    if (crs.is_xy() || crs == Crs::Wgs84) && crs.is_upright() {
        return Ok(crs);
    }
    let fact = format!("-P: EPSG:{code} is no projection with x to the east and y to the north");
    Err(Error::usage(fact).advice("choose another one, such as that of the UTM zone"))
}

/// Options of reading for a picture in a projection: on a plane nothing else makes sense.
pub fn on(projection: Crs, input: input::Options) -> Result<input::Options> {
    if !projection.is_plane() {
        return Ok(input);
    }
    if input.claim != Claim::Usual {
        let error = Error::usage("plain x and y (-P xy) are of no coordinate system on the earth");
        return Err(error.advice("leave out --crs, or -P xy"));
    }
    let crs = projection;
    Ok(input::Options { crs, ..input })
}
