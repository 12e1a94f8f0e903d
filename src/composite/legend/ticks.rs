//! Ticks of a colour bar and their labels.
//!
//! The bar is linear in position: a tick stands where the tone has its heat. The ends are always
//! told; other numbers are round, and only there where they do not touch others.

use super::Legend;
use super::numbers::Numbers;
use super::round::{Round, Step, roundest, series};
use crate::color::How;
use crate::composite::text;

/// A mark on the bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where it stands, in [0, 1] from the cold end.
    pub(super) position: f64,
    /// What it says.
    pub(super) label: Option<Label>,
}

/// A number below the bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) text: String,
    /// Where it begins, in pixels from the cold end.
    pub(super) left: f64,
    /// Where it ends.
    pub(super) right: f64,
}

/// Heats, in the order of their positions, with what is said of them.
type Marks = Vec<(f64, String)>;

/// Pixels between two labels at least, as a share of their height.
const GAP: f64 = 0.7;
/// Part of the bar from which the roundest number is chosen, where a curve makes steps uneven; as a
/// share of the labels' height.
const WINDOW: f64 = 2.0;
/// More bands than this look like a smooth bar, and are labelled like one.
const MOST_BANDS: usize = 24;
/// Powers of ten on a bar are fewer than this apart: more of them are in a span only where nobody
/// could tell them from zero.
const MOST_TENS: usize = 12;
/// Ticks without labels are no nearer to others than this share of the labels' height.
const CLOSEST: f64 = 0.3;
/// A curve that is no farther than this from a straight line is treated as one.
const STRAIGHT: f64 = 0.02;

/// The ticks of a bar of so many pixels, with labels of a height, from the cold end to the hot one.
pub(super) fn ticks(legend: &Legend<'_>, length: f64, size: f64) -> Vec<Tick> {
    let (low, high) = legend.ends();
    let mut bar = Bar {
        legend,
        length,
        size,
        numbers: Numbers::of(low, high),
        ticks: Vec::new(),
    };
    match legend.gradient.steps() {
        Some(bands @ 2..=MOST_BANDS) => bar.bands(bands),
        _ => bar.smooth(),
    }
    bar.ticks.sort_by(|a, b| a.position.total_cmp(&b.position));
    bar.ticks
}

/// Widths of the labels of both ends, in pixels.
pub(super) fn ends(legend: &Legend<'_>, size: f64) -> f64 {
    let (low, high) = legend.ends();
    let numbers = Numbers::of(low, high);
    let label = |heat| {
        wide(
            &marked(legend, heat, &numbers.text(heat, Some(numbers.finest()))),
            size,
        )
    };
    label(low) + label(high) + 2.0 * GAP * size
}

fn wide(text: &str, size: f64) -> f64 {
    text::width(text, size as f32).into()
}

/// A number at an end beyond which there is more.
fn marked(legend: &Legend<'_>, heat: f64, text: &str) -> String {
    let (low, high) = legend.ends();
    match (
        heat == low && legend.beyond.below,
        heat == high && legend.beyond.above,
    ) {
        (_, true) => format!("≥ {text}"),
        (true, _) => format!("≤ {text}"),
        _ => text.to_owned(),
    }
}

struct Bar<'a> {
    legend: &'a Legend<'a>,
    length: f64,
    size: f64,
    numbers: Numbers,
    ticks: Vec<Tick>,
}

impl Bar<'_> {
    /// Ticks at the edges of bands.
    fn bands(&mut self, bands: usize) {
        self.ends(None);
        self.threshold();
        let edge = |band: usize| self.heat(band as f64 / bands as f64);
        let edges: Marks = (1..bands)
            .map(edge)
            .map(|heat| (heat, self.numbers.text(heat, None)))
            .collect();
        let every = |stride: usize| {
            edges
                .iter()
                .skip(stride - 1)
                .step_by(stride)
                .cloned()
                .collect::<Marks>()
        };
        if let Some(marks) = (1..=bands).map(every).find(|marks| self.has_room(marks)) {
            self.mark(marks);
        }
        for (heat, _) in edges {
            self.place(heat, None);
        }
    }

    /// Ticks at round numbers.
    fn smooth(&mut self) {
        let (low, high) = self.legend.ends();
        let rounds = self.steps(low, high);
        self.ends(
            rounds
                .as_ref()
                .and_then(|rounds| rounds.first())
                .map(|round| round.power),
        );
        self.threshold();
        match rounds {
            Some(rounds) => self.mark(self.texts(&rounds)),
            None if low < high => self.curved(low, high),
            None => {}
        }
    }

    /// The ends, which are told in any case.
    fn ends(&mut self, least: Option<i32>) {
        let (low, high) = self.legend.ends();
        for heat in [high, low] {
            let text = marked(self.legend, heat, &self.numbers.text(heat, least));
            self.place(heat, Some(text));
        }
    }

    /// Where heat begins to be painted.
    fn threshold(&mut self) {
        let ((low, high), threshold) =
            (self.legend.ends(), f64::from(self.legend.tone.threshold()));
        for heat in [threshold, -threshold]
            .into_iter()
            .filter(|&heat| heat != 0.0 && low < heat && heat < high)
        {
            self.place(heat, Some(self.numbers.text(heat, None)));
        }
    }

    /// Ticks between two heats where position does not rise in proportion all the way.
    fn curved(&mut self, low: f64, high: f64) {
        if low < 0.0 && high > 0.0 {
            self.place(0.0, Some("0".to_owned()));
            self.curved(0.0, high);
            self.curved(low, 0.0);
        } else if let Some(rounds) = self.steps(low, high) {
            self.mark(self.texts(&rounds));
        } else {
            let is_log = matches!(self.legend.tone.how(), How::Log | How::Ratio);
            let sets: &[&[u8]] = if is_log {
                &[&[1, 2, 5], &[1, 3]]
            } else {
                &[&[1, 2, 5]]
            };
            for mark in self.series(sets, low, high).unwrap_or_default() {
                self.say(mark);
            }
            if is_log {
                self.decades(low, high);
            } else {
                self.walk(low, high);
            }
        }
    }

    /// Ticks without labels at all multiples of powers of ten, as on logarithmic paper.
    fn decades(&mut self, low: f64, high: f64) {
        let (least, most) = self.seen(low, high);
        let rounds = series(&[1, 2, 3, 4, 5, 6, 7, 8, 9], 1, least, most);
        if rounds.len() > 9 * MOST_TENS {
            return;
        }
        let apart = CLOSEST * self.size / self.length;
        for round in rounds {
            let heat = if low < 0.0 {
                -round.number
            } else {
                round.number
            };
            let position = self.position(heat);
            let is_near = |tick: &Tick| (tick.position - position).abs() < apart;
            if low < heat && heat < high && !self.ticks.iter().any(is_near) {
                self.place(heat, None);
            }
        }
    }

    /// The ends of heats of one sign, without it, as far as they are not so near to zero that there
    /// are too many numbers between.
    fn seen(&self, low: f64, high: f64) -> (f64, f64) {
        let (from, to) = (self.position(low), self.position(high));
        let near = self.size / self.length;
        if low >= 0.0 {
            (self.heat(from + near), high)
        } else {
            (-self.heat(to - near), -low)
        }
    }

    /// The multiples of the least step that have room between two heats, where position rises in
    /// proportion; if any have.
    fn steps(&self, low: f64, high: f64) -> Option<Vec<Round>> {
        if low >= high || !self.is_straight(low, high) {
            return None;
        }
        let least =
            (high - low) * self.size / (self.length * (self.position(high) - self.position(low)));
        let sets = Step::from(least).map(|step| step.multiples(low, high).collect::<Vec<_>>());
        sets.take(12)
            .find(|rounds| self.has_room(&self.texts(rounds)))
    }

    /// Numbers with the first of several sets of first digits that have room, such as 1, 2, 5, 10,
    /// 20, 50 and so on, between two heats of one sign; or powers of ten, if these have.
    fn series(&self, sets: &[&[u8]], low: f64, high: f64) -> Option<Marks> {
        let (least, most) = self.seen(low, high);
        let signed = |mut rounds: Vec<Round>| {
            if low < 0.0 {
                rounds.reverse();
                for round in &mut rounds {
                    round.number = -round.number;
                }
            }
            self.texts(&rounds)
        };
        let tens = (1..MOST_TENS).map(|stride| series(&[1], stride, least, most));
        let sets = sets.iter().map(|digits| series(digits, 1, least, most));
        sets.chain(tens)
            .map(signed)
            .find(|marks| !marks.is_empty() && self.has_room(marks))
    }

    /// From the end that is farther from zero to the other: always the roundest number that is
    /// near.
    fn walk(&mut self, low: f64, high: f64) {
        let (from, to) = (self.position(low), self.position(high));
        let (window, stride) = (
            WINDOW * self.size / self.length,
            0.25 * self.size / self.length,
        );
        for i in 0..((to - from) / stride) as u32 {
            let way = f64::from(i) * stride;
            let [least, most] = if low < 0.0 {
                [from + way, (from + way + window).min(to)]
            } else {
                [(to - way - window).max(from), to - way]
            };
            let round = roundest(self.heat(least), self.heat(most), self.numbers.finest());
            self.texts(round.as_slice())
                .into_iter()
                .for_each(|mark| self.say(mark));
        }
    }

    fn texts(&self, rounds: &[Round]) -> Marks {
        rounds
            .iter()
            .map(|round| (round.number, self.numbers.round(round.number, round.power)))
            .collect()
    }

    /// Whether no two labels touch, were the bar longer.
    fn has_room(&self, marks: &Marks) -> bool {
        let labels: Vec<Label> = marks
            .iter()
            .map(|(heat, text)| self.centred(self.position(*heat), text))
            .collect();
        labels.is_sorted_by(|a, b| self.are_apart(a, b))
    }

    fn has_room_beside_others(&self, label: &Label) -> bool {
        let mut others = self.ticks.iter().filter_map(|tick| tick.label.as_ref());
        others.all(|other| self.are_apart(label, other) || self.are_apart(other, label))
    }

    /// Sets ticks at heats within the ends.
    fn mark(&mut self, marks: Marks) {
        let (low, high) = self.legend.ends();
        let inside = marks
            .into_iter()
            .filter(|(heat, _)| low < *heat && *heat < high);
        inside.for_each(|(heat, text)| self.place(heat, Some(text)));
    }

    /// Sets a tick if there is room for its label: of uneven numbers nobody knows which one has
    /// none.
    fn say(&mut self, mark: (f64, String)) {
        if self.has_room_beside_others(&self.label(self.position(mark.0), &mark.1)) {
            self.mark(vec![mark]);
        }
    }

    /// Sets a tick where there is none, without its label if that touches another.
    fn place(&mut self, heat: f64, text: Option<String>) {
        let position = self.position(heat);
        if self.ticks.iter().all(|tick| tick.position != position) {
            let label = text
                .map(|text| self.label(position, &text))
                .filter(|label| self.has_room_beside_others(label));
            self.ticks.push(Tick { position, label });
        }
    }

    /// Below its tick, but not beyond the bar.
    fn label(&self, position: f64, text: &str) -> Label {
        let Label { text, left, right } = self.centred(position, text);
        let width = right - left;
        let left = left.clamp(0.0, (self.length - width).max(0.0));
        Label {
            text,
            left,
            right: left + width,
        }
    }

    fn centred(&self, position: f64, text: &str) -> Label {
        let (width, middle) = (wide(text, self.size), position * self.length);
        Label {
            text: text.to_owned(),
            left: middle - width / 2.0,
            right: middle + width / 2.0,
        }
    }

    fn are_apart(&self, left: &Label, right: &Label) -> bool {
        left.right + GAP * self.size <= right.left
    }

    fn is_straight(&self, low: f64, high: f64) -> bool {
        let (from, to) = (self.position(low), self.position(high));
        to > from
            && [0.25, 0.5, 0.75].into_iter().all(|share| {
                let position = self.position(low + share * (high - low));
                (position - (from + share * (to - from))).abs() <= STRAIGHT * (to - from)
            })
    }

    fn position(&self, heat: f64) -> f64 {
        self.legend.tone.position(heat as f32).into()
    }

    fn heat(&self, position: f64) -> f64 {
        self.legend.tone.heat(position as f32).into()
    }
}
