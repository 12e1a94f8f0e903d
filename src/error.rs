//! Errors as facts: where it happened, what was found there and what to do next.
//!
//! An [`Error`] holds the facts in fields; its `Display` puts them in the one order that every
//! message of the program has: `place: fact`, and the remedy on a line of its own. Nothing here
//! prints.

use std::fmt;
use std::path::Path;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Part of the world that an [`Error`] is about; the program's exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The program itself is wrong.
    Internal,
    /// What was asked for makes no sense.
    Usage,
    /// A file that is read: missing, broken, or not what it claims to be.
    Input,
    /// A file that is written.
    Output,
    /// What was asked for is larger than the limits in force.
    Limit,
    /// A server that does not give what it was asked for.
    Network,
    /// Another program that is missing or fails: ffmpeg.
    Program,
}

impl ErrorKind {
    /// The exit code of a run that ends with an error of this kind.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Output => 4,
            Self::Network => 5,
            Self::Program => 6,
            Self::Limit => 7,
        }
    }
}

/// Where in a file, or on the web, something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file as the user named it; `-` is standard input. Or an address on the web.
    pub file: String,
    /// The line (of text) or the record (of a binary file) in it, counted from 1.
    pub at: Option<u64>,
}

impl Location {
    /// A whole file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            at: None,
        }
    }

    /// A line or a record of a file.
    #[must_use]
    pub fn at(file: &str, at: u64) -> Self {
        Self {
            file: file.to_owned(),
            at: Some(at),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.at.map_or(Ok(()), |at| write!(f, ":{at}"))
    }
}

/// What can be done about an [`Error`], as a value: a program says it in words of its own options,
/// a service makes a status of it. Its `Display` has the words of the library, which knows no
/// options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Something that these words tell everybody.
    Words(String),
    /// Allow more memory.
    MoreMemory,
    /// Allow more memory, or set TMPDIR to a folder with more room.
    MoreRoomForFrames,
    /// Allow more memory, give the extent, or set TMPDIR to a folder with more room.
    MoreRoomForShapes,
    /// Ask for a smaller one.
    SmallerPicture,
    /// Ask for a smaller one, or allow more pixels.
    SmallerPictureOrMorePixels,
    /// Leave out a place that is wrong, ask for other sides, or allow longer ones.
    OtherSidesOrLonger,
    /// Make the radius or the picture smaller.
    SmallerRadius,
    /// Make the radius or the largest zoom smaller.
    SmallerRadiusOrZoom,
    /// Say that what is there may be replaced, or choose another name.
    Overwrite,
    /// Name an archive of tiles as well.
    NameAnArchive,
    /// Give the radius in pixels.
    RadiusInPixels,
    /// Give the radius in pixels, or draw a picture of the earth.
    RadiusInPixelsOrEarth,
    /// Give the radius in pixels, or draw in Web Mercator.
    RadiusInPixelsOrMercator,
    /// Ask for another scale, or take away from all x and all y what they have in common.
    OtherScale,
    /// Read without being strict to get what it has.
    NotStrict,
    /// Say which of tracks, routes and waypoints to take.
    NameParts,
    /// Allow larger temporary files, or unpack it first.
    MoreUnpacked,
    /// Leave out this file, or draw a picture of the earth.
    NotOnPlane,
    /// Write a format that need not know where it lies, such as PNG; JSON says which x and y the
    /// picture shows.
    PlainPicture,
    /// Let y go up, or take .npy, whose rows begin at the top of the picture.
    YUp,
    /// Name a file.
    NameAFile,
    /// Frames by time need shapes that have times: GPX, or CSV with a column of times.
    TimesForFrames,
    /// Ask for fewer shapes in a frame, or in the last one.
    FewerShapesAFrame,
    /// Ask for more shapes in a frame.
    MoreShapesAFrame,
    /// Ask for a longer time in a frame.
    LongerFrames,
    /// The same, or leave out frames in which nothing happens.
    LongerOrBusyFrames,
    /// Fetch it once from the network.
    FetchFirst,
    /// See whether the network works; tiles fetched before can be had from the cache alone.
    TryOffline,
    /// Ask for a smaller zoom, or leave the places of missing tiles empty.
    SmallerZoomOrBlanks,
    /// Ask for a smaller zoom or a smaller picture; openstreetmap.org gives its tiles for free, but
    /// not in bulk.
    SmallerZoomForOsm,
    /// Ask for a smaller zoom or a smaller picture, or allow more tiles.
    SmallerZoomOrMoreTiles,
    /// Ask for no span.
    NoSpan,
    /// Ask for no span, and for no other curve with one of its own, or for a scale of each zoom.
    NoLocalScale,
    /// Look at the maximum of the heat, and choose a span around it.
    OtherSpan,
    /// Scale the image to that size first, or leave it out.
    NoBackgroundImage,
    /// Allow more pixels if it is meant.
    MorePixels,
    /// Leave out the map, or save the heat anew in Web Mercator.
    NoMapOrMercator,
    /// Read the data as plain x and y if they are that as well.
    OnPlane,
    /// Read the data as degrees if they are that.
    OnEarth,
    /// Heat can be added on one grid alone: save all files with the same extent and scale, or
    /// like another.
    SaveOnOneGrid,
    /// Let all frames have one scale, or leave out the files that tell it.
    OneScaleForAllFrames,
    /// Say which system it is in: WGS 84 where its coordinates are degrees and a few are bad.
    DegreesOfWgs84,
    /// Say what system it is in other words: a code, PROJ's parameters or well-known text; or
    /// convert the data to WGS 84.
    OtherSystem,
    /// Name a grid in PROJ's parameters, or allow a datum to be taken for WGS 84.
    GridOrBallpark,
    /// Say that so many frames are meant, or ask for a span of time that gives some two hundred.
    FewerFrames(String),
    /// Add all heat up, without decay.
    AddUp,
    /// See which tiles there are, and how they are named.
    OtherTiles,
    /// Make a film of frames.
    Animate,
    /// Write TIFF as raw heat; `.npy` and ASCII grids always hold it.
    HeatInOtherFormats,
    /// Say which columns hold the latitude and the longitude, what stands between columns, or how
    /// many lines come before the table.
    NameColumns,
    /// The same for x and y.
    NameColumnsOfXAndY,
    /// Allow more memory; rows in the order of their tracks need no other order.
    MemoryForTracks,
    /// Name the table or the query of a database.
    NameATable,
    /// Save the scale of another picture.
    SaveAScale,
    /// Say that so many pictures are meant, or part the data otherwise.
    ManyPictures,
    /// Save the heat anew with its tracks weighed like this: by length, time, visits or points.
    SaveTracksAnew(&'static str),
    /// Save the heat anew as values: as a surface, or to be aggregated.
    SaveValuesAnew,
    /// Say what the picture shows before the data do.
    GiveExtent,
    /// Put the description of their pixels beside cells, name it, or say the same of the picture as
    /// when they were counted.
    FrameOfCells,
    /// Count cells anew as values: for a surface, or to be aggregated.
    CountValues,
    /// Part the data by a column that there is, or by what needs none.
    OtherParts,
    /// Compare with data that lie there, or show another part.
    OtherComparison,
    /// Spread values in proportion, between ends that are values.
    LinearScale,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words(words) => words,
            Self::MoreMemory => "allow more memory",
            Self::MoreRoomForFrames => "allow more memory, or set TMPDIR to a folder with more room",
            Self::MoreRoomForShapes => "allow more memory, give the extent, or set TMPDIR to a folder with more room",
            Self::SmallerPicture => "ask for a smaller one",
            Self::SmallerPictureOrMorePixels => "ask for a smaller one, or allow more pixels",
            Self::OtherSidesOrLonger => "leave out the place if it is wrong, ask for other sides, or allow longer ones",
            Self::SmallerRadius => "make the radius or the picture smaller",
            Self::SmallerRadiusOrZoom => "make the radius or the largest zoom smaller",
            Self::NameAnArchive => "name one as well",
            Self::Overwrite => "choose another one, or say that it may be replaced",
            Self::RadiusInPixels => "give the radius in pixels",
            Self::RadiusInPixelsOrEarth => "give the radius in pixels, or draw a picture of the earth",
            Self::RadiusInPixelsOrMercator => "give the radius in pixels, or draw in Web Mercator",
            Self::OtherScale => "ask for another scale, or take away from all x and all y what they have in common",
            Self::NotStrict => "read without being strict to get what it has",
            Self::NameParts => "say which of tracks, routes and waypoints to take",
            Self::MoreUnpacked => "allow larger temporary files, or unpack it first",
            Self::NotOnPlane => "leave out this file, or draw a picture of the earth",
            Self::PlainPicture => "write a format that need not know where it lies, such as PNG; JSON says which x and y the picture shows",
            Self::YUp => "let y go up, or take .npy, whose rows begin at the top of the picture",
            Self::NameAFile => "name a file",
            Self::TimesForFrames => "frames by time need shapes that have times: GPX, or CSV with a column of times",
            Self::FewerShapesAFrame => "ask for fewer shapes in a frame, or in the last one",
            Self::MoreShapesAFrame => "ask for more shapes in a frame",
            Self::LongerFrames => "ask for a longer time in a frame",
            Self::LongerOrBusyFrames => "ask for a longer time in a frame, or leave out frames in which nothing happens",
            Self::FetchFirst => "fetch it once from the network",
            Self::TryOffline => "see whether the network works; tiles fetched before can be had from the cache alone",
            Self::SmallerZoomOrBlanks => "ask for a smaller zoom, or leave the places of missing tiles empty",
            Self::SmallerZoomForOsm => "ask for a smaller zoom or a smaller picture; openstreetmap.org gives its tiles for free, but not in bulk",
            Self::SmallerZoomOrMoreTiles => "ask for a smaller zoom or a smaller picture, or allow more tiles",
            Self::NoSpan => "ask for no span",
            Self::NoLocalScale => "ask for no span, or for a scale of each zoom",
            Self::OtherSpan => "look at the maximum of the heat, and choose a span around it",
            Self::NoBackgroundImage => "scale the image to that size first, or leave it out",
            Self::MorePixels => "allow more pixels if it is meant",
            Self::NoMapOrMercator => "leave out the map, or save the heat anew in Web Mercator",
            Self::OnPlane => "read the data as plain x and y if they are that as well",
            Self::OnEarth => "read the data as degrees if they are that",
            Self::SaveOnOneGrid => "heat can be added on one grid alone: save all files with the same extent and scale, or like another",
            Self::OneScaleForAllFrames => "let all frames have one scale, or leave out the files that tell it",
            Self::DegreesOfWgs84 => "say which system it is in: WGS 84 where they are degrees and a few are bad",
            Self::OtherSystem => "name it by a code of EPSG, PROJ's parameters or well-known text, or convert the data to WGS 84",
            Self::GridOrBallpark => "name a grid (+nadgrids) in PROJ's parameters, or allow the datum to be taken for WGS 84",
            Self::OtherTiles => "see which tiles there are, and how they are named",
            Self::FewerFrames(_) => "say that so many frames are meant, or ask for longer ones",
            Self::AddUp => "add all heat up, without decay",
            Self::Animate => "make a film of frames",
            Self::HeatInOtherFormats => "write TIFF as raw heat; NumPy and ASCII grids always hold it",
            Self::NameColumns | Self::NameColumnsOfXAndY => "say which they are, by name or number",
            Self::MemoryForTracks => "allow more memory, or sort the rows and leave out the order",
            Self::ManyPictures => "say that so many are meant, or part the data otherwise",
            Self::GiveExtent => "say which part of the earth the picture shows",
            Self::FrameOfCells => "put the description of their pixels beside them, name it, or say the same of the picture as when they were counted",
            Self::CountValues => "count them again as values",
            Self::NameATable => "name the table, or a query",
            Self::SaveAScale => "save the scale of another picture",
            Self::OtherParts => "part the data by a column that there is, or by their times or files",
            Self::OtherComparison => "compare with data that lie there, or show another part",
            Self::LinearScale => "spread them in proportion, between ends that are values",
            Self::SaveValuesAnew => "save it again as values",
            Self::SaveTracksAnew(_) => "save it again with its tracks weighed like this",
        })
    }
}

/// An error: place, fact, next move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What it is about.
    pub kind: ErrorKind,
    /// Where it was found, if it was in a file.
    pub place: Option<Location>,
    /// What was found.
    pub fact: String,
    /// What can be done about it.
    pub remedy: Option<Remedy>,
}

impl Error {
    /// An error of any kind, without a place.
    pub fn new(kind: ErrorKind, fact: impl fmt::Display) -> Self {
        Self {
            kind,
            place: None,
            fact: fact.to_string(),
            remedy: None,
        }
    }

    /// What was asked for makes no sense.
    pub fn usage(fact: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Usage, fact)
    }

    /// Something in a file that is read.
    pub fn input(place: Location, fact: impl fmt::Display) -> Self {
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Input, fact)
        }
    }

    /// Something about a file that is written.
    pub fn output(place: Location, fact: impl fmt::Display) -> Self {
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Output, fact)
        }
    }

    /// Something that an address on the web does not give.
    pub fn network(address: impl fmt::Display, fact: impl fmt::Display) -> Self {
        let place = Location {
            file: address.to_string(),
            at: None,
        };
        Self {
            place: Some(place),
            ..Self::new(ErrorKind::Network, fact)
        }
    }

    /// The same error with a next move, in words that name no option of any program.
    #[must_use]
    pub fn advice(self, advice: impl fmt::Display) -> Self {
        self.remedy(Remedy::Words(advice.to_string()))
    }

    /// The same error with a next move.
    #[must_use]
    pub fn remedy(self, remedy: Remedy) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.fact)?;
        self.remedy
            .as_ref()
            .map_or(Ok(()), |remedy| write!(f, "\n  {remedy}"))
    }
}

impl std::error::Error for Error {}

/// The name that was probably meant by one that there is not: the most alike of those that there
/// are, in upper or lower case (W. Winkler's measure of misspelt names, 1990).
pub fn meant<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Less alike is something else.
    const ALIKE: f64 = 0.8;
    let name = name.to_lowercase();
    let likeness = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let alike = names.into_iter().map(|other| (likeness(other), other));
    let nearest = alike.max_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.and_then(|(likeness, other)| (likeness > ALIKE).then_some(other))
}

/// A number as messages show it: in full, unless it has more digits than anybody reads.
pub(crate) fn short(number: f64) -> String {
    if number.is_finite() && number.abs() >= 1e16 {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_messages_are_short() {
        for (number, text) in [
            (91.0, "91"),
            (-1.5e12, "-1500000000000"),
            (1e308, "1e308"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
