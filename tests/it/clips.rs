//! Heat that is cut to areas, and areas that are cut out of it.

use crate::run::Run;

/// A picture of 20 × 20 pixels that is red all over.
const RED: &str =
    "-P xy --y-down --bbox 0,0,20,20 -W 20 -H 20 -k uniform -r 50 --colors red,red in.csv";

fn red(args: &str) -> Run {
    Run::new(&format!("{RED} {args}"))
        .file("in.csv", "x,y\n10,10\n")
        .file(
            "square.geojson",
            geojson(&["[[5,5],[15,5],[15,15],[5,15],[5,5]]"]),
        )
}

/// A polygon of rings.
fn geojson(rings: &[&str]) -> String {
    let rings = rings.join(",");
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{rings}]}}}}]}}"#
    )
}

/// How opaque pixels are, along a row.
fn alphas(run: Run, y: u32) -> Vec<u8> {
    let picture = run.ok().picture("o.png");
    (0..picture.width())
        .map(|x| picture.get_pixel(x, y)[3])
        .collect()
}

#[test]
fn the_box_of_a_file_of_polygons_is_theirs() {
    let run = |frame: &str| {
        let run = Run::new(&format!("-P xy -W 20 in.csv -o o.png {frame}"));
        let square = geojson(&["[[5,5],[15,5],[15,15],[5,15],[5,5]]"]);
        run.file("in.csv", "x,y\n10,10\n0,0\n")
            .file("square.geojson", square)
    };
    let named = run("--bbox 5,5,15,15").ok().picture("o.png");
    assert_eq!(run("--bbox @square.geojson").ok().picture("o.png"), named);
}

#[test]
fn heat_is_left_inside_of_polygons_and_edges_are_smooth() {
    let inside = alphas(red("--clip square.geojson -o o.png"), 10);
    assert_eq!(inside, [[0; 5].as_slice(), &[255; 10], &[0; 5]].concat());
    assert_eq!(alphas(red("--clip square.geojson -o o.png"), 4), [0; 20]);
    // An edge from one corner to the other leaves half of the pixels on it.
    let run = red("--clip half.geojson -o o.png")
        .file("half.geojson", geojson(&["[[0,0],[20,20],[0,20],[0,0]]"]));
    let half = alphas(run, 7);
    assert_eq!((half[6], half[8]), (255, 0));
    assert!((126..=129).contains(&half[7]), "{half:?}");
}

#[test]
fn holes_several_files_and_what_is_left_out() {
    let row = |args: &str, y| {
        let hole = [
            "[[5,5],[15,5],[15,15],[5,15],[5,5]]",
            "[[8,8],[8,12],[12,12],[12,8],[8,8]]",
        ];
        let run = red(&format!("{args} -o o.png")).file("ring.geojson", geojson(&hole));
        let run = run.file(
            "right.geojson",
            geojson(&["[[15,0],[20,0],[20,20],[15,20],[15,0]]"]),
        );
        let alphas = alphas(run, y);
        alphas
            .iter()
            .map(|&alpha| if alpha > 127 { '#' } else { '.' })
            .collect::<String>()
    };
    assert_eq!(row("--clip ring.geojson", 10), ".....###....###.....");
    assert_eq!(
        row("--clip ring.geojson --clip right.geojson", 10),
        ".....###....########"
    );
    assert_eq!(
        row("--clip square.geojson --clip-out", 10),
        "#####..........#####"
    );
    assert_eq!(row("--clip-out=right.geojson", 10), "###############.....");
    assert_eq!(
        row("--clip-out=right.geojson --clip-out=ring.geojson", 10),
        "#####...####........"
    );
}

const PRJ: &str = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;

/// A shapefile of one polygon.
fn shapefile(corners: &[(f64, f64)]) -> Vec<u8> {
    let length = 44 + 4 + 16 * corners.len();
    let mut record: Vec<u8> = Vec::new();
    record.extend(5i32.to_le_bytes());
    record.extend([0.0f64; 4].iter().flat_map(|side| side.to_le_bytes()));
    record.extend(
        [1i32, corners.len() as i32, 0]
            .iter()
            .flat_map(|count| count.to_le_bytes()),
    );
    record.extend(
        corners
            .iter()
            .flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()),
    );
    assert_eq!(record.len(), length);
    let mut file = vec![0; 100];
    file[..4].copy_from_slice(&9994i32.to_be_bytes());
    file[24..28].copy_from_slice(&((100 + 8 + length) as i32 / 2).to_be_bytes());
    file[28..32].copy_from_slice(&1000i32.to_le_bytes());
    file[32..36].copy_from_slice(&5i32.to_le_bytes());
    file.extend(1i32.to_be_bytes());
    file.extend((length as i32 / 2).to_be_bytes());
    file.extend(record);
    file
}

#[test]
fn shapefiles_and_kml_have_areas_as_geojson_does() {
    let corners = [(8.0, 47.0), (8.0, 48.0), (9.0, 47.5), (8.0, 47.0)];
    let pairs = |between: &str| corners.map(|(x, y)| format!("{x}{between}{y}"));
    let kml = format!(
        "<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>",
        pairs(",").join(" ")
    );
    let json = geojson(&[&format!("[[{}]]", pairs(",").join("],["))]);
    let drawn = |area: &str| {
        let args =
            format!("-W 200 --bbox 7,46,10,49 -k uniform -r 300 in.csv -o o.png --clip {area}");
        let run = Run::new(&args).file("in.csv", "lat,lon\n47.5,8.5\n");
        let run = run.file("a.geojson", &json).file("a.kml", &kml);
        let run = run.file("a.shp", shapefile(&corners)).file("a.prj", PRJ);
        run.ok().picture("o.png")
    };
    let picture = drawn("a.geojson");
    let seen = picture.pixels().filter(|pixel| pixel[3] > 0).count();
    assert!((3000..3600).contains(&seen), "{seen}");
    assert_eq!(drawn("a.kml"), picture);
    assert_eq!(drawn("a.shp"), picture);
}

#[test]
fn numbers_batches_and_tiles_are_cut_as_pictures_are() {
    let done = red("--clip square.geojson -o o.npy -o o.json").ok();
    let npy = done.bytes("o.npy");
    let heats: Vec<f32> = npy[npy.len() - 1600..]
        .chunks(4)
        .map(|number| f32::from_le_bytes(number.try_into().expect("four bytes")))
        .collect();
    assert_eq!(heats.iter().filter(|&&heat| heat == 1.0).count(), 100);
    assert_eq!(heats.iter().filter(|&&heat| heat == 0.0).count(), 300);
    let done = red("--clip square.geojson --by file -o map-{by}.png").ok();
    let picture = done.picture("map-in.png");
    assert_eq!(
        (picture.get_pixel(4, 10)[3], picture.get_pixel(5, 10)[3]),
        (0, 255)
    );
    let done = Run::new(
        "-k uniform -r 200 in.csv --max-zoom 0 -o tiles/{z}/{x}/{y}.png --clip west.geojson",
    )
    .file("in.csv", "lat,lon\n0,0.01\n")
    .file(
        "west.geojson",
        geojson(&["[[-180,-80],[0,-80],[0,80],[-180,80],[-180,-80]]"]),
    )
    .ok();
    let tile = done.picture("tiles/0/0/0.png");
    assert!(tile.get_pixel(127, 128)[3] > 100);
    assert_eq!(tile.get_pixel(128, 128)[3], 0);
}

#[test]
fn what_cannot_be_cut_is_refused_and_an_empty_picture_is_told() {
    red("--clip in.csv -o o.png").fails(3, "there is no polygon in it");
    red("--clip none.geojson -o o.png").fails(3, "there is no such file");
    red("--clip-out square.geojson -o o.png").fails(2, "--clip-out=lake.geojson");
    red("--clip square.geojson -a -o o.gif").fails(2, "stand still");
    let wkt =
        red("--clip a.csv -o o.png").file("a.csv", "geometry\n\"POLYGON((0 0,1 1,1 0,0 0))\"\n");
    wkt.fails(3, "polygons are read from GeoJSON, KML and shapefiles");
    let far = red("--clip far.geojson -o o.png").file(
        "far.geojson",
        geojson(&["[[90,90],[95,90],[95,95],[90,90]]"]),
    );
    far.ok().says("leave nothing of the picture");
}
