//! What becomes of data that are parted.

use std::path::PathBuf;

use heatmap::error::{Error, Result};
use heatmap::product::batch;
use heatmap::product::batch::PLACEHOLDER;

use super::args::Arguments;

/// How data are parted, and whether the names of files go with that.
pub fn parts(arguments: &Arguments) -> Result<Option<batch::Options>> {
    let (args, outputs) = (&arguments.batches, &arguments.output.output);
    let many = arguments.animation.yes;
    let Some(by) = args.by else {
        if many && arguments.animation.frame_time.is_none() {
            let fact = "--yes is for many frames (--frame-time) or many pictures (--by)";
            return Err(Error::usage(fact).advice("leave it out"));
        }
        return Ok(None);
    };
    let is_named = |path: &PathBuf| path.to_str().is_some_and(|path| path.contains(PLACEHOLDER));
    let odd = outputs
        .iter()
        .find(|path| is_named(path) == args.sheet.is_some());
    let fact = match (odd, args.sheet) {
        (None, _) if outputs.is_empty() => "pictures --by something need names".to_owned(),
        (None, _) => {
            return Ok(Some(batch::Options {
                by: by.into(),
                many,
                sheet: args.sheet,
            }));
        }
        (Some(path), None) => format!("all pictures would be named '{}'", path.display()),
        (Some(path), Some(_)) => format!(
            "a sheet is one picture, and '{}' has {{by}} in its name",
            path.display()
        ),
    };
    let advice = match args.sheet {
        None => {
            "name them with {by} where they differ, as in -o 'map-{by}.png', or put them side by side with --sheet 4"
        }
        Some(_) => "name one, as in -o sheet.png, or leave out --sheet",
    };
    Err(Error::usage(fact).advice(advice))
}
