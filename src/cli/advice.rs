//! Advice on errors: the program's words for every [`Remedy`], with the options that bring it.

use std::borrow::Cow;
use std::fmt;

use heatmap::error::{Error, Remedy};
use heatmap::input::{Counted, Oddity};

/// An error in the program's words: place and fact, and the advice on a line of its own.
pub struct Advised<'a>(pub &'a Error);

impl fmt::Display for Advised<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error {
            kind: _,
            place,
            fact,
            remedy,
        } = self.0;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        f.write_str(fact)?;
        remedy
            .as_ref()
            .map_or(Ok(()), |remedy| write!(f, "\n  {}", words(remedy)))
    }
}

/// The words for a remedy.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn words(remedy: &Remedy) -> Cow<'_, str> {
    Cow::Borrowed(match remedy {
        Remedy::FewerFrames(span) => {
            return format!("make them with --yes; --frame-time '{span}' gives 200").into();
        }
        Remedy::SaveTracksAnew(name) => {
            return format!("save it again (-S) with --track-weight {name}").into();
        }
        Remedy::OtherParts => {
            "--by takes a column, or year, month, weekday, hour, file, folder or sport"
        }
        Remedy::OtherComparison => "name others with --per, or show another part (--bbox)",
        Remedy::LinearScale => "take --how linear, sqrt or cbrt, and values for --min and --max",
        Remedy::SaveValuesAnew => "save it again (-S) with --surface mean, or with --aggregate",
        Remedy::GiveExtent => "give -e or --bbox, or --like a picture",
        Remedy::FrameOfCells => {
            "put the file that heatmap sql --view wrote beside them as cells.view.json or view.json, name it with --like, or give the options for the picture that heatmap sql had"
        }
        Remedy::CountValues => {
            "count them again: heatmap sql with --surface mean, or with --aggregate"
        }
        Remedy::Words(words) => words,
        Remedy::MoreMemory => "raise --memory",
        Remedy::MoreRoomForFrames => "raise --memory, or set TMPDIR to a folder with more room",
        Remedy::MoreRoomForShapes => {
            "raise --memory, give the extent (-e), or set TMPDIR to a folder with more room"
        }
        Remedy::SmallerPicture => "ask for a smaller one (-W, -H or a larger -s)",
        Remedy::SmallerPictureOrMorePixels => {
            "ask for a smaller one (-W, -H, a larger -s) or raise --max-pixels"
        }
        Remedy::OtherSidesOrLonger => {
            "leave out the place if it is wrong, give the extent (-e) or both sides (-W, -H), or raise --max-side"
        }
        Remedy::SmallerRadius => {
            "make the radius smaller (-r), or the picture (-W, -H or a larger -s)"
        }
        Remedy::SmallerRadiusOrZoom => "make the radius (-r) or --max-zoom smaller",
        Remedy::NameAnArchive => "name one as well, as in -o tiles.pmtiles",
        Remedy::Overwrite => "choose another one, or replace it with --overwrite",
        Remedy::RadiusInPixels => "give the radius in pixels (-r 5)",
        Remedy::RadiusInPixelsOrEarth => "give the radius in pixels (-r 5), or leave out -P xy",
        Remedy::RadiusInPixelsOrMercator => "give the radius in pixels (-r 5), or leave out -P",
        Remedy::OtherScale => {
            "ask for another scale (-s), or take away from all x and all y what they have in common"
        }
        Remedy::NotStrict => "leave out --strict to read what it has",
        Remedy::NameParts => {
            "say which of tracks, routes and waypoints to take, as with --gpx waypoints"
        }
        Remedy::MoreUnpacked => "raise --max-unpacked, or unpack it first",
        Remedy::NotOnPlane => "leave out -P xy, or this file",
        Remedy::PlainPicture => {
            "take .png, or leave out -P xy; .json says which x and y the picture shows"
        }
        Remedy::YUp => {
            "leave out --y-down, or take .npy, whose rows begin at the top of the picture"
        }
        Remedy::NameAFile => "name a file with -o",
        Remedy::TimesForFrames => {
            "--frame-time needs shapes that have times: GPX, FIT and their like, or CSV with --time-field"
        }
        Remedy::FewerShapesAFrame => "ask for a smaller --frequency or --straggler-threshold",
        Remedy::MoreShapesAFrame => "ask for a larger --frequency",
        Remedy::LongerFrames => "ask for a larger --frame-time",
        Remedy::LongerOrBusyFrames => {
            "ask for a larger --frame-time, or leave out frames in which nothing happens (--skip-idle)"
        }
        Remedy::FetchFirst => "fetch it once from the network, without --offline",
        Remedy::TryOffline => {
            "see whether the network works; tiles fetched before can be had with --offline"
        }
        Remedy::SmallerZoomOrBlanks => {
            "ask for tiles of a smaller zoom (--map-zoom), or leave the places of missing tiles empty (--missing-tiles blank)"
        }
        Remedy::SmallerZoomForOsm => {
            "ask for a smaller zoom (-z) or a smaller picture; openstreetmap.org gives its tiles for free, but not in bulk"
        }
        Remedy::SmallerZoomOrMoreTiles => {
            "ask for a smaller zoom (-z) or a smaller picture, or raise --max-tiles"
        }
        Remedy::NoSpan => "leave out --min, --max and --span",
        Remedy::NoLocalScale => {
            "leave out --min, --max, --span, --span-from and --saturate (percentiles may stay), or --tile-scale local"
        }
        Remedy::OtherSpan => {
            "see the maximum density with -v, and choose --min and --max around it"
        }
        Remedy::NoBackgroundImage => "scale the image to that size first, or leave it out (-I)",
        Remedy::MorePixels => "raise --max-pixels if it is meant",
        Remedy::NoMapOrMercator => "leave out the map (--osm), or save the heat anew without -P",
        Remedy::OnPlane => "add -P xy if they are x and y as well",
        Remedy::OnEarth => "leave out -P xy if they are in degrees",
        Remedy::SaveOnOneGrid => {
            "heat can be added on one grid alone: save all files with the same -e and -s, or with --like"
        }
        Remedy::OneScaleForAllFrames => "leave out --frame-scale, or --legend FILE and --span-out",
        Remedy::DegreesOfWgs84 => {
            "name their system with --crs, as in --crs EPSG:25832; where they are degrees and a few are bad, --crs EPSG:4326 reads the others"
        }
        Remedy::OtherSystem => {
            "name it with --crs and --force-crs: a code (EPSG:28992), PROJ's parameters or a .prj file; or convert it to EPSG:4326, as with ogr2ogr -t_srs EPSG:4326"
        }
        Remedy::GridOrBallpark => {
            "name a grid in PROJ's parameters (--crs '+proj=… +nadgrids=FILE', with --force-crs where files say a system), or take its datum for WGS 84 with --allow-ballpark"
        }
        Remedy::OtherTiles => {
            "see which tiles there are, and how they are named (--osm-path-template), or choose their zoom (--map-zoom)"
        }
        Remedy::AddUp => "add it all up with -d 1",
        Remedy::Animate => "make one of frames, with -a, or by time, as with --frame-time 1d",
        Remedy::HeatInOtherFormats => "--raw is for .tif; .npy and .asc always hold it",
        Remedy::NameColumns => {
            "say which they are, by name or number, with --lat-field and --lon-field; see --delimiter and --skip-rows, too"
        }
        Remedy::NameColumnsOfXAndY => {
            "say which they are, by name or number, with --x-field and --y-field; see --delimiter and --skip-rows, too"
        }
        Remedy::MemoryForTracks => "raise --memory, or sort the rows and leave out --order-field",
        Remedy::ManyPictures => "make them with --yes, or part the data otherwise (--by)",
        Remedy::NameATable => "name it with --table, or ask with --sql 'SELECT lat, lon FROM ...'",
        Remedy::SaveAScale => "make one with --span-out",
    })
}

/// What was probably meant by a picture among the files to read.
pub fn not_output(picture: &str) -> String {
    format!("did you mean -o {picture}? Files without -o are read")
}

/// How to have it the other way, where a picture that is read may have been meant to be written.
pub fn way_out(counted: &Counted, unasked: Option<&str>) -> Option<Cow<'static, str>> {
    let file = &counted.first.file;
    match counted.oddity {
        Oddity::Excluded => Some("--include and --exclude say which".into()),
        Oddity::NothingPrivate => Some("--privacy is latitude, longitude and radius".into()),
        Oddity::OtherPlaces => {
            Some("--lat-field and --lon-field, or --geometry-field, say which".into())
        }
        Oddity::Layers => Some("--layer-name says which".into()),
        Oddity::NullIsland => Some("--keep-zero draws such places".into()),
        Oddity::Contradicted => {
            Some("leave out --ignore-csv-header, or exchange --lat-field and --lon-field".into())
        }
        Oddity::PhotoWithoutPlace if unasked == Some(file) => Some(not_output(file).into()),
        _ => None,
    }
}
