#!/usr/bin/env python3
"""Points counted in a second on a core by this program, DuckDB, DataFusion and Spark, and cells drawn: numbers for docs/scale.md.

    pip install numpy pyarrow duckdb datafusion pyspark
    cargo build --release && tests/bench/scale.py                # 10 million points, a core for each engine
    tests/bench/scale.py --points 1000000000 --threads 2 --only heatmap duckdb --folder /big/disk

The points lie in Parquet files of a million each, most of them around 400 places of Europe, of which few have most; weights are none. Each
engine runs the statement of `heatmap sql` as a process of its own, which is given so many threads. What it took is the processor time and
the most memory of that process, which the kernel tells when it ends. Java compiles what it runs: Spark counts twice in one process, and its
start is left out. At the end the pictures of all cells have to be that of the points, byte for byte.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEATMAP = os.environ.get("HEATMAP", str(ROOT / "target/release/heatmap"))
PART = 1_000_000
VIEW = ["-e", "47,5,55,15", "-W", "2000", "-r", "9"]

DUCKDB = """
import duckdb, sys
duckdb.execute(f"SET threads = {sys.argv[2]}")
duckdb.execute(f"COPY ({sys.argv[1]}) TO '{sys.argv[3]}' (FORMAT parquet)")
"""
DATAFUSION = """
import datafusion, sys
session = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(int(sys.argv[2])))
session.register_parquet("points", sys.argv[4])
session.sql(sys.argv[1]).write_parquet(sys.argv[3])
"""
SPARK = """
import json, os, pathlib, sys, time
from pyspark.sql import SparkSession
os.makedirs("events")
conf = {"ui.enabled": False, "driver.memory": "4g", "eventLog.enabled": True, "eventLog.compress": False, "eventLog.dir": f"file:{os.getcwd()}/events"}
builder = SparkSession.builder.master(f"local[{sys.argv[2]}]")
for name, value in conf.items():
    builder = builder.config(f"spark.{name}", str(value))
spark = builder.getOrCreate()
java = spark._jvm.java.lang.ProcessHandle.current().pid()
def used():
    fields = open(f"/proc/{java}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
for run in range(2):
    before, begun = used(), time.monotonic()
    spark.sql(sys.argv[1]).write.mode("overwrite").parquet(sys.argv[3])
    cpu, wall = used() - before, time.monotonic() - begun
    most = next(line.split()[1] for line in open(f"/proc/{java}/status") if line.startswith("VmHWM"))
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": int(most) * 1024}))
spark.stop()
log = [json.loads(line) for file in pathlib.Path("events").rglob("*") if file.is_file() for line in file.open() if line.startswith('{"Event":"SparkListenerTaskEnd"')]
moved = [task["Task Metrics"]["Shuffle Write Metrics"] for task in log]
moved = [one for one in moved if one["Shuffle Records Written"]]
rows, bytes_ = (sum(one[f"Shuffle {what} Written"] for one in moved) for what in ("Records", "Bytes"))
print(json.dumps({"tasks": len(moved) // 2, "rows": rows // 2, "bytes": bytes_ / rows}))
"""


def make(folder, parts):
    """Parts of a million points: doubles with six decimals, as files have them."""
    import numpy
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(exist_ok=True)
    places = numpy.random.default_rng(1).uniform((46, 4), (56, 16), (400, 2))
    for part in range(parts):
        random = numpy.random.default_rng(part + 2)
        which = numpy.minimum(random.pareto(1.0, PART) * 8, 399).astype(numpy.int32)
        at = places[which] + random.standard_normal((PART, 2)) * random.exponential(0.1, (PART, 1))
        at[PART * 95 // 100 :] = random.uniform((46, 4), (56, 16), (PART - PART * 95 // 100, 2))
        table = pyarrow.table({"lat": at[:, 0].round(6), "lon": at[:, 1].round(6)})
        pyarrow.parquet.write_table(table, folder / f"part-{part:05}.parquet", use_dictionary=False)


def measured(words, **options):
    """What a process took: processor time and wall time in seconds, most memory in bytes, and what it said."""
    begun = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True, **options)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        errors = pathlib.Path("errors")
        sys.exit(f"{words} ended with {process.returncode}\n{errors.read_text()[-2000:] if errors.exists() else ''}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss * 1024, said


def apart(work, *words):
    """What work answers that is done in a process of its own: the memory of this one would be added to that of all others."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(work, *words).result()


def size(path):
    """Bytes of the Parquet files of a folder, or of a file."""
    return sum(file.stat().st_size for file in path.glob("*.parquet")) if path.is_dir() else path.stat().st_size


def statement(engine, source):
    words = [HEATMAP, "sql", "--engine", engine, "--from", source, *VIEW, "--view", f"{engine}.cells.view.json"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip().removesuffix(";")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10 * PART, help="in millions, rounded up")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=["heatmap", "duckdb", "datafusion", "spark"])
    parser.add_argument("--folder", help="where there is room [default: that of temporary files]")
    args = parser.parse_args()
    parts = -(-args.points // PART)
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        os.chdir(name)
        begun = time.monotonic()
        apart(make, pathlib.Path("points"), parts)
        count, bytes_ = parts * PART, size(pathlib.Path("points"))
        print(f"{count:,} points in {parts} files, {bytes_ / 1e9:.2f} GB, made in {time.monotonic() - begun:.0f} s")
        print(f"{args.threads} of {os.cpu_count()} cores; others had work for {os.getloadavg()[1]:.1f} of them in the last minutes")
        measure(args, count)


def measure(args, count):
    threads, glob = args.threads, "points/*.parquet"

    def told(name, cpu, wall, memory=None):
        memory = f", {memory / 1e6:,.0f} MB of memory" if memory else ""
        print(f"{name:34} {cpu:8.2f} s of processor time, {wall:8.2f} s, {count / cpu / 1e6:6.2f} million points a second and core{memory}", flush=True)

    def python(code, engine, source, *more):
        words = [sys.executable, "-c", code, statement(engine, source), threads, f"{engine}.cells", *more]
        with open("errors", "w") as errors:
            return measured(words, stderr=errors)

    told("heatmap, into a heat", *measured([HEATMAP, "-q", "--threads", threads, *VIEW, "-S", "part.heat", "points"])[:3])
    if "duckdb" in args.only:
        told("DuckDB", *python(DUCKDB, "duckdb", glob)[:3])
    if "datafusion" in args.only:
        told("DataFusion", *python(DATAFUSION, "datafusion", "points", "points/")[:3])
    if "spark" in args.only:
        said = python(SPARK, "spark", glob)[3]
        *runs, moved = map(json.loads, said.splitlines())
        for which, run in zip(("first", "second"), runs):
            told(f"Spark, the {which} time", run["cpu"], run["wall"], run["memory"])
        print(f"Spark moved {moved['rows']:,} rows of {moved['tasks']} tasks, {moved['bytes']:.1f} bytes each")
    draw = [HEATMAP, "-q", "--threads", threads, *VIEW[-2:], "-o"]
    cpu, wall, memory, _ = measured([*draw, "heat.png", "-L", "part.heat"])
    print(f"{'a picture of the heat':34} {cpu:8.2f} s of processor time, {wall:8.2f} s, {memory / 1e6:,.0f} MB of memory")
    cells = None
    for engine in args.only:
        folder = pathlib.Path(f"{engine}.cells")
        if engine == "heatmap":
            continue
        cells = cells or apart(rows, folder)
        cpu, wall, memory, _ = measured([*draw, f"{engine}.png", "--filetype", "cells", folder])
        print(f"{'a picture of the cells of ' + engine:34} {cpu:8.2f} s of processor time, {wall:8.2f} s, {cells / cpu / 1e6:6.2f} million cells a second "
              f"and core, {memory / 1e6:,.0f} MB of memory; {size(folder) / cells:.1f} bytes a cell", flush=True)
        if pathlib.Path(f"{engine}.png").read_bytes() != pathlib.Path("heat.png").read_bytes():
            sys.exit(f"the picture of the cells of {engine} is not that of the points")
    heat = size(pathlib.Path("part.heat"))
    print(f"{cells or 0:,} cells; the heat has {heat:,} bytes, {heat / (cells or 1):.1f} a cell; all pictures are the same")


def rows(path):
    import pyarrow.parquet

    files = path.glob("*.parquet") if path.is_dir() else [path]
    return sum(pyarrow.parquet.ParquetFile(file).metadata.num_rows for file in files)


if __name__ == "__main__":
    main()
