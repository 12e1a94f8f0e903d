//! What the names of members stand for, looked up once for all records, which have the same ones.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::input::columns::{accuracy_rank, is_clock, is_day, moment_rank};
use crate::input::fields::Axis;
use crate::input::{polyline, vocabulary};

/// How many names a thread remembers.
const KNOWN: usize = 1024;
/// How long they are at most: what is longer stands for nothing.
const LONGEST: usize = 128;

thread_local! {
    static MEANINGS: RefCell<HashMap<String, Rc<Meaning>>> = RefCell::default();
}

/// An axis, and the key by which a latitude finds its longitude.
pub(super) type Named = Option<(Axis, String)>;

/// Half of a moment.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Half {
    Day,
    Clock,
}

impl Half {
    fn of(name: &str) -> Option<Self> {
        let clock = || is_clock(name).then_some(Self::Clock);
        is_day(name).then_some(Self::Day).or_else(clock)
    }
}

/// What a name stands for, as in the header of a table.
pub(super) struct Meaning {
    degrees: Named,
    plane: Named,
    /// The axis of the letters.
    pub hemisphere: Option<Axis>,
    /// Its words without what is between them.
    pub compact: String,
    /// How good it is for a moment, 0 being the best.
    pub moment: Option<usize>,
    /// It is half of a moment where the other half stands beside it.
    pub half: Option<Half>,
    pub is_weight: bool,
    /// How good it is for an accuracy, 0 being the best.
    pub accuracy: Option<usize>,
    pub is_polyline: bool,
}

impl Meaning {
    fn new(name: &str) -> Self {
        Self {
            degrees: vocabulary::axis(name),
            plane: vocabulary::plane_axis(name),
            hemisphere: vocabulary::hemisphere(name),
            compact: vocabulary::compact(name),
            moment: moment_rank(name),
            half: Half::of(name),
            is_weight: name.eq_ignore_ascii_case("weight"),
            accuracy: accuracy_rank(name),
            is_polyline: polyline::is_called_so(name),
        }
    }

    /// The axis of degrees.
    pub(super) fn degrees(&self) -> &Named {
        &self.degrees
    }

    /// The axis of x and y.
    pub(super) fn plane(&self) -> &Named {
        &self.plane
    }
}

/// What a name stands for.
pub(super) fn meaning(name: &str) -> Rc<Meaning> {
    let name = if name.len() > LONGEST { "" } else { name };
    MEANINGS.with_borrow_mut(|known| {
        if let Some(meaning) = known.get(name) {
            return Rc::clone(meaning);
        }
        if known.len() == KNOWN {
            known.clear();
        }
        let meaning = Rc::new(Meaning::new(name));
        known.insert(name.to_owned(), Rc::clone(&meaning));
        meaning
    })
}
