//! What happens when the program is told to stop.

use heatmap::product;

use crate::terminal;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// From now on a signal that ends the program first removes half-written files and ends half-drawn
/// pictures. The program still ends by the signal, as shells expect.
pub fn clean_up() {
    // Without a handler the program ends all the same, and a temporary file may stay behind.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            product::abandon();
            terminal::reset();
            let _ = emulate_default_handler(signal);
        }
    });
}
