//! Interning of track identities: a small number for each track of a picture, in the order in which
//! they come.
//!
//! Pieces of tracks are many and kept in memory, so they have four bytes for their track, where
//! there is room for them, and not eight. Which number a track has depends on the threads; that two
//! pieces have the same one does not, and nothing else is asked of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::geo::TrackId;

/// The numbers of tracks.
#[derive(Debug, Default)]
pub(in crate::density) struct TrackNumbers(Mutex<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    known: HashMap<TrackId, u32>,
    /// By number, from 1.
    ids: Vec<TrackId>,
}

impl TrackNumbers {
    /// A place to ask for numbers: where a track is that of the question before, nothing is locked.
    pub(in crate::density) fn cursor(&self) -> Cursor<'_> {
        Cursor {
            numbers: self,
            last: (None, 0),
        }
    }

    /// All tracks, that of number 1 first.
    pub(in crate::density) fn all(&self) -> Vec<TrackId> {
        self.lock().ids.clone()
    }

    fn number(&self, id: TrackId) -> u32 {
        let Numbers { known, ids } = &mut *self.lock();
        *known.entry(id).or_insert_with(|| {
            ids.push(id);
            ids.len() as u32
        })
    }

    /// A thread that panicked while it held the lock ends the run anyway.
    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's questions for numbers.
pub(in crate::density) struct Cursor<'a> {
    numbers: &'a TrackNumbers,
    last: (Option<TrackId>, u32),
}

impl Cursor<'_> {
    /// The number of a track; 0 for none.
    #[inline]
    pub(in crate::density) fn of(&mut self, id: Option<TrackId>) -> u32 {
        if self.last.0 != id {
            self.last = (id, id.map_or(0, |id| self.numbers.number(id)));
        }
        self.last.1
    }
}
