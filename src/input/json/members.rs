//! Members that are asked for by name and may be in few records: an error tells what there is where
//! no record of a file has them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::input::Sink;
use crate::input::columns::Header;

/// How many names are held, that an error may tell them.
const MOST: usize = 1000;

/// Members that are looked for, by many threads.
#[derive(Debug)]
pub(in crate::input) struct Lookup {
    /// All of them were met, and nobody asks for names any more.
    is_over: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Debug)]
struct Found {
    /// The members that no record had yet.
    missing: Vec<String>,
    /// The names of other members.
    seen: BTreeSet<String>,
}

impl Default for Lookup {
    fn default() -> Self {
        Self::of(std::iter::empty())
    }
}

impl Lookup {
    /// A lookup of members by their names.
    pub(in crate::input) fn of(names: impl Iterator<Item = String>) -> Self {
        let missing: Vec<_> = names.collect();
        Self {
            is_over: AtomicBool::new(missing.is_empty()),
            found: Mutex::new(Found {
                missing,
                seen: BTreeSet::new(),
            }),
        }
    }

    /// Whether every member was met.
    #[inline]
    pub(in crate::input) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Takes note of a member that is looked for.
    pub(in crate::input) fn meet(&self, name: &str) {
        if !self.is_over() {
            self.with(|found| found.missing.retain(|missing| missing != name));
        }
    }

    /// Takes note of the name of a member.
    pub(in crate::input) fn pass(&self, name: &str) {
        if !self.is_over() {
            self.with(|found| {
                if found.seen.len() < MOST && !found.seen.contains(name) {
                    found.seen.insert(name.to_owned());
                }
            });
        }
    }

    fn with(&self, change: impl FnOnce(&mut Found)) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut found);
        if found.missing.is_empty() {
            self.is_over.store(true, Ordering::Relaxed);
        }
    }

    /// Tells which member no record has, if there is one, and which there are.
    ///
    /// # Errors
    /// When there is such a member, and any other.
    pub(in crate::input) fn check(&self, what: &str, sink: &Sink) -> Result<()> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match found.missing.first() {
            Some(name) if !found.seen.is_empty() => {
                let names = Header::new(found.seen.iter().map(String::as_bytes));
                Err(names.without(what, name, sink))
            }
            _ => Ok(()),
        }
    }
}
