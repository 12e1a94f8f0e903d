#!/usr/bin/env python3
"""Ten million rows of Parquet, side by side with DuckDB.

    pip install duckdb numpy
    cargo build --release && tests/bench/parquet.py

Both read the same two columns of the same file and count them in the same cells of a Mercator picture: DuckDB with the query below,
this program as a picture of radius 0 whose heat is a count. What is compared is the processor time of both, all threads and the start
of the process included, the least of five runs in turns.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from spent import spent

ROWS = int(os.environ.get("ROWS", 10_000_000))
RUNS = 5
HEATMAP = Path(__file__).resolve().parents[2] / "target/release/heatmap"
MAKE = f"""
import duckdb
duckdb.sql("SELECT setseed(0.5)")
duckdb.sql(\"\"\"COPY (
    SELECT 46.9 + (random() + random() + random() - 1.5) * 0.8 AS lat, 8.2 + (random() + random() + random() - 1.5) * 1.6 AS lon
    FROM range({ROWS})) TO 'points.parquet' (FORMAT parquet)\"\"\")
"""
QUERY = """
import duckdb
duckdb.sql(\"\"\"COPY (
    SELECT CAST(floor((lon + 180.0) / 360.0 * 262144.0) AS INT) AS px,
        CAST(floor((0.5 - ln(tan(pi() / 4.0 + radians(lat) / 2.0)) / (2.0 * pi())) * 262144.0) AS INT) AS py, count(*) AS n
    FROM 'points.parquet' GROUP BY 1, 2) TO 'cells.parquet' (FORMAT parquet)\"\"\")
"""
# The scale of the query's cells: the earth is 262144 pixels around.
PICTURE = [
    str(HEATMAP), "-q", "-o", "cells.npy", "-s", str(2 * 3.141592653589793 * 6378137 / 262144),
    "-r", "1", "-d", "1", "-k", "uniform", "-e", "45,5,49,12", "points.parquet",
]


def main():
    if not HEATMAP.exists():
        sys.exit(f"there is no {HEATMAP}: cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MAKE], cwd=folder, check=True)
        both = {"DuckDB": [sys.executable, "-c", QUERY], "heatmap": PICTURE}
        least = {name: float("inf") for name in both}
        for _ in range(RUNS):
            for name, command in both.items():
                least[name] = min(least[name], spent(command, folder))
    for name, seconds in least.items():
        print(f"{name:8} {seconds:6.2f} s of processor time for {ROWS} rows")
    print(f"ratio    {least['heatmap'] / least['DuckDB']:6.2f}")


if __name__ == "__main__":
    main()
