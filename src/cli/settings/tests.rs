//! Command lines, and what they come to.

use super::values::Memory;
use super::*;
use heatmap::composite::{Corner, Light};
use heatmap::density::Kernel;
use heatmap::encode::{FORMATS, Facts, Format, Moves, Purpose};
use heatmap::error::ErrorKind;
use heatmap::geo::{Crs, Radius};
use heatmap::input::{Field, reader_named};
use heatmap::product::Target;
use heatmap::product::animation::{Pace, Trail};
use heatmap::product::style::Place;
use heatmap::product::tiles::Kind;
use heatmap::{color, composite, density, geo};

const PIPES: Terminals = Terminals {
    stdin: false,
    stdout: false,
    colors: false,
};

fn parsed(line: &str) -> Result<Settings, Refused> {
    let words = std::iter::once("heatmap")
        .chain(line.split_whitespace())
        .map(OsString::from);
    parse(words, PIPES)
}

fn settings(line: &str) -> Settings {
    parsed(line).unwrap_or_else(|refused| panic!("{line}: {refused:?}"))
}

fn exit_code(line: &str) -> i32 {
    match parsed(line).expect_err(line) {
        Refused::ByClap(error) => error.exit_code(),
        Refused::Schemes { .. } | Refused::Answer(_) => 0,
        Refused::ByUs(error) => error.kind.exit_code().into(),
    }
}

#[test]
fn defaults_are_heatmap_pys() {
    let settings = settings("data.csv");
    assert_eq!(
        settings.product.style.passes[0].density,
        density::HeatOptions {
            kernel: Kernel::Linear,
            radius: Radius::Pixels(5.0),
            decay: 0.95,
            memory: Memory::within_limits().0,
            ..density::HeatOptions::default()
        }
    );
    assert_eq!(settings.product.frame.map, geo::MapOptions::default());
    assert_eq!(
        settings.product.style.passes[0].color,
        color::ColorOptions::default()
    );
    assert_eq!(
        settings.product.style.background,
        composite::BackgroundOptions::default()
    );
    assert_eq!(
        settings.product.files.files,
        [(Target::Stdout, Format::Png)]
    );
}

#[test]
fn words_of_long_options_are_joined_either_way_or_cut_short() {
    for line in [
        "--background_image a.png f",
        "--background-image=a.png f",
        "--background_im a.png f",
    ] {
        assert_eq!(
            settings(line).product.style.background.image,
            Some("a.png".into()),
            "{line}"
        );
    }
}

#[test]
fn values_keep_their_underscores_and_minus_signs() {
    assert_eq!(
        settings("--lat-field=my_lat -- --odd_name")
            .product
            .data
            .sources,
        [Source::File("--odd_name".into())]
    );
    assert_eq!(
        settings("--lat-field=my_lat f")
            .product
            .data
            .input
            .columns
            .lat_field,
        Some(Field::Name("my_lat".into()))
    );
    assert_eq!(
        settings("-e -85,-180,85,180 f")
            .product
            .frame
            .map
            .extent
            .map(|e| e.to_string()),
        Some("-85,-180,85,180".into())
    );
}

#[test]
fn dots_are_jjguys_unless_something_else_is_said() {
    let pass = |line: &str| settings(line).product.style.passes.remove(0);
    let dots = pass("--scheme classic --dotsize 150 --opacity 0.5 f");
    assert_eq!(
        (dots.density.kernel, dots.density.radius, dots.density.decay),
        (Kernel::Gaussian, Radius::Pixels(75.0), 1.0)
    );
    assert_eq!(
        (dots.color.scale.how, dots.color.gradient.opacity),
        (color::How::Saturate, 0.5)
    );
    let others = pass("--dotsize 150 -k linear -d 0.5 --max 3 f");
    assert_eq!(
        (others.density.kernel, others.density.decay),
        (Kernel::Linear, 0.5)
    );
    assert_eq!(others.color.scale.how, color::How::Linear);
    assert_eq!(exit_code("--dotsize 150 -r 5 f"), 2);
}

#[test]
fn schemes_are_listed_in_colour_where_that_is_wanted() {
    let list = |colors| match parse(
        ["heatmap", "--scheme", "list"].map(OsString::from),
        Terminals { colors, ..PIPES },
    ) {
        Err(Refused::Schemes { colors }) => super::color::list(colors),
        other => panic!("{other:?}"),
    };
    assert!(list(true).contains("viridis  \x1b[48;2;") && list(false).contains("viridis\n"));
}

#[test]
fn old_forms_still_name_files() {
    for (line, filetype) in [
        ("-p a", "plain"),
        ("--points a", "plain"),
        ("--csv a", "csv"),
        ("--shp_file a", "shp"),
        ("-g a", "gpx"),
        ("--gpx a", "gpx"),
    ] {
        let settings = settings(line);
        assert_eq!(
            (
                settings.product.data.sources.len(),
                settings.product.data.input.filetype
            ),
            (1, reader_named(filetype)),
            "{line}"
        );
        assert!(settings.warnings[0].contains("deprecated"), "{line}");
    }
}

#[test]
fn every_option_arrives() {
    let settings = settings(
        "-P equirectangular -W 30 -H 20 -s 2.5 -R 4 -r 7.5 -d 0 -k exponential -I b.png -N -o a.JPG -v -",
    );
    assert_eq!(
        (
            settings.product.frame.map.crs,
            settings.product.frame.map.scale,
            settings.product.frame.map.margin
        ),
        (Crs::Wgs84, Some(2.5), 4)
    );
    assert_eq!(
        settings.product.style.passes[0].density,
        density::HeatOptions {
            kernel: Kernel::Exponential,
            radius: Radius::Pixels(7.5),
            decay: 0.0,
            memory: Memory::within_limits().0,
            ..density::HeatOptions::default()
        }
    );
    assert_eq!(
        (
            settings.product.style.background.adjust.light,
            settings.product.files.files,
            settings.verbose
        ),
        (
            Light::Inverted,
            vec![(Target::File("a.JPG".into()), Format::Jpeg)],
            true
        )
    );
    assert_eq!(settings.product.data.sources, [Source::Stdin]);
}

#[test]
fn nonsense_is_a_usage_error() {
    for line in [
        "-r 0 f",
        "-r -1 f",
        "-d 1.5 f",
        "-W 0 f",
        "-H -3 f",
        "-s 0 f",
        "-e 1,2,3 f",
        "-m 12 f",
        "-b nocolor f",
        "-k round f",
        "-P globe f",
        "-q -v f",
        "-o heat.xyz f",
        "-o heat f",
        "--lat-field 0 f",
    ] {
        assert_eq!(exit_code(line), 2, "{line}");
    }
    assert_eq!(
        exit_code("-W 100000 -H 100000 f"),
        i32::from(ErrorKind::Limit.exit_code())
    );
    assert_eq!(exit_code("--version"), 0);
}

/// Why a command line is refused.
fn reason(line: &str) -> String {
    match parsed(line).expect_err(line) {
        Refused::ByClap(error) => error.to_string(),
        Refused::ByUs(error) => error.fact,
        Refused::Schemes { .. } | Refused::Answer(_) => String::new(),
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_reason() {
    for (line, why) in [
        (
            "f --bbox-crs EPSG:3857",
            "for --bbox and -e, and there is neither",
        ),
        (
            "f --bbox-crs EPSG:3857 -P xy -e 1,2,3,4",
            "boxes of plain x and y are in x and y",
        ),
        ("f --bbox 1,2,3", "not four numbers"),
        (
            "f --crs EPSG:4326 --force-crs=EPSG:3857",
            "name a coordinate system each",
        ),
        ("f --force-crs", "needs a coordinate system"),
        (
            "f -P xy --crs EPSG:4326",
            "of no coordinate system on the earth",
        ),
        ("f --delimiter ab", "one character, or tab, comma"),
        ("f --delimiter \"", "one character, or tab, comma"),
        ("f --privacy 1,1,200km", "the radius is more than 100km"),
        ("f --timezone nowhere/x", "not a time zone"),
        ("f -o a.png --min-zoom 3", "--min-zoom is for tiles"),
        ("f -o t.pmtiles -P equirectangular", "in Mercator"),
        (
            "f -o t.pmtiles --min-zoom 6 --max-zoom 5",
            "the largest zoom, 5, is less than the smallest, 6",
        ),
        (
            "f -o t.pmtiles --min-zoom 2 --tiles 5/16/11",
            "no tile of zoom 2 is below 5/16/11",
        ),
        ("f -o t.pmtiles --tiles 5/16", "a tile is three numbers"),
        ("f -o t.pmtiles --tiles 5/16/32", "counted from 0 to 31"),
        ("f -o t.pmtiles --tiles 60/0/0", "no zooms beyond 22"),
    ] {
        assert_eq!(exit_code(line), 2, "{line}");
        let said = reason(line);
        assert!(said.contains(why), "{line}: {said}");
    }
}

#[test]
fn characters_between_columns_have_names_as_well() {
    for (word, byte) in [
        ("tab", b'\t'),
        ("\\t", b'\t'),
        ("comma", b','),
        ("semicolon", b';'),
        ("bar", b'|'),
        ("space", b' '),
        ("|", b'|'),
        ("~", b'~'),
    ] {
        let columns = settings(&format!("f --delimiter {word}"))
            .product
            .data
            .input
            .columns;
        assert_eq!(columns.delimiter, Some(byte), "{word}");
    }
}

#[test]
fn animations_are_by_count_unless_they_are_by_time() {
    let animation = |line: &str| settings(line).animation.expect(line);
    let by_count = animation("-a --frequency 3 --straggler_threshold 2 -F -r -K -o a.gif f");
    assert_eq!(
        by_count.pace,
        Pace::Count {
            every: 3,
            straggler: 2
        }
    );
    assert_eq!(
        (by_count.ffmpeg, by_count.keep_frames),
        (vec!["-r".to_owned()], true)
    );
    let by_time = animation("-a --frame-time 1d --half-life 36h -o a.gif f");
    assert_eq!(
        (by_time.pace, by_time.trail),
        (Pace::Time("1d".parse().unwrap()), Trail::HalfLife(1.5))
    );
    let input = |line: &str| settings(line).product.data.input;
    assert!(input("-a -o a.gif f").in_order && !input("-a --frame-time 1d -o a.gif f").in_order);
    assert!(input("-a --frame-time 1d -o a.gif f").times && !input("-a -o a.gif f").times);
}

#[test]
fn with_saved_heat_nothing_else_need_be_read() {
    let loaded = settings("-L a.heat -L b.heat -S c.heat");
    assert_eq!(
        (
            loaded.product.load.len(),
            loaded.product.data.sources.len(),
            loaded.product.files.files.len()
        ),
        (2, 0, 0)
    );
    assert_eq!(
        settings("-L a.heat -").product.data.sources,
        [Source::Stdin]
    );
}

#[test]
fn of_an_option_that_comes_twice_the_last_wins() {
    let twice = settings("-W 100 -d 0.1 -W 200 -d 0.2 f");
    assert_eq!(
        (
            twice.product.frame.map.width.map(std::num::NonZero::get),
            twice.product.style.passes[0].density.decay
        ),
        (Some(200), 0.2)
    );
}

#[test]
fn a_place_for_the_legend_may_follow_after_a_blank() {
    let legend = |line: &str| {
        let product::Options {
            style,
            extras,
            data,
            ..
        } = settings(line).product;
        (style.legend, extras.legend, data.sources.len())
    };
    assert_eq!(legend("--legend f.csv"), (Some(Place::Emptiest), None, 1));
    assert_eq!(
        legend("--legend top-left f.csv"),
        (Some(Place::In(Corner::TopLeft)), None, 1)
    );
    assert_eq!(
        legend("f.csv --legend key.png"),
        (None, Some("key.png".into()), 1)
    );
    assert_eq!(legend("f.csv -- --legend top-left"), (None, None, 3));
}

#[test]
fn terminals_are_no_place_for_data() {
    let on = |stdin, stdout| {
        parse(
            ["heatmap".into()],
            Terminals {
                stdin,
                stdout,
                colors: stdout,
            },
        )
    };
    assert!(on(true, false).is_err() && on(true, true).is_err());
    assert_eq!(
        on(false, false).unwrap().product.data.sources,
        [Source::Stdin]
    );
}

#[test]
fn a_picture_without_a_file_is_drawn_on_a_terminal_or_where_the_user_says_how() {
    let terminal = |line: &str, stdout| {
        let words = std::iter::once("heatmap")
            .chain(line.split_whitespace())
            .map(OsString::from);
        let terminals = Terminals {
            stdin: false,
            stdout,
            colors: stdout,
        };
        let settings = parse(words, terminals).unwrap();
        (settings.display, settings.product.files.files.len())
    };
    assert_eq!(terminal("f", true), (Some(Choice::Auto), 0));
    assert_eq!(
        terminal("--terminal sixel f", true),
        (Some(Choice::Sixel), 0)
    );
    assert_eq!(
        terminal("--terminal blocks f", false),
        (Some(Choice::Blocks), 0)
    );
    for (line, stdout) in [
        ("f", false),
        ("--terminal auto f", false),
        ("-o - f", true),
        ("-o a.png --terminal kitty f", true),
    ] {
        assert_eq!(terminal(line, stdout), (None, 1), "{line}");
    }
}

#[test]
fn the_command_line_is_kept_as_it_was_written() {
    assert_eq!(
        settings("--osm_base file:a -v b").written,
        ["--osm_base", "file:a", "-v", "b"]
    );
}

#[test]
fn a_time_field_asks_for_times() {
    assert!(!settings("data.csv").product.data.input.times);
    let input = settings("--time-field 4 data.csv").product.data.input;
    assert_eq!(
        (input.times, input.columns.time_field),
        (true, Some(Field::Number(4)))
    );
}

/// All extensions that the help of an option names.
fn named(option: &str) -> Vec<String> {
    let command = <args::Arguments as clap::CommandFactory>::command();
    let option = command.get_arguments().find(|arg| arg.get_id() == option);
    let help = option.unwrap().get_help().unwrap().to_string();
    help.split([' ', ';', ','])
        .filter_map(|word| word.strip_prefix('.'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_names_the_formats_there_are() {
    let (stills, films) = (named("output"), named("animate"));
    for (names, purpose) in [(&stills, Purpose::Still), (&films, Purpose::Film)] {
        assert!(names.len() > 3, "{names:?}");
        for name in names {
            let file = format!("heat.{name}");
            let is_store = purpose == Purpose::Still && Kind::of(file.as_ref()).is_some();
            assert!(
                is_store || Format::of(file.as_ref(), purpose).is_ok(),
                "{name}"
            );
        }
    }
    // PNG as RGBA has no ending of its own.
    let named_by_ending =
        |facts: &&Facts| facts.moves != Moves::Always && !facts.extensions.is_empty();
    for facts in FORMATS.iter().filter(named_by_ending) {
        let is_named = |name: &&str| stills.iter().any(|still| still == *name);
        assert!(facts.extensions.iter().any(is_named), "{:?}", facts.format);
    }
}

#[test]
fn abbreviations_that_are_unique_in_heatmap_py_keep_their_meaning() {
    for option in HEATMAP_PY {
        for end in 3..=option.len() {
            let prefix = &option[..end];
            let others = HEATMAP_PY.iter();
            let is_unique = others.filter(|other| other.starts_with(prefix)).count() == 1;
            if is_unique {
                assert_eq!(unabbreviated(prefix), option, "{prefix}");
            }
        }
    }
    assert_eq!(unabbreviated("--keep"), "--keepframes");
    assert_eq!(unabbreviated("--"), "--");
}

/// A value that each of heatmap.py's options takes; `None` for a switch.
fn value_of(option: &str) -> Option<&'static str> {
    Some(match option {
        "--background" => "black",
        "--background-brightness" | "--decay" => "0.5",
        "--extent" => "-10,-20,10,20",
        "--ffmpegopts" => "-an",
        "--filetype" => "csv",
        "--frequency"
        | "--height"
        | "--margin"
        | "--radius"
        | "--scale"
        | "--straggler-threshold"
        | "--width"
        | "--zoom" => "7",
        "--hsva-max" | "--hsva-min" => "000ffff00",
        "--kernel" => "gaussian",
        "--osm-base" => "http://127.0.0.1",
        "--osm-path-template" => "/{z}/{x}/{y}",
        "--projection" => "equirectangular",
        "--background-image" | "--csv" | "--gpx" | "--gradient" | "--load" | "--output"
        | "--points" | "--save" | "--shp-file" => "a.png",
        _ => return None,
    })
}

/// What a command line with an option comes to, in words.
fn outcome(option: &str, value: Option<&str>) -> String {
    let more = match value {
        Some(_) if option.starts_with("--z") => "--osm f",
        _ => "f",
    };
    let line = format!("{option} {} {more}", value.unwrap_or_default());
    let words = ["heatmap"].into_iter().chain(line.split_whitespace());
    let settings = parse(words.map(OsString::from), PIPES).map(|settings| Settings {
        written: Vec::new(),
        ..settings
    });
    format!("{settings:?}")
}

#[test]
fn every_prefix_that_is_unique_in_heatmap_py_comes_to_the_same_settings() {
    let mut prefixes = 0;
    for option in HEATMAP_PY {
        let value = value_of(option);
        let whole = outcome(option, value);
        assert!(!whole.contains("unexpected argument"), "{option}: {whole}");
        for end in 3..option.len() {
            let prefix = &option[..end];
            let alike = HEATMAP_PY.iter().filter(|other| other.starts_with(prefix));
            if alike.count() == 1 {
                prefixes += 1;
                for written in [
                    prefix.to_owned(),
                    format!("--{}", prefix[2..].replace('-', "_")),
                ] {
                    assert_eq!(outcome(&written, value), whole, "{written}");
                }
            }
        }
    }
    assert!(prefixes > 150, "{prefixes}");
}
