//! Where a colour bar has its ticks, and what they say.
//!
//! The bar is linear in position: a tick stands where the tone has its heat. The ends are always told; other numbers are round,
//! and only there where they do not touch others.

use super::Legend;
use super::numbers::Numbers;
use super::round::{Round, Step, roundest};
use crate::composite::words;

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

/// Pixels between two labels at least, as a share of their height.
const GAP: f64 = 0.7;
/// From how much of the bar the roundest number is chosen, where a curve makes steps uneven; as a share of the labels' height.
const WINDOW: f64 = 2.0;
/// More bands than this look like a smooth bar, and are labelled like one.
const MOST_BANDS: usize = 24;
/// A curve that is no farther than this from a straight line is treated as one.
const STRAIGHT: f64 = 0.02;

/// The ticks of a bar of so many pixels, with labels of a height, from the cold end to the hot one.
pub(super) fn ticks(legend: &Legend<'_>, length: f64, size: f64) -> Vec<Tick> {
    let (low, high) = legend.ends();
    let mut bar = Bar { legend, length, size, numbers: Numbers::of(low, high), ticks: Vec::new() };
    match legend.gradient.steps() {
        Some(bands @ 2..=MOST_BANDS) => bar.bands(bands),
        _ => bar.smooth(),
    }
    bar.ticks.sort_by(|a, b| a.position.total_cmp(&b.position));
    bar.ticks
}

/// How wide the labels of both ends are, in pixels.
pub(super) fn ends(legend: &Legend<'_>, size: f64) -> f64 {
    let (low, high) = legend.ends();
    let numbers = Numbers::of(low, high);
    let label = |heat| wide(&marked(legend, heat, &numbers.text(heat, Some(numbers.finest()))), size);
    label(low) + label(high) + 2.0 * GAP * size
}

fn wide(text: &str, size: f64) -> f64 {
    words::width(text, size as f32).into()
}

/// A number at an end beyond which there is more.
fn marked(legend: &Legend<'_>, heat: f64, text: &str) -> String {
    let (low, high) = legend.ends();
    match (heat == low && legend.beyond.below, heat == high && legend.beyond.above) {
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
    /// Ticks at the edges of bands; those whose numbers have no room have none.
    fn bands(&mut self, bands: usize) {
        self.ends(None);
        self.threshold();
        let edge = |band: usize| self.heat(band as f64 / bands as f64);
        let edges: Vec<(f64, String)> =
            (1..bands).map(edge).map(|heat| (heat, self.numbers.text(heat, None))).collect();
        let every = |stride: usize| edges.iter().skip(stride - 1).step_by(stride).cloned().collect::<Vec<_>>();
        let sets: Vec<_> = (1..=bands).map(every).collect();
        self.finest(sets.into_iter());
        for (heat, _) in edges {
            let position = self.position(heat);
            if self.ticks.iter().all(|tick| tick.position != position) {
                self.ticks.push(Tick { position, label: None });
            }
        }
    }

    /// Ticks at round numbers.
    fn smooth(&mut self) {
        let (low, high) = self.legend.ends();
        let straight = (low < high && self.is_straight(low, high)).then(|| self.steps(low, high)).flatten();
        self.ends(straight.as_ref().and_then(|rounds| rounds.first()).map(|round| round.power));
        self.threshold();
        match straight {
            Some(rounds) => rounds.into_iter().for_each(|round| self.round(round)),
            None if low < high => self.curved(low, high),
            None => {}
        }
    }

    /// The ends, which are told in any case.
    fn ends(&mut self, least: Option<i32>) {
        let (low, high) = self.legend.ends();
        for heat in [high, low] {
            let text = self.numbers.text(heat, least);
            let text = marked(self.legend, heat, &text);
            self.place(heat, text);
        }
    }

    /// Where heat begins to be painted.
    fn threshold(&mut self) {
        let ((low, high), threshold) = (self.legend.ends(), f64::from(self.legend.tone.threshold()));
        for heat in [threshold, -threshold].into_iter().filter(|&heat| heat != 0.0 && low < heat && heat < high) {
            let text = self.numbers.text(heat, None);
            self.place(heat, text);
        }
    }

    /// Ticks between two heats, where position does not rise in proportion.
    fn curved(&mut self, low: f64, high: f64) {
        if low < 0.0 && high > 0.0 {
            self.place(0.0, "0".to_owned());
            self.curved(0.0, high);
            self.curved(low, 0.0);
        } else if let Some(rounds) = self.is_straight(low, high).then(|| self.steps(low, high)).flatten() {
            rounds.into_iter().for_each(|round| self.round(round));
        } else if high <= 0.0 {
            self.walk(self.position(low), self.position(high), 1.0);
        } else {
            self.walk(self.position(high), self.position(low), -1.0);
        }
    }

    /// From one position to another: always the roundest number that is near.
    fn walk(&mut self, from: f64, to: f64, direction: f64) {
        let pixel = direction / self.length;
        let (window, stride) = (WINDOW * self.size * pixel, 0.25 * self.size * pixel);
        let mut position = from;
        while (to - position) * direction > 0.0 {
            let end = if direction > 0.0 { (position + window).min(to) } else { (position + window).max(to) };
            let (a, b) = (self.heat(position), self.heat(end));
            if let Some(round) = roundest(a.min(b), a.max(b), self.numbers.finest()) {
                self.round(round);
            }
            position += stride;
        }
    }

    /// The multiples of the least step that have room between two heats, if any has.
    fn steps(&self, low: f64, high: f64) -> Option<Vec<Round>> {
        let part = self.length * (self.position(high) - self.position(low));
        let least = (high - low) * self.size / part;
        let mut sets = Step::from(least).map(|step| step.multiples(low, high).collect::<Vec<_>>());
        // Steps that are as long as the whole have no multiples but perhaps an end.
        let texts = |rounds: &[Round]| self.texts(rounds);
        sets.by_ref().take(12).find(|rounds| self.has_room(&texts(rounds)))
    }

    fn texts(&self, rounds: &[Round]) -> Vec<(f64, String)> {
        rounds.iter().map(|round| (round.number, self.numbers.round(round.number, round.power))).collect()
    }

    /// Places the first of several sets of which no two labels touch.
    fn finest(&mut self, mut sets: impl Iterator<Item = Vec<(f64, String)>>) {
        let set = sets.find(|set| self.has_room(set));
        set.into_iter().flatten().for_each(|(heat, text)| {
            self.place(heat, text);
        });
    }

    fn has_room(&self, set: &[(f64, String)]) -> bool {
        let labels: Vec<Label> = set.iter().map(|(heat, text)| self.label(self.position(*heat), text)).collect();
        labels.is_sorted_by(|a, b| self.are_apart(a, b))
    }

    fn round(&mut self, Round { number, power }: Round) {
        let (low, high) = self.legend.ends();
        if low < number && number < high {
            let text = self.numbers.round(number, power);
            self.place(number, text);
        }
    }

    /// Sets a tick, unless its label touches another.
    fn place(&mut self, heat: f64, text: String) {
        let position = self.position(heat);
        let label = self.label(position, &text);
        let mut others = self.ticks.iter().filter_map(|tick| tick.label.as_ref());
        if others.all(|other| self.are_apart(&label, other) || self.are_apart(other, &label)) {
            self.ticks.push(Tick { position, label: Some(label) });
        }
    }

    /// Below its tick, but not beyond the bar.
    fn label(&self, position: f64, text: &str) -> Label {
        let width = wide(text, self.size);
        let left = (position * self.length - width / 2.0).clamp(0.0, (self.length - width).max(0.0));
        Label { text: text.to_owned(), left, right: left + width }
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
