use std::io::Cursor;
use std::num::{NonZeroU16, NonZeroU32};

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Frame, ImageDecoder};

use super::*;
use crate::error::ErrorKind;

const CODECS: [Format; 3] = [Format::AnimatedGif, Format::Apng, Format::AnimatedWebp];

fn timing(frames: usize, rate: (u32, u32), plays: Plays) -> Timing {
    let frames = NonZeroU32::new(frames as u32).unwrap();
    Timing {
        frames,
        rate: Rate::new(rate.0, rate.1).unwrap(),
        plays,
    }
}

fn written(codec: Format, frames: &[Raster], timing: &Timing) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut film = Film::begin(codec, frames[0].size(), timing, &mut bytes).unwrap();
    frames
        .iter()
        .try_for_each(|frame| film.frame(frame))
        .unwrap();
    film.finish().unwrap();
    bytes
}

fn all<'a>(decoder: impl AnimationDecoder<'a>) -> (Vec<Frame>, u32) {
    let plays = match decoder.loop_count() {
        LoopCount::Infinite => 0,
        LoopCount::Finite(times) => times.get(),
    };
    (decoder.into_frames().collect_frames().unwrap(), plays)
}

/// The frames, and how often another reader says they are shown; 0 is for ever.
fn read(codec: Format, bytes: Vec<u8>) -> (Vec<Frame>, u32) {
    let bytes = Cursor::new(bytes);
    match codec {
        Format::AnimatedGif => all(GifDecoder::new(bytes).unwrap()),
        Format::Apng => all(PngDecoder::new(bytes).unwrap().apng().unwrap()),
        Format::AnimatedWebp => all(WebPDecoder::new(bytes).unwrap()),
        other => panic!("{other:?} is not written here"),
    }
}

/// Heat that comes and goes: a few dots on a frame, on top of those before, and now and then a
/// whole new picture.
fn story(width: u32, height: u32, count: usize, alpha: bool) -> Vec<Raster> {
    let size = Size::new(width, height).unwrap();
    let mut seed = 7_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize
    };
    let mut frame = Raster::new(size, vec![[10, 20, 30, 255]; size.pixels()]).unwrap();
    let mut frames = Vec::new();
    for number in 0..count {
        let dots = if number % 5 == 4 {
            size.pixels()
        } else {
            number % 4
        };
        for _ in 0..dots {
            let (place, shade, a) = (random() % size.pixels(), random() % 40, random() % 3);
            let a = if alpha { [0, 128, 255][a] } else { 255 };
            frame.pixels_mut()[place] = [200, shade as u8 * 5, 0, a];
        }
        frames.push(frame.clone());
    }
    frames
}

#[test]
fn every_reader_sees_the_same_frames_whatever_changed() {
    for (width, height) in [(1, 1), (3, 5), (16, 16), (33, 20), (1, 40), (40, 1)] {
        for codec in CODECS {
            let frames = story(width, height, 12, codec.has_alpha());
            let bytes = written(codec, &frames, &timing(12, (10, 1), Plays::Forever));
            let (read, _) = read(codec, bytes);
            assert_eq!(read.len(), 12, "{codec:?}");
            for (number, (read, frame)) in read.iter().zip(&frames).enumerate() {
                assert!(
                    read.buffer().as_raw() == frame.as_bytes(),
                    "{codec:?} {width} × {height}, frame {number}"
                );
            }
        }
    }
}

#[test]
fn a_gif_of_many_colors_is_near() {
    let size = Size::new(100, 80).unwrap();
    let frame = |shift: usize| {
        let pixel = |i: usize| {
            [
                (i % 100) as u8 * 2,
                (i / 100) as u8 * 3,
                shift as u8 * 40,
                255,
            ]
        };
        Raster::new(size, (0..size.pixels()).map(pixel).collect()).unwrap()
    };
    let frames: Vec<Raster> = (0..3).map(frame).collect();
    let (read, _) = read(
        Format::AnimatedGif,
        written(
            Format::AnimatedGif,
            &frames,
            &timing(3, (10, 1), Plays::Forever),
        ),
    );
    for (read, frame) in read.iter().zip(&frames) {
        let far = read
            .buffer()
            .as_raw()
            .iter()
            .zip(frame.as_bytes())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(far <= Some(16), "{far:?}");
    }
}

#[test]
fn the_whole_lasts_as_long_as_it_should() {
    let frames = story(4, 4, 24, false);
    for codec in CODECS {
        let (read, _) = read(
            codec,
            written(codec, &frames, &timing(24, (24, 1), Plays::Forever)),
        );
        let delays: Vec<f64> = read
            .iter()
            .map(|frame| {
                let (milliseconds, part) = frame.delay().numer_denom_ms();
                f64::from(milliseconds) / f64::from(part)
            })
            .collect();
        assert!(
            (delays.iter().sum::<f64>() - 1000.0).abs() < 1e-3,
            "{codec:?}: {delays:?}"
        );
        assert!(
            delays.iter().all(|delay| (40.0..=50.0).contains(delay)),
            "{codec:?}: {delays:?}"
        );
    }
}

#[test]
fn it_is_shown_as_often_as_asked() {
    let frames = story(4, 4, 2, false);
    for codec in CODECS {
        let plays = |plays| read(codec, written(codec, &frames, &timing(2, (10, 1), plays))).1;
        assert_eq!(plays(Plays::Forever), 0, "{codec:?}");
        // GIF says how often the film is repeated, which is once less.
        let said = if codec == Format::AnimatedGif { 2 } else { 3 };
        assert_eq!(
            plays(Plays::Times(NonZeroU16::new(3).unwrap())),
            said,
            "{codec:?}"
        );
    }
    let once = written(
        Format::AnimatedGif,
        &frames,
        &timing(2, (10, 1), Plays::Times(NonZeroU16::MIN)),
    );
    assert!(!once.windows(8).any(|bytes| bytes == b"NETSCAPE"));
}

#[test]
fn a_single_frame_is_a_picture_like_any_other() {
    for codec in CODECS {
        let frames = story(7, 9, 1, false);
        let bytes = written(codec, &frames, &timing(1, (10, 1), Plays::Forever));
        let image = image::load_from_memory(&bytes).unwrap().into_rgba8();
        assert!(image.as_raw() == frames[0].as_bytes(), "{codec:?}");
    }
    let still = written(
        Format::Apng,
        &story(7, 9, 1, false),
        &timing(1, (10, 1), Plays::Forever),
    );
    assert!(
        !PngDecoder::new(Cursor::new(still))
            .unwrap()
            .is_apng()
            .unwrap()
    );
}

#[test]
fn viewers_without_animations_see_the_first_frame_of_an_apng_in_srgb() {
    let frames = story(7, 9, 6, true);
    let bytes = written(Format::Apng, &frames, &timing(6, (10, 1), Plays::Forever));
    assert!(bytes.windows(4).any(|name| name == b"sRGB"));
    let decoder = PngDecoder::new(Cursor::new(bytes)).unwrap();
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).unwrap();
    assert!(pixels == frames[0].as_bytes());
}

#[test]
fn frames_that_do_not_change_take_next_to_nothing() {
    let frame = story(200, 200, 5, false).pop().unwrap();
    for codec in CODECS {
        let length = |count| {
            written(
                codec,
                &vec![frame.clone(); count],
                &timing(count, (10, 1), Plays::Forever),
            )
            .len()
        };
        let each = (length(12) - length(2)) / 10;
        assert!(each < 130, "{codec:?}: {each} bytes");
    }
}

#[test]
fn a_writer_that_fails_ends_the_film_with_its_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.0);
            self.0 -= fits;
            if fits == 0 {
                Err(io::ErrorKind::StorageFull.into())
            } else {
                Ok(fits)
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let frames = story(30, 30, 6, false);
    for codec in CODECS {
        let timing = timing(6, (10, 1), Plays::Forever);
        let whole = written(codec, &frames, &timing).len();
        for room in [0, 20, whole / 2, whole - 1] {
            let result =
                Film::begin(codec, frames[0].size(), &timing, Full(room)).and_then(|mut film| {
                    frames.iter().try_for_each(|frame| film.frame(frame))?;
                    film.finish()
                });
            assert_eq!(
                result.unwrap_err().kind(),
                io::ErrorKind::StorageFull,
                "{codec:?}, {room} of {whole}"
            );
        }
    }
}

#[test]
fn a_film_is_held_to_what_it_was_begun_for() {
    let frames = story(3, 3, 3, false);
    for codec in CODECS {
        let begin = || {
            Film::begin(
                codec,
                frames[0].size(),
                &timing(2, (10, 1), Plays::Forever),
                io::sink(),
            )
            .unwrap()
        };
        let mut film = begin();
        film.frame(&frames[0]).unwrap();
        assert!(
            film.frame(&Raster::transparent(Size::new(3, 4).unwrap()))
                .is_err(),
            "{codec:?}"
        );
        film.frame(&frames[1]).unwrap();
        assert!(film.frame(&frames[2]).is_err(), "{codec:?}");
        let mut film = begin();
        film.frame(&frames[0]).unwrap();
        assert!(film.finish().is_err(), "{codec:?}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_found_out_before() {
    let holds = |codec, side, rate| {
        let size = Size::new(side, 1).unwrap();
        check(codec, size, &timing(1, rate, Plays::Forever)).map_err(|e| e.kind)
    };
    assert_eq!(holds(Format::AnimatedGif, 65_535, (50, 1)), Ok(()));
    assert_eq!(
        holds(Format::AnimatedGif, 65_536, (50, 1)),
        Err(ErrorKind::Usage)
    );
    assert_eq!(
        holds(Format::AnimatedGif, 10, (51, 1)),
        Err(ErrorKind::Usage)
    );
    assert_eq!(holds(Format::AnimatedWebp, 16_384, (1000, 1)), Ok(()));
    assert_eq!(
        holds(Format::AnimatedWebp, 16_385, (1, 1)),
        Err(ErrorKind::Usage)
    );
    assert_eq!(holds(Format::Apng, 1 << 31, (1, 1)), Err(ErrorKind::Usage));
    let timing = timing(1, (10, 1), Plays::Forever);
    assert!(
        Film::begin(
            Format::AnimatedWebp,
            Size::new(20_000, 1).unwrap(),
            &timing,
            io::sink()
        )
        .is_err()
    );
}
