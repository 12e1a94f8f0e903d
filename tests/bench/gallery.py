#!/usr/bin/env python3
"""Draws the same data with heatmap's looks and with its neighbours, side by side.

    cargo build --release
    tests/bench/gallery.py -o sheets              # one sheet for each kind of data and each size
    tests/bench/gallery.py --sizes 500 --quick    # does it work at all?

The neighbours are datashader (Canvas.points, then shade with its defaults), matplotlib's hexbin
with its defaults, heatmap77 (the original heatmap.py) with its own, and QGIS's heat map with its
own. All but the last are installed into a virtual environment that is thrown away afterwards,
unless `--work` names a folder to keep; QGIS is Debian's package python3-qgis, and left out with a
word where that is not installed.

The data are those in this project, and some made here with a fixed seed: five points; a city; the
world; weights; tracks; one place that outdoes all others; a map below. Pictures are for the eye, so
nothing is measured. What is drawn is written into the sheet above it; sheets of large pictures are
scaled down to what a screen shows, with a part in full size beside it.
"""

import argparse
import csv
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEATMAP = ROOT / "target/release/heatmap"
PACKAGES = "heatmap77 datashader matplotlib pandas pillow".split()
SIZES = [500, 1000, 6000]
LOOKS = "glow density tracks print dots".split()
TILES = ROOT / "tests/data/tiles"
# Debian's packages are seen by its own Python alone.
QGIS_PYTHON = Path("/usr/bin/python3")
# The side of a picture on a sheet.
SHOWN = 500
# heatmap.py keeps each value of each pixel: more points or larger pictures take it minutes.
PATIENCE = 20_000 * 1000


def data(folder):
    """Kinds of data: a name, its files, and what else is said to heatmap."""
    examples = ROOT / "examples"
    rng = random.Random(20)

    def table(name, rows, head=("lat", "lon")):
        path = folder / name
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(rows)
        return [path]

    five = [(47.0 + rng.random(), 8.0 + rng.random()) for _ in range(5)]
    depot = [(47.0 + rng.gauss(0, 0.2), 8.0 + rng.gauss(0, 0.3)) for _ in range(400)]
    weights = [(rng.gauss(47, 0.3), rng.gauss(8, 0.4), rng.paretovariate(1.2)) for _ in range(800)]
    return [
        ("five points", table("five.csv", five), []),
        ("a city", [examples / "sf-incidents.csv"], []),
        ("the world", [examples / "earthquakes.csv"], []),
        ("weights", table("weights.csv", weights, ("lat", "lon", "weight")), ["--weight-field", "weight"]),
        ("tracks", sorted((examples / "hikes").glob("MD*.gpx")), []),
        ("an outlier", table("depot.csv", depot + [depot[0]] * 5000), []),
        ("on a map", [examples / "earthquakes.csv"], ["--osm-base", TILES, "--attribution", "none", "-B", "0.4"]),
    ]


def places(files):
    """Latitudes and longitudes of files, as simply as a script would read them."""
    for path in files:
        if path.suffix == ".gpx":
            import xml.etree.ElementTree as tree

            for element in tree.parse(path).iter():
                if element.tag.endswith("trkpt"):
                    yield float(element.get("lat")), float(element.get("lon"))
            continue
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        head = [name.lower() for name in rows[0]]
        at = [next(i for i, name in enumerate(head) if name in names) for names in
              (("lat", "latitude", "y"), ("lon", "longitude", "x"))]
        for row in rows[1:]:
            yield float(row[at[0]]), float(row[at[1]])


def mercator(latitude):
    latitude = max(-85.0511, min(85.0511, latitude))
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))


def ours(binary, size, files, options, look, to):
    words = [binary, "-q", "--no-config", "-o", to, "-W", size, *options]
    words += ["--look", look] if look else []
    run([*words, *files])


def datashader(size, files, to):
    import datashader as ds
    import datashader.transfer_functions as tf
    import pandas as pd

    frame = pd.DataFrame([(lon, mercator(lat)) for lat, lon in places(files)], columns=["x", "y"])
    height = shape(frame, size)
    canvas = ds.Canvas(plot_width=size, plot_height=height)
    tf.shade(canvas.points(frame, "x", "y")).to_pil().save(to)


def hexbin(size, files, to):
    import matplotlib
    import pandas as pd

    matplotlib.use("Agg")
    from matplotlib import pyplot

    frame = pd.DataFrame([(lon, mercator(lat)) for lat, lon in places(files)], columns=["x", "y"])
    height = shape(frame, size)
    figure = pyplot.figure(figsize=(size / 100, height / 100), dpi=100)
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    axes.hexbin(frame.x, frame.y)
    figure.savefig(to)
    pyplot.close(figure)


def qgis(size, files, to):
    """QGIS's heat map, by a script of its own, which knows no degrees."""
    import pandas as pd

    frame = pd.DataFrame([(lon, mercator(lat)) for lat, lon in places(files)], columns=["x", "y"])
    table = to.with_suffix(".xy")
    frame.to_csv(table, header=False, index=False)
    script = Path(__file__).with_name("qgis_heat.py")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    run([QGIS_PYTHON, script, table, size, shape(frame, size), to], env=environment)


def has_qgis():
    asked = subprocess.run([QGIS_PYTHON, "-c", "import qgis.core"], stderr=subprocess.DEVNULL)
    return asked.returncode == 0


def shape(frame, size):
    """The height that keeps proportions."""
    wide, high = frame.x.max() - frame.x.min(), frame.y.max() - frame.y.min()
    return max(1, round(size * high / wide))


def original(size, files, to):
    """heatmap.py, which reads plain text and GPX."""
    all_places = list(places(files))
    if len(all_places) * size > PATIENCE:
        return False
    text = to.with_suffix(".txt")
    text.write_text("".join(f"{lat} {lon}\n" for lat, lon in all_places))
    program = Path(sys.executable).with_name("heatmap77")
    run([program, "-o", to, "-W", size, "-b", "white", "-p", text])
    return True


def run(words, env=None):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, env=env)


def sheet(pictures, to):
    """Pictures side by side under their names."""
    from PIL import Image, ImageDraw

    Image.MAX_IMAGE_PIXELS = None
    tiles = []
    for name, path in pictures:
        whole = Image.open(path).convert("RGBA")
        small = whole.copy()
        small.thumbnail((SHOWN, SHOWN))
        tiles.append((name, small))
        if max(whole.size) > 2 * SHOWN:
            left, top = (whole.width - SHOWN) // 2, (whole.height - SHOWN) // 2
            part = whole.crop((left, max(top, 0), left + SHOWN, max(top, 0) + SHOWN))
            tiles.append((f"{name}, middle", part))
    columns = 4
    rows = -(-len(tiles) // columns)
    page = Image.new("RGB", (columns * (SHOWN + 10), rows * (SHOWN + 30)), "white")
    draw = ImageDraw.Draw(page)
    for number, (name, picture) in enumerate(tiles):
        left, top = number % columns * (SHOWN + 10), number // columns * (SHOWN + 30)
        draw.text((left + 4, top + 6), name, fill="black")
        page.paste(picture, (left, top + 24), picture)
    page.save(to)


def draw(options):
    options.output.mkdir(parents=True, exist_ok=True)
    with_qgis = not options.alone and has_qgis()
    if not options.alone and not with_qgis:
        print("python3-qgis is not installed: its heat map is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        kinds = data(folder)
        for size in options.sizes:
            for kind, files, words in kinds[:2] if options.quick else kinds:
                pictures = []

                def drawn(name, by, *arguments):
                    path = folder / f"{len(pictures)}.png"
                    path.unlink(missing_ok=True)
                    if by(*arguments, path) is not False and path.exists():
                        pictures.append((name, path))

                drawn("heatmap, as it comes", lambda to: ours(options.heatmap, size, files, words, None, to))
                for look in LOOKS:
                    drawn(f"heatmap --look {look}", lambda to: ours(options.heatmap, size, files, words, look, to))
                if not options.alone:
                    drawn("datashader", datashader, size, files)
                    drawn("matplotlib, hexbin", hexbin, size, files)
                    drawn("heatmap.py", original, size, files)
                    if with_qgis:
                        drawn("QGIS", qgis, size, files)
                name = f"{kind.replace(' ', '-')}-{size}.png"
                sheet(pictures, options.output / name)
                print(name, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("sheets"), help="folder for the sheets")
    parser.add_argument("--heatmap", type=Path, default=HEATMAP, help="the program")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="widths in pixels")
    parser.add_argument("--quick", action="store_true", help="two kinds of data alone")
    parser.add_argument("--alone", action="store_true", help="no neighbours")
    parser.add_argument("--work", type=Path, help="keep the virtual environment in this folder")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return draw(options)
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        python = work / "venv/bin/python"
        if not python.exists():
            run([sys.executable, "-m", "venv", work / "venv"])
            run([python, "-m", "pip", "install", "--quiet", *PACKAGES])
        run_inside = [python, __file__, "--inside", *sys.argv[1:]]
        subprocess.run([str(word) for word in run_inside], check=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
