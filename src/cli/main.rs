//! The program `heatmap`: parse, run, print the error, exit.

mod advice;
mod console;
mod feedback;
mod run;
mod settings;
mod signals;
mod terminal;

use std::process::ExitCode;

use self::console::Console;
use self::settings::Terminals;

fn main() -> ExitCode {
    signals::report_panics();
    let task = match settings::task(std::env::args_os(), Terminals::detect()) {
        Ok(task) => task,
        Err(refused) => return refused.print(),
    };
    let console = Console::new(task.is_quiet(), task.is_verbose(), task.unasked_picture());
    let done = signals::catch().and_then(|()| run::run(&task, &console));
    console.swept(&heatmap::product::swept());
    drop(console);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            error.kind.exit_code().into()
        }
    }
}
