#!/usr/bin/env python3
"""Measures heatmap against its peers and writes a table in Markdown.

    cargo build --release
    tests/bench/compare.py -o results.md            # everything, five runs each
    tests/bench/compare.py --quick                  # does it work at all?
    tests/bench/compare.py --work lab --only GPX    # keep data and environment

The peers are heatmap77 (the original heatmap.py), DuckDB, datashader, and the
program one would write with numpy and scipy. They are installed into a virtual
environment that is thrown away afterwards, unless `--work` names a folder to
keep. The data are random with a fixed seed.

What is measured, and how:

- Whole processes, from the start to the end, so the peers' time to start and
  import counts. For datashader and scipy a note under the table has the time
  without imports and compilation, too.
- Wall time and peak memory, as medians. The programs of one row take turns,
  after a round that brings files into the page cache and does not count. What
  takes more than 10 s runs three times at most, more than 60 s once; its first
  run does count.
- Peak memory is that which the kernel reports when a process ends. It includes
  that of this script at the moment of the start, which is a lower limit
  (noted under the table): less cannot be seen.
- A peer that can read a CSV file by several means is measured with each, and
  the fastest is in the table.

Only heatmap77 makes the same picture. DuckDB just reads the file and looks at
each number once; datashader counts points per pixel, without kernel or
projection; scipy does what `heatmap -d 1` does.
"""

import argparse
import os
import platform
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

HEATMAP = Path(__file__).resolve().parents[2] / "target/release/heatmap"
PACKAGES = "heatmap77 duckdb datashader pandas pyarrow numpy scipy pillow".split()
CORES = os.cpu_count()

SEED = 20
SOUTH, WEST, NORTH, EAST = 47.0, 8.0, 48.0, 9.5
EXTENT = f"{SOUTH},{WEST},{NORTH},{EAST}"
ELSEWHERE = "-48,-9.5,-47,-8"
CLUSTERS = 200
SIZES = {"small.csv": 100_000, "medium.csv": 1_000_000, "large.csv": 10_000_000}
WEIGHTED = "weighted.csv"
TRACKS = 200
TRACK_POINTS = 5_000
TRACKS_FOR_PEER = 4

WIDTH = 1000
SLOW, VERY_SLOW = 10.0, 60.0
READERS = ["pyarrow", "pandas"]


# --- What is compared -------------------------------------------------------

# A command does `units` of work, by which its time is divided in comparisons.
Command = namedtuple("Command", "label argv units", defaults=[1])
Row = namedtuple("Row", "name ours peers aims note", defaults=[None])
Aim = namedtuple("Aim", "figure sign limit")
Figure = namedtuple("Figure", "text value")

SPEED = Figure("{}× as fast", lambda ours, peer: peer.pace / ours.pace)
THRIFT = Figure("{}× less memory", lambda ours, peer: peer.memory / ours.memory)
SLOWNESS = Figure("{}× the time", lambda ours, peer: ours.pace / peer.pace)
GROWTH = Figure("{}× the memory", lambda ours, peer: ours.memory / peer.memory)
MILLISECONDS = Figure("{} ms", lambda ours, _: ours.wall * 1e3)
MEGABYTES = Figure("{} MB", lambda ours, _: ours.memory / 1e6)


def at_least(limit, figure):
    return Aim(figure, "≥", limit)


def at_most(limit, figure):
    return Aim(figure, "≤", limit)


class Lab:
    """Where the programs and the data are."""

    def __init__(self, heatmap, work, shrink):
        self.heatmap = heatmap
        self.work = work
        self.shrink = shrink
        self.bin = work / "venv" / "bin"
        self.data = work / f"data-{shrink}"

    def file(self, name):
        return self.data / name

    def tracks(self, count=None):
        return sorted(self.data.glob("*.gpx"))[:count]

    def picture(self, name):
        return self.work / f"{name}.png"

    def ours(self, *arguments, label="heatmap", width=WIDTH, units=1):
        argv = [self.heatmap, "-o", self.picture("heatmap"), "-W", width, *arguments]
        return Command(label, argv, units)

    def original(self, *arguments, label="heatmap77", units=1):
        argv = [self.bin / "heatmap77", "--ignore_csv_header"]
        argv += ["-o", self.picture("heatmap77"), "-W", WIDTH, *arguments]
        return Command(label, argv, units)

    def peer(self, name, file, *arguments):
        argv = [self.bin / "python", __file__, "--peer", name, file, *arguments]
        return Command(" + ".join([name, *map(str, arguments[1:])]), argv)

    def peer_by_reader(self, name, file):
        return [self.peer(name, file, self.picture(name), reader) for reader in READERS]


def rows(lab):
    small, medium, large = map(lab.file, SIZES)
    few, many, most = (f"{size // lab.shrink:,} points" for size in SIZES.values())
    tracks, few_tracks = lab.tracks(), lab.tracks(TRACKS_FOR_PEER)
    few_files = f"{len(few_tracks)} files"
    known = ["-e", EXTENT, large]

    def original_row(name, times, *options, more=()):
        ours, peer = lab.ours(*options, small), lab.original(*options, small)
        return Row(f"{few}, {name}", ours, [peer], [at_least(times, SPEED), *more])

    return [
        original_row("defaults", 300, more=[at_least(20, THRIFT)]),
        original_row("`-d 1`", 200, "-d", 1),
        original_row("`-d 0`", 200, "-d", 0),
        Row(
            f"{many}, `-r 30`",
            lab.ours("-r", 30, medium),
            [lab.ours("-r", 5, medium, label="heatmap `-r 5`")],
            [at_most(3, SLOWNESS)],
        ),
        Row(
            f"{most}, defaults, DuckDB",
            lab.ours("--threads", CORES, large),
            [lab.peer("duckdb", large)],
            [at_least(1, SPEED)],
        ),
        Row(
            f"{most}, defaults, datashader",
            lab.ours(large),
            lab.peer_by_reader("datashader", large),
            [at_least(5, SPEED)],
        ),
        Row(
            f"{most}, memory with `-e`",
            lab.ours(*known),
            [lab.ours("-e", EXTENT, medium, label=f"heatmap, {many}")],
            [at_most(120, MEGABYTES), at_most(1.1, GROWTH)],
        ),
        Row(
            f"{most}, weighted",
            lab.ours(lab.file(WEIGHTED)),
            [lab.ours(large, label="heatmap, unweighted")],
            [at_most(3, SLOWNESS)],
        ),
        Row(
            f"{len(tracks)} GPX files of {TRACK_POINTS:,} points, per point",
            lab.ours(*tracks, units=len(tracks)),
            [lab.original("-e", EXTENT, *few_tracks, label=f"heatmap77, {few_files}", units=len(few_tracks))],
            [at_least(100, SPEED)],
            f"heatmap77 gets {few_files} of the {len(tracks)}, in the extent of all, which makes the lines as long in "
            "pixels; its time and memory in the table are for these, what is measured is per track point.",
        ),
        Row(
            f"{len(tracks)} GPX files of {TRACK_POINTS:,} points, against reading alone",
            lab.ours("-e", EXTENT, *tracks),
            [lab.ours("-e", ELSEWHERE, *tracks, label="heatmap, reading only")],
            [at_most(1.5, SLOWNESS)],
            "Reading only is a run whose extent is far from all tracks: each is read, and none drawn.",
        ),
        Row(
            f"{most}, two threads",
            lab.ours("--threads", 2, large),
            [lab.ours("--threads", 1, large, label="heatmap, one thread")],
            [at_least(1.7, SPEED)],
        ),
        Row(
            f"{many}, `-d 1 -r 30`, scipy",
            lab.ours("-d", 1, "-r", 30, medium),
            lab.peer_by_reader("scipy", medium),
            [at_least(5, SPEED)],
        ),
        Row(
            "Start: 100 points of plain text, 200 pixels",
            lab.ours(lab.file("points.txt"), width=200),
            [],
            [at_most(15, MILLISECONDS)],
        ),
    ]


# --- Measuring --------------------------------------------------------------

Sample = namedtuple("Sample", "wall memory inside")
Result = namedtuple("Result", "label runs wall memory inside pace")


def run(command, log):
    """Runs a command to its end; what it says goes to the file `log`."""
    with open(log, "wb") as said:
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command.argv)), stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    last = log.read_text(errors="replace").splitlines()[-5:]
    if process.returncode != 0:
        fail(process, last)
    return Sample(wall, usage.ru_maxrss * rss_unit(), seconds_in(last))


def fail(process, last_lines=()):
    command = shlex.join(process.args)[:500]
    sys.exit("\n".join([f"{command}\nended with {process.returncode}", *last_lines]))


def rss_unit():
    return 1 if sys.platform == "darwin" else 1024


def seconds_in(lines):
    """The time without imports, which is the last thing a peer prints."""
    return float(lines[-1]) if lines and re.fullmatch(r"\d+\.\d+", lines[-1]) else None


def runs_for(wall, runs):
    return 1 if wall > VERY_SLOW else min(3, runs) if wall > SLOW else runs


def measure(commands, runs, log):
    """The commands take turns after a first round, which counts for slow ones only."""
    first = [run(command, log) for command in commands]
    kept = [[sample] if sample.wall > SLOW else [] for sample in first]
    for _ in range(runs):
        for command, sample, samples in zip(commands, first, kept):
            if len(samples) < runs_for(sample.wall, runs):
                samples.append(run(command, log))
    return [summary(*pair) for pair in zip(commands, kept)]


def summary(command, samples):
    wall, memory, inside = (median(values) for values in zip(*samples))
    return Result(command.label, len(samples), wall, memory, inside, wall / command.units)


def median(values):
    if None in values:
        return None
    values = sorted(values)
    return (values[len(values) // 2] + values[(len(values) - 1) // 2]) / 2


def measure_row(row, runs, log):
    """Ours and the peers, the fastest first."""
    ours, *peers = measure([row.ours, *row.peers], runs, log)
    return ours, sorted(peers, key=lambda peer: peer.wall)


# --- Writing ----------------------------------------------------------------

COLUMNS = ["", "time", "memory", "compared with", "time", "memory"]
COLUMNS += ["runs", "aim", "measured", "reached"]


def header(lab, options):
    versions = (lab.work / "venv" / "versions").read_text().strip()
    lines = [
        f"{processor()}, {CORES} cores, {platform.system()}, {time.strftime('%Y-%m-%d')}.",
        f"{version_of(lab.heatmap)}; Python {platform.python_version()}; {versions}.",
    ]
    if options.quick:
        lines.append(f"**Quick run: 1/{lab.shrink} of the data, so the figures mean nothing.**")
    return "\n".join(lines) + "\n\n" + line(COLUMNS) + "\n" + line(["---"] * len(COLUMNS))


def processor():
    try:
        return re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def version_of(program):
    return subprocess.check_output([program, "--version"], text=True).strip()


def line(cells):
    return "| " + " | ".join(cells) + " |"


def table_lines(row, ours, peer):
    """One line for each aim; what they have in common is in the first."""
    common = [row.name, *time_and_memory(ours), peer.label if peer else "", *time_and_memory(peer)]
    common.append(runs_text(ours, peer))
    for aim in row.aims:
        yield line(common + judged(aim, aim.figure.value(ours, peer)))
        common = [""] * len(common)


def time_and_memory(result):
    return [duration(result.wall), f"{number(result.memory / 1e6)} MB"] if result else ["", ""]


def runs_text(ours, peer):
    return f"{ours.runs} / {peer.runs}" if peer and peer.runs != ours.runs else str(ours.runs)


def judged(aim, value):
    reached = value >= aim.limit if aim.sign == "≥" else value <= aim.limit
    text = aim.figure.text
    return [f"{aim.sign} {text.format(aim.limit)}", text.format(number(value)), "yes" if reached else "**no**"]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def duration(seconds):
    return f"{number(seconds)} s" if seconds >= 1 else f"{number(seconds * 1e3)} ms"


def inside_note(peer):
    if peer.inside is not None:
        return f"{peer.label}: {duration(peer.wall)}, without imports and compilation {duration(peer.inside)}."


def general_notes():
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * rss_unit()
    return [
        "Time is wall time; time and memory are medians. Two numbers of runs are ours and the peer's.",
        f"No memory less than {number(floor / 1e6)} MB, which this script takes itself, can be seen.",
    ]


# --- Setting up -------------------------------------------------------------


def set_up(lab):
    lab.work.mkdir(parents=True, exist_ok=True)
    if not (lab.work / "venv" / "versions").exists():
        make_environment(lab)
    if not lab.data.exists():
        say("making data")
        unfinished = lab.data.with_suffix(".unfinished")
        check([lab.bin / "python", __file__, "--make", unfinished, lab.shrink])
        unfinished.rename(lab.data)


def make_environment(lab):
    """The list of versions is written last, and so says that all is there."""
    say("making a virtual environment")
    check([sys.executable, "-m", "venv", "--clear", lab.work / "venv"])
    check([lab.bin / "python", "-m", "pip", "install", "--quiet", *PACKAGES])
    check([lab.bin / "python", __file__, "--versions", lab.work / "venv" / "versions"])


def check(argv):
    """Runs a command which says itself what went wrong."""
    process = subprocess.run(list(map(str, argv)))
    if process.returncode != 0:
        fail(process)


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- Inside the virtual environment: data -----------------------------------


def write_versions(path):
    from importlib.metadata import version

    Path(path).write_text(", ".join(f"{name} {version(name)}" for name in PACKAGES))


def make_data(folder, shrink):
    import numpy as np

    folder, shrink = Path(folder), int(shrink)
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(SEED)
    sizes = {name: size // shrink for name, size in SIZES.items()}
    count = max(sizes.values())
    lat, lon = clustered_points(random, count)
    for name, size in sizes.items():
        write_csv(folder / name, lat=(lat[:size], 6), lon=(lon[:size], 6))
    weights = random.uniform(0.01, 10, count)
    write_csv(folder / WEIGHTED, lat=(lat, 6), lon=(lon, 6), weight=(weights, 2))
    np.savetxt(folder / "points.txt", np.column_stack([lat, lon])[:100], fmt="%.6f")
    for index in range(TRACKS // shrink):
        write_gpx(folder / f"track{index:03}.gpx", *random_walk(random, TRACK_POINTS))


def clustered_points(random, count):
    """Gaussian clusters of various sizes; what falls off one edge comes in at the other."""
    import numpy as np

    centres = random.uniform([SOUTH, WEST], [NORTH, EAST], (CLUSTERS, 2))
    widths = random.uniform(0.002, 0.05, CLUSTERS)
    which = random.integers(CLUSTERS, size=count)
    spread = random.standard_normal((count, 2)) * widths[which, None]
    origin, size = np.array([SOUTH, WEST]), np.array([NORTH - SOUTH, EAST - WEST])
    return (origin + (centres[which] + spread - origin) % size).T


def write_csv(path, **columns):
    """Writes columns of (numbers, decimals), with trailing zeros."""
    import pyarrow
    import pyarrow.csv

    arrays = {name: decimals(*column) for name, column in columns.items()}
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    pyarrow.csv.write_csv(pyarrow.table(arrays), path, options)


def decimals(values, digits):
    import pyarrow

    return pyarrow.array(values.round(digits)).cast(pyarrow.decimal128(digits + 4, digits))


def random_walk(random, count):
    """A walk with steps of some 8 m which turns slowly, as positions and heights."""
    import numpy as np

    heading = random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, 0.2, count))
    step = random.gamma(16, 0.5, count) / 111_195
    lat = random.uniform(SOUTH + 0.1, NORTH - 0.1) + np.cumsum(step * np.cos(heading))
    lon = random.uniform(WEST + 0.1, EAST - 0.1) + np.cumsum(step * np.sin(heading) / np.cos(np.radians(lat)))
    height = 600 + np.cumsum(random.normal(0, 0.5, count))
    return lat.clip(SOUTH, NORTH), lon.clip(WEST, EAST), height


def write_gpx(path, *walk):
    clock = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1.7e9 + 5 * i)) for i in range(len(walk[0])))
    points = (
        f'   <trkpt lat="{lat:.6f}" lon="{lon:.6f}">\n'
        f"    <ele>{height:.1f}</ele>\n    <time>{now}</time>\n   </trkpt>\n"
        for lat, lon, height, now in zip(*walk, clock)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="compare.py" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f" <trk>\n  <name>{path.stem}</name>\n  <trkseg>\n{''.join(points)}  </trkseg>\n </trk>\n</gpx>\n"
    )


# --- Inside the virtual environment: peers ----------------------------------


def peer_duckdb(csv):
    import duckdb

    duckdb.sql(f"set threads = {CORES}")
    query = "select min(lat), max(lat), count(lat), min(lon), max(lon), count(lon) from read_csv(?)"
    duckdb.execute(query, [csv]).fetchall()


def peer_datashader(csv, png, reader):
    import datashader
    import pandas

    read = csv_reader(reader)
    canvas = datashader.Canvas(WIDTH, WIDTH)  # nearly the height which mercator gives

    def shade(points):
        return datashader.transfer_functions.shade(canvas.points(points, "lon", "lat", datashader.count()))

    shade(pandas.DataFrame({"lat": [SOUTH, NORTH], "lon": [WEST, EAST]}))  # compiles
    start = time.perf_counter()
    points = read(csv)
    shade(points.to_pandas() if reader == "pyarrow" else points).to_pil().save(png)
    print(time.perf_counter() - start)


def csv_reader(name):
    """The function from a path to a table with columns which know `to_numpy`."""
    if name == "pandas":
        import pandas

        return pandas.read_csv
    import pyarrow.csv

    return pyarrow.csv.read_csv


def peer_scipy(csv, png, reader, radius=30):
    import numpy as np
    import scipy.fft
    from PIL import Image
    from scipy.signal import fftconvolve

    read = csv_reader(reader)
    start = time.perf_counter()
    points = read(csv)
    x = points["lon"].to_numpy()
    y = np.degrees(-np.arcsinh(np.tan(np.radians(points["lat"].to_numpy()))))
    counts = count_pixels(x, y, radius)
    with scipy.fft.set_workers(CORES):
        heat = fftconvolve(counts, cone(radius), mode="same")
    shades = (heat * (255 / heat.max())).clip(0, 255).astype(np.uint8)
    Image.fromarray(colours()[shades]).save(png)
    print(time.perf_counter() - start)


def count_pixels(x, y, margin):
    """How many points there are in each pixel of a picture of the usual width."""
    import numpy as np

    scale = (WIDTH - 1 - 2 * margin) / (x.max() - x.min())
    columns = ((x - x.min()) * scale + margin).astype(np.int32)
    lines = ((y - y.min()) * scale + margin).astype(np.int32)
    height = lines.max() + margin + 1
    counts = np.bincount(lines * WIDTH + columns, minlength=height * WIDTH)
    return counts.reshape(height, WIDTH).astype(np.float32)


def cone(radius):
    import numpy as np

    side = np.arange(-radius, radius + 1, dtype=np.float32)
    return (1 - np.hypot(side, side[:, None]) / radius).clip(0)


def colours():
    """From transparent blue to opaque red, as RGBA."""
    import numpy as np

    t = np.linspace(0, 1, 256)
    return (np.column_stack([t, 1 - abs(2 * t - 1), 1 - t, t]) * 255).astype(np.uint8)


PEERS = {"duckdb": peer_duckdb, "datashader": peer_datashader, "scipy": peer_scipy}


# --- The command line -------------------------------------------------------


def parse_options():
    about, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--heatmap", metavar="PATH", type=Path, default=HEATMAP, help="measure this (default: target/release/heatmap)")
    add("--work", metavar="DIR", type=Path, help="keep environment and data here, or use those of an earlier run")
    add("--runs", metavar="N", type=int, default=5, help="runs of each command (default: 5)")
    add("--quick", action="store_true", help="a hundredth of the data, one run")
    add("--only", metavar="REGEX", type=re.compile, default="", help="only the rows whose names match")
    add("-o", "--output", metavar="FILE", type=Path, help="write here instead of standard output")
    for inside in "--peer", "--make", "--versions":
        add(inside, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    is_inside = options.peer or options.make or options.versions
    if not is_inside and not options.heatmap.is_file():
        parser.error(f"there is no {options.heatmap}; 'cargo build --release' makes it")
    return options


def compare(options, work):
    lab = Lab(options.heatmap.resolve(), work.resolve(), 100 if options.quick else 1)
    set_up(lab)
    lines, notes = [header(lab, options)], []
    for row in rows(lab):
        if options.only.search(row.name):
            say(row.name)
            ours, peers = measure_row(row, 1 if options.quick else options.runs, lab.work / "log")
            lines += table_lines(row, ours, peers[0] if peers else None)
            notes += [row.note, *map(inside_note, peers)]
    notes = [f"- {note}" for note in general_notes() + notes if note]
    return "\n".join([*lines, "", *notes]) + "\n"


def main():
    options = parse_options()
    if options.peer:
        return PEERS[options.peer[0]](*options.peer[1:])
    if options.make:
        return make_data(*options.make)
    if options.versions:
        return write_versions(*options.versions)
    with tempfile.TemporaryDirectory() as temporary:
        text = compare(options, options.work or Path(temporary))
    if options.output:
        options.output.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
