//! Feedback on a terminal: the line that says what was made of what, and how long work still takes.

use std::time::Duration;

use heatmap::product::{Done, Target};
use indicatif::HumanCount;

/// What was made of what, as far as it is known.
#[derive(Debug, Default)]
pub struct Summary {
    size: Option<String>,
    frames: Option<u32>,
    pictures: Option<u64>,
    data: Option<String>,
    columns: Option<String>,
}

impl Summary {
    /// Takes note of what was done.
    pub fn note(&mut self, done: Done<'_>) {
        match done {
            Done::Read(report) => {
                let tally = report.tally;
                let tracks = match tally.tracks {
                    0 => String::new(),
                    tracks => format!(" in {}", counted(tracks, "track")),
                };
                let positions = counted(tally.positions, "point");
                let files = counted(report.files_read, "file");
                self.data = Some(format!("{positions}{tracks} from {files}"));
                self.columns = match report.columns.as_slice() {
                    [only] => Some(format!(", columns {only}")),
                    _ => None,
                };
            }
            Done::Framed(view) => self.size = Some(view.size().to_string()),
            Done::Written(picture) => self.size = Some(picture.size().to_string()),
            Done::Parted(groups) => self.pictures = Some(groups as u64),
            Done::Timed(timing) => self.frames = Some(timing.frames.get()),
            _ => {}
        }
    }

    /// The line, for files that were written in so much time.
    pub fn line<'a>(&self, files: impl Iterator<Item = &'a Target>, time: Duration) -> String {
        let name = |file: &Target| match file {
            Target::Stdout => "-".to_owned(),
            Target::File(path) => path.display().to_string(),
        };
        let names: Vec<String> = files.map(name).collect();
        let frames = self.frames.map(|frames| counted(frames.into(), "frame"));
        let columns = self.columns.clone().unwrap_or_default();
        let data = self.data.as_ref().map(|data| format!("{data}{columns}"));
        let parts = [
            Some(names.join(", ")),
            self.size.clone(),
            frames,
            self.pictures.map(|pictures| counted(pictures, "picture")),
            data,
            Some(format!("{:.2} s", time.as_secs_f64())),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

/// A number of things.
fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", HumanCount(number), plural(number))
}

/// What makes a word that of so many things.
pub fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// How much is done, and how long the rest takes if it goes on like this; nothing before that can
/// be told.
pub fn so_far(share: f64, since: Duration) -> String {
    /// What was done sooner says little about the rest.
    const SOON: Duration = Duration::from_secs(1);
    let percent = format!(", {:.0} %", (100.0 * share).floor());
    if share <= 0.0 || since < SOON {
        return percent;
    }
    let left = since.as_secs_f64() * (1.0 - share) / share;
    format!("{percent}, {} left", in_words(left))
}

fn in_words(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_beginning_did() {
        let second = Duration::from_secs(1);
        assert_eq!(so_far(0.5, second / 2), ", 50 %");
        assert_eq!(so_far(0.25, second), ", 25 %, 3 s left");
        assert_eq!(so_far(0.1, 10 * second), ", 10 %, 1 min 30 s left");
        assert_eq!(so_far(0.01, 100 * second), ", 1 %, 2 h 45 min left");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let files = [Target::File("a.png".into()), Target::Stdout];
        let summary = Summary {
            size: Some("3 × 2".to_owned()),
            ..Summary::default()
        };
        let line = summary.line(files.iter(), Duration::from_millis(1234));
        assert_eq!(line, "a.png, -  3 × 2  1.23 s");
        assert_eq!(
            (counted(1, "file"), counted(13_249, "point")),
            ("1 file".into(), "13,249 points".into())
        );
    }
}
