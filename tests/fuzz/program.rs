//! Program, in this process: what command lines mean and what comes of them, without threads of its
//! own and without words on a terminal.

use std::ffi::OsString;

use heatmap::error::{Error, Result};
use heatmap::product::{self, Silent};

use crate::advice::Advised;
use crate::settings::{self, Refused, Settings, Task, Terminals};

/// Carries out a command line, the program's name left out.
pub fn run(line: &[OsString]) -> std::result::Result<(), String> {
    match task(line)? {
        Task::Draw(settings) => draw(&settings),
        Task::Sql(statement) => statement.write().and_then(|(_, frame)| {
            let written = statement.view.as_ref().map(|view| {
                product::Destination::prove(view)?.write(|file| write!(file, "{}", frame.text()))
            });
            written.unwrap_or(Ok(()))
        }),
        Task::Info(_) | Task::Serve(_) | Task::Join(_) | Task::Spans(_) => Ok(()),
    }
    .map_err(|error| said(&error))
}

/// Reads a command line, the program's name left out.
pub fn parse(line: &[OsString]) -> std::result::Result<(), String> {
    match task(line)? {
        Task::Sql(statement) => statement.write().map(drop).map_err(|error| said(&error)),
        _ => Ok(()),
    }
}

fn task(line: &[OsString]) -> std::result::Result<Task, String> {
    let terminals = Terminals {
        stdin: true,
        stdout: false,
        colors: false,
    };
    let line = std::iter::once("heatmap".into()).chain(line.iter().cloned());
    settings::task(line, terminals).map_err(|refused| match refused {
        Refused::ByClap(error) => error.render().to_string(),
        Refused::ByUs(error) => said(&error),
        Refused::Schemes { .. } | Refused::Answer(_) => String::new(),
    })
}

fn said(error: &Error) -> String {
    Advised(error).to_string()
}

fn draw(settings: &Settings) -> Result<()> {
    if let Some(animation) = &settings.animation {
        return product::film(&settings.product, animation, &Silent).map(drop);
    }
    if let Some(wanted) = &settings.batch {
        return product::batch(&settings.product, wanted, &Silent);
    }
    if let Some(tiles) = &settings.tiles {
        return product::tiles(&settings.product, tiles, &Silent);
    }
    product::still(&settings.product, &|_| None, &Silent).map(drop)
}
