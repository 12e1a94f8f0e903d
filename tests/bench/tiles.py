#!/usr/bin/env python3
"""Pyramids of tiles: 10,000,000 points to zoom 12, and 200 tracks to zoom 14 beside hittekaart.

    pip install numpy
    cargo build --release && tests/bench/tiles.py [--work FOLDER] [--points N] [--zooms] [--only points|tracks]

What counts is processor time, all threads and the start of the process included, so that other programs on the machine make
little difference; of the tracks the least of three runs in turns. With --work the data and hittekaart's program are kept.

- *points*: random points around 3,000 places all over the world, the most around a few, `-r 5`. With --zooms also each zoom by
  itself, and where its time goes: reading and sorting (the same run with one tile alone), the scale of colours (what a fixed
  one saves), and drawing.
- *tracks*: 200 random walks of 5,000 points around one place as GPX, zooms 0 to 14 into MBTiles. hittekaart counts on each pixel the
  tracks that pass over it, in lines some pixels wide: here that is `--track-weight visits -d 1 -k uniform -r 3`. It is a GPL crate:
  what calls it is a package of its own, which is written to the folder when this runs.
"""

import argparse
import math
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from spent import spent

HEATMAP = Path(__file__).resolve().parents[2] / "target/release/heatmap"
PLACES, TRACKS, TRACK_POINTS, RUNS = 3_000, 200, 5_000, 3
LARGEST, DEEPEST = 12, 14
MANIFEST = """[package]
name = "peer"
version = "0.1.0"
edition = "2021"

[dependencies]
hittekaart = "0.2"
"""
# As its command does it: all tracks are read, then each zoom is counted and coloured.
PROGRAM = """use hittekaart::gpx::{extract_from_file, Compression};
use hittekaart::renderer::{self, heatmap::Renderer};
use hittekaart::storage::{MbTiles, Storage};

fn main() -> Result<(), hittekaart::error::Error> {
    let mut names = std::env::args().skip(1);
    let mut store = MbTiles::open(names.next().expect("an output"))?;
    let tracks: Result<Vec<_>, _> = names.map(|name| extract_from_file(name, Compression::None)).collect();
    let tracks = tracks?;
    store.prepare()?;
    for zoom in 0..=DEEPEST {
        let heat = renderer::prepare(&Renderer, zoom, &tracks, || Ok(()))?;
        store.prepare_zoom(zoom)?;
        renderer::colorize(&Renderer, heat, |tile| store.store(zoom, tile.x, tile.y, &tile.data))?;
    }
    store.finish()
}
"""


def cost(command, folder):
    """Seconds of processor time, and the most memory of any program so far in MB."""
    seconds = spent(command, folder, stderr=subprocess.DEVNULL)
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def make_points(path, count):
    import numpy as np

    rng = np.random.default_rng(19)
    lat = np.degrees(np.arcsin(rng.uniform(np.sin(np.radians(-50)), np.sin(np.radians(65)), PLACES)))
    lon, share, wide = rng.uniform(-180, 180, PLACES), rng.pareto(1.2, PLACES) + 0.2, rng.uniform(0.03, 0.2, PLACES)
    place = rng.choice(PLACES, count, p=share / share.sum())
    lat = lat[place] + rng.normal(size=count) * wide[place]
    lon = (lon[place] + rng.normal(size=count) * wide[place] + 180) % 360 - 180
    with open(path, "w") as file:
        file.write("lat,lon\n")
        for start in range(0, count, 100_000):
            rows = zip(lat[start : start + 100_000].tolist(), lon[start : start + 100_000].tolist())
            file.write("".join("%.6f,%.6f\n" % row for row in rows))


def make_tracks(folder):
    folder.mkdir()
    rng = random.Random(14)
    for number in range(TRACKS):
        lat, lon, course = 47.4 + rng.gauss(0, 0.02), 8.5 + rng.gauss(0, 0.03), rng.random() * 2 * math.pi
        rows = []
        for _ in range(TRACK_POINTS):
            course += rng.gauss(0, 0.15)
            lat, lon = lat + 7e-5 * math.cos(course), lon + 1e-4 * math.sin(course)
            rows.append(f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"></trkpt>')
        text = '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><trkseg>\n'
        (folder / f"{number:03}.gpx").write_text(text + "\n".join(rows) + "\n</trkseg></trk></gpx>\n")


def tiles(path):
    """Zoom, column and row of all tiles of an MBTiles file."""
    with sqlite3.connect(path) as database:
        return set(database.execute("SELECT zoom_level, tile_column, tile_row FROM tiles"))


def pyramid(folder, data, name, *options):
    (folder / name).unlink(missing_ok=True)
    seconds, memory = cost([str(HEATMAP), "-q", "-o", name, *options, *data], folder)
    return seconds, memory, tiles(folder / name)


def points(folder, count, by_zoom):
    data = [f"points-{count}.csv"]
    if not (folder / data[0]).exists():
        make_points(folder / data[0], count)
    seconds, memory, made = pyramid(folder, data, "points.mbtiles", "-r", "5", "--max-zoom", str(LARGEST))
    print(f"{count} points, zooms 0 to {LARGEST}: {len(made)} tiles, {seconds:.1f} s of processor time, "
          f"{len(made) / seconds:.0f} a second of one core, {memory:.0f} MB")
    if not by_zoom:
        return
    print("| zoom | tiles | reading | scale | drawing | a tile |\n|---|---|---|---|---|---|")
    for zoom in range(LARGEST + 1):
        one = ["-r", "5", "--min-zoom", str(zoom), "--max-zoom", str(zoom)]
        both, _, made = pyramid(folder, data, "zoom.mbtiles", *one)
        drawn, _, _ = pyramid(folder, data, "zoom.mbtiles", *one, "--span", "0,20")
        _, x, y = max(made)
        least = [*one, "--tiles", f"{zoom}/{x}/{(1 << zoom) - 1 - y}", "--span", "0,20"]
        read, _, _ = pyramid(folder, data, "zoom.mbtiles", *least)
        print(f"| {zoom} | {len(made)} | {read:.1f} s | {both - drawn:.1f} s | {drawn - read:.1f} s | "
              f"{1000 * (both - read) / len(made):.2f} ms |", flush=True)


def tracks(folder):
    data, peer = folder / "gpx", folder / "peer"
    if not data.exists():
        make_tracks(data)
    (peer / "src").mkdir(parents=True, exist_ok=True)
    (peer / "Cargo.toml").write_text(MANIFEST)
    (peer / "src/main.rs").write_text(PROGRAM.replace("DEEPEST", str(DEEPEST)))
    subprocess.run(["cargo", "build", "--release", "--manifest-path", str(peer / "Cargo.toml"), "--target-dir", str(peer / "target")], check=True)
    files = sorted(str(path) for path in data.iterdir())
    ours, theirs, both = math.inf, math.inf, []
    for _ in range(RUNS):
        (folder / "peer.mbtiles").unlink(missing_ok=True)
        theirs = min(theirs, cost([str(peer / "target/release/peer"), "peer.mbtiles", *files], folder)[0])
        options = f"-r 3 -k uniform -d 1 --track-weight visits --max-zoom {DEEPEST}".split()
        seconds, _, made = pyramid(folder, files, "tracks.mbtiles", *options)
        ours, both = min(ours, seconds), [made, tiles(folder / "peer.mbtiles")]
    made, peers = both
    print(f"{TRACKS} tracks, zooms 0 to {DEEPEST}: heatmap {len(made)} tiles, {ours:.2f} s of processor time; "
          f"hittekaart {len(peers)} tiles, {theirs:.2f} s; {len(made & peers)} of them the same; {theirs / ours:.1f} times as fast")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--zooms", action="store_true")
    parser.add_argument("--only", choices=["points", "tracks"])
    wanted = parser.parse_args()
    if not HEATMAP.exists():
        sys.exit(f"there is no {HEATMAP}: cargo build --release")
    with tempfile.TemporaryDirectory() as temporary:
        folder = wanted.work or Path(temporary)
        folder.mkdir(exist_ok=True)
        if wanted.only != "points":
            tracks(folder.resolve())
        if wanted.only != "tracks":
            points(folder.resolve(), wanted.points, wanted.zooms)


main()
