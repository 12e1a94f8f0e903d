//! Arguments of ffmpeg: how frames come, our defaults, and then what the user wants.
//!
//! Without options a film must play everywhere: with colours at half the resolution (`yuv420p`),
//! which is all that most players know and which needs even sides, and beginning with its table of
//! contents where it would else be at the end.

use std::ffi::OsString;
use std::path::Path;

use crate::encode::film::Rate;
use crate::raster::Size;

/// Even sides.
const PAD: &str = "pad=ceil(iw/2)*2:ceil(ih/2)*2";
/// The colours of high-definition television, which players assume and ffmpeg does not.
const TO_COLORS: &str = ",scale=out_color_matrix=bt709:out_range=tv";
/// The name of those colours, where the file has a place for it.
const COLORS: [&str; 8] = [
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-color_range",
    "tv",
];
/// The rates that MPEG-1 and MPEG-2 know, as far as they are whole.
const MPEG_RATES: [u16; 5] = [24, 25, 30, 50, 60];

/// The arguments for a film.
pub fn of(output: &Path, size: Size, rate: Rate, options: &[String]) -> Vec<OsString> {
    let extension = output
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let sides = format!("{}x{}", size.width(), size.height());
    let rate_text = format!("{}/{}", rate.frames(), rate.seconds());
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |more: &[&str]| arguments.extend(more.iter().map(OsString::from));
    // Without `-xerror` it ends with 0 even where it could not write the end of the film.
    add(&[
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "error",
        "-xerror",
        "-y",
    ]);
    // Our pixels as they are; the fourth byte is passed over.
    add(&[
        "-f", "rawvideo", "-pix_fmt", "rgb0", "-s", &sides, "-r", &rate_text, "-i", "-",
    ]);
    if !chosen(options, &["-vf", "-filter", "-filter_complex", "-lavfi"]) {
        let has_colors = matches!(&*extension, "mp4" | "m4v" | "mov" | "mkv" | "webm");
        add(&["-vf", &filter(size, has_colors)]);
        add(if has_colors { &COLORS } else { &[] });
    }
    add(&defaults(&extension, options));
    if matches!(&*extension, "mpeg" | "mpg") {
        add(&["-r", &mpeg_rate(rate)]);
    }
    arguments.extend(options.iter().map(OsString::from));
    // Without this, a colon or a dash in the name would mean something.
    let mut file = OsString::from("file:");
    file.push(output);
    arguments.push(file);
    arguments
}

/// Filters for even sides. What is added repeats the edge: black would be a hairline along a
/// light film.
fn filter(size: Size, to_colors: bool) -> String {
    let (right, bottom) = (size.width() % 2, size.height() % 2);
    let smear = if right + bottom > 0 {
        format!(",fillborders=right={right}:bottom={bottom}:mode=smear")
    } else {
        String::new()
    };
    let colors = if to_colors { TO_COLORS } else { "" };
    format!("{PAD}{smear}{colors}")
}

fn defaults(extension: &str, options: &[String]) -> Vec<&'static str> {
    let mut defaults = Vec::new();
    let coded = chosen(options, &["-c", "-codec", "-vcodec", "-pix_fmt"]);
    if !coded {
        defaults.extend(["-pix_fmt", "yuv420p"]);
    }
    if matches!(extension, "mp4" | "m4v" | "mov") {
        defaults.extend(["-movflags", "+faststart"]);
    }
    // The old codecs take so few bits, when nobody says how many, that everything is blocks.
    if !coded && !chosen(options, &["-q", "-qscale", "-b", "-vb"]) {
        match extension {
            "avi" | "mpeg" | "mpg" | "wmv" | "flv" | "ts" => defaults.extend(["-q:v", "3"]),
            "ogv" => defaults.extend(["-q:v", "8"]),
            _ => {}
        }
    }
    defaults
}

/// Whether options have one of these names, with or without a stream (`-c:v`).
fn chosen(options: &[String], names: &[&str]) -> bool {
    options
        .iter()
        .any(|option| names.contains(&option.split(':').next().unwrap_or_default()))
}

/// The slowest rate of MPEG that shows every frame equally long, or else the fastest.
fn mpeg_rate(rate: Rate) -> String {
    let whole = |standard: &&u16| {
        u32::from(**standard) * u32::from(rate.seconds()) % u32::from(rate.frames()) == 0
    };
    MPEG_RATES.iter().find(whole).unwrap_or(&60).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(output: &str, rate: (u32, u32), options: &[&str]) -> String {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let arguments = of(
            Path::new(output),
            Size::new(3, 5).unwrap(),
            Rate::new(rate.0, rate.1).unwrap(),
            &options,
        );
        arguments
            .iter()
            .map(|argument| argument.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn defaults_play_everywhere() {
        let mp4 = told("-a:b/c.MP4", (24, 1), &[]);
        assert!(
            mp4.contains("-f rawvideo -pix_fmt rgb0 -s 3x5 -r 24/1 -i - "),
            "{mp4}"
        );
        assert!(
            mp4.contains("-pix_fmt yuv420p -movflags +faststart"),
            "{mp4}"
        );
        assert!(mp4.contains("pad=ceil"), "{mp4}");
        assert!(
            mp4.contains(",fillborders=right=1:bottom=1:mode=smear,scale="),
            "{mp4}"
        );
        assert!(mp4.ends_with(" file:-a:b/c.MP4"), "{mp4}");
        assert!(!told("a.mkv", (24, 1), &[]).contains("-movflags"));
    }

    #[test]
    fn what_the_user_chooses_is_not_chosen_before() {
        let chosen = told("a.avi", (24, 1), &["-c:v", "ffv1", "-vf", "hflip"]);
        assert!(
            !chosen.contains("yuv420p") && !chosen.contains("pad=") && !chosen.contains("-q:v"),
            "{chosen}"
        );
        assert!(
            chosen.ends_with("-c:v ffv1 -vf hflip file:a.avi"),
            "{chosen}"
        );
        assert!(!told("a.mpg", (24, 1), &["-b:v", "2M"]).contains("-q:v"));
    }

    #[test]
    fn mpeg_gets_a_rate_that_it_knows() {
        for (rate, known) in [
            ((10, 1), 30),
            ((24, 1), 24),
            ((12, 1), 24),
            ((1, 2), 24),
            ((50, 1), 50),
            ((7, 1), 60),
            ((100, 1), 60),
        ] {
            assert!(
                told("a.mpg", rate, &[]).contains(&format!(" -r {known} ")),
                "{rate:?}"
            );
        }
    }
}
