//! Metadata of what a run makes: where it lies, its heat, and what was counted while reading.

use super::{Options, inventory};
use crate::encode::metadata::{Count, Metadata};
use crate::geo::View;
use crate::input::Report;

/// What is known about pictures of a view, whose topmost pass has heats between the least of
/// anything and the most.
pub(super) fn of(
    options: &Options,
    view: &View,
    heats: Option<(f32, f32)>,
    report: &Report,
) -> Metadata {
    let count = |what: &str, number| Count {
        what: what.to_owned(),
        number,
    };
    let read = [
        count("shapes read", report.shapes),
        count("records read", report.records),
        count("records skipped", report.skipped),
    ];
    // Of several passes it is the one on top whose heat is written.
    let passes = &options.style.passes;
    let last = passes.last();
    let oddities = report.oddities.iter();
    let odd = oddities.map(|odd| count(odd.oddity.name(), odd.count));
    Metadata {
        place: view.clone(),
        minimum: heats.map(|(least, _)| least.into()),
        maximum: heats.map(|(_, most)| most.into()),
        radius: last.and_then(|pass| pass.density.bound()),
        decay: last.map(|pass| pass.density.decay),
        kernel: last.map(|pass| pass.density.kernel_name()),
        pass: (passes.len() > 1).then_some(passes.len()),
        unit: last.map_or_else(String::new, |pass| options.style.unit_name(&pass.density)),
        moments: None,
        counts: read.into_iter().chain(odd).collect(),
        files: options.data.input.survey.then(|| inventory::files(report)),
    }
}
