//! `heatmap serve`: a heat map service, with the options of pictures as its defaults.
//!
//! A command line is of two kinds of words: those of services, which are read here, and those of
//! pictures, which are read as if a picture was asked for, once for each look.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use heatmap::density;
use heatmap::error::{Error, Result};
use heatmap::geo::TrackWeight;
use heatmap::input::{Field, Source};
use heatmap::product::{gather, style};
use heatmap::serve;
use heatmap::serve::Limits;

use super::values::{Memory, PixelCount};
use super::{Refused, Terminals, convert, look, words};

/// The word that asks for it, as the first argument.
pub const WORD: &str = "serve";

/// The groups of options that services have as well.
const GROUPS: [&str; 7] = [
    "Input", "Filters", "Look", "Density", "Colour", "Scale", "Run",
];
/// Options of other groups that they have.
const OTHERS: [&str; 3] = ["background", "title", "attribution"];
/// Options of those groups that they have not.
const VALUES: [&str; 7] = [
    "count_field",
    "surface",
    "support",
    "aggregate",
    "value",
    "idw_power",
    "zoom_level",
];

/// Where to begin.
const EXAMPLES: &str = "\
Examples:
  heatmap serve hikes/                       a map at http://127.0.0.1:8080/
  heatmap serve --listen 0.0.0.0:80 -r 12 --scheme fire places.csv
  heatmap serve --cors '*' --max-age 3600 places.csv

docs/service.md has what it answers to. The other options are those of pictures, and are what answers
look like where a request does not say otherwise.";

/// Serves heat maps over HTTP: pictures, tiles, points and legends
#[derive(Debug, Parser)]
#[command(
    name = "heatmap serve",
    max_term_width = 100,
    args_override_self = true,
    disable_help_flag = true
)]
#[command(override_usage = "heatmap serve [--listen ADDRESS] [OPTIONS] FILE...")]
#[command(next_help_heading = "Service")]
struct Own {
    /// Accept connections at this address and port, or this port of 127.0.0.1; port 0 is any that
    /// is free
    #[arg(long, visible_alias = "port", value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Tell metrics of Prometheus at this address, under /metrics
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    metrics_listen: Option<SocketAddr>,
    /// The address by which it is known outside, for the addresses of tiles that it tells [default:
    /// the host that a request names]
    #[arg(long, value_name = "URL", value_parser = public)]
    public_url: Option<String>,
    /// Let pages of these origins use the answers: '*' for all, or some with commas between them
    #[arg(long, value_name = "ORIGINS", value_parser = origins)]
    cors: Option<String>,
    /// How many seconds others may keep an answer without asking whether it is still true
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    max_age: u32,
    /// Look for changes of the files every so many seconds, and read them again when they have come
    /// to rest; so does the signal HUP at once
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    watch: Option<u32>,
    /// How long answers of a table hold that is asked live, as 60s or 5min [default: 60s]
    #[arg(long, value_name = "SPAN", value_parser = super::values::filters::span)]
    refresh: Option<Duration>,
    /// Keep the data in a file as they are served, and begin with it as long as files and options
    /// are the same
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// Memory for answers that are kept
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    cache: Memory,
    /// The longest side of a picture
    #[arg(long, value_name = "PIXELS", default_value = "2048")]
    largest_side: PixelCount,
    /// The most pixels of a picture
    #[arg(long, value_name = "COUNT", default_value = "4194304")]
    largest_picture: PixelCount,
    /// The largest radius, in pixels
    #[arg(long, value_name = "PIXELS", default_value = "256", value_parser = super::values::positive)]
    largest_radius: f64,
    /// The most seconds of work on an answer, waiting included
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    longest_work: u32,
    /// The most points in one answer
    #[arg(long, value_name = "COUNT", default_value_t = 50_000)]
    most_points: u32,
    /// The most connections at a time
    #[arg(long, value_name = "COUNT", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    most_connections: u32,
}

/// What is served, and how the program behaves meanwhile.
#[derive(Debug)]
pub struct Serve {
    pub service: serve::Options,
    pub threads: Option<usize>,
    pub quiet: bool,
    pub verbose: bool,
    /// What is odd about the command line, but no error.
    pub warnings: Vec<String>,
}

/// Reads a command line whose first argument is the [`WORD`].
///
/// # Errors
/// When it asks for help, or makes no sense.
pub fn parse(line: &[OsString], terminals: Terminals) -> Result<Serve, Refused> {
    let (own, picture) = words::apart::<Own>(line, || help(terminals))?;
    fits(&picture).map_err(Refused::ByUs)?;
    // Nobody pipes data into a service without saying so.
    let terminals = Terminals {
        stdin: true,
        ..terminals
    };
    let settings = super::parse(picture, terminals)?;
    let style = settings.product.style;
    heats(&style).map_err(Refused::ByUs)?;
    let data = data(settings.product.data, &style);
    let live = live(&data, own.refresh).map_err(Refused::ByUs)?;
    if own.index.is_some() {
        are_files(&data).map_err(Refused::ByUs)?;
    }
    let looks = looks(&data, &style);
    let attribution = style.credit.clone();
    let title = style.title.clone();
    let mut warnings = settings.warnings;
    convert::tell_unmeasured(&style.passes, &mut warnings);
    warnings.extend(words::shadowed(WORD));
    let usual = Limits::default();
    let service = serve::Options {
        data,
        looks,
        listen: own.listen,
        metrics: own.metrics_listen,
        limits: Limits {
            side: own.largest_side.0.clamp(1, 65_500) as u32,
            pixels: own.largest_picture.0,
            radius: own.largest_radius,
            work: Duration::from_secs(own.longest_work.into()),
            points: own.most_points,
            connections: own.most_connections as usize,
            ..usual
        },
        cache: own.cache.0,
        max_age: Duration::from_secs(own.max_age.into()),
        cors: own.cors,
        public: own.public_url,
        attribution,
        title: title.unwrap_or_else(|| "Heat map".to_owned()),
        live,
        index: own.index,
        watch: own.watch.map(|seconds| Duration::from_secs(seconds.into())),
        renderers: settings.threads,
    };
    Ok(Serve {
        service,
        threads: settings.threads,
        quiet: settings.quiet,
        verbose: settings.verbose,
        warnings,
    })
}

/// Refuses values, of which 0 is one: a service holds what weighs something.
fn heats(style: &style::StyleOptions) -> Result<()> {
    let refuse = |fact: &str| Err(Error::usage(fact).advice("see heatmap serve --help"));
    let mut passes = style.passes.iter().map(|pass| &pass.density);
    if passes.clone().any(density::HeatOptions::has_values) {
        return refuse("--surface and --aggregate are for pictures and tiles, not for a service");
    }
    if passes.any(|density| density.zoom_level.is_some()) {
        return refuse("--zoom-level is for pictures, and not for a service");
    }
    Ok(())
}

/// The data as all looks want them: with their tracks, which some go by and others do not. By time
/// pieces have weights of their own.
fn data(data: gather::DataOptions, style: &style::StyleOptions) -> gather::DataOptions {
    let by_time = style.widest().track_weight == TrackWeight::Time;
    let mut data = data;
    // Requests may ask for them.
    data.input.times = true;
    data.input.track_weight = if by_time {
        TrackWeight::Time
    } else {
        TrackWeight::Visits
    };
    data
}

/// Refuses an index of what cannot be seen to change.
fn are_files(data: &gather::DataOptions) -> Result<()> {
    let is_file = |source: &Source| matches!(source, Source::File(_));
    if data.sources.iter().all(is_file) {
        return Ok(());
    }
    let fact = "--index is for files: nobody can tell whether a database or a pipe has changed";
    Err(Error::usage(fact))
}

/// How long answers hold, if the data are one table of a database whose geometries are named: then
/// it is asked for what each request needs, and not read once.
fn live(data: &gather::DataOptions, refresh: Option<Duration>) -> Result<Option<Duration>> {
    const USUAL: Duration = Duration::from_mins(1);
    let (input, columns) = (&data.input, &data.input.columns);
    let is_one = matches!(data.sources[..], [Source::Database(_)])
        && input.databases.layers.len() == 1
        && matches!(columns.geometry_field, Some(Field::Name(_)));
    if !is_one {
        let Some(_) = refresh else { return Ok(None) };
        let fact = "--refresh is for a table that is asked live";
        let advice = "give the address of one database, --table and --geometry-field";
        return Err(Error::usage(fact).advice(advice));
    }
    let has_tracks = columns.track_field.is_some() || columns.polyline_field.is_some();
    let has_filters =
        input.filters.is_set() || !columns.conditions.is_empty() || input.max_accuracy.is_some();
    if has_filters || has_tracks {
        let fact = "a table that is asked live has neither filters nor tracks";
        let advice = "read it once by a query, as in --sql 'SELECT * FROM points'";
        return Err(Error::usage(fact).advice(advice));
    }
    Ok(Some(refresh.unwrap_or(USUAL)))
}

/// The style of the command line, and the looks that are part of the program, for requests that
/// name one.
fn looks(
    data: &gather::DataOptions,
    style: &style::StyleOptions,
) -> Vec<(String, style::StyleOptions)> {
    let own = style::StyleOptions {
        title: None,
        credit: None,
        ..style.clone()
    };
    let silent = Terminals {
        stdin: true,
        stdout: false,
        colors: false,
    };
    let named = look::names().filter_map(|name| {
        let words = [
            "heatmap",
            "-o",
            "png:-",
            "--no-config",
            "--look",
            name,
            "none",
        ];
        let settings = super::parse(words.map(OsString::from), silent).ok()?;
        let style = settings.product.style;
        let weight = style.widest().track_weight;
        let by_time = data.input.track_weight == TrackWeight::Time;
        (by_time == (weight == TrackWeight::Time)).then(|| (name.to_owned(), style))
    });
    std::iter::once(("default".to_owned(), own))
        .chain(named)
        .collect()
}

/// Refuses options that are for pictures in files alone.
fn fits(picture: &[OsString]) -> Result<()> {
    // A service holds every point by itself.
    let is_ours = |group: Option<&str>, id: &str| {
        is_shared(group.unwrap_or("Input"), id) && id != "count_field"
    };
    let Some(arg) = words::stranger(picture, is_ours) else {
        return Ok(());
    };
    let name = arg.get_long().unwrap_or(arg.get_id().as_str());
    let fact = format!("--{name} is for pictures in files, and not for a service");
    Err(Error::usage(fact).advice("see heatmap serve --help"))
}

/// Whether services have an option of pictures of a group.
fn is_shared(group: &str, id: &str) -> bool {
    GROUPS.contains(&group) || OTHERS.contains(&id)
}

/// The options of services, and those of pictures that they have.
fn help(terminals: Terminals) -> String {
    let is_ours = |group: &str, id: &str| is_shared(group, id) && !VALUES.contains(&id);
    words::help::<Own>(terminals, is_ours, EXAMPLES)
}

/// `--listen`: an address and a port, the name of a host and one, or a port alone.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| "not an address and a port, such as 127.0.0.1:8080".to_owned())
}

/// `--public-url`
fn public(text: &str) -> Result<String, String> {
    let is_sound = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\`{|}?#".contains(&byte);
    let is_web = text.starts_with("http://") || text.starts_with("https://");
    if is_web && text.bytes().all(is_sound) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("not an address such as https://example.org/heat".to_owned())
    }
}

/// `--cors`
fn origins(text: &str) -> Result<String, String> {
    let is_origin = |origin: &str| {
        let origin = origin.trim();
        let rest = origin
            .strip_prefix("https://")
            .or(origin.strip_prefix("http://"));
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_host))
    };
    if text == "*" || text.split(',').all(is_origin) {
        Ok(text.to_owned())
    } else {
        Err("neither '*' nor origins such as https://example.org".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPES: Terminals = Terminals {
        stdin: false,
        stdout: false,
        colors: false,
    };

    fn parsed(line: &str) -> Result<Serve, Refused> {
        let words = ["heatmap", WORD].into_iter().chain(line.split_whitespace());
        let words: Vec<OsString> = words.map(OsString::from).collect();
        parse(&words, PIPES)
    }

    fn fact(line: &str) -> String {
        match parsed(line) {
            Err(Refused::ByUs(error)) => error.fact,
            Err(Refused::ByClap(error)) => error.to_string(),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn words_of_services_and_of_pictures_go_together() {
        let serve = parsed("a.csv --listen 127.0.0.1:0 -r 9 --cors=* --scheme fire b.csv").unwrap();
        assert_eq!(serve.service.listen.port(), 0);
        assert_eq!(serve.service.cors.as_deref(), Some("*"));
        assert_eq!(serve.service.data.sources.len(), 2);
        let (name, style) = &serve.service.looks[0];
        assert_eq!(name, "default");
        assert_eq!(
            style.passes[0].density.radius,
            heatmap::geo::Radius::Pixels(9.0)
        );
        assert!(serve.service.looks.iter().any(|(name, _)| name == "tracks"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(fact("").contains("no file to read"));
        for option in [
            "--osm",
            "-W 100",
            "--animate",
            "-o x.png",
            "-S x",
            "--bbox 1,2,3,4",
            "--legend",
            "--surface mean",
            "--aggregate max",
            "--surface mean -k idw",
            "--zoom-level 9",
            "--count-field n",
        ] {
            let fact = fact(&format!("a.csv {option}"));
            assert!(fact.contains("not for a service"), "{option}: {fact}");
        }
        assert!(fact("a.csv --listen nowhere").contains("127.0.0.1:8080"));
        let port = parsed("a.csv --port 8099").unwrap().service.listen;
        assert_eq!(port.to_string(), "127.0.0.1:8099");
        assert!(fact("a.csv --refresh 60s").contains("asked live"));
        assert!(fact("- --index x.idx").contains("for files"));
        assert!(fact("a.csv --refresh soon").contains("60s"));
        let table = "postgresql://h/d --table public.points --geometry-field geom";
        for option in [
            "--after 2024",
            "--privacy 1,1,300m --privacy-seed s",
            "--where kind=car",
            "--max-accuracy 20",
            "--track-field id",
        ] {
            let fact = fact(&format!("{table} {option}"));
            assert!(
                fact.contains("neither filters nor tracks"),
                "{option}: {fact}"
            );
        }
        let live = |line: &str| {
            parsed(line)
                .unwrap()
                .service
                .live
                .map(|period| period.as_secs())
        };
        assert_eq!(live(table), Some(60));
        assert_eq!(live(&format!("{table} --refresh 5min")), Some(300));
        assert_eq!(live("postgresql://h/d --table public.points"), None);
        assert!(fact("a.csv --cors example.org").contains("origins"));
        assert!(fact("a.csv --public-url javascript:x").contains("https://"));
        assert!(fact("a.csv --nope").contains("--nope"));
    }

    #[test]
    fn help_has_the_options_of_services_and_no_others() {
        let Err(Refused::Answer(text)) = parsed("--help") else {
            panic!("no help")
        };
        for name in [
            "--listen",
            "--radius",
            "--scheme",
            "--weight-field",
            "--attribution",
        ] {
            assert!(text.contains(name), "{name}: {text}");
        }
        for name in [
            "--osm ",
            "--animate",
            "--surface",
            "--idw-power",
            "--output",
            "--bbox",
        ] {
            assert!(!text.contains(name), "{name}: {text}");
        }
    }
}
