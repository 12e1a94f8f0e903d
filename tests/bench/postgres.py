#!/usr/bin/env python3
"""Ten million rows of PostgreSQL, by the program's own cursor and by psql's \\copy in front of it.

    apt install postgresql
    cargo build --release && tests/bench/postgres.py

A server of its own is started in a temporary folder. What is compared is the processor time of everybody concerned, the server's included, and the time that
passes, the least of five runs in turns.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spent import of_children, of_process

ROWS = int(os.environ.get("ROWS", 10_000_000))
RUNS = int(os.environ.get("RUNS", 5))
PORT = int(os.environ.get("PORT", 54329))
HEATMAP = Path(os.environ.get("HEATMAP", Path(__file__).resolve().parents[2] / "target/release/heatmap"))
ADDRESS = f"postgresql://postgres@localhost:{PORT}/postgres"
MAKE = f"""
CREATE TABLE points(id serial, lat double precision, lon double precision, name text);
SELECT setseed(0.5);
INSERT INTO points(lat, lon, name) SELECT 46.9 + (random() + random() + random() - 1.5) * 0.8, 8.2 + (random() + random() + random() - 1.5) * 1.6, 'point ' || i
    FROM generate_series(1, {ROWS}) i;
VACUUM ANALYZE points;
"""
DRAW = f"{HEATMAP} -q -o cells.npy -W 1000 -e 45,5,49,12"
WAYS = {
    "--table": f"{DRAW} {ADDRESS} --table points",
    "--sql": f"{DRAW} {ADDRESS} --sql 'SELECT lat, lon FROM points'",
    "\\copy": f"psql -q {ADDRESS} -c '\\copy (SELECT lat, lon FROM points) TO stdout' | {DRAW} -",
}
# Where Debian has the programs of the server.
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def of_server(folder):
    """Seconds of the server's processes, those that have ended and those that still run: each connection is one."""
    pid = (Path(folder) / "data/postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(map(of_child, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def of_child(pid):
    try:
        return of_process(pid)
    except FileNotFoundError:
        return 0


def run_server(folder, line):
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*user, "sh", "-c", f"cd {folder} && {line}"], check=True, stdout=subprocess.DEVNULL)


def start(folder):
    options = f"-p {PORT} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=1GB -c max_parallel_workers_per_gather=0"
    run_server(folder, f"{PROGRAMS[-1]}/pg_ctl -D data -w -l log -o '{options}' start")


def stop(folder):
    run_server(folder, f"{PROGRAMS[-1]}/pg_ctl -D data -m immediate stop")


@contextlib.contextmanager
def server():
    """A server that lasts as long as it is used: its address, and its folder."""
    if not PROGRAMS:
        sys.exit("there is no PostgreSQL in /usr/lib/postgresql")
    with tempfile.TemporaryDirectory() as folder:
        if os.getuid() == 0:
            subprocess.run(["chown", "postgres", folder], check=True)
        run_server(folder, f"{PROGRAMS[-1]}/initdb -D data -U postgres -A trust > init.log")
        start(folder)
        try:
            yield ADDRESS, folder
        finally:
            stop(folder)


def cost(line, folder):
    before, theirs, start = of_children(), of_server(folder), time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["sh", "-c", line], cwd=work, check=True)
    passed = time.monotonic() - start
    # The server takes note of a connection's end a little later.
    time.sleep(0.5)
    own = of_children() - before
    return own, of_server(folder) - theirs, passed


def main():
    if not HEATMAP.exists():
        sys.exit(f"there is no {HEATMAP}: cargo build --release")
    least = {name: [float("inf")] * 3 for name in WAYS}
    with server() as (address, folder):
        subprocess.run(["psql", "-q", address], input=MAKE, text=True, check=True, stdout=subprocess.DEVNULL)
        for _ in range(RUNS):
            for name, line in WAYS.items():
                own, theirs, passed = cost(line, folder)
                if own + theirs < sum(least[name][:2]):
                    least[name][:2] = own, theirs
                least[name][2] = min(least[name][2], passed)
    for name, (own, theirs, passed) in least.items():
        print(f"{name:8} {own + theirs:6.2f} s of processor time, {theirs:.2f} s of it the server's, {passed:.2f} s passed for {ROWS} rows")
    copy = least["\\copy"]
    for name in ["--table", "--sql"]:
        print(f"{name:8} {sum(least[name][:2]) / sum(copy[:2]):6.2f} of the processor time of \\copy, {least[name][2] / copy[2]:.2f} of the time that passes")


if __name__ == "__main__":
    main()
