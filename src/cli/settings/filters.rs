//! Filters of places and tracks, and the user's secret that privacy zones need.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;

use heatmap::error::{Error, ErrorKind, Result};
use heatmap::input::filter::{Circle, Clock, Filters, Moment, Privacy};
use heatmap::product::keep_secret;
use jiff::tz::TimeZone;

use super::args::Arguments;
use super::args::filters::FilterArgs;
use super::values::filters::{Places, circle};

/// The file with the secret, in the folder of the user's configuration.
const SECRET: &str = "heatmap/privacy-secret";

/// Says where a time zone is of no use.
pub fn tell_zone(arguments: &Arguments, warnings: &mut Vec<String>) {
    let args = &arguments.input.filters;
    let by = arguments.batches.by.as_ref();
    let is_used = by.is_some_and(|by| by.by().wants_times())
        || args.needs_calendar()
        || args.after.is_some()
        || args.before.is_some();
    if args.timezone.is_none() {
    } else if arguments.animation.animate {
        let fact = "--timezone is for filters and --by: the frames of a film and --date are UTC";
        warnings.push(fact.to_owned());
    } else if !is_used {
        let fact = "--timezone changes nothing here: it is for --year, --months, --weekdays, --hours, --after, --before and --by";
        warnings.push(fact.to_owned());
    }
}

/// Makes filters of arguments.
///
/// # Errors
/// When a file of places or the secret cannot be read.
pub fn filters(args: FilterArgs) -> Result<Filters> {
    let zone = args.timezone.map(|zone| zone.0);
    let utc = TimeZone::UTC;
    let moment = |moment: Option<Moment>| {
        let zone = zone.as_ref().unwrap_or(&utc);
        let beyond = || Error::usage("a time of --after or --before is out of all calendars");
        moment
            .map(|moment| moment.in_zone(zone).ok_or_else(beyond))
            .transpose()
    };
    let (max_pause, max_leap) = args
        .max_gap
        .map_or((None, None), |gap| (gap.time, gap.ground));
    let mut places = Vec::new();
    for given in args.privacy {
        match given {
            Places::Circle(circle) => places.push(circle),
            Places::File(file) => places.extend(circles(&file)?),
        }
    }
    let mut privacy = Privacy {
        places,
        trim_start: args.trim_start.unwrap_or_default(),
        trim_end: args.trim_end.unwrap_or_default(),
        secret: Vec::new(),
    };
    if privacy.is_set() {
        privacy.secret = match args.privacy_seed {
            Some(seed) => seed.into_bytes(),
            None => secret()?,
        };
    }
    Ok(Filters {
        clock: Clock {
            after: moment(args.after)?,
            before: moment(args.before)?,
            years: args.year.map(|years| years.0).unwrap_or_default(),
            months: args.months.map(|months| months.0).unwrap_or_default(),
            weekdays: args.weekdays.map(|days| days.0).unwrap_or_default(),
            hours: args.hours.map(|hours| hours.0).unwrap_or_default(),
            zone,
        },
        max_speed: args.max_speed.map(|speed| speed.0),
        max_pause,
        max_leap,
        min_length: args.min_length,
        sports: args.sport,
        dedupe: args.dedupe,
        within: args.bounded_by.into_iter().map(|circle| circle.0).collect(),
        privacy,
    })
}

/// The circles in a file: one on each line; blank lines and those that begin with # pass.
fn circles(file: &Path) -> Result<Vec<Circle>> {
    let place = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Error::new(
            ErrorKind::Input,
            format!("{place}: cannot be read: {error}"),
        )
    })?;
    let lines = text.lines().map(str::trim).zip(1..);
    let lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    let circles: Result<Vec<_>> = lines
        .map(|(line, at)| {
            let circle = circle(line);
            circle.map_err(|fact| Error::new(ErrorKind::Input, format!("{place}:{at}: {fact}")))
        })
        .collect();
    let circles = circles?;
    if circles.is_empty() {
        let fact = format!("{place}: there is no place in this file, so nothing would be private");
        return Err(Error::new(ErrorKind::Input, fact));
    }
    Ok(circles)
}

/// The user's secret, which is made when it is needed first.
fn secret() -> Result<Vec<u8>> {
    let no = |fact: String| {
        let error = Error::new(ErrorKind::Output, fact);
        Err(error.advice("give one with --privacy-seed, and the same in every run"))
    };
    let Some(folder) = dirs::config_dir() else {
        return no("there is no folder for the secret of --privacy".to_owned());
    };
    let file = folder.join(SECRET);
    let found = match fs::read(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Another run may be making it as well: the file that is there is the one that counts.
            let made = make_secret(&file);
            fs::read(&file).map_err(|error| made.err().unwrap_or(error))
        }
        found => found,
    };
    match found {
        Ok(secret) if secret.len() >= 32 => Ok(secret),
        Ok(_) => no(format!("{}: this secret is too short", file.display())),
        Err(error) => no(format!("{}: cannot be made: {error}", file.display())),
    }
}

/// Writes a new secret.
fn make_secret(file: &Path) -> std::io::Result<()> {
    // The standard library keys its hashes with random bytes of the system.
    let number = || RandomState::new().build_hasher().finish();
    let secret: String = (0..4).map(|_| format!("{:016x}", number())).collect();
    keep_secret(file, secret.as_bytes())
}
