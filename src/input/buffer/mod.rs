//! Buffer of shapes whose extent must be known before they are used: packed in memory, or spilled.
//!
//! A picture of all of the data needs its extent before the first shape can be drawn. Up to a
//! budget of memory shapes are held for that, compactly. Beyond it they are forgotten, if they
//! can be read again, or else spilled to a temporary file, which has no name: it is gone when the
//! program is, however that ends.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::geo::{Coord, Footprint, Geometry, Shape, Time, TrackId, ten_millionths};

/// Policy for shapes beyond the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// They are forgotten; only their extent stays.
    Forget,
    /// They are written to a temporary file.
    Spill,
}

/// Buffer that is being filled.
pub struct ShapeBuffer {
    budget: u64,
    overflow: Overflow,
    inner: Mutex<Inner>,
}

struct Inner {
    footprint: Option<Footprint>,
    bytes: u64,
    kept: io::Result<Kept>,
}

/// Batches as far as they have come.
enum Kept {
    InMemory(Vec<Batch>),
    Forgotten,
    InFile(BufWriter<File>),
}

/// Buffered shapes, to be replayed as often as they are needed.
pub enum Buffered {
    /// All of them.
    InMemory(Vec<Batch>),
    /// None of them.
    Forgotten,
    /// All of them, in a file.
    InFile(Mutex<File>),
}

impl ShapeBuffer {
    /// Holds no more than `budget` bytes in memory.
    #[must_use]
    pub fn new(budget: u64, overflow: Overflow) -> Self {
        let inner = Inner {
            footprint: None,
            bytes: 0,
            kept: Ok(Kept::InMemory(Vec::new())),
        };
        Self {
            budget,
            overflow,
            inner: Mutex::new(inner),
        }
    }

    /// Takes some shapes. Many threads may do so at once; what one gives after the other keeps its
    /// order.
    pub fn add(&self, shapes: &[Shape]) {
        let footprint = Footprint::of(shapes);
        let batches = Batch::pack_all(shapes);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let footprints = [inner.footprint, footprint];
        inner.footprint = footprints.into_iter().flatten().reduce(Footprint::union);
        inner.bytes += batches.iter().map(Batch::bytes).sum::<u64>();
        let overflow = (inner.bytes > self.budget).then_some(self.overflow);
        let kept = std::mem::replace(&mut inner.kept, Ok(Kept::Forgotten));
        inner.kept = kept.and_then(|kept| kept.with(batches, overflow));
    }

    /// Where all shapes lie, and what was kept of them.
    ///
    /// # Errors
    /// When the temporary file could not be written.
    pub fn finish(self) -> Result<(Option<Footprint>, Buffered)> {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = inner.kept.and_then(Kept::finish);
        Ok((inner.footprint, kept.map_err(|error| failed(&error))?))
    }
}

impl Kept {
    fn with(self, batches: Vec<Batch>, overflow: Option<Overflow>) -> io::Result<Self> {
        match (self, overflow) {
            (Self::InMemory(mut all), None) => {
                all.extend(batches);
                Ok(Self::InMemory(all))
            }
            (Self::InMemory(_), Some(Overflow::Forget)) | (Self::Forgotten, _) => {
                Ok(Self::Forgotten)
            }
            (Self::InMemory(all), Some(Overflow::Spill)) => {
                let mut file = BufWriter::new(tempfile::tempfile()?);
                all.iter()
                    .chain(&batches)
                    .try_for_each(|batch| batch.write(&mut file))?;
                Ok(Self::InFile(file))
            }
            (Self::InFile(mut file), _) => {
                batches
                    .iter()
                    .try_for_each(|batch| batch.write(&mut file))?;
                Ok(Self::InFile(file))
            }
        }
    }

    fn finish(self) -> io::Result<Buffered> {
        Ok(match self {
            Self::InMemory(batches) => Buffered::InMemory(batches),
            Self::Forgotten => Buffered::Forgotten,
            Self::InFile(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                Buffered::InFile(Mutex::new(file))
            }
        })
    }
}

impl Buffered {
    /// Gives all shapes again, from many threads; `false` if they are forgotten.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay(&self, deliver: &(dyn Fn(&[Shape]) + Sync)) -> Result<bool> {
        let Self::InMemory(batches) = self else {
            return self.replay_in_order(deliver);
        };
        batches.par_iter().for_each_init(Vec::new, |shapes, batch| {
            batch.unpack(shapes);
            deliver(shapes);
        });
        Ok(true)
    }

    /// Where some of the shapes lie, or begin: the first of every so many. `None` if they are
    /// forgotten.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn sample(&self, every: usize) -> Result<Option<Vec<Coord>>> {
        let mut sample = Vec::new();
        let mut passed = 0_u64;
        let every = every as u64;
        let mut look = |batch: &Batch| {
            if batch.counts.is_empty() {
                let first = (every - passed % every) % every;
                let starts = (first as usize..batch.len()).step_by(every as usize);
                sample.extend(starts.map(|at| batch.start(at)));
                passed += batch.len() as u64;
            }
            for (at, &count) in batch.counts.iter().enumerate() {
                let before = passed.div_ceil(every);
                passed += u64::from(count);
                let these = passed.div_ceil(every) - before;
                sample.extend((0..these).map(|_| batch.start(at)));
            }
        };
        match self {
            Self::Forgotten => return Ok(None),
            Self::InMemory(batches) => batches.iter().for_each(look),
            Self::InFile(file) => from_file(file, &mut look)?,
        }
        Ok(Some(sample))
    }

    /// Gives all shapes again in the order in which they came; `false` if they are forgotten.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay_in_order(&self, deliver: &dyn Fn(&[Shape])) -> Result<bool> {
        let mut shapes = Vec::new();
        let mut give = |batch: &Batch| {
            batch.unpack(&mut shapes);
            deliver(&shapes);
        };
        match self {
            Self::Forgotten => return Ok(false),
            Self::InMemory(batches) => batches.iter().for_each(give),
            Self::InFile(file) => from_file(file, &mut give)?,
        }
        Ok(true)
    }
}

fn from_file(file: &Mutex<File>, give: &mut dyn FnMut(&Batch)) -> Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut read = || {
        file.rewind()?;
        let mut file = BufReader::with_capacity(1 << 20, &mut *file);
        while let Some(batch) = Batch::read(&mut file)? {
            give(&batch);
        }
        Ok(())
    };
    read().map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Output,
        format!("the temporary file for data beyond the memory allowed failed: {error}"),
    )
    .remedy(Remedy::MoreRoomForShapes)
}

/// Layout of the numbers of a batch: what its shapes have, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form(u8);

impl Form {
    const SEGMENT: u8 = 1;
    const WEIGHED: u8 = 1 << 1;
    const TIMED: u8 = 1 << 2;
    const TRACKED: u8 = 1 << 3;
    const COUNTED: u8 = 1 << 4;

    /// That of points of weight 1 and no more.
    const PLAIN: Self = Self(0);

    /// Whether all of some shapes are points of weight 1 and no more, as most data are: without a
    /// branch, and sooner than what else they might have is known.
    fn are_plain(shapes: &[Shape]) -> bool {
        let beyond = |shape: &Shape| {
            let Shape {
                geometry,
                weight,
                time,
                track,
                count,
            } = shape;
            u64::from(matches!(geometry, Geometry::Segment(..)))
                | (weight.to_bits() ^ 1_f64.to_bits())
                | u64::from(time.is_some())
                | track.map_or(0, TrackId::bits)
                | u64::from(count.get() ^ 1)
        };
        shapes.iter().fold(0, |any, shape| any | beyond(shape)) == 0
    }

    fn of(shape: &Shape) -> Self {
        let Shape {
            geometry,
            weight,
            time,
            track,
            count,
        } = shape;
        let bit = |bit: u8, is_set: bool| bit * u8::from(is_set);
        Self(
            bit(Self::SEGMENT, matches!(geometry, Geometry::Segment(..)))
                | bit(Self::WEIGHED, *weight != 1.0)
                | bit(Self::TIMED, time.is_some())
                | bit(Self::TRACKED, track.is_some())
                | bit(Self::COUNTED, *count != NonZeroU32::MIN),
        )
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// How many values there are of what a bit tells of, for so many shapes.
    fn number(self, bit: u8, shapes: usize) -> usize {
        if self.has(bit) { shapes } else { 0 }
    }

    /// The numbers of shapes of this form, one shape's after the other's.
    fn numbers(self, shapes: &[Shape]) -> Vec<f64> {
        match (self.has(Self::SEGMENT), self.has(Self::WEIGHED)) {
            (false, false) => rows(shapes, |at, _, _| [at.x(), at.y()]),
            (false, true) => rows(shapes, |at, _, weight| [at.x(), at.y(), weight]),
            (true, false) => rows(shapes, |from, to, _| [from.x(), from.y(), to.x(), to.y()]),
            (true, true) => rows(shapes, |from, to, weight| {
                [from.x(), from.y(), to.x(), to.y(), weight]
            }),
        }
    }

    /// How many numbers there are for each shape.
    fn length(self) -> usize {
        let places = if self.has(Self::SEGMENT) { 2 } else { 1 };
        2 * places + usize::from(self.has(Self::WEIGHED))
    }
}

/// So many numbers for each shape, made of its ends and its weight.
fn rows<const N: usize>(shapes: &[Shape], row: impl Fn(Coord, Coord, f64) -> [f64; N]) -> Vec<f64> {
    let row = |shape: &Shape| match shape.geometry {
        Geometry::Point(at) => row(at, at, shape.weight),
        Geometry::Segment(from, to) => row(from, to, shape.weight),
    };
    shapes.iter().map(row).collect::<Vec<_>>().into_flattened()
}

/// Numbers without loss, in four bytes each where that is possible.
enum PackedNumbers {
    /// Ten-millionths: what files hold has seldom more decimals.
    Short(Vec<i32>),
    /// Any.
    Long(Vec<f64>),
}

impl PackedNumbers {
    fn pack(numbers: Vec<f64>) -> Self {
        let shorts = numbers.iter().copied().map(ten_millionths::from_number);
        let shorts: Vec<i32> = shorts.collect();
        // Without an early end, which would keep it out of SIMD lanes.
        let exact = |(&number, &short): (&f64, &i32)| ten_millionths::to_number(short) == number;
        let all = numbers
            .iter()
            .zip(&shorts)
            .map(exact)
            .fold(true, |all, exact| all & exact);
        if all {
            Self::Short(shorts)
        } else {
            Self::Long(numbers)
        }
    }

    fn unpack(&self) -> Cow<'_, [f64]> {
        match self {
            Self::Short(numbers) => {
                let numbers = numbers.iter().copied();
                numbers.map(ten_millionths::to_number).collect()
            }
            Self::Long(numbers) => Cow::Borrowed(numbers),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(numbers) => numbers.len(),
            Self::Long(numbers) => numbers.len(),
        }
    }

    fn at(&self, index: usize) -> f64 {
        match self {
            Self::Short(numbers) => ten_millionths::to_number(numbers[index]),
            Self::Long(numbers) => numbers[index],
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
            file.read_exact(bytemuck::cast_slice_mut(&mut numbers))
                .map(|()| Self::Short(numbers))
        } else {
            let mut numbers = vec![0.0; length / size_of::<f64>()];
            file.read_exact(bytemuck::cast_slice_mut(&mut numbers))
                .map(|()| Self::Long(numbers))
        }
    }
}

/// Shapes of one form, as numbers.
pub struct Batch {
    form: Form,
    numbers: PackedNumbers,
    /// Milliseconds since 1970, if the shapes have times.
    times: Vec<i64>,
    /// Their tracks, if they are of some.
    tracks: Vec<u64>,
    /// How many there are of each, if that is not one.
    counts: Vec<u32>,
}

impl Batch {
    /// Shapes in the order they are in, each batch of as many as have one form.
    fn pack_all(mut shapes: &[Shape]) -> Vec<Self> {
        if Form::are_plain(shapes) {
            return vec![Self::pack(Form::PLAIN, shapes)];
        }
        let mut batches = Vec::with_capacity(1);
        while let Some(first) = shapes.first() {
            let form = Form::of(first);
            let other = shapes.iter().position(|shape| Form::of(shape) != form);
            let (alike, rest) = shapes.split_at(other.unwrap_or(shapes.len()));
            batches.push(Self::pack(form, alike));
            shapes = rest;
        }
        batches
    }

    /// Shapes that are all of one form.
    fn pack(form: Form, shapes: &[Shape]) -> Self {
        let (mut times, mut tracks, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        if form.has(Form::TIMED) {
            times.extend(
                shapes
                    .iter()
                    .filter_map(|shape| shape.time)
                    .map(Time::milliseconds),
            );
        }
        if form.has(Form::TRACKED) {
            tracks.extend(
                shapes
                    .iter()
                    .filter_map(|shape| shape.track)
                    .map(TrackId::bits),
            );
        }
        if form.has(Form::COUNTED) {
            counts.extend(shapes.iter().map(|shape| shape.count.get()));
        }
        Self {
            form,
            numbers: PackedNumbers::pack(form.numbers(shapes)),
            times,
            tracks,
            counts,
        }
    }

    /// The shapes, in place of what was in `shapes`.
    fn unpack(&self, shapes: &mut Vec<Shape>) {
        let numbers = self.numbers.unpack();
        shapes.clear();
        shapes.extend(
            numbers
                .chunks_exact(self.form.length())
                .map(|numbers| self.shape(numbers)),
        );
        for (shape, &time) in shapes.iter_mut().zip(&self.times) {
            shape.time = Time::from_milliseconds(time);
        }
        for (shape, &track) in shapes.iter_mut().zip(&self.tracks) {
            shape.track = TrackId::from_bits(track);
        }
        for (shape, &count) in shapes.iter_mut().zip(&self.counts) {
            shape.count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        }
    }

    /// One shape, whose places were checked before they were packed.
    fn shape(&self, numbers: &[f64]) -> Shape {
        let place = |at: usize| Coord::unchecked(numbers[at], numbers[at + 1]);
        let shape = if self.form.has(Form::SEGMENT) {
            Shape::segment(place(0), place(2))
        } else {
            Shape::point(place(0))
        };
        if self.form.has(Form::WEIGHED) {
            shape.weighing(numbers[self.form.length() - 1])
        } else {
            shape
        }
    }

    /// How many shapes there are.
    fn len(&self) -> usize {
        self.numbers.len() / self.form.length()
    }

    /// The place of a shape, or its first.
    fn start(&self, index: usize) -> Coord {
        let at = index * self.form.length();
        Coord::unchecked(self.numbers.at(at), self.numbers.at(at + 1))
    }

    fn bytes(&self) -> u64 {
        let (times, tracks) = (size_of_val(&self.times[..]), size_of_val(&self.tracks[..]));
        let counts = size_of_val(&self.counts[..]);
        (self.numbers.bytes().len() + times + tracks + counts) as u64
    }

    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let short = matches!(self.numbers, PackedNumbers::Short(_));
        let numbers = self.numbers.bytes();
        file.write_all(&[self.form.0, u8::from(short)])?;
        file.write_all(&(numbers.len() as u32).to_ne_bytes())?;
        file.write_all(numbers)?;
        file.write_all(bytemuck::cast_slice(&self.times))?;
        file.write_all(bytemuck::cast_slice(&self.tracks))?;
        file.write_all(bytemuck::cast_slice(&self.counts))
    }

    /// The next batch of a file; `None` at its end.
    fn read(file: &mut impl Read) -> io::Result<Option<Self>> {
        let mut kind = [0; 2];
        match file.read_exact(&mut kind) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let [form, short] = kind;
        let form = Form(form);
        let numbers = PackedNumbers::read(short == 1, u32::from_ne_bytes(length) as usize, file)?;
        let shapes = numbers.len() / form.length();
        let mut times = vec![0; form.number(Form::TIMED, shapes)];
        file.read_exact(bytemuck::cast_slice_mut(&mut times))?;
        let mut tracks = vec![0; form.number(Form::TRACKED, shapes)];
        file.read_exact(bytemuck::cast_slice_mut(&mut tracks))?;
        let mut counts = vec![0; form.number(Form::COUNTED, shapes)];
        file.read_exact(bytemuck::cast_slice_mut(&mut counts))?;
        Ok(Some(Self {
            form,
            numbers,
            times,
            tracks,
            counts,
        }))
    }
}

#[cfg(test)]
mod tests;
