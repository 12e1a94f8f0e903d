//! Photos of all kinds, held to what exifread, exiftool and Pillow make of them.

use std::fs;

use super::super::samples::{everything, hold, path, read_prefixes, shapes};
use super::super::{Oddity, Options, Source, read};

const PLACES: [(&str, &str); 18] = [
    (
        "photos/gps_se_minutes.jpg",
        "1 0 -0.371300 36.056417 -0.371300 36.056417 2005-08-13T09:47:23Z 2005-08-13T09:47:23Z",
    ),
    ("photos/geodegrees_as_string.jpg", "0 0"),
    (
        "photos/png_with_exif_and_gps.png",
        "1 0 50.299603 14.820294 50.299603 14.820294 2003-12-14T12:01:44Z 2003-12-14T12:01:44Z",
    ),
    (
        "photos/exif_picture_broken.jpg",
        "1 0 22.531133 114.021481 22.531133 114.021481 2023-07-09T20:36:33Z 2023-07-09T20:36:33Z",
    ),
    ("photos/yaminabe.tif", "0 0"),
    ("photos/exif.heic", "0 0"),
    (
        "photos/exif.avif",
        "1 0 43.290128 84.227128 43.290128 84.227128 2022-07-22T13:26:32Z 2022-07-22T13:26:32Z",
    ),
    ("photos/oom_large_box.heic", "0 0"),
    (
        "photos/heic_cape_horn.heic",
        "1 0 -55.981200 -67.271900 -55.981200 -67.271900 2026-03-02T01:11:12Z 2026-03-02T01:11:12Z",
    ),
    (
        "photos/webp_reykjanes.webp",
        "1 0 63.815400 -22.704200 63.815400 -22.704200 2026-03-02T10:11:12Z 2026-03-02T10:11:12Z",
    ),
    (
        "photos/dng_suva.dng",
        "1 0 -18.141600 178.441900 -18.141600 178.441900 2026-03-03T10:11:12Z 2026-03-03T10:11:12Z",
    ),
    (
        "photos/sidecar.jpg",
        "1 0 64.146600 -21.942600 64.146600 -21.942600 2026-03-02T10:11:12Z 2026-03-02T10:11:12Z",
    ),
    ("photos/sidecar_zero.jpg", "0 0"),
    (
        "photos/gps_decimal_degrees.jpg",
        "1 0 48.858370 2.294481 48.858370 2.294481 2024-05-01T12:00:00Z 2024-05-01T12:00:00Z",
    ),
    (
        "photos/gps_without_refs.jpg",
        "1 0 48.858370 2.294481 48.858370 2.294481 2024-05-01T12:00:00Z 2024-05-01T12:00:00Z",
    ),
    ("photos/gps_zero_denominator.jpg", "0 0"),
    (
        "photos/little_endian_wellington.jpg",
        "1 0 -41.286500 174.775556 -41.286500 174.775556",
    ),
    ("photos/no_exif.jpg", "0 0"),
];

#[test]
fn photos_lie_where_others_find_them() {
    hold(&PLACES, &everything());
}

#[test]
fn a_photo_that_is_cut_off_is_no_panic() {
    for (name, _) in PLACES {
        read_prefixes(name, &everything());
    }
}

#[test]
fn photos_without_a_position_are_counted_and_descriptions_are_no_files() {
    let sources = [Source::File(path("photos"))];
    let report = read(&sources, &Options::default(), &|_| {}, &|_| {}).unwrap();
    let count = |oddity| {
        let counted = report.oddities.iter().find(|known| known.oddity == oddity);
        counted.map(|counted| counted.count)
    };
    assert_eq!(report.shapes, 11);
    assert_eq!(count(Oddity::PhotoWithoutPlace), Some(6));
    assert_eq!(count(Oddity::BrokenPhoto), Some(1));
    assert_eq!(count(Oddity::NoHemisphere), Some(1));
    assert_eq!(count(Oddity::OtherFiles), None);
    assert_eq!(count(Oddity::LocalTime), None, "nobody asks for times");
}

#[test]
fn photos_are_known_by_their_bytes_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    for (photo, name) in [
        ("photos/exif.avif", "a.csv"),
        ("photos/dng_suva.dng", "b"),
        ("photos/gps_se_minutes.jpg", "c.gpx"),
    ] {
        let renamed = folder.path().join(name);
        fs::copy(path(photo), &renamed).unwrap();
        let (report, shapes) = shapes(&renamed, &everything());
        assert!(report.is_ok() && shapes.len() == 1, "{name}");
    }
}

/// A box of an ISO media file.
fn boxed(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 8).to_be_bytes();
    [&length[..], &name, body].concat()
}

/// A TIFF whose only directory has the given tags.
fn directory(tags: &[(u16, u16, u32, [u8; 4])], behind: &[u8]) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend((tags.len() as u16).to_le_bytes());
    for (tag, numbers, count, value) in tags {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(numbers.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value);
    }
    tiff.extend([0; 4]);
    tiff.extend(behind);
    tiff
}

/// 12° 30' S, 45° E as tags of GPS.
fn gps() -> Vec<u8> {
    let at = |behind: u32| (8 + 2 + 4 * 12 + 4 + behind).to_le_bytes();
    let numbers = [12, 1, 30, 1, 0, 1, 45, 1, 0, 1, 0, 1].map(u32::to_le_bytes);
    let tags = [
        (1, 2, 2, *b"S\0\0\0"),
        (2, 5, 3, at(0)),
        (3, 2, 2, *b"E\0\0\0"),
        (4, 5, 3, at(24)),
    ];
    directory(&tags, &numbers.concat())
}

#[test]
fn raw_pictures_of_canon_and_fuji_wrap_others() {
    let canon = [
        &boxed(*b"ftyp", b"crx \0\0\0\x01crx isom")[..],
        &boxed(*b"moov", &{
            let id = b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48";
            let inner = [boxed(*b"CNCV", b"1"), boxed(*b"CMT4", &gps())].concat();
            boxed(*b"uuid", &[&id[..], &inner].concat())
        }),
    ]
    .concat();
    let jpeg = fs::read(path("photos/gps_se_minutes.jpg")).unwrap();
    let mut fuji = b"FUJIFILMCCD-RAW 0201".to_vec();
    fuji.resize(84, 0);
    fuji.extend(100u32.to_be_bytes());
    fuji.resize(100, 0);
    fuji.extend(jpeg);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, lat) in [("a.cr3", canon, -12.5), ("a.raf", fuji, -0.3713)] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let (report, shapes) = shapes(&file, &everything());
        report.unwrap();
        let crate::geo::Geometry::Point(at) = shapes[0].geometry else {
            panic!("{name} is a point");
        };
        assert!((at.y() - lat).abs() < 1e-6, "{name} {at:?}");
    }
}

#[test]
fn places_may_stand_in_xmp_alone() {
    let packet = b"<rdf:Description exif:GPSLatitude=\"12,30.0S\" exif:GPSLongitude=\"45,0,0E\"/>";
    let segment = [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet].concat();
    let length = (segment.len() as u16 + 2).to_be_bytes();
    let jpeg = [
        &b"\xff\xd8\xff\xe0\0\x06JFIF\xff\xe1"[..],
        &length,
        &segment,
        b"\xff\xda",
    ]
    .concat();
    let text = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], packet].concat();
    let png = [
        &b"\x89PNG\r\n\x1a\n"[..],
        &(text.len() as u32).to_be_bytes(),
        b"iTXt",
        &text,
        &[0; 8],
        b"IEND",
    ]
    .concat();
    let webp = [
        &b"RIFF\0\0\0\0WEBPVP8 \x01\0\0\0xxXMP "[..],
        &(packet.len() as u32).to_le_bytes(),
        packet,
    ]
    .concat();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.jpg", jpeg), ("a.png", png), ("a.webp", webp)] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let (report, shapes) = shapes(&file, &everything());
        report.unwrap();
        let crate::geo::Geometry::Point(at) = shapes[0].geometry else {
            panic!("{name} is a point");
        };
        assert_eq!((at.x(), at.y()), (45.0, -12.5), "{name}");
    }
}

#[test]
fn exif_is_found_in_a_png_as_older_programs_wrote_it() {
    let photo = fs::read(path("photos/png_with_exif_and_gps.png")).unwrap();
    let at = photo.windows(4).position(|name| name == b"eXIf").unwrap() - 4;
    let length = u32::from_be_bytes(photo[at..at + 4].try_into().unwrap()) as usize;
    let exif = &photo[at + 8..at + 8 + length];
    let begun = [b"Exif\0\0", exif].concat();
    let digits: String = begun.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = digits
        .as_bytes()
        .chunks(72)
        .map(|line| [line, b"\n"].concat());
    let profile = [
        format!("\nexif\n{:8}\n", begun.len()).into_bytes(),
        lines.collect::<Vec<_>>().concat(),
    ]
    .concat();
    let mut deflated = flate2::read::ZlibEncoder::new(&profile[..], flate2::Compression::fast());
    let mut text = b"Raw profile type exif\0\0".to_vec();
    std::io::Read::read_to_end(&mut deflated, &mut text).unwrap();
    let plain = [b"Raw profile type APP1\0", &profile[..]].concat();
    let chunks: [(&[u8], Vec<u8>); 3] = [(b"eXIf", begun), (b"zTXt", text), (b"tEXt", plain)];
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in chunks {
        let file = folder.path().join("a.png");
        let size = (content.len() as u32).to_be_bytes();
        let chunk = [&size[..], name, &content, &[0; 4]].concat();
        fs::write(
            &file,
            [&photo[..at], &chunk, &photo[at + 12 + length..]].concat(),
        )
        .unwrap();
        let (report, shapes) = shapes(&file, &everything());
        report.unwrap();
        assert_eq!(shapes.len(), 1, "{}", name.escape_ascii());
    }
}

#[test]
fn a_large_picture_is_not_read() {
    // A PNG of four gigabytes, of which nothing is there but its ends.
    let photo = fs::read(path("photos/png_with_exif_and_gps.png")).unwrap();
    let at = photo.windows(4).position(|name| name == b"eXIf").unwrap() - 4;
    let length = u32::from_be_bytes(photo[at..at + 4].try_into().unwrap()) as usize;
    let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    let pixels: u32 = 0x7fff_fff0;
    fs::write(
        file.path(),
        [&photo[..8], &pixels.to_be_bytes(), b"IDAT"].concat(),
    )
    .unwrap();
    let end = 16 + u64::from(pixels) + 4;
    file.as_file().set_len(end).unwrap();
    let mut behind = fs::OpenOptions::new()
        .append(true)
        .open(file.path())
        .unwrap();
    std::io::Write::write_all(&mut behind, &photo[at..at + 12 + length]).unwrap();
    let (report, shapes) = shapes(file.path(), &everything());
    report.unwrap();
    assert_eq!(shapes.len(), 1);
}
