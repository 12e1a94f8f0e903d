//! Cells of a database on their way into pictures: the pixels that they were counted on are those
//! of the picture, or nothing is drawn.

use std::path::Path;

use super::events::{Event, Events, Odd, Silent};
use super::framing::Framing;
use super::style::{self, Style};
use crate::density::Binner;
use crate::error::{Error, Remedy, Result};
use crate::geo::{CellFrame, View};
use crate::input;
use crate::input::{Source, cells};

/// The pixels that points have to be counted on for a picture that is drawn like this, which all
/// its options have to tell.
///
/// # Errors
/// When they do not, or the picture cannot be.
pub fn frame(options: &super::Options) -> Result<CellFrame> {
    let style = Style::load(&options.style, &Silent)?;
    if options.style.is_by_density() {
        let fact = "a radius that goes by the data is not known before they are";
        return Err(Error::usage(fact).remedy(Remedy::RadiusInPixels));
    }
    let framing = Framing::new(options, &style, &[], &Silent)?;
    if !framing.is_known() {
        let fact = "where the picture lies is not known before the data are";
        return Err(Error::usage(fact).remedy(Remedy::GiveExtent));
    }
    of_view(&framing.view(None, None)?, &options.style)
}

fn of_view(view: &View, style: &style::StyleOptions) -> Result<CellFrame> {
    let reach = Binner::new(view, &style.widest())?.reach();
    let has_values = style.passes.iter().any(|pass| pass.density.has_values());
    Ok(CellFrame::of(view, reach).of_values(has_values))
}

/// Whether the data are cells.
fn are_cells(input: &input::Options) -> bool {
    let reader = input.filetype;
    reader.is_some_and(|reader| reader.name == cells::NAME)
}

/// The options with the pixels that cells among the data say that they were counted on, if they are
/// cells and say so.
///
/// # Errors
/// When what describes these pixels is wrong, or is of cells without the values that are wanted.
pub(super) fn framed(options: &super::Options, events: &dyn Events) -> Result<super::Options> {
    let mut framed = options.clone();
    if !are_cells(&options.data.input) {
        return Ok(framed);
    }
    let like = options.frame.like.as_deref();
    let frame = match like.map(CellFrame::read).transpose()?.flatten() {
        Some(frame) => Some(frame),
        None => cells::frame_beside(&options.data.sources)?,
    };
    let Some(frame) = frame else {
        return Ok(framed);
    };
    let view = frame.view();
    if let Some(view) = &view {
        let own = of_view(view, &options.style)?;
        if own.has_values() && !frame.has_values() {
            let fact = "its cells were counted for heat, without values of 0";
            return Err(Error::usage(fact).remedy(Remedy::CountValues));
        }
        if own.reach() > frame.reach() {
            let name = options.data.sources.first().map(Source::name);
            let name = name.unwrap_or_default();
            events.event(Event::Odd(Odd::Narrow(Path::new(&name))));
        }
    }
    if like.is_none() {
        framed.frame.view = view;
    }
    framed.data.input.cells = Some(frame);
    Ok(framed)
}

/// The same for data that are drawn in a view, which must be that of the cells. Cells that say
/// nothing of theirs are those of this one.
///
/// # Errors
/// When the view is not that of the cells.
pub(super) fn in_view(
    input: &input::Options,
    view: &View,
    style: &style::StyleOptions,
) -> Result<input::Options> {
    let mut input = input.clone();
    if !are_cells(&input) {
        return Ok(input);
    }
    match &input.cells {
        Some(frame) if frame.view().as_ref() != Some(view) => {
            let fact = "the cells were counted on other pixels than those of the picture";
            return Err(Error::usage(fact).remedy(Remedy::FrameOfCells));
        }
        Some(_) => {}
        None => input.cells = Some(of_view(view, style)?),
    }
    Ok(input)
}

/// The options for data that are drawn in a frame that is known, if they are cells.
///
/// # Errors
/// When it is not, or is not that of the cells.
pub(super) fn placed(options: &super::Options, framing: &Framing) -> Result<super::Options> {
    let mut placed = options.clone();
    if framing.is_known() {
        let view = framing.view(None, None)?;
        placed.data.input = in_view(&options.data.input, &view, &options.style)?;
    }
    are_placed(&placed.data.input)?;
    Ok(placed)
}

/// Makes sure that it is known where data lie that are cells.
///
/// # Errors
/// When it is not.
pub(super) fn are_placed(input: &input::Options) -> Result<()> {
    if are_cells(input) && input.cells.is_none() {
        let fact = "nothing says which pixels the cells were counted on";
        return Err(Error::usage(fact).remedy(Remedy::FrameOfCells));
    }
    Ok(())
}
