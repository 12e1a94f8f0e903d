//! Places with their keys in Morton order, without loss in two thirds of the room where that is
//! possible: degrees with up to seven decimals, which most files have no more of, are whole numbers
//! of four bytes. What is smaller is sorted and read in less time, too.

use rayon::prelude::*;

use super::morton::World;
use crate::geo::{Coord, ten_millionths};

/// A place with its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub key: u64,
    pub at: Coord,
}

impl Place {
    pub fn new(world: &World, at: Coord) -> Self {
        Self {
            key: world.key(at),
            at,
        }
    }

    /// What places are sorted by: the same places come to the same order, whichever came first.
    pub fn order(&self) -> (u64, u64, u64) {
        (self.key, self.at.x().to_bits(), self.at.y().to_bits())
    }
}

/// A place in ten-millionths of degrees, with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Short {
    key: u64,
    x: i32,
    y: i32,
}

impl Short {
    /// A place, if that is exactly what it is.
    #[inline]
    fn of(place: Place) -> Option<Self> {
        let short = Self {
            key: place.key,
            x: ten_millionths::from_number(place.at.x()),
            y: ten_millionths::from_number(place.at.y()),
        };
        (short.place() == place).then_some(short)
    }

    #[inline]
    fn place(self) -> Place {
        let degrees = ten_millionths::to_number;
        Place {
            key: self.key,
            at: Coord::unchecked(degrees(self.x), degrees(self.y)),
        }
    }
}

/// Some places.
#[derive(Debug)]
pub enum Places {
    Short(Vec<Short>),
    /// Some of them have more decimals.
    Long(Vec<Place>),
}

impl Default for Places {
    fn default() -> Self {
        Self::Short(Vec::new())
    }
}

impl Places {
    pub fn len(&self) -> usize {
        match self {
            Self::Short(places) => places.len(),
            Self::Long(places) => places.len(),
        }
    }

    pub fn get(&self, at: usize) -> Place {
        match self {
            Self::Short(places) => places[at].place(),
            Self::Long(places) => places[at],
        }
    }

    pub fn key(&self, at: usize) -> u64 {
        match self {
            Self::Short(places) => places[at].key,
            Self::Long(places) => places[at].key,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Place> {
        (0..self.len()).map(|at| self.get(at))
    }

    #[inline]
    pub fn push(&mut self, place: Place) {
        match self {
            Self::Short(places) => match Short::of(place) {
                Some(short) => places.push(short),
                None => self.long().push(place),
            },
            Self::Long(places) => places.push(place),
        }
    }

    /// Takes all of others, whose room stays.
    pub fn append(&mut self, others: &mut Self) {
        match (&mut *self, &mut *others) {
            (Self::Short(all), Self::Short(more)) => all.append(more),
            _ => self.long().append(others.long()),
        }
    }

    /// The same at full length.
    fn long(&mut self) -> &mut Vec<Place> {
        if let Self::Short(places) = self {
            *self = Self::Long(places.iter().map(|short| short.place()).collect());
        }
        match self {
            Self::Long(places) => places,
            Self::Short(_) => unreachable!("they are long now"),
        }
    }

    /// A digest of them, in their order.
    pub fn digest(&self) -> Vec<u64> {
        match self {
            Self::Short(places) => digest(places, |&Short { key, x, y }| {
                [key, u64::from(x as u32) << 32 | u64::from(y as u32)]
            }),
            Self::Long(places) => digest(places, |place| {
                let (key, x, y) = place.order();
                [key, x, y]
            }),
        }
    }

    /// Sorts them by their keys.
    pub fn sort(&mut self) {
        match self {
            Self::Short(places) => {
                // By one number, which takes two thirds of the time: few places share a key.
                places.par_sort_unstable_by_key(|short| short.key);
                let ties = places.par_chunk_by_mut(|one, other| one.key == other.key);
                ties.for_each(<[Short]>::sort_unstable);
            }
            Self::Long(places) => places.par_sort_unstable_by_key(Place::order),
        }
    }
}

fn digest<T: Sync, const N: usize>(all: &[T], words: impl Fn(&T) -> [u64; N] + Sync) -> Vec<u64> {
    const PART: usize = 1 << 16;
    let part = |part: &[T]| part.iter().flat_map(&words).fold(0, folded);
    all.par_chunks(PART).map(part).collect()
}

/// A digest with one more word: by a product of twice the length that is folded up, as in wyhash, at
/// a fraction of what the standard library's takes, which is safe from those who choose the words.
fn folded(digest: u64, word: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(digest.rotate_left(32) ^ word ^ FACTOR) * u128::from(FACTOR);
    (product as u64) ^ (product >> 64) as u64
}

impl FromIterator<Place> for Places {
    fn from_iter<I: IntoIterator<Item = Place>>(all: I) -> Self {
        let mut places = Self::default();
        all.into_iter().for_each(|place| places.push(place));
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: &[(f64, f64)]) -> Places {
        let world = World::new().unwrap();
        let place =
            |(lat, lon): &(f64, f64)| Place::new(&world, Coord::lat_lon(*lat, *lon).unwrap());
        all.iter().map(place).collect()
    }

    #[test]
    fn seven_decimals_are_short_and_all_is_as_it_was() {
        let short = [
            (47.377_912_3, -8.540_332_1),
            (-85.0, 180.0),
            (0.0, -180.0),
            (1e-7, -0.0),
        ];
        let long = [(47.0 + 1.0 / 3.0, 8.0), (47.377_912_34, 8.0), (1e-8, 8.0)];
        let same = |places: &Places, wanted: &[(f64, f64)]| {
            let found: Vec<(f64, f64)> = places
                .iter()
                .map(|place| (place.at.y(), place.at.x()))
                .collect();
            assert_eq!(found, wanted);
            let keys = places.iter().map(|place| place.key);
            assert!(keys.eq((0..places.len()).map(|at| places.key(at))));
        };
        assert!(matches!(places(&short), Places::Short(_)));
        same(&places(&short), &short);
        for one in long {
            assert!(matches!(places(&[one]), Places::Long(_)), "{one:?}");
            let mut all = places(&short);
            all.append(&mut places(&[one, short[0]]));
            same(&all, &[&short[..], &[one, short[0]]].concat());
            let mut all = places(&[one]);
            let mut more = places(&short);
            all.append(&mut more);
            same(&all, &[&[one][..], &short].concat());
            assert_eq!(more.len(), 0);
        }
    }

    #[test]
    fn they_are_sorted_by_key_and_then_by_place() {
        // The last two share a cell of the deepest level.
        let all = [(50.0, 9.0), (-50.0, -9.0), (20.0, 1e-7), (20.0, 0.0)];
        for more in [None, Some((20.0, 1e-9))] {
            let mut places = places(&all.into_iter().chain(more).collect::<Vec<_>>());
            let mut other: Places = places
                .iter()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            places.sort();
            other.sort();
            assert!(places.iter().eq(other.iter()));
            let orders: Vec<_> = places.iter().map(|place| place.order()).collect();
            assert!(orders.is_sorted());
        }
    }
}
