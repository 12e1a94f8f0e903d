//! The program `heatmap`: parse, run, print the error, exit.

mod advice;
mod console;
mod run;
mod settings;
mod signals;
mod terminal;

use std::process::ExitCode;

use self::console::Console;
use self::settings::Terminals;

fn main() -> ExitCode {
    signals::report_panics();
    let settings = match settings::parse(std::env::args_os(), Terminals::detect()) {
        Ok(settings) => settings,
        Err(refused) => return refused.print(),
    };
    let console = Console::new(settings.quiet, settings.verbose);
    let done = signals::catch().and_then(|()| run::run(&settings, &console));
    drop(console);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            error.kind.exit_code().into()
        }
    }
}
