//! Comparison of two sets of data: the difference of their heats, or its ratio.
//!
//! Both are read into pictures of one frame, which shows both, and spread in one way. Differences
//! are coloured from zero to both sides, ratios from one, by their logarithm: a half is as far from
//! one as the double. What is rare has any ratio by chance, so heats below a floor count as the
//! floor (as do those of both sets, so that a comparison the other way round is the inverse).

use super::events::{Doing, Done, Event, Events};
use super::framing::Framing;
use super::gather;
use super::style::{Compared, Style};
use crate::density;
use crate::density::{Cells, Grid};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Footprint, View};
use crate::input::buffer::{Overflow, ShapeBuffer};
use crate::input::{Deliver, Report, Source};

/// What heat is compared with, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareOptions {
    /// The second set: data, or heat that was saved.
    pub others: Vec<Source>,
    /// What is made of both.
    pub by: Compared,
}

/// The heat of both sets, before it is spread.
pub(super) struct Both {
    pub(super) first: Cells,
    pub(super) second: Cells,
    by: Compared,
}

impl Both {
    /// What the heats of a pass come to, and the floor that was taken if one was.
    pub(super) fn spread(
        &self,
        style: &Style,
        options: &density::HeatOptions,
        events: &dyn Events,
    ) -> Result<Grid> {
        events.event(Event::Doing(Doing::Rendering));
        let mut grid = style.heat(&self.first, options)?;
        let other = style.heat(&self.second, options)?;
        match self.by {
            Compared::Difference => grid.minus(&other),
            Compared::Ratio { floor } => {
                let floor = floor.unwrap_or_else(|| Compared::FLOOR * other.maximum());
                if floor <= 0.0 {
                    let fact = "nothing that heat is to be divided by lies in the picture";
                    return Err(Error::new(ErrorKind::Input, fact).remedy(Remedy::OtherComparison));
                }
                style.take_floor(floor);
                grid.divide(&other, floor);
            }
        }
        events.event(Event::Done(Done::Heated(&grid)));
        Ok(grid)
    }
}

/// What was read of both sets.
pub(super) struct Read {
    pub(super) both: Both,
    pub(super) report: Report,
    pub(super) radius: Option<f64>,
}

/// Reads both sets into cells of one frame.
pub(super) fn read(
    data: &gather::DataOptions,
    compared: &CompareOptions,
    framing: &Framing,
    events: &dyn Events,
    begin: impl Fn(&View, Option<f64>) -> Result<[Cells; 2]>,
) -> Result<Read> {
    let sets = [data.sources.clone(), compared.others.clone()];
    let sets = sets.map(|sources| gather::DataOptions {
        sources,
        memory: data.memory / 2,
        ..data.clone()
    });
    let by = compared.by;
    let read = |set: &gather::DataOptions, deliver: Deliver<'_>| {
        if set.sources.is_empty() {
            Ok(Report::default())
        } else {
            gather::shapes(set, events, deliver)
        }
    };
    let joined = |[mut first, second]: [Report; 2]| {
        first.append(second);
        first
    };
    if framing.is_known() {
        let view = framing.view(None, None)?;
        events.event(Event::Done(Done::Framed(&view)));
        let [first, second] = begin(&view, None)?;
        let reports = [
            read(&sets[0], &|shapes| first.add(shapes))?,
            read(&sets[1], &|shapes| second.add(shapes))?,
        ];
        return Ok(Read {
            both: Both { first, second, by },
            report: joined(reports),
            radius: None,
        });
    }
    let hold = |set: &gather::DataOptions| {
        let held = ShapeBuffer::new(set.memory, Overflow::Spill);
        let report = read(set, &|shapes| held.add(shapes))?;
        let (footprint, kept) = held.finish()?;
        Ok::<_, Error>((report, footprint, kept))
    };
    let (first, second) = (hold(&sets[0])?, hold(&sets[1])?);
    let footprint = [first.1, second.1];
    let footprint = footprint.into_iter().flatten().reduce(Footprint::union);
    let kept = [first.2, second.2];
    let report = joined([first.0, second.0]);
    let all = |look: Deliver<'_>| {
        let mut kept = kept.iter();
        kept.all(|kept| kept.replay(look).is_ok_and(|all| all))
    };
    let (view, radius) = framing.of_data(footprint, report.shapes, all, events)?;
    let cells = begin(&view, radius)?;
    for (kept, cells) in kept.iter().zip(&cells) {
        kept.replay(&|shapes| cells.add(shapes))?;
    }
    let [first, second] = cells;
    Ok(Read {
        both: Both { first, second, by },
        report,
        radius,
    })
}
