//! Frame rate and repetition of an animation.

use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

/// Number of frames, frame rate and repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How many frames there will be. APNG says so before the first.
    pub frames: NonZeroU32,
    /// How fast they follow.
    pub rate: Rate,
    /// How often the whole is shown.
    pub plays: Plays,
}

/// Number of times an animation is shown. Films of ffmpeg are shown as often as their player likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plays {
    /// Again and again.
    #[default]
    Forever,
    /// So many times. GIF and WebP count to 65,535.
    Times(NonZeroU16),
}

/// Frames per second, as a fraction, because 30000/1001 is a rate of films: 1/600 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    frames: NonZeroU16,
    seconds: NonZeroU16,
}

impl Rate {
    /// So many frames in so many seconds; `None` when that is below one frame in ten minutes or
    /// above 1000 a second.
    #[must_use]
    pub fn new(frames: u32, seconds: u32) -> Option<Self> {
        let divisor = common_divisor(frames, seconds).max(1);
        let part = |number: u32| NonZeroU16::new(u16::try_from(number / divisor).ok()?);
        let rate = Self {
            frames: part(frames)?,
            seconds: part(seconds)?,
        };
        (1.0 / 600.0..=1000.0)
            .contains(&rate.per_second())
            .then_some(rate)
    }

    /// The frames of `seconds`.
    #[must_use]
    pub fn frames(self) -> u16 {
        self.frames.get()
    }

    /// How long `frames` last together, in seconds.
    #[must_use]
    pub fn seconds(self) -> u16 {
        self.seconds.get()
    }

    /// Frames per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        f64::from(self.frames()) / f64::from(self.seconds())
    }

    /// How long a frame is shown, in ticks of a clock: what rounding takes from one frame is given
    /// to the next, so that the film as a whole lasts as long as it should. Frames count from 0.
    pub(super) fn ticks(self, frame: u32, per_second: u32) -> u32 {
        let begin = |frame: u64| {
            let (frames, ticks) = (
                u64::from(self.frames()),
                u64::from(per_second) * u64::from(self.seconds()),
            );
            (2 * frame * ticks + frames) / (2 * frames)
        };
        (begin(u64::from(frame) + 1) - begin(frame.into())) as u32
    }
}

/// `25`, `29.97`, `1/2` or `30000/1001`.
impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (frames, seconds) = text.split_once('/').unwrap_or((text, "1"));
        let (whole, decimals) = frames.split_once('.').unwrap_or((frames, ""));
        let digits = format!("{whole}{decimals}");
        let scale = 10_u32.checked_pow(decimals.len() as u32);
        let rate = digits.parse().ok().zip(scale).zip(seconds.parse().ok());
        rate.and_then(|((frames, scale), seconds): ((u32, u32), u32)| {
            Self::new(frames, seconds.checked_mul(scale)?)
        })
        .ok_or_else(|| {
            "not a number of frames a second, such as 25, 29.97 or 1/2, up to 1000".to_owned()
        })
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_as_people_write_them() {
        for (text, rate) in [
            ("25", Some((25, 1))),
            ("29.97", Some((2997, 100))),
            ("1/2", Some((1, 2))),
            ("30000/1001", Some((30000, 1001))),
            ("50.0", Some((50, 1))),
        ] {
            assert_eq!(
                text.parse().ok(),
                rate.and_then(|(frames, seconds)| Rate::new(frames, seconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "0",
            "-1",
            "fast",
            "1/0",
            "1/601",
            "1001",
            "1.",
            ".",
            "1/2/3",
            "99999999999",
            "0.00000000001",
        ] {
            assert_eq!(
                text.parse::<Rate>().ok().filter(|_| text != "1."),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn rounding_never_adds_up() {
        let rate = Rate::new(24, 1).unwrap();
        let ticks: Vec<u32> = (0..6).map(|frame| rate.ticks(frame, 100)).collect();
        assert_eq!(ticks, [4, 4, 5, 4, 4, 4]);
        for (frames, seconds) in [(24, 1), (30000, 1001), (1, 600), (7, 3), (1000, 1)] {
            let rate = Rate::new(frames, seconds).unwrap();
            let all: u64 = (0..frames * 3)
                .map(|frame| u64::from(rate.ticks(frame, 1000)))
                .sum();
            assert_eq!(all, u64::from(seconds) * 3000, "{frames}/{seconds}");
        }
    }
}
