//! Shapes that wait until it is known where all of them lie.
//!
//! A picture of all of the data needs its extent before the first shape can be drawn. Up to a budget of memory shapes are held
//! for that, compactly. Beyond it they are forgotten, if they can be read again, or else spilled to a temporary file, which
//! has no name: it is gone when the program is, however that ends.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::{Error, Kind, Result};
use crate::map::{Degrees, Extent};
use crate::shape::{Geometry, Shape};

/// What happens to shapes beyond the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// They are forgotten; only their extent stays.
    Forget,
    /// They are written to a temporary file.
    Spill,
}

/// Shapes, as long as they come.
pub struct Held {
    budget: u64,
    beyond: Beyond,
    inner: Mutex<Inner>,
}

struct Inner {
    extent: Option<Extent>,
    bytes: u64,
    kept: io::Result<Kept>,
}

/// Shapes, when all have come.
pub enum Kept {
    /// All of them.
    InMemory(Vec<Batch>),
    /// None of them.
    Forgotten,
    /// All of them, in a file.
    InFile(BufWriter<File>),
}

impl Held {
    /// Holds no more than `budget` bytes in memory.
    #[must_use]
    pub fn new(budget: u64, beyond: Beyond) -> Self {
        let inner = Inner { extent: None, bytes: 0, kept: Ok(Kept::InMemory(Vec::new())) };
        Self { budget, beyond, inner: Mutex::new(inner) }
    }

    /// Takes some shapes. Many threads may do so at once.
    pub fn add(&self, shapes: &[Shape]) {
        let extent = Extent::of(shapes);
        let batches: Vec<Batch> = shapes.chunk_by(|a, b| Form::of(a) == Form::of(b)).map(Batch::pack).collect();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.extent = inner.extent.map_or(extent, |known| Some(extent.map_or(known, |more| known.union(more))));
        inner.bytes += batches.iter().map(Batch::bytes).sum::<u64>();
        let beyond = (inner.bytes > self.budget).then_some(self.beyond);
        let kept = std::mem::replace(&mut inner.kept, Ok(Kept::Forgotten));
        inner.kept = kept.and_then(|kept| kept.with(batches, beyond));
    }

    /// Where all shapes lie, and what was kept of them.
    ///
    /// # Errors
    /// When the temporary file could not be written.
    pub fn finish(self) -> Result<(Option<Extent>, Kept)> {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((inner.extent, inner.kept.map_err(|error| failed(&error))?))
    }
}

impl Kept {
    fn with(self, batches: Vec<Batch>, beyond: Option<Beyond>) -> io::Result<Self> {
        match (self, beyond) {
            (Self::InMemory(mut all), None) => {
                all.extend(batches);
                Ok(Self::InMemory(all))
            }
            (Self::InMemory(_), Some(Beyond::Forget)) | (Self::Forgotten, _) => Ok(Self::Forgotten),
            (Self::InMemory(all), Some(Beyond::Spill)) => {
                let mut file = BufWriter::new(tempfile::tempfile()?);
                all.iter().chain(&batches).try_for_each(|batch| batch.write(&mut file))?;
                Ok(Self::InFile(file))
            }
            (Self::InFile(mut file), _) => {
                batches.iter().try_for_each(|batch| batch.write(&mut file))?;
                Ok(Self::InFile(file))
            }
        }
    }

    /// Gives all shapes again; `false` if they are forgotten.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay(self, deliver: &(dyn Fn(&[Shape]) + Sync)) -> Result<bool> {
        match self {
            Self::Forgotten => return Ok(false),
            Self::InMemory(batches) => batches.par_iter().for_each_init(Vec::new, |shapes, batch| {
                batch.unpack(shapes);
                deliver(shapes);
            }),
            Self::InFile(file) => from_file(file, deliver).map_err(|error| failed(&error))?,
        }
        Ok(true)
    }
}

fn from_file(file: BufWriter<File>, deliver: &(dyn Fn(&[Shape]) + Sync)) -> io::Result<()> {
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut shapes = Vec::new();
    while let Some(batch) = Batch::read(&mut file)? {
        batch.unpack(&mut shapes);
        deliver(&shapes);
    }
    Ok(())
}

fn failed(error: &io::Error) -> Error {
    Error::new(Kind::Output, format!("the temporary file for data beyond --memory failed: {error}"))
        .advice("raise --memory, give the extent (-e), or set TMPDIR to a folder with more room")
}

/// What the numbers of a batch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    segment: bool,
    weighed: bool,
}

impl Form {
    fn of(shape: &Shape) -> Self {
        Self { segment: matches!(shape.geometry, Geometry::Segment(..)), weighed: shape.weight != 1.0 }
    }

    /// Numbers for each shape.
    fn length(self) -> usize {
        let places = if self.segment { 2 } else { 1 };
        2 * places + usize::from(self.weighed)
    }
}

/// Numbers, exactly.
enum Numbers {
    /// Ten-millionths: what files hold has seldom more decimals.
    Short(Vec<i32>),
    /// Any.
    Long(Vec<f64>),
}

impl Numbers {
    const SHORT: f64 = 1e7;

    fn pack(numbers: Vec<f64>) -> Self {
        let short = |&number: &f64| (number * Self::SHORT + 0.5_f64.copysign(number)) as i32;
        let shorts: Vec<i32> = numbers.iter().map(short).collect();
        // Without an early end, which would keep it out of SIMD lanes.
        let exact = |(&number, &short): (&f64, &i32)| f64::from(short) / Self::SHORT == number;
        let all = numbers.iter().zip(&shorts).map(exact).fold(true, |all, exact| all & exact);
        if all { Self::Short(shorts) } else { Self::Long(numbers) }
    }

    fn unpack(&self) -> Cow<'_, [f64]> {
        match self {
            Self::Short(numbers) => numbers.iter().map(|&number| f64::from(number) / Self::SHORT).collect(),
            Self::Long(numbers) => Cow::Borrowed(numbers),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(numbers) => bytemuck::cast_slice(numbers),
            Self::Long(numbers) => bytemuck::cast_slice(numbers),
        }
    }

    fn read(short: bool, length: usize, file: &mut impl Read) -> io::Result<Self> {
        if short {
            let mut numbers = vec![0; length / size_of::<i32>()];
            file.read_exact(bytemuck::cast_slice_mut(&mut numbers)).map(|()| Self::Short(numbers))
        } else {
            let mut numbers = vec![0.0; length / size_of::<f64>()];
            file.read_exact(bytemuck::cast_slice_mut(&mut numbers)).map(|()| Self::Long(numbers))
        }
    }
}

/// Shapes of one form, as numbers.
pub struct Batch {
    form: Form,
    numbers: Numbers,
}

impl Batch {
    fn pack(shapes: &[Shape]) -> Self {
        let form = shapes.first().map_or(Form { segment: false, weighed: false }, Form::of);
        let mut numbers = Vec::with_capacity(shapes.len() * form.length());
        for shape in shapes {
            match shape.geometry {
                Geometry::Point(at) => numbers.extend([at.lat(), at.lon()]),
                Geometry::Segment(from, to) => numbers.extend([from.lat(), from.lon(), to.lat(), to.lon()]),
            }
            numbers.extend(form.weighed.then_some(shape.weight));
        }
        Self { form, numbers: Numbers::pack(numbers) }
    }

    /// The shapes, in place of what was in `shapes`.
    fn unpack(&self, shapes: &mut Vec<Shape>) {
        shapes.clear();
        // What was packed were places, so none is lost here.
        let numbers = self.numbers.unpack();
        shapes.extend(numbers.chunks_exact(self.form.length()).filter_map(|numbers| self.shape(numbers)));
    }

    fn shape(&self, numbers: &[f64]) -> Option<Shape> {
        let place = |at: usize| Degrees::new(numbers[at], numbers[at + 1]).ok();
        let shape = if self.form.segment { Shape::segment(place(0)?, place(2)?) } else { Shape::point(place(0)?) };
        Some(if self.form.weighed { shape.weighing(numbers[self.form.length() - 1]) } else { shape })
    }

    fn bytes(&self) -> u64 {
        self.numbers.bytes().len() as u64
    }

    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let short = matches!(self.numbers, Numbers::Short(_));
        file.write_all(&[self.form.segment, self.form.weighed, short].map(u8::from))?;
        file.write_all(&(self.bytes() as u32).to_ne_bytes())?;
        file.write_all(self.numbers.bytes())
    }

    /// The next batch of a file; `None` at its end.
    fn read(file: &mut impl Read) -> io::Result<Option<Self>> {
        let mut kind = [0; 3];
        match file.read_exact(&mut kind) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let [segment, weighed, short] = kind.map(|byte| byte == 1);
        let numbers = Numbers::read(short, u32::from_ne_bytes(length) as usize, file)?;
        Ok(Some(Self { form: Form { segment, weighed }, numbers }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> Vec<Shape> {
        let place =
            |i: i32| Degrees::new(f64::from(i % 90), f64::from(i % 180) - 0.25 / f64::from(1 + i / 500 * 2)).unwrap();
        let point = |i: i32| Shape::point(place(i)).weighing(f64::from(i % 3));
        let any = |i: i32| if i % 5 == 0 { Shape::segment(place(i), place(i + 7)) } else { point(i) };
        (0..1000).map(any).collect()
    }

    fn replayed(budget: u64, beyond: Beyond) -> Option<Vec<Shape>> {
        let held = Held::new(budget, beyond);
        shapes().chunks(100).for_each(|some| held.add(some));
        let (extent, kept) = held.finish().unwrap();
        assert_eq!(extent, Extent::of(&shapes()));
        let again = Mutex::new(Vec::new());
        let all = kept.replay(&|some| again.lock().unwrap().extend_from_slice(some)).unwrap();
        all.then(|| again.into_inner().unwrap())
    }

    fn sorted(mut shapes: Vec<Shape>) -> Vec<String> {
        shapes.sort_by_key(|shape| format!("{shape:?}"));
        shapes.iter().map(|shape| format!("{shape:?}")).collect()
    }

    #[test]
    fn what_is_held_or_spilled_comes_back() {
        for budget in [1 << 20, 5000, 0] {
            assert_eq!(replayed(budget, Beyond::Spill).map(sorted), Some(sorted(shapes())), "{budget}");
        }
        assert_eq!(replayed(1 << 20, Beyond::Forget).map(sorted), Some(sorted(shapes())));
    }

    #[test]
    fn what_can_be_read_again_is_forgotten_beyond_the_budget() {
        assert_eq!(replayed(5000, Beyond::Forget), None);
    }
}
