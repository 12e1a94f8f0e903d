//! Deduplication of tiles: what was stored before, by what is in it.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// Where the first of all identical tiles is, for each of them. Half of SHA-256 tells them apart.
#[derive(Debug)]
pub struct Distinct<T>(HashMap<[u8; 16], T>);

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy> Distinct<T> {
    /// Where a tile with these bytes is, or else where it comes to be.
    ///
    /// # Errors
    /// Those of `store`.
    pub fn place<E>(&mut self, bytes: &[u8], store: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let digest = Sha256::digest(bytes);
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        if let Some(place) = self.0.get(&key) {
            return Ok(*place);
        }
        let place = store()?;
        self.0.insert(key, place);
        Ok(place)
    }

    /// How many different ones there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
