//! What becomes of data that are parted.

use std::path::Path;

use heatmap::error::{Error, Result};
use heatmap::product::batch;
use heatmap::product::batch::PLACEHOLDER;
use jiff::tz::TimeZone;

use super::args::Arguments;

/// The zone of the calendar.
fn zone(arguments: &Arguments) -> TimeZone {
    let zone = arguments.input.filters.timezone.as_ref();
    zone.map_or(TimeZone::UTC, |zone| zone.0.clone())
}

/// Whether a name is to be filled in.
fn is_named(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(PLACEHOLDER))
}

/// How data are parted, and whether the names of files go with that.
pub fn parts(arguments: &Arguments) -> Result<Option<batch::Options>> {
    let (args, outputs) = (&arguments.batches, &arguments.output.output);
    let many = arguments.animation.yes;
    let Some(by) = &args.by else {
        if many && arguments.animation.frame_time.is_none() {
            let fact = "--yes is for many frames (--frame-time) or many pictures (--by)";
            return Err(Error::usage(fact).advice("leave it out"));
        }
        return match outputs.iter().find(|path| is_named(path)) {
            None => Ok(None),
            Some(path) => {
                let fact = format!("nothing says what {{by}} in '{}' is", path.display());
                Err(Error::usage(fact).advice("say by what with --by, as in --by year"))
            }
        };
    };
    let is_one = args.sheet.is_some() || args.color_key.is_some();
    let odd = outputs.iter().find(|path| is_named(path) == is_one);
    let fact = match (odd, is_one) {
        (None, _) if outputs.is_empty() => "pictures --by something need names".to_owned(),
        (None, _) => {
            return Ok(Some(batch::Options {
                by: by.by(),
                zone: zone(arguments),
                many,
                sheet: args.sheet,
                key: args.color_key.clone(),
            }));
        }
        (Some(path), false) => format!("all pictures would be named '{}'", path.display()),
        (Some(path), true) => format!(
            "{} is one picture, and '{}' has {{by}} in its name",
            if args.sheet.is_some() {
                "a sheet"
            } else {
                "a picture in several colours"
            },
            path.display()
        ),
    };
    let advice = match (args.sheet, is_one) {
        (_, false) => {
            "name them with {by} where they differ, as in -o 'map-{by}.png', or put them side by side with --sheet 4"
        }
        (None, true) => "name one, as in -o sports.png, or leave out --color-key",
        (Some(_), true) => "name one, as in -o sheet.png, or leave out --sheet",
    };
    Err(Error::usage(fact).advice(advice))
}
