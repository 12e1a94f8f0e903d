//! Panic guard for decoders: a mistake in a library that reads files becomes an error of the file.
//!
//! Decoders work on what strangers wrote, and a file that makes one panic must not end a program
//! that has other files to read. Only work without shared state goes in here: what a panic leaves
//! half done is thrown away with it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Decodes, or says as a fact that the decoder gave up in the middle.
///
/// # Errors
/// When the work panics.
pub fn guard<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    DEPTH.set(DEPTH.get() + 1);
    // The closure is gone after a panic, so nobody sees what it left half done.
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    DEPTH.set(DEPTH.get() - 1);
    decoded.map_err(|panic| format!("the decoder does not know what to do ({})", words(&*panic)))
}

/// Whether a panic of this thread is going to be an error of a file: panic hooks keep silent then.
#[must_use]
pub fn is_guarded() -> bool {
    DEPTH.get() > 0
}

/// The message of a panic, as far as it has one.
#[must_use]
pub fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied())
        .unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fact_with_its_message() {
        assert_eq!(guard(|| 7), Ok(7));
        let fact = guard(|| -> u8 { panic!("index {} of 3", 5) }).unwrap_err();
        assert!(fact.ends_with("(index 5 of 3)"), "{fact}");
        let fact = guard(|| -> u8 { std::panic::panic_any(7_u8) }).unwrap_err();
        assert!(fact.ends_with("(without a word)"), "{fact}");
    }

    #[test]
    fn threads_know_whether_they_are_guarded() {
        assert!(!is_guarded());
        assert_eq!(guard(|| guard(is_guarded)), Ok(Ok(true)));
        assert!(guard(|| -> u8 { panic!("out") }).is_err());
        assert!(!is_guarded());
    }
}
